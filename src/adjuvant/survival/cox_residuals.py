"""Residuals of a Cox fit, its baseline hazard, and the curve it predicts for a patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from adjuvant.core import Floats, NotEstimable, Numbers, UsageError
from adjuvant.survival.confidence_limits import Scale, check_scale, confidence_limits
from adjuvant.survival.cox import CoxFit
from adjuvant.survival.cox_scores import lived_hazard, score_rows
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.ordering import ordering

__all__ = [
    "BaselineHazard",
    "PredictedSurvival",
    "Residual",
    "cox_baseline_hazard",
    "predicted_survival",
    "residuals",
]

Residual = Literal["martingale", "deviance", "score", "schoenfeld", "dfbeta"]


@dataclass(frozen=True, eq=False)
class BaselineHazard:
    """One stratum's cumulative hazard for covariates 0, at all its distinct times, ascending."""

    label: str
    time: Numbers
    cumulative_hazard: Floats
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


@dataclass(frozen=True, eq=False)
class PredictedSurvival:
    """One stratum's predicted curve; std_error is that of the survival probability."""

    label: str
    time: Numbers
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def residuals(fit: CoxFit, kind: Residual) -> Floats:
    """Return the residuals of a Cox fit, one of five kinds.

    kind      martingale, deviance: (n,) in row order. score, dfbeta: (n, p) in row order; dfbeta
              is how the coefficients change, to first order, when the row is left out with its
              case weight (the other kinds do not multiply by it).
              schoenfeld: (events, p), by stratum and within it by time, ties in row order.
    Raises    UsageError for an unknown kind, or exact ties; NotEstimable for dfbeta where a
              coefficient is infinite.
    Source    Therneau, Grambsch & Fleming 1990; Schoenfeld 1982; as residuals.coxph of R.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival.cox import cox
    >>> fit = cox(TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1]), {"x": [1, 0, 1, 0]})
    >>> abs(float(residuals(fit, "martingale").sum())) < 1e-12
    True
    """
    _refuse_exact(fit)
    likelihood, beta = fit.likelihood, fit.maximum.beta
    if kind == "martingale":
        return np.asarray((fit.data.event > 0) - lived_hazard(likelihood, beta))
    if kind == "deviance":
        return _deviance(fit)
    if kind == "score":
        return np.asarray(score_rows(likelihood, beta, weighted=False) * likelihood.scale)
    if kind == "dfbeta":
        _refuse_infinite(fit, "dfbeta")
        inverse = np.linalg.inv(fit.maximum.information)
        return np.asarray(score_rows(likelihood, beta, weighted=True) @ inverse / likelihood.scale)
    if kind == "schoenfeld":
        return _schoenfeld(fit)
    raise UsageError(
        f"no residuals {kind!r}; choose martingale, deviance, score, schoenfeld or dfbeta"
    )


def _deviance(fit: CoxFit) -> Floats:
    martingale = residuals(fit, "martingale")
    event = fit.data.event > 0
    lived = np.where(event, event - martingale, 1.0)
    with np.errstate(divide="ignore"):
        inner = martingale + np.where(event, np.log(lived), 0.0)
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(-2 * inner, 0.0)))


def _schoenfeld(fit: CoxFit) -> Floats:
    likelihood = fit.likelihood
    sets, moments = likelihood.sets, likelihood.moments(fit.maximum.beta)
    places = np.flatnonzero(sets.death)
    group = likelihood.group_of[places]
    rows = likelihood.z.T[places] - moments.mean[group]
    by = np.lexsort(
        (sets.order[places], sets.group_rank[group], likelihood.stratum_of_group[group])
    )
    return np.asarray(rows[by] * likelihood.scale)


def cox_baseline_hazard(fit: CoxFit) -> tuple[BaselineHazard, ...]:
    """Return the cumulative baseline hazard of each stratum, for covariates (and offset) 0.

    Under Efron's rule for ties the increments are Efron's, else Breslow's.
    Raises    UsageError for exact ties; NotEstimable where a coefficient is infinite.
    Source    Breslow 1972; as basehaz(fit, centered = FALSE) of R survival 3.5-3.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival.cox import cox
    >>> fit = cox(TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1]), {"x": [1, 0, 1, 0]})
    >>> cox_baseline_hazard(fit)[0].time.tolist()
    [1, 2, 3, 4]
    """
    _refuse_infinite(fit, "the baseline hazard")
    total, _, _, risk = _curves(fit, -fit.likelihood.centre / fit.likelihood.scale)
    hazard = _at_risk_level(total, risk)
    return tuple(
        BaselineHazard(label, time, hazard[places], fit.data.unit)
        for label, time, places in _strata(fit)
    )


