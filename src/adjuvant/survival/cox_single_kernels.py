"""Compiled partial likelihood of one covariate without late entry: the commonest model, in scalars.

The arithmetic is that of `cox_kernels`: sums over the risk set keep what rounding loses, and the
information is the exposed cross-product less the squared means.

Source    Cox 1972; Efron 1977 for ties; Breslow 1974.
"""

import numpy as np
from numba import njit

from adjuvant.core import Floats
from adjuvant.survival.risk_sets import RiskSets

__all__ = ["LEAST", "single_denominators", "tie_sums"]

LEAST = 1e-290  # a denominator below it has lost its digits
_REORDER = {"reassoc", "contract", "nsz"}


@njit(cache=True, fastmath=_REORDER)
def tie_sums(deaths: int, share: float, step: Floats) -> float:
    """Fill Efron's sums over the d deaths of one time; return sum of log(1 - k/d * share).

    share     D0/S0. With g_k = 1/(1 - k/d share), f_k = k/d the sums are
              step = [g, f g, g^2, f g^2, f^2 g^2].
    """
    for k in range(step.size):
        step[k] = 0.0
    product, logs = 1.0, 0.0
    for k in range(deaths):
        f = k / deaths
        left = 1.0 - f * share
        g = 1.0 / left
        step[0] += g
        step[1] += f * g
        step[2] += g * g
        step[3] += f * g * g
        step[4] += f * f * g * g
        product *= left
        if product < 1e-200:
            logs += np.log(product)
            product = 1.0
    return float(logs + np.log(product))


@njit(cache=True, fastmath=_REORDER)
def _sums(x: Floats, risk: Floats, first: int, last: int) -> tuple[float, float, float]:
    """Return the sums of risk, risk x and risk x^2 over rows."""
    zero, one, two = 0.0, 0.0, 0.0
    for i in range(first, last):
        part = risk[i] * x[i]
        zero += risk[i]
        one += part
        two += part * x[i]
    return zero, one, two


@njit(cache=True)
def single_denominators(
    x: Floats, risk: Floats, sets: RiskSets, efron: bool, score: Floats, info: Floats
) -> float:
    """Return the sum of log denominators; subtract its derivative from score, fill info[0, 0].

    x         (n,) the only column. Infinity is returned where a denominator is too small for a
              double beside the largest risk: no step is taken there.
    """
    first_of, stratum_first = sets.group_first, sets.stratum_first
    deaths_of, weight_of = sets.deaths, sets.death_weight
    groups = sets.group_rank.size
    hazard, tied = np.empty(groups), np.empty(groups)
    died, others = np.empty(groups), np.empty(groups)  # sums of risk x^2
    step = np.empty(5)
    logs, logs_rest, slope, square = 0.0, 0.0, 0.0, 0.0
    for stratum in range(stratum_first.size - 1):
        s0, rest0, s1, rest1 = 0.0, 0.0, 0.0, 0.0
        for g in range(stratum_first[stratum], stratum_first[stratum + 1]):
            first, last, deaths = first_of[g], first_of[g + 1], deaths_of[g]
            d0, d1, died[g] = _sums(x, risk, first, first + deaths)
            c0, c1, others[g] = _sums(x, risk, first + deaths, last)
            # Knuth's two-sum: the risk set's sums keep what rounding loses.
            add = d0 + c0
            new = s0 + add
            part = new - s0
            rest0 += (s0 - (new - part)) + (add - part)
            s0 = new
            add = d1 + c1
            new = s1 + add
            part = new - s1
            rest1 += (s1 - (new - part)) + (add - part)
            s1 = new
            hazard[g], tied[g] = 0.0, 0.0
            if deaths == 0:
                continue
            all0 = s0 + rest0
            if not all0 > LEAST:
                return np.inf
            mean, death = (s1 + rest1) / all0, d1 / all0
            each = weight_of[g] / deaths
            add = weight_of[g] * np.log(all0)
            if efron and deaths > 1:
                add += each * tie_sums(deaths, d0 / all0, step)
                gg, fg, aa, bb, cc = step[0], step[1], step[2], step[3], step[4]
            else:
                gg, fg, aa, bb, cc = float(deaths), 0.0, float(deaths), 0.0, 0.0
            new = logs + add
            part = new - logs
            logs_rest += (logs - (new - part)) + (add - part)
            logs = new
            hazard[g], tied[g] = each * gg / all0, each * (gg - fg) / all0
            slope += each * (gg * mean - fg * death)
            square += each * (aa * mean * mean - 2.0 * bb * mean * death + cc * death * death)
    score[0] -= slope
    info[0, 0] = _exposed(sets, hazard, tied, died, others) - square
    return logs + logs_rest


@njit(cache=True)
def _exposed(sets: RiskSets, hazard: Floats, tied: Floats, died: Floats, others: Floats) -> float:
    """Return the sum over rows of risk x^2 times the hazard that the row lived through."""
    total = 0.0
    for stratum in range(sets.stratum_first.size - 1):
        before = 0.0
        begin, end = sets.stratum_first[stratum], sets.stratum_first[stratum + 1]
        for g in range(end - 1, begin - 1, -1):
            at = before + hazard[g]
            total += (before + tied[g]) * died[g] + at * others[g]
            before = at
    return total


# Compiled with cc492b2d: risk_sets
