"""Table 1 and the flow: counts that add up, and what is missing is shown."""

from collections.abc import Callable

import pytest

from adjuvant.analysis.results import Result
from adjuvant.core import InvalidInput

One = Callable[..., Result]


def _cells(result: Result, variable: str, level: str | None) -> dict[str, str]:
    row = next(b for b in result.baseline if (b.variable, b.level) == (variable, level))
    return dict(row.cells)


@pytest.mark.by_hand
def test_a_number_is_summarised_by_mean_and_sd(one: One) -> None:
    found = one("type: baseline_table, set: ITT, variables: [age]")

    # IMM: 61, 55, 70, 48; CTL: 66, 59, 62, 51.
    assert _cells(found, "age", None) == {
        "CTL": "59.5 (6.4)",
        "IMM": "58.5 (9.3)",
        "total": "59.0 (7.4)",
    }


@pytest.mark.by_hand
def test_a_choice_has_a_row_per_level_in_per_cent_of_known_values(one: One) -> None:
    found = one("type: baseline_table, set: ITT, variables: [grade]")

    assert _cells(found, "grade", "low") == {
        "CTL": "2 (50%)",
        "IMM": "2 (67%)",
        "total": "4 (57%)",
    }
    assert _cells(found, "grade", "Missing") == {"CTL": "0", "IMM": "1", "total": "1"}


def test_nothing_is_said_missing_where_nothing_is(one: One) -> None:
    found = one("type: baseline_table, set: ITT, variables: [stage]")

    assert [b.level for b in found.baseline] == [None, "I", "II"]


def test_the_baseline_table_tests_nothing(one: One) -> None:
    found = one("type: baseline_table, set: ITT, variables: [age, stage]")

    assert found.tests == ()
    assert found.estimates == ()
    assert "no p-values" in found.method


def test_the_flow_shows_what_was_not_reported_as_such(one: One) -> None:
    found = one("type: consort, set: ITT")

    boxes = {(b.box, b.arm): b.n for b in found.flow}
    assert boxes["assessed", None] is None
    assert boxes["analysed", "IMM"] == 4
    assert "Not reported" in found.notes[0]


def test_a_flow_that_does_not_add_up_is_refused(one: One) -> None:
    with pytest.raises(InvalidInput, match="assessed 20 is not excluded 3 \\+ randomised 8"):
        one("type: consort, set: ITT", flow="{assessed: 20, excluded: 3}")


def test_arms_of_patients_that_are_not_in_the_data_are_not_invented(one: One) -> None:
    found = one("type: consort, set: ITT", flow="{randomised: 10}")

    boxes = {(b.box, b.arm): b.n for b in found.flow}
    assert boxes["randomised", None] == 10
    assert boxes["allocated", "IMM"] is None
    assert boxes["analysed", "IMM"] == 4
    assert any("2 randomised are not in the data" in note for note in found.notes)
