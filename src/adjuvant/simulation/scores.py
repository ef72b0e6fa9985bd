"""Compiled: the log-rank family and the Cox model over times already in order, without ties."""

import math

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["log_hazard_ratio", "score_of_order"]


@njit(cache=True)
def score_of_order(
    ordered: Codes,
    start: int,
    n: int,
    n1: int,
    rho: float,
    gamma: float,
    delay: float,
    inverse: Floats,
) -> tuple[float, float, int]:
    """Return the score (above 0: experimental better), its variance, and the number of events.

    ordered[start : n + 1]   keys whose two low bits hold 2 for censored and the arm.
    n1                       at risk in the experimental arm in the beginning.
    inverse                  inverse[r] = 1 / r.
    """
    if delay < np.inf:
        return _modestly_weighted(ordered, start, n, n1, inverse, delay)
    if rho == 0.0 and gamma == 0.0:
        return _log_rank(ordered, start, n, n1, inverse)
    return _fleming_harrington(ordered, start, n, n1, inverse, rho, gamma)


@njit(cache=True)
def _log_rank(
    ordered: Codes, start: int, n: int, n1: int, inverse: Floats
) -> tuple[float, float, int]:
    # The number at risk falls by one at each place; only that of one arm must be counted.
    expected, squares, censored, observed = 0.0, 0.0, 0, 0
    at_risk = np.float64(n1)
    for i in range(start, n + 1):
        key = ordered[np.uint64(i)]
        arm, gone = key & 1, (key >> 1) & 1
        share = at_risk * inverse[np.uint64(n + 1 - i)] * (1.0 - np.float64(gone))
        expected += share
        squares += share * share
        censored += gone
        observed += arm & ~gone
        at_risk -= np.float64(arm)
    return expected - observed, expected - squares, n + 1 - start - censored


@njit(cache=True)
def _fleming_harrington(
    ordered: Codes, start: int, n: int, n1: int, inverse: Floats, rho: float, gamma: float
) -> tuple[float, float, int]:
    score, variance, censored, survival = 0.0, 0.0, 0, 1.0
    late = rho == 0.0 and gamma == 1.0
    for i in range(start, n + 1):
        key = ordered[np.uint64(i)]
        arm, gone = key & 1, (key >> 1) & 1
        if late:
            weight = (1.0 - survival) * (1 - gone)
        else:
            weight = survival**rho * (1.0 - survival) ** gamma * (1 - gone)
        each = inverse[np.uint64(n + 1 - i)]
        share = n1 * each
        score += weight * (share - arm)
        variance += weight * weight * share * (1.0 - share)
        survival -= survival * each * (1 - gone)
        censored += gone
        n1 -= arm
    return score, variance, n + 1 - start - censored


@njit(cache=True)
def _modestly_weighted(
    ordered: Codes, start: int, n: int, n1: int, inverse: Floats, delay: float
) -> tuple[float, float, int]:
    score, variance, censored, survival, capped = 0.0, 0.0, 0, 1.0, 1.0
    until = np.empty(1)
    until[0] = delay
    last_early = until.view(np.int64)[0] >> 2
    for i in range(start, n + 1):
        key = ordered[np.uint64(i)]
        arm, gone = key & 1, (key >> 1) & 1
        early = key >> 2 <= last_early
        weight = (1.0 / max(survival if early else capped, 1e-300)) * (1 - gone)
        each = inverse[np.uint64(n + 1 - i)]
        share = n1 * each
        score += weight * (share - arm)
        variance += weight * weight * share * (1.0 - share)
        survival -= survival * each * (1 - gone)
        capped = survival if early else capped
        censored += gone
        n1 -= arm
    return score, variance, n + 1 - start - censored


@njit(cache=True)
def log_hazard_ratio(
    ordered: Codes, start: int, n: int, n0: int, n1: int, at_risk0: Floats, at_risk1: Floats
) -> tuple[float, float]:
    """Return the log hazard ratio of the Cox model and its standard error; NaN if none exists.

    at_risk0, at_risk1   room (n,).
    """
    events, observed = 0, 0
    for i in range(start, n + 1):
        arm = ordered[i] & 1
        at_risk0[events], at_risk1[events] = n0, n1
        event = 1 - ((ordered[i] >> 1) & 1)
        observed += event * arm
        events += event
        n1 -= arm
        n0 -= 1 - arm
    beta = 0.0
    for _ in range(30):
        ratio = math.exp(beta)
        expected, information = 0.0, 0.0
        for j in range(events):
            share = at_risk1[j] * ratio / (at_risk0[j] + at_risk1[j] * ratio)
            expected += share
            information += share * (1.0 - share)
        if information <= 1e-9 or abs(beta) > 20.0:
            return np.nan, np.nan  # All events in one arm: the likelihood has no maximum.
        change = (observed - expected) / information
        beta += min(max(change, -2.0), 2.0)
        if abs(change) < 1e-10:
            return beta, 1.0 / math.sqrt(information)
    return np.nan, np.nan
