"""The win ratio by counting pairs."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from survival_strategies import survival_data

from adjuvant.core import InvalidData, NotEstimable, TimeToEvent
from adjuvant.survival import win_ratio

approx = pytest.approx


@pytest.mark.by_hand
def test_death_decides_before_recurrence():
    # Treated a: alive 9, recurrence 4; b: death 5. Control c: death 3; d: alive 9, recurrence 6.
    arm = [1, 1, 0, 0]
    death = TimeToEvent([9, 5, 3, 9], [0, 1, 1, 0], arm=arm)
    recurrence = TimeToEvent([4, 5, 3, 6], [1, 0, 0, 1], arm=arm)

    found = win_ratio([death, recurrence])

    # a-c won, b-c won (death); b-d lost (death); a-d: both alive, recurrence 4 v 6: lost.
    assert (found.wins, found.losses, found.ties) == (0.5, 0.5, 0)
    assert found.by_outcome == ((0.5, 0.25), (0, 0.25))
    assert found.ratio.estimate == 1
    # Shares won: a 1/2, b 1/2, c 1, d 0; lost: a 1/2, b 1/2, c 0, d 1. Controls alone vary.
    variance = (2 * 0.5**2 + 2 * 0.5**2 + 2 * 2 * 0.5**2) / 2**2 / 0.5**2
    assert found.ratio.std_error == approx(variance**0.5)


@pytest.mark.by_hand
def test_a_censored_patient_wins_only_over_an_earlier_or_equal_event():
    # Treated 5+, 4+, 8 v control 5, 9: 5+ v 5 won; 8 v 5 won; 8 v 9 lost; three unknown.
    data = TimeToEvent([5, 4, 8, 5, 9], [0, 0, 1, 1, 1], arm=[1, 1, 1, 0, 0])

    found = win_ratio([data])

    assert (found.wins, found.losses, found.ties) == approx((2 / 6, 1 / 6, 3 / 6))


def test_a_treatment_that_never_loses_has_no_finite_ratio():
    with pytest.raises(NotEstimable, match="goes to one arm"):
        win_ratio([TimeToEvent([5, 3], [0, 1], arm=[1, 0])])


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, min_size=6))
def test_without_censoring_it_is_the_odds_of_living_longer(data):
    complete = TimeToEvent(data.time, np.ones(data.n, dtype=int), arm=data.arm)
    treated, control = data.time[data.arm == 1], data.time[data.arm == 0]
    wins = (treated[:, None] > control).mean()
    losses = (treated[:, None] < control).mean()
    try:
        found = win_ratio([complete])
    except NotEstimable:
        assume(False)

    assert found.wins == approx(wins)
    assert found.ratio.estimate == approx(wins / losses)
    assert found.net_benefit.estimate == approx(wins - losses)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, min_size=6))
def test_swapping_the_arms_inverts_it(data):
    swapped = TimeToEvent(data.time, data.event, arm=1 - data.arm)
    try:
        a, b = win_ratio([data]), win_ratio([swapped])
    except NotEstimable:
        assume(False)

    assert b.ratio.estimate == approx(1 / a.ratio.estimate)
    assert b.ratio.p_value == approx(a.ratio.p_value)
    assert b.odds.estimate == approx(1 / a.odds.estimate)


def test_outcomes_of_other_rows_are_refused():
    a = TimeToEvent([1, 2], [1, 1], arm=[0, 1])
    b = TimeToEvent([1, 2], [1, 1], arm=[1, 0])

    with pytest.raises(InvalidData, match="outcome 2 has other rows"):
        win_ratio([a, b])
    with pytest.raises(InvalidData, match="at least one outcome"):
        win_ratio([])
