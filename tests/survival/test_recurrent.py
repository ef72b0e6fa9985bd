"""The mean cumulative function of recurrent events."""

import numpy as np
import pytest
from hypothesis import given, settings
from survival_strategies import survival_data

from adjuvant.core import InvalidData, TimeToEvent
from adjuvant.survival import mean_cumulative_function, nelson_aalen

approx = pytest.approx


@pytest.mark.by_hand
def test_three_subjects_by_hand():
    # a: events 2, 4, followed to 6; b: event 4, followed to 5; c: followed to 3.
    data = TimeToEvent(
        [2, 4, 6, 4, 5, 3],
        [1, 1, 0, 1, 0, 0],
        entry=[0, 2, 4, 0, 4, 0],
        subject=("a", "a", "a", "b", "b", "c"),
    )

    found = mean_cumulative_function(data)[0]

    assert found.time.tolist() == [2, 3, 4, 5, 6]
    assert found.number_at_risk.tolist() == [3, 3, 2, 2, 1]
    assert found.mean == approx([1 / 3, 1 / 3, 4 / 3, 4 / 3, 4 / 3])
    # At day 2: a (1 - 1/3)/3, b and c -1/9. At day 4 a and b: (1 - 2/2)/2 = 0 each.
    variance = (2 / 9) ** 2 + 2 * (1 / 9) ** 2
    assert found.std_error == approx(np.full(5, variance**0.5))


def test_rows_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidData, match="overlap"):
        mean_cumulative_function(TimeToEvent([5, 6], [1, 0], entry=[0, 4], subject=("a", "a")))
    with pytest.raises(InvalidData, match="two arms"):
        mean_cumulative_function(
            TimeToEvent([5, 6], [1, 0], entry=[0, 5], subject=("a", "a"), arm=[0, 1])
        )
    with pytest.raises(InvalidData, match="no case weights"):
        mean_cumulative_function(TimeToEvent([5, 6], [1, 0], weight=[1, 1]))


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, entry=True))
def test_with_one_row_a_subject_the_mean_is_nelson_aalen(data):
    for mean, hazard in zip(mean_cumulative_function(data), nelson_aalen(data), strict=True):
        assert mean.mean == approx(hazard.cumulative_hazard)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0, entry=True))
def test_the_robust_error_equals_its_definition(data):
    found = mean_cumulative_function(data)[0]

    total = np.zeros(len(found.time))
    for i in range(data.n):
        influence, path = 0.0, []
        for t, n, d in zip(found.time, found.number_at_risk, found.events, strict=True):
            here = data.entry[i] < t <= data.time[i]
            own = data.time[i] == t and data.event[i] > 0
            influence += (own - here * d / n) / n
            path.append(influence)
        total += np.array(path) ** 2
    assert found.std_error == approx(np.sqrt(total), abs=1e-9)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0))
def test_cutting_follow_up_into_intervals_changes_nothing(data):
    """A censored cut at a third of each subject's time adds a row, not information."""
    cut = np.maximum(data.time // 3, 1)
    split = cut < data.time
    cuts = TimeToEvent(
        np.concatenate((cut[split], data.time)),
        np.concatenate((np.zeros(split.sum(), dtype=int), data.event)),
        entry=np.concatenate((np.zeros(split.sum()), np.where(split, cut, 0))),
        subject=tuple(map(str, (*np.flatnonzero(split), *range(data.n)))),
    )

    whole, parts = mean_cumulative_function(data)[0], mean_cumulative_function(cuts)[0]

    at = np.searchsorted(parts.time, whole.time)
    assert parts.mean[at] == approx(whole.mean)
    assert parts.std_error[at] == approx(whole.std_error, abs=1e-9)
