"""Patients from a digitised curve and its numbers at risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from adjuvant.core import Codes, Floats, InvalidInput

__all__ = ["DigitisedCurve", "patients_of_curve"]


@dataclass(frozen=True)
class DigitisedCurve:
    """Points read from a printed Kaplan-Meier curve of one arm, and its numbers at risk.

    time, survival       (m,) ascending days and falling shares, 0 to 1.
    risk_time, at_risk   (r,) ascending days, the first 0, and patients at risk just before them.
    events               patients with the event in all, where printed.
    """

    time: Sequence[float]
    survival: Sequence[float]
    risk_time: Sequence[float]
    at_risk: Sequence[int]
    events: int | None = None

    def __post_init__(self) -> None:
        time, survival = np.asarray(self.time, float), np.asarray(self.survival, float)
        if len(time) != len(survival) or len(time) == 0 or (np.diff(time) < 0).any():
            raise InvalidInput("a curve needs as many shares as times, and times that ascend")
        if survival.min() < 0 or survival.max() > 1 or (np.diff(survival) > 1e-9).any():
            raise InvalidInput("shares of a curve fall from 1 towards 0; one rises or lies outside")
        risk = list(self.at_risk)
        if len(risk) != len(self.risk_time) or not risk or self.risk_time[0] != 0:
            raise InvalidInput("numbers at risk need as many times, the first at 0")
        if any(b > a for a, b in pairwise(risk)):
            raise InvalidInput("numbers at risk rise; correct the table below the curve")


def patients_of_curve(curve: DigitisedCurve) -> tuple[Codes, Codes]:
    """Return whole days and events (1 or 0) of SYNTHETIC patients who draw the curve again.

    Within each interval between numbers at risk the censorings are spread evenly, and their number
    is changed until the number at risk at its end is met; after the last number at risk they
    follow the total of events where that is printed, else the earlier rate of censoring.

    Source    Guyot, Ades, Ouwens & Welton 2012.

    >>> days, event = patients_of_curve(
    ...     DigitisedCurve([0, 10, 20, 30], [1.0, 0.9, 0.8, 0.8], [0, 25], [10, 8], events=2))
    >>> sorted(days[event == 1].tolist()), len(days)
    ([10, 20], 10)
    """
    time, survival = np.asarray(curve.time, float), np.asarray(curve.survival, float)
    edges = [*curve.risk_time, max(float(time[-1]), float(curve.risk_time[-1])) + 1]
    found: list[tuple[float, int]] = []
    risk, last = curve.at_risk[0], 1.0
    rate = _censoring_rate(curve)
    for i in range(len(curve.at_risk)):
        inside = (time >= edges[i]) & (time < edges[i + 1])
        points = (time[inside], survival[inside])
        wanted = curve.at_risk[i + 1] if i + 1 < len(curve.at_risk) else None
        span = (float(edges[i]), float(edges[i + 1]))
        left = None if curve.events is None else curve.events - sum(e for _, e in found)
        rows, risk, last = _interval(points, span, risk, last, wanted, left, rate)
        found += rows
    end = max(float(time[-1]), float(curve.risk_time[-1]))
    found += [(end, 0)] * risk
    days = np.maximum(np.rint([t for t, _ in found]), 1).astype(np.int64)
    event = np.array([e for _, e in found], dtype=np.int64)
    order = np.lexsort((-event, days))
    return days[order], event[order]


def _censoring_rate(curve: DigitisedCurve) -> float:
    """Censorings a day among those at risk, before the last number at risk; 0 if there is one."""
    if len(curve.at_risk) < 2:
        return 0.0
    at = np.asarray(curve.risk_time, float)
    survival = np.interp(at, np.asarray(curve.time, float), np.asarray(curve.survival, float))
    events = curve.at_risk[0] * (1 - survival[-1])
    gone = max(curve.at_risk[0] - curve.at_risk[-1] - events, 0.0)
    person = float(np.sum(np.diff(at) * np.asarray(curve.at_risk[:-1])))
    return gone / person if person > 0 else 0.0


def _interval(
    points: tuple[Floats, Floats], span: tuple[float, float], risk: int, last: float,
    wanted: int | None, events_left: int | None, rate: float,
) -> tuple[list[tuple[float, int]], int, float]:  # fmt: skip
    """Try every number of censorings of an interval; keep what comes nearest to what is printed."""
    best: tuple[float, list[tuple[float, int]], int, float] | None = None
    for censored in range(risk + 1):
        rows, after, share = _walk(points, span, risk, last, censored)
        if wanted is not None:
            miss = float(abs(after - wanted))
        elif events_left is not None:
            miss = float(abs(sum(e for _, e in rows) - events_left))
        else:
            miss = abs(censored - rate * risk * (span[1] - span[0]))
        if best is None or miss < best[0]:
            best = (miss, rows, after, share)
        if miss == 0:
            break
    assert best is not None
    return best[1], best[2], best[3]


def _walk(
    points: tuple[Floats, Floats], span: tuple[float, float], risk: int, last: float, censored: int
) -> tuple[list[tuple[float, int]], int, float]:
    """Walk down the points with censorings spread evenly; `last` is the share drawn so far."""
    leaving = span[0] + (np.arange(censored) + 0.5) / max(censored, 1) * (span[1] - span[0])
    rows: list[tuple[float, int]] = []
    gone = 0
    for t, s in zip(points[0].tolist(), points[1].tolist(), strict=True):
        while gone < censored and leaving[gone] < t and risk > 0:
            rows.append((float(leaving[gone]), 0))
            gone, risk = gone + 1, risk - 1
        d = min(round(risk * (1 - s / last)), risk) if last > 0 and risk > 0 else 0
        if d > 0:
            rows += [(t, 1)] * d
            last *= 1 - d / risk
            risk -= d
    for late in leaving[gone:].tolist():
        if risk > 0:
            rows.append((float(late), 0))
            risk -= 1
    return rows, risk, last
