"""Restricted mean survival time adjusted for covariates: inverse-censoring weighted regression."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from adjuvant.core import Codes, Floats, InvalidData, NotConverged, NotEstimable, TimeToEvent
from adjuvant.survival.design_matrix import Covariates, design_matrix
from adjuvant.survival.results import Effect, normal_quantile

__all__ = ["AdjustedRmst", "adjusted_rmst"]

_STEPS = 50


@dataclass(frozen=True, eq=False)
class AdjustedRmst:
    """Regressions of the restricted time on arm and covariates.

    terms       (p,) intercept, arm (1 = treatment), then the covariates.
    coef, se, p_values  (p,) and ci (p, 2) of the identity-link fit: differences in mean time.
    difference, ratio, rmtl_ratio  the arm's effect in the three fits; rmtl_ratio is None (not
                estimable) when some covariate pattern lost no time.
    """

    terms: tuple[str, ...]
    coef: Floats
    se: Floats
    p_values: Floats
    ci: Floats
    difference: Effect
    ratio: Effect
    rmtl_ratio: Effect | None


def adjusted_rmst(
    data: TimeToEvent, tau: float, covariates: Covariates, level: float
) -> AdjustedRmst:
    """Compare restricted means of two arms, adjusted for covariates: numbers (n,) or Factor.

    The time min(T, tau) is regressed on arm and covariates, weighting each row whose time is
    known by 1 / G, where G is the arm's own Kaplan-Meier estimate of remaining uncensored. The
    sandwich variance includes that G was estimated.
    Raises    InvalidData for covariates of another length, not numbers or missing, and for
              weights or late entry; NotEstimable for collinear covariates.
    Source    Tian, Zhao & Wei 2014 (Biostatistics 15:222); agrees with rmst2, survRM2 1.0-4.

    >>> data = TimeToEvent([2, 4, 6, 8, 3, 9, 9, 9], [1, 1, 1, 1, 1, 1, 1, 1],
    ...                    arm=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> adjusted_rmst(data, 8, {"age": [1, 2, 1, 2, 1, 2, 2, 1]}, 0.95).terms
    ('intercept', 'arm', 'age')
    """
    if data.weight is not None or data.entry is not None:
        raise InvalidData("the adjusted RMST takes neither case weights nor late entry")
    assert data.arm is not None
    terms, x = _design(data, covariates)
    y = np.minimum(data.time, tau).astype(np.float64)
    known = (data.event > 0) | (data.time >= tau)
    weight = _censoring_weights(y, known, data.arm)
    censoring = _Censoring(data.arm, y, known)
    coef, variance = _fit(x, y, weight, censoring, _identity)
    difference, se, p_values, ci = _inference(coef, variance, level)
    ratio = _ratio(*_fit(x, y, weight, censoring, _exponential), level)
    try:
        lost = _ratio(*_fit(x, tau - y, weight, censoring, _exponential), level)
    except (NotConverged, NotEstimable):
        lost = None  # Some covariate pattern lost no time: its log mean is minus infinity.
    return AdjustedRmst(terms, coef, se, p_values, ci, difference, ratio, lost)


def _design(data: TimeToEvent, covariates: Covariates) -> tuple[tuple[str, ...], Floats]:
    design = design_matrix(data, covariates)  # The arm's indicator is its first column.
    x = np.column_stack((np.ones(data.n), *design.columns))
    scale = np.sqrt((x**2).sum(axis=0))
    if not scale.all() or np.linalg.matrix_rank(x / scale) < x.shape[1]:
        raise NotEstimable("a covariate is constant, or a combination of arm and the others")
    return ("intercept", "arm", *design.terms[1:]), x


def _censoring_weights(y: Floats, known: np.ndarray, arm: Codes) -> Floats:
    """Return 1 / G(y) where the restricted time is known, else 0; G within each arm."""
    weight = np.zeros(len(y))
    for code in (0, 1):
        mine = np.flatnonzero(arm == code)
        times, rank = np.unique(y[mine], return_inverse=True)
        leaving = np.bincount(rank, minlength=len(times))
        censored = np.bincount(rank, ~known[mine], minlength=len(times))
        at_risk = leaving[::-1].cumsum()[::-1]
        remain = np.multiply.accumulate((at_risk - censored) / at_risk)[rank]
        use = known[mine]
        if (remain[use] == 0).any():
            raise NotEstimable("an event falls on the arm's last censoring time; its weight is 1/0")
        weight[mine[use]] = 1 / remain[use]
    return weight


@dataclass(frozen=True, eq=False)
class _Censoring:
    """Per row (n,): arm, restricted time, and whether that time is known."""

    arm: Codes
    time: Floats
    known: np.ndarray


_Link = Callable[[Floats], tuple[Floats, Floats]]


def _identity(eta: Floats) -> tuple[Floats, Floats]:
    return eta, np.ones(len(eta))


def _exponential(eta: Floats) -> tuple[Floats, Floats]:
    mean: Floats = np.exp(np.minimum(eta, 700.0))
    return mean, mean


def _fit(
    x: Floats, response: Floats, weight: Floats, censoring: "_Censoring", link: _Link
) -> tuple[Floats, Floats]:
    """Return coefficients (p,) solving sum w x (response - mean) = 0, and their sandwich."""
    coef = _solve(x, response, weight, link)
    mean, slope = link(x @ coef)
    score = x * (weight * (response - mean))[:, None]
    influence = np.empty_like(score)
    for code in (0, 1):
        mine = censoring.arm == code
        influence[mine] = _with_estimated_censoring(
            score[mine], censoring.time[mine], ~censoring.known[mine]
        )
    bread = np.linalg.inv((x * slope[:, None]).T @ x)
    moves = influence @ bread
    variance: Floats = moves.T @ moves  # A sum of squares: rounding cannot make it negative.
    error = np.sqrt(np.diag(variance))
    if not (error > 1e-9 * max(float(error.max()), float(np.abs(coef).max()))).all():
        raise NotEstimable("a coefficient has no variance; too few rows have a known time")
    return coef, variance


def _solve(x: Floats, response: Floats, weight: Floats, link: _Link) -> Floats:
    """Newton's method for the estimating equation; its solution maximises a quasi-likelihood."""
    if link is _identity:
        root = np.sqrt(weight)
        found = np.linalg.lstsq(x * root[:, None], response * root, rcond=None)[0]
        return found.astype(np.float64)
    coef = np.zeros(x.shape[1])
    centre = float(np.sum(weight * response) / np.sum(weight))
    if centre <= 0:
        raise NotEstimable("no time is lost before tau; the ratio of time lost is not estimable")
    coef[0] = np.log(centre)
    for _ in range(_STEPS):
        mean, slope = link(x @ coef)
        gradient = x.T @ (weight * (response - mean))
        information = (x * (weight * slope)[:, None]).T @ x
        if np.linalg.cond(information) > 1e14:
            break
        step = np.linalg.solve(information, gradient)
        coef = coef + step / max(1.0, float(np.abs(x @ step).max()))
        if np.abs(x @ step).max() < 1e-11:
            return coef
    raise NotConverged("the log-link regression has no finite solution within reach")


def _with_estimated_censoring(score: Floats, time: Floats, censored: np.ndarray) -> Floats:
    """Return each row's influence (n, p): its score plus what its censoring adds through G.

    That is the integral of q(u) / Y(u) against the row's censoring martingale, where q(u) sums
    the scores of the rows still followed at u, and Y(u) counts them.
    """
    times, rank = np.unique(time, return_inverse=True)
    m = len(times)
    at_risk = np.bincount(rank, minlength=m)[::-1].cumsum()[::-1]
    total = np.zeros((m, score.shape[1]))
    np.add.at(total, rank, score)
    later = total[::-1].cumsum(axis=0)[::-1]
    censorings = np.bincount(rank, censored, minlength=m)
    compensator = np.cumsum(later * (censorings / at_risk**2)[:, None], axis=0)
    jump = later[rank] * (censored / at_risk[rank])[:, None]
    influence: Floats = score + jump - compensator[rank]
    return influence


def _inference(
    coef: Floats, variance: Floats, level: float
) -> tuple[Effect, Floats, Floats, Floats]:
    """Return the arm's effect, and se (p,), p-values (p,), limits (p, 2) of all coefficients."""
    se = np.sqrt(np.diag(variance))
    half = normal_quantile(level) * se
    p_values: Floats = 2 * ndtr(-np.abs(coef / se))
    arm = Effect.of_difference(float(coef[1]), float(se[1]), level)
    return arm, se, p_values, np.column_stack((coef - half, coef + half))


def _ratio(coef: Floats, variance: Floats, level: float) -> Effect:
    return Effect.of_log_ratio(float(coef[1]), float(np.sqrt(variance[1, 1])), level)
