"""Parametric regression of survival times: Weibull, exponential, log-normal, log-logistic."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, get_args

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEnoughData, TimeToEvent, UsageError
from adjuvant.survival.design_matrix import Covariates, DesignMatrix, design_matrix
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.location_scale import Distribution, Observations, fit_location_scale
from adjuvant.survival.results import TestResult, normal_quantile, two_sided_p

if TYPE_CHECKING:
    from adjuvant.survival.interval_censored import IntervalCensored

__all__ = ["ParametricFit", "parametric_survival", "regression"]


@dataclass(frozen=True, eq=False)
class ParametricFit:
    """log T = b'x + scale x error. Arrays follow `terms`; the first term is "intercept".

    coef            (p,) b: exp(b) multiplies the survival time (acceleration factor).
    scale           the error's scale; 1 for the exponential.
    variance        of coef, then of log scale (not for the exponential).
    log_likelihood  of the intercept alone, and fitted; on the scale of the times.
    """

    distribution: Distribution
    terms: tuple[str, ...]
    n: int
    events: int
    coef: Floats
    scale: float
    variance: Floats
    log_likelihood: tuple[float, float]
    level: float
    data: "TimeToEvent | IntervalCensored | None" = field(default=None, repr=False)
    design: DesignMatrix | None = field(default=None, repr=False)

    to_dict, to_frame, cite, _repr_html_ = EXPORTS

    @cached_property
    def se(self) -> Floats:
        """Standard errors of `coef` (p,)."""
        return np.asarray(np.sqrt(np.diag(self.variance)[: len(self.terms)]))

    @property
    def z(self) -> Floats:
        """Wald statistics (p,)."""
        return np.asarray(self.coef / self.se)

    @property
    def p_values(self) -> Floats:
        """Two-sided Wald p-values (p,)."""
        return np.array([two_sided_p(z) for z in self.z])

    @property
    def time_ratio(self) -> Floats:
        """exp(coef) of the covariates (p - 1,): above 1 the covariate lengthens survival."""
        return np.exp(self.coef[1:])

    @property
    def time_ratio_ci(self) -> Floats:
        """Wald intervals of the time ratios (p - 1, 2)."""
        reach = normal_quantile(self.level) * self.se[1:]
        return np.exp(np.column_stack([self.coef[1:] - reach, self.coef[1:] + reach]))

    @cached_property
    def lrt(self) -> TestResult | None:
        """Likelihood-ratio test of all covariates; None without covariates."""
        if len(self.terms) == 1:
            return None
        null, fitted = self.log_likelihood
        return TestResult.of(max(2 * (fitted - null), 0.0), len(self.terms) - 1)


def parametric_survival(
    data: TimeToEvent,
    covariates: Covariates | None = None,
    *,
    distribution: Distribution = "weibull",
    level: float = 0.95,
) -> ParametricFit:
    """Fit an accelerated failure time model.

    data          n rows; arms come first as in `cox`; entry times truncate, weights weigh.
    distribution  of the time: "weibull", "exponential", "log_normal", "log_logistic".
    Raises        InvalidData for a time 0 (its logarithm does not exist) and for strata;
                  NotEnoughData without events; NotEstimable for constant or collinear covariates
                  or where a coefficient is infinite.
    Source        Kalbfleisch & Prentice 2002, chapter 3; as survreg of R survival 3.5-3.

    >>> fit = parametric_survival(TimeToEvent([2, 3, 7], [1, 0, 1]), distribution="exponential")
    >>> round(float(np.exp(fit.coef[0])), 6)
    6.0
    """
    if data.stratum is not None:
        raise InvalidData("parametric regression knows no strata; give them as a Factor")
    zero = np.flatnonzero(data.time == 0)
    if zero.size:
        raise InvalidData(
            f"row {zero[0] + 1}: time 0 has no logarithm ({zero.size} rows in all); "
            "leave the rows out and say so, or add half a unit"
        )
    time = np.log(data.time.astype(np.float64))
    entry = np.full(data.n, -np.inf)
    if data.entry is not None:
        entry[data.entry > 0] = np.log(data.entry[data.entry > 0].astype(np.float64))
    upper = np.where(data.event > 0, time, np.inf)
    observed = Observations(time, upper, entry, data.weights)
    design = None
    if covariates or len(data.arm_labels) > 1:
        design = design_matrix(data, covariates)
    fit = regression(observed, design, distribution, level)
    return replace(fit, data=data, design=design)


def regression(
    observed: Observations,
    design: DesignMatrix | None,
    distribution: Distribution,
    level: float,
) -> ParametricFit:
    """Return the fit to log times known exactly or between limits; without design no covariates.

    >>> logs = np.log([1.0, 2.0, 4.0])
    >>> known = Observations(logs, logs, np.full(3, -np.inf), np.ones(3))
    >>> regression(known, None, "weibull", 0.95).terms
    ('intercept',)
    """
    if distribution not in get_args(Distribution):
        raise UsageError(f"no distribution {distribution!r}; choose {get_args(Distribution)}")
    # A row never seen between the origin and infinity says nothing about the time.
    keep = (observed.weight > 0) & (np.isfinite(observed.lower) | np.isfinite(observed.upper))
    observed = Observations(*(column[keep] for column in observed))
    names = () if design is None else design.terms
    what = f"{distribution} regression on {', '.join(names) or 'the intercept'}"
    events = int(np.isfinite(observed.upper).sum())
    if events == 0:
        raise NotEnoughData(f"{what}: no event was seen")
    ones = np.ones((len(observed.weight), 1))
    null = fit_location_scale(ones, observed, distribution, what)
    if design is None:
        top, p, back = null, 1, np.eye(len(null.at))
    else:
        columns = np.column_stack(design.columns)
        z, centre, scale = _standardised(columns[keep])
        x = np.hstack([ones, z])
        top, p = fit_location_scale(x, observed, distribution, what), x.shape[1]
        back = np.eye(len(top.at))
        back[0, 1:p], back[range(1, p), range(1, p)] = -centre / scale, 1 / scale
    theta = back @ top.at
    return ParametricFit(
        distribution, ("intercept", *names), len(observed.weight), events, theta[:p],
        1.0 if distribution == "exponential" else float(np.exp(theta[p])),
        back @ np.linalg.inv(top.information) @ back.T, (null.value, top.value), level,
    )  # fmt: skip


def _standardised(columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Return columns of mean 0 and variance 1 (zeros where constant), their centre and scale."""
    centre, spread = columns.mean(axis=0), np.ptp(columns, axis=0)
    spread[spread == 0] = 1.0
    scale = spread * np.std((columns - centre) / spread, axis=0)
    scale[scale == 0] = 1.0
    return (columns - centre) / scale, centre, scale
