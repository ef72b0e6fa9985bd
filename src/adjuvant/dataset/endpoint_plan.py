"""How one endpoint is read from the data: its terms, its origin, what ends follow-up."""

from dataclasses import dataclass
from typing import Literal

from adjuvant.core import InvalidInput
from adjuvant.dataset.canonical import Canonical, id_in
from adjuvant.protocol.expressions import Expression, expression
from adjuvant.protocol.model import Endpoint, Protocol
from adjuvant.protocol.suggestions import one_of

__all__ = ["EndpointPlan", "Term", "plan_of", "term_of"]

Kind = Literal["date", "time"]
Fault = tuple[str, str]  # what is wrong, what to do


@dataclass(frozen=True)
class Term:
    """One entry of `event` or `competing`: an event, its code, and a condition on its cause."""

    event: str
    code: int
    condition: Expression | None = None


@dataclass(frozen=True)
class EndpointPlan:
    """What `derive` needs to know of an endpoint.

    kind           whether moments are dates, counted from the date of origin, or stored times.
    by_event       each event with its terms, in the order written.
    censored_by    the columns (without kind) that end follow-up; the earliest of them counts.
    paired         whether that is the time beside an indicator, where a gap is a fault.
    delayed_entry  whether the origin lies before randomisation.
    """

    endpoint: Endpoint
    kind: Kind
    unit: str
    by_event: tuple[tuple[str, tuple[Term, ...]], ...]
    censored_by: tuple[str, ...]
    paired: bool
    delayed_entry: bool
    faults: tuple[Fault, ...] = ()


def term_of(text: str, code: int) -> Term:
    """Return the term written as `event` or `event where condition on cause`.

    Raises    InvalidInput where the condition is no expression or reads more than `cause`.

    >>> term_of("death where cause in ['hcc']", 1).condition.names
    frozenset({'cause'})
    """
    event, _, condition = text.partition(" where ")
    if not condition:
        return Term(event.strip(), code)
    parsed = expression(condition.strip())
    if parsed.names - {"cause"}:
        others = ", ".join(sorted(parsed.names - {"cause"}))
        raise InvalidInput(f"{text!r} reads {others}; a condition on an event reads `cause` alone")
    return Term(event.strip(), code, parsed)


def plan_of(data: Canonical, protocol: Protocol, endpoint: Endpoint) -> EndpointPlan:
    """Return how the endpoint is derived from the columns there are; faults say what is missing.

    >>> from adjuvant.dataset.examples import six_patients
    >>> from adjuvant.dataset.subjects import canonical_subjects
    >>> table, protocol = six_patients()
    >>> data = canonical_subjects(table, protocol, protocol.data).canonical()
    >>> plan_of(data, protocol, protocol.endpoint("TTR")).kind
    'date'
    """
    faults: list[Fault] = []
    kind: Kind = "date" if f"origin.{endpoint.origin}" in data.columns else "time"
    unit = protocol.data.unit if protocol.data else protocol.time.unit
    _check_origin(protocol, endpoint, kind, unit, faults)
    terms = _terms(endpoint, faults)
    by_event: dict[str, tuple[Term, ...]] = {}
    for term in terms:
        by_event[term.event] = (*by_event.get(term.event, ()), term)
    for event, own in by_event.items():
        _check_event(data, endpoint, event, own, kind, faults)
    censored_by, paired = _censoring(data, protocol, endpoint, kind, terms, faults)
    delayed = endpoint.origin != "randomisation" and "origin.randomisation" in data.columns
    return EndpointPlan(
        endpoint,
        kind,
        unit if kind == "time" else "day",
        tuple(by_event.items()),
        censored_by,
        paired,
        delayed and kind == "date",
        tuple(faults),
    )


def _terms(endpoint: Endpoint, faults: list[Fault]) -> list[Term]:
    terms = []
    codes = [(text, 1) for text in endpoint.event]
    codes += [(text, code) for code, text in enumerate(endpoint.competing, 2)]
    for text, code in codes:
        try:
            terms.append(term_of(text, code))
        except InvalidInput as reason:
            faults.append((f"endpoint {endpoint.id}: {reason.message}", "correct the protocol"))
    if not endpoint.event:
        faults.append((f"endpoint {endpoint.id} counts no event", "add `event: [...]`"))
    return terms


