"""The average hazard ratio against counting, derivatives and a known truth."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from survival_strategies import survival_data

from adjuvant.core import NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import average_hazard_ratio

approx = pytest.approx


@pytest.mark.by_hand
def test_without_censoring_it_is_the_odds_of_going_first():
    # Pairs (treated, control) of 2, 3, 5 v 1, 3, 6: 2 < 3, 6; 3 < 6, = 3; 5 < 6.
    data = TimeToEvent([1, 3, 6, 2, 3, 5], [1] * 6, arm=[0, 0, 0, 1, 1, 1])

    found = average_hazard_ratio(data, 6)

    assert found.treatment_first == approx((2 + 1.5 + 1) / 9)
    assert found.control_first == approx((3 + 1.5) / 9)
    assert found.ratio.estimate == approx(1)


def curve(data, arm, tau):
    """Kaplan-Meier of an arm on the common times up to tau: (at risk, events, survival)."""
    mine, times = data.arm == arm, np.unique(data.time[data.time <= tau])
    n = np.array([(mine & (data.time >= t)).sum() for t in times])
    d = np.array([(mine & (data.time == t) & (data.event > 0)).sum() for t in times])
    return n, d, np.cumprod(1 - d / np.maximum(n, 1))


def log_ratio(curves):
    before = [np.concatenate(([1.0], s[:-1])) for s in curves]
    middle = [(b + s) / 2 for b, s in zip(before, curves, strict=True)]
    first = [((before[a] - curves[a]) * middle[1 - a]).sum() for a in (0, 1)]
    return np.log(first[1] / first[0])


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(arms=2, min_size=6))
def test_its_variance_carries_greenwoods_terms_by_numerical_derivatives(data):
    """A hazard raised by e at one time multiplies the arm's curve by 1 - e from there on."""
    try:
        found = average_hazard_ratio(data)
    except NotEstimable:
        assume(False)
    arms = [curve(data, a, found.tau) for a in (0, 1)]

    total = 0.0
    for a, (n, d, s) in enumerate(arms):
        for j in np.flatnonzero((d > 0) & (n > d)):
            moved = []
            for e in (1e-6, -1e-6):
                curves = [arm[2] for arm in arms]
                curves[a] = s * np.where(np.arange(len(s)) >= j, 1 - e, 1)
                moved.append(log_ratio(curves))
            slope = (moved[0] - moved[1]) / 2e-6
            total += slope**2 * d[j] / (n[j] * (n[j] - d[j]))

    assert np.log(found.ratio.estimate) == approx(log_ratio([s for _, _, s in arms]), abs=1e-9)
    assert found.ratio.std_error == approx(np.sqrt(total), rel=1e-4, abs=1e-6)


def test_it_estimates_a_constant_hazard_ratio():
    rng, n = np.random.default_rng(5), 40_000
    arm = np.arange(n) % 2
    time = rng.exponential(np.where(arm == 1, 1 / 0.6, 1.0))
    censor = rng.uniform(0, 3, n)

    found = average_hazard_ratio(
        TimeToEvent(np.minimum(time, censor), time <= censor, arm=arm), 2.5
    )

    assert abs(np.log(found.ratio.estimate / 0.6)) < 3 * found.ratio.std_error
    assert found.ratio.std_error < 0.02


def test_swapping_the_arms_inverts_the_ratio():
    data = TimeToEvent([1, 3, 6, 2, 4, 5], [1, 1, 0, 1, 0, 1], arm=[0, 0, 0, 1, 1, 1])
    swapped = TimeToEvent(data.time, data.event, arm=1 - data.arm)

    a, b = average_hazard_ratio(data, 5).ratio, average_hazard_ratio(swapped, 5).ratio

    assert b.estimate == approx(1 / a.estimate)
    assert b.std_error == approx(a.std_error)


def test_horizons_and_arms_without_events_are_refused():
    data = TimeToEvent([1, 3, 6, 2, 4, 5], [1, 1, 0, 0, 0, 0], arm=[0, 0, 0, 1, 1, 1])
    with pytest.raises(NotEstimable, match="no event by 5"):
        average_hazard_ratio(data)
    with pytest.raises(NotEnoughData, match="ends at 5"):
        average_hazard_ratio(data, 6)
