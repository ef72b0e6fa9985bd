"""Whole trials, simulated: how a design will behave; each file loads when a name is first used."""

from importlib import import_module
from typing import Any

_HOME = {
    "checked_power": ("CheckedPower", "checked_power", "designed_scenario"),
    "chunks": ("trial_patients",),
    "cluster": ("cluster_executor",),
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
    "plain": ("PlainLook", "PlainPatients", "plain_patients", "plain_trial"),
    "results": ("LookCharacteristics", "OperatingCharacteristics", "Simulated"),
    "run": ("Progress", "simulate"),
    "scenario": ("Look", "Scenario", "one_stratum"),
    "trial_tests": (
        "CoxTest",
        "LogRankTest",
        "MaxComboTest",
        "MilestoneTest",
        "OwnTest",
        "RmstTest",
    ),
    "truth": ("true_effect",),
    "zscore": ("z_score",),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.simulation' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.simulation.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
