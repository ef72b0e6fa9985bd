"""Estimators and tests on `TimeToEvent`; each file loads when one of its names is first used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOME = {
    "at_risk": ("AtRisk", "at_risk_table"),
    "average_hazard_ratio": ("AverageHazardRatio", "average_hazard_ratio"),
    "bands": ("ConfidenceBand", "confidence_band"),
    "competing_risks": (
        "AalenJohansen",
        "CumulativeIncidence",
        "aalen_johansen",
        "cumulative_incidence",
    ),
    "counts": (
        "TwoByTwo",
        "chi_square",
        "cochran_mantel_haenszel",
        "fisher_exact",
        "miettinen_nurminen",
        "newcombe",
        "odds_ratio",
        "relative_risk",
        "risk_difference",
    ),
    "cox": ("CoxFit", "cox"),
    "cox_residuals": ("cox_baseline_hazard", "predicted_survival", "residuals"),
    "cox_tests": ("interaction_test", "profile_likelihood_ci", "proportional_hazards_test"),
    "cumulative_hazard": ("CumulativeHazard", "nelson_aalen"),
    "design_matrix": ("Factor",),
    "fine_gray": ("fine_gray",),
    "gray_test": ("GrayTest", "gray_test"),
    "interval_censored": (
        "IntervalCensored",
        "TurnbullCurve",
        "interval_censored_survival",
        "turnbull",
    ),
    "kaplan_meier": ("KaplanMeier", "SurvivalAt", "SurvivalCurve", "kaplan_meier", "survival_at"),
    "landmark": ("landmark", "landmark_rows"),
    "log_rank": ("LogRank", "log_rank", "trend_log_rank"),
    "max_combo": ("MaxCombo", "max_combo"),
    "milestone": ("MilestoneDifference", "milestone_difference"),
    "ordering": ("Ordering", "ordering"),
    "parametric": ("parametric_survival",),
    "quantiles": ("Quantiles", "reverse_kaplan_meier", "survival_quantile"),
    "recurrent": ("MeanCumulative", "mean_cumulative_function"),
    "rerandomisation": ("Rerandomisation", "rerandomisation_test"),
    "restricted_mean": ("RestrictedMean", "RmstDifference", "rmst", "rmst_difference"),
    "results": ("TestResult",),
    "weighted_log_rank": (
        "FlemingHarrington",
        "Gehan",
        "ModestlyWeighted",
        "ModifiedPetoPeto",
        "PetoPeto",
        "TaroneWare",
        "WeightedLogRank",
        "weighted_log_rank",
    ),
    "win_ratio": ("WinRatio", "win_ratio"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


class _Room(ModuleType):
    """A package in which a function wins over the file of the same name (`cox`, `log_rank`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing adjuvant.survival.cox_tests first makes Python bind the file cox.py here.
        if isinstance(value, ModuleType) and _FILE_OF.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.survival' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.survival.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
