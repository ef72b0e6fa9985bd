"""Reference quantities of one sample: curves, quantiles, restricted means, recurrent events."""

from collections.abc import Callable, Iterable
from typing import Any

from adjuvant.validation.asking import ask, public
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_data import CaseData, option, options_but, taken

__all__ = [
    "kaplan_meier",
    "mean_cumulative_function",
    "nelson_aalen",
    "restricted_mean",
    "reverse_kaplan_meier",
    "survival_at",
    "survival_quantile",
]

Fields = dict[str, Any]
_CURVE = ("number_at_risk", "survival", "std_error", "lower", "upper")
_QUANTILES = ("quantile", "lower", "upper")


def kaplan_meier(case: Case, file: CaseFile) -> Fields:
    """Kaplan-Meier curves at all distinct times."""
    names = ("time", "events", "censored", *_CURVE)
    return _by_group(case, file, names, lambda data, **o: ask(_f(case), data, **o).curves)


def survival_at(case: Case, file: CaseFile) -> Fields:
    """Kaplan-Meier curves at fixed times."""
    times = option(case, "times")
    names = ("time", *_CURVE)
    return _by_group(case, file, names, lambda data, **o: ask(_f(case), data, times, **o), "times")


def survival_quantile(case: Case, file: CaseFile) -> Fields:
    """Quantiles of the survival time."""
    return _quantiles(case, file)


def reverse_kaplan_meier(case: Case, file: CaseFile) -> Fields:
    """Quantiles of the follow-up time."""
    return _quantiles(case, file)


def nelson_aalen(case: Case, file: CaseFile) -> Fields:
    """Cumulative hazards."""
    names = ("time", "cumulative_hazard", "std_error")
    return _by_group(case, file, names, lambda data, **o: ask(_f(case), data, **o))


def restricted_mean(case: Case, file: CaseFile) -> Fields:
    """Restricted mean survival times."""
    names = ("rmst", "std_error")
    return _by_group(case, file, names, lambda data, **o: ask(_f(case), data, **o))


def mean_cumulative_function(case: Case, file: CaseFile) -> Fields:
    """Mean number of recurrent events."""
    names = ("time", "number_at_risk", "events", "mean", "std_error")
    return _by_group(case, file, names, lambda data, **o: ask(_f(case), data, **o))


def _f(case: Case) -> Callable[..., Any]:
    return public("survival", case.quantity)


def _quantiles(case: Case, file: CaseFile) -> Fields:
    probabilities = tuple(option(case, "probabilities"))

    def per_arm(data: Any, **options: Any) -> Iterable[Any]:
        found: Iterable[Any] = ask(_f(case), data, probabilities, **options)
        return found

    return _by_group(case, file, _QUANTILES, per_arm, "probabilities")


def _by_group(
    case: Case,
    file: CaseFile,
    names: tuple[str, ...],
    per_arm: Callable[..., Iterable[Any]],
    *used: str,
) -> Fields:
    """Return {"groups": [...]}: what `per_arm` gives for each group, under the group's values."""
    _f(case)
    data, group_of = CaseData(case, file).by_group()
    results = per_arm(data, **options_but(case, *used))
    return {
        "groups": [{"group": group_of[one.label], **taken(one, *names)} for one in results],
    }
