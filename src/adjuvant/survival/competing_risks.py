"""Cumulative incidence of each cause when an event of one cause ends the risk of the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, InvalidData, NotEnoughData, Numbers, TimeToEvent
from adjuvant.survival.confidence_limits import Scale, check_scale
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import product_limit
from adjuvant.survival.ordering import ordering
from adjuvant.survival.risk_table import at_times, check_times, last_step, risk_table
from adjuvant.survival.state_occupation import StateCurve, arm_states

__all__ = [
    "AalenJohansen",
    "CumulativeIncidence",
    "IncidenceCurve",
    "aalen_johansen",
    "cumulative_incidence",
]


@dataclass(frozen=True, eq=False)
class IncidenceCurve:
    """Probability (m,) of having failed from one cause by each time, in one arm, and its variance.

    time      times with an event of this cause, and the arm's last time.
    """

    label: str
    cause: int
    time: Numbers
    estimate: Floats
    variance: Floats

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """Cumulative incidence curves: per cause ascending, the arms in code order."""

    curves: tuple[IncidenceCurve, ...]
    unit: str

    to_dict, to_frame, cite, _repr_html_ = EXPORTS

    def at(self, times: ArrayLike) -> tuple[IncidenceCurve, ...]:
        """Return each curve at the given times (q,); NaN after the arm's last time.

        >>> found = cumulative_incidence(TimeToEvent([1, 2, 3, 4], [1, 2, 0, 1]))
        >>> found.at([2, 5])[0].estimate.tolist()
        [0.25, nan]
        """
        asked = check_times(times)
        return tuple(_at(curve, asked) for curve in self.curves)


@dataclass(frozen=True, eq=False)
class AalenJohansen:
    """State probabilities, one curve per arm; states are 0 (event free) and the causes."""

    states: tuple[int, ...]
    curves: tuple[StateCurve, ...]
    ci: Scale
    level: float
    unit: str

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def cumulative_incidence(data: TimeToEvent) -> CumulativeIncidence:
    """Estimate the probability of an event of each cause over time, in each arm.

    data      event (n,): 0 censored, 1.. the cause. Late entry is used.
    Raises    NotEnoughData when no event was seen, or an arm has no row; InvalidData for weights.

    The other causes are competing events, not censoring. Variance: Gray's delta method with
    1 - (d - 1) / (n - 1) for d tied events, the cause of interest and the others taken apart.
    Source    Kalbfleisch & Prentice 1980; Gray 1988; agrees with cuminc, cmprsk 2.2-11.

    >>> found = cumulative_incidence(TimeToEvent([60, 120, 400, 400], [2, 1, 0, 0]))
    >>> found.curves[0].estimate.tolist()
    [0.25, 0.25]
    """
    if data.weight is not None:
        raise InvalidData("cumulative_incidence takes no case weights; use aalen_johansen")
    causes = _causes(data)
    table = risk_table(data)
    by_cause = _events_by_cause(data, causes)
    curves = []
    for c, cause in enumerate(causes):
        for arm, label in enumerate(table.labels):
            n, d = table.at_risk[:, arm], table.events[:, arm]
            mine = by_cause[:, arm, c]
            survival, _ = product_limit(n, d, table.all_fail[:, arm])
            estimate, variance = _gray(n, mine, d - mine, survival)
            keep = mine > 0
            keep[np.flatnonzero(table.present[:, arm])[-1]] = True
            curves.append(
                IncidenceCurve(label, cause, table.times[keep], estimate[keep], variance[keep])
            )
    return CumulativeIncidence(tuple(curves), data.unit)


def aalen_johansen(data: TimeToEvent, *, ci: Scale = "log", level: float = 0.95) -> AalenJohansen:
    """Estimate the probability of being event free, and of each cause, at all times of each arm.

    data      event (n,): 0 censored, 1.. the cause. Weights and late entry are used.
    Returns   probabilities (times, states) with infinitesimal-jackknife standard errors and
              pointwise limits; limits are NaN where the probability is 0.
    Raises    NotEnoughData when no event was seen, or an arm has no row; InvalidData when a
              subject has several rows.

    Source    Aalen & Johansen 1978; Efron 1982 for the jackknife; agrees with survfit for
              multi-state data, R survival 3.5-3.

    >>> found = aalen_johansen(TimeToEvent([60, 120, 400, 400], [2, 1, 0, 0]))
    >>> found.curves[0].probability[-1].tolist()
    [0.5, 0.25, 0.25]
    """
    check_scale(ci)
    if data.subject is not None and len(set(data.subject)) < data.n:
        raise InvalidData("a subject has several rows; give one row per subject")
    causes = _causes(data)
    table = risk_table(data)
    by_cause = _events_by_cause(data, causes)
    curves = tuple(
        arm_states(data, table, arm, by_cause[:, arm], causes, ci=ci, level=level)
        for arm in range(len(table.labels))
    )
    return AalenJohansen((0, *causes), curves, ci, level, data.unit)


def _causes(data: TimeToEvent) -> tuple[int, ...]:
    if not data.causes:
        raise NotEnoughData("no event was seen; a cumulative incidence needs at least one")
    return data.causes


def _events_by_cause(data: TimeToEvent, causes: tuple[int, ...]) -> Floats:
    """Return sums of weights (times, arms, causes) of rows with an event of each cause."""
    order = ordering(data)
    m, k, c = len(order.times), max(len(data.arm_labels), 1), len(causes)
    failed = np.flatnonzero(data.event)
    cell = order.rank[failed] * k
    if data.arm is not None:
        cell += data.arm[failed]
    cell = cell * c + np.searchsorted(causes, data.event[failed])
    weight = None if data.weight is None else data.weight[failed]
    return np.bincount(cell, weight, minlength=m * k * c).astype(np.float64).reshape(m, k, c)


def _gray(n: Floats, mine: Floats, others: Floats, survival: Floats) -> tuple[Floats, Floats]:
    """Return cumulative incidence (m,) and Gray's variance (m,).

    By the delta method the variance at t sums, over event times u <= t, the squares of
      cause of interest: S(u-)/n (1 - (F(t) - F(u)) / S(u)),   other: S(u-)/n (F(t) - F(u)) / S(u)
    times the number of events, corrected for ties; expanded in powers of F(t).
    """
    n = np.where(n > 0, n, 1.0)
    before = np.concatenate(([1.0], survival[:-1]))
    estimate: Floats = np.cumsum(before * mine / n)
    inverse = np.divide(1.0, survival, out=np.zeros(len(n)), where=survival > 0)
    own = (before / n) ** 2 * mine * _tied(mine, n)
    other = (before / n) ** 2 * others * _tied(others, n) * (survival > 0)
    own_slope, other_slope = 1 + estimate * inverse, estimate * inverse
    square = np.cumsum(own * own_slope**2 + other * other_slope**2)
    mixed = np.cumsum((own * own_slope + other * other_slope) * inverse)
    quadratic = np.cumsum((own + other) * inverse**2)
    variance = square - 2 * estimate * mixed + estimate**2 * quadratic
    return estimate, np.maximum(variance, 0.0)


def _tied(d: Floats, n: Floats) -> Floats:
    """Return 1 - (d - 1) / (n - 1) where d > 1, else 1."""
    several = (d > 1) & (n > 1)
    return 1 - np.divide(d - 1, n - 1, out=np.zeros(len(d)), where=several)


def _at(curve: IncidenceCurve, asked: Floats) -> IncidenceCurve:
    step = last_step(curve.time, asked)
    after = asked > curve.time[-1]
    estimate, variance = (
        np.where(after, np.nan, at_times(values, step, 0.0))
        for values in (curve.estimate, curve.variance)
    )
    return IncidenceCurve(curve.label, curve.cause, asked, estimate, variance)
