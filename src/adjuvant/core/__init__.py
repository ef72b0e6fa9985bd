"""Ground floor: values that every room shares. Imports nobody in the house."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from adjuvant.core.errors import (
    AdjuvantError,
    AnalysisError,
    CaseError,
    DataError,
    EnvironmentProblem,
    InvalidData,
    InvalidInput,
    NotConverged,
    NotEnoughData,
    NotEstimable,
    ProtocolError,
    SnapshotError,
    StepRefused,
    UsageError,
)
from adjuvant.core.findings import Code, Finding, Place, Severity, render, worst
from adjuvant.core.interval import Arm, Interval
from adjuvant.core.partial_date import ImputationRule, PartialDate

if TYPE_CHECKING:
    from adjuvant.core.time_to_event import Codes, Floats, Mask, Numbers, TimeToEvent, encode

__all__ = [
    "AdjuvantError",
    "AnalysisError",
    "Arm",
    "CaseError",
    "Code",
    "Codes",
    "DataError",
    "EnvironmentProblem",
    "Finding",
    "Floats",
    "ImputationRule",
    "Interval",
    "InvalidData",
    "InvalidInput",
    "Mask",
    "NotConverged",
    "NotEnoughData",
    "NotEstimable",
    "Numbers",
    "PartialDate",
    "Place",
    "ProtocolError",
    "Severity",
    "SnapshotError",
    "StepRefused",
    "TimeToEvent",
    "UsageError",
    "encode",
    "render",
    "worst",
]

# These load numpy; the command line must answer before that.
_WITH_NUMPY = {"Codes", "Floats", "Mask", "Numbers", "TimeToEvent", "encode"}


def __getattr__(name: str) -> Any:
    if name in _WITH_NUMPY:
        return getattr(import_module("adjuvant.core.time_to_event"), name)
    raise AttributeError(f"module 'adjuvant.core' has no attribute {name!r}")
