"""Faults that show only when two cells are held against each other. Every one, in one run."""

from collections.abc import Iterator
from dataclasses import replace

from adjuvant.core import Finding
from adjuvant.dataset.canonical import Canonical, id_in
from adjuvant.dataset.codes import finding
from adjuvant.dataset.reversed_coding import looks_reversed, share_later
from adjuvant.dataset.table import Cell
from adjuvant.protocol.model import Protocol

__all__ = ["check_consistency"]

_CENTURY = {"hour": 876_600.0, "day": 36_525.0, "week": 5_218.0, "month": 1_200.0, "year": 100.0}


def check_consistency(data: Canonical, protocol: Protocol) -> list[Finding]:
    """Return what contradicts itself: negative times, life after death, reversed indicators.

    >>> from adjuvant.dataset.examples import six_patients
    >>> from adjuvant.dataset.subjects import canonical_subjects
    >>> table, protocol = six_patients()
    >>> check_consistency(canonical_subjects(table, protocol, protocol.data).canonical(), protocol)
    []
    """
    return [
        *_negative(data),
        *_too_long(data, protocol),
        *_after_death(data, protocol),
        *_reversed(data, protocol),
    ]


def _happened(data: Canonical, event: str) -> tuple[Cell, ...]:
    return data.get(f"event.{event}.happened") or (None,) * data.n


def _events(data: Canonical) -> list[str]:
    return [id_in(name) for name in data.columns if name.endswith(".happened")]


def _negative(data: Canonical) -> Iterator[Finding]:
    """Yield negative times without an event; with one the protocol's rule decides."""
    for event in _events(data):
        name = f"event.{event}.time"
        happened = _happened(data, event)
        for row, time in enumerate(data.get(name) or ()):
            if isinstance(time, int | float) and time < 0 and happened[row] != "yes":
                message = f"subject {data.subject(row)}: time {time} is negative"
                yield finding("D040", data.place(row, name), message, "correct the time")
    for name in data.columns:
        if name.startswith("endpoint.") and name.endswith(".time"):
            for row, time in enumerate(data.columns[name]):
                if isinstance(time, int | float) and time < 0:
                    message = f"subject {data.subject(row)}: AVAL {time} is negative"
                    yield finding("D040", data.place(row, name), message, "correct the time")


def _too_long(data: Canonical, protocol: Protocol) -> Iterator[Finding]:
    unit = protocol.data.unit if protocol.data else protocol.time.unit
    for name, cells in data.columns.items():
        if name.endswith(".time"):
            for row, time in enumerate(cells):
                if isinstance(time, int | float) and time > _CENTURY[unit]:
                    message = f"subject {data.subject(row)}: {time} {unit}s are over 100 years"
                    hint = "check the value, and `unit:` of the data"
                    yield finding("D055", data.place(row, name), message, hint)


def _after_death(data: Canonical, protocol: Protocol) -> Iterator[Finding]:
    for kind in ("date", "time"):
        died = data.get(f"event.death.{kind}")
        if died is None:
            continue
        happened = _happened(data, "death")
        moments = [*_moments(data, kind)]
        for row in range(data.n):
            death = died[row]
            if happened[row] == "yes" and death is not None:
                yield from _later_than(data, row, kind, death, moments)
        yield from _after_last_seen(data, protocol, kind)


def _moments(data: Canonical, kind: str) -> Iterator[tuple[str, str]]:
    """Yield (what, column) of every moment at which a patient was alive, each file column once."""
    seen: set[str] = set()
    for name in data.columns:
        part, _, rest = name.partition(".")
        what, _, last = rest.rpartition(".")
        if part not in ("event", "censoring") or last != kind or what == "death":
            continue
        column = data.stored_in.get(name, (name, 0))[0]
        if column not in seen:
            seen.add(column)
            yield what, name


