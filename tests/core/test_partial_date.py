from datetime import date

import pytest

from adjuvant.core import InvalidData, PartialDate


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("2024-02", "last", (date(2024, 2, 29), "D")),
        ("2023-02", "last", (date(2023, 2, 28), "D")),
        ("2023", "first", (date(2023, 1, 1), "M")),
        ("2023", "middle", (date(2023, 7, 1), "M")),
        ("2023", "last", (date(2023, 12, 31), "M")),
        ("2023-05-09", "last", (date(2023, 5, 9), "")),
    ],
)
def test_missing_part_is_filled_by_the_rule_and_flagged(text, rule, expected):
    assert PartialDate.parse(text).resolve(rule) == expected


def test_partial_date_is_not_guessed_without_a_rule():
    with pytest.raises(InvalidData, match="2023-05 has no day; ask for the whole date"):
        PartialDate.parse("2023-05").resolve("refuse")


@pytest.mark.parametrize("text", ["1992-13", "1992-02-30", "1993-02-29"])
def test_date_outside_the_calendar_is_refused(text):
    with pytest.raises(InvalidData, match=f"{text} is not in the calendar"):
        PartialDate.parse(text)


@pytest.mark.parametrize("text", ["", "92-01-01", "1992/01/01", "1992-1-1", "01.02.1992", "UNK"])
def test_other_notations_are_refused(text):
    with pytest.raises(InvalidData, match="is not a date; write YYYY-MM-DD"):
        PartialDate.parse(text)


def test_date_prints_as_it_was_typed():
    assert [str(PartialDate.parse(t)) for t in ("1992", "1992-05", "1992-05-03")] == [
        "1992",
        "1992-05",
        "1992-05-03",
    ]
