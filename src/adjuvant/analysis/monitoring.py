"""A trial under way, without arms: pooled events at a cut-off, bounds, and when the next come.

The cut-off date decides which events count, not the day on which they were typed. Nothing here
reads the arm of a patient; `closed_report` does.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from adjuvant.core import InvalidInput
from adjuvant.dataset.derive import derived_endpoint
from adjuvant.dataset.snapshot import Snapshot
from adjuvant.design.forecast import EventForecast, PooledSnapshot, forecast_events
from adjuvant.design.trial_design import TrialDesign
from adjuvant.design.update import UpdatedBoundaries, update_boundaries
from adjuvant.protocol.model import Protocol

__all__ = [
    "DatedRows",
    "LateEntry",
    "Monitored",
    "PooledCount",
    "dated_rows",
    "forecast_date",
    "monitored",
    "pooled_count",
]

_MONTH = 30.4375
_LOST_AFTER = 12.0  # months without contact after which a patient is no longer counted on


@dataclass(frozen=True)
class LateEntry:
    """An event that happened by the cut-off and was typed after it; it counts."""

    subject: str
    event: str
    happened_on: str
    entered_on: str


@dataclass(frozen=True)
class PooledCount:
    """What happened by a cut-off, over both arms; months are of 30.4375 days.

    opened_on     day of the first patient; time: months from then to the cut-off.
    later         events dated after the cut-off: not counted.
    competing     patients whose follow-up a competing event ended.
    lost          patients without an event and without contact for `lost_after` months.
    followed      patients still at risk; exposure: patient-months so far.
    late          events by the cut-off that were typed after it; typed_known: whether the data
                  say of every kind of event when it was typed.
    """

    endpoint: str
    cut_off: str
    opened_on: str
    time: float
    randomised: int
    events: int
    later: int
    competing: int
    lost: int
    followed: int
    exposure: float
    late: tuple[LateEntry, ...]
    typed_known: bool


@dataclass(frozen=True)
class Monitored:
    """Bounds at the events seen and the forecast of those to come; no arm is in it.

    bounds     as if the events seen were a look.
    forecast   of each planned number of events not yet there; empty without a snapshot.
    """

    bounds: UpdatedBoundaries
    max_events: int
    counted: PooledCount | None
    forecast: tuple[EventForecast, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, as `adjuvant monitor --json` prints it."""
        counted = None
        if self.counted is not None:
            late = [vars(entry) for entry in self.counted.late]
            counted = {**vars(self.counted), "late": late}
        bounds = {k: _finite(v) for k, v in vars(self.bounds).items()}
        return {
            "schema": "adjuvant/monitor/1",
            "max_events": self.max_events,
            "bounds": bounds,
            "counted": counted,
            "forecast": [vars(one) for one in self.forecast],
        }


def pooled_count(
    snapshot: Snapshot,
    protocol: Protocol,
    endpoint: str,
    *,
    cut_off: str | None = None,
    lost_after: float = _LOST_AFTER,
) -> PooledCount:
    """Return the pooled events of an endpoint by a cut-off date.

    cut_off     YYYY-MM-DD; without it the latest date in the snapshot.
    Raises      InvalidInput for a snapshot without dates, or a cut-off before the first patient;
                DataError where the endpoint cannot be derived.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> found = pooled_count(snapshot, protocol, "RFS", cut_off="2020-06-30")
    >>> found.randomised, found.events, found.later
    (6, 2, 2)
    """
    rows = dated_rows(snapshot, protocol, endpoint, cut_off)
    day, kept = rows.cut_off, rows.origin <= rows.cut_off.toordinal()
    if not kept.any():
        raise InvalidInput(f"nobody was randomised by {day}; give a later cut-off")
    until = np.maximum(day.toordinal() - rows.origin, 0)
    seen = kept & (rows.time <= until)
    event, competing = seen & (rows.event == 1), seen & (rows.event > 1)
    free = kept & ~event & ~competing
    since = until - np.minimum(rows.time, until)
    lost = free & (rows.event == 0) & (since > lost_after * _MONTH)
    opened = int(rows.origin[kept].min())
    return PooledCount(
        endpoint=endpoint,
        cut_off=day.isoformat(),
        opened_on=date.fromordinal(opened).isoformat(),
        time=(day.toordinal() - opened) / _MONTH,
        randomised=int(kept.sum()),
        events=int(event.sum()),
        later=int((rows.event == 1).sum() - event.sum()),
        competing=int(competing.sum()),
        lost=int(lost.sum()),
        followed=int((free & ~lost).sum()),
        exposure=float(np.minimum(rows.time, until)[kept].sum()) / _MONTH,
        late=_late(snapshot, protocol, endpoint, day, event),
        typed_known=all(
            f"event.{name}.entered_on" in snapshot.canonical.columns
            for name in _counted_events(protocol, endpoint)
        ),
    )


