"""Compiled Newton iteration for the partial likelihood, which tells infinite from finite maxima."""

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats
from adjuvant.survival.cox_kernels import death_sums, likelihood
from adjuvant.survival.risk_sets import RiskSets

__all__ = ["CONVERGED", "INFINITE", "STOPPED", "cholesky", "dependent_columns", "newton"]

CONVERGED, INFINITE, STOPPED = 0, 1, 2


@njit(cache=True)
def cholesky(info: Floats, factor: Floats, diagonal: Floats, tolerance: float) -> int:
    """Fill the lower factor; return the first column whose rest is below tolerance, or -1.

    A column's rest is what the columns before it leave of `diagonal`, its own information.
    """
    p = info.shape[0]
    for a in range(p):
        rest = info[a, a]
        for k in range(a):
            rest -= factor[a, k] ** 2
        if not rest > tolerance * diagonal[a]:
            return a
        factor[a, a] = np.sqrt(rest)
        for b in range(a + 1, p):
            x = info[b, a]
            for k in range(a):
                x -= factor[b, k] * factor[a, k]
            factor[b, a] = x / factor[a, a]
    return -1


@njit(cache=True)
def solve(factor: Floats, right: Floats, x: Floats) -> None:
    """Fill x (p,) with the solution of (factor factor') x = right."""
    p = right.size
    for a in range(p):
        x[a] = right[a]
        for k in range(a):
            x[a] -= factor[a, k] * x[k]
        x[a] /= factor[a, a]
    for a in range(p - 1, -1, -1):
        for k in range(a + 1, p):
            x[a] -= factor[k, a] * x[k]
        x[a] /= factor[a, a]


@njit(cache=True)
def newton_step(
    score: Floats, info: Floats, diagonal: Floats, factor: Floats, step: Floats
) -> float:
    """Fill step with info^-1 score; return the decrement score' step, or -1 where info fails.

    A direction whose information is all but gone (below 1e-15 of its information at the start)
    is damped by a ridge, so that an infinite coefficient goes on growing and is recognised.
    """
    if cholesky(info, factor, diagonal, 1e-15) >= 0:
        for a in range(score.size):
            info[a, a] += 1e-14 * diagonal[a]
        if cholesky(info, factor, diagonal, 1e-16) >= 0:
            return -1.0
    solve(factor, score, step)
    decrement = 0.0
    for a in range(score.size):
        decrement += score[a] * step[a]
    return decrement


@njit(cache=True)
def _reach(z: Floats, weight: Floats, step: Floats, span: Floats, enough: float) -> float:
    """Return how far a step moves the rows apart on the log-hazard scale.

    A bound that is free of the rows is returned if it does not exceed `enough`.
    """
    bound = 0.0
    for a in range(step.size):
        bound += abs(step[a]) * span[a]
    if bound <= enough:
        return bound
    low, high = np.inf, -np.inf
    for i in range(z.shape[1]):
        if weight[i] == 0.0:
            continue
        move = 0.0
        for a in range(step.size):
            move += step[a] * z[a, i]
        low, high = min(low, move), max(high, move)
    return high - low


@njit(cache=True)
def _form(matrix: Floats, vector: Floats) -> float:
    total = 0.0
    for a in range(vector.size):
        for b in range(vector.size):
            total += vector[a] * matrix[a, b] * vector[b]
    return total


@njit(cache=True)
def newton(
    z: Floats,
    offset: Floats,
    sets: RiskSets,
    ties: int,
    span: Floats,
    beta: Floats,
    null_score: Floats,
    null_info: Floats,
    score: Floats,
    info: Floats,
    step: Floats,
    rounds: int,
) -> tuple[float, float, int, int, Codes]:
    """Climb from beta to the maximum; on return score, info and step belong to the final beta.

    span      (p,) range of each column.
    Returns   log likelihood at the start and at the end, state, rounds used, and per column
              whether it is a combination of the columns before it at the start (1) or not (0).

    Converged: the decrement is below 1e-22 per death, so the last step is below 1e-11 of a
    column's standard deviation; or it is below 1e-10 and rounding keeps it from falling, as with
    columns that are nearly copies of each other. Infinite: the likelihood has stopped growing
    (decrement below 1e-13 of it) while some row still moves by more than 0.05 on the log-hazard
    scale, in a direction whose information has faded to below 1e-5 of what it was at the start;
    or rounding ends such a climb once the decrement is below 1e-9 of the likelihood.
    """
    p = z.shape[0]
    sums = death_sums(z, offset, sets)
    factor, diagonal = np.zeros((p, p)), np.zeros(p)
    start = likelihood(z, offset, sets, ties, beta, sums, null_score, null_info)
    singular = dependent_columns(null_info, sums[2], factor)
    for a in range(p):
        score[a], diagonal[a] = null_score[a], null_info[a, a]
        for b in range(p):
            info[a, b] = null_info[a, b]
        if singular[a]:
            return start, start, STOPPED, 0, singular
    value, trial, last, fading = start, np.empty(p), np.inf, False
    for turn in range(rounds):
        decrement = newton_step(score, info, diagonal, factor, step)
        if not decrement >= 0.0:
            return start, value, INFINITE if fading else STOPPED, turn, singular
        faded = decrement < 1e-5 * _form(null_info, step)
        flat = faded and decrement <= 1e-13 * max(1.0, abs(value))
        reach = _reach(z, sets.weight, step, span, 0.05 if flat else 25.0)
        if flat and reach > 0.05:
            return start, value, INFINITE, turn, singular
        stalled = not faded and decrement <= 1e-10 and decrement > 0.25 * last
        if decrement <= 1e-22 * sums[2] or stalled:
            for a in range(p):
                beta[a] += step[a]
            return start, value, CONVERGED, turn, singular
        last = decrement
        fading = faded and reach > 0.05 and decrement <= 1e-9 * max(1.0, abs(value))
        size = 25.0 / reach if reach > 25.0 else 1.0
        slack = 1e-13 * max(1.0, abs(value))
        better = False
        for _ in range(40):
            for a in range(p):
                trial[a] = beta[a] + size * step[a]
            new = likelihood(z, offset, sets, ties, trial, sums, score, info)
            if new >= value - slack:
                better = True
                break
            size *= 0.5
        if not better:
            return start, value, INFINITE if fading else STOPPED, turn, singular
        for a in range(p):
            beta[a] = trial[a]
        value = new
    return start, value, STOPPED, rounds, singular


@njit(cache=True)
def dependent_columns(info: Floats, deaths: float, factor: Floats) -> Codes:
    """Return 1 for each column that is constant in all risk sets or depends on those before it."""
    p = info.shape[0]
    flag = np.zeros(p, dtype=np.int64)
    for a in range(p):
        rest = info[a, a]
        for k in range(a):
            rest -= factor[a, k] ** 2
        if not (info[a, a] > 1e-12 * deaths and rest > 1e-11 * info[a, a]):
            flag[a] = 1
            continue
        factor[a, a] = np.sqrt(rest)
        for b in range(a + 1, p):
            x = info[b, a]
            for k in range(a):
                x -= factor[b, k] * factor[a, k]
            factor[b, a] = x / factor[a, a]
    return flag


# Compiled with f2472366: cox_kernels, risk_sets
