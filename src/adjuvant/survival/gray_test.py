"""Gray's test: whether a cause's cumulative incidence is the same in all arms."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.log_rank_kernels import cell_counts
from adjuvant.survival.results import TestResult
from adjuvant.survival.risk_table import require_rows
from adjuvant.survival.stratified_cells import stratified_cells

__all__ = ["CauseTest", "GrayTest", "gray_test"]


@dataclass(frozen=True, eq=False)
class CauseTest:
    """The test of one cause: scores of the arms (k,), their variance (k, k), chi-square."""

    cause: int
    score: Floats
    variance: Floats
    chi_square: float
    df: int
    p_value: float


@dataclass(frozen=True, eq=False)
class GrayTest:
    """One test per cause, ascending."""

    groups: tuple[str, ...]
    rho: float
    causes: tuple[CauseTest, ...]

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def gray_test(data: TimeToEvent, rho: float = 0.0) -> GrayTest:
    """Test for each cause whether the arms share one cumulative incidence, within strata if given.

    rho       weight (1 - F(t-))^rho of the pooled incidence; 0 weighs all times alike.
    Raises    NotEnoughData without an event, or for an arm without a row; NotEstimable when the
              scores have no variance; InvalidData for fewer than two arms, weights, late entry.

    Source    Gray 1988 (Ann Stat 16:1141); agrees with cuminc, cmprsk 2.2-11, also with ties.

    >>> data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 2, 1, 1, 0, 2], arm=[0, 0, 0, 1, 1, 1])
    >>> [test.cause for test in gray_test(data).causes]
    [1, 2]
    """
    if data.arm is None or len(data.arm_labels) < 2:
        raise InvalidData("Gray's test compares arms; give at least two")
    if data.weight is not None or data.entry is not None:
        raise InvalidData("Gray's test takes neither case weights nor late entry")
    if not (rho >= 0 and isfinite(rho)):
        raise InvalidData(f"rho is {rho}; give 0 or more")
    require_rows(data.arm_labels, np.bincount(data.arm, minlength=len(data.arm_labels)) > 0)
    if not data.causes:
        raise NotEnoughData("no event was seen; Gray's test needs at least one")
    tests = tuple(_test(data, cause, rho) for cause in data.causes)
    return GrayTest(data.arm_labels, float(rho), tests)


def _test(data: TimeToEvent, cause: int, rho: float) -> CauseTest:
    assert data.arm is not None
    k = len(data.arm_labels)
    cells = stratified_cells(data)
    own, other = data.event == cause, (data.event > 0) & (data.event != cause)
    at_risk, events = cell_counts(
        cells.cell, cells.entry_cell, own.astype(np.int64), data.arm, cells.start, k
    )
    _, others = cell_counts(
        cells.cell, cells.entry_cell, other.astype(np.int64), data.arm, cells.start, k
    )
    score, variance = np.zeros(k), np.zeros((k, k))
    for a, b in zip(cells.start[:-1], cells.start[1:], strict=True):
        u, v = _stratum(at_risk[a:b], events[a:b], others[a:b], rho)
        score += u
        variance += v
    part = variance[1:, 1:]
    scale = np.sqrt(np.maximum(np.diag(part), 0.0))
    if not scale.all() or np.linalg.matrix_rank(part / np.outer(scale, scale)) < k - 1:
        raise NotEstimable(f"the scores of cause {cause} have no variance in some arm")
    test = TestResult.of(float(score[1:] @ np.linalg.solve(part, score[1:])), k - 1)
    return CauseTest(cause, score, variance, test.chi_square, test.df, test.p_value)


def _stratum(n: Floats, d: Floats, others: Floats, rho: float) -> tuple[Floats, Floats]:
    """Return scores (k,) and variance (k, k) of one stratum; n, d, others are (times, k).

    With h_r = Y_r / S_r(t-) and R_r = h_r (1 - F_r(t-)), the score of arm k sums
    L (d_k - R_k d. / R.), where L = (1 - F(t-))^rho and dF = d. / h. is the pooled incidence.
    Under one common incidence it is, to first order, a sum over arms r of
    a_kr = L h_k (1[k = r] - h_r / h.) against the errors of the estimated incidence of r, which
    are martingale sums: an event of the cause at u adds S_r(u-) / Y_r times
        a_kr(u) + (1 - g) C_kr(u),        g = (1 - F(u)) / S_r(u),
    an event of another cause minus S_r(u-) / Y_r times g C_kr(u), where
    C_kr(u) sums a_kr dF / (1 - F(t-)) over t > u.
    """
    at_risk = np.where(n > 0, n, 1.0)
    all_fail = (n > 0) & (n == d + others)
    survival = np.multiply.accumulate(np.where(all_fail, 0.0, 1 - (d + others) / at_risk))
    before = np.vstack((np.ones(n.shape[1]), survival[:-1]))
    risk = np.divide(n, before, out=np.zeros_like(n), where=before > 0)  # h
    group = np.cumsum(before * d / at_risk, axis=0)
    remaining = 1 - np.vstack((np.zeros(n.shape[1]), group[:-1]))
    total, pooled_d = risk.sum(axis=1), d.sum(axis=1)
    step = _divide(pooled_d, total)
    pooled = np.cumsum(step)
    free = np.maximum(1 - np.concatenate(([0.0], pooled[:-1])), 0.0)  # 1 - F(t-)
    weight = np.where(free > 0, free**rho, 0.0)
    share = risk * remaining
    share = _divide(share, share.sum(axis=1)[:, None])
    score = (weight[:, None] * (d - share * pooled_d[:, None])).sum(axis=0)
    hazard = _divide(step, free)
    variance = np.zeros((n.shape[1], n.shape[1]))
    for r in range(n.shape[1]):
        a = -risk * _divide(risk[:, r], total)[:, None]
        a[:, r] += risk[:, r]
        a *= weight[:, None]
        flow = a * hazard[:, None]
        later = np.cumsum(flow[::-1], axis=0)[::-1] - flow  # C, (times, k)
        ratio = _divide(1 - pooled, survival[:, r])  # g, taken as 0 once S is 0
        scale = _divide(before[:, r], n[:, r])
        own = (a + (1 - ratio)[:, None] * later) * scale[:, None]
        other = (ratio[:, None] * later) * scale[:, None]
        own_variance = _divide(n[:, r] * step, before[:, r])
        own_variance = own_variance * _tied(pooled_d, total * before[:, r])
        other_variance = others[:, r] * _tied(others[:, r], n[:, r])
        variance += own.T @ (own * own_variance[:, None])
        variance += other.T @ (other * other_variance[:, None])
    return score, variance


def _divide(above: Floats, below: Floats) -> Floats:
    """Return above / below, 0 where below is not positive."""
    above, below = np.broadcast_arrays(above, below)
    found: Floats = np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
    return found


def _tied(d: Floats, n: Floats) -> Floats:
    """Return 1 - (d - 1) / (n - 1) where d > 1, else 1."""
    return 1 - np.where(d > 1, _divide(d - 1, n - 1), 0.0)
