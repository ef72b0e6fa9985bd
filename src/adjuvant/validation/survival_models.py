"""Reference quantities of regression models: Cox in all its uses, and parametric survival."""

from typing import Any

from adjuvant.core import CaseError, NotEstimable, TimeToEvent
from adjuvant.validation.asking import Unsupported, ask, public
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_data import CaseData, as_fields, option, options_but, taken

__all__ = [
    "cox",
    "cox_baseline_hazard",
    "cox_residuals",
    "interaction",
    "parametric_survival",
    "profile_likelihood_ci",
    "proportional_hazards_test",
]

Fields = dict[str, Any]
_FIT = ("ties", "robust", "level", "landmark", "cause", "offset")
_ESTIMATES = (
    *("terms", "n", "events", "coef", "se", "variance", "log_likelihood", "hr_ci"),
    *("lrt", "wald", "score", "converged", "model_based_variance", "robust_score"),
)


def cox(case: Case, file: CaseFile) -> Fields:
    """A Cox fit: its estimates, tests and concordance."""
    fit = _fit(case, file, case.options)
    fields = taken(fit, *(name for name in _ESTIMATES if name in case.tested))
    if "concordance" in case.tested:
        fields["concordance"] = _concordance(fit)
    return fields


def proportional_hazards_test(case: Case, file: CaseFile) -> Fields:
    """Score tests of proportional hazards, by covariate and of all together."""
    test = public("survival", "proportional_hazards_test")
    fitted = {name: value for name, value in case.options.items() if name in _FIT}
    fit = _fit(case, file, fitted, quantity=case.options.get("model", "cox"))
    result = ask(test, fit, **options_but(case, "model", *_FIT))
    names = ("term", "chi_square", "df", "p_value")
    return {
        "terms": [taken(one, *names) for one in result.terms],
        "global": as_fields(result.global_test),
    }


def cox_baseline_hazard(case: Case, file: CaseFile) -> Fields:
    """Cumulative baseline hazard for covariates 0."""
    function = public("survival", "cox_baseline_hazard")
    fitted = {name: value for name, value in case.options.items() if name in _FIT}
    curves = ask(function, _fit(case, file, fitted), **options_but(case, *_FIT))
    if len(curves) != 1:
        raise CaseError("cox_baseline_hazard expects one curve; the model has strata")
    return taken(curves[0], "time", "cumulative_hazard")


def cox_residuals(case: Case, file: CaseFile) -> Fields:
    """Residuals in row order."""
    function = public("survival", "residuals")
    fit = _fit(case, file, case.options)
    return {kind: ask(function, fit, kind=kind) for kind in case.expected}


def interaction(case: Case, file: CaseFile) -> Fields:
    """Likelihood ratio test of the interactions of a model."""
    function = public("survival", "interaction_test")
    rows = CaseData(case, file)
    pairs = [tuple(pair) for pair in case.interactions]
    result = ask(function, rows.survival(), rows.covariates(), pairs, **case.options)
    return taken(result, "log_likelihood", "lrt")


def profile_likelihood_ci(case: Case, file: CaseFile) -> Fields:
    """Profile-likelihood limits of the coefficients."""
    function = public("survival", "profile_likelihood_ci")
    fitted = {name: value for name, value in case.options.items() if name in _FIT}
    result = ask(function, _fit(case, file, fitted), **options_but(case, *_FIT))
    return taken(result, "terms", "coef", "lower", "upper")


def parametric_survival(case: Case, file: CaseFile) -> Fields:
    """Accelerated failure time model."""
    function = public("survival", "parametric_survival")
    rows = CaseData(case, file)
    options = dict(case.options)
    if case.interactions:
        options["interactions"] = [tuple(pair) for pair in case.interactions]
    result = ask(function, rows.survival(), rows.covariates(), **options)
    return taken(result, "terms", "coef", "scale", "variance", "log_likelihood")


def _concordance(fit: Any) -> Any:
    """Return the concordance, {} where no pair of rows can be compared: null in a case."""
    try:
        return as_fields(fit.concordance)
    except NotEstimable:
        return {}


def _fit(case: Case, file: CaseFile, options: dict[str, Any], *, quantity: str = "") -> Any:
    """Return the Cox fit of a case, by the rule of its quantity (landmark, cause)."""
    quantity = quantity or case.quantity
    function, options = public("survival", "cox"), dict(options)
    rows = CaseData(case, file)
    data = _model_data(case, rows, options, quantity)
    if case.interactions:
        options["interactions"] = [tuple(pair) for pair in case.interactions]
    return ask(function, data, rows.covariates(), **options)


def _model_data(case: Case, rows: CaseData, options: dict[str, Any], quantity: str) -> TimeToEvent:
    data = rows.survival()
    if quantity == "landmark":
        at = option(case, "landmark")
        del options["landmark"]
        rows.keep(public("survival", "landmark_rows")(data, at).tolist())
        data = ask(public("survival", "landmark"), data, at)
    elif quantity == "cause_specific_cox":
        data = data.cause(option(case, "cause"))
        del options["cause"]
    elif quantity not in _PLAIN:
        raise Unsupported(f"no model {quantity!r}")
    return data


_PLAIN = {
    *("cox", "subgroup", "andersen_gill", "pwp_total_time", "pwp_gap_time", "wei_lin_weissfeld"),
    *("cox_baseline_hazard", "cox_residuals", "profile_likelihood_ci"),
}
