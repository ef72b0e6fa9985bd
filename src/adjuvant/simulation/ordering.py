"""Compiled: the d-th smallest number and the order of the times at risk, without comparisons' cost.

The cut of a trial is a selection: counts of numbers below a point, which the processor does four
at a time, and a secant step to the next point; the answer is exact, whatever the first guess. The
order is a counting sort into buckets of equal width, finished by insertion: linear for the times
of a trial, right for any.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from adjuvant.core import Codes, Floats

__all__ = ["Small", "count_up_to", "largest_up_to", "nth_smallest", "sort_keys"]

Small = NDArray[np.int32]

_SECANT_STEPS = 12


@njit(cache=True)
def count_up_to(values: Floats, n: int, x: float) -> int:
    """Return how many of values[:n] are at most x."""
    count = 0
    for i in range(n):
        count += values[i] <= x
    return count


# nnan, nsz: a maximum does not depend on the order; the digits stay the same.
@njit(cache=True, fastmath={"nnan", "nsz"})
def largest_up_to(values: Floats, n: int, x: float) -> float:
    """Return the largest of values[:n] that is at most x; 0 if there is none above 0."""
    best = 0.0
    for i in range(n):
        best = max(best, values[i] if values[i] <= x else 0.0)
    return best


@njit(cache=True, fastmath={"nnan", "nsz"})
def _smallest_above(values: Floats, n: int, x: float) -> float:
    best = np.inf
    for i in range(n):
        best = min(best, values[i] if values[i] > x else np.inf)
    return best


@njit(cache=True)
def nth_smallest(
    values: Floats, n: int, rank: int, guess: float, slope: float
) -> tuple[float, float]:
    """Return the rank-th smallest (from 1) of values[:n] >= 0, and the width of one rank there.

    At least `rank` of the values are finite. guess and slope: where it is thought to lie and the
    width of a rank there, both above 0; they cost or save steps, and change nothing else.
    """
    low, high = -1.0, np.inf
    x, step = guess, 0
    last_x, last_count = 0.0, 0
    while True:
        count = count_up_to(values, n, x)
        if count != last_count and x != last_x:
            measured = (x - last_x) / (count - last_count)
            slope = 0.5 * slope + 0.5 * min(max(measured, 0.25 * slope), 4.0 * slope)
        if count == rank:
            return largest_up_to(values, n, x), slope
        if count == rank - 1:
            return _smallest_above(values, n, x), slope
        if count < rank:
            low = x
        else:
            high = x
        last_x, last_count = x, count
        x += (rank - 0.5 - count) * slope
        step += 1
        if step > _SECANT_STEPS or not low < x < high:
            x = 2.0 * low + 1.0 if high == np.inf else low + 0.5 * (high - low)
            if not low < x < high:
                return high, slope  # Nothing lies between: several values are equal.


@njit(cache=True)
def sort_keys(keys: Codes, bucket: Small, n: int, count: Small, ordered: Codes) -> None:
    """Put keys[:n] >= 0 in order into ordered[1 : n + 1]; keys equal but in 2 low bits are tied.

    bucket   (n,) does not fall where keys rise; count (buckets,) is room.
    """
    # Unsigned indices: a signed one may be negative, which numba tests at every access.
    one = np.uint64(1)
    for b in range(len(count)):
        count[b] = 0
    for i in range(n):
        count[np.uint64(bucket[i])] += 1
    total = np.int32(0)
    for b in range(len(count)):
        here = count[b]
        count[b] = total
        total += here
    for i in range(n):
        at = np.uint64(bucket[i])
        ordered[np.uint64(count[at]) + one] = keys[i]
        count[at] += 1
    ordered[0] = -1
    for i in range(2, n + 1):
        key = ordered[np.uint64(i)]
        place = np.uint64(i)
        while ordered[place - one] >> 2 > key >> 2:
            ordered[place] = ordered[place - one]
            place -= one
        ordered[place] = key
