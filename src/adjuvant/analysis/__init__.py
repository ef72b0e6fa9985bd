"""Carries out the protocol's analysis plan; typed results with ids."""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import functions_win, load_name

if TYPE_CHECKING:
    from adjuvant.analysis.claims import ClaimDecision, decide_claims
    from adjuvant.analysis.closed_report import closed_report
    from adjuvant.analysis.covariates import covariates
    from adjuvant.analysis.monitoring import monitored, pooled_count
    from adjuvant.analysis.plan import run_plan
    from adjuvant.analysis.results import Result, Results

__all__ = [
    "ClaimDecision",
    "Result",
    "Results",
    "closed_report",
    "covariates",
    "decide_claims",
    "monitored",
    "pooled_count",
    "run_plan",
]

_HOME = {
    "ClaimDecision": "claims",
    "Result": "results",
    "Results": "results",
    "closed_report": "closed_report",
    "covariates": "covariates",
    "decide_claims": "claims",
    "monitored": "monitoring",
    "pooled_count": "monitoring",
    "run_plan": "plan",
}

functions_win(__name__, _HOME)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return list(__all__)
