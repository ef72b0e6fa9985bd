"""Power of weighted log-rank, restricted mean and milestone tests under any piecewise hazards.

The integrals over follow-up run over panels bounded by every time at which a hazard or the
accrual changes; inside a panel everything is smooth and 20 Gauss-Legendre points are exact.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from adjuvant.core import Floats, InvalidInput, NotEstimable
from adjuvant.design.assumptions import TrialAssumptions, check_ratio
from adjuvant.design.group_sequential import check_level

__all__ = [
    "LogRankScores",
    "SurvivalDifferencePower",
    "WeightedLogRankPower",
    "milestone_survival_power",
    "restricted_mean_survival_power",
    "weighted_log_rank_power",
    "weighted_log_rank_sample_size",
]

_POINTS = 20


@dataclass(frozen=True)
class WeightedLogRankPower:
    """A weighted log-rank test at a calendar time: expected score, its variance, its power."""

    score_mean: float
    information: float
    power: float


@dataclass(frozen=True)
class SurvivalDifferencePower:
    """A difference of restricted means or of survival at a horizon.

    experimental, control   the two quantities; difference = experimental - control.
    information             1 over the variance of the estimated difference.
    """

    experimental: float
    control: float
    difference: float
    information: float
    power: float


def weighted_log_rank_power(
    trial: TrialAssumptions,
    time: float,
    *,
    rho: float = 0.0,
    gamma: float = 0.0,
    alpha: float = 0.025,
) -> WeightedLogRankPower:
    """Return the power of a one-sided Fleming-Harrington test at a calendar time.

    rho, gamma   of the weight S^rho (1 - S)^gamma, S the pooled survival; 0, 0 is log-rank.
    Raises       InvalidInput for a time not above 0 or a power of the weight below 0;
                 NotEstimable when no event is expected by then.
    Source       Yung & Liu 2020; agrees with gsDesign2 1.1 and lrstat 0.3.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(weighted_log_rank_power(trial, 36).power, 4)
    0.7127
    """
    check_level(alpha, 1)
    check_ratio("time", time)
    if not (0 <= rho < math.inf and 0 <= gamma < math.inf):
        raise InvalidInput(f"rho {rho} and gamma {gamma}; expected numbers from 0 on")
    scores = LogRankScores.of(trial, time)
    score, information = scores.moments(scores.fleming_harrington(rho, gamma))
    if not information > 0:
        raise NotEstimable(f"no event is expected by {time:g}: the test has no power yet")
    power = float(ndtr(score / math.sqrt(information) + ndtri(alpha)))
    return WeightedLogRankPower(score, information, power)


def weighted_log_rank_sample_size(
    trial: TrialAssumptions,
    time: float,
    *,
    rho: float = 0.0,
    gamma: float = 0.0,
    alpha: float = 0.025,
    power: float = 0.8,
) -> float:
    """Return the patients (not rounded) that give the test its power at a calendar time.

    The accrual of `trial` gives the shape and duration; its number of patients does not matter.
    Raises    as `weighted_log_rank_power`; NotEstimable when the effect is in favour of control.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(weighted_log_rank_sample_size(trial, 36, power=0.7127))
    300
    """
    found = weighted_log_rank_power(trial, time, rho=rho, gamma=gamma, alpha=alpha)
    if not found.score_mean > 0:
        raise NotEstimable("the weighted effect favours control: no size shows the contrary")
    wanted = -float(ndtri(alpha) + ndtri(1 - power))
    ratio = wanted**2 * found.information / found.score_mean**2
    return trial.accrual.subjects * ratio


def restricted_mean_survival_power(
    trial: TrialAssumptions, time: float, horizon: float, *, alpha: float = 0.025
) -> SurvivalDifferencePower:
    """Return the power of a one-sided test of restricted mean survival up to a horizon.

    time      calendar time of the analysis.
    horizon   since entry; below `time`, so that some are followed so long.
    Raises    InvalidInput otherwise.
    Source    Luo, Huang & Quan 2019; agrees with lrstat 0.3.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(restricted_mean_survival_power(trial, 48, 24).power, 4)
    0.6694
    """
    experimental, control = trial.experimental_hazard, trial.control_hazard
    mean_e = float(experimental.restricted_mean(horizon))
    mean_c = float(control.restricted_mean(horizon))
    return _difference_power(
        trial,
        time,
        horizon,
        alpha,
        values=(mean_e, mean_c),
        left=(
            lambda u: mean_e - experimental.restricted_mean(u),
            lambda u: mean_c - control.restricted_mean(u),
        ),
    )


def milestone_survival_power(
    trial: TrialAssumptions, time: float, horizon: float, *, alpha: float = 0.025
) -> SurvivalDifferencePower:
    """Return the power of a one-sided test of the survival at a horizon (a milestone).

    time, horizon, Raises    as `restricted_mean_survival_power`.
    Source    Greenwood's variance in expectation; agrees with lrstat 0.3.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(milestone_survival_power(trial, 48, 24).power, 4)
    0.6802
    """
    s_e = float(trial.experimental_hazard.survival(horizon))
    s_c = float(trial.control_hazard.survival(horizon))
    return _difference_power(
        trial,
        time,
        horizon,
        alpha,
        values=(s_e, s_c),
        left=(lambda u: np.full_like(u, s_e), lambda u: np.full_like(u, s_c)),
    )


def _difference_power(
    trial: TrialAssumptions,
    time: float,
    horizon: float,
    alpha: float,
    *,
    values: tuple[float, float],
    left: tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]],
) -> SurvivalDifferencePower:
    """Return the power for values (experimental, control) with influence `left` at a time."""
    check_level(alpha, 1)
    if not 0 < horizon < time < math.inf or not trial.accrual.by(time - horizon) > 0:
        raise InvalidInput(
            f"horizon {horizon} and time {time}: nobody is followed so long; expected a horizon "
            "above 0 and a later time of analysis"
        )
    grid = _Grid.over(trial, time, horizon)
    entered = grid.values(lambda u: trial.accrual.by(time - u))
    at_risk = _at_risk_shares(trial)
    hazards = trial.experimental_hazard, trial.control_hazard
    variance = 0.0
    for share, hazard, weight in zip(reversed(at_risk), hazards, left, strict=True):
        n = grid.values(share) * entered
        variance += grid.integral(grid.values(weight) ** 2 * grid.values(hazard.at) / n)
    if not variance > 0:
        raise NotEstimable(f"no event is expected by the horizon {horizon:g}")
    difference = values[0] - values[1]
    power = float(ndtr(difference / math.sqrt(variance) + ndtri(alpha)))
    return SurvivalDifferencePower(values[0], values[1], difference, 1 / variance, power)


def _at_risk_shares(
    trial: TrialAssumptions,
) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """Return, for control and experimental, the share of all patients in it and still there."""
    q = trial.experimental_share

    def control(u: Floats) -> Floats:
        return (1 - q) * trial.control_hazard.survival(u) * trial.control_dropout.survival(u)

    def experimental(u: Floats) -> Floats:
        lost = trial.experimental_dropout.survival(u)
        return q * trial.experimental_hazard.survival(u) * lost

    return control, experimental


@dataclass(frozen=True, eq=False)
class LogRankScores:
    """What every weighted log-rank test integrates over follow-up; arrays (panels, 20).

    hazard     pooled cumulative hazard at the points, of who is at risk; `rate` the hazard itself.
    gain       expected score per unit of weight, variance its variance.
    """

    grid: "_Grid"
    rate: Floats
    hazard: Floats
    gain: Floats
    variance: Floats

    @classmethod
    def of(
        cls, trial: TrialAssumptions, time: float, *, cuts: Sequence[float] = ()
    ) -> "LogRankScores":
        """Return the integrands up to a calendar time; `cuts` are times at which a weight bends."""
        grid = _Grid.over(trial, time, time, cuts)
        # The accrual cancels from all ratios of the arms.
        control, experimental = (grid.values(f) for f in _at_risk_shares(trial))
        lambda_c = grid.values(trial.control_hazard.at)
        lambda_e = grid.values(trial.experimental_hazard.at)
        hazard = control * lambda_c + experimental * lambda_e
        share = experimental / (control + experimental)
        rate = hazard / (control + experimental)
        entered = grid.values(lambda u: trial.accrual.by(time - u))
        return cls(
            grid,
            rate,
            grid.cumulated(rate),
            -entered * (experimental * lambda_e - share * hazard),
            entered * share * (1 - share) * hazard,
        )

    def fleming_harrington(self, rho: float, gamma: float) -> Floats:
        """Return the weights S^rho (1 - S)^gamma at the points."""
        weights: Floats = np.exp(-rho * self.hazard) * (-np.expm1(-self.hazard)) ** gamma
        return weights

    def modestly_weighted(self, delay: float) -> Floats:
        """Return the weights 1 / max(S, S(delay)); the delay must be among the cuts."""
        before = self.grid.points < delay
        by_delay = self.grid.integral(np.where(before, self.rate, 0.0))
        weights: Floats = np.exp(np.minimum(self.hazard, by_delay))
        return weights

    def moments(self, weight: Floats) -> tuple[float, float]:
        """Return expectation and variance of the weighted score."""
        return self.grid.integral(weight * self.gain), self.covariance(weight, weight)

    def covariance(self, one: Floats, other: Floats) -> float:
        """Return the covariance of two weighted scores."""
        return self.grid.integral(one * other * self.variance)


@dataclass(frozen=True, eq=False)
class _Grid:
    """Gauss-Legendre panels over follow-up: points (panels, 20), half the width of each panel."""

    points: Floats
    half: Floats

    @classmethod
    def over(
        cls, trial: TrialAssumptions, time: float, end: float, cuts: Sequence[float] = ()
    ) -> "_Grid":
        """Return panels from 0 to `end`, bounded by every change of hazard or accrual.

        1/n grows like 1/(time - u): panels shrink towards `time` as far as `end` comes near it.
        """
        accrual = trial.accrual
        entry = time - np.array([*accrual.times, accrual.duration])
        near = max(time - end, 1e-6 * time)
        graded = time - near * 2.0 ** np.arange(math.ceil(math.log2(time / near)))
        # (1 - S)^gamma is like u^gamma near 0.
        early = end * 4.0 ** -np.arange(1, 22)
        even = np.linspace(0.0, end, 9)
        inner = np.unique(np.concatenate([trial.breaks, entry, graded, early, even, cuts]))
        edges = np.concatenate([[0.0], inner[(inner > 0) & (inner < end)], [end]])
        half = 0.5 * np.diff(edges)[:, None]
        points, _, _ = _rule()
        return cls(0.5 * (edges[1:] + edges[:-1])[:, None] + half * points, half)

    def values(self, function: Callable[[Floats], Floats]) -> Floats:
        """Return the function at the points."""
        return np.asarray(function(self.points), dtype=np.float64)

    def integral(self, values: Floats) -> float:
        """Return the integral from 0 to the end."""
        return float(np.sum(self.half[:, 0] * (values @ _rule()[1])))

    def cumulated(self, values: Floats) -> Floats:
        """Return the integral from 0 to each point."""
        _, weights, inner = _rule()
        whole = self.half[:, 0] * (values @ weights)
        before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])[:, None]
        cumulated: Floats = before + self.half * (values @ inner.T)
        return cumulated


@cache
def _rule() -> tuple[Floats, Floats, Floats]:
    """Return points, weights and the matrix that integrates from -1 to each point."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    order = np.arange(_POINTS)
    values = np.polynomial.legendre.legvander(points, _POINTS)
    # Coefficients of the interpolating Legendre series, integrated term by term.
    coefficients = (order + 0.5)[:, None] * values[:, :_POINTS].T * weights
    integrals = np.empty((_POINTS, _POINTS))
    integrals[:, 0] = points + 1
    k = order[1:]
    integrals[:, 1:] = (values[:, k + 1] - values[:, k - 1]) / (2 * k + 1)
    return points, weights, integrals @ coefficients
