"""A trial under way: its pooled events at a cut-off, and, in the closed report, its arms.

The cut-off date decides which events count, not the day on which they were typed. Nothing here but
`closed_report` reads the arm of a patient.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from adjuvant.core import InvalidInput, NotEnoughData, SnapshotError, TimeToEvent
from adjuvant.dataset.derive import derived_endpoint
from adjuvant.dataset.snapshot import Snapshot
from adjuvant.dataset.time_to_event import derive_time_to_event
from adjuvant.design.conditional import conditional_power, predictive_power
from adjuvant.design.forecast import EventForecast, PooledSnapshot, forecast_events
from adjuvant.design.trial_design import TrialDesign
from adjuvant.design.update import UpdatedBoundaries, design_at_events, update_boundaries
from adjuvant.protocol.model import Protocol
from adjuvant.survival.log_rank import log_rank

__all__ = [
    "ClosedReport",
    "LateEntry",
    "Monitored",
    "PooledCount",
    "closed_report",
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


@dataclass(frozen=True)
class ClosedReport:
    """For the monitoring committee alone: the interim result by arm.

    labels             A and B, in the order of `patients` and `events`; which is which stands in
                       `key`, to be kept apart.
    z                  log-rank; above 0 favours the experimental arm.
    information        share of the events of the last look.
    conditional_power  of crossing a later bound, by what is supposed of the effect.
    predictive_power   averaged over what the data say of it (flat prior).
    crossed            "efficacy", "futility", "harm", or "" inside the bounds.
    """

    labels: tuple[str, str]
    key: dict[str, str]
    patients: tuple[int, int]
    events: tuple[int, int]
    z: float
    information: float
    crossed: str
    conditional_power: dict[str, float]
    predictive_power: float | None
    signed_by: str


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
    rows = _rows(snapshot, protocol, endpoint, cut_off)
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
    level: float = 0.9,
) -> Monitored:
    """Return bounds at the events of the looks so far, and when the next events will come.

    events    of each look taken, the first first; the last may be that of `counted`.
    final     the trial ends for good at the last of them: all alpha left is spent there.
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
        now = _pooled(design, counted)
        reachable = [d for d in wanted if d - counted.events <= now.followed + now.to_enter]
        forecast = tuple(forecast_events(now, d, level=level) for d in reachable)
    return Monitored(bounds, design.events, counted, forecast)


def closed_report(
    snapshot: Snapshot,
    protocol: Protocol,
    design: TrialDesign,
    events: tuple[int, ...],
    *,
    cut_off: str | None = None,
    final: bool = False,
) -> ClosedReport:
    """Return the interim result by arm, with conditional and predictive power.

    events    of each look taken; the last must be that of the snapshot at the cut-off.
    Raises    SnapshotError for dummy arms, or true ones that the unblinded statistician did not
              sign for; InvalidInput where the snapshot has other events.

    Conditional power is computed at the events that there are, never at those planned.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> from adjuvant.design import design_from_numbers
    >>> snapshot, protocol = six_patients_snapshot()
    >>> design = design_from_numbers(subjects=6, events=4, control_median=12, hazard_ratio=0.5,
    ...                              accrual=12)
    >>> try:
    ...     closed_report(snapshot, protocol, design, (3,))
    ... except SnapshotError as refused:
    ...     print(str(refused)[:67])
    the closed report is made by the unblinded statistician, and this s
    """
    signature = snapshot.manifest.signature
    if snapshot.arms != "true":
        raise SnapshotError(
            "conditional power needs the true arms, and this snapshot holds dummy ones (permuted); "
            "the closed report is made by the unblinded statistician from a snapshot of true arms"
        )
    if signature is None:
        raise SnapshotError(
            "the closed report is made by the unblinded statistician, and this snapshot is not "
            "signed for; take it again with that person's signature and reason"
        )
    data = _by_arm(snapshot, protocol, design.endpoint, cut_off)
    total = int(data.event.sum())
    if not events or events[-1] != total:
        raise InvalidInput(
            f"the snapshot has {total} events by the cut-off, and the last look {events[-1:]}; "
            "they must agree"
        )
    tested = log_rank(data)
    if tested.z is None or math.isnan(tested.z):
        raise NotEnoughData("the log-rank test has no variance yet: too few events")
    bounds = update_boundaries(
        design.looks, events, design.events, final=final,
        allocation_ratio=design.allocation_ratio,
    )  # fmt: skip
    z, stage = -tested.z, len(events)
    last = stage == len(bounds.events)
    moved = design_at_events(design.looks, events, design.events, final=final)
    order = (1, 0) if int(snapshot.sha256[:8], 16) % 2 else (0, 1)
    names = [arm.id for arm in protocol.ordered_arms]
    patients, observed = tested.n.tolist(), tested.observed.tolist()
    return ClosedReport(
        labels=("A", "B"),
        key={"AB"[k]: names[arm] for k, arm in enumerate(order)},
        patients=(int(patients[order[0]]), int(patients[order[1]])),
        events=(round(observed[order[0]]), round(observed[order[1]])),
        z=z,
        information=moved.information_rates[stage - 1],
        crossed=_crossed(bounds, stage, z, design.looks.sided),
        conditional_power={} if last else _conditional(design, moved, stage, z, bounds.events[-1]),
        predictive_power=None if last else predictive_power(moved, stage, z),
        signed_by=signature.name,
    )


