"""What each type of analysis needs and reads, as data for the checker and the docs."""

from dataclasses import dataclass

__all__ = ["COMMON", "NO_COMPARISON", "PLAN_TYPES", "SURVIVAL_TYPES", "PlanType"]

COMMON = frozenset({"id", "type", "set", "label", "claim", "order", "estimand", "arms", "level"})


@dataclass(frozen=True)
class PlanType:
    """One type of analysis: what it gives, the keys it needs, the keys it may read."""

    gives: str
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


_STRATA = ("strata", "why_unstratified")
PLAN_TYPES: dict[str, PlanType] = {
    "baseline_table": PlanType("characteristics by arm, without p-values", ("variables",), ("by",)),
    "consort": PlanType("the flow of participants (CONSORT 2025)"),
    "follow_up": PlanType(
        "median follow-up by reverse Kaplan-Meier", ("endpoint",), ("competing", "ci")
    ),
    "kaplan_meier": PlanType(
        "event-free proportions and quantiles by arm", ("endpoint",), ("competing", "at", "ci")
    ),
    "log_rank": PlanType("the log-rank test", ("endpoint",), ("competing", *_STRATA)),
    "cox": PlanType(
        "hazard ratios of the proportional hazards model",
        ("endpoint",),
        ("competing", *_STRATA, "ties", "test", "covariates", "interactions", "report"),
    ),
    "ph_check": PlanType(
        "the test of proportional hazards",
        ("endpoint",),
        ("competing", "strata", "ties", "covariates", "max_combo"),
    ),
    "rmst": PlanType(
        "restricted mean times up to tau, their differences and ratios",
        ("endpoint", "tau"),
        ("competing",),
    ),
    "milestone": PlanType(
        "differences of event-free proportions at times",
        ("endpoint", "at"),
        ("competing", "ci"),
    ),
    "cumulative_incidence": PlanType(
        "cumulative incidence where events compete", ("endpoint",), ("at", "ci", "competing")
    ),
    "proportion": PlanType("how many had the event, by arm", ("of",), ("endpoint", "ci")),
    "subgroups": PlanType(
        "hazard ratios in subgroups with tests of interaction",
        ("endpoint", "by"),
        ("competing", *_STRATA, "ties", "report"),
    ),
}
# In these a competing event is either censored or counted, and which must be written.
SURVIVAL_TYPES = (
    "follow_up",
    "kaplan_meier",
    "log_rank",
    "cox",
    "ph_check",
    "rmst",
    "milestone",
    "subgroups",
)
# These show no effect: whatever they print, no claim rests on it.
NO_COMPARISON = ("baseline_table", "consort", "follow_up", "ph_check")