def _later_than(
    data: Canonical, row: int, kind: str, death: Cell, moments: list[tuple[str, str]]
) -> Iterator[Finding]:
    for what, name in moments:
        moment = data.columns[name][row]
        if moment is None or not _exceeds(moment, death):
            continue
        when = "on" if kind == "date" else "at"
        happened = name.startswith("event.") and _happened(data, what)[row] == "yes"
        event = what if happened else f"{what} (without event)"
        message = (
            f"subject {data.subject(row)}: {event} {when} {moment}{_imputed(data, name, row)} is "
            f"after death {when} {death}{_imputed(data, 'event.death.date', row)}"
        )
        yield finding("D043", data.place(row, name), message, "correct one of the two")


def _imputed(data: Canonical, name: str, row: int) -> str:
    flags = data.get(f"{name.rpartition('.')[0]}.imputed")
    return " (day imputed)" if flags is not None and flags[row] is not None else ""


def _exceeds(a: Cell, b: Cell) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a > b  # ISO dates order as texts
    return isinstance(a, int | float) and isinstance(b, int | float) and a > b


def _after_last_seen(data: Canonical, protocol: Protocol, kind: str) -> Iterator[Finding]:
    """Yield events later than the moment at which survival without death is censored."""
    survival = [e for e in protocol.endpoints if e.event == ("death",) and e.censor_at]
    for endpoint in survival[:1]:
        seen = data.get(f"censoring.{endpoint.censor_at}.{kind}") or ()
        died = _happened(data, "death")
        for event in _events(data):
            name = f"event.{event}.{kind}"
            times, happened = data.get(name) or (), _happened(data, event)
            for row, (last, time) in enumerate(zip(seen, times, strict=False)):
                if died[row] != "yes" and happened[row] == "yes" and _exceeds(time, last):
                    message = (
                        f"subject {data.subject(row)}: {event} {time} is later than "
                        f"{endpoint.censor_at} {last}, which ends follow-up for {endpoint.id}"
                    )
                    hint = "the patient was alive then: bring the last contact up to date"
                    yield finding("D044", data.place(row, name), message, hint)


def _reversed(data: Canonical, protocol: Protocol) -> Iterator[Finding]:
    """Yield indicators that look coded the wrong way round."""
    mapped = protocol.data.events if protocol.data else {}
    if protocol.data and protocol.data.coding:
        return
    for event, mapping in mapped.items():
        if mapping.happened and mapping.days and not mapping.coding:
            yield from _reversed_in(
                data,
                f"event.{event}.happened",
                data.get(f"event.{event}.time") or (),
                [None if h is None else h == "yes" for h in _happened(data, event)],
                ", ".join(v for v, means in mapping.values.items() if means == "yes") or "1",
                "swap yes and no in `values` of the event",
            )
    for name in data.columns:
        if name.startswith("endpoint.") and name.endswith(".event"):
            yield from _reversed_in(
                data,
                name,
                data.columns[f"{name.removesuffix('event')}time"],
                [None if e is None else e == 1 for e in data.columns[name]],
                "0",
                "CNSR is 0 for an event",
            )


def _reversed_in(
    data: Canonical,
    name: str,
    times: tuple[Cell, ...],
    happened: list[bool | None],
    yes: str,
    remedy: str,
) -> Iterator[Finding]:
    pairs = [
        (float(t), h)
        for t, h in zip(times, happened, strict=False)
        if isinstance(t, int | float) and h is not None
    ]
    time, event = [t for t, _ in pairs], [h for _, h in pairs]
    if looks_reversed(time, event):
        place = replace(data.place(0, name), line=1)
        message = (
            f"{place.field}: {yes} = event in {sum(event)} of {len(event)}; reversed? Events are "
            f"later than censorings in {share_later(time, event):.0%} of the pairs"
        )
        hint = (
            f"if it is: {remedy}; if it is right, confirm it: `coding: confirmed` in the "
            "protocol, or --coding-confirmed"
        )
        yield finding("D050", place, message, hint)
