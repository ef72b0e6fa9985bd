"""The CSV beside a case file: what is a number, what is missing, which rows count."""

import numpy as np
import pytest

from adjuvant.core import CaseError
from adjuvant.validation.table import read_table, same


def table(text):
    return read_table("d.csv", text.encode("utf-8"))


def test_whole_numbers_stay_whole_and_decimals_as_stored():
    t = table("a,b\n1,0.1\n2,3\n")

    assert t.numbers("a", [0, 1]).dtype == np.int64
    assert t.numbers("b", [0, 1]).tolist() == [0.1, 3.0]


def test_empty_field_is_missing_also_in_quotes():
    assert table('a,b\n,""\n1,x\n').cells("b") == [None, "x"]


def test_last_row_needs_no_line_end_and_quotes_may_hold_commas_and_line_ends():
    t = table('a,b\r\n1,"x, y"\r\n2,"p\nq"')

    assert t.cells("b") == ["x, y", "p\nq"]


def test_byte_order_mark_is_no_part_of_the_first_column():
    assert list(read_table("d.csv", "\ufefftime\n1\n".encode()).columns) == ["time"]


@pytest.mark.parametrize("text", ["NA", "nan", "inf", "1_000", "0x10", "1,5"])
def test_what_is_no_decimal_number_is_a_text(text):
    t = table(f'a\n1\n"{text}"\n')

    with pytest.raises(CaseError, match=f"must hold numbers; row 2 holds '{text}'"):
        t.numbers("a", [0, 1])


def test_where_keeps_equal_values_then_rows_without_gaps():
    t = table("arm,sex,time\n1,F,5\n1,M,6\n2,F,7\n1,F,\n")

    assert t.where({"arm": 1, "sex": "F"}, ["time"]) == [0]
    assert t.where({"arm": 1.0}, []) == [0, 1, 3]
    assert t.where({"time": None}, []) == [3]


def test_column_that_no_case_names_may_have_gaps():
    assert table("time,note\n5,\n6,x\n").where({}, ["time"]) == [0, 1]


@pytest.mark.parametrize(
    ("cell", "value", "equal"),
    [(0, False, True), (1, True, True), ("FALSE", True, False), ("1", 1, True), (None, "", False)],
)
def test_same(cell, value, equal):
    assert same(cell, value) is equal