def predicted_survival(
    fit: CoxFit, at: Mapping[str, Any], *, ci: Scale = "log", level: float = 0.95
) -> tuple[PredictedSurvival, ...]:
    """Return the survival curve that the model predicts for one patient, in each stratum.

    at        a value for every covariate ("arm" too, where the data have arms); offset 0.
    Raises    InvalidData for an absent or unknown covariate; UsageError for exact ties;
              NotEstimable where a coefficient is infinite.
    Source    Tsiatis 1981 for the variance; as survfit(fit, newdata) of R survival 3.5-3.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival.cox import cox
    >>> fit = cox(TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1]), {"x": [1, 0, 1, 0]})
    >>> predicted_survival(fit, {"x": 0})[0].survival.round(3).tolist()
    [0.813, 0.607, 0.607, 0.223]
    """
    check_scale(ci)
    _refuse_infinite(fit, "a predicted curve")
    x = (fit.design.row(at) - fit.likelihood.centre) / fit.likelihood.scale
    total, own, drift, risk = _curves(fit, x)
    variance = own + np.einsum("ga,ab,gb->g", drift, fit.scaled_variance, drift)
    survival = np.exp(-_at_risk_level(total, risk))
    # Far from the data the hazard may overflow; survival is 0 there, known without error.
    std_error = np.where(survival > 0, survival * np.sqrt(variance), 0.0)
    std_error *= min(risk, 1e300)
    lower, upper = confidence_limits(survival, std_error, ci, level)
    return tuple(
        PredictedSurvival(
            label,
            time,
            survival[places],
            std_error[places],
            lower[places],
            upper[places],
            fit.data.unit,
        )
        for label, time, places in _strata(fit)
    )


def _at_risk_level(total: Floats, risk: float) -> Floats:
    """Return the hazard at a relative risk, which may overflow: 0 before the first event."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(total > 0, risk * total, 0.0)


def _curves(fit: CoxFit, x: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Return per group H, its variance given beta, dH/dbeta (groups, p), for relative risk 1.

    All are cumulated from the stratum's first time. Last comes the relative risk of columns x, by
    which H and dH/dbeta, and with its square the variance, are multiplied; inf where it overflows.
    """
    _refuse_exact(fit)
    likelihood, beta = fit.likelihood, fit.maximum.beta
    moments = likelihood.moments(beta)
    with np.errstate(over="ignore"):
        risk = float(np.exp(x @ beta - likelihood.offset_centre - moments.shift))
    total = likelihood.cumulative(moments.hazard)
    drift = x * total[:, None] - likelihood.cumulative(moments.mean_hazard)
    own = likelihood.cumulative(moments.hazard_variance)
    return total, own, drift, risk


def _strata(fit: CoxFit) -> list[tuple[str, Numbers, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Return each stratum's label, its times ascending, and its groups in that order."""
    sets, times = fit.likelihood.sets, ordering(fit.data).times
    found = []
    for s in range(len(sets.stratum_first) - 1):
        groups = np.arange(sets.stratum_first[s + 1] - 1, sets.stratum_first[s] - 1, -1)
        label = ""
        if fit.data.stratum is not None:
            row = sets.order[sets.group_first[groups[0]]]
            label = fit.data.stratum_labels[fit.data.stratum[row]]
        found.append((label, times[sets.group_rank[groups]], groups))
    return found


def _refuse_exact(fit: CoxFit) -> None:
    if fit.ties == "exact":
        raise UsageError("not defined for exact ties; fit with ties='efron' or 'breslow'")


def _refuse_infinite(fit: CoxFit, what: str) -> None:
    if not fit.converged:
        names = [t for t, i in zip(fit.terms, fit.infinite, strict=True) if i]
        raise NotEstimable(
            f"{what} cannot be determined: the coefficient of {', '.join(names)} is infinite"
        )
