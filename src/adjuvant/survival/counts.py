"""Two-by-two tables: effects, limits and tests on events among all in two arms."""

from dataclasses import dataclass
from math import exp, sqrt

from adjuvant.core import NotEnoughData, NotEstimable
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.fisher import FisherExact, fisher_exact
from adjuvant.survival.mantel_haenszel import MantelHaenszel, cochran_mantel_haenszel
from adjuvant.survival.results import TestResult, normal_quantile
from adjuvant.survival.score_limits import Measure, miettinen_nurminen
from adjuvant.survival.two_by_two import Proportion, TwoByTwo

__all__ = [
    "ChiSquare",
    "FisherExact",
    "MantelHaenszel",
    "Measure",
    "Proportion",
    "TwoByTwo",
    "chi_square",
    "cochran_mantel_haenszel",
    "fisher_exact",
    "miettinen_nurminen",
    "newcombe",
    "odds_ratio",
    "relative_risk",
    "risk_difference",
]


@dataclass(frozen=True)
class ChiSquare:
    """Pearson's chi-square test without and with Yates's correction, on 1 df."""

    pearson: TestResult
    yates: TestResult

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def risk_difference(table: TwoByTwo, level: float = 0.95) -> Proportion:
    """Return the risk difference with Wald's limits (unpooled variance, no correction).

    Wald's limits are degenerate when a risk is 0 or 1; `miettinen_nurminen` and `newcombe` are
    not. Agrees with prop.test(correct = FALSE), R 4.2.

    >>> round(risk_difference(TwoByTwo(45, 76, 57, 74)).estimate, 4)
    -0.1782
    """
    p1, p0 = table.risk_treatment, table.risk_control
    variance = p1 * (1 - p1) / table.n_treatment + p0 * (1 - p0) / table.n_control
    half = normal_quantile(level) * sqrt(variance)
    limits = (max(p1 - p0 - half, -1.0), min(p1 - p0 + half, 1.0))
    return Proportion(p1 - p0, limits, level, "Wald, unpooled")


def relative_risk(table: TwoByTwo, level: float = 0.95) -> Proportion:
    """Return the ratio of risks with limits on the log scale (Katz et al. 1978).

    Raises    NotEstimable when an arm has no event: use `miettinen_nurminen(measure="ratio")`.

    >>> round(relative_risk(TwoByTwo(45, 76, 57, 74)).estimate, 4)
    0.7687
    """
    if table.events_treatment == 0 or table.events_control == 0:
        raise NotEstimable(
            "an arm has no event: the log of the ratio has no variance; "
            'use miettinen_nurminen(table, measure="ratio")'
        )
    variance = 1 / table.events_treatment - 1 / table.n_treatment
    variance += 1 / table.events_control - 1 / table.n_control
    ratio = table.risk_treatment / table.risk_control
    return Proportion(ratio, _log_limits(ratio, variance, level), level, "Katz, log", "ratio")


def odds_ratio(table: TwoByTwo, level: float = 0.95) -> Proportion:
    """Return the ratio of odds with Woolf's limits on the log scale.

    Raises    NotEstimable when a cell is 0: use `miettinen_nurminen` or `fisher_exact`.

    >>> round(odds_ratio(TwoByTwo(45, 76, 57, 74)).estimate, 4)
    0.4329
    """
    a, c = table.events_treatment, table.events_control
    b, d = table.n_treatment - a, table.n_control - c
    if 0 in (a, b, c, d):
        raise NotEstimable(
            "a cell of the table is 0: the log of the odds ratio has no variance; "
            'use fisher_exact or miettinen_nurminen(table, measure="odds_ratio")'
        )
    ratio, variance = a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d
    return Proportion(ratio, _log_limits(ratio, variance, level), level, "Woolf, log", "odds_ratio")


def _log_limits(ratio: float, variance: float, level: float) -> tuple[float, float]:
    half = normal_quantile(level) * sqrt(variance)
    return ratio * exp(-half), ratio * exp(half)


def chi_square(table: TwoByTwo) -> ChiSquare:
    """Return Pearson's chi-square test, without and with Yates's correction (chisq.test in R).

    Raises    NotEnoughData when nobody or everybody has the event.

    >>> round(chi_square(TwoByTwo(45, 76, 57, 74)).pearson.chi_square, 4)
    5.4694
    """
    if table.events in (0, table.n):
        raise NotEnoughData("nobody or everybody has the event; there is nothing to test")
    share = table.events / table.n
    excess = abs(table.events_treatment - table.n_treatment * share)
    information = 1 / table.n_treatment + 1 / table.n_control
    information /= share * (1 - share)
    corrected = excess - min(0.5, excess)
    return ChiSquare(
        TestResult.of(excess**2 * information, 1), TestResult.of(corrected**2 * information, 1)
    )


def newcombe(table: TwoByTwo, level: float = 0.95) -> Proportion:
    """Return the risk difference with Newcombe's hybrid score limits (square-and-add, Wilson).

    Source    Newcombe 1998 (Stat Med 17:873), method 10; his 56/70 v 48/80: 0.0524 to 0.3339.

    >>> [round(limit, 4) for limit in newcombe(TwoByTwo(56, 70, 48, 80)).ci]
    [0.0524, 0.3339]
    """
    z = normal_quantile(level)
    p1, p0 = table.risk_treatment, table.risk_control
    low1, high1 = _wilson(p1, table.n_treatment, z)
    low0, high0 = _wilson(p0, table.n_control, z)
    lower = p1 - p0 - sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2)
    upper = p1 - p0 + sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)
    return Proportion(p1 - p0, (lower, upper), level, "Newcombe, hybrid score")


def _wilson(p: float, n: int, z: float) -> tuple[float, float]:
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Exact at the ends: rounding must not leave 1e-17 where the limit is 0 or 1.
    return (0.0 if p == 0 else centre - half), (1.0 if p == 1 else centre + half)
