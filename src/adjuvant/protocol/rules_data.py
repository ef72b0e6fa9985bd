"""Rules: the data section maps everything that the endpoints need."""

from collections.abc import Iterator

from adjuvant.core import Finding
from adjuvant.protocol.model import DataMapping, Endpoint, EventMapping, Protocol, Variable
from adjuvant.protocol.names import Path, each, ids, parsed
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = ["RULES"]


def check_endpoint_data(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P039, P040, P041: origin, events and censoring of each endpoint stand in the data."""
    data = protocol.data
    if data is None or data.form == "adtte":
        return
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        if endpoint.type == "time_to_event":
            yield from _endpoint_data(draft, path, endpoint, data)


def _endpoint_data(
    draft: Draft, path: Path, endpoint: Endpoint, data: DataMapping
) -> Iterator[Finding]:
    for key in ("event", "competing"):
        for n, event in enumerate(getattr(endpoint, key)):
            if event.split(" where ")[0] not in data.events:
                yield draft.finding(
                    "P040",
                    (*path, key, n),
                    f"{endpoint.id} counts '{event}', which data.events does not map",
                    one_of(event, data.events),
                )
    if endpoint.origin not in data.origin:
        yield draft.finding(
            "P041",
            (*path, "origin"),
            f"{endpoint.id} counts from {endpoint.origin}, which data.origin does not map",
            f"add 'origin: {{{endpoint.origin}: column, or day_0}}' to 'data'",
        )
    if endpoint.censor_at is not None and endpoint.censor_at not in data.censoring:
        yield draft.finding(
            "P039",
            (*path, "censor_at"),
            f"{endpoint.id} is censored at {endpoint.censor_at}, which data.censoring does not map",
            one_of(endpoint.censor_at, data.censoring),
        )


def check_arm_column(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P057: each arm has a stored value; only a protocol of one arm does without the column."""
    if protocol.data is None:
        return
    if protocol.data.arm is None:
        if len(protocol.arms) > 1:
            yield draft.finding(
                "P057",
                ("data",),
                f"no column says who is in which of the {len(protocol.arms)} arms",
                "add 'arm: {column: NAME, values: {stored value: id of the arm}}'",
                key=True,
            )
        return
    if not protocol.data.arm.values:
        return
    stored = list(protocol.data.arm.values.values())
    missing = [arm for arm in ids(protocol.arms) if arm not in stored]
    if missing:
        yield draft.finding(
            "P057",
            ("data", "arm", "values"),
            f"no stored value means {', '.join(missing)}",
            "write 'stored value: id of the arm' for each arm",
        )


def check_event_columns(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P060: an event is read from a date, or from days and an indicator with yes / no values."""
    for name, event in protocol.data.events.items() if protocol.data is not None else ():
        path = ("data", "events", name)
        fault = _event_fault(event)
        if fault is not None:
            yield draft.finding("P060", path, f"{name}: {fault[0]}", fault[1])
        for stored, meaning in event.values.items():
            if meaning not in ("yes", "no"):
                yield draft.finding(
                    "P060",
                    (*path, "values", stored),
                    f"{name}: the stored value {stored} means '{meaning}'",
                    "write yes or no",
                )


def _event_fault(event: EventMapping) -> tuple[str, str] | None:
    if (event.date is None) == (event.days is None):
        found = "neither a date nor days" if event.date is None else "both a date and days"
        return found, "name one column: 'date' (missing = did not happen) or 'days'"
    if event.days is not None and event.happened is None:
        return "days without the column that says whether it happened", "add 'happened: column'"
    meanings = set(event.values.values())
    if event.happened is not None and event.values and meanings == {"no"}:
        return "no stored value means yes", 'write \'values: {0: "no", 1: "yes"}\''
    return None


def check_variables(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P058: a variable has one origin, and a choice its levels."""
    for name, variable in protocol.data.variables.items() if protocol.data is not None else ():
        for message, hint in _variable_faults(variable):
            yield draft.finding("P058", ("data", "variables", name), f"{name}: {message}", hint)


def _variable_faults(variable: Variable) -> Iterator[tuple[str, str]]:
    if (variable.column is None) == (variable.calculated is None):
        found = "no column and no calculation" if variable.column is None else "both"
        yield f"{found}", "write 'column' or 'calculated', one of them"
    if variable.type == "choice" and not variable.all_levels:
        yield "a choice without levels", "add 'levels: [...]' or 'values: {stored: level}'"
    if variable.type == "number" and variable.values:
        yield "a number with named values", "make it 'type: choice', or delete 'values'"


def check_circles(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P059: no calculated variable depends on itself."""
    if protocol.data is None:
        return
    reads: dict[str, frozenset[str]] = {}
    for name, variable in protocol.data.variables.items():
        found = parsed(variable.calculated) if variable.calculated else None
        reads[name] = found.names if found is not None else frozenset()
    for name in reads:
        if name in _reached(name, reads):
            path = ("data", "variables", name, "calculated")
            yield draft.finding(
                "P059", path, f"{name} is calculated from itself", "break the circle"
            )


def _reached(name: str, reads: dict[str, frozenset[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(reads[name])
    while ahead:
        found = ahead.pop()
        if found not in reached:
            reached.add(found)
            ahead += reads.get(found, frozenset())
    return reached


RULES = (
    check_endpoint_data,
    check_arm_column,
    check_event_columns,
    check_variables,
    check_circles,
)
