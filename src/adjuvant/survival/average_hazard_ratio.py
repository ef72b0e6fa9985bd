"""The average hazard ratio: one number for two arms whose hazards need not be proportional."""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import kaplan_meier
from adjuvant.survival.results import Effect
from adjuvant.survival.risk_table import RiskTable, require_two_arms, risk_table

__all__ = ["AverageHazardRatio", "average_hazard_ratio"]


@dataclass(frozen=True)
class AverageHazardRatio:
    """Treatment v control (arm 1 v arm 0) up to tau.

    treatment_first, control_first  chances that, of a pair of one subject from each arm, the
                                    treated or the control one has its event first, by tau.
    ratio                           treatment_first / control_first, tested on the log scale.
    """

    tau: float
    level: float
    treatment_first: float
    control_first: float
    ratio: Effect

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def average_hazard_ratio(
    data: TimeToEvent, tau: float | None = None, *, level: float = 0.95
) -> AverageHazardRatio:
    """Estimate the hazard ratio averaged with weight S1(t) S0(t), up to tau.

    tau       the horizon in the data's unit; None takes the smaller of the arms' last times.
    Returns   the ratio of the integrals of S0 dF1 and S1 dF0 with Kaplan-Meier curves; a tie
              counts half to each arm. Under proportional hazards it estimates the hazard ratio.
    Raises    NotEnoughData when tau lies beyond the follow-up of an arm whose curve is above 0,
              or an arm has no row; NotEstimable when one arm has no event by tau; InvalidData
              for other than two arms.

    Source    Kalbfleisch & Prentice 1981 (Biometrika 68:105); variance by the delta method from
              Greenwood's terms of both curves.

    >>> data = TimeToEvent([1, 4, 2, 3], [1, 1, 1, 1], arm=[0, 0, 1, 1])
    >>> average_hazard_ratio(data).treatment_first
    0.5
    """
    require_two_arms(data, "the average hazard ratio")
    horizon = _horizon(data, tau)
    table = risk_table(data)
    used = table.times <= horizon
    arms = [_curve(table, arm, used) for arm in (0, 1)]
    first = [float(np.sum(_middle(arms[1 - a]) * arms[a].falls)) for a in (0, 1)]
    if min(first) <= 0:
        raise NotEstimable(f"an arm has no event by {horizon:g}; the ratio is 0 or infinite")
    variance = 0.0
    for a in (0, 1):
        own, other = _changes(arms[a], arms[1 - a])
        variance += float(np.sum((own / first[a] - other / first[1 - a]) ** 2 * arms[a].greenwood))
    if variance <= 0:
        raise NotEstimable("the average hazard ratio has no variance; too few events by tau")
    ratio = Effect.of_log_ratio(log(first[1] / first[0]), sqrt(variance), level)
    return AverageHazardRatio(horizon, level, first[1], first[0], ratio)


@dataclass(frozen=True, eq=False)
class _Curve:
    """One arm at the times used (m,): survival after and before, its falls, Greenwood's terms."""

    after: Floats
    before: Floats
    falls: Floats
    greenwood: Floats


def _curve(table: RiskTable, arm: int, used: np.ndarray) -> _Curve:
    n, d = table.at_risk[used, arm], table.events[used, arm]
    all_fail = table.all_fail[used, arm]
    left = n - d
    factor = np.divide(left, n, out=np.ones(len(n)), where=n > 0)
    factor[all_fail] = 0.0
    after = np.multiply.accumulate(factor)
    before = np.concatenate(([1.0], after[:-1]))
    varies = (d > 0) & ~all_fail
    greenwood = np.divide(d, n * left, out=np.zeros(len(n)), where=varies)
    return _Curve(after, before, before - after, greenwood)


def _middle(curve: _Curve) -> Floats:
    middle: Floats = 0.5 * (curve.before + curve.after)
    return middle


def _changes(own: _Curve, other: _Curve) -> tuple[Floats, Floats]:
    """Return how both integrals move when one arm's hazard at a time rises a little.

    A rise by e at u multiplies the arm's curve by 1 - e from u on: its own fall at u grows by
    e S(u), its later falls shrink, and the other arm's falls from u on meet fewer survivors.
    """
    rest = np.cumsum((_middle(other) * own.falls)[::-1])[::-1] - _middle(other) * own.falls
    mine: Floats = _middle(other) * own.after - rest
    met = _middle(own) * other.falls
    later = np.cumsum(met[::-1])[::-1] - met
    theirs: Floats = -later - 0.5 * own.after * other.falls
    return mine, theirs


def _horizon(data: TimeToEvent, tau: float | None) -> float:
    curves = kaplan_meier(data).curves
    if tau is None:
        return min(float(curve.time[-1]) for curve in curves)
    if not tau > 0:
        raise InvalidData(f"tau is {tau}; give a horizon above 0 in the data's unit")
    for curve in curves:
        if tau > curve.time[-1] and curve.survival[-1] > 0:
            raise NotEnoughData(
                f"the horizon {tau:g} lies beyond the follow-up of arm {curve.label!r}, which "
                f"ends at {curve.time[-1]:g}; choose an earlier one"
            )
    return float(tau)
