"""Two-by-two tables in strata: Cochran-Mantel-Haenszel test and common effects."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from adjuvant.core import Floats, NotEnoughData, NotEstimable
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.results import TestResult, normal_quantile
from adjuvant.survival.two_by_two import Proportion, TwoByTwo

__all__ = ["MantelHaenszel", "cochran_mantel_haenszel"]


@dataclass(frozen=True)
class MantelHaenszel:
    """The stratified test, and the common effects, treatment v control.

    test        without continuity correction; corrected with it (R's default).
    odds_ratio  limits by Robins, Breslow & Greenland; risk_ratio by Greenland & Robins;
                risk_difference by Sato. None when the strata hold too few events for it.
    """

    test: TestResult
    corrected: TestResult
    odds_ratio: Proportion | None
    risk_ratio: Proportion | None
    risk_difference: Proportion

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def cochran_mantel_haenszel(tables: Sequence[TwoByTwo], level: float = 0.95) -> MantelHaenszel:
    """Test for a common effect over strata, one table a stratum, and estimate it.

    Raises    NotEnoughData without a table, or when no stratum varies in its outcome.
    Source    Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986; Greenland & Robins 1985;
              Sato 1989. Test and odds ratio agree with mantelhaen.test, R 4.2.

    >>> found = cochran_mantel_haenszel([TwoByTwo(10, 20, 5, 20), TwoByTwo(8, 20, 4, 20)])
    >>> round(found.test.chi_square, 4)
    4.443
    """
    if not tables:
        raise NotEnoughData("there is no stratum; give at least one two-by-two table")
    a, n1, c, n0 = (
        np.array([getattr(t, name) for t in tables], dtype=np.float64)
        for name in ("events_treatment", "n_treatment", "events_control", "n_control")
    )
    n, events = n1 + n0, a + c
    excess = float(np.sum(a - n1 * events / n))
    variance = float(np.sum(n1 * n0 * events * (n - events) / (n * n * np.maximum(n - 1, 1))))
    if variance == 0:
        raise NotEnoughData("in every stratum nobody or everybody has the event; nothing to test")
    corrected = abs(excess) - min(0.5, abs(excess))
    return MantelHaenszel(
        TestResult.of(excess**2 / variance, 1),
        TestResult.of(corrected**2 / variance, 1),
        _odds_ratio(a, n1 - a, c, n0 - c, level),
        _risk_ratio(a, n1, c, n0, level),
        _risk_difference(a, n1, c, n0, level),
    )


def _odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats, level: float) -> Proportion | None:
    n = a + b + c + d
    r, s = a * d / n, b * c / n
    if r.sum() == 0 or s.sum() == 0:
        return None
    p, q = (a + d) / n, (b + c) / n
    variance = np.sum(p * r) / (2 * r.sum() ** 2)
    variance += np.sum(p * s + q * r) / (2 * r.sum() * s.sum())
    variance += np.sum(q * s) / (2 * s.sum() ** 2)
    ratio = float(r.sum() / s.sum())
    limits = _limits(ratio, variance, level)
    return Proportion(ratio, limits, level, "Mantel-Haenszel, RBG", "odds_ratio")


def _risk_ratio(a: Floats, n1: Floats, c: Floats, n0: Floats, level: float) -> Proportion | None:
    n = n1 + n0
    above, below = np.sum(a * n0 / n), np.sum(c * n1 / n)
    if above == 0 or below == 0:
        return None
    variance = np.sum((n1 * n0 * (a + c) - a * c * n) / n**2) / (above * below)
    ratio = float(above / below)
    limits = _limits(ratio, variance, level)
    return Proportion(ratio, limits, level, "Mantel-Haenszel, Greenland-Robins", "ratio")


def _limits(ratio: float, variance: float, level: float) -> tuple[float, float]:
    half = normal_quantile(level) * sqrt(variance)
    return ratio * exp(-half), ratio * exp(half)


def _risk_difference(a: Floats, n1: Floats, c: Floats, n0: Floats, level: float) -> Proportion:
    n = n1 + n0
    weight = np.sum(n1 * n0 / n)
    difference = float(np.sum((a * n0 - c * n1) / n) / weight)
    p = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2
    q = (a * (n0 - c) + c * (n1 - a)) / (2 * n)
    variance = float((difference * p.sum() + q.sum()) / weight**2)
    if variance < 0:
        raise NotEstimable("Sato's variance of the common risk difference is negative")
    half = normal_quantile(level) * sqrt(variance)
    limits = (difference - half, difference + half)
    return Proportion(difference, limits, level, "Mantel-Haenszel, Sato")
