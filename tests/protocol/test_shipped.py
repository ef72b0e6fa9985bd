"""The shipped protocols say what they are meant to say, and the checker of them too."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest

import adjuvant.studies
from adjuvant.protocol import check_protocol, check_text, read_protocol
from adjuvant.protocol.feasible_days import draw_days, feasible_days

STUDIES = Path(adjuvant.studies.__path__[0])
CELLS = STUDIES / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
TAKAYAMA = STUDIES / "takayama2000" / "protocol.yaml"
SHIPPED = sorted(STUDIES.rglob("protocol.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.parent.name)
def test_every_shipped_protocol_has_no_error(path):
    assert [f for f in check_protocol(path) if f.severity == "error"] == []


def confirmed(text: str) -> str:
    who = "confirmed: {by: Trial statistician, on: 2026-02-01}"
    return re.sub(r"from: our_choice", f"from: our_choice, {who}", text)


@pytest.mark.parametrize("template", ["adjuvant-cell-therapy", "adjuvant-drug"])
def test_a_template_passes_strict_once_its_placeholders_are_confirmed(template):
    text = (STUDIES / "templates" / template / "protocol.yaml").read_text("utf-8")

    assert {f.code for f in check_text(text, strict=True)} == {"P070"}
    assert check_text(confirmed(text), strict=True) == ()


@pytest.mark.by_hand
def test_the_calendar_of_the_reference_trial_leaves_three_of_fifteen_days():
    """Day 0-14 allowed; 14 d of culture and 1 d of release must end by day 14 + 3 = 17."""
    (found,) = feasible_days(read_protocol(TAKAYAMA).protocol)

    assert (found.making, found.last_day) == (15, 17)
    assert found.allowed == tuple(range(15))
    assert found.works == (0, 1, 2)


@pytest.mark.by_hand
def test_the_draw_of_the_reference_trial_falls_about_the_day_of_operation():
    """16 to 13 days before week 2: surgery on 2 March 2026 makes it 28 February to 3 March."""
    ((infusion, _, first, last),) = draw_days(read_protocol(TAKAYAMA).protocol)

    assert (infusion.id, first, last) == ("INF1", -2, 1)


def test_the_reference_trial_has_the_week_2_conflict_as_a_warning():
    found = check_protocol(TAKAYAMA)
    by_code = {f.code: f for f in found}

    assert Counter(f.severity for f in found) == {"warning": 3, "note": 28}
    assert set(by_code) == {"P072", "P073", "P090", "P108"}
    assert "only randomisation on day 0, 1 or 2 works (3 of the 15 days" in by_code["P072"].message
    assert "expected rejections 16% of lots" in by_code["P090"].message


def test_strict_says_what_of_the_reference_trial_is_not_public():
    found = check_protocol(TAKAYAMA, strict=True)
    open_values = {f.place.field for f in found if f.code == "P070"}

    assert {"population.planned", "randomisation.strata", "endpoints.TTR.origin"} <= open_values
    assert "trial.title" not in open_values
    assert all(f.severity == "error" for f in found if f.code in ("P070", "P108"))


def test_a_check_takes_less_than_a_twentieth_of_a_second():
    check_protocol(TAKAYAMA)
    times = []
    for _ in range(5):
        start = time.process_time()
        check_protocol(TAKAYAMA)
        times.append(time.process_time() - start)

    assert min(times) < 0.05
