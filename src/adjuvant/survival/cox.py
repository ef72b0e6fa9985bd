"""Cox regression: hazard ratios with their intervals and tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Codes, Floats, Mask, TimeToEvent, UsageError, encode
from adjuvant.survival.concordance import Concordance, concordance_of
from adjuvant.survival.cox_likelihood import Maximum, PartialLikelihood, Ties, partial_likelihood
from adjuvant.survival.cox_scores import score_rows, summed_by
from adjuvant.survival.design_matrix import Covariates, DesignMatrix, design_matrix
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.results import TestResult, normal_quantile, two_sided_p

__all__ = ["CoxFit", "cox"]


@dataclass(frozen=True, eq=False, repr=False)
class CoxFit:
    """A fitted Cox model. Arrays follow `terms`; log hazard ratios unless the name says ratio.

    terms           (p,) such as "arm=IMM", "age", "celltype=adeno", "trt:celltype=adeno".
    n, events       rows and events that carry a positive weight.
    coef            (p,) log hazard ratios; +-inf where the likelihood is monotone.
    log_likelihood  at coefficients 0 and at the maximum (the supremum, if not converged).
    converged       False if a coefficient is infinite: no finite maximum exists.
    robust          whether `variance` is the sandwich, summed over subjects if they repeat.

    An infinite coefficient has se inf, interval (0, inf), and neither z, p nor Wald test (NaN);
    score and likelihood-ratio test stay valid, and `profile_likelihood_ci` gives its interval.
    """

    terms: tuple[str, ...]
    n: int
    events: int
    coef: Floats
    log_likelihood: tuple[float, float]
    converged: bool
    ties: Ties
    robust: bool
    level: float
    data: TimeToEvent = field(repr=False)
    design: DesignMatrix = field(repr=False)
    likelihood: PartialLikelihood = field(repr=False)
    maximum: Maximum = field(repr=False)
    cluster: Codes | None = field(repr=False, default=None)

    to_dict, to_frame, cite, _repr_html_ = EXPORTS

    @cached_property
    def model_based_variance(self) -> Floats:
        """Inverse of the information (p, p); inf and NaN where a coefficient is infinite."""
        return self._unscaled(self.scaled_model_variance)

    @cached_property
    def variance(self) -> Floats:
        """Variance of `coef` (p, p): the sandwich if `robust`, else `model_based_variance`."""
        return self._unscaled(self.scaled_variance)

    @cached_property
    def se(self) -> Floats:
        """Standard errors of `coef` (p,)."""
        return np.asarray(np.sqrt(np.diag(self.scaled_variance)) / self.likelihood.scale)

    @cached_property
    def z(self) -> Floats:
        """Wald statistics (p,); NaN where the coefficient is infinite."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.coef / self.se)

    @cached_property
    def p_values(self) -> Floats:
        """Two-sided Wald p-values (p,)."""
        return np.array([two_sided_p(z) for z in self.z])

    @property
    def hazard_ratio(self) -> Floats:
        """exp(coef) (p,); a hazard ratio that overflows is inf."""
        return _exp(self.coef)

    @cached_property
    def hr_ci(self) -> Floats:
        """Wald interval of each hazard ratio (p, 2); (0, inf) where the coefficient is infinite."""
        finite = np.where(self.infinite, 0.0, self.coef)
        reach = normal_quantile(self.level) * self.se
        return _exp(np.column_stack([finite - reach, finite + reach]))

    @property
    def infinite(self) -> Mask:
        """Which coefficients are infinite (p,)."""
        return self.maximum.infinite

    @cached_property
    def lrt(self) -> TestResult:
        """Likelihood-ratio test of all terms."""
        null, fitted = self.log_likelihood
        return TestResult.of(max(2 * (fitted - null), 0.0), len(self.terms))

    @cached_property
    def wald(self) -> TestResult:
        """Wald test of all terms, with `variance`.

        NaN if a coefficient is infinite, or the sandwich has no inverse (no more clusters than
        terms): R then prints a chi-square of fewer terms under the full df.
        """
        if not self.converged:
            return TestResult(np.nan, len(self.terms), np.nan)
        return TestResult.of(_quadratic(self.maximum.beta, self.scaled_variance), len(self.terms))

    @cached_property
    def score(self) -> TestResult:
        """Score test of all terms at coefficients 0: for one two-level factor the log-rank test."""
        u, info = self.maximum.null_score, self.maximum.null_information
        return TestResult.of(_quadratic(u, info), len(self.terms))

    @cached_property
    def robust_score(self) -> TestResult | None:
        """Score test with the sandwich at coefficients 0; None without `robust`, NaN as `wald`."""
        if not self.robust:
            return None
        rows = score_rows(self.likelihood, np.zeros(len(self.terms)), weighted=True)
        rows = summed_by(self.cluster, rows)
        return TestResult.of(_quadratic(rows.sum(axis=0), rows.T @ rows), len(self.terms))

    @cached_property
    def concordance(self) -> Concordance:
        """Concordance of the linear predictor with its standard error."""
        return concordance_of(self.likelihood.sets, self.linear_predictor, self.cluster)

    @cached_property
    def linear_predictor(self) -> Floats:
        """Log relative hazard of each row (n,), in row order; 0 is the columns' mean."""
        beta = self.maximum.beta / self.likelihood.scale
        total = np.zeros(self.data.n)
        for b, centre, column in zip(
            beta, self.likelihood.centre, self.design.columns, strict=True
        ):
            total += b * (column - centre)
        if self.likelihood.offset.size:
            total[self.likelihood.sets.order] += self.likelihood.offset
        return total

    def __repr__(self) -> str:
        lines = [f"CoxFit(n={self.n}, events={self.events}, ties={self.ties!r})"]
        for term, ratio, ci, p in zip(
            self.terms, self.hazard_ratio, self.hr_ci, self.p_values, strict=True
        ):
            lines.append(
                f"  {term}: hazard ratio {ratio:.4g} ({self.level:.0%} CI {ci[0]:.4g}-{ci[1]:.4g})"
                + (f", p {p:.3g}" if np.isfinite(p) else ", not finite: monotone likelihood")
            )
        return "\n".join(lines)

    @cached_property
    def scaled_model_variance(self) -> Floats:
        """`model_based_variance` on the internal scale of the columns."""
        keep = ~self.infinite
        block = np.linalg.inv(self.maximum.information[np.ix_(keep, keep)])
        return self._with_infinite(np.asarray(block))

    @cached_property
    def scaled_variance(self) -> Floats:
        """`variance` on the internal scale of the columns."""
        if not self.robust:
            return self.scaled_model_variance
        keep = ~self.infinite
        rows = score_rows(self.likelihood, self.maximum.beta, weighted=True)[:, keep]
        influence = summed_by(self.cluster, rows) @ self.scaled_model_variance[np.ix_(keep, keep)]
        return self._with_infinite(influence.T @ influence)

    def _with_infinite(self, block: Floats) -> Floats:
        """Return `block`, the finite terms' variance, among all terms."""
        infinite = self.infinite
        if not infinite.any():
            return block
        full = np.full((len(infinite), len(infinite)), np.nan)
        full[np.ix_(~infinite, ~infinite)] = block
        full[infinite, infinite] = np.inf
        return full

    def _unscaled(self, variance: Floats) -> Floats:
        scale = self.likelihood.scale
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(variance / scale[:, None] / scale[None, :])


