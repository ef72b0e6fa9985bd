"""Landmark data."""

import numpy as np
import pytest

from adjuvant.core import NotEnoughData, TimeToEvent
from adjuvant.survival import landmark


@pytest.mark.by_hand
def test_only_rows_beyond_the_landmark_stay_and_days_stay_whole():
    data = TimeToEvent(
        [30, 60, 61, 100],
        [1, 1, 0, 1],
        arm=[0, 1, 1, 0],
        arm_labels=("C", "T"),
        entry=[0, 0, 9, 70],
    )

    later = landmark(data, 60.0)

    assert later.time.tolist() == [1, 40]
    assert later.time.dtype == np.int64
    assert later.entry.tolist() == [0, 10]
    assert later.arm.tolist() == [1, 0]


def test_a_landmark_beyond_the_follow_up_is_refused():
    with pytest.raises(NotEnoughData, match="no row is followed beyond 100 day"):
        landmark(TimeToEvent([30, 100], [1, 1]), 100)
