"""The calendar of one subject, pure: from the protocol and a few dates to what is due when.

Offsets in months are calendar months (31 January + 1 month = 28 or 29 February); windows are
days. A visit of one arm alone stands only in that arm's calendar; before allocation only what is
the same in every arm.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from adjuvant.core import InvalidInput
from adjuvant.protocol import Duration, Protocol
from adjuvant.protocol.model import Infusion, Visit

__all__ = ["Due", "Status", "add_length", "calendar", "status_of"]

Status = Literal["done", "missed", "not_done", "due", "overdue", "coming", "ended"]
_LONGEST_YEARS = 30


@dataclass(frozen=True)
class Due:
    """One planned contact: code (W4, FU-2, INF1), what is done, target day and window.

    occurrence   1, 2, ... for a series; 1 else
    """

    code: str
    kind: Literal["visit", "infusion"]
    plan: str
    occurrence: int
    label: str
    activities: tuple[str, ...]
    target: date
    first: date
    last: date


def add_length(start: date, length: Duration) -> date:
    """Return the day that lies a length of time after another; months by the calendar.

    Raises    InvalidInput for hours, or a part of a month.

    >>> str(add_length(date(2026, 1, 31), Duration.parse("1 mo")))
    '2026-02-28'
    >>> str(add_length(date(2026, 3, 5), Duration.parse("-2 d")))
    '2026-03-03'
    """
    if length.unit in ("month", "year"):
        months = length.value * (12 if length.unit == "year" else 1)
        if months != int(months):
            raise InvalidInput(f"{length} is not a whole number of months; write it in days")
        number = start.year * 12 + start.month - 1 + int(months)
        year, month = divmod(number, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return start + timedelta(days=length.calendar_days())


def calendar(
    protocol: Protocol, *, anchors: Mapping[str, date], arm: str | None, until: date | None = None
) -> tuple[Due, ...]:
    """Return every planned contact of a subject whose anchor is known, in the order of time.

    anchors   surgery, randomisation, and (as "visit:CODE") the days on which visits were made
    arm       id of the arm; None before allocation
    until     end of the trial for this subject (death, withdrawal of all parts, closure)
    """
    found = [*_visits(protocol, anchors, arm), *_infusions(protocol, anchors, arm)]
    kept = (due for due in found if until is None or due.first <= until)
    return tuple(sorted(kept, key=lambda due: (due.target, due.code)))


def _visits(protocol: Protocol, anchors: Mapping[str, date], arm: str | None) -> Iterator[Due]:
    for visit in protocol.visits:
        origin = anchors.get(visit.anchor or protocol.schedule.anchor)
        activities = visit.activities(arm) if arm else _in_every_arm(protocol, visit)
        if origin is None or not activities:
            continue
        for number, target in enumerate(_targets(visit, origin), 1):
            code = visit.id if visit.every is None else f"{visit.id}-{number}"
            first, last = _window(visit, target)
            label = visit.label or visit.id
            yield Due(code, "visit", visit.id, number, label, activities, target, first, last)


def _in_every_arm(protocol: Protocol, visit: Visit) -> tuple[str, ...]:
    """Return what is done at a visit whatever the arm will be."""
    by_arm = [visit.activities(arm.id) for arm in protocol.arms]
    return tuple(a for a in by_arm[0] if all(a in other for other in by_arm)) if by_arm else ()


def _targets(visit: Visit, origin: date) -> Iterator[date]:
    """Yield the target days of a visit or of a series; a series to the trial's end has a limit."""
    if visit.every is None:
        if visit.at is not None:
            yield add_length(origin, visit.at)
        return
    start = visit.start or visit.every
    end = date(origin.year + _LONGEST_YEARS, 12, 31)
    if visit.until and visit.until != "end_of_trial":
        end = add_length(origin, Duration.parse(visit.until))
    number = 0
    while True:
        # Each target is counted from the origin: 31 January does not drift to the 28th for ever.
        step = Duration(start.value + number * visit.every.value, visit.every.unit)
        if visit.every.unit != start.unit:
            raise InvalidInput(f"visit {visit.id}: start and every need the same unit")
        target = add_length(origin, step)
        if target > end:
            return
        yield target
        number += 1


def _window(visit: Visit, target: date) -> tuple[date, date]:
    if visit.window is None:
        return target, target
    before, after = visit.window
    return add_length(target, before), add_length(target, after)


def _infusions(protocol: Protocol, anchors: Mapping[str, date], arm: str | None) -> Iterator[Due]:
    mine = next((set(a.interventions) for a in protocol.arms if a.id == arm), set())
    for number, part in enumerate(protocol.infusions, 1):
        origin = anchors.get(part.anchor or protocol.schedule.anchor)
        if origin is None or part.of not in mine:
            continue
        target = add_length(origin, part.at)
        first, last = _infusion_window(part, target)
        label = f"Infusion {number}"
        yield Due(part.id, "infusion", part.id, 1, label, (part.of,), target, first, last)


def _infusion_window(part: Infusion, target: date) -> tuple[date, date]:
    if part.window is None:
        return target, target
    return add_length(target, part.window[0]), add_length(target, part.window[1])


def status_of(
    due: Due,
    today: date,
    *,
    done_on: date | None = None,
    said: Literal["missed", "not_done"] | None = None,
    ended_on: date | None = None,
) -> Status:
    """Return where a contact stands today.

    done_on    day on which it was made; said: what the site recorded of one that was not
    ended_on   day of death or of the withdrawal that ended such contacts

    >>> due = Due("W4", "visit", "W4", 1, "Week 4", ("labs",), date(2026, 4, 2),
    ...           date(2026, 3, 26), date(2026, 4, 9))
    >>> [status_of(due, date(2026, 4, day)) for day in (1, 9, 10)]
    ['due', 'due', 'overdue']
    """
    if done_on is not None:
        return "done"
    if said is not None:
        return said
    if ended_on is not None and due.first > ended_on:
        return "ended"
    if today < due.first:
        return "coming"
    return "due" if today <= due.last else "overdue"
