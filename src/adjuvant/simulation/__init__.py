"""Whole trials, simulated: how a design will behave; each file loads when a name is first used."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

_HOME = {
    "checked_power": ("CheckedPower", "checked_power", "designed_scenario"),
    "chunks": ("TrialOutcomes", "trial_outcomes", "trial_patients"),
    "cluster": ("cluster_executor",),
    "from_protocol": ("ProtocolScenario", "protocol_scenarios"),
    "patients": (
        "Course",
        "FixedSizes",
        "Minimisation",
        "PermutedBlocks",
        "PoissonAccrual",
        "ProductFailure",
        "ScheduledAccrual",
        "Sites",
        "Stratum",
        "VisitSchedule",
        "WeibullHazard",
    ),
    "planned": ("checked_design", "planned_scenario"),
    "plain": ("PlainLook", "PlainPatients", "plain_patients", "plain_trial"),
    "protocol_run": ("ProtocolSimulation", "ScenarioResult", "simulate_protocol"),
    "results": ("LookCharacteristics", "OperatingCharacteristics", "Simulated"),
    "run": ("Progress", "simulate"),
    "scenario": ("Look", "Scenario", "one_stratum"),
    "trial_files": ("write_trial",),
    "trial_tests": (
        "CoxTest",
        "LogRankTest",
        "MaxComboTest",
        "MilestoneTest",
        "OwnTest",
        "RmstTest",
    ),
    "truth": ("true_effect",),
    "warmup": ("warm_up",),
    "zscore": ("z_score",),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]

functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
