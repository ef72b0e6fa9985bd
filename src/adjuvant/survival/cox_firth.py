"""Cox regression with Firth's penalty: finite hazard ratios also where an arm has no event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from adjuvant.core import Floats, NotConverged, TimeToEvent, UsageError
from adjuvant.survival.cox_exact_kernels import risk_set_mean
from adjuvant.survival.cox_kernels import relative_risks
from adjuvant.survival.cox_likelihood import PartialLikelihood, Ties, partial_likelihood
from adjuvant.survival.design_matrix import Covariates, design_matrix
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.newton_kernels import cholesky
from adjuvant.survival.profile_crossing import crossing
from adjuvant.survival.results import TestResult, normal_quantile, two_sided_p
from adjuvant.survival.risk_sets import RiskSets

__all__ = ["FirthFit", "cox_firth"]


@dataclass(frozen=True, eq=False)
class FirthFit:
    """A penalised Cox fit; arrays follow `terms`.

    log_likelihood  penalised, at coefficients 0 and at the maximum.
    variance        inverse information at the maximum (p, p).
    lower, upper    profile limits of the penalised likelihood, coefficient scale (p,).
    p_values        penalised likelihood-ratio test of each term alone (p,).
    """

    terms: tuple[str, ...]
    n: int
    events: int
    coef: Floats
    variance: Floats
    log_likelihood: tuple[float, float]
    lower: Floats
    upper: Floats
    p_values: Floats
    level: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS

    @property
    def se(self) -> Floats:
        """Standard errors (p,), from `variance`; the profile limits are to be preferred."""
        return np.asarray(np.sqrt(np.diag(self.variance)))

    @property
    def hazard_ratio(self) -> Floats:
        """exp(coef) (p,)."""
        return np.exp(self.coef)

    @property
    def hr_ci(self) -> Floats:
        """Profile limits of the hazard ratios (p, 2)."""
        return np.exp(np.column_stack([self.lower, self.upper]))

    @property
    def lrt(self) -> TestResult:
        """Penalised likelihood-ratio test of all terms."""
        null, fitted = self.log_likelihood
        return TestResult.of(max(2 * (fitted - null), 0.0), len(self.terms))


def cox_firth(
    data: TimeToEvent,
    covariates: Covariates | None = None,
    *,
    interactions: Sequence[tuple[str, str]] = (),
    ties: Ties = "breslow",
    level: float = 0.95,
) -> FirthFit:
    """Fit a Cox model that maximises l(b) + log|I(b)| / 2.

    data, covariates, interactions   as in `cox`.
    ties      "breslow" (as the paper) or "efron".
    Raises    NotEnoughData, NotEstimable, InvalidData as `cox`; UsageError for exact ties.

    The estimate is finite under separation (no event in an arm) and less biased in small samples;
    read the profile limits, for the likelihood is far from a parabola there. Every event time
    costs a pass over its risk set: meant for small trials, not for a million rows.
    Source    Firth 1993; Heinze & Schemper 2001.

    >>> data = TimeToEvent.of([1, 2, 3, 4, 5, 6], [1, 1, 0, 0, 1, 0], arm=list("CCTTCT"),
    ...                       control="C")
    >>> fit = cox_firth(data)
    >>> bool(fit.lower[0] < fit.coef[0] < 0)
    True
    """
    if ties == "exact":
        raise UsageError("Firth's penalty is not offered for exact ties; use breslow or efron")
    drop = normal_quantile(level) ** 2
    design = design_matrix(data, covariates, interactions)
    likelihood = partial_likelihood(data, design, ties, None)
    likelihood.refuse_dependent_columns()
    p, scale = len(design.terms), likelihood.scale
    every = np.ones(p, dtype=np.bool_)
    null = _penalised(likelihood, np.zeros(p))[0]
    best, value = _climb(likelihood, np.zeros(p), every)
    variance = np.linalg.inv(_penalised(likelihood, best)[2])
    limits, p_values = np.empty((2, p)), np.empty(p)
    for j in range(p):
        limits[:, j] = _limits(likelihood, best, value, j, drop, float(variance[j, j]))
        without = _profile(likelihood, best, j, 0.0)
        p_values[j] = two_sided_p(float(np.sqrt(max(2 * (value - without), 0.0))))
    shift = float(np.log(scale).sum())
    return FirthFit(
        design.terms, int(np.count_nonzero(likelihood.sets.weight)),
        int(likelihood.sets.deaths.sum()), best / scale, variance / np.outer(scale, scale),
        (null + shift, value + shift), limits[0] / scale, limits[1] / scale, p_values, level,
    )  # fmt: skip


def _limits(
    likelihood: PartialLikelihood, best: Floats, value: float, j: int, drop: float, variance: float
) -> tuple[float, float]:
    def fall(held: float) -> float:
        return 2 * (value - _profile(likelihood, best, j, held)) - drop

    step = float(np.sqrt(variance * drop))
    name = f"penalised profile limit of {likelihood.terms[j]}"
    return (
        crossing(fall, float(best[j]), -step, name),
        crossing(fall, float(best[j]), step, name),
    )


def _profile(likelihood: PartialLikelihood, best: Floats, j: int, held: float) -> float:
    """Return the largest penalised likelihood with coefficient j held; |I| stays that of all."""
    start = best.copy()
    start[j] = held
    free = np.arange(len(best)) != j
    if not free.any():
        return _penalised(likelihood, start)[0]
    return _climb(likelihood, start, free)[1]


def _climb(
    likelihood: PartialLikelihood, start: Floats, free: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[Floats, float]:
    """Return the maximum over the free coefficients: Newton's steps, halved where they fall."""
    at = start.copy()
    value, score, info = _penalised(likelihood, at)
    for _ in range(200):
        step = np.zeros(len(at))
        step[free] = _uphill(
            _curvature(likelihood, at, free), info[np.ix_(free, free)], score[free]
        )
        size = float(np.abs(step).max())
        if size <= 1e-9:
            return at, value
        step *= min(1.0, 5.0 / size)
        for half in range(40):
            trial = at + step * 0.5**half
            found = _penalised(likelihood, trial)
            if found[0] >= value - 1e-13 * max(1.0, abs(value)):
                break
        else:
            break
        gain = found[0] - value
        at, (value, score, info) = trial, found
        if size <= 1e-6 and gain <= 1e-13 * max(1.0, abs(value)):
            return at, value
    raise NotConverged(f"Firth's Cox regression on {', '.join(likelihood.terms)} did not settle")


