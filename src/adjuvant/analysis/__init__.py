"""Carries out the protocol's analysis plan; typed results with ids."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adjuvant.analysis.claims import ClaimDecision, decide_claims
    from adjuvant.analysis.covariates import covariates
    from adjuvant.analysis.plan import run_plan
    from adjuvant.analysis.results import Result, Results

__all__ = ["ClaimDecision", "Result", "Results", "covariates", "decide_claims", "run_plan"]

_HOME = {
    "ClaimDecision": "claims",
    "Result": "results",
    "Results": "results",
    "covariates": "covariates",
    "decide_claims": "claims",
    "run_plan": "plan",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'adjuvant.analysis' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.analysis.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
