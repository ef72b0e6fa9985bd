"""Sizing a trial and planning its looks; each file loads when one of its names is first used."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

_HOME = {
    "adjusted": ("AdjustedInference", "adjusted_inference"),
    "assumptions": ("Accrual", "PiecewiseHazard", "TrialAssumptions"),
    "boundaries": (
        "Boundaries",
        "StoppingBounds",
        "group_sequential_boundaries",
        "harm_boundaries",
        "stopping_bounds",
    ),
    "characteristics": (
        "DesignCharacteristics",
        "PowerByEffect",
        "StoppingProbabilities",
        "design_characteristics",
        "power_by_effect",
        "stopping_probabilities",
    ),
    "conditional": (
        "DiscretePrior",
        "FlatPrior",
        "NormalPrior",
        "conditional_power",
        "predictive_power",
        "prior_of",
    ),
    "delayed_effects": ("MaxComboPower", "max_combo_power", "modestly_weighted_power"),
    "events": ("RequiredEvents", "detectable_hazard_ratio", "events_power", "required_events"),
    "forecast": (
        "EventForecast",
        "PooledSnapshot",
        "forecast_events",
        "planned_event_time",
    ),
    "from_numbers": ("design_from_numbers",),
    "from_protocol": ("design_from_protocol", "scenario_names"),
    "futility": ("FutilityBoundaries", "futility_boundaries"),
    "group_sequential": ("GroupSequentialDesign",),
    "piecewise": (
        "AverageHazardRatio",
        "EventProbability",
        "ExpectedEvents",
        "average_hazard_ratio",
        "event_probability",
        "eventual_events",
        "expected_events_at",
        "time_of_events",
    ),
    "planned_power": (
        "PlannedLook",
        "PlannedPower",
        "planned_power",
        "under_hazard_ratio",
    ),
    "nonproportional": (
        "SurvivalDifferencePower",
        "WeightedLogRankPower",
        "milestone_survival_power",
        "restricted_mean_survival_power",
        "weighted_log_rank_power",
        "weighted_log_rank_sample_size",
    ),
    "reestimation": (
        "Reestimation",
        "combined_z",
        "log_rank_increment",
        "reestimate_events",
    ),
    "sample_size": (
        "PowerSurvival",
        "SampleSize",
        "power_survival",
        "required_accrual_duration",
        "required_follow_up",
        "sample_size_survival",
    ),
    "sized": ("sized",),
    "spending": ("cumulative_spending",),
    "steps": ("steps_of", "steps_text"),
    "to_protocol": ("design_text",),
    "trial_design": (
        "ArmCourse",
        "DesignStratum",
        "ImagingTimes",
        "PlannedPatients",
        "PrimaryTest",
        "TrialDesign",
    ),
    "warnings": ("DesignWarning", "design_warnings"),
    "update": ("UpdatedBoundaries", "design_at_events", "hazard_ratio_at", "update_boundaries"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]

functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
