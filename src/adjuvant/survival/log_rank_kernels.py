"""Compiled loops of the log-rank family, shared with simulation: counts, scores, variances.

A cell is one distinct time within one stratum; cells are dense and ordered by stratum, then time.
"""

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["cell_counts", "survival_before", "two_arm_log_rank", "weighted_sums"]


@njit(cache=True)
def cell_counts(
    cell: Codes, entry_cell: Codes, event: Codes, arm: Codes, start: Codes, arms: int
) -> tuple[Floats, Floats]:
    """Return at risk and events, each (cells, arms).

    cell        (n,) the row's cell; entry_cell (n,) the first cell at which it is at risk, or
                empty when every row is at risk from its stratum's first cell.
    start       (strata + 1,) first cell of each stratum, and the number of cells.
    """
    cells = start[-1]
    at_risk = np.zeros((cells, arms))
    events = np.zeros((cells, arms))
    first_of_stratum = np.zeros(cells + 1, dtype=np.bool_)
    for s in range(len(start)):
        first_of_stratum[start[s]] = True
    for i in range(len(cell)):
        at_risk[cell[i], arm[i]] += 1.0
        if event[i] > 0:
            events[cell[i], arm[i]] += 1.0
    for i in range(len(entry_cell)):
        # Not yet at risk in the cells before its entry: taken off in the running sum below.
        if not first_of_stratum[entry_cell[i]]:
            at_risk[entry_cell[i] - 1, arm[i]] -= 1.0
    for s in range(len(start) - 1):
        for j in range(start[s + 1] - 2, start[s] - 1, -1):
            for a in range(arms):
                at_risk[j, a] += at_risk[j + 1, a]
    return at_risk, events


@njit(cache=True)
def survival_before(at_risk: Floats, events: Floats, start: Codes) -> Floats:
    """Return the arms' pooled survival just before each cell (cells,), within its stratum."""
    before = np.ones(len(at_risk))
    for s in range(len(start) - 1):
        survival = 1.0
        for j in range(start[s], start[s + 1]):
            before[j] = survival
            n = at_risk[j].sum()
            if n > 0:
                survival *= (n - events[j].sum()) / n
    return before


@njit(cache=True)
def weighted_sums(at_risk: Floats, events: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return observed (arms,), expected (arms,) and hypergeometric variance (arms, arms).

    at_risk, events (cells, arms); weight (cells,). Observed is the sum of w d_k, expected of
    w n_k d / n, variance of w^2 times the covariance of the d_k, with (n - d) / (n - 1).
    """
    cells, arms = at_risk.shape
    observed = np.zeros(arms)
    expected = np.zeros(arms)
    variance = np.zeros((arms, arms))
    for j in range(cells):
        d = 0.0
        n = 0.0
        for a in range(arms):
            d += events[j, a]
            n += at_risk[j, a]
        if d == 0.0:
            continue
        w = weight[j]
        spread = 0.0
        if n > 1.0:  # A risk set of one carries no comparison.
            spread = w * w * d * (n - d) / (n - 1.0)
        for a in range(arms):
            share = at_risk[j, a] / n
            observed[a] += w * events[j, a]
            expected[a] += w * d * share
            variance[a, a] += spread * share
            for b in range(arms):
                variance[a, b] -= spread * share * (at_risk[j, b] / n)
    return observed, expected, variance


@njit(cache=True)
def two_arm_log_rank(rank: Codes, event: Codes, arm: Codes, times: int) -> tuple[float, float]:
    """Return the treatment arm's score (observed - expected) and its variance.

    The fast path of a simulation: dense ranks (n,) below `times`, arm 0 or 1, no strata, no
    late entry.
    """
    leaving = np.zeros((times, 2))
    events = np.zeros((times, 2))
    for i in range(len(rank)):
        leaving[rank[i], arm[i]] += 1.0
        if event[i] > 0:
            events[rank[i], arm[i]] += 1.0
    n0 = 0.0
    n1 = 0.0
    score = 0.0
    variance = 0.0
    for j in range(times - 1, -1, -1):
        n0 += leaving[j, 0]
        n1 += leaving[j, 1]
        d = events[j, 0] + events[j, 1]
        if d > 0.0:
            n = n0 + n1
            share = n1 / n
            score += events[j, 1] - d * share
            if n > 1.0:
                variance += d * share * (1.0 - share) * (n - d) / (n - 1.0)
    return score, variance
