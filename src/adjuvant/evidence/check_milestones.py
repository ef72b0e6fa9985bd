"""Checks of percentages at a time: kind not stated, crude proportions, medians, relabelling."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from adjuvant.evidence.finding import EvidenceFinding
from adjuvant.evidence.printed import FollowUp, Median, Milestone, Number
from adjuvant.evidence.rounding import (
    MONTHS,
    Range,
    months_of,
    printed_range,
    same_time,
    time_in_months,
)
from adjuvant.evidence.statements import Arm, Statements, accuse, event_free, other

__all__ = ["Point", "crude_milestones", "milestone_findings", "relabel_code"]

Relabelling = Literal["none", "kind", "arms", "both"]
KIND = "milestone_called_recurrence_but_is_recurrence_free"


@dataclass(frozen=True)
class Point:
    """An event-free percentage of an arm at a time in months, and the number it comes from."""

    arm: Arm
    time: float
    value: Range
    number: Milestone

    @classmethod
    def of(cls, number: Milestone) -> "Point | None":
        """Return the point of a milestone whose kind and unit are known."""
        time = time_in_months(number.time, number.unit)
        if time is None or number.what == "unstated":
            return None
        return cls(number.arm, time, event_free(number), number)

    def relabelled(self, how: Relabelling) -> "Point":
        """Return the point with event and event-free, the arms, or both exchanged."""
        value = self.value.complement() if how in ("kind", "both") else self.value
        arm = other(self.arm) if how in ("arms", "both") else self.arm
        return Point(arm, self.time, value, self.number)


@dataclass(frozen=True)
class Contradiction:
    """Two statements that cannot both be right, with the words for it."""

    kind: Literal["rises", "median", "direction"]
    numbers: tuple[Number, ...]
    words: str


def milestone_findings(
    said: Statements, endpoint: str, fixed: Sequence[Milestone], asked: Sequence[Milestone]
) -> Iterator[EvidenceFinding]:
    """Return the findings about milestones `asked`, held against medians, ratio and `fixed`.

    fixed   milestones that are taken as they stand (the report's, when another text is asked).
    """
    still = [p for m in fixed if (p := Point.of(m)) is not None]
    points = [p for m in asked if (p := Point.of(m)) is not None]
    medians = [
        m for m in (said.all(Median) if not fixed else said.primary(Median))
        if m.endpoint == endpoint and _checkable(m)
    ]  # fmt: skip

    def contradictions(how: Relabelling) -> list[Contradiction]:
        turned = [p.relabelled(how) for p in points]
        return _contradictions(said, endpoint, [*still, *turned], medians)

    known = {c.words for c in _contradictions(said, endpoint, still, medians)} if still else set()
    found = [c for c in contradictions("none") if c.words not in known]
    if not found:
        return
    explained = relabel_code([m for m in asked if m.what != "unstated"], contradictions)
    first = found[0]
    if explained is not None:
        yield _relabelled(said, explained, first, points)
        return
    for one in found:
        if one.kind != "direction":
            yield accuse(
                said.published, "median_does_not_match_milestones", one.numbers, one.words,
                sum=one.words, allowance="the rounding of each number",
                correction="one of these numbers is wrong; no exchange of labels explains it",
            )  # fmt: skip


def relabel_code(
    asked: Sequence[Milestone], contradictions: Callable[[Relabelling], Sequence[object]]
) -> str | None:
    """Return which exchange of labels removes every contradiction; None where none does."""
    by_kind, by_arms = not contradictions("kind"), not contradictions("arms")
    if by_kind and by_arms:
        printed_free = bool(asked) and all(m.what == "event_free" for m in asked)
        return "arms_swapped" if printed_free else KIND
    if by_kind:
        return KIND
    return "arms_swapped" if by_arms else None


def _relabelled(
    said: Statements, code: str, first: Contradiction, points: Sequence[Point]
) -> EvidenceFinding:
    what = "event and event-free are" if code == KIND else "the arms are"
    if code == KIND:
        is_free = first.numbers and points[0].number.what == "event"
        right = "these percentages are " + ("event-free" if is_free else "of patients with event")
    else:
        right = "each percentage belongs to the other arm"
    return accuse(
        said.published, code, [p.number for p in points],
        f"{what} exchanged: {first.words}",
        sum=first.words, allowance="the rounding of each number", correction=right,
    )  # fmt: skip


def _checkable(median: Median) -> bool:
    return median.value is not None and not median.about and (median.unit or "") in MONTHS


def _contradictions(
    said: Statements, endpoint: str, points: Sequence[Point], medians: Sequence[Median]
) -> list[Contradiction]:
    return [
        *_rising(points),
        *(c for m in medians for c in _wrong_side(m, points)),
        *_wrong_direction(said, endpoint, points),
    ]


def _rising(points: Sequence[Point]) -> Iterator[Contradiction]:
    for a in points:
        for b in points:
            later = a.time < b.time and not same_time(a.time, b.time)
            if a.arm == b.arm and later and not _at_most(b.value.low, a.value.high):
                words = (
                    f"event-free in arm {a.arm} rises from {_shown(a.value)}% at "
                    f"{a.number.time} {a.number.unit} to {_shown(b.value)}% at "
                    f"{b.number.time} {b.number.unit}"
                )
                yield Contradiction("rises", (b.number, a.number), words)


def _wrong_side(median: Median, points: Sequence[Point]) -> Iterator[Contradiction]:
    assert median.value is not None
    at = months_of(median.value, median.unit or "")
    assert at is not None
    for point in points:
        if point.arm != median.arm:
            continue
        early = point.time < at.low and not same_time(point.time, at.low)
        late = point.time > at.high and not same_time(point.time, at.high)
        below, above = not _at_most(50, point.value.high), not _at_most(point.value.low, 50)
        if (early and below) or (late and above):
            words = (
                f"{_shown(point.value)}% event-free in arm {point.arm} at {point.number.time} "
                f"{point.number.unit}, but a median of {median.value} {median.unit}"
            )
            yield Contradiction("median", (median, point.number), words)


def _wrong_direction(
    said: Statements, endpoint: str, points: Sequence[Point]
) -> Iterator[Contradiction]:
    """The report's ratio favours one arm, and at every common time the other arm is better."""
    ratios = said.ratios(endpoint)
    favoured = {r.favours for r in ratios} - {None}
    if len(favoured) != 1:
        return
    better = favoured.pop()
    pairs = [
        (a, b) for a in points for b in points
        if a.arm == better and b.arm != better and same_time(a.time, b.time)
    ]  # fmt: skip
    if any(not _at_most(a.value.low, b.value.high) for a, b in pairs):
        return
    for a, b in pairs:
        gap = b.value.low - a.value.high
        se = math.hypot(_standard_error(said, a), _standard_error(said, b))
        if gap > 1.96 * se:
            words = (
                f"the ratio favours arm {better}, but at {a.number.time} {a.number.unit} arm "
                f"{b.arm} has {_shown(b.value)}% event-free and arm {a.arm} {_shown(a.value)}%"
            )
            numbers = (a.number, b.number, *(r.number for r in ratios if r.favours))
            yield Contradiction("direction", numbers, words)


def _standard_error(said: Statements, point: Point) -> float:
    """Return the standard error of a percentage: from its interval, n, the total, or 5 points."""
    low, high = point.number.ci or (None, None)
    if low is not None and high is not None:
        return abs(float(high) - float(low)) / 3.92
    # The arm as printed: exchanging labels does not change how many patients were counted.
    n, total = said.n(point.number.arm), said.n("all")
    if n:
        return 100 * math.sqrt(0.25 / n)
    return 100 * math.sqrt(0.5 / total) if total else 5.0


def crude_milestones(said: Statements, endpoint: str) -> list[tuple[Milestone, Milestone]]:
    """Return the pairs of milestones (T, C) that are crude proportions of the whole follow-up."""
    stated = [m for m in said.all(Milestone) if m.endpoint == endpoint]
    return [
        (t, c)
        for t in stated if t.arm == "T"
        for c in stated
        if c.arm == "C" and c.source == t.source
        and same_time(time_in_months(t.time, t.unit), time_in_months(c.time, c.unit))
        and _fits_crude(said, t) and _fits_crude(said, c)
        and _at_the_end(said, t, c)
    ]  # fmt: skip


def _fits_crude(said: Statements, number: Milestone) -> bool:
    events = said.events(number.endpoint, number.arm)
    if events is None or events.percent is None:
        return False
    value = printed_range(number.value)
    return value.holds(events.percent) or value.holds(100 - events.percent)


def _at_the_end(said: Statements, t: Milestone, c: Milestone) -> bool:
    longest, median = (_follow_up(said, stat) for stat in ("max", "median"))
    at = months_of(t.time, t.unit)
    if at is None:
        return False
    if longest is not None:
        return at.meets(longest)
    if median is None or t.ci is not None or c.ci is not None:
        return False
    shares = [said.events(t.endpoint, arm) for arm in ("T", "C")]
    many = any(e is not None and (e.percent or 0) >= 20 for e in shares)
    time = time_in_months(t.time, t.unit)
    return many and time is not None and time > median.high


def _follow_up(said: Statements, stat: str) -> Range | None:
    for number in [*said.primary(FollowUp), *said.secondary(FollowUp)]:
        if number.stat == stat:
            return months_of(number.value, number.unit)
    return None


def _at_most(a: float, b: float) -> bool:
    return a <= b + 1e-9


def _shown(value: Range) -> str:
    return f"{(value.low + value.high) / 2:g}"
