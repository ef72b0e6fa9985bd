"""From dated events to one time and one event per patient, for each endpoint of the protocol.

The rules, in the order in which they are applied to a patient:
1. Every event that the endpoint counts or lets compete is placed: its date minus the origin in
   whole days, or its stored number of days, weeks, months.
2. The first of them decides. On the same day a counted event goes before a competing one (a
   recurrence found on the day of death counts as recurrence), and among competing events the
   one that the protocol names first. What happens later is not looked at.
3. An event on the day of a censoring is an event.
4. Without an event, follow-up ends at the moment that `censor_at` names. A patient who was never
   assessed, or last before the origin, is censored at day 0 and stays in N.
5. An event before the origin is refused, or counted at day 0, as `event_before_origin` says.
   A death before the origin is always refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from adjuvant.core import InvalidInput
from adjuvant.dataset.canonical import Canonical, id_in
from adjuvant.dataset.endpoint_plan import EndpointPlan, Term, plan_of
from adjuvant.dataset.table import Cell
from adjuvant.protocol.expressions import UNKNOWN
from adjuvant.protocol.model import Endpoint, Protocol

__all__ = ["Derived", "Occurrence", "Problem", "derived_endpoint", "first_event"]

Number = int | float


@dataclass(frozen=True)
class Occurrence:
    """One event of a patient: when, and 1 for a counted event, 2.. for competing ones."""

    time: Number
    code: int
    column: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong, or worth a look, about one patient's (row) or all patients' (None) data."""

    code: str
    row: int | None
    column: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Derived:
    """One endpoint of all patients: time, event code, entry, and the problems met."""

    time: tuple[Number, ...]
    event: tuple[int, ...]
    entry: tuple[Number, ...] | None
    problems: tuple[Problem, ...]
    source_column: str = ""


def first_event(occurrences: Iterable[Occurrence]) -> Occurrence | None:
    """Return the event that decides: the earliest, of one day the one with the lowest code.

    >>> first_event([Occurrence(60, 2), Occurrence(60, 1), Occurrence(90, 1)]).code
    1
    >>> first_event([]) is None
    True
    """
    return min(occurrences, key=lambda o: (o.time, o.code), default=None)


def derived_endpoint(data: Canonical, protocol: Protocol, endpoint: Endpoint) -> Derived:
    """Return the endpoint of every subject, with competing events as codes 2, 3, ...

    A problem of severity error means that the numbers must not be used.

    >>> from adjuvant.dataset.examples import six_patients
    >>> from adjuvant.dataset.subjects import canonical_subjects
    >>> table, protocol = six_patients()
    >>> data = canonical_subjects(table, protocol, protocol.data).canonical()
    >>> ttr = derived_endpoint(data, protocol, protocol.endpoint("TTR"))
    >>> ttr.time, ttr.event
    ((100, 200, 300, 50, 200, 0), (1, 1, 0, 2, 1, 0))
    """
    if f"endpoint.{endpoint.id}.time" in data.columns:
        return _as_it_stands(data, endpoint)
    plan = plan_of(data, protocol, endpoint)
    if plan.faults:
        return Derived(
            (), (), None, tuple(Problem("D034", None, "", *fault) for fault in plan.faults)
        )
    rows = [_patient(data, plan, row) for row in range(data.n)]
    problems = [problem for *_, found in rows for problem in found]
    times = tuple(time for time, _, _ in rows)
    entry = None
    if plan.delayed_entry:
        entry, late = _entries(data, plan, times)
        problems += late
    return Derived(times, tuple(event for _, event, _ in rows), entry, tuple(problems))


def _as_it_stands(data: Canonical, endpoint: Endpoint) -> Derived:
    name = f"endpoint.{endpoint.id}"
    times, events = data.columns[f"{name}.time"], data.columns[f"{name}.event"]
    problems = [
        Problem("D060", row, "subject", f"no row for endpoint {endpoint.id}")
        for row, (time, event) in enumerate(zip(times, events, strict=True))
        if time is None or event is None
    ]
    return Derived(
        tuple(t if isinstance(t, int | float) else 0 for t in times),
        tuple(e if isinstance(e, int) else 0 for e in events),
        None,
        tuple(problems),
        f"{name}.time",
    )


def _patient(data: Canonical, plan: EndpointPlan, row: int) -> tuple[Number, int, list[Problem]]:
    problems: list[Problem] = []
    occurrences: list[Occurrence] = []
    for event, terms in plan.by_event:
        if data.columns[f"event.{event}.happened"][row] == "yes":
            found = _occurrence(data, plan, event, terms, row)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                occurrences.append(found)
    first = first_event(occurrences)
    if first is None:
        if any(p.code != "D056" for p in problems):
            return 0, 0, problems  # an event without time or cause: no rule can end follow-up
        time, more = _censored(data, plan, row)
        return time, 0, [*problems, *more]
    if first.time >= 0:
        return first.time, first.code, problems
    return 0, first.code, [*problems, _before_origin(plan, first, row)]


