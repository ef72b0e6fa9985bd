"""Restricted mean survival time, alone, between arms, adjusted; milestones."""

import numpy as np
import pytest
from hypothesis import given, settings
from survival_strategies import rows, survival_data

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import Factor, milestone_difference, rmst, rmst_difference

approx = pytest.approx
TWO = TimeToEvent([2, 4, 6, 8, 3, 9, 9, 9], [1, 1, 1, 0, 1, 1, 0, 0], arm=[0, 0, 0, 0, 1, 1, 1, 1])


@pytest.mark.by_hand
def test_area_and_variance_of_four_patients():
    # S: 1 to day 2, 3/4 to 4, 1/2 to 6, 1/4 to 8. Areas from 2, 4, 6 to 8: 3, 1.5, 0.5.
    found = rmst(TimeToEvent([2, 4, 6, 8], [1, 1, 1, 0]), 8)[0]

    assert found.rmst == approx(2 + 1.5 + 1 + 0.5)
    variance = 3**2 / (4 * 3) + 1.5**2 / (3 * 2) + 0.5**2 / (2 * 1)
    assert found.std_error == approx(variance**0.5)


@pytest.mark.by_hand
def test_the_last_event_that_empties_the_risk_set_adds_no_variance():
    found = rmst(TimeToEvent([1, 3], [1, 1]))[0]

    assert (found.tau, found.rmst) == (3, 2)
    assert found.std_error == approx((1**2 * 1 / (2 * 1) * 4 / 4 * 0 + 1**2 / 2) ** 0.5)


def test_a_horizon_before_the_first_event_is_the_horizon_without_error():
    found = rmst(TimeToEvent([5, 7], [1, 1]), 3)[0]

    assert (found.rmst, found.std_error) == (3, 0)


def test_a_horizon_beyond_the_follow_up_is_refused_unless_the_curve_ends_at_zero():
    with pytest.raises(NotEnoughData, match="the horizon 9 lies beyond the follow-up"):
        rmst(TimeToEvent([2, 4], [1, 0]), 9)
    assert rmst(TimeToEvent([2, 4], [1, 1]), 9)[0].rmst == 3
    with pytest.raises(InvalidData, match="tau is 0"):
        rmst(TimeToEvent([2, 4], [1, 1]), 0)


@pytest.mark.by_hand
def test_difference_and_ratios_by_hand():
    # Control: 5 of 8 days; treatment: 1 to day 3, 3/4 to 8: 3 + 3.75 = 6.75.
    found = rmst_difference(TWO, 8)

    v0 = 3**2 / 12 + 1.5**2 / 6 + 0.5**2 / 2
    v1 = 3.75**2 / 12
    assert found.difference.estimate == approx(1.75)
    assert found.difference.std_error == approx((v0 + v1) ** 0.5)
    assert found.ratio.estimate == approx(6.75 / 5)
    assert found.rmtl_ratio.estimate == approx(1.25 / 3)
    half = 1.959964 * (v1 / 6.75**2 + v0 / 5**2) ** 0.5
    assert found.ratio.ci[1] == approx(6.75 / 5 * np.exp(half), rel=1e-6)
    assert found.control.rmtl_ci == approx((3 - 1.959964 * v0**0.5, 3 + 1.959964 * v0**0.5))


def test_horizons_follow_the_rules_of_survrm2():
    # Control's last row (8) is censored; treatment's last (9) too.
    with pytest.raises(NotEnoughData, match="of arm '0', which ends at 8"):
        rmst_difference(TWO, 8.5)
    with pytest.raises(NotEnoughData, match="of both arms, which ends at 9"):
        rmst_difference(TWO, 10)
    ends_at_zero = TimeToEvent([2, 4, 3, 9], [1, 1, 1, 0], arm=[0, 0, 1, 1])
    assert rmst_difference(ends_at_zero, 9).control.rmst == 3


def test_an_arm_that_lost_no_time_has_no_ratio_of_time_lost():
    data = TimeToEvent([2, 4, 9, 9], [1, 0, 1, 0], arm=[0, 0, 1, 1])

    found = rmst_difference(data, 4)

    assert found.rmtl_ratio is None
    assert found.ratio.estimate == approx(4 / 3)


def test_arms_without_variation_or_not_two_are_refused():
    quiet = TimeToEvent([5, 5, 5, 5], [1, 0, 1, 0], arm=[0, 0, 1, 1])
    with pytest.raises(NotEnoughData, match="neither arm's restricted mean"):
        rmst_difference(quiet, 4)
    with pytest.raises(InvalidData, match="compares two arms"):
        rmst_difference(TimeToEvent([1, 2, 3], [1, 1, 1], arm=[0, 1, 2]), 1)
    with pytest.raises(NotEnoughData, match="arm '1' has no row"):
        rmst_difference(TimeToEvent([1, 2], [1, 1], arm=[0, 0], arm_labels=("0", "1")), 1)


