"""Every rule is triggered by one edit of a file that has no finding, and not by a neighbour."""

from pathlib import Path

import pytest
from protocol.rule_cases import CASES, ELSEWHERE
from protocol.rule_cases_conduct import CONDUCT

import adjuvant.studies
from adjuvant.protocol import CODES, check_text

BASE = (Path(__file__).parent / "base.yaml").read_text("utf-8")
TEMPLATES = Path(adjuvant.studies.__path__[0]) / "templates"
CELLS = (TEMPLATES / "adjuvant-cell-therapy" / "protocol.yaml").read_text("utf-8")
ALL = {**{code: (BASE, *pair) for code, pair in CASES.items()}} | {
    code: (CELLS, *pair) for code, pair in CONDUCT.items()
}


def edited(text: str, edit: tuple[str, ...]) -> str:
    for old, new in zip(edit[::2], edit[1::2], strict=True):
        assert old in text, f"{old!r} does not stand in the file"
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("text", [BASE, CELLS], ids=["base", "cell therapy"])
def test_the_files_that_are_edited_have_no_finding(text):
    assert check_text(text) == ()


@pytest.mark.parametrize("code", sorted(ALL))
def test_each_rule_is_triggered_by_its_broken_edit(code):
    found = [f for f in check_text(edited(ALL[code][0], ALL[code][1])) if f.code == code]

    assert found, f"{code} was not triggered"
    assert all(f.severity == CODES[code].severity for f in found)
    assert all(f.hint and f.message and f.place.line for f in found)


@pytest.mark.parametrize("code", sorted(ALL))
def test_each_rule_is_silent_about_a_lawful_neighbour(code):
    assert code not in {f.code for f in check_text(edited(ALL[code][0], ALL[code][2]))}


def test_every_number_has_its_two_cases():
    assert set(CODES) - ELSEWHERE - {"P070"} == set(ALL)


def test_every_number_says_what_it_means():
    assert all(len(code.title) >= 8 and len(code.explanation) > 20 for code in CODES.values())


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (("event: [recurrence, death]", "event: [\"death where cause in ['hcc']\"]"), "P056"),
        (("event: [recurrence, death]", "event: [death where cause = 1]"), "P021"),
        (("event: [recurrence, death]", "event: [death where age > 60]"), "P035"),
        (("status: draft", "status: {value: draft, at: page 3}"), "P019"),
        (("status: draft", "status: {value: draft}"), "P019"),
        (
            ("status: draft", "status: {value: draft, from: paper, confirmed: {by: A, on: May}}"),
            "P019",
        ),
    ],
)
def test_other_ways_to_break_a_rule_are_found_too(edit, code):
    base = BASE.replace("death: {label: Death}", "death: {label: Death, causes: [cancer, other]}")

    assert code in {f.code for f in check_text(edited(base, edit))}


def test_strict_asks_a_draft_without_governance_for_every_row_of_spirit():
    rows = [f for f in check_text(BASE, strict=True) if f.code == "P108"]

    assert len(rows) > 30
    assert all(f.severity == "error" for f in rows)
    assert "P108" not in {f.code for f in check_text(BASE)}