def monitored(
    design: TrialDesign,
    events: tuple[int, ...],
    *,
    counted: PooledCount | None = None,
    final: bool = False,
    recruiting: bool = True,
    level: float = 0.9,
) -> Monitored:
    """Return bounds at the events of the looks so far, and when the next events will come.

    events    of each look taken, the first first; the last may be that of `counted`.
    final     the trial ends for good at the last of them: all alpha left is spent there.
    recruiting  whether the planned patients who are not in yet are still to come.
    Raises    as `update_boundaries` and `forecast_events`.

    >>> from adjuvant.design import design_from_numbers
    >>> design = design_from_numbers(subjects=150, control_median=24, hazard_ratio=0.6, accrual=48,
    ...                              looks=(54, 81, 107), spending="OBF")
    >>> [round(z, 4) for z in monitored(design, (46,)).bounds.critical_values]
    [3.2251, 2.3346, 2.0147]
    """
    bounds = update_boundaries(
        design.looks,
        events,
        design.events,
        final=final,
        allocation_ratio=design.allocation_ratio,
    )
    forecast: tuple[EventForecast, ...] = ()
    if counted is not None and not final:
        # Of all looks as planned: that these events are a look is one of the two possibilities.
        wanted = [d for d in design.look_events if d > counted.events]
        now = _pooled(design, counted, recruiting)
        reachable = [d for d in wanted if d - counted.events <= now.followed + now.to_enter]
        forecast = tuple(forecast_events(now, d, level=level) for d in reachable)
    return Monitored(bounds, design.events, counted, forecast)


@dataclass(frozen=True)
class DatedRows:
    """The patients: ordinal day of origin, days to the event or the last contact, its code."""

    cut_off: date
    origin: Any
    time: Any
    event: Any


def dated_rows(
    snapshot: Snapshot, protocol: Protocol, endpoint: str, cut_off: str | None
) -> DatedRows:
    """Return the patients of an endpoint with their days, and the cut-off that holds."""
    data = snapshot.canonical
    part = next((e for e in protocol.endpoints if e.id == endpoint), None)
    if part is None:
        known = ", ".join(e.id for e in protocol.endpoints)
        raise InvalidInput(f"the protocol has no endpoint {endpoint!r}; expected one of {known}")
    origin = data.get(f"origin.{part.origin}")
    if origin is None:
        raise InvalidInput(
            "the snapshot holds times without dates: a cut-off date decides nothing in it. Give "
            "the events of each look instead (--events 46)"
        )
    derived = derived_endpoint(data, protocol, part)
    wrong = [p for p in derived.problems if p.code in ("D034", "D041", "D045", "D051", "D060")]
    if wrong:
        raise InvalidInput(
            f"{endpoint} cannot be counted: {wrong[0].message}; correct the record, or let the "
            "protocol say what it means"
        )
    days = np.array([date.fromisoformat(str(d)).toordinal() for d in origin], dtype=np.int64)
    times = np.array(derived.time, dtype=np.int64)
    latest = date.fromordinal(int((days + times).max()))
    return DatedRows(_day(cut_off) or latest, days, times, np.array(derived.event, dtype=np.int64))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"the cut-off {text!r} is no date; write YYYY-MM-DD") from None


def _late(
    snapshot: Snapshot, protocol: Protocol, endpoint: str, cut_off: date, counted: Any
) -> tuple[LateEntry, ...]:
    """Return the events that count and were typed after the cut-off, where the day is known."""
    data = snapshot.canonical
    found = []
    for event in _counted_events(protocol, endpoint):
        typed, dated = data.get(f"event.{event}.entered_on"), data.get(f"event.{event}.date")
        if typed is None or dated is None:
            continue
        for row, (entered, happened) in enumerate(zip(typed, dated, strict=True)):
            if not counted[row] or entered is None or happened is None:
                continue
            if str(happened) <= cut_off.isoformat() < str(entered):
                found.append(LateEntry(data.subject(row), event, str(happened), str(entered)))
    return tuple(found)


def _counted_events(protocol: Protocol, endpoint: str) -> tuple[str, ...]:
    part = next(e for e in protocol.endpoints if e.id == endpoint)
    return tuple(dict.fromkeys(text.split(" where ")[0] for text in part.event))


def _pooled(design: TrialDesign, counted: PooledCount, recruiting: bool) -> PooledSnapshot:
    """Return what the forecast needs; competing events go on at the rate seen so far."""
    to_enter = max(0, design.subjects - counted.randomised) if recruiting else 0
    end = design.patients.accrual.duration
    if to_enter and end <= counted.time:
        # Recruitment is late: it goes on at the rate seen so far.
        end = counted.time * design.subjects / counted.randomised
    course = design.patients.strata[0].control
    return PooledSnapshot(
        time=counted.time,
        events=counted.events,
        followed=counted.followed,
        exposure=counted.exposure,
        to_enter=to_enter,
        accrual_end=end if to_enter else None,
        dropout=course.dropout.rates[0] + counted.competing / counted.exposure,
    )


def forecast_date(opened_on: str, months: float | None) -> str:
    """Return the day that lies so many months after the first patient; "never" for None.

    >>> forecast_date("2026-01-01", 12.0)
    '2027-01-01'
    """
    if months is None:
        return "never"
    return (date.fromisoformat(opened_on) + timedelta(days=round(months * _MONTH))).isoformat()


def _finite(value: Any) -> Any:
    """Return values that JSON knows: no bound (infinite) is None."""
    if isinstance(value, tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
