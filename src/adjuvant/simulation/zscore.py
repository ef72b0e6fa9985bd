"""The tests of a trial asked of `survival`, one data set at a time; Z > 0 favours experimental."""

from math import isfinite, log

import numpy as np
from scipy.special import ndtri

from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.simulation.trial_tests import (
    CoxTest,
    LogRankTest,
    MaxComboTest,
    MilestoneTest,
    OwnTest,
    RmstTest,
    Test,
)
from adjuvant.survival import (
    FlemingHarrington,
    ModestlyWeighted,
    SurvivalCurve,
    cox,
    kaplan_meier,
    max_combo,
    weighted_log_rank,
)

__all__ = ["z_score"]


def z_score(test: Test, data: TimeToEvent) -> float:
    """Return Z of a test on the data of one look.

    data      arms 0 (control) and 1; strata if the test is stratified; cause 1 is of interest and
              every other cause ends the time at risk.
    Raises    NotEnoughData or NotEstimable where `survival` does: nothing can be compared;
              InvalidInput where a test of the user's own gives no finite number.

    >>> data = TimeToEvent([1, 2, 3, 4], [1, 1, 1, 0], arm=[0, 0, 1, 1])
    >>> round(z_score(LogRankTest(), data), 4)
    1.6977
    """
    if isinstance(test, OwnTest):
        return _own(test, data)
    alone = data.cause(1)
    if isinstance(test, LogRankTest):
        weight = (
            FlemingHarrington(test.rho, test.gamma)
            if test.delay is None
            else ModestlyWeighted(test.delay)
        )
        result = weighted_log_rank(alone, weight)
        return 0.0 if result.z is None else -float(result.z)
    if isinstance(test, MaxComboTest):
        return float(-ndtri(max_combo(alone, test.weights).p_one_sided))
    if isinstance(test, CoxTest):
        fit = cox(alone)
        return (log(test.null_hazard_ratio) - float(fit.coef[0])) / float(fit.se[0])
    if isinstance(test, RmstTest):
        return _difference(alone, test.horizon, milestone=False)
    assert isinstance(test, MilestoneTest)
    return _difference(alone, test.time, milestone=True)


def _own(test: OwnTest, data: TimeToEvent) -> float:
    z = float(test.function(data))
    if not isfinite(z):
        raise InvalidInput(
            f"the test {test.name!r} gave {z} for {data.n} patients with {data.events} events; "
            "expected a finite number, or NotEnoughData where nothing can be compared"
        )
    return z


def _difference(data: TimeToEvent, horizon: float, milestone: bool) -> float:
    """Return Z of the arms' difference in mean or survival to a time, Greenwood's variance."""
    if data.arm is None or not set(data.arm.tolist()) >= {0, 1}:
        raise NotEnoughData("an arm has no patients; Z needs both")
    control, experimental = (
        _summary(curve, horizon, milestone) for curve in kaplan_meier(data).curves
    )
    variance = control[1] + experimental[1]
    return (experimental[0] - control[0]) / float(np.sqrt(variance)) if variance > 0 else 0.0


def _summary(curve: SurvivalCurve, horizon: float, milestone: bool) -> tuple[float, float]:
    inside = (curve.time <= horizon) & (curve.events > 0)
    time = np.append(curve.time[inside], horizon)
    n, d = curve.number_at_risk[inside], curve.events[inside]
    survival = np.append(1.0, curve.survival[inside])
    relative = np.divide(d, n * (n - d), out=np.zeros(len(n)), where=n > d)
    if milestone:
        return float(survival[-1]), float(survival[-1] ** 2 * relative.sum())
    areas = survival * np.diff(time, prepend=0.0)
    beyond = areas.sum() - np.cumsum(areas)[:-1]
    return float(areas.sum()), float(np.sum(beyond**2 * relative))
