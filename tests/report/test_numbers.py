"""One rule a kind of number: what a clinician reads must be what was computed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.report import numbers

NAN = math.nan


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0009999, "<0.001"),
        (0.001, "0.001"),
        (0.0124, "0.012"),
        (0.05, "0.050"),
        (0.04999, "0.04999"),
        (0.0500004, "0.0500004"),
        (0.99951, ">0.999"),
        (1.0, ">0.999"),
        (0.0, "<0.001"),
        (NAN, "not estimable"),
    ],
)
def test_p_has_three_decimals_and_never_crosses_the_level_by_rounding(p, text):
    assert numbers.p_value(p) == text


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1))
def test_printed_p_lies_on_the_same_side_of_the_level(p):
    text = numbers.p_value(p)

    if text[0] not in "<>":
        assert (float(text) < 0.05) == (p < 0.05) or abs(p - 0.05) < 1e-8


def test_percent_has_no_decimal_below_200_patients():
    assert numbers.percent(0.5634, 199) == "56%"
    assert numbers.percent(0.5634, 200) == "56.3%"


def test_a_limit_near_one_is_not_printed_as_one():
    assert numbers.interval(0.35, 0.996, numbers.ratio, "-") == "0.35–0.996"
    assert numbers.ratio(1.0004) == "1.00"


def test_range_with_a_negative_limit_has_no_dash():
    text = numbers.with_limits(-0.5, -1.2, 0.3, lambda v: numbers.signed(v, 1))

    assert text == "−0.5 (−1.2 to 0.3)"


def test_difference_never_has_a_dash_even_where_both_limits_are_positive():
    text = numbers.with_limits(0.5, 0.2, 0.8, lambda v: numbers.signed(v, 1), may_be_negative=True)

    assert text == "0.5 (0.2 to 0.8)"


def test_median_that_is_not_reached_says_so_once():
    scale = numbers.time_scale("day", 3000)

    assert numbers.with_limits(NAN, NAN, NAN, scale.text, missing="not reached") == "not reached"
    assert scale.text(NAN) == scale.text(math.inf) == "not reached"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1096, "day", "3 years"),
        (1826, "day", "5 years"),
        (365, "day", "1 year"),
        (183, "day", "6 months"),
        (30, "day", "30 days"),
        (60.0, "month", "5 years"),
        (7.5, "month", "7.5 months"),
        (1000, "day", "1000 days"),
    ],
)
def test_milestones_are_named_in_whole_years_or_months_only_where_they_are(value, unit, text):
    assert numbers.length_words(value, unit) == text


def test_days_are_printed_in_years_beyond_five_years_and_in_months_below():
    assert numbers.time_scale("day", 3329).unit == "year"
    assert numbers.time_scale("day", 1800).unit == "month"
    assert numbers.time_scale("day", 60).unit == "day"
    assert numbers.time_scale("month", 80).text(30.0) == "2.50"


def test_hazard_words_speak_of_the_hazard_and_never_of_zero_percent():
    assert numbers.hazard_words(0.59924) == "reduced by 40%"
    assert numbers.hazard_words(1.0) == "changed by less than 1%"
    assert numbers.hazard_words(12.3) == "multiplied by 12"
    assert numbers.hazard_words(NAN) == "not estimable"
    assert numbers.compare_words(math.inf) == "without upper bound"


def test_negative_zero_is_printed_as_zero():
    assert numbers.signed(-0.0004, 2) == "0.00"
