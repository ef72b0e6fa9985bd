"""Estimators and tests on `TimeToEvent`; each file loads when one of its names is first used."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

_HOME = {
    "at_risk": ("AtRisk", "at_risk_table"),
    "average_hazard_ratio": ("AverageHazardRatio", "average_hazard_ratio"),
    "bands": ("ConfidenceBand", "confidence_band"),
    "competing_risks": (
        "AalenJohansen",
        "CumulativeIncidence",
        "IncidenceCurve",
        "aalen_johansen",
        "cumulative_incidence",
    ),
    "concordance": ("Concordance",),
    "counts": (
        "ChiSquare",
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
    "cox_firth": (
        "FirthFit",
        "cox_firth",
    ),
    "cox_residuals": (
        "BaselineHazard",
        "PredictedSurvival",
        "cox_baseline_hazard",
        "predicted_survival",
        "residuals",
    ),
    "cox_tests": (
        "InteractionTest",
        "ProfileLimits",
        "ProportionalHazards",
        "TermTest",
        "interaction_test",
        "profile_likelihood_ci",
        "proportional_hazards_test",
    ),
    "cumulative_hazard": ("CumulativeHazard", "nelson_aalen"),
    "design_matrix": ("Factor",),
    "export": (
        "cite",
        "to_dict",
        "to_frame",
        "to_html",
    ),
    "fine_gray": (
        "FineGrayFit",
        "fine_gray",
    ),
    "fisher": ("FisherExact",),
    "gray_test": (
        "CauseTest",
        "GrayTest",
        "gray_test",
    ),
    "interval_censored": (
        "IntervalCensored",
        "TurnbullCurve",
        "interval_censored_survival",
        "turnbull",
    ),
    "kaplan_meier": ("KaplanMeier", "SurvivalAt", "SurvivalCurve", "kaplan_meier", "survival_at"),
    "landmark": ("landmark", "landmark_rows"),
    "log_rank": (
        "LogRank",
        "TrendLogRank",
        "log_rank",
        "trend_log_rank",
    ),
    "mantel_haenszel": ("MantelHaenszel",),
    "max_combo": ("MaxCombo", "max_combo"),
    "milestone": (
        "ArmMilestone",
        "MilestoneDifference",
        "milestone_difference",
    ),
    "ordering": ("Ordering", "ordering"),
    "parametric": (
        "ParametricFit",
        "parametric_survival",
    ),
    "quantiles": ("Quantiles", "reverse_kaplan_meier", "survival_quantile"),
    "recurrent": ("MeanCumulative", "mean_cumulative_function"),
    "rerandomisation": ("Rerandomisation", "rerandomisation_test"),
    "restricted_mean": (
        "ArmRmst",
        "RestrictedMean",
        "RmstDifference",
        "rmst",
        "rmst_difference",
    ),
    "restricted_mean_regression": ("AdjustedRmst",),
    "results": (
        "Effect",
        "TestResult",
    ),
    "state_occupation": ("StateCurve",),
    "two_by_two": ("Proportion",),
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


functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
