"""Rules: arms, allocation, events, endpoints and times."""

from collections.abc import Iterator

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.names import each, ids, parsed
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = ["RULES"]


def check_allocation(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P052: the ratio covers every arm, with whole numbers of at least 1."""
    allocation = protocol.randomisation.allocation
    path = ("randomisation", "allocation")
    missing = [arm for arm in ids(protocol.arms) if arm not in allocation]
    if allocation and missing:
        hint = f"add {missing[0]}: 1"
        yield draft.finding("P052", path, f"no ratio for {', '.join(missing)}", hint)
    for arm, ratio in allocation.items():
        if ratio < 1:
            yield draft.finding(
                "P052", (*path, arm), f"the ratio of {arm} is {ratio}", "write 1, 2, 3 ..."
            )


def check_comparator(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P053 and P054: one arm is the comparator."""
    controls = [p for p in each(protocol.arms, "arms") if p[1].control]
    if not controls and len(protocol.arms) > 1:
        yield draft.finding(
            "P053",
            ("arms",),
            "all arms are experimental",
            "give the comparator the role active_control, no_treatment_control or placebo_control",
        )
    for path, arm in controls[1:]:
        yield draft.finding(
            "P054",
            (*path, "role"),
            f"{arm.id} is a control beside {controls[0][1].id}; estimates are against the latter",
            "put the comparator first",
        )


def check_stratum_levels(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P055: what a factor's expression gives is one of its levels."""
    for path, factor in each(protocol.randomisation.strata, "randomisation", "strata"):
        found = parsed(factor.source)
        outcomes = found.outcomes() if found is not None else None
        for value in outcomes or ():
            if factor.levels and str(value) not in factor.levels:
                yield draft.finding(
                    "P055",
                    (*path, "levels"),
                    f"{factor.id} can be '{value}', which is not among its levels",
                    one_of(str(value), factor.levels),
                )


def check_deaths(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P068: an endpoint that does not count death names it as competing."""
    if "death" not in protocol.events:
        return
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        named = {event.split(" where ")[0] for event in (*endpoint.event, *endpoint.competing)}
        if endpoint.type == "time_to_event" and endpoint.event and "death" not in named:
            yield draft.finding(
                "P068",
                path,
                f"{endpoint.id} does not say what a death without {endpoint.event[0]} is",
                "add 'competing: [death]', or count it in 'event'",
            )


def check_events_once(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P069: an event does not both count and compete; P050: an endpoint has an event."""
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        for n, event in enumerate(endpoint.competing):
            if event in endpoint.event:
                yield draft.finding(
                    "P069",
                    (*path, "competing", n),
                    f"'{event}' both counts and competes in {endpoint.id}",
                    "keep it in one of the two",
                )
        if endpoint.type == "time_to_event" and not endpoint.event and endpoint.param is None:
            yield draft.finding(
                "P050", path, f"{endpoint.id} counts no event", "add 'event: [name, ...]'"
            )


def check_milestones(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P017 and P063: a milestone is a length of time, and its day the one that results use."""
    if protocol.time.unit != "day":
        return
    for text, day in protocol.time.milestone.items():
        path = ("time", "milestone", text)
        try:
            expected = Duration.parse(text).milestone_days()
        except InvalidInput as reason:
            yield draft.finding(
                "P017", path, reason.message, "write 3 y, 36 mo or 1096 d", key=True
            )
            continue
        if expected != day:
            yield draft.finding(
                "P063", path, f"{text} is day {expected}, not {day:g}", f"write {text}: {expected}"
            )


RULES = (
    check_allocation,
    check_comparator,
    check_stratum_levels,
    check_deaths,
    check_events_once,
    check_milestones,
)