@dataclass(frozen=True)
class _Rows:
    """The patients: ordinal day of origin, days to the event or the last contact, its code."""

    cut_off: date
    origin: Any
    time: Any
    event: Any


def _rows(snapshot: Snapshot, protocol: Protocol, endpoint: str, cut_off: str | None) -> _Rows:
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
    return _Rows(_day(cut_off) or latest, days, times, np.array(derived.event, dtype=np.int64))


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


def _pooled(design: TrialDesign, counted: PooledCount) -> PooledSnapshot:
    """Return what the forecast needs; competing events go on at the rate seen so far."""
    to_enter = max(0, design.subjects - counted.randomised)
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


def _by_arm(
    snapshot: Snapshot, protocol: Protocol, endpoint: str, cut_off: str | None
) -> TimeToEvent:
    """Return the endpoint by arm at the cut-off, stratified as the confirmatory test is."""
    rows = _rows(snapshot, protocol, endpoint, cut_off)
    names = [arm.id for arm in protocol.ordered_arms]
    if len(names) != 2:
        raise InvalidInput(f"the closed report compares two arms; the protocol has {len(names)}")
    main = next(
        (a for a in protocol.analyses if a.endpoint == endpoint and a.claim == "confirmatory"), None
    )
    stratified = main is not None and main.strata == "as_randomised"
    whole = derive_time_to_event(
        snapshot,
        protocol,
        endpoint,
        competing="censor",
        strata="as_randomised" if stratified else "none",
    )
    kept = np.flatnonzero(rows.origin <= rows.cut_off.toordinal())
    until = rows.cut_off.toordinal() - rows.origin
    event = (rows.event == 1) & (rows.time <= until)
    return TimeToEvent(
        np.minimum(rows.time, until)[kept],
        event[kept].astype(np.int64),
        arm=None if whole.arm is None else whole.arm[kept],
        arm_labels=whole.arm_labels,
        stratum=whole.stratum[kept] if whole.stratum is not None else None,
        stratum_labels=whole.stratum_labels,
        unit=whole.unit,
    )


def _crossed(bounds: UpdatedBoundaries, stage: int, z: float, sided: int) -> str:
    if z >= bounds.critical_values[stage - 1]:
        return "efficacy"
    if sided == 2 and z <= -bounds.critical_values[stage - 1]:
        return "harm"
    for lower, name in ((bounds.harm_bounds, "harm"), (bounds.futility_bounds, "futility")):
        if lower is not None and stage <= len(lower) and z < lower[stage - 1]:
            return name
    return ""


def _conditional(
    design: TrialDesign, moved: Any, stage: int, z: float, last_events: float
) -> dict[str, float]:
    """Return conditional power without effect, at the planned hazard ratio, and at the trend."""
    r, ratio = design.allocation_ratio, design.hazard_ratio
    drifts = {"no effect": 0.0, "trend so far": z / math.sqrt(moved.information_rates[stage - 1])}
    if ratio is not None:
        planned = -math.log(ratio) * math.sqrt(last_events * r) / (1 + r)
        drifts["planned effect"] = planned
    powers = conditional_power(moved, stage, z, list(drifts.values()))
    return dict(zip(drifts, powers, strict=True))


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
