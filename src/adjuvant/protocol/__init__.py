"""The trial as one YAML file: read with line numbers, checked like a program."""

from importlib import import_module
from typing import Any

_HOME = {
    "check": ("check_bytes", "check_protocol", "check_text", "read_protocol", "read_protocol_text"),
    "codes": ("CODES", "Code"),
    "durations": ("UNITS", "Duration", "Unit"),
    "expressions": ("UNKNOWN", "Expression", "Unknown", "expression"),
    "model": (
        "Analysis",
        "AnalysisSet",
        "ArmMapping",
        "ArmPart",
        "CensoringMapping",
        "Criterion",
        "DataMapping",
        "Design",
        "Endpoint",
        "Estimand",
        "EventMapping",
        "EventPart",
        "IntercurrentEvent",
        "Multiplicity",
        "Part",
        "Population",
        "Protocol",
        "Randomisation",
        "StratumFactor",
        "TimeRules",
        "Trial",
        "Variable",
    ),
    "reader": ("ReadProtocol", "protocol_text"),
    "suggestions": ("did_you_mean", "one_of"),
    "tree": ("Provenance", "Spot"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.protocol' has no attribute {name!r}")
    return getattr(import_module(f"adjuvant.protocol.{_FILE_OF[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
