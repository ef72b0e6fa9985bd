"""Compiled discrete partial likelihood: tied deaths as one draw of d rows out of those at risk.

The denominator of a time with d deaths is the elementary symmetric polynomial e_d of the relative
risks of the m rows at risk. It grows row by row, kept as the average P_k = e_k / C(m, k) over
all draws of k rows, which neither overflows nor cancels:

    P_k <- (1 - k/m) P_k + k/m r P_(k-1)       for the m-th row, and the like for derivatives.

Source    Cox 1972; Gail, Lubin & Rubinstein 1981 for the recursion.
"""

import numpy as np
from numba import njit

from adjuvant.core import Floats
from adjuvant.survival.risk_sets import RiskSets

__all__ = ["exact_denominators", "risk_set_mean"]


@njit(cache=True)
def exact_denominators(
    z: Floats, risk: Floats, sets: RiskSets, score: Floats, info: Floats
) -> float:
    """Return the sum of log denominators; take their derivatives from score, add to info."""
    p = z.shape[0]
    most = 1
    for g in range(sets.deaths.size):
        most = max(most, sets.deaths[g])
    average = np.zeros(most + 1)
    slope, curve = np.zeros((most + 1, p)), np.zeros((most + 1, p, p))
    centre, logs = np.zeros(p), 0.0
    for stratum in range(sets.stratum_first.size - 1):
        start = sets.group_first[sets.stratum_first[stratum]]
        for g in range(sets.stratum_first[stratum], sets.stratum_first[stratum + 1]):
            d = sets.deaths[g]
            if d == 0:
                continue
            scale, m = risk_set_mean(z, risk, sets, start, g, centre)
            for k in range(d + 1):
                average[k] = 1.0 if k == 0 else 0.0
                for a in range(p):
                    slope[k, a] = 0.0
                    for b in range(p):
                        curve[k, a, b] = 0.0
            _draws(z, risk, sets, start, g, centre, scale, average, slope, curve)
            logs += np.log(average[d]) + d * np.log(scale)
            for j in range(d):
                logs += np.log((m - j) / (j + 1.0))
            _derivatives(d, average, slope, curve, centre, score, info)
    return logs


@njit(cache=True)
def risk_set_mean(
    z: Floats, risk: Floats, sets: RiskSets, start: int, g: int, centre: Floats
) -> tuple[float, int]:
    """Fill centre with the weighted mean of those at risk; return their mean risk and number."""
    total, m = 0.0, 0
    for a in range(centre.size):
        centre[a] = 0.0
    for i in range(start, sets.group_first[g + 1]):
        if sets.leaver.size and sets.entry_group[i] <= g:
            continue
        m += 1
        total += risk[i]
        for a in range(centre.size):
            centre[a] += risk[i] * z[a, i]
    for a in range(centre.size):
        centre[a] /= total
    return total / m, m


@njit(cache=True)
def _draws(
    z: Floats,
    risk: Floats,
    sets: RiskSets,
    start: int,
    g: int,
    centre: Floats,
    scale: float,
    average: Floats,
    slope: Floats,
    curve: Floats,
) -> None:
    """Let the rows at risk in, one by one."""
    p, d, m = centre.size, sets.deaths[g], 0
    x = np.zeros(p)
    for i in range(start, sets.group_first[g + 1]):
        if sets.leaver.size and sets.entry_group[i] <= g:
            continue
        m += 1
        for a in range(p):
            x[a] = z[a, i] - centre[a]
        for k in range(min(d, m), 0, -1):
            new = k / m * risk[i] / scale
            old = 1.0 - k / m
            for a in range(p):
                for b in range(a + 1):
                    grown = curve[k - 1, a, b] + x[a] * x[b] * average[k - 1]
                    grown += x[a] * slope[k - 1, b] + x[b] * slope[k - 1, a]
                    curve[k, a, b] = old * curve[k, a, b] + new * grown
            for a in range(p):
                grown = slope[k - 1, a] + x[a] * average[k - 1]
                slope[k, a] = old * slope[k, a] + new * grown
            average[k] = old * average[k] + new * average[k - 1]


@njit(cache=True)
def _derivatives(
    d: int,
    average: Floats,
    slope: Floats,
    curve: Floats,
    centre: Floats,
    score: Floats,
    info: Floats,
) -> None:
    for a in range(centre.size):
        first = slope[d, a] / average[d]
        score[a] -= first + d * centre[a]
        for b in range(a + 1):
            info[a, b] += curve[d, a, b] / average[d] - first * slope[d, b] / average[d]


# Compiled with cc492b2d: risk_sets
