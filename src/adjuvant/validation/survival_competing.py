"""Reference quantities where events of other causes compete."""

from typing import Any

from adjuvant.validation.asking import ask, public
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_data import CaseData, options_but, taken

__all__ = ["aalen_johansen", "cumulative_incidence", "fine_gray", "gray_test"]

Fields = dict[str, Any]


def cumulative_incidence(case: Case, file: CaseFile) -> Fields:
    """Cumulative incidence by group and cause, and at fixed times."""
    function = public("survival", "cumulative_incidence")
    data, group_of = CaseData(case, file).by_group()
    result = ask(function, data, **options_but(case, "times"))
    curves = [_identified(c, group_of, "time", "estimate", "variance") for c in result.curves]
    if "times" not in case.options:
        return {"curves": curves}
    at = [
        _identified(c, group_of, "estimate", "variance") for c in result.at(case.options["times"])
    ]
    return {"curves": curves, "at": at}


def aalen_johansen(case: Case, file: CaseFile) -> Fields:
    """State probabilities with the infinitesimal jackknife."""
    function = public("survival", "aalen_johansen")
    data, group_of = CaseData(case, file).by_group()
    result = ask(function, data, **case.options)
    names = ("time", "number_at_risk", "probability", "std_error", "lower", "upper")
    groups = [{"group": group_of[one.label], **taken(one, *names)} for one in result.curves]
    return {**taken(result, "states"), "groups": groups}


def gray_test(case: Case, file: CaseFile) -> Fields:
    """Gray's test, by cause."""
    function = public("survival", "gray_test")
    data, _ = CaseData(case, file).by_group()
    result = ask(function, data, **case.options)
    names = ("cause", "chi_square", "df", "p_value")
    return {"causes": [taken(one, *names) for one in result.causes]}


def fine_gray(case: Case, file: CaseFile) -> Fields:
    """Regression on the subdistribution hazard."""
    function = public("survival", "fine_gray")
    rows = CaseData(case, file)
    options = dict(case.options)
    if case.interactions:
        options["interactions"] = [tuple(pair) for pair in case.interactions]
    result = ask(function, rows.survival(), rows.covariates(), **options)
    names = ("terms", "n", "coef", "se", "variance", "model_based_variance", "log_likelihood")
    return taken(result, *(name for name in names if name in case.expected))


def _identified(curve: Any, group_of: dict[str, Any], *names: str) -> Fields:
    return {"group": group_of[curve.label], **taken(curve, "cause", *names)}
