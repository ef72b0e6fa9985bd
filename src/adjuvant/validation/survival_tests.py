"""Reference quantities that compare arms: log-rank tests, restricted means, milestones."""

from typing import Any

from adjuvant.core import CaseError
from adjuvant.validation.asking import ask, public
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_data import CaseData, option, options_but, taken

__all__ = [
    "log_rank",
    "max_combo",
    "milestone_difference",
    "rmst_difference",
    "weighted_log_rank",
]

Fields = dict[str, Any]
_CHI_SQUARE = ("chi_square", "df", "p_value")
_ARMS = ("control", "treatment")
# The class in adjuvant.survival that stands for the weights, and its parameters in the options.
_WEIGHTS = {
    "fleming_harrington": ("FlemingHarrington", ("rho", "gamma")),
    "gehan": ("Gehan", ()),
    "tarone_ware": ("TaroneWare", ()),
    "peto_peto": ("PetoPeto", ()),
    "modified_peto_peto": ("ModifiedPetoPeto", ()),
    "modestly_weighted_log_rank": ("ModestlyWeighted", ("delay",)),
}


def log_rank(case: Case, file: CaseFile) -> Fields:
    """Log-rank test of k groups, or of two arms where the case names control and treatment."""
    function = public("survival", "log_rank")
    if case.quantity == "stratified_log_rank" and not case.strata:
        raise CaseError("stratified_log_rank needs columns in `strata`")
    return _observed_expected(case, file, lambda data, **o: ask(function, data, **o), ())


def weighted_log_rank(case: Case, file: CaseFile) -> Fields:
    """Weighted log-rank test: of two arms its score, of k groups observed and expected."""
    name, parameters = _WEIGHTS[case.quantity]
    function, weight_class = public("survival", "weighted_log_rank"), public("survival", name)
    weight = ask(weight_class, **{p: option(case, p) for p in parameters})
    return _observed_expected(
        case, file, lambda data, **o: ask(function, data, weight, **o), parameters
    )


def max_combo(case: Case, file: CaseFile) -> Fields:
    """Maximum of several weighted log-rank tests."""
    function = public("survival", "max_combo")
    weights = tuple(tuple(pair) for pair in option(case, "weights"))
    data = CaseData(case, file).two_arms()
    result = ask(function, data, weights, **options_but(case, "weights", *_ARMS))
    return taken(
        result,
        *("score", "covariance", "z", "correlation", "max_abs_z", "p_two_sided", "p_one_sided"),
    )


def rmst_difference(case: Case, file: CaseFile) -> Fields:
    """Difference and ratio of restricted means, adjusted where the case has covariates."""
    function = public("survival", "rmst_difference")
    rows = CaseData(case, file)
    data = rows.two_arms()
    options = options_but(case, "tau", *_ARMS)
    if case.covariates:
        options["covariates"] = rows.covariate_columns()
    result = ask(function, data, option(case, "tau"), **options)
    names = ("difference", "ratio", "rmtl_ratio")
    if not case.covariates:
        return taken(result, *_ARMS, *names)
    fields = taken(result, *names, "terms", "coef", "se", "p_values", "ci")
    # The second term is the arm's indicator; a case calls it by its column.
    fields["terms"] = [fields["terms"][0], case.by[0], *fields["terms"][2:]]
    return fields


def milestone_difference(case: Case, file: CaseFile) -> Fields:
    """Difference, ratio and tests of survival at one time."""
    function = public("survival", "milestone_difference")
    data = CaseData(case, file).two_arms()
    result = ask(function, data, option(case, "time"), **options_but(case, "time", *_ARMS))
    names = ("difference", "ratio", "test_plain", "test_log", "test_log_log")
    return taken(result, *_ARMS, *names)


def _observed_expected(
    case: Case, file: CaseFile, test: Any, parameters: tuple[str, ...]
) -> Fields:
    rows = CaseData(case, file)
    options = options_but(case, *parameters, *_ARMS)
    if set(_ARMS) <= set(case.options):
        result = test(rows.two_arms(), **options)
        fields = taken(result, "score", "z", *_CHI_SQUARE)
        return {**fields, "variance": result.variance[1, 1]}
    if not case.by:
        raise CaseError(f"{case.quantity} needs a column in `by`")
    data, group_of = rows.by_group()
    result = test(data, **options)
    fields = taken(result, "n", "observed", "expected", "variance", *_CHI_SQUARE)
    return {"groups": [group_of[name] for name in result.groups], **fields}
