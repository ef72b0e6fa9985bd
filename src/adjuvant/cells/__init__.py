"""The autologous cell product, pure: legal steps, release, identifiers; a file loads when used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOME = {
    "accounting": ("BagGiven", "DoseAccount", "Scheduled", "dose_account"),
    "binding": ("Binding", "bind", "same_wristband", "wristband_code"),
    "capacity": ("CapacityForecast", "LabPlan", "lab_plan", "simulated_lateness"),
    "disposition": ("disposition",),
    "draws": ("DrawAsked", "PastDraw", "draw_objections"),
    "identifiers": (
        "Identifier",
        "bag_number",
        "check_character",
        "draw_number",
        "lot_number",
        "read_identifier",
        "subject_number",
    ),
    "infusion_days": (
        "InfusionDay",
        "InfusionPlan",
        "expiry",
        "infusion_day",
        "infusion_plan",
        "last_draw_on",
    ),
    "lifecycle": ("next_bag_state", "next_state"),
    "lot": ("Actor", "Bag", "Entry", "Lot", "Step"),
    "proportions": (
        "DoseProportion",
        "bootstrap_proportion",
        "exact_limits",
        "infusions_given",
        "summary_proportion",
    ),
    "release": (
        "Dose",
        "Judgement",
        "ReleaseDecision",
        "Result",
        "expected_rejections",
        "judgement",
        "release_decision",
    ),
    "transitions": ("BAG", "BAG_ENDS", "LOT", "LOT_ENDS", "RELEASED", "Transition", "steps_from"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


class _Room(ModuleType):
    """A package in which a function wins over the file of the same name (`disposition`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _FILE_OF.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.cells' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.cells.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
