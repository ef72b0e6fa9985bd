"""The calendar of draw, culture and infusion of one patient, in dates and in words.

Which days of randomisation a protocol leaves at all is told by `protocol.feasible_days`; here
stands what a day means for a patient: the earliest draw and infusion, the window, how late it would
be, and what the protocol says about late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from adjuvant.core import InvalidInput
from adjuvant.protocol.model import CellProduct, Infusion, Protocol

__all__ = [
    "InfusionDay",
    "InfusionPlan",
    "expiry",
    "infusion_day",
    "infusion_plan",
    "last_draw_on",
]


@dataclass(frozen=True)
class InfusionPlan:
    """What a patient's dates leave for one infusion.

    draw_on       earliest lawful draw; ready_on: earliest infusion from that draw
    window        first and last day of the infusion, by its anchor
    late_days     days by which ready_on misses the window; 0: it is met
    last_draw_on  last day of a draw that still reaches the window
    """

    infusion: str
    draw_on: date
    ready_on: date
    target_on: date
    window: tuple[date, date]
    late_days: int
    last_draw_on: date
    sentence: str


def infusion_plan(
    protocol: Protocol,
    infusion: str,
    *,
    anchors: Mapping[str, date],
    consent_on: date,
    allocated_on: date,
    not_before: date | None = None,
) -> InfusionPlan:
    """Return the earliest draw and infusion that a patient's dates leave, and how late that is.

    anchors     dates that infusions are counted from, such as surgery and randomisation
    not_before  first day on which a draw can be made (today, or the day after a failure)
    Raises      InvalidInput for an infusion without window, product, time of steps or anchor date.

    Story 3: surgery on 2026-03-02, randomised on day 3, 14 + 1 days of making, week 2 with a window
    to day 17: the cells are there on day 18, one day after the window.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> trial = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    >>> protocol = read_protocol(trial).protocol
    >>> plan = infusion_plan(protocol, "INF1", anchors={"randomisation": date(2026, 3, 5)},
    ...                      consent_on=date(2026, 3, 4), allocated_on=date(2026, 3, 5),
    ...                      not_before=date(2026, 3, 30))
    >>> str(plan.ready_on), plan.late_days, str(plan.last_draw_on)
    ('2026-04-14', 5, '2026-03-25')
    """
    part, product = _parts(protocol, infusion)
    making, origin = _making(product), _origin(protocol, part, anchors)
    first, last = (origin + timedelta(days=d) for d in (part.earliest, part.last_day))
    early = product.draw is not None and product.draw.before_randomisation
    lawful = consent_on if early else max(consent_on, allocated_on)
    draw_on = max(lawful, not_before or lawful)
    ready_on = max(draw_on + timedelta(days=making), first)
    late = max(0, (ready_on - last).days)
    last_draw = last - timedelta(days=making)
    target = origin + timedelta(days=part.at.calendar_days())
    words = (
        f"the earliest draw is {draw_on}, the earliest infusion {ready_on} "
        f"(day {(ready_on - origin).days}); the window is {first} to {last}"
    )
    if late:
        rule = {"skip": "skip it", "shift": "shift it", "ask": "ask the investigator"}[part.if_late]
        days = "1 day" if late == 1 else f"{late} days"
        words = f"{words}: {days} after the window; the protocol says: {rule}"
    return InfusionPlan(infusion, draw_on, ready_on, target, (first, last), late, last_draw, words)


def last_draw_on(protocol: Protocol, infusion: str, anchors: Mapping[str, date]) -> date:
    """Return the last day of a draw from which the window of an infusion is still reached.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> trial = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    >>> protocol = read_protocol(trial).protocol
    >>> str(last_draw_on(protocol, "INF1", {"randomisation": date(2026, 3, 5)}))
    '2026-03-25'
    """
    part, product = _parts(protocol, infusion)
    return _origin(protocol, part, anchors) + timedelta(days=part.last_day - _making(product))


@dataclass(frozen=True)
class InfusionDay:
    """Whether an infusion may be given on a day: as planned, shifted, or not."""

    verdict: Literal["in_window", "early", "shifted", "ask", "skip", "too_close"]
    days_late: int
    reason: str


def infusion_day(
    part: Infusion, on: date, *, anchor_on: date, previous_on: date | None = None
) -> InfusionDay:
    """Return what the protocol says about giving an infusion on a day.

    previous_on   day of the infusion before it, for the least gap.

    `shift` allows a late infusion until `latest`; `skip` does not; `ask` leaves it to the
    investigator. Late days are counted from the last day of the window.

    >>> from adjuvant.protocol.durations import Duration
    >>> days = [Duration.parse(text) for text in ("14 d", "-2 d", "3 d", "24 d")]
    >>> part = Infusion(id="W2", of="cells", at=days[0], window=(days[1], days[2]),
    ...                 if_late="shift", latest=days[3])
    >>> infusion_day(part, date(2026, 3, 20), anchor_on=date(2026, 3, 2)).verdict
    'shifted'
    """
    day = (on - anchor_on).days
    late = max(0, day - part.last_day)
    gap = part.min_gap.calendar_days() if part.min_gap else 0
    if previous_on is not None and (on - previous_on).days < gap:
        words = f"{(on - previous_on).days} days after the infusion before; {gap} are needed"
        return InfusionDay("too_close", late, words)
    if day < part.earliest:
        return InfusionDay("early", 0, f"day {day} is before the window (day {part.earliest})")
    if not late:
        return InfusionDay("in_window", 0, f"day {day} is in the window")
    words = f"day {day} is {late} days after the window"
    latest = part.latest.calendar_days() if part.latest else None
    if part.if_late == "skip" or (latest is not None and day > latest):
        return InfusionDay("skip", late, f"{words}: it is not given")
    verdict: Literal["shifted", "ask"] = "shifted" if part.if_late == "shift" else "ask"
    return InfusionDay(verdict, late, words)


def expiry(product: CellProduct, from_at: datetime) -> datetime:
    """Return the moment from which a product may not be given any more.

    from_at   when it was made ready (formulated, or thawed), with its time zone.
    Raises    InvalidInput for a time without zone, or a product without `expires_after`.

    >>> from datetime import UTC
    >>> from adjuvant.protocol.durations import Duration
    >>> product = CellProduct(id="c", label="Cells", expires_after=Duration.parse("6 h"))
    >>> expiry(product, datetime(2026, 3, 20, 9, tzinfo=UTC)).hour
    15
    """
    if from_at.tzinfo is None:
        raise InvalidInput("the time of filling has no zone; give it in UTC")
    if product.expires_after is None:
        raise InvalidInput(f"{product.id} has no expires_after; the protocol must say it")
    return from_at + timedelta(hours=product.expires_after.in_unit("hour"))


def _parts(protocol: Protocol, infusion: str) -> tuple[Infusion, CellProduct]:
    part = next((i for i in protocol.infusions if i.id == infusion), None)
    if part is None:
        known = ", ".join(i.id for i in protocol.infusions)
        raise InvalidInput(f"no infusion {infusion!r}; the protocol has {known or 'none'}")
    made_of = {i.id: i.product for i in protocol.interventions}.get(part.of)
    product = next((p for p in protocol.cell_products if p.id == made_of), None)
    if product is None:
        raise InvalidInput(f"infusion {infusion} gives no cell product; look at {part.of}")
    return part, product


def _making(product: CellProduct) -> int:
    days = product.making_days()
    if days is None:
        raise InvalidInput(
            f"{product.id} cannot be planned: the protocol must say how long its steps take"
        )
    return days


def _origin(protocol: Protocol, part: Infusion, anchors: Mapping[str, date]) -> date:
    anchor = part.anchor or protocol.schedule.anchor
    if part.window is None or anchor not in anchors:
        raise InvalidInput(
            f"{part.id} cannot be planned: the protocol needs its window, the patient a date of "
            f"{anchor}"
        )
    return anchors[anchor]
