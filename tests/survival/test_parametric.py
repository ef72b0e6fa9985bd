"""Parametric regression, for exact and interval-censored times, by hand and by laws."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent, UsageError
from adjuvant.survival import parametric_survival
from adjuvant.survival.interval_censored import IntervalCensored, interval_censored_survival

DISTRIBUTIONS = ["weibull", "exponential", "log_normal", "log_logistic"]


@pytest.mark.by_hand
def test_exponential_hazards_are_events_over_time_in_each_arm():
    """C: 2 events in 30 days, T: 1 event in 40 days; log time ratio = log(40/1) - log(30/2)."""
    data = TimeToEvent.of([10, 20, 15, 25], [1, 1, 1, 0], arm=list("CCTT"), control="C")

    fit = parametric_survival(data, distribution="exponential")

    assert fit.coef[0] == pytest.approx(math.log(30 / 2), rel=1e-12)
    assert fit.coef[1] == pytest.approx(math.log(40) - math.log(15), rel=1e-10)
    assert np.allclose(fit.variance, [[1 / 2, -1 / 2], [-1 / 2, 1 / 2 + 1]])
    expected = 2 * math.log(2 / 30) - 2 + math.log(1 / 40) - 1
    assert fit.log_likelihood[1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.by_hand
def test_log_normal_without_censoring_is_mean_and_deviation_of_the_logs():
    logs = np.log([2.0, 3, 5, 8, 13])

    fit = parametric_survival(TimeToEvent([2, 3, 5, 8, 13], [1] * 5), distribution="log_normal")

    assert fit.coef[0] == pytest.approx(logs.mean(), rel=1e-10)
    assert fit.scale == pytest.approx(logs.std(), rel=1e-10)


@pytest.mark.by_hand
def test_late_entry_takes_the_time_before_it_away():
    """Exponential: 3 events in (10 - 0) + (12 - 4) + (20 - 5) days."""
    data = TimeToEvent([10, 12, 20], [1, 1, 1], entry=[0, 4, 5])

    fit = parametric_survival(data, distribution="exponential")

    assert fit.coef[0] == pytest.approx(math.log(33 / 3), rel=1e-12)


@pytest.mark.by_hand
def test_one_visit_at_day_ten_estimates_the_exponential_from_a_share():
    """6 of 8 were found with the event at day 10: exp(-10/m) = 1/4."""
    data = IntervalCensored([0] * 6 + [10] * 2, [10] * 6 + [np.inf] * 2)

    fit = interval_censored_survival(data, distribution="exponential")

    assert math.exp(-10 / math.exp(fit.coef[0])) == pytest.approx(1 / 4, rel=1e-10)
    assert fit.log_likelihood[0] == pytest.approx(6 * math.log(3 / 4) + 2 * math.log(1 / 4))


def test_what_cannot_be_fitted_is_refused_by_name():
    data = TimeToEvent([1, 2, 3, 4], [1, 1, 1, 0])

    with pytest.raises(InvalidData, match="row 1: time 0 has no logarithm"):
        parametric_survival(TimeToEvent([0, 2], [1, 1]))
    with pytest.raises(NotEnoughData, match="no event was seen"):
        parametric_survival(TimeToEvent([1, 2], [0, 0]))
    with pytest.raises(NotEstimable, match="constant"):
        parametric_survival(data, {"x": [1, 1, 1, 1]})
    with pytest.raises(NotEstimable, match="infinite"):
        parametric_survival(data, {"x": [0, 0, 0, 1]}, distribution="exponential")
    with pytest.raises(UsageError, match="no distribution 'gompertz'"):
        parametric_survival(data, distribution="gompertz")
    with pytest.raises(InvalidData, match="knows no strata"):
        parametric_survival(TimeToEvent([1, 2], [1, 1], stratum=[0, 1]))


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DISTRIBUTIONS), st.integers(0, 2**32 - 1))
def test_another_unit_of_time_moves_the_intercept_alone(distribution, seed):
    rng = np.random.default_rng(seed)
    time, x = rng.integers(1, 200, 40), rng.normal(size=40)
    event = (rng.random(40) < 0.7).astype(int)
    event[0] = 1

    days = parametric_survival(TimeToEvent(time, event), {"x": x}, distribution=distribution)
    weeks = parametric_survival(TimeToEvent(time / 7, event), {"x": x}, distribution=distribution)

    assert days.coef[0] - weeks.coef[0] == pytest.approx(math.log(7), rel=1e-8)
    assert days.coef[1] == pytest.approx(weeks.coef[1], rel=1e-6, abs=1e-9)
    assert days.scale == pytest.approx(weeks.scale, rel=1e-8)
    assert np.allclose(days.variance, weeks.variance, rtol=1e-6, atol=1e-12)
    assert days.lrt.chi_square == pytest.approx(weeks.lrt.chi_square, rel=1e-6, abs=1e-8)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DISTRIBUTIONS), st.integers(0, 2**32 - 1))
@example("weibull", 1816)
def test_intervals_that_shrink_to_points_give_the_exact_fit(distribution, seed):
    rng = np.random.default_rng(seed)
    time, x = rng.integers(5, 200, 40).astype(float), rng.normal(size=40)
    event = rng.random(40) < 0.7
    event[0] = True
    upper = np.where(event, time, np.inf)

    exact = parametric_survival(TimeToEvent(time, event), {"x": x}, distribution=distribution)
    points = interval_censored_survival(
        IntervalCensored(time, upper), {"x": x}, distribution=distribution
    )
    narrow = interval_censored_survival(
        IntervalCensored(time - event * 1e-4, upper), {"x": x}, distribution=distribution
    )

    assert np.allclose(points.coef, exact.coef, rtol=1e-8, atol=1e-10)
    assert np.allclose(narrow.coef, exact.coef, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_narrow_intervals_change_nothing_where_they_become_narrow(distribution):
    """Both ways of counting a row meet: the variance would show lost digits first."""
    rng = np.random.default_rng(1816)
    time, x = rng.integers(5, 200, 40).astype(float), rng.normal(size=40)

    fits = [
        interval_censored_survival(
            IntervalCensored(time * (1 - width / 2), time * (1 + width / 2)),
            {"x": x},
            distribution=distribution,
        )
        for width in (1e-9, 0.99e-4, 1.01e-4)
    ]

    for fit, width in zip(fits[:2], (1e-9, 0.99e-4), strict=True):
        assert np.allclose(fit.coef, fits[2].coef, rtol=1e-7, atol=1e-7)
        assert np.allclose(fit.variance, fits[2].variance, rtol=1e-6, atol=1e-9)
        per_row = (fit.log_likelihood[1] - fits[2].log_likelihood[1]) / 40
        assert per_row == pytest.approx(math.log(width / 1.01e-4), abs=1e-6)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DISTRIBUTIONS), st.integers(0, 2**32 - 1))
def test_the_fit_is_a_maximum_of_its_likelihood(distribution, seed):
    """A weight of two is the row twice, so the doubled fit must agree with the weighted one."""
    rng = np.random.default_rng(seed)
    time, x = rng.integers(1, 100, 30), rng.normal(size=30)
    event = (rng.random(30) < 0.8).astype(int)
    event[0] = 1
    weight = rng.integers(1, 4, 30)
    index = np.repeat(np.arange(30), weight)

    weighted = parametric_survival(
        TimeToEvent(time, event, weight=weight), {"x": x}, distribution=distribution
    )
    repeated = parametric_survival(
        TimeToEvent(time[index], event[index]), {"x": x[index]}, distribution=distribution
    )

    assert np.allclose(weighted.coef, repeated.coef, rtol=1e-7, atol=1e-9)
    assert np.allclose(weighted.variance, repeated.variance, rtol=1e-7)
