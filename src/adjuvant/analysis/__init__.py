"""Carries out the protocol's analysis plan; typed results with ids."""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import functions_win, load_name

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

functions_win(__name__, _HOME)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return list(__all__)
