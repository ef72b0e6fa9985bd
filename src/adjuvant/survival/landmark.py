"""Landmark data: only those still event-free at a time, followed from that time on."""

from dataclasses import replace

import numpy as np

from adjuvant.core import Mask, NotEnoughData, Numbers, TimeToEvent

__all__ = ["landmark", "landmark_rows"]


def landmark(data: TimeToEvent, at: float) -> TimeToEvent:
    """Return the rows with time > at, with `at` as their new time 0.

    at        in the unit of `data`; a row entering later than `at` keeps entry - at.
    Raises    NotEnoughData when nobody is followed beyond `at`.

    What is known at the landmark may then be a covariate without immortal-time bias; take its
    rows by `landmark_rows`.
    Source    Anderson, Cain & Gelber 1983.

    >>> landmark(TimeToEvent([30, 60, 100], [1, 1, 0]), 60).time.tolist()
    [40]
    """
    kept = data.where(landmark_rows(data, at))
    if kept.n == 0:
        raise NotEnoughData(f"no row is followed beyond {at} {data.unit}; choose an earlier time")
    entry = None if kept.entry is None else np.maximum(_earlier(kept.entry, at), 0)
    return replace(kept, time=_earlier(kept.time, at), entry=entry)


def landmark_rows(data: TimeToEvent, at: float) -> Mask:
    """Return which rows (n,) the landmark keeps: those with time > at.

    >>> landmark_rows(TimeToEvent([30, 60, 100], [1, 1, 0]), 60).tolist()
    [False, False, True]
    """
    return np.asarray(data.time > at)


def _earlier(times: Numbers, at: float) -> Numbers:
    """Return times - at, whole where both are whole: ties must not depend on the landmark."""
    if times.dtype == np.int64 and float(at).is_integer():
        return np.asarray(times - int(at), dtype=np.int64)
    return np.asarray(times - at, dtype=np.float64)