@pytest.mark.by_hand
def test_without_censoring_the_adjusted_difference_is_least_squares():
    rng = np.random.default_rng(3)
    time, age = rng.integers(1, 100, 60), rng.normal(60, 8, 60)
    arm = np.arange(60) % 2
    data = TimeToEvent(time, np.ones(60, dtype=int), arm=arm)

    found = rmst_difference(data, 50, covariates={"age": age})

    x = np.column_stack((np.ones(60), arm, age))
    coef = np.linalg.lstsq(x, np.minimum(time, 50), rcond=None)[0]
    assert found.coef == approx(coef)
    residual = np.minimum(time, 50) - x @ coef
    bread = np.linalg.inv(x.T @ x)
    sandwich = bread @ (x.T * residual**2) @ x @ bread
    assert found.se == approx(np.sqrt(np.diag(sandwich)))
    assert found.terms == ("intercept", "arm", "age")


def test_a_factor_enters_by_its_contrasts():
    stage = Factor(list("aabbccab"), levels=("b", "a", "c"))

    found = rmst_difference(TWO, 8, covariates={"stage": stage})

    assert found.terms == ("intercept", "arm", "stage=a", "stage=c")
    # The treated of stages a and b lost no time: the log of the ratio has no finite value.
    assert found.rmtl_ratio is None


@pytest.mark.parametrize(
    ("covariate", "error", "message"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1], NotEstimable, "constant"),
        ([0, 0, 0, 0, 1, 1, 1, 1], NotEstimable, "combination of arm"),
        ([1, 2, 3], InvalidData, "x has 3 rows, the data have 8"),
        ([1, 2, 3, 4, 5, 6, 7, float("nan")], InvalidData, "missing or infinite"),
        (list("abcdefgh"), InvalidData, "x must be numbers"),
    ],
)
def test_covariates_that_cannot_be_used_are_refused(covariate, error, message):
    with pytest.raises(error, match=message):
        rmst_difference(TWO, 8, covariates={"x": covariate})


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, entry=True, weights=True))
def test_weights_are_repeated_rows_for_the_mean(data):
    repeated = rows(data, np.repeat(np.arange(data.n), data.weight.astype(int)))
    repeated = TimeToEvent(repeated.time, repeated.event, arm=repeated.arm, entry=repeated.entry)

    for a, b in zip(rmst(data), rmst(repeated), strict=True):
        assert a.rmst == approx(b.rmst)
        assert a.std_error == approx(b.std_error)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0))
def test_without_censoring_the_restricted_mean_is_the_mean(data):
    complete = TimeToEvent(data.time, np.ones(data.n, dtype=int))

    assert rmst(complete)[0].rmst == approx(data.time.mean())


@pytest.mark.by_hand
def test_milestone_on_three_scales_by_hand():
    # At day 5: control 2/4 (variance 1/16), treatment 3/4 (3/64).
    found = milestone_difference(TWO, 5)

    v0, v1 = 0.5 * 0.5 / 4, 0.75 * 0.25 / 4
    assert found.difference.estimate == 0.25
    assert found.difference.std_error == approx((v0 + v1) ** 0.5)
    assert found.test_plain.chi_square == approx(0.25**2 / (v0 + v1))
    log_variance = v0 / 0.25 + v1 / 0.5625
    assert found.test_log.chi_square == approx(np.log(1.5) ** 2 / log_variance)
    h0, h1 = np.log(2), -np.log(0.75)
    spread = v0 / (0.5 * h0) ** 2 + v1 / (0.75 * h1) ** 2
    assert found.test_log_log.chi_square == approx(np.log(h1 / h0) ** 2 / spread)


def test_milestones_without_an_answer_are_refused():
    with pytest.raises(NotEnoughData, match="no event was seen by 1"):
        milestone_difference(TWO, 1)
    with pytest.raises(NotEnoughData, match="beyond the follow-up of arm '0', which ends at 8"):
        milestone_difference(TWO, 8.5)
    dead = TimeToEvent([1, 2, 1, 9], [1, 1, 1, 0], arm=[0, 0, 1, 1])
    with pytest.raises(NotEstimable, match="survival of arm '0' is 0 at 5"):
        milestone_difference(dead, 5)
    assert milestone_difference(TWO, 2).test_log_log is None
