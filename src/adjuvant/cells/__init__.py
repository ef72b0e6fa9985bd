"""The autologous cell product, pure: legal steps, release, identifiers; a file loads when used."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

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
    "label_words": ("label_words",),
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


functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
