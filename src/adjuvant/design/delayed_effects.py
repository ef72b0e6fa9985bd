"""Power of the two tests made for effects that come late: modestly weighted, and MaxCombo."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from adjuvant.core import InvalidInput, NotEstimable
from adjuvant.design.assumptions import TrialAssumptions, check_ratio
from adjuvant.design.group_sequential import check_level
from adjuvant.design.nonproportional import LogRankScores, WeightedLogRankPower
from adjuvant.design.roots import root

__all__ = ["MaxComboPower", "max_combo_power", "modestly_weighted_power"]

_POINTS = 64


@dataclass(frozen=True)
class MaxComboPower:
    """MaxCombo of two Fleming-Harrington tests at a calendar time.

    means            expectation of each Z; correlation: between them.
    critical_value   that the larger Z must reach; power: the probability that it does.
    """

    means: tuple[float, float]
    correlation: float
    critical_value: float
    power: float


def modestly_weighted_power(
    trial: TrialAssumptions, time: float, *, delay: float, alpha: float = 0.025
) -> WeightedLogRankPower:
    """Return the power of the one-sided modestly weighted log-rank test at a calendar time.

    delay     since entry, until which the weight 1 / S rises; from then on it stays.
    Raises    InvalidInput for a time not above 0 or a delay below 0; NotEstimable when no event
              is expected by then.
    Source    Magirr & Burman 2019, in the expectations of Yung & Liu 2020.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(modestly_weighted_power(trial, 36, delay=0).power, 4)  # the log-rank test
    0.7127
    """
    check_level(alpha, 1)
    check_ratio("time", time)
    if not 0 <= delay < math.inf:
        raise InvalidInput(f"delay is {delay}; expected a time of 0 or later")
    scores = LogRankScores.of(trial, time, cuts=(delay,))
    score, information = scores.moments(scores.modestly_weighted(delay))
    if not information > 0:
        raise NotEstimable(f"no event is expected by {time:g}: the test has no power yet")
    power = float(ndtr(score / math.sqrt(information) + ndtri(alpha)))
    return WeightedLogRankPower(score, information, power)


def max_combo_power(
    trial: TrialAssumptions,
    time: float,
    *,
    weights: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 1.0)),
    alpha: float = 0.025,
) -> MaxComboPower:
    """Return the power of the better of two Fleming-Harrington tests, adjusted for choosing it.

    weights   (rho, gamma) of each.
    Raises    InvalidInput for weights that are none or equal; NotEstimable when no event is
              expected by then.
    Source    Lin et al. 2020; the joint law is bivariate normal (Tarone 1981).

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> found = max_combo_power(trial, 36)
    >>> 1.9600 < found.critical_value < 2.2414  # between one test and two independent ones
    True
    """
    check_level(alpha, 1)
    check_ratio("time", time)
    if weights[0] == weights[1] or min(min(pair) for pair in weights) < 0:
        raise InvalidInput(f"weights are {weights}; expected two, not below 0 and not the same")
    scores = LogRankScores.of(trial, time)
    one, other = (scores.fleming_harrington(*pair) for pair in weights)
    found = [scores.moments(weight) for weight in (one, other)]
    if not min(information for _, information in found) > 0:
        raise NotEstimable(f"no event is expected by {time:g}: the test has no power yet")
    sds = [math.sqrt(information) for _, information in found]
    means = (found[0][0] / sds[0], found[1][0] / sds[1])
    correlation = scores.covariance(one, other) / (sds[0] * sds[1])

    def excess(bound: float) -> float:
        return 1 - both_below(bound, bound, correlation) - alpha

    bound = root(excess, float(-ndtri(alpha)), float(-ndtri(alpha / 2)) + 1e-6)
    power = 1 - both_below(bound - means[0], bound - means[1], correlation)
    return MaxComboPower(means, correlation, bound, power)


def both_below(h: float, k: float, correlation: float) -> float:
    """Return the probability that two standard normals with a correlation lie below h and k.

    Source    Drezner & Wesolowsky 1990: an integral over the angle whose sine is the correlation.

    >>> round(both_below(0.0, 0.0, 0.5), 12)  # 1/4 + asin(1/2) / (2 pi)
    0.333333333333
    """
    if not -1 < correlation < 1:
        raise InvalidInput(f"correlation is {correlation}; expected a number between -1 and 1")
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    half = math.asin(correlation) / 2
    sine = np.sin(half * (points + 1))
    density = np.exp(-(h * h + k * k - 2 * h * k * sine) / (2 * (1 - sine**2)))
    return float(ndtr(h) * ndtr(k) + half * (weights @ density) / (2 * math.pi))
