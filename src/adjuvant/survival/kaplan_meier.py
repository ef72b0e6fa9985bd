"""Kaplan-Meier curves: survival, Greenwood's standard error, confidence limits, values at times."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, Numbers, TimeToEvent
from adjuvant.survival.confidence_limits import Scale, check_scale, confidence_limits
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.risk_table import RiskTable, at_times, check_times, last_step, risk_table

__all__ = ["KaplanMeier", "SurvivalAt", "SurvivalCurve", "kaplan_meier", "survival_at"]


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """One arm's Kaplan-Meier curve at all its distinct times (events and censorings), ascending.

    number_at_risk, events, censored are sums of weights (counts without weights); at risk means
    just before the time. std_error and limits are NaN where they are undefined (see
    `confidence_limits`); the curve is 1 before its first time.
    """

    label: str
    time: Numbers
    number_at_risk: Floats
    events: Floats
    censored: Floats
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """Kaplan-Meier curves, one per arm in code order, with the convention of their limits."""

    curves: tuple[SurvivalCurve, ...]
    ci: Scale
    level: float
    unit: str
    data: TimeToEvent | None = field(default=None, repr=False)  # for the numbers at risk

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True, eq=False)
class SurvivalAt:
    """One arm's survival at given times; at risk counts rows with entry < t <= time."""

    label: str
    time: Floats
    number_at_risk: Floats
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def kaplan_meier(data: TimeToEvent, *, ci: Scale = "log", level: float = 0.95) -> KaplanMeier:
    """Estimate the probability of no event (of any cause) over time, in each arm.

    data      n rows: time (n,), event (n,) (0 = censored); arm, entry and weight are used,
              strata are not.
    ci        scale of the limits: log, log-log, plain, logit, arcsin.
    Returns   one curve per arm (one with label "" without arms).
    Raises    NotEnoughData when there is no row, or an arm has none.

    A row censored at the time of an event still counts as at risk then. Once every row at risk
    has failed the curve stays 0, also when late entries refill the risk set.
    Source    Kaplan & Meier 1958; Greenwood 1926; agrees with survfit, R survival 3.5-3 (which
              turns to a robust variance when weights are fractions; robust = FALSE there).

    >>> curve = kaplan_meier(TimeToEvent([1, 2, 2, 4], [1, 1, 0, 0])).curves[0]
    >>> curve.survival.tolist()
    [0.75, 0.5, 0.5]
    """
    check_scale(ci)
    table = risk_table(data)
    curves = tuple(arm_curve(table, j, ci, level) for j in range(len(table.labels)))
    return KaplanMeier(curves, ci, level, data.unit, data)


def arm_curve(table: RiskTable, arm: int, ci: Scale = "log", level: float = 0.95) -> SurvivalCurve:
    """Return the curve of column `arm` of a risk table.

    >>> table = risk_table(TimeToEvent([1, 2], [1, 1]))
    >>> arm_curve(table, 0).survival.tolist()
    [0.5, 0.0]
    """
    keep = table.present[:, arm]
    n, d = table.at_risk[keep, arm], table.events[keep, arm]
    all_fail = table.all_fail[keep, arm]
    survival, std_error = product_limit(n, d, all_fail)
    lower, upper = confidence_limits(survival, std_error, ci, level)
    return SurvivalCurve(
        table.labels[arm],
        table.times[keep],
        n,
        d,
        table.censored[keep, arm],
        survival,
        std_error,
        lower,
        upper,
    )


def product_limit(n: Floats, d: Floats, all_fail: np.ndarray) -> tuple[Floats, Floats]:
    """Return survival (m,) and Greenwood's standard error (m,), NaN where survival is 0.

    n, d      (m,) at risk and events; all_fail (m,) where the curve falls to 0.

    >>> s, se = product_limit(np.array([4.0]), np.array([1.0]), np.array([False]))
    >>> s.tolist(), se.round(4).tolist()
    ([0.75], [0.2165])
    """
    stays = ~all_fail & (d > 0)
    factor = np.where(all_fail, 0.0, 1.0)
    greenwood = np.zeros(len(n))
    left = n[stays] - d[stays]
    factor[stays] = left / n[stays]
    greenwood[stays] = d[stays] / (n[stays] * left)
    survival: Floats = np.multiply.accumulate(factor)
    std_error: Floats = survival * np.sqrt(np.cumsum(greenwood))
    std_error[survival == 0] = np.nan
    return survival, std_error


def survival_at(
    data: TimeToEvent, times: ArrayLike, *, ci: Scale = "log", level: float = 0.95
) -> tuple[SurvivalAt, ...]:
    """Return each arm's Kaplan-Meier estimate at the given times (q,), in the data's unit.

    Before an arm's first time survival is 1 with standard error 0 and limits 1; after its last
    time the last values hold and nobody is at risk (R's summary(extend=TRUE)).
    Raises    NotEnoughData as `kaplan_meier`; InvalidData for a missing time.

    >>> at = survival_at(TimeToEvent([1, 2, 2, 4], [1, 1, 0, 0]), [0, 3])[0]
    >>> at.survival.tolist(), at.number_at_risk.tolist()
    ([1.0, 0.5], [4.0, 1.0])
    """
    asked = check_times(times)
    found = kaplan_meier(data, ci=ci, level=level)
    return tuple(
        _curve_at(curve, asked, number_at_risk(data, code, asked))
        for code, curve in enumerate(found.curves)
    )


def _curve_at(curve: SurvivalCurve, asked: Floats, at_risk: Floats) -> SurvivalAt:
    step = last_step(curve.time, asked)
    return SurvivalAt(
        curve.label,
        asked,
        at_risk,
        at_times(curve.survival, step, 1.0),
        at_times(curve.std_error, step, 0.0),
        at_times(curve.lower, step, 1.0),
        at_times(curve.upper, step, 1.0),
    )


def number_at_risk(data: TimeToEvent, arm: int, times: Floats) -> Floats:
    """Return the sum of weights (q,) of the arm's rows with entry < t <= time.

    >>> number_at_risk(TimeToEvent([3, 5], [1, 1]), 0, np.array([3.0, 4.0])).tolist()
    [2.0, 1.0]
    """
    mine = slice(None) if data.arm is None else data.arm == arm
    time, entry = data.time[mine], None if data.entry is None else data.entry[mine]
    rows = _started(entry, None, len(time), times) - _before(time, None, times)
    if data.weight is None:
        return rows
    weight = data.weight[mine]
    total = _started(entry, weight, float(weight.sum()), times) - _before(time, weight, times)
    return np.where(rows > 0, total, 0.0)  # Sums of fractions do not return to 0.


def _started(
    entry: Numbers | None, weight: Floats | None, everybody: float, times: Floats
) -> Floats:
    if entry is None:
        return np.full(times.shape, float(everybody))
    return _before(entry, weight, times)


def _before(column: Numbers, weight: Floats | None, times: Floats) -> Floats:
    """Return the sum of weights (q,) of rows whose value lies strictly before each time."""
    if weight is None:
        return np.searchsorted(np.sort(column), times, side="left").astype(np.float64)
    order = np.argsort(column, kind="stable")
    total = np.concatenate(([0.0], np.cumsum(weight[order])))
    return total[np.searchsorted(column[order], times, side="left")]
