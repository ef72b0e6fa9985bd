"""What somebody typed who knew trials but not this format, and what the checker answered."""

from datetime import date
from pathlib import Path

import pytest

import adjuvant.studies
from adjuvant.core import InvalidInput
from adjuvant.protocol import check_text, confirmed_text

TEMPLATES = Path(adjuvant.studies.__path__[0]) / "templates"
CELLS = (TEMPLATES / "adjuvant-cell-therapy" / "protocol.yaml").read_text("utf-8")


def edited(old, new):
    assert old in CELLS
    return [(f.code, f.hint) for f in check_text(CELLS.replace(old, new, 1))]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("until: end_of_trial", "until: end of trial", ("P017", "did you mean 'end_of_trial'?")),
        ("alpha: 0.05", "alpha: 5%", ("P014", "write it as a share of one: 0.05")),
        ("type: whole_number", "type: integer", ("P015", "did you mean 'whole_number'?")),
        (
            "role: no_treatment_control",
            "role: placebo",
            ("P015", "did you mean 'placebo_control'?"),
        ),
        ("measure: hazard_ratio", "measure: HR", ("P120", "did you mean 'hazard_ratio'?")),
        ("type: kaplan_meier", "type: Kaplan-Meier", ("P015", "did you mean 'kaplan_meier'?")),
    ],
)
def test_a_word_of_other_formats_is_answered_with_ours(old, new, finding):
    assert edited(old, new) == [finding]


def test_choices_written_as_a_list_are_one_fault_and_not_two():
    found = edited("choices: {R0: none, R1: microscopic, R2: macroscopic}", "choices: [R0, R1]")

    assert found == [("P014", "write {name: value}")]


def test_confirming_a_value_without_origin_says_how_to_write_one():
    text = "trial: {phase: III}\n"

    with pytest.raises(InvalidInput, match=r"'phase: \{value: \.\.\., from: our_choice\}'"):
        confirmed_text(text, "trial.phase", by="A. Lead", on=date(2026, 2, 1))
