"""Regression on the subdistribution hazard: what changes the cumulative incidence of a cause."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, NotEnoughData, TimeToEvent, UsageError
from adjuvant.survival.climb import climb
from adjuvant.survival.design_matrix import Covariates, design_matrix
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.ordering import ordering
from adjuvant.survival.results import TestResult, normal_quantile, two_sided_p

__all__ = ["FineGrayFit", "fine_gray"]

Method = Literal["subdistribution", "weighted_cox"]


@dataclass(frozen=True, eq=False)
class FineGrayFit:
    """A fitted Fine-Gray model; arrays follow `terms`.

    coef                  (p,) log subdistribution hazard ratios; +-inf where no maximum exists.
    variance              (p, p) sandwich: with the term for the estimated censoring distribution
                          under "subdistribution", without it under "weighted_cox".
    model_based_variance  (p, p) inverse of the information.
    log_likelihood        at coefficients 0 and at the maximum.
    converged             False if a coefficient is infinite; variances are then NaN.
    """

    terms: tuple[str, ...]
    n: int
    events: int
    cause: int
    method: Method
    coef: Floats
    variance: Floats
    model_based_variance: Floats
    log_likelihood: tuple[float, float]
    converged: bool
    level: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS

    @property
    def se(self) -> Floats:
        """Standard errors of `coef` (p,), from `variance`."""
        return np.asarray(np.sqrt(np.diag(self.variance)))

    @property
    def z(self) -> Floats:
        """Wald statistics (p,); NaN without convergence."""
        return np.asarray(self.coef / self.se)

    @property
    def p_values(self) -> Floats:
        """Two-sided Wald p-values (p,)."""
        return np.array([two_sided_p(z) for z in self.z])

    @property
    def hazard_ratio(self) -> Floats:
        """Subdistribution hazard ratios (p,)."""
        return np.exp(self.coef)

    @cached_property
    def hr_ci(self) -> Floats:
        """Wald intervals of the ratios (p, 2)."""
        reach = normal_quantile(self.level) * self.se
        return np.exp(np.column_stack([self.coef - reach, self.coef + reach]))

    @cached_property
    def wald(self) -> TestResult:
        """Wald test of all terms; NaN without convergence."""
        if not self.converged:
            return TestResult(np.nan, len(self.terms), np.nan)
        scale = np.sqrt(np.diag(self.variance))
        scaled = self.variance / scale[:, None] / scale[None, :]
        b = self.coef / scale
        return TestResult.of(float(b @ np.linalg.solve(scaled, b)), len(self.terms))


class _Rows(NamedTuple):
    """Rows by time: rank of the time, who dies of the cause, who of another, and 1/G(T-).

    before    (m,) G(t-) at each distinct time.
    part      (events,) Efron's k/d of each death of the cause (0 under Breslow); `at` its time.
    """

    z: Floats
    rank: Codes
    dies: np.ndarray[tuple[int], np.dtype[np.bool_]]
    inverse: Floats
    before: Floats
    part: Floats
    at: Codes


def fine_gray(
    data: TimeToEvent,
    covariates: Covariates | None = None,
    *,
    cause: int = 1,
    method: Method = "subdistribution",
    level: float = 0.95,
) -> FineGrayFit:
    """Fit the proportional subdistribution hazards model for one cause.

    data      event 0 = censored, 1.. = cause; its arms come first as in `cox`.
    method    "subdistribution": a row that had another event stays at risk with weight
              G(t-)/G(T-), G the Kaplan-Meier of the censoring over all rows; Breslow ties; the
              variance of Fine & Gray. "weighted_cox": the same with Efron ties and G's risk set
              at a censoring time without the events of that time.
    Raises    NotEnoughData without an event of the cause; InvalidData for entry times, strata or
              case weights, which this model does not know; NotEstimable as in `cox`.
    Source    Fine & Gray 1999; Geskus 2011. Agrees with crr (cmprsk 2.2-11) and with coxph on
              finegray (survival 3.5-3).

    >>> data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 2, 1, 0, 2, 1])
    >>> fine_gray(data, {"x": [1, 0, 0, 1, 0, 1]}).terms
    ('x',)
    """
    if method not in get_args(Method):
        raise UsageError(f"no method {method!r}; write 'subdistribution' or 'weighted_cox'")
    _refuse(data, cause)
    design = design_matrix(data, covariates)
    x = np.column_stack(design.columns)
    centre, spread = x.mean(axis=0), np.ptp(x, axis=0)
    spread[spread == 0] = 1.0
    scale = spread * np.std((x - centre) / spread, axis=0)
    scale[scale == 0] = 1.0
    rows = _rows(data, (x - centre) / scale, cause, method)
    what = f"Fine-Gray regression on {', '.join(design.terms)}"
    events = int(rows.dies.sum())
    top = climb(lambda b: _likelihood(rows, b)[:3], np.zeros(len(scale)), what, events=events)
    coef = top.at / scale
    coef[top.infinite] = np.copysign(np.inf, top.towards[top.infinite])
    converged = not top.infinite.any()
    model = sandwich = np.full((len(coef), len(coef)), np.nan)
    if converged:
        model = np.linalg.inv(top.information)
        influence = _influence(data, rows, top.at, method) @ model
        sandwich = influence.T @ influence
    unit = scale[:, None] * scale[None, :]
    return FineGrayFit(
        design.terms, data.n, events, cause, method, coef, sandwich / unit, model / unit,
        (top.start_value, top.value), converged, level,
    )  # fmt: skip


def _refuse(data: TimeToEvent, cause: int) -> None:
    for name in ("entry", "stratum", "weight"):
        if getattr(data, name) is not None:
            raise InvalidData(f"Fine-Gray regression knows no {name}; give data without it")
    if not (data.event == cause).any():
        raise NotEnoughData(f"no event of cause {cause} among {data.n} rows; found {data.causes}")


def _rows(data: TimeToEvent, z: Floats, cause: int, method: Method) -> _Rows:
    known = ordering(data)
    m = len(known.times)
    before = _censoring_before(known.rank, data.event, m, method)
    dies = data.event == cause
    other = (data.event > 0) & ~dies
    deaths = np.bincount(known.rank[dies], minlength=m)
    at = np.repeat(np.arange(m), deaths)
    first = np.cumsum(deaths) - deaths
    part = (np.arange(len(at)) - first[at]) / deaths[at]
    if method == "subdistribution":
        part[:] = 0.0
    inverse = np.where(other, 1.0 / before[known.rank], 0.0)
    return _Rows(z, known.rank, dies, inverse, before, part, at)


def _censoring_before(rank: Codes, event: Codes, m: int, method: Method) -> Floats:
    """Return G(t-) at each distinct time."""
    leaving = np.bincount(rank, minlength=m)
    censored = np.bincount(rank[event == 0], minlength=m)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if method == "weighted_cox":
        at_risk = at_risk - (leaving - censored)
    stay = 1.0 - censored / np.maximum(at_risk, 1)
    return np.concatenate([[1.0], np.cumprod(stay)[:-1]])


def _at_risk(rows: _Rows, risk: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """Return per time the sums of risk x columns over those still under observation, and, over
    those who had another event before, of risk x columns / G(T-).
    """
    m = len(rows.before)
    here = _by_rank(rows.rank, risk[:, None] * columns, m)
    other = _by_rank(rows.rank, (risk * rows.inverse)[:, None] * columns, m)
    before = np.cumsum(other, axis=0) - other
    return np.cumsum(here[::-1], axis=0)[::-1], before


def _by_rank(rank: Codes, values: Floats, m: int) -> Floats:
    return np.column_stack([np.bincount(rank, weights=column, minlength=m) for column in values.T])


class _Hazard(NamedTuple):
    """Per time: dH and sum of mean dH, for a row at risk and for one that dies; the mean."""

    jump: Floats
    tied: Floats
    mean_jump: Floats
    mean_tied: Floats
    mean: Floats


def _likelihood(rows: _Rows, beta: Floats) -> tuple[float, Floats, Floats, _Hazard, Floats]:
    """Return log likelihood, score, information, the hazards, and the rows' relative risks."""
    eta = rows.z @ beta
    risk = np.exp(np.minimum(eta, 700.0))
    ones = np.column_stack([np.ones(len(eta)), rows.z])
    inside, outside = _at_risk(rows, risk, ones)
    s = inside + rows.before[:, None] * outside
    d = _by_rank(rows.rank, (risk * rows.dies)[:, None] * ones, len(rows.before))
    steps = s[rows.at] - rows.part[:, None] * d[rows.at]
    mean = steps[:, 1:] / steps[:, :1]
    value = float(eta[rows.dies].sum() - np.log(steps[:, 0]).sum())
    score = rows.z[rows.dies].sum(axis=0) - mean.sum(axis=0)
    hazard = _hazard(rows, 1.0 / steps[:, 0], mean)
    lived = _lived(rows, hazard.jump, hazard.tied)
    information = (rows.z * (risk * lived)[:, None]).T @ rows.z - mean.T @ mean
    return value, score, information, hazard, risk


