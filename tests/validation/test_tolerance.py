"""The pass rules of the two formats, to the letter."""

import math

import numpy as np
import pytest

from adjuvant.validation.tolerance import Allowance, Tolerance, compare, plain

SUM = Tolerance(Allowance(relative=1e-8, absolute=1e-12))
LARGER = Tolerance(Allowance(relative=0.1, absolute=0.5), rule="larger")


def agrees(expected, got, tolerance=SUM):
    return not compare(expected, got, tolerance).mismatches


@pytest.mark.by_hand
def test_survival_rule_adds_absolute_and_relative_part():
    tolerance = Tolerance(Allowance(relative=0.1, absolute=0.5))

    # 10 allows 0.5 + 0.1 * 10 = 1.5
    assert agrees({"x": 10.0}, {"x": 11.5}, tolerance)
    assert not agrees({"x": 10.0}, {"x": 11.51}, tolerance)
    assert agrees({"x": -10.0}, {"x": -8.5}, tolerance)


@pytest.mark.by_hand
def test_design_rule_takes_the_larger_part():
    # 10 allows max(0.5, 1.0) = 1; 2 allows max(0.5, 0.2) = 0.5
    assert agrees({"x": 10.0}, {"x": 11.0}, LARGER)
    assert not agrees({"x": 10.0}, {"x": 11.1}, LARGER)
    assert agrees({"x": 2.0}, {"x": 2.5}, LARGER)
    assert not agrees({"x": 2.0}, {"x": 2.6}, LARGER)


@pytest.mark.by_hand
def test_simulation_rule_counts_both_standard_errors():
    tolerance = Tolerance(
        Allowance(), standard_errors=4, monte_carlo={"reject": 0.003}, own={"reject": 0.004}
    )

    # 4 * sqrt(0.003^2 + 0.004^2) = 0.02
    assert agrees({"reject": 0.8}, {"reject": 0.8199}, tolerance)
    assert not agrees({"reject": 0.8}, {"reject": 0.8201}, tolerance)


def test_number_of_events_that_is_fixed_by_design_may_differ_by_five_thousandths():
    tolerance = Tolerance(Allowance(), standard_errors=4, monte_carlo={"expected_events": 0})

    assert agrees({"expected_events": 200}, {"expected_events": 200.005}, tolerance)
    assert not agrees({"expected_events": 200}, {"expected_events": 200.006}, tolerance)


def test_override_of_a_field_holds_for_all_below_it_and_nowhere_else():
    tolerance = Tolerance(Allowance(1e-8, 1e-12), fields={"ci": Allowance(0.01, 0.0)})

    assert agrees({"ci": [1.0, 2.0], "p": 1.0}, {"ci": [1.009, 2.0], "p": 1.0}, tolerance)
    assert not agrees({"ci": [1.0, 2.0], "p": 1.0}, {"ci": [1.0, 2.0], "p": 1.009}, tolerance)


@pytest.mark.parametrize("got", [None, math.nan, np.float64("nan")])
def test_null_is_nan_or_nothing(got):
    assert agrees({"median": None}, {"median": got})
    assert agrees({"median": None}, {})
    assert not agrees({"median": 3.0}, {"median": got})


def test_number_where_null_is_expected_is_wrong():
    assert not agrees({"upper": None}, {"upper": 12.0})
    assert not agrees({"upper": None}, {"upper": math.inf})


def test_infinity_has_a_name_and_a_sign():
    assert agrees({"or": "Infinity"}, {"or": math.inf})
    assert agrees({"or": "-Infinity"}, {"or": -math.inf})
    assert not agrees({"or": "Infinity"}, {"or": -math.inf})
    assert not agrees({"or": "Infinity"}, {"or": 1e300})


def test_field_that_is_not_expected_is_not_tested():
    assert agrees({"n": 3}, {"n": 3, "coef": 1.0})


def test_missing_field_is_a_mismatch_that_says_so():
    worst = compare({"n": 3, "se": [1.0]}, {"n": 3}, SUM).worst

    assert worst.field == "se"
    assert worst.got == "missing"


def test_arrays_of_other_length_do_not_agree():
    worst = compare({"time": [1, 2, 3]}, {"time": np.array([1, 2])}, SUM).worst

    assert (worst.field, worst.expected, worst.got) == ("time.length", 3, 2)


def test_true_is_not_one():
    assert not agrees({"converged": True}, {"converged": 1})
    assert not agrees({"n": 1}, {"n": True})
    assert agrees({"converged": False}, {"converged": np.bool_(False)})


def test_texts_agree_only_when_equal():
    assert agrees({"terms": ["arm=B"]}, {"terms": ("arm=B",)})
    assert not agrees({"terms": ["arm=B"]}, {"terms": ["arm=C"]})
    assert not agrees({"terms": ["1"]}, {"terms": [1]})


def test_groups_are_matched_by_what_they_are_called():
    expected = {"groups": [{"group": {"arm": 0}, "rmst": 1.0}, {"group": {"arm": 1}, "rmst": 2.0}]}
    swapped = {"groups": [{"group": {"arm": 1}, "rmst": 2.0}, {"group": {"arm": 0}, "rmst": 1.0}]}

    assert agrees(expected, swapped)


def test_missing_group_does_not_agree():
    expected = {"groups": [{"group": {"arm": 0}, "rmst": 1.0}, {"group": {"arm": 1}, "rmst": 1.0}]}

    assert not agrees(expected, {"groups": expected["groups"][:1]})
    assert not agrees(expected, {"groups": [expected["groups"][0]] * 2})


def test_worst_field_is_the_one_furthest_beyond_its_tolerance():
    result = compare({"a": [1.0, 1.0, 1.0]}, {"a": [1.1, 1.5, 1.2]}, SUM)

    assert len(result.mismatches) == 3
    assert result.worst.field == "a[1]"
    assert result.worst.relative_error == pytest.approx(0.5)


def test_largest_relative_error_of_a_number_near_zero_is_relative_to_the_tolerances():
    # Below 1e-12 / 1e-8 = 1e-4 the absolute tolerance decides.
    result = compare({"x": 0.0}, {"x": 1e-13}, SUM)

    assert not result.mismatches
    assert result.largest_relative_error == pytest.approx(1e-9)


def test_wrong_number_where_zero_is_expected_has_infinite_relative_error():
    assert compare({"x": 0}, {"x": 1}, SUM).worst.relative_error == math.inf


def test_plain_values_are_json():
    assert plain({"a": np.array([[1, 2]]), "b": (np.int64(3), math.nan)}) == {
        "a": [[1, 2]],
        "b": [3, None],
    }
