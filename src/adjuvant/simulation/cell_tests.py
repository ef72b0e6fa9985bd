"""Compiled: every test of a trial from its cells, the times with events of each stratum.

cells (5, m): time, at risk in control and experimental arm, events in each; first (groups + 1,).
Z > 0 favours the experimental arm; where nothing can be compared yet, Z is 0.
"""

import math

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats
from adjuvant.simulation.plan import COX, LOG_RANK, MAX_COMBO, MILESTONE, RMST, Plan

__all__ = ["cox_of_cells", "milestone_of_cells", "rmst_of_cells", "statistic", "weighted_of_cells"]

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(24)


@njit(cache=True)
def statistic(plan: Plan, cells: Floats, first: Codes) -> tuple[float, float, float]:
    """Return Z, the effect and its standard error (NaN where the test has none, or none is asked).

    A test of the log-rank family has the effect of a Cox model, if the plan asks for it.
    """
    groups = len(first) - 1 if plan.stratified else 1
    z, effect, error = 0.0, np.nan, np.nan
    if plan.test == RMST:
        effect, error = rmst_of_cells(cells, first[1], plan.delay)
        return (effect / error if error > 0.0 else 0.0), effect, error
    if plan.test == MILESTONE:
        effect, error = milestone_of_cells(cells, first[1], plan.delay)
        return (effect / error if error > 0.0 else 0.0), effect, error
    if plan.test == COX:
        effect, error = cox_of_cells(cells, first, groups)
        return ((plan.null_effect - effect) / error if error > 0.0 else 0.0), effect, error
    if plan.test == LOG_RANK:
        weights = plan.weights[0]
        score, variance = weighted_of_cells(
            cells, first, groups, weights[0], weights[1], plan.delay
        )
        z = score / math.sqrt(variance) if variance > 0.0 else 0.0
    elif plan.test == MAX_COMBO:
        z = _best_of_two(cells, first, groups, plan.weights)
    if plan.estimate:
        effect, error = cox_of_cells(cells, first, groups)
    return z, effect, error


@njit(cache=True)
def _weight(survival: float, rho: float, gamma: float) -> float:
    return survival**rho * (1.0 - survival) ** gamma


@njit(cache=True)
def weighted_of_cells(
    cells: Floats, first: Codes, groups: int, rho: float, gamma: float, delay: float
) -> tuple[float, float]:
    """Return the score and variance of a weighted log-rank test; delay inf: Fleming-Harrington."""
    score, variance = 0.0, 0.0
    for g in range(groups):
        survival, capped = 1.0, 1.0
        for j in range(first[g], first[g + 1]):
            n1, d = cells[2, j], cells[3, j] + cells[4, j]
            n = cells[1, j] + n1
            early = cells[0, j] <= delay
            weight = _weight(survival, rho, gamma)
            if delay < np.inf:
                weight = 1.0 / max(survival if early else capped, 1e-300)
            share = n1 / n
            score += weight * (d * share - cells[4, j])
            if n > 1.0:
                variance += weight * weight * d * share * (1.0 - share) * (n - d) / (n - 1.0)
            survival *= (n - d) / n
            capped = survival if early else capped
    return score, variance


@njit(cache=True)
def _best_of_two(cells: Floats, first: Codes, groups: int, weights: Floats) -> float:
    """Return MaxCombo's Z of two components: the normal quantile of one minus its p-value."""
    scores, variances, shared = np.zeros(2), np.zeros(2), 0.0
    for g in range(groups):
        survival = 1.0
        for j in range(first[g], first[g + 1]):
            n1, d = cells[2, j], cells[3, j] + cells[4, j]
            n = cells[1, j] + n1
            share = n1 / n
            spread = d * share * (1.0 - share) * (n - d) / (n - 1.0) if n > 1.0 else 0.0
            a = _weight(survival, weights[0, 0], weights[0, 1])
            b = _weight(survival, weights[1, 0], weights[1, 1])
            scores[0] += a * (d * share - cells[4, j])
            scores[1] += b * (d * share - cells[4, j])
            variances[0] += a * a * spread
            variances[1] += b * b * spread
            shared += a * b * spread
            survival *= (n - d) / n
    if variances[0] <= 0.0 or variances[1] <= 0.0:
        return 0.0
    best = max(scores[0] / math.sqrt(variances[0]), scores[1] / math.sqrt(variances[1]))
    correlation = shared / math.sqrt(variances[0] * variances[1])
    return _quantile(_above_either(best, min(correlation, 1.0)), best)