def _hazard(rows: _Rows, jump: Floats, mean: Floats) -> _Hazard:
    m = len(rows.before)
    deaths = np.maximum(np.bincount(rows.at, minlength=m), 1)[:, None]
    kept = 1.0 - rows.part
    return _Hazard(
        _by_rank(rows.at, jump[:, None], m)[:, 0],
        _by_rank(rows.at, (jump * kept)[:, None], m)[:, 0],
        _by_rank(rows.at, jump[:, None] * mean, m),
        _by_rank(rows.at, (jump * kept)[:, None] * mean, m),
        _by_rank(rows.at, mean, m) / deaths,
    )


def _lived(rows: _Rows, jump: Floats, tied: Floats) -> Floats:
    """Return per row the hazard it lived through, (n,) or (n, p): after another event weighted."""
    shape = (-1,) + (1,) * (jump.ndim - 1)
    own = np.cumsum(jump, axis=0)[rows.rank]
    own[rows.dies] += (tied - jump)[rows.rank[rows.dies]]
    weighted = jump * rows.before.reshape(shape)
    after = np.cumsum(weighted[::-1], axis=0)[::-1] - weighted
    return np.asarray(own + rows.inverse.reshape(shape) * after[rows.rank])


def _influence(data: TimeToEvent, rows: _Rows, beta: Floats, method: Method) -> Floats:
    """Return each row's part of the score (n, p), with that of the estimated censoring."""
    hazard, risk = _likelihood(rows, beta)[3:]
    lived = _lived(rows, hazard.jump, hazard.tied)
    lived_mean = _lived(rows, hazard.mean_jump, hazard.mean_tied)
    eta = rows.dies[:, None] * (rows.z - hazard.mean[rows.rank])
    eta -= risk[:, None] * (rows.z * lived[:, None] - lived_mean)
    if method == "weighted_cox":
        return np.asarray(eta)
    return np.asarray(eta + _censoring_part(data, rows, hazard, risk))


def _censoring_part(data: TimeToEvent, rows: _Rows, hazard: _Hazard, risk: Floats) -> Floats:
    """Return psi_i of Fine & Gray (1999), section 4: G is estimated, not known."""
    m = len(rows.before)
    outside = _at_risk(rows, risk, np.column_stack([np.ones(data.n), rows.z]))[1]
    later = np.cumsum((rows.before * hazard.jump)[::-1])[::-1]
    later_mean = np.cumsum((rows.before[:, None] * hazard.mean_jump)[::-1], axis=0)[::-1]
    q = outside[:, 1:] * later[:, None] - outside[:, :1] * later_mean
    at_risk = np.cumsum(np.bincount(rows.rank, minlength=m)[::-1])[::-1]
    censored = np.bincount(rows.rank[data.event == 0], minlength=m)
    share = q / at_risk[:, None]
    compensator = np.cumsum(share * (censored / at_risk)[:, None], axis=0)
    return np.asarray((data.event == 0)[:, None] * share[rows.rank] - compensator[rows.rank])
