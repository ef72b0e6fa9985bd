"""The pieces of a patient's course and of a look's date, by hand."""

import numpy as np
import pytest

from adjuvant.design import PiecewiseHazard
from adjuvant.simulation.fast import cut_time, times_of
from adjuvant.simulation.general import first_visit, last_visit, spent_until, time_when_spent
from adjuvant.simulation.plan import _table

VISITS = np.array([3.0, 6.0, 9.0])


def table(times, rates):
    return _table(tuple(map(float, times)), tuple(map(float, rates)), len(times) + 1)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("time", "every", "first", "last"),
    [
        (0.0, 6.0, 3.0, 0.0),
        (2.9, 6.0, 3.0, 0.0),
        (3.0, 6.0, 3.0, 3.0),
        (7.5, 6.0, 9.0, 6.0),
        (9.0, 6.0, 9.0, 9.0),
        (9.1, 6.0, 15.0, 9.0),
        (21.0, 6.0, 21.0, 21.0),
        (21.1, 6.0, 27.0, 21.0),
        (9.1, 0.0, np.inf, 9.0),
        (np.inf, 6.0, np.inf, 9.0),
    ],
)
def test_a_recurrence_waits_for_a_visit_and_follow_up_ends_on_one(time, every, first, last):
    assert first_visit(time, VISITS, every) == first
    assert last_visit(time, VISITS, every) == last


@pytest.mark.by_hand
def test_a_cumulative_hazard_is_spent_where_it_should():
    """0.1 for 5, nothing for 5, then 0.2: half is spent at 5, all of 1.5 at 10 + 1 / 0.2."""
    steps = table((0, 5, 10), (0.1, 0.0, 0.2))

    assert time_when_spent(0.25, steps) == 2.5
    assert time_when_spent(1.5, steps) == 15.0
    assert time_when_spent(0.5, steps) == 10.0
    assert spent_until(7.0, steps) == 0.5
    assert spent_until(15.0, steps) == 1.5
    assert time_when_spent(0.7, table((0, 5), (0.1, 0.0))) == np.inf


@pytest.mark.property
def test_the_fast_inverse_is_the_plain_one():
    hazard = PiecewiseHazard((0, 2, 3, 7), (0.2, 0.0, 0.5, 0.1))
    draws = np.random.default_rng(1).exponential(size=2_000)
    out = np.full(2_000, np.nan)
    times_of(draws, table(hazard.times, hazard.rates), out, 0, 2_000)

    assert hazard.cumulative(out) == pytest.approx(draws, rel=1e-12)
    assert not ((out > 2) & (out < 3)).any()
    one_by_one = [time_when_spent(x, table(hazard.times, hazard.rates)) for x in draws]
    assert out == pytest.approx(one_by_one, rel=1e-12)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("look", "before", "expected"),
    [
        ((2, np.nan, 1, np.inf), 0.0, 5.0),  # the second event
        ((3, np.nan, 1, np.inf), 0.0, 9.0),
        ((4, np.nan, 1, np.inf), 0.0, 9.0),  # a fourth never comes: the last
        ((0, 7.0, 1, np.inf), 0.0, 7.0),  # a date
        ((2, 7.0, 1, np.inf), 0.0, 7.0),  # the later of both
        ((2, 7.0, 0, np.inf), 0.0, 5.0),  # the earlier
        ((3, 7.0, 1, 8.0), 0.0, 8.0),  # not put off beyond 8
        ((2, np.nan, 1, np.inf), 6.0, 6.0),  # not before the look before it
    ],
)
def test_the_date_of_a_look(look, before, expected):
    when = np.array([9.0, 2.0, np.inf, 5.0])
    hints = np.ones((1, 2))

    assert cut_time(np.array([look], dtype=float), 0, when, 4, 4.0, before, hints) == expected


@pytest.mark.by_hand
def test_without_any_event_a_look_is_at_the_last_arrival():
    looks = np.array([[5, np.nan, 1, np.inf]])

    assert cut_time(looks, 0, np.full(3, np.inf), 3, 4.0, 0.0, np.ones((1, 2))) == 4.0
