"""When the d-th event comes: exact small cases, plain simulation, refusals."""

import math

import numpy as np
import pytest

from adjuvant.core import InvalidInput, NotEstimable
from adjuvant.design import (
    Accrual,
    PiecewiseHazard,
    PooledSnapshot,
    TrialAssumptions,
    forecast_events,
    planned_event_time,
    time_of_events,
)

W1 = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7, Accrual.uniform(300, 24))


@pytest.mark.by_hand
def test_first_event_of_two_patients_has_the_exponential_minimum():
    trial = TrialAssumptions.proportional(
        PiecewiseHazard.constant(0.1), 1.0, Accrual.uniform(2, 1e-9)
    )

    forecast = planned_event_time(trial, 1)

    # The smaller of two exponential times of hazard 0.1 has hazard 0.2.
    assert forecast.median == pytest.approx(math.log(2) / 0.2, rel=1e-6)
    assert forecast.upper == pytest.approx(-math.log(0.05) / 0.2, rel=1e-6)


@pytest.mark.by_hand
def test_events_that_may_never_come_have_no_upper_limit():
    # Half are lost before an event: of two patients both have one with probability 1/4.
    trial = TrialAssumptions.proportional(
        PiecewiseHazard.constant(0.1),
        1.0,
        Accrual.uniform(2, 1e-9),
        control_dropout=0.1,
        experimental_dropout=0.1,
    )

    forecast = planned_event_time(trial, 2)

    assert forecast.never == pytest.approx(0.75, abs=1e-6)
    assert forecast.median is None
    assert forecast.upper is None
    assert forecast.lower is not None


def test_median_is_near_the_time_of_the_expected_number():
    assert planned_event_time(W1, 200).median == pytest.approx(time_of_events(W1, 200), abs=0.2)


def test_band_holds_simulated_trials_as_often_as_it_says():
    rng, n = np.random.default_rng(20260103), 4000
    entry = rng.uniform(0, 24, (n, 300))
    hazard = np.where(np.arange(300) < 150, math.log(2) / 12, 0.7 * math.log(2) / 12)
    times = np.sort(entry + rng.exponential(1, (n, 300)) / hazard, axis=1)[:, 199]

    forecast = planned_event_time(W1, 200, level=0.9)

    for limit, share in ((forecast.lower, 0.05), (forecast.median, 0.5), (forecast.upper, 0.95)):
        assert abs(np.mean(times <= limit) - share) < 3 * math.sqrt(share * (1 - share) / n)


def test_forecast_during_the_trial_agrees_with_its_simulated_model():
    now = PooledSnapshot(
        time=12, events=40, followed=100, exposure=900.0, to_enter=60, accrual_end=20, dropout=0.01
    )
    rng, n = np.random.default_rng(20260104), 4000
    hazard = rng.gamma(40, 1 / 900.0, (n, 1))
    start = np.concatenate([np.full((n, 100), 12.0), rng.uniform(12, 20, (n, 60))], axis=1)
    event = rng.exponential(1, (n, 160)) / hazard
    lost = rng.exponential(100, (n, 160))
    times = np.sort(np.where(event < lost, start + event, np.inf), axis=1)[:, 59]

    forecast = forecast_events(now, 100)

    for limit, share in ((forecast.lower, 0.05), (forecast.median, 0.5), (forecast.upper, 0.95)):
        assert abs(np.mean(times <= limit) - share) < 3 * math.sqrt(share * (1 - share) / n)


def test_more_information_narrows_the_band():
    little = forecast_events(PooledSnapshot(12, 20, 400, 500.0), 60)
    much = forecast_events(
        PooledSnapshot(12, 20, 400, 500.0), 60, prior_events=80, prior_exposure=2000
    )

    assert much.upper - much.lower < little.upper - little.lower


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: forecast_events(PooledSnapshot(12, 40, 100, 900.0), 40), "there already"),
        (lambda: forecast_events(PooledSnapshot(12, 40, 100, 900.0), 141), "101 events of 100"),
        (lambda: forecast_events(PooledSnapshot(12, 40, 9, 9.0), 41, level=95), "level is 95"),
        (lambda: PooledSnapshot(12, 40, -1, 900.0), "below 0"),
        (lambda: PooledSnapshot(12, 40, 1, 0.0), "exposure is 0.0"),
        (lambda: PooledSnapshot(12, 4, 1, 9.0, to_enter=5, accrual_end=12), "still to enter"),
        (lambda: planned_event_time(W1, 301), "301 events of 300"),
    ],
)
def test_what_makes_no_sense_is_refused(call, text):
    with pytest.raises(InvalidInput, match=text):
        call()


def test_without_any_event_the_hazard_is_unknown():
    with pytest.raises(NotEstimable, match="give prior_events"):
        forecast_events(PooledSnapshot(12, 0, 100, 900.0), 10)