@njit(cache=True)
def _above_either(h: float, correlation: float) -> float:
    """Return P(X > h or Y > h) of two standard normals, by one integral (Plackett 1954)."""
    half = 0.5 * math.asin(correlation)
    inside = 0.0
    for i in range(len(_NODES)):
        angle = half * (1.0 + _NODES[i])
        inside += _NODE_WEIGHTS[i] * math.exp(-h * h / (1.0 + math.sin(angle)))
    beyond = 0.5 * math.erfc(h / math.sqrt(2.0))
    return beyond * (2.0 - beyond) - half * inside / (2.0 * math.pi)


@njit(cache=True)
def _quantile(p: float, start: float) -> float:
    """Return z with P(Z > z) = p by Newton's method on the logarithm, from a start above z."""
    if p >= 1.0:
        return -40.0
    z = min(start, 37.0)
    for _ in range(60):
        beyond = max(0.5 * math.erfc(z / math.sqrt(2.0)), 1e-300)
        density = 0.3989422804014327 * math.exp(-0.5 * z * z)
        if density < 1e-300:
            return z
        change = (math.log(beyond) - math.log(max(p, 1e-300))) * beyond / density
        z += min(max(change, -2.0), 2.0)
        if abs(change) < 1e-12:
            break
    return z


@njit(cache=True)
def _rmst_of_arm(cells: Floats, size: int, arm: int, horizon: float) -> tuple[float, float]:
    """Return one arm's restricted mean and its Greenwood variance."""
    survival, before, total = 1.0, 0.0, 0.0
    for j in range(size):
        if cells[0, j] > horizon:
            break
        total += survival * (cells[0, j] - before)
        before = cells[0, j]
        n, d = cells[1 + arm, j], cells[3 + arm, j]
        survival *= (n - d) / n if n > 0.0 else 1.0
    total += survival * (horizon - before)
    survival, before, area, variance = 1.0, 0.0, 0.0, 0.0
    for j in range(size):
        if cells[0, j] > horizon:
            break
        area += survival * (cells[0, j] - before)
        before = cells[0, j]
        n, d = cells[1 + arm, j], cells[3 + arm, j]
        if n > d:
            variance += (total - area) ** 2 * d / (n * (n - d))
        survival *= (n - d) / n if n > 0.0 else 1.0
    return total, variance


@njit(cache=True)
def rmst_of_cells(cells: Floats, size: int, horizon: float) -> tuple[float, float]:
    """Return the difference in restricted mean survival and its standard error."""
    control, v0 = _rmst_of_arm(cells, size, 0, horizon)
    experimental, v1 = _rmst_of_arm(cells, size, 1, horizon)
    return experimental - control, math.sqrt(v0 + v1)


@njit(cache=True)
def _survival_of_arm(cells: Floats, size: int, arm: int, time: float) -> tuple[float, float]:
    survival, relative = 1.0, 0.0
    for j in range(size):
        n, d = cells[1 + arm, j], cells[3 + arm, j]
        if cells[0, j] > time or n == 0.0:
            break
        survival *= (n - d) / n
        if n > d:
            relative += d / (n * (n - d))
    return survival, survival * survival * relative


@njit(cache=True)
def milestone_of_cells(cells: Floats, size: int, time: float) -> tuple[float, float]:
    """Return the difference in survival at a time and its standard error (Greenwood)."""
    control, v0 = _survival_of_arm(cells, size, 0, time)
    experimental, v1 = _survival_of_arm(cells, size, 1, time)
    return experimental - control, math.sqrt(v0 + v1)


@njit(cache=True)
def _cox_sums(cells: Floats, last: int, ratio: float) -> tuple[float, float]:
    """Return the score and information of the arm, ties by Efron, at a hazard ratio."""
    score, information = 0.0, 0.0
    for j in range(last):
        n0, n1, d0, d1 = cells[1, j], cells[2, j], cells[3, j], cells[4, j]
        d = np.int64(d0 + d1)
        score += d1
        for tied in range(d):
            off = tied / d
            treated = (n1 - off * d1) * ratio
            share = treated / (n0 - off * d0 + treated)
            score -= share
            information += share * (1.0 - share)
    return score, information


@njit(cache=True)
def cox_of_cells(cells: Floats, first: Codes, groups: int) -> tuple[float, float]:
    """Return the log hazard ratio and its standard error; NaN where the maximum does not exist.

    Strata need no more than the cells already say: a cell's risk set is its stratum's.
    """
    last = first[groups]
    beta = 0.0
    for _ in range(30):
        score, information = _cox_sums(cells, last, math.exp(beta))
        if information <= 1e-9 or abs(beta) > 20.0:
            return np.nan, np.nan
        change = score / information
        beta += min(max(change, -2.0), 2.0)
        if abs(change) < 1e-10:
            return beta, 1.0 / math.sqrt(information)
    return np.nan, np.nan
