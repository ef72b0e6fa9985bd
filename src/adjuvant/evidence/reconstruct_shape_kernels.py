"""Compiled: what smooth hazards of events and of censoring would print on average."""

import math

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["expected", "slopes"]


@njit(cache=True, error_model="numpy")
def expected(
    f: Floats, edges: Floats, n: Floats, days: Codes, which: Codes,
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
    top, risk, followed = np.zeros((2, cells)), np.zeros((2, cells)), np.zeros(2)
    for arm in range(2):
        _of_arm(arm, f, edges, n, days, which, median_days, median_arm, follow_up,
                out, top, risk, followed)  # fmt: skip
    _together(f, n, 2 * m + q, out, top, risk, followed)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _of_arm(
    arm: int, f: Floats, edges: Floats, n: Floats, days: Codes, which: Codes,
    median_days: Floats, median_arm: Codes, follow_up: float,
    out: Floats, top: Floats, risk: Floats, followed: Floats,
) -> None:  # fmt: skip
    """Fill what is printed of one arm (0 = T), its events and numbers at risk by cell."""
    m, q, cells = days.size, median_days.size, f.shape[1]
    hazard = censored = greenwood = events = 0.0
    followed[arm] = 0.5
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
    out[2 * m + q + 1 + arm] = math.log(max(events, 1e-12))


@njit(cache=True, nogil=True, error_model="numpy")
def _together(
    f: Floats, n: Floats, first: int, out: Floats, top: Floats, risk: Floats, followed: Floats
) -> None:  # fmt: skip
    """Fill the share followed up and the log hazard ratio, which need both arms."""
    share = (n[0] * followed[0] + n[1] * followed[1]) / (n[0] + n[1])
    out[first] = math.log(max(share, 1e-12))
    weighted = total = 0.0
    for k in range(f.shape[1]):
        p = risk[0, k] / max(risk[0, k] + risk[1, k], 1e-12)
        weight = (top[0, k] + top[1, k]) * p * (1.0 - p)
        weighted += weight * (f[0, k] - f[1, k])
        total += weight
    out[first + 3] = weighted / max(total, 1e-12)


@njit(cache=True, nogil=True, error_model="numpy")
def slopes(
    f: Floats, now: Floats, edges: Floats, n: Floats, days: Codes, which: Codes,
    median_days: Floats, median_arm: Codes, follow_up: float,
) -> Floats:  # fmt: skip
    """Return the derivatives of `expected` (at f, where it is `now`): (numbers, 4 cells)."""
    rows, cells = f.shape
    m, q = days.size, median_days.size
    out = np.empty((now.size, rows * cells))
    top, risk, followed = np.zeros((2, cells)), np.zeros((2, cells)), np.zeros(2)
    moved = np.zeros(now.size)
    for arm in range(2):
        _of_arm(arm, f, edges, n, days, which, median_days, median_arm, follow_up,
                moved, top, risk, followed)  # fmt: skip
    for row in range(rows):
        # A hazard of one arm leaves the other arm's numbers as they are.
        arm = row % 2
        for k in range(cells):
            moved[:] = now
            f[row, k] += 1e-4
            _of_arm(arm, f, edges, n, days, which, median_days, median_arm, follow_up,
                    moved, top, risk, followed)  # fmt: skip
            _together(f, n, 2 * m + q, moved, top, risk, followed)
            f[row, k] -= 1e-4
            for j in range(now.size):
                out[j, row * cells + k] = (moved[j] - now[j]) / 1e-4
        _of_arm(arm, f, edges, n, days, which, median_days, median_arm, follow_up,
                moved, top, risk, followed)  # fmt: skip
    return out
