"""The trial as one YAML file: read with line numbers, checked like a program."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOME = {
    "check": ("check_bytes", "check_protocol", "check_text", "read_protocol", "read_protocol_text"),
    "codes": ("CODES", "Code"),
    "confirm": ("confirm_value", "confirmed_text"),
    "crf": ("annotated_forms", "blank_forms"),
    "diff": ("Change", "protocol_diff"),
    "document_pdf": ("as_typst", "write_pdf"),
    "document": ("Document", "as_html", "as_text"),
    "durations": ("UNITS", "Duration", "Unit"),
    "explain": ("explain",),
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
    "schema": ("json_schema",),
    "spirit": ("SpiritRow", "spirit_rows"),
    "suggestions": ("did_you_mean", "one_of"),
    "tree": ("Provenance", "Spot"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


class _Room(ModuleType):
    """A package in which a function wins over the file of the same name (`explain`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _FILE_OF.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.protocol' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.protocol.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
