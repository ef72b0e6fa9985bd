"""Miettinen-Nurminen score limits for risk difference, risk ratio and odds ratio."""

from collections.abc import Callable
from math import exp, log, sqrt

import numpy as np
from scipy.special import expit

from adjuvant.core import InvalidData, NotEstimable
from adjuvant.survival.results import normal_quantile
from adjuvant.survival.root import falling_root
from adjuvant.survival.two_by_two import Measure, Proportion, TwoByTwo

__all__ = ["Measure", "miettinen_nurminen"]


def miettinen_nurminen(
    table: TwoByTwo, level: float = 0.95, *, measure: Measure = "difference"
) -> Proportion:
    """Return the risk difference, risk ratio or odds ratio with score limits.

    The limits are the values at which the score statistic, with the risks estimated under that
    value and the variance multiplied by N / (N - 1), equals the normal quantile squared.
    Raises    NotEstimable for a ratio when no arm has an event (or for an odds ratio, when no
              arm lacks one); InvalidData for an unknown measure or fewer than 2 subjects.
    Source    Miettinen & Nurminen 1985; Newcombe 1998, method 6: 56/70 v 48/80, 0.0528-0.3382.

    >>> [round(limit, 4) for limit in miettinen_nurminen(TwoByTwo(56, 70, 48, 80)).ci]
    [0.0528, 0.3382]
    """
    z2 = normal_quantile(level) ** 2
    if measure not in _STATISTIC:
        raise InvalidData(f"no measure {measure!r}; choose {', '.join(_STATISTIC)}")
    statistic = _STATISTIC[measure]
    estimate = _estimate(table, measure)

    def excess(value: float) -> float:
        return statistic(table, value) - z2

    if measure == "difference":
        lower = -1.0 if estimate == -1 else -_solve(lambda v: excess(-v), -estimate, 1.0)
        upper = 1.0 if estimate == 1 else _solve(excess, estimate, 1.0)
    else:
        lower, upper = _ratio_limits(excess, estimate)
    return Proportion(estimate, (lower, upper), level, "Miettinen-Nurminen score", measure)


def _estimate(table: TwoByTwo, measure: Measure) -> float:
    p1, p0 = table.risk_treatment, table.risk_control
    if measure == "difference":
        return p1 - p0
    if p1 == p0 == 0 or (measure == "odds_ratio" and p1 == p0 == 1):
        raise NotEstimable("nobody or everybody has the event; no ratio can be estimated")
    above, below = (p1, p0) if measure == "ratio" else (p1 * (1 - p0), p0 * (1 - p1))
    return above / below if below > 0 else float("inf")


def _solve(excess: Callable[[float], float], inner: float, outer: float) -> float:
    """Root of an increasing function between the estimate and the end of the scale."""
    edge = outer - 1e-15
    if excess(edge) <= 0:
        return outer
    return falling_root(lambda v: -excess(v), inner, edge)


def _ratio_limits(excess: Callable[[float], float], estimate: float) -> tuple[float, float]:
    centre = log(estimate) if 0 < estimate < float("inf") else 0.0
    low, high = 0.0, float("inf")
    if estimate > 0:
        start = centre if estimate < float("inf") else 300.0
        low = exp(-falling_root(lambda v: -excess(exp(-v)), -start, 300.0))
    if estimate < float("inf"):
        start = centre if estimate > 0 else -300.0
        high = exp(falling_root(lambda v: -excess(exp(v)), start, 300.0))
    return low, high


def _difference_statistic(table: TwoByTwo, value: float) -> float:
    n1, n0 = table.n_treatment, table.n_control
    p0 = _restricted_risk(table, value)
    p1 = min(max(p0 + value, 0.0), 1.0)
    variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    return _score(table.risk_treatment - table.risk_control - value, variance, table.n)


def _restricted_risk(table: TwoByTwo, difference: float) -> float:
    """Return the control risk of maximum likelihood when risks differ by `difference`."""
    e1, n1, e0, n0 = (
        table.events_treatment,
        table.n_treatment,
        table.events_control,
        table.n_control,
    )

    def slope(p: float) -> float:
        parts = (
            (e1, p + difference),
            (e0, p),
            (-(n1 - e1), 1 - p - difference),
            (-(n0 - e0), 1 - p),
        )
        return sum(count / max(share, 1e-300) for count, share in parts if count)

    return falling_root(slope, max(0.0, -difference), min(1.0, 1.0 - difference))


def _ratio_statistic(table: TwoByTwo, value: float) -> float:
    n1, n0, events = table.n_treatment, table.n_control, table.events
    b = n1 * value + table.events_treatment + n0 + table.events_control * value
    root = sqrt(max(b * b - 4 * table.n * value * events, 0.0))
    p0 = 2 * events / (b + root)  # The smaller root, without cancellation.
    p1 = min(value * p0, 1.0)
    variance = p1 * (1 - p1) / n1 + value * value * p0 * (1 - p0) / n0
    return _score(table.risk_treatment - value * table.risk_control, variance, table.n)


def _odds_statistic(table: TwoByTwo, value: float) -> float:
    """Score statistic of an odds ratio; risks stay logits, so that 1 - p keeps its digits."""
    n1, n0 = table.n_treatment, table.n_control
    e1, e0, shift = table.events_treatment, table.events_control, log(value)

    def unexplained(logit: float) -> float:
        """Observed minus expected events in both arms, without cancellation."""
        treatment, control = logit + shift, logit
        gained = e1 * expit(-treatment) + e0 * expit(-control)
        return float(gained - (n1 - e1) * expit(treatment) - (n0 - e0) * expit(control))

    logit = falling_root(unexplained, -abs(shift) - 100, abs(shift) + 100)
    p1, q1 = float(expit(logit + shift)), float(expit(-logit - shift))
    p0, q0 = float(expit(logit)), float(expit(-logit))
    if min(p1 * q1, p0 * q0) <= 0:
        return float("inf")
    # The arms' excesses cancel; the smaller of the two carries the smaller rounding error.
    distance = min(abs(e1 * q1 - (n1 - e1) * p1), abs(e0 * q0 - (n0 - e0) * p0))
    return distance**2 * (1 / (n1 * p1 * q1) + 1 / (n0 * p0 * q0)) * (table.n - 1) / table.n


def _score(distance: float, variance: float, n: int) -> float:
    if distance == 0:
        return 0.0
    if variance <= 0:
        return float("inf")
    return float(np.square(distance) / (variance * n / max(n - 1, 1)))


_STATISTIC: dict[str, Callable[[TwoByTwo, float], float]] = {
    "difference": _difference_statistic,
    "ratio": _ratio_statistic,
    "odds_ratio": _odds_statistic,
}
