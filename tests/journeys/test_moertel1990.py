"""The shipped trial, number by number: the protocol file, its patients, the printed results."""

import csv
import math
from pathlib import Path

import pytest

import adjuvant
from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.results import Results
from adjuvant.evidence import compare_published, read_published
from adjuvant.study import Study

STUDY = Path(adjuvant.__file__).parent / "studies" / "moertel1990"
FACTORS = {"surg": "surgery_interval", "differ": "differentiation"}
pytestmark = [pytest.mark.journey, pytest.mark.reference]


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.open("moertel1990")


@pytest.fixture(scope="module")
def results(study: Study) -> Results:
    return study.analyse()


def _close(value: float) -> object:
    """Agree with a printed number: half its last digit."""
    digits = len(f"{value!r}".split(".")[1]) if value != int(value) else 0
    return pytest.approx(value, abs=0.5 * 10**-digits * 1.0001)


@pytest.mark.parametrize(
    ("id", "arm", "value", "lower", "upper"),
    [
        ("A_TTR_COX", "LEV5FU", 0.59924, 0.47493, 0.75609),
        ("A_TTR_COX_2", "LEV5FU", 0.59893, 0.47464, 0.75578),
        ("A_OS_COX", "LEV5FU", 0.68955, 0.54637, 0.87027),
    ],
)
def test_the_hazard_ratios_are_those_of_r(
    results: Results, id: str, arm: str, value: float, lower: float, upper: float
) -> None:
    found = results.result(id).estimate("hazard_ratio", arm)

    assert (found.value, found.lower, found.upper) == (_close(value), _close(lower), _close(upper))


def test_the_events_are_those_of_the_data(results: Results) -> None:
    counts = {c.arm: (c.events, c.n) for c in results.result("A_TTR_COX").counts}

    assert counts == {"OBS": (177, 315), "LEV": (172, 310), "LEV5FU": (119, 304)}


def test_the_three_arm_log_rank_test_is_that_of_r(results: Results) -> None:
    test = results.result("A_TTR_LR").tests[0]

    assert test.df == 2
    assert test.chi_square == _close(23.06174)
    assert results.result("A_TTR_COX").tests[0].chi_square == test.chi_square


def test_the_restricted_means_to_day_1826_are_those_of_r(results: Results) -> None:
    found = {e.arm: e for e in results.result("A_TTR_RMST").estimates if e.measure == "rmst"}

    assert found["OBS"].at == 1826
    assert [found[a].value for a in ("OBS", "LEV", "LEV5FU")] == [
        _close(1095.985),
        _close(1096.456),
        _close(1329.762),
    ]


@pytest.mark.parametrize(
    ("id", "median", "lower", "upper"),
    [("A_FU_OS", 2352, 2313, 2396), ("A_FU_TTR", 2304, 2263, 2352)],
)
def test_the_median_follow_up_of_all_arms_is_that_of_r(
    results: Results, id: str, median: float, lower: float, upper: float
) -> None:
    found = results.result(id).estimate("follow_up_median")

    assert found.arm is None
    assert (found.value, found.lower, found.upper) == (median, lower, upper)


def test_milestones_written_in_years_are_whole_days(results: Results) -> None:
    times = {e.at for e in results.result("A_TTR_KM").estimates if e.measure == "survival"}

    assert times == {1096, 1826}


def test_the_printed_figures_agree_or_differ_for_the_reason_given(results: Results) -> None:
    published = read_published(STUDY / "published.yaml")

    found = {c.number: c for c in compare_published(published, results.to_dict())}

    assert found["recurrence_final"].verdict == "agrees"
    assert found["recurrence_first"].verdict == "agrees"
    assert found["death_final"].verdict == "differs_as_known"
    assert round(found["death_final"].found or 0) == 31


def test_only_the_combination_may_be_claimed(study: Study, results: Results) -> None:
    found = decide_claims(results, study.protocol)

    assert found["A_TTR_COX"].arms == ("LEV5FU",)
    assert found["A_OS_COX"].arms == ("LEV5FU",)
    assert not found["A_RFS_COX"].allowed


def test_seven_patients_have_their_recurrence_on_their_last_day(study: Study) -> None:
    columns = study.snapshot().subjects.columns
    rows = [
        (subject, died)
        for subject, recurred, at, died, last in zip(
            columns["subject"],
            columns["event.recurrence.happened"],
            columns["event.recurrence.time"],
            columns["event.death.happened"],
            columns["event.death.time"],
            strict=True,
        )
        if recurred == "yes" and at == last
    ]

    assert len(rows) == 7
    assert [subject for subject, died in rows if died == "yes"] == [
        "125",
        "277",
        "324",
        "365",
        "670",
    ]
    assert [subject for subject, died in rows if died == "no"] == ["239", "602"]


def test_recurrence_on_the_day_of_death_counts_as_recurrence(results: Results) -> None:
    counts = results.result("A_TTR_CIF").counts

    assert [(c.arm, c.events, c.competing) for c in counts] == [
        ("OBS", 177, 13),
        ("LEV", 172, 10),
        ("LEV5FU", 119, 15),
    ]


def _reference() -> list[dict[str, str]]:
    file = Path(__file__).parents[1] / "reference" / "moertel1990_results.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _number(text: str) -> float:
    return float(text) if text else math.nan


@pytest.mark.parametrize(
    "row", _reference(), ids=lambda r: "-".join(r[k] for k in ("result", "measure", "arm", "at"))
)
def test_every_number_is_that_of_r_to_ten_digits(results: Results, row: dict[str, str]) -> None:
    """The CSV is made by tests/reference/moertel1990_results.R."""
    result, measure, arm = results.result(row["result"]), row["measure"], row["arm"]
    if measure in ("log_rank", "gray", "proportional_hazards"):
        found = [next(t for t in result.tests if arm in t.name).chi_square, math.nan, math.nan]
    elif measure == "interaction_p":
        factor = FACTORS.get(arm, arm)
        p = next(s for s in result.subgroups if s.factor == factor).interaction_p
        found = [p, math.nan, math.nan]
    else:
        at = float(row["at"]) if row["at"] else None
        e = result.estimate(measure, arm or None, at)
        found = [e.value, e.lower, e.upper]

    expected = [_number(row[name]) for name in ("value", "lower", "upper")]
    assert found == pytest.approx(expected, rel=1e-10, nan_ok=True)


def test_the_flow_says_what_was_not_reported(results: Results) -> None:
    boxes = {(b.box, b.arm): b.n for b in results.result("F1").flow}

    assert boxes["assessed", None] is None
    assert boxes["randomised", None] == 929
    assert boxes["allocated", "LEV5FU"] == boxes["analysed", "LEV5FU"] == 304


def test_a_second_run_gives_the_same_results_to_the_last_bit(
    study: Study, results: Results
) -> None:
    assert Study.open("moertel1990").analyse().to_dict() == results.to_dict()


def test_the_results_are_json_without_nan(results: Results) -> None:
    import json

    held = json.loads(json.dumps(results.to_dict(), allow_nan=False))

    assert held["schema"] == "adjuvant/results/1"
    assert held["snapshot"] == results.snapshot
    assert [r["id"] for r in held["results"]] == [r.id for r in results.results]


def test_every_result_says_how_it_was_made(results: Results) -> None:
    for r in results.results:
        assert r.method
        assert r.convention
        assert r.sources
        assert 'Study.open("moertel1990")' in r.python
