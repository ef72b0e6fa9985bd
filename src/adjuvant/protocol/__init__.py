"""The trial as one YAML file: read with line numbers, checked like a program."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

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


functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
