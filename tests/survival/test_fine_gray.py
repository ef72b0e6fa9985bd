"""Fine-Gray regression by hand, at its edges, and its laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from survival_strategies import shuffled, survival_data

from adjuvant.core import (
    InvalidData,
    NotConverged,
    NotEnoughData,
    NotEstimable,
    TimeToEvent,
    UsageError,
)
from adjuvant.survival import cox, fine_gray


def fitted(data, **options):
    try:
        fit = fine_gray(data, **options)
    except (NotEstimable, NotEnoughData, NotConverged):
        return None
    return fit if fit.converged else None


@pytest.mark.by_hand
def test_who_died_of_another_cause_stays_at_risk_with_the_weight_of_not_being_censored():
    """Days 1 (other), 2 (censored), 3, 4 (cause 1). G = 1 until day 2, then 1 - 1/3 = 2/3.

    At coefficient 0: day 3 has 2 at risk and the first row with weight (2/3)/1; day 4 likewise.
    """
    data = TimeToEvent([1, 2, 3, 4], [2, 0, 1, 1])

    fit = fine_gray(data, {"x": [1, 0, 1, 0]})

    assert fit.log_likelihood[0] == pytest.approx(-math.log(2 + 2 / 3) - math.log(1 + 2 / 3))


@pytest.mark.by_hand
def test_events_of_the_day_leave_the_censoring_risk_set_only_in_weighted_cox():
    """Day 2 sees one event and one censoring among 3: G falls by 1/3, or by 1/2."""
    data = TimeToEvent([1, 2, 2, 4], [2, 1, 0, 1])
    x = {"x": [1, 0, 1, 0]}

    crr = fine_gray(data, x)
    weighted = fine_gray(data, x, method="weighted_cox")

    assert crr.log_likelihood[0] == pytest.approx(-math.log(4) - math.log(1 + 2 / 3))
    assert weighted.log_likelihood[0] == pytest.approx(-math.log(4) - math.log(1 + 1 / 2))


def test_what_the_model_does_not_know_is_refused():
    x = {"x": [1, 0, 1]}

    with pytest.raises(InvalidData, match="knows no stratum"):
        fine_gray(TimeToEvent([1, 2, 3], [1, 2, 1], stratum=[0, 1, 0]), x)
    with pytest.raises(NotEnoughData, match="no event of cause 3"):
        fine_gray(TimeToEvent([1, 2, 3], [1, 2, 1]), x, cause=3)
    with pytest.raises(NotEstimable, match="constant"):
        fine_gray(TimeToEvent([1, 2, 3], [1, 2, 1]), {"x": [1, 1, 1]})
    with pytest.raises(UsageError, match="no method 'crr'"):
        fine_gray(TimeToEvent([1, 2, 3], [1, 2, 1]), x, method="crr")


def test_no_event_of_the_cause_in_an_arm_is_infinite():
    data = TimeToEvent.of(
        [1, 2, 3, 4, 5, 6], [1, 2, 2, 0, 1, 0], arm=["C", "T", "T", "C", "C", "T"], control="C"
    )

    fit = fine_gray(data)

    assert not fit.converged
    assert fit.coef[0] == -np.inf


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(causes=1))
def test_without_competing_events_it_is_the_cox_model(data):
    fit = fitted(data)
    assume(fit is not None)

    plain, efron = cox(data, ties="breslow"), cox(data)
    weighted = fine_gray(data, method="weighted_cox")

    assert np.allclose(fit.coef, plain.coef, rtol=1e-7, atol=1e-9)
    assert np.allclose(fit.model_based_variance, plain.variance, rtol=1e-7)
    assert np.allclose(weighted.coef, efron.coef, rtol=1e-7, atol=1e-9)
    assert np.allclose(weighted.variance, cox(data, robust=True).variance, rtol=1e-6)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(causes=2, arms=3))
def test_the_order_of_rows_and_the_scale_of_time_do_not_matter(data):
    fit = fitted(data)
    assume(fit is not None)
    other = shuffled(data)
    other = TimeToEvent(other.time**2, other.event, arm=other.arm, arm_labels=data.arm_labels)

    again = fine_gray(other)

    assert np.allclose(fit.coef, again.coef, rtol=1e-7, atol=1e-9)
    assert np.allclose(fit.variance, again.variance, rtol=1e-6)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(causes=2))
def test_without_censoring_the_rows_of_other_causes_stay_to_the_end(data):
    """Then the model is Cox with the other cause's times moved beyond the last time."""
    data = TimeToEvent(
        data.time, np.maximum(data.event, 1), arm=data.arm, arm_labels=data.arm_labels
    )
    fit = fitted(data)
    assume(fit is not None)
    last = np.where(data.event == 2, data.time.max() + 1, data.time)
    moved = TimeToEvent(last, data.event == 1, arm=data.arm, arm_labels=data.arm_labels)

    assert np.allclose(fit.coef, cox(moved, ties="breslow").coef, rtol=1e-7, atol=1e-9)
