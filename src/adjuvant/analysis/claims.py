"""Which results may be claimed: the plan's order, kept with a fixed sequence at its alpha."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adjuvant.analysis.results import Estimate, Result, Results
from adjuvant.protocol.model import Protocol

__all__ = ["ClaimDecision", "decide_claims"]

_OF_ARMS = ("hazard_ratio", "rmst_difference", "survival_difference", "risk_difference")


@dataclass(frozen=True)
class ClaimDecision:
    """Whether one line of the plan, and which of its comparisons, may be claimed.

    result   id of the result.
    p        the two-sided p of the line's own test, NaN where there is none.
    alpha    the level at which each comparison with the control is tested.
    allowed  whether prose may claim anything of this line; otherwise it is descriptive.
    arms     the arms whose comparison with the control may be claimed, both in benefit and harm.
    reason   a sentence that says why, or why not.
    """

    result: str
    p: float
    alpha: float
    allowed: bool
    arms: tuple[str, ...]
    reason: str


def decide_claims(results: Results, protocol: Protocol) -> dict[str, ClaimDecision]:
    """Return the decision for every result; the key is its id.

    The lines of the plan's order are tested one after another at its alpha. The first whose test
    has p > alpha (or none) stops the sequence. Where m arms are compared with the control, every
    arm goes through the order by itself at alpha / m, and the test of the whole line must hold
    too; so an error is made with probability alpha at most. Everything else is descriptive, also
    every line without a place in the order, and every line of a trial with dummy arms.
    Source    Bonferroni over arms; fixed sequence: Maurer, Hothorn, Lehmacher 1995.

    >>> from adjuvant.analysis.plan import run_plan
    >>> from adjuvant.dataset import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> decide_claims(run_plan(protocol, snapshot), protocol)["K1"].reason
    'Descriptive: the protocol states no hypothesis with its alpha.'
    """
    order, alpha, why_none = _order(results, protocol)
    decisions = {
        r.id: ClaimDecision(r.id, _p(r), alpha, False, (), why_none or _why_not(r))
        for r in results.results
    }
    if why_none:
        return decisions
    stopped: str | None = None
    running: tuple[str, ...] | None = None
    for id in order:
        decision = _in_order(results.result(id), alpha, stopped, running, protocol)
        decisions[id] = decision
        if not decision.allowed and stopped is None:
            stopped = id
        running = decision.arms or running
    return decisions


def _order(results: Results, protocol: Protocol) -> tuple[tuple[str, ...], float, str]:
    """Return the ids in order, alpha, and why nothing may be claimed ('' where something may)."""
    hypothesis = protocol.design.hypothesis
    if results.dummy_arms:
        return (), math.nan, "The arms are dummies: no comparison of them is real."
    if hypothesis is None:
        return (), math.nan, "Descriptive: the protocol states no hypothesis with its alpha."
    known = {r.id: r for r in results.results}
    plan = protocol.design.multiplicity
    if plan is not None and plan.method == "none":
        claimed = tuple(r.id for r in results.results if r.claim != "descriptive")
        if len(claimed) > 1:
            why = "Descriptive: the plan claims several results without an order among them."
            return (), hypothesis.alpha, why
        return claimed, hypothesis.alpha, ""
    written = plan.order if plan is not None else ()
    placed = sorted((r.order, r.id) for r in results.results if r.order is not None)
    order = written or tuple(id for _, id in placed)
    return tuple(id for id in order if id in known), hypothesis.alpha, ""


def _in_order(
    result: Result,
    alpha: float,
    stopped: str | None,
    running: tuple[str, ...] | None,
    protocol: Protocol,
) -> ClaimDecision:
    p = _p(result)
    comparisons = _comparisons(result)
    level = alpha / max(len(comparisons), 1)
    sided = protocol.design.hypothesis.sided if protocol.design.hypothesis else 2
    single = len(comparisons) <= 1
    candidates = [e for e in comparisons if running is None or e.arm in running]
    passed = tuple(
        e.arm
        for e in candidates
        if e.arm is not None and _one_or_two_sided(p if single else e.p, e, sided) <= level
    )
    # NaN compares false: a line whose test has no answer never passes.
    whole = p <= alpha if sided == 2 or not single else bool(passed)
    if result.claim == "descriptive":
        return ClaimDecision(result.id, p, level, False, (), _why_not(result))
    if stopped is not None:
        reason = f"Descriptive: the order stopped at {stopped}."
        return ClaimDecision(result.id, p, level, False, (), reason)
    if not whole or (comparisons and not passed):
        reason = f"Not shown at the level {level:g}: the order stops here."
        return ClaimDecision(result.id, p, level, False, (), reason)
    reason = f"The order allows the claim at the level {level:g}."
    return ClaimDecision(result.id, p, level, True, passed, reason)


def _comparisons(result: Result) -> Sequence[Estimate]:
    """Return the first measure that compares arms, one estimate per arm."""
    for measure in _OF_ARMS:
        found = [e for e in result.estimates if e.measure == measure and e.versus is not None]
        if found:
            return found
    return []


def _p(result: Result) -> float:
    """Return the p of the line's test; of its only comparison where no test stands."""
    if result.tests:
        return result.tests[0].p
    found = _comparisons(result)
    return found[0].p if len(found) == 1 else math.nan


def _one_or_two_sided(p: float, e: Estimate, sided: int) -> float:
    """Return p for the protocol's hypothesis; one-sided only a benefit counts."""
    if sided == 2:
        return p
    null = 1.0 if e.measure.endswith("ratio") else 0.0
    lower_is_better = e.measure in ("hazard_ratio", "risk_difference")
    better = e.value < null if lower_is_better else e.value > null
    return p / 2 if better else 1 - p / 2


def _why_not(result: Result) -> str:
    if result.claim == "descriptive":
        return "Descriptive: the plan makes no claim of it."
    return "Descriptive: it has no place in the order of the plan's claims."
