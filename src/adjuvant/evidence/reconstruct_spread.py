"""How far a printed page pins down the trial: the spread of an ensemble of rebuilt patients."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjuvant.core import Codes, Floats, TimeToEvent
from adjuvant.evidence.reconstruct_ensemble import Member, Reconstruction

__all__ = ["ensemble_spread"]

_TIMES = 20


def ensemble_spread(rebuilt: Reconstruction) -> dict[str, Any]:
    """Return the spread of curves, RMST difference, hazard ratio, medians and 1-year rates.

    Each as the middle and the limits of the middle 95% of the members. Curves at 20 evenly spaced
    days and RMST up to the shorter arm's follow-up. What the page prints spreads over its rounding
    alone; the rest shows what the page leaves open.

    >>> from adjuvant.evidence.published import read_published_text
    >>> from adjuvant.evidence.reconstruct_ensemble import reconstruct
    >>> from adjuvant.evidence.summarise import summary_of
    >>> days = list(range(40, 1640, 40))
    >>> truth = TimeToEvent(days, [1, 1, 0, 1] * 10, arm=[0, 1] * 20, arm_labels=("C", "T"))
    >>> rebuilt = reconstruct(read_published_text(summary_of(truth, [1, 2])), members=2)
    >>> sorted(ensemble_spread(rebuilt))
    ['curves', 'hazard_ratio', 'median_days', 'rmst_difference_days', 'tau_days', 'year_1']
    """
    members = [_arms(m.data) for m in rebuilt.members]
    tau = min(min(int(arm[0].max()) for arm in arms) for arms in members)
    at = np.rint(np.linspace(0, tau, _TIMES + 1)[1:]).astype(np.int64)
    curves = np.array([[_survival(*arm, at) for arm in arms] for arms in members])
    year = np.array([365])
    rates = np.array([[_survival(*arm, year)[0] for arm in arms] for arms in members])
    areas = np.array([[_area(*arm, tau) for arm in arms] for arms in members])
    medians = np.array([[_median(*arm) for arm in arms] for arms in members])
    names = ("C", "T")
    return {
        "tau_days": tau,
        "hazard_ratio": _band([m.ratio for m in rebuilt.members]),
        "rmst_difference_days": _band(areas[:, 1] - areas[:, 0]),
        "year_1": {arm: _band(rates[:, k]) for k, arm in enumerate(names)},
        "median_days": {arm: _band(medians[:, k]) for k, arm in enumerate(names)},
        "curves": {
            arm: [{"day": int(day), **_band(curves[:, k, j])} for j, day in enumerate(at.tolist())]
            for k, arm in enumerate(names)
        },
    }


def _arms(data: TimeToEvent) -> list[tuple[Codes, Codes]]:
    found = []
    for code in (0, 1):
        arm = data.where(np.asarray(data.arm == code))
        found.append((arm.time.astype(np.int64), arm.event))
    return found


def _steps(time: Codes, event: Codes) -> tuple[Codes, Floats]:
    found, count = np.unique(time[event == 1], return_counts=True)
    days = np.asarray(found, dtype=np.int64)
    at_risk = len(time) - np.searchsorted(np.sort(time), days, side="left")
    return days, np.asarray(np.cumprod(1.0 - count / at_risk), dtype=np.float64)


def _survival(time: Codes, event: Codes, at: Codes) -> Floats:
    days, survival = _steps(time, event)
    whole = np.concatenate([[1.0], survival])
    return np.asarray(whole[np.searchsorted(days, at, side="right")])


def _area(time: Codes, event: Codes, tau: int) -> float:
    days, survival = _steps(time, event)
    edges = np.concatenate([[0], np.minimum(days, tau), [tau]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1.0], survival])))


def _median(time: Codes, event: Codes) -> float:
    days, survival = _steps(time, event)
    below = np.flatnonzero(survival <= 0.5 + 1e-9)
    return float(days[below[0]]) if len(below) else np.inf


def _band(values: Sequence[float] | Floats) -> dict[str, float | None]:
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    # Order statistics, not interpolation: a median that is not reached stays infinite (None).
    n = len(ordered) - 1
    places = (int(np.floor(0.025 * n)), n // 2, int(np.ceil(0.975 * n)))
    low, middle, high = (float(ordered[k]) for k in places)
    return {
        name: value if np.isfinite(value) else None
        for name, value in (("low", low), ("middle", middle), ("high", high))
    }


def met_by(members: Sequence[Member], number: int) -> float:
    """Return the share of members that meet a printed number."""
    return float(np.mean([m.met[number] for m in members]))
