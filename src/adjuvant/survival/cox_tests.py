"""Questions put to a Cox model: proportional hazards, interaction, profile-likelihood limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, NotEstimable, TimeToEvent, UsageError
from adjuvant.survival.cox import CoxFit, cox
from adjuvant.survival.cox_likelihood import PartialLikelihood, Ties
from adjuvant.survival.design_matrix import Covariates
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import kaplan_meier
from adjuvant.survival.ordering import ordering
from adjuvant.survival.profile_crossing import crossing
from adjuvant.survival.results import TestResult, normal_quantile

__all__ = [
    "InteractionTest",
    "ProfileLimits",
    "ProportionalHazards",
    "TermTest",
    "Transform",
    "interaction_test",
    "profile_likelihood_ci",
    "proportional_hazards_test",
]

# Of information whose columns have variance 1: what is left below it is rounding.
_ROUNDING = 1e-10

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True)
class TermTest:
    """The test of one covariate or interaction (all its columns together)."""

    term: str
    chi_square: float
    df: int
    p_value: float


@dataclass(frozen=True)
class ProportionalHazards:
    """Tests that log hazard ratios do not change with g(time), per term and all together."""

    transform: Transform
    terms: tuple[TermTest, ...]
    global_test: TestResult
    fit: CoxFit | None = field(default=None, repr=False, compare=False)

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True)
class InteractionTest:
    """Likelihood-ratio test of interactions; log likelihoods without and with them."""

    log_likelihood: tuple[float, float]
    lrt: TestResult

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True, eq=False)
class ProfileLimits:
    """Profile-likelihood limits of coefficients (p,); a limit may be infinite."""

    terms: tuple[str, ...]
    coef: Floats
    lower: Floats
    upper: Floats
    level: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def proportional_hazards_test(fit: CoxFit, transform: Transform = "km") -> ProportionalHazards:
    """Test each term's proportional hazards by the score test of adding covariate x g(time).

    transform     g: "km" (1 - S(t-) of all rows), "rank", "identity" or "log" of the time,
                  centred at its mean over the events.
    Raises        UsageError for exact ties or an unknown transform; NotEstimable where a
                  coefficient is infinite, or g is undefined (log of time 0) or constant.

    The exact score test, with all blocks of the information at the fit: not the older test on
    scaled Schoenfeld residuals, which can differ manyfold.
    Source        Grambsch & Therneau 1994; as cox.zph of R survival >= 3.0.

    >>> from adjuvant.core import TimeToEvent
    >>> fit = cox(TimeToEvent([1, 2, 3, 4, 5], [1, 1, 0, 1, 1]), {"x": [1, 0, 1, 0, 1]})
    >>> proportional_hazards_test(fit).global_test.df
    1
    """
    if fit.ties == "exact":
        raise UsageError("not defined for exact ties; fit with ties='efron' or 'breslow'")
    if not fit.converged:
        raise NotEstimable("proportional hazards cannot be tested: a coefficient is infinite")
    likelihood, p = fit.likelihood, len(fit.terms)
    factor = _scaled_times(fit, transform)
    moments = likelihood.moments(fit.maximum.beta)
    deaths = likelihood.sets.death
    weighted = likelihood.sets.weight * deaths
    left = likelihood.z - moments.mean[likelihood.group_of].T
    score = left @ (weighted * factor[likelihood.group_of])
    base, mixed, square = (
        likelihood.information_over_time(moments, factor**power) for power in range(3)
    )
    information = np.block([[base, mixed], [mixed, square]])
    u = np.concatenate([np.zeros(p), score])
    tests = [
        (name, _score_test(u, information, [*range(p), *(p + j for j in columns)], len(columns)))
        for name, columns in fit.design.groups
    ]
    return ProportionalHazards(
        transform,
        tuple(TermTest(name, t.chi_square, t.df, t.p_value) for name, t in tests),
        _score_test(u, information, list(range(2 * p)), p),
        fit,
    )


def _score_test(u: Floats, information: Floats, among: list[int], df: int) -> TestResult:
    block = information[np.ix_(among, among)]
    squares = np.diag(block)
    if not (squares > _ROUNDING * squares.max()).all():
        raise NotEstimable("too few event times to tell covariate and covariate x time apart")
    size = np.sqrt(squares)
    scaled = block / size[:, None] / size[None, :]
    if np.linalg.eigvalsh(scaled)[0] < _ROUNDING:
        raise NotEstimable("too few event times to tell covariate and covariate x time apart")
    v = u[among] / size
    return TestResult.of(max(float(v @ np.linalg.solve(scaled, v)), 0.0), df)


def _scaled_times(fit: CoxFit, transform: Transform) -> Floats:
    """Return g centred in each group of a death, 1 at most (the test is free of g's scale).

    On this scale a block of the information that is rounding shows as such.
    """
    sets = fit.likelihood.sets
    centred = np.where(sets.deaths > 0, _centred_times(fit, transform)[sets.group_rank], 0.0)
    largest = float(np.abs(centred).max())
    if largest == 0:
        raise NotEstimable("the transformed time is constant over the events; no test is possible")
    return np.asarray(centred / largest)


def _centred_times(fit: CoxFit, transform: Transform) -> Floats:
    """Return g at each distinct time, minus its mean over the events."""
    if transform not in get_args(Transform):
        raise UsageError(f"no transform {transform!r}; choose {', '.join(get_args(Transform))}")
    known = ordering(fit.data)
    times = known.times.astype(np.float64)
    if transform == "log":
        if times[0] == 0 and (fit.data.event[fit.data.time == 0] > 0).any():
            raise NotEstimable("an event at time 0 has no logarithm; choose another transform")
        times = np.log(np.where(times > 0, times, 1.0))
    elif transform == "rank":
        count = np.bincount(known.rank, minlength=len(times))
        times = np.cumsum(count) - (count - 1) / 2
    elif transform == "km":
        data = fit.data
        plain = TimeToEvent(data.time, data.event, entry=data.entry)
        survival = kaplan_meier(plain).curves[0].survival
        times = 1.0 - np.concatenate([[1.0], survival[:-1]])
    return np.asarray(times - times[known.rank[fit.data.event > 0]].mean())


def interaction_test(
    data: TimeToEvent,
    covariates: Covariates | None,
    interactions: Sequence[tuple[str, str]],
    *,
    ties: Ties = "efron",
    offset: ArrayLike | None = None,
) -> InteractionTest:
    """Test whether effects differ between levels: main effects against main effects + products.

    interactions  pairs of covariate names; "arm" where the data have arms.
    Raises        as `cox`.
    Source        the likelihood-ratio test; as anova(coxph, coxph) of R survival 3.5-3.

    >>> data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 1])
    >>> x, y = [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 0, 1]
    >>> interaction_test(data, {"x": x, "y": y}, [("x", "y")]).lrt.df
    1
    """
    if not interactions:
        raise UsageError("give the pairs of covariates whose interaction is in question")
    main = cox(data, covariates, ties=ties, offset=offset)
    full = cox(data, covariates, interactions=interactions, ties=ties, offset=offset)
    values = main.log_likelihood[1], full.log_likelihood[1]
    gain = max(2 * (values[1] - values[0]), 0.0)
    return InteractionTest(values, TestResult.of(gain, len(full.terms) - len(main.terms)))


def profile_likelihood_ci(fit: CoxFit, level: float | None = None) -> ProfileLimits:
    """Return the limits where twice the profile log likelihood has fallen by a chi-square quantile.

    level     default: the level of the fit.
    Returns   limits on the coefficient scale. Where a coefficient is infinite one limit still is
              finite: it says which hazard ratios the data exclude.
    Raises    NotConverged where a limit is not found.
    Source    Venzon & Moolgavkar 1988.

    >>> fit = cox(TimeToEvent([1, 2, 3, 4, 5], [1, 1, 0, 1, 1]), {"x": [1, 0, 1, 0, 1]})
    >>> limits = profile_likelihood_ci(fit)
    >>> bool(limits.lower[0] < fit.coef[0] < limits.upper[0])
    True
    """
    chosen = fit.level if level is None else level
    drop = normal_quantile(chosen) ** 2
    limits = np.empty((2, len(fit.terms)))
    for j in range(len(fit.terms)):
        limits[:, j] = _profile_limits(fit, j, drop)
    limits /= fit.likelihood.scale
    return ProfileLimits(fit.terms, fit.coef, limits[0], limits[1], chosen)


def _profile_limits(fit: CoxFit, j: int, drop: float) -> tuple[float, float]:
    start, best = float(fit.maximum.beta[j]), fit.log_likelihood[1]
    infinite = bool(fit.infinite[j])
    step = 1.0 if infinite else float(np.sqrt(fit.scaled_model_variance[j, j] * drop))

    def fall(value: float) -> float:
        return 2 * (best - _profile(fit.likelihood, j, value)) - drop

    what = f"profile-likelihood limit of {fit.terms[j]}"
    towards = float(fit.maximum.towards[j])
    lower = -np.inf if infinite and towards < 0 else crossing(fall, start, -step, what)
    upper = np.inf if infinite and towards > 0 else crossing(fall, start, step, what)
    return lower, upper


def _profile(likelihood: PartialLikelihood, j: int, value: float) -> float:
    """Return the largest log likelihood with column j's coefficient held at `value`."""
    if len(likelihood.terms) == 1:
        return likelihood.at(np.array([value]))[0]
    return likelihood.without(j, value).maximum().log_likelihood[1]
