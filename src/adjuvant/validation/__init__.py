"""Reruns reference cases through the public functions; the shipped ones qualify an installation."""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import load_name

if TYPE_CHECKING:
    from adjuvant.validation.cases import Case, CaseFile, read_cases
    from adjuvant.validation.run import (
        Failure,
        QuantitySummary,
        ValidationReport,
        shipped_cases,
        validate,
    )
    from adjuvant.validation.tolerance import Allowance, Comparison, Tolerance, compare

__all__ = [
    "Allowance",
    "Case",
    "CaseFile",
    "Comparison",
    "Failure",
    "QuantitySummary",
    "Tolerance",
    "ValidationReport",
    "compare",
    "read_cases",
    "shipped_cases",
    "validate",
]

_HOME = {
    "cases": ("Case", "CaseFile", "read_cases"),
    "run": ("Failure", "QuantitySummary", "ValidationReport", "shipped_cases", "validate"),
    "tolerance": ("Allowance", "Comparison", "Tolerance", "compare"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)
