"""Turnbull's curve, by hand and by its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidData, NotEnoughData, TimeToEvent
from adjuvant.survival import kaplan_meier
from adjuvant.survival.interval_censored import IntervalCensored, turnbull

INF = float("inf")


@pytest.mark.by_hand
def test_three_overlapping_intervals_put_the_mass_where_they_meet():
    """(0, 2], (1, 3] and (1, 2] all hold (1, 2]: all mass lies there."""
    curve = turnbull(IntervalCensored([0, 1, 1], [2, 3, 2]))[0]

    assert (curve.left.tolist(), curve.right.tolist()) == ([1.0], [2.0])
    assert curve.mass.tolist() == [1.0]
    assert curve.log_likelihood == pytest.approx(0.0)


@pytest.mark.by_hand
def test_mass_solves_the_likelihood_equation():
    """(0,1] twice, (0,2] once, (1,2] once: p + q = 1, maximise 2 log p + log q + log(p + q)."""
    curve = turnbull(IntervalCensored([0, 0, 0, 1], [1, 1, 2, 2]))[0]

    assert np.allclose(curve.mass, [2 / 3, 1 / 3], atol=1e-9)
    assert np.allclose(curve.survival, [1 / 3, 0], atol=1e-9)


@pytest.mark.by_hand
def test_an_exact_time_at_an_open_left_end_lies_outside():
    """(2, 4] does not hold the point 2: mass 1/2 at 2 and 1/2 on (2, 4]."""
    curve = turnbull(IntervalCensored([2, 2], [2, 4]))[0]

    assert curve.right.tolist() == [2.0, 4.0]
    assert np.allclose(curve.mass, [0.5, 0.5])


def test_impossible_intervals_and_empty_arms_are_refused():
    with pytest.raises(InvalidData, match=r"row 2: upper is 3\.0"):
        IntervalCensored([0, 5], [2, 3])
    with pytest.raises(InvalidData, match="row 1: lower is -1"):
        IntervalCensored([-1, 5], [2, 6])
    with pytest.raises(InvalidData, match="upper has 1 rows, lower has 2"):
        IntervalCensored([1, 5], [2])
    with pytest.raises(NotEnoughData, match="no row in arm 'T'"):
        turnbull(IntervalCensored([1], [2], arm=[0], arm_labels=("C", "T")))


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=30))
def test_with_exact_times_it_is_kaplan_meier(rows):
    time = np.array([t for t, _ in rows], dtype=float)
    event = np.array([e for _, e in rows])
    if not event.any():
        event[0] = True

    curve = turnbull(IntervalCensored(time, np.where(event, time, INF)))[0]
    expected = kaplan_meier(TimeToEvent(time, event)).curves[0]

    finite = np.isfinite(curve.right)
    at = np.searchsorted(expected.time, curve.right[finite])
    assert np.allclose(curve.survival[finite], expected.survival[at], atol=1e-8)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 5), st.booleans()), min_size=1, max_size=40
    )
)
def test_no_other_distribution_is_more_likely(rows):
    """The certificate of the maximum: no innermost interval deserves more mass."""
    lower = np.array([a for a, _, _ in rows], dtype=float)
    upper = np.array([INF if late else a + b for a, b, late in rows])

    curve = turnbull(IntervalCensored(lower, upper))[0]

    held = (curve.left >= lower[:, None]) & (curve.right <= upper[:, None])
    chance = held @ curve.mass
    assert curve.mass.sum() == pytest.approx(1)
    assert np.log(chance).sum() == pytest.approx(curve.log_likelihood, abs=1e-8)
    for t in np.arange(0.5, 15):
        inside = (lower < t) & (t <= upper)
        assert (inside / chance).sum() <= len(rows) * (1 + 1e-6)