def cox(
    data: TimeToEvent,
    covariates: Covariates | None = None,
    *,
    interactions: Sequence[tuple[str, str]] = (),
    ties: Ties = "efron",
    robust: bool = False,
    level: float = 0.95,
    offset: ArrayLike | None = None,
) -> CoxFit:
    """Fit a proportional hazards model; a hazard ratio below 1 favours the arm it is named for.

    data          n rows; its arms come first as terms "arm=<label>" against arm 0, its strata
                  stratify, its entry times truncate, its weights weigh. Rows of weight 0 count
                  as absent.
    covariates    name -> numbers (n,) or Factor(values, levels=(reference, ...)).
    interactions  pairs of names; main effects stay in the model.
    ties          "efron" (R's default), "breslow" (SAS's) or "exact" (discrete likelihood).
    robust        sandwich variance. Always on where `data.subject` repeats: rows of a subject
                  are then summed.
    offset        (n,) a known part of the log hazard.
    Returns       CoxFit; `converged` is False where a coefficient is infinite.
    Raises        NotEnoughData without events or with an empty arm; NotEstimable for constant or
                  collinear terms; InvalidData for values that are no covariates.

    Several rows a subject give Andersen-Gill (entry times), Prentice-Williams-Peterson (strata =
    number of the event; total or gap time) and Wei-Lin-Weissfeld (strata, no entry).
    Source        Cox 1972; Efron 1977; Lin & Wei 1989. Agrees with coxph of R survival 3.5-3.

    >>> data = TimeToEvent.of([6, 7, 10, 13, 16, 22], [1, 1, 1, 1, 0, 1],
    ...                       arm=["CTL", "IMM", "CTL", "CTL", "IMM", "IMM"], control="CTL")
    >>> fit = cox(data)
    >>> fit.terms, round(float(fit.hazard_ratio[0]), 4)
    (('arm=IMM',), 0.248)
    """
    normal_quantile(level)
    design = design_matrix(data, covariates, interactions)
    likelihood = partial_likelihood(data, design, ties, offset)
    cluster = _clusters(data)
    if ties == "exact" and (robust or cluster is not None):
        raise UsageError("the exact likelihood has no score per row, so no sandwich variance")
    maximum = likelihood.maximum()
    coef = maximum.beta / likelihood.scale
    infinite = bool(maximum.infinite.any())
    if infinite:
        coef[maximum.infinite] = np.copysign(np.inf, maximum.towards[maximum.infinite])
    return CoxFit(
        terms=design.terms,
        n=int(np.count_nonzero(likelihood.sets.weight)),
        events=int(np.count_nonzero(likelihood.sets.death)),
        coef=coef,
        log_likelihood=maximum.log_likelihood,
        converged=not infinite,
        ties=ties,
        robust=robust or cluster is not None,
        level=level,
        data=data,
        design=design,
        likelihood=likelihood,
        maximum=maximum,
        cluster=cluster,
    )


def _clusters(data: TimeToEvent) -> Codes | None:
    """Return subject codes (n,) where a subject has several rows, else None."""
    if data.subject is None or len(set(data.subject)) == data.n:
        return None
    return encode("subject", data.subject)[0]


def _exp(values: Floats) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(values)


def _quadratic(vector: Floats, matrix: Floats) -> float:
    """Return vector' matrix^-1 vector; NaN where the matrix has no inverse."""
    if np.linalg.matrix_rank(matrix) < len(vector):
        return np.nan
    return float(vector @ np.linalg.solve(matrix, vector))