def _occurrence(
    data: Canonical, plan: EndpointPlan, event: str, terms: Sequence[Term], row: int
) -> Occurrence | Problem:
    name = f"event.{event}"
    time, column = _time(data, plan, name, row), f"{name}.{plan.kind}"
    if time is None:
        return Problem("D041", row, column, f"{event} happened and has no {plan.kind}")
    cause = (data.get(f"{name}.cause") or (None,) * data.n)[row]
    undecided = False
    for term in terms:
        try:
            answer = term.condition.evaluate({"cause": cause}) if term.condition else True
        except InvalidInput as reason:
            return Problem("D051", row, f"{name}.cause", str(reason))
        if answer is True:
            return Occurrence(time, term.code, column)
        undecided = undecided or answer is UNKNOWN
    if undecided:
        message = f"{event} has no cause, and endpoint {plan.endpoint.id} depends on it"
        return Problem("D051", row, f"{name}.cause", message, "write the cause")
    message = f"{event} by {cause!r} neither counts nor competes in endpoint {plan.endpoint.id}"
    hint = "name the cause in `event` or `competing`"
    return Problem("D056", row, f"{name}.cause", message, hint)


def _time(data: Canonical, plan: EndpointPlan, name: str, row: int) -> Number | None:
    """Return a moment counted from the origin: whole days, or as stored."""
    cells = data.get(f"{name}.{plan.kind}")
    cell: Cell = cells[row] if cells is not None else None
    if plan.kind == "time" or cell is None:
        return cell if isinstance(cell, int | float) else None
    return _days_since_origin(data, plan, cell, row)


def _days_since_origin(data: Canonical, plan: EndpointPlan, day: Cell, row: int) -> int | None:
    origin = data.columns[f"origin.{plan.endpoint.origin}"][row]
    if origin is None or day is None:
        return None
    return (date.fromisoformat(str(day)) - date.fromisoformat(str(origin))).days


def _censored(data: Canonical, plan: EndpointPlan, row: int) -> tuple[Number, list[Problem]]:
    moments = [(_time(data, plan, name, row), name) for name in plan.censored_by]
    known = [(time, name) for time, name in moments if time is not None]
    column = f"{plan.censored_by[0]}.{plan.kind}"
    if len(known) < len(moments):
        if plan.paired:
            message = "no event and no time: follow-up has no end"
            return 0, [Problem("D041", row, column, message, "write the time of last follow-up")]
        message = f"never assessed: {plan.endpoint.id} is censored at day 0"
        return 0, [Problem("D047", row, column, message, "the patient stays in N")]
    time, name = min(known)
    if time < 0:
        if plan.paired:
            return 0, []  # reported as a negative time
        message = f"last assessed {-time} {plan.unit}s before {plan.endpoint.origin}: "
        message += f"{plan.endpoint.id} is censored at day 0"
        problem = Problem("D048", row, f"{name}.{plan.kind}", message, "the patient stays in N")
        return 0, [problem]
    return time, []


def _before_origin(plan: EndpointPlan, first: Occurrence, row: int) -> Problem:
    endpoint = plan.endpoint
    event = id_in(first.column)
    when = f"{event} {-first.time} {plan.unit}s before {endpoint.origin}"
    if event != "death" and endpoint.event_before_origin == "count_at_day_0":
        message = f"{when} is counted at day 0 of {endpoint.id}"
        hint = f"rule of the protocol: `event_before_origin: {endpoint.event_before_origin}`"
        return Problem("D046", row, first.column, message, hint)
    hint = "correct one of the two dates; nobody is dropped"
    if event != "death":
        hint = (
            f"endpoint {endpoint.id} needs a signed rule: `event_before_origin: count_at_day_0`, "
            "or a corrected date; nobody is dropped"
        )
    return Problem("D045", row, first.column, when, hint)


def _entries(
    data: Canonical, plan: EndpointPlan, times: Sequence[Number]
) -> tuple[tuple[Number, ...], list[Problem]]:
    """Return when each patient comes under observation: at randomisation, from the origin."""
    entries: list[Number] = []
    problems = []
    for row in range(data.n):
        randomised_on = data.columns["origin.randomisation"][row]
        entry = _days_since_origin(data, plan, randomised_on, row)
        entries.append(entry if entry is not None else 0)
        if entry is not None and entry >= times[row]:
            message = (
                f"follow-up for {plan.endpoint.id} ends {times[row]} days after "
                f"{plan.endpoint.origin}, and randomisation is on day {entry}"
            )
            hint = "at risk from randomisation on: use the origin `randomisation`"
            problems.append(Problem("D049", row, "origin.randomisation", message, hint))
    return tuple(entries), problems
