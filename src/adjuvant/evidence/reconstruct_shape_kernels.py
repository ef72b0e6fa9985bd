"""Compiled: what smooth hazards of events and of censoring would print on average."""

import math

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["expected", "slopes"]


@njit(cache=True)
def expected(
    f: Floats, edges: Floats, n: Floats, days: Floats, which: Codes,
    median_days: Floats, median_arm: Codes, follow_up: float,
) -> Floats:  # fmt: skip
    """Return what log hazards f (4, cells) give: rows event T, event C, censoring T, C, per day.

    edges       (cells + 1,) days; n (2,) patients of T and C.
    Returns     cumulative hazard of each milestone; log of Greenwood's sum of each; cumulative
                hazard at each median; log share followed up to `follow_up`; log number of events
                of T and of C; log hazard ratio, an average weighted by information.
    """
    m, q, cells = days.size, median_days.size, f.shape[1]
    out = np.zeros(2 * m + q + 4)
    top = np.zeros((2, cells))
    risk = np.zeros((2, cells))
    followed = np.zeros(2)
    for arm in range(2):
        hazard = censored = greenwood = events = 0.0
        is_followed = False
        for k in range(cells):
            h, c = math.exp(f[arm, k]), math.exp(f[2 + arm, k])
            a, b = edges[k], edges[k + 1]
            for j in range(m):
                if which[j] == 1 - arm and a < days[j] <= b:
                    w = days[j] - a
                    out[j] = hazard + h * w
                    grown = (math.exp(min((h + c) * w, 50.0)) - 1.0) / (h + c)
                    added = h * grown * math.exp(min(hazard + censored, 200.0)) / n[arm]
                    out[m + j] = math.log(max(greenwood + added, 1e-12))
            for j in range(q):
                if median_arm[j] == 1 - arm and a < median_days[j] <= b:
                    out[2 * m + j] = hazard + h * (median_days[j] - a)
            if a < follow_up <= b:
                followed[arm] = math.exp(-(censored + c * (follow_up - a)))
                is_followed = True
            w = b - a
            alive = n[arm] * math.exp(-hazard - censored)
            risk[arm, k] = alive
            top[arm, k] = alive * h * (1.0 - math.exp(-(h + c) * w)) / (h + c)
            events += top[arm, k]
            growth = min((h + c) * w, 50.0)
            greenwood += (
                h * (math.exp(growth) - 1.0) / (h + c)
                * math.exp(min(hazard + censored, 200.0)) / n[arm]
            )  # fmt: skip
            hazard += h * w
            censored += c * w
        if not is_followed:
            followed[arm] = 0.5
        out[2 * m + q + 1 + arm] = math.log(max(events, 1e-12))
    share = (n[0] * followed[0] + n[1] * followed[1]) / (n[0] + n[1])
    out[2 * m + q] = math.log(max(share, 1e-12))
    weighted = total = 0.0
    for k in range(cells):
        p = risk[0, k] / max(risk[0, k] + risk[1, k], 1e-12)
        weight = (top[0, k] + top[1, k]) * p * (1.0 - p)
        weighted += weight * (f[0, k] - f[1, k])
        total += weight
    out[2 * m + q + 3] = weighted / max(total, 1e-12)
    return out


@njit(cache=True, nogil=True)
def slopes(
    f: Floats, now: Floats, edges: Floats, n: Floats, days: Codes, which: Codes,
    median_days: Floats, median_arm: Codes, follow_up: float,
) -> Floats:  # fmt: skip
    """Return the derivatives of `expected` (at f, where it is `now`): (numbers, 4 cells)."""
    rows, cells = f.shape
    out = np.empty((now.size, rows * cells))
    for row in range(rows):
        for k in range(cells):
            f[row, k] += 1e-4
            moved = expected(f, edges, n, days, which, median_days, median_arm, follow_up)  # type: ignore[arg-type]
            f[row, k] -= 1e-4
            for j in range(now.size):
                out[j, row * cells + k] = (moved[j] - now[j]) / 1e-4
    return out
