"""The log-rank test for two or more arms, stratified or not, and its test for trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.log_rank_kernels import cell_counts, weighted_sums
from adjuvant.survival.results import TestResult
from adjuvant.survival.risk_table import require_rows
from adjuvant.survival.stratified_cells import StratifiedCells, stratified_cells

__all__ = ["LogRank", "TrendLogRank", "log_rank", "trend_log_rank"]


@dataclass(frozen=True, eq=False)
class LogRank:
    """Observed and expected events per arm (k,) and the test that all arms share one hazard.

    variance  (k, k) of observed - expected.
    df        arms that could have had an event, minus one.
    strata    number of strata with rows; 1 when the data are not stratified.
    score, z  two arms only: observed - expected of the treatment arm (code 1), and the same over
              its standard deviation; negative favours the treatment arm. None with more arms.
    """

    groups: tuple[str, ...]
    n: Codes
    observed: Floats
    expected: Floats
    variance: Floats
    chi_square: float
    df: int
    p_value: float
    strata: int
    score: float | None = None
    z: float | None = None

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True)
class TrendLogRank:
    """The log-rank test for trend over scores of the arms: statistic, its variance, z, test."""

    scores: tuple[float, ...]
    statistic: float
    variance: float
    z: float
    chi_square: float
    df: int
    p_value: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def log_rank(data: TimeToEvent) -> LogRank:
    """Test whether the arms share one hazard over the whole follow-up, within strata if given.

    data      n rows: time, event (any cause counts), arm (2 or more), optional stratum and entry.
    Raises    NotEnoughData if an arm has no row, no event was seen, or fewer than two arms were
              ever at risk at an event; NotEstimable when no event time separates the arms;
              InvalidData without arms, or with case weights.

    A subject censored on the day of an event still counts as at risk that day. An arm never at
    risk at an event time drops out of the test, as in R.
    Source    Mantel 1966; Peto & Peto 1972; agrees with survdiff(rho=0), R survival 3.5-3.

    >>> data = TimeToEvent([60, 120, 400, 400, 90, 100, 150, 380], [1, 1, 0, 0, 1, 1, 1, 0],
    ...                    arm=[1, 1, 1, 1, 0, 0, 0, 0], arm_labels=("CTL", "IMM"))
    >>> round(log_rank(data).chi_square, 7)
    0.2262436
    """
    counts = arm_counts(data)
    weight = np.ones(len(counts.at_risk))
    observed, expected, variance = weighted_sums(counts.at_risk, counts.events, weight)
    test = quadratic_test(observed, expected, variance)
    score, z = treatment_score(observed, expected, variance)
    return LogRank(
        data.arm_labels,
        counts.n,
        observed,
        expected,
        variance,
        test.chi_square,
        test.df,
        test.p_value,
        len(counts.cells.start) - 1,
        score,
        z,
    )


def trend_log_rank(data: TimeToEvent, scores: Sequence[float]) -> TrendLogRank:
    """Test for a trend of the hazard over scores of the arms (k,), such as doses; within strata.

    Raises    InvalidData unless there is one score per arm and not all are equal; otherwise as
              `log_rank`.
    Source    Tarone 1975; statistic sum of score x (observed - expected) on 1 df.

    >>> data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], arm=[0, 0, 1, 1, 2, 2])
    >>> trend_log_rank(data, [0, 1, 2]).statistic < 0
    True
    """
    found = log_rank(data)
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != found.observed.shape or not np.isfinite(values).all():
        raise InvalidData(f"{len(found.groups)} arms need as many scores; got {list(scores)}")
    if np.ptp(values) == 0:
        raise InvalidData("all scores are equal; a trend needs scores that differ")
    centred = values - values.mean()
    statistic = float(centred @ (found.observed - found.expected))
    variance = float(centred @ found.variance @ centred)
    if variance <= 0:
        raise NotEstimable("the trend has no variance; no event time separates arms by score")
    test = TestResult.of(statistic**2 / variance, 1)
    return TrendLogRank(
        tuple(values.tolist()),
        statistic,
        variance,
        statistic / sqrt(variance),
        test.chi_square,
        test.df,
        test.p_value,
    )


@dataclass(frozen=True, eq=False)
class ArmCounts:
    """At risk and events per cell and arm (cells, k), with the cells and rows per arm (k,)."""

    cells: StratifiedCells
    at_risk: Floats
    events: Floats
    n: Codes


def arm_counts(data: TimeToEvent) -> ArmCounts:
    """Return the counts that every test of the log-rank family weighs.

    >>> arm_counts(TimeToEvent([1, 2], [1, 1], arm=[0, 1])).at_risk.tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    if data.arm is None or len(data.arm_labels) < 2:
        raise InvalidData("the log-rank test compares arms; give at least two")
    if data.weight is not None:
        raise InvalidData(
            "the log-rank test takes no case weights; use cox(data, robust=True), or repeat rows"
        )
    k = len(data.arm_labels)
    n = np.bincount(data.arm, minlength=k)
    require_rows(data.arm_labels, n > 0)
    cells = stratified_cells(data)
    at_risk, events = cell_counts(
        cells.cell, cells.entry_cell, data.event, data.arm, cells.start, k
    )
    return ArmCounts(cells, at_risk, events, n)


def quadratic_test(observed: Floats, expected: Floats, variance: Floats) -> TestResult:
    """Return the test of observed - expected (k,) against its variance (k, k), of rank k - 1.

    >>> o, e = np.array([3.0, 1.0]), np.array([2.0, 2.0])
    >>> quadratic_test(o, e, np.array([[1.0, -1.0], [-1.0, 1.0]])).chi_square
    1.0
    """
    if not observed.any():
        raise NotEnoughData("no event was seen; the log-rank test needs at least one")
    exposed = np.flatnonzero(expected > 0)
    if len(exposed) < 2:
        raise NotEnoughData("fewer than two arms were at risk when an event was seen")
    df = len(exposed) - 1
    if df == 1:
        spread = variance[exposed[1], exposed[1]]
        excess = observed[exposed[1]] - expected[exposed[1]]
        if spread <= 0:
            raise NotEstimable("no event time separates the arms; the log-rank test has no answer")
        return TestResult.of(excess * excess / spread, 1)
    rest = exposed[1:]
    part = variance[np.ix_(rest, rest)]
    scale = np.sqrt(np.diag(part))
    if not scale.all() or np.linalg.matrix_rank(part / np.outer(scale, scale)) < df:
        raise NotEstimable(
            "some arms are never at risk together at an event time; compare them in pairs"
        )
    excess = (observed - expected)[rest]
    return TestResult.of(float(excess @ np.linalg.solve(part, excess)), df)


def treatment_score(
    observed: Floats, expected: Floats, variance: Floats
) -> tuple[float | None, float | None]:
    """Return score and z of arm 1 when there are two arms, else None, None.

    >>> o, e = np.array([3.0, 1.0]), np.array([2.0, 2.0])
    >>> treatment_score(o, e, np.array([[1.0, -1.0], [-1.0, 1.0]]))
    (-1.0, -1.0)
    """
    if len(observed) != 2:
        return None, None
    score = float(observed[1] - expected[1])
    return score, score / sqrt(variance[1, 1])