def _check_origin(
    protocol: Protocol, endpoint: Endpoint, kind: Kind, unit: str, faults: list[Fault]
) -> None:
    origins = protocol.data.origin if protocol.data else {}
    if kind == "date" and unit != "day":
        faults.append(
            (
                f"endpoint {endpoint.id} is counted from dates, in whole days, and data.unit is "
                f"{unit}",
                "write `unit: day`",
            )
        )
    if kind == "time" and origins and origins.get(endpoint.origin) != "day_0":
        faults.append(
            (
                f"endpoint {endpoint.id} counts from {endpoint.origin!r}, and data.origin does "
                "not say where that stands",
                f"add `origin: {{{endpoint.origin}: COLUMN or day_0}}`",
            )
        )


def _check_event(
    data: Canonical,
    endpoint: Endpoint,
    event: str,
    terms: tuple[Term, ...],
    kind: Kind,
    faults: list[Fault],
) -> None:
    name = f"event.{event}"
    if f"{name}.happened" not in data.columns:
        known = [id_in(c) for c in data.columns if c.endswith(".happened")]
        message = f"endpoint {endpoint.id} reads the event {event!r}, which the data do not have"
        faults.append((message, one_of(event, known)))
        return
    if f"{name}.{kind}" not in data.columns:
        wanted, other = ("date", "days") if kind == "date" else ("days", "date")
        origin = "a date" if kind == "date" else "day_0"
        message = (
            f"endpoint {endpoint.id} counts from {endpoint.origin}, which is {origin}, and event "
            f"{event!r} has no `{wanted}`"
        )
        faults.append((message, f"map `{wanted}:` of the event, or an origin that fits `{other}:`"))
    if any(t.condition for t in terms) and f"{name}.cause" not in data.columns:
        message = f"endpoint {endpoint.id} asks for the cause of {event!r}, which is not mapped"
        faults.append((message, f"add `events: {{{event}: {{cause: COLUMN}}}}`"))


def _censoring(
    data: Canonical,
    protocol: Protocol,
    endpoint: Endpoint,
    kind: Kind,
    terms: list[Term],
    faults: list[Fault],
) -> tuple[tuple[str, ...], bool]:
    """Return the columns that end follow-up without an event, and whether they are paired."""
    if endpoint.censor_at is not None:
        name = f"censoring.{endpoint.censor_at}"
        if f"{name}.{kind}" not in data.columns:
            known = {id_in(c) for c in data.columns if c.startswith("censoring.")}
            wanted = "date" if kind == "date" else "days"
            message = (
                f"endpoint {endpoint.id} is censored at {endpoint.censor_at!r}, which the data "
                f"do not have as `{wanted}`"
            )
            faults.append((message, one_of(endpoint.censor_at, known)))
        return (name,), kind == "time" and _is_paired(protocol, endpoint.censor_at)
    # Without a rule the endpoint is known not to have happened until the earliest time that
    # stands beside an indicator of its events.
    pairs = tuple(
        f"event.{t.event}"
        for t in terms
        if t.code == 1 and kind == "time" and _has_pair(protocol, t.event)
    )
    if not pairs:
        message = f"endpoint {endpoint.id} does not say where follow-up ends without an event"
        faults.append((message, "add `censor_at:` and map it under `data.censoring`"))
    return tuple(dict.fromkeys(pairs)), True


def _has_pair(protocol: Protocol, event: str) -> bool:
    mapping = protocol.data.events.get(event) if protocol.data else None
    return mapping is not None and mapping.days is not None and mapping.happened is not None


def _is_paired(protocol: Protocol, moment: str) -> bool:
    if protocol.data is None or moment not in protocol.data.censoring:
        return False
    days = protocol.data.censoring[moment].days
    return days is not None and any(
        e.days == days and e.happened is not None for e in protocol.data.events.values()
    )