def _curvature(
    likelihood: PartialLikelihood, at: Floats, free: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Floats:
    """Return minus the derivative of the penalised score, by central differences."""
    columns = []
    for j in np.flatnonzero(free):
        shift = np.zeros(len(at))
        shift[j] = 1e-5
        up, down = _penalised(likelihood, at + shift)[1], _penalised(likelihood, at - shift)[1]
        columns.append((down - up)[free] / 2e-5)
    found = np.array(columns)
    return np.asarray((found + found.T) / 2)


def _uphill(curvature: Floats, info: Floats, score: Floats) -> Floats:
    """Return Newton's step, or the scoring step where the penalised likelihood is not concave."""
    concave = np.isfinite(curvature).all() and np.linalg.eigvalsh(curvature)[0] > 0
    return np.asarray(np.linalg.solve(curvature if concave else info, score))


def _penalised(likelihood: PartialLikelihood, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return l + log|I|/2, its derivative and I, at beta on the internal scale."""
    p = len(beta)
    score, info, third = np.zeros(p), np.zeros((p, p)), np.zeros((p, p, p))
    value = _moments(
        likelihood.z, likelihood.offset, likelihood.sets, likelihood.ties == "efron",
        beta, score, info, third,
    )  # fmt: skip
    factor = np.zeros((p, p))
    if cholesky(info, factor, np.ones(p), 0.0) >= 0:
        return -np.inf, score, info
    inverse = np.linalg.inv(info)
    penalty = np.log(np.diag(factor)).sum()
    return value + penalty, score + 0.5 * np.einsum("ab,abr->r", inverse, third), info


@njit(cache=True)
def _moments(
    z: Floats,
    offset: Floats,
    sets: RiskSets,
    efron: bool,
    beta: Floats,
    score: Floats,
    info: Floats,
    third: Floats,
) -> float:
    """Return the log partial likelihood; fill score, information and its derivative (p, p, p)."""
    p, n = z.shape
    risk, x, centre = np.empty(n), np.zeros(p), np.zeros(p)
    shift = relative_risks(z, beta, offset, sets.weight, risk)
    every, dying = np.zeros((4, p, p, p)), np.zeros((4, p, p, p))
    value = 0.0
    for stratum in range(sets.stratum_first.size - 1):
        start = sets.group_first[sets.stratum_first[stratum]]
        for g in range(sets.stratum_first[stratum], sets.stratum_first[stratum + 1]):
            d = sets.deaths[g]
            if d == 0:
                continue
            first = sets.group_first[g]
            every[:], dying[:] = 0.0, 0.0
            risk_set_mean(z, risk, sets, start, g, centre)
            for i in range(start, sets.group_first[g + 1]):
                if sets.leaver.size and sets.entry_group[i] <= g:
                    continue
                for a in range(p):
                    x[a] = z[a, i] - centre[a]
                _add_moments(every, risk[i], x)
                if first <= i < first + d:
                    _add_moments(dying, risk[i], x)
                    lead = offset[i] if offset.size else 0.0
                    for a in range(p):
                        lead += beta[a] * z[a, i]
                        score[a] += sets.weight[i] * x[a]
                    value += sets.weight[i] * (lead - shift)
            share = sets.death_weight[g] / d
            for k in range(d):
                part = k / d if efron else 0.0
                value -= share * _take_step(every, dying, part, share, score, info, third)
    return value


@njit(cache=True)
def _add_moments(total: Floats, r: float, x: Floats) -> None:
    """Add a row to S0 in [0, 0, 0, 0], S1 in [1, a], S2 in [2, a, b] and S3 in [3, a, b, c]."""
    p = x.size
    total[0, 0, 0, 0] += r
    for a in range(p):
        total[1, a, 0, 0] += r * x[a]
        for b in range(p):
            total[2, a, b, 0] += r * x[a] * x[b]
            for c in range(p):
                total[3, a, b, c] += r * x[a] * x[b] * x[c]


@njit(cache=True)
def _take_step(
    every: Floats,
    dying: Floats,
    part: float,
    share: float,
    score: Floats,
    info: Floats,
    third: Floats,
) -> float:
    """Take one step's mean, second and third central moment; return the log denominator."""
    p = score.size
    s0 = every[0, 0, 0, 0] - part * dying[0, 0, 0, 0]
    m, v = np.zeros(p), np.zeros((p, p))
    for a in range(p):
        m[a] = (every[1, a, 0, 0] - part * dying[1, a, 0, 0]) / s0
        score[a] -= share * m[a]
    for a in range(p):
        for b in range(p):
            v[a, b] = (every[2, a, b, 0] - part * dying[2, a, b, 0]) / s0
            info[a, b] += share * (v[a, b] - m[a] * m[b])
    for a in range(p):
        for b in range(p):
            for c in range(p):
                t = (every[3, a, b, c] - part * dying[3, a, b, c]) / s0
                t -= v[a, b] * m[c] + v[a, c] * m[b] + v[b, c] * m[a] - 2 * m[a] * m[b] * m[c]
                third[a, b, c] += share * t
    return float(np.log(s0))


# Compiled with 67e8cb7e: cox_exact_kernels, cox_kernels, newton_kernels, risk_sets
