"""Checks of what other texts say: restated ratios, p-values and milestones, doses, facts."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from adjuvant.evidence.check_milestones import (
    KIND,
    Relabelling,
    crude_milestones,
    milestone_findings,
)
from adjuvant.evidence.finding import EvidenceFinding
from adjuvant.evidence.printed import Dose, Fact, HazardRatio, Milestone, PValue
from adjuvant.evidence.rounding import Range, printed_range, same_time, time_in_months
from adjuvant.evidence.statements import Ratio, Statements, accuse

__all__ = ["check_milestones", "check_restated"]


def check_restated(said: Statements) -> Iterator[EvidenceFinding]:
    """Return the findings among restated ratios and p-values, doses and facts."""
    yield from _ratios(said)
    yield from _p_values(said)
    yield from _doses(said)
    yield from _facts(said)


def check_milestones(said: Statements) -> Iterator[EvidenceFinding]:
    """Return the findings about percentages at a time, of the report and of other texts."""
    for endpoint in said.endpoints():
        pairs = crude_milestones(said, endpoint)
        crude = {m.id for pair in pairs for m in pair}
        for t, c in pairs:
            yield _crude(said, t, c)
        stated = [
            m for m in said.all(Milestone) if m.endpoint == endpoint and m.id not in crude
        ]  # fmt: skip
        unstated = [m for m in stated if m.what == "unstated"]
        if unstated:
            yield _unstated(said, unstated)
        own = [m for m in stated if said.is_primary(m)]
        yield from milestone_findings(said, endpoint, (), own)
        for source in dict.fromkeys(m.source for m in stated if not said.is_primary(m)):
            theirs = [m for m in stated if m.source == source]
            yield from _restated_milestones(said, endpoint, own, theirs)


def _crude(said: Statements, t: Milestone, c: Milestone) -> EvidenceFinding:
    shares = [said.events(m.endpoint, m.arm) for m in (t, c)]
    words = ", ".join(f"{e.count:g}/{e.n} = {e.percent:.1f}%" for e in shares if e is not None)
    return accuse(
        said.published, "crude_proportion_called_milestone", (t, c),
        f"{t.value}% and {c.value}% at {t.time} {t.unit} are the crude proportions of the whole "
        "follow-up",
        sum=words, allowance="the rounding of the percentages and of the time",
        correction="proportions over the whole follow-up, with no time attached",
    )  # fmt: skip


def _unstated(said: Statements, numbers: Sequence[Milestone]) -> EvidenceFinding:
    return accuse(
        said.published, "milestone_kind_not_stated", numbers,
        f"{numbers[0].as_printed}: with or without the event is not said",
        sum="; ".join(f"arm {m.arm} {m.value}% at {m.time} {m.unit}" for m in numbers),
        allowance="none: the text does not say it",
        correction=_which_kind(said, numbers),
    )  # fmt: skip


def _which_kind(said: Statements, numbers: Sequence[Milestone]) -> str:
    """Say which it must be: event-free cannot rise, events cannot fall, the ratio has a side."""
    votes = set()
    for a in numbers:
        for b in numbers:
            at_a, at_b = (time_in_months(m.time, m.unit) for m in (a, b))
            if at_a is None or at_b is None:
                continue
            of_a, of_b = printed_range(a.value), printed_range(b.value)
            if a.arm == b.arm and at_a < at_b and not of_a.meets(of_b):
                votes.add("event-free" if of_b.high < of_a.low else "event")
            favoured = {r.favours for r in said.ratios(a.endpoint)} - {None}
            opposite = a.arm != b.arm and same_time(at_a, at_b)
            if favoured == {a.arm} and opposite and not of_a.meets(of_b):
                votes.add("event-free" if of_a.low > of_b.high else "event")
    return f"it must be {votes.pop()}" if len(votes) == 1 else ""


def _restated_milestones(
    said: Statements, endpoint: str, own: Sequence[Milestone], theirs: Sequence[Milestone]
) -> Iterator[EvidenceFinding]:
    """Match each restated percentage with the report's; hold the others against its curve."""
    unmatched = []
    groups: dict[float, list[Milestone]] = {}
    for number in theirs:
        at = time_in_months(number.time, number.unit)
        if at is None or not any(_same(own_one, at) for own_one in own):
            unmatched.append(number)
        else:
            key = next((t for t in groups if same_time(t, at)), at)
            groups.setdefault(key, []).append(number)
    for at, numbers in groups.items():
        here = [m for m in own if _same(m, at)]
        yield from _matched(said, numbers, here)
    if unmatched and own:
        yield from milestone_findings(said, endpoint, own, unmatched)


def _same(number: Milestone, at: float) -> bool:
    return same_time(time_in_months(number.time, number.unit), at)


def _matched(
    said: Statements, numbers: Sequence[Milestone], own: Sequence[Milestone]
) -> Iterator[EvidenceFinding]:
    """One exchange of labels that explains all numbers of a time, else one for each number."""
    how = _explains(numbers, own)
    parts = [(numbers, how)] if how else [([m], _explains([m], own)) for m in numbers]
    for part, exchange in parts:
        if exchange == "none":
            continue
        codes = {"arms": ["arms_swapped"], "kind": [KIND], "both": ["arms_swapped", KIND]}
        printed = "; ".join(f"arm {m.arm} {m.value}% ({m.what})" for m in part)
        report = "; ".join(f"arm {m.arm} {m.value}% ({m.what})" for m in own)
        for code in codes.get(exchange or "", ["restated_value_differs"]):
            yield accuse(
                said.published, code, [*part, *own],
                f"{part[0].as_printed}: the report prints otherwise",
                sum=f"here {printed}; the report {report}", allowance="the rounding of both",
                correction=f"as the report: {report}",
            )  # fmt: skip


def _explains(numbers: Sequence[Milestone], own: Sequence[Milestone]) -> Relabelling | None:
    """Return the least exchange of labels under which every number fits the report's."""
    free = all(m.what == "event_free" for m in numbers)
    order: tuple[Relabelling, ...] = ("none", "arms", "kind", "both")
    if not free:
        order = ("none", "kind", "arms", "both")
    for how in order:
        if all(_fits(number, own, how) for number in numbers):
            return how
    return None


def _fits(number: Milestone, own: Sequence[Milestone], how: Relabelling) -> bool:
    arm = number.arm if how in ("none", "kind") else ("C" if number.arm == "T" else "T")
    same_arm = [m for m in own if m.arm == arm]
    if not same_arm:
        # The report has no such number: an exchange can explain nothing, and nothing contradicts.
        return how == "none"
    return any(_agree(number, m, exchanged=how in ("kind", "both")) for m in same_arm)


def _agree(number: Milestone, own: Milestone, *, exchanged: bool) -> bool:
    either = "unstated" in (number.what, own.what)
    turned = (number.what != own.what) != exchanged
    options = (False, True) if either else (turned,)
    return any(_values_agree(number, own, complement) for complement in options)


def _values_agree(number: Milestone, own: Milestone, complement: bool) -> bool:
    here = [number.value, *(number.ci or (None, None))]
    report = [own.value, *(own.ci or (None, None))]
    if complement:
        report = [report[0], report[2], report[1]]
    return all(
        a is None
        or b is None
        or printed_range(a).meets(printed_range(b).complement() if complement else printed_range(b))
        for a, b in zip(here, report, strict=True)
    )


def _ratios(said: Statements) -> Iterator[EvidenceFinding]:
    for number in said.secondary(HazardRatio):
        restated, own = Ratio.of(number), said.ratios(number.endpoint)
        if not own or any(_ratio_agrees(restated, ratio) for ratio in own):
            continue
        report = own[0].number
        turned = Ratio.of(number.model_copy(update={"ratio": _turned(number.ratio)}))
        is_turned = any(_ratio_agrees(turned, ratio) for ratio in own)
        yield accuse(
            said.published, "restated_value_differs", (number, report),
            f"{number.as_printed}; the report prints {report.as_printed}",
            sum=f"as T/C {restated.value.low:.3f} to {restated.value.high:.3f} here, "
            f"{own[0].value.low:.3f} to {own[0].value.high:.3f} in the report",
            allowance="the rounding of both",
            correction="the ratio is the other way round" if is_turned
            else f"as the report: {report.as_printed}",
        )  # fmt: skip


def _turned(ratio: str) -> str:
    return "C/T" if ratio == "T/C" else "T/C"


def _ratio_agrees(a: Ratio, b: Ratio) -> bool:
    same_level = a.z == b.z
    limits = ((a.low, b.low), (a.high, b.high)) if same_level else ()
    return a.value.meets(b.value) and all(
        x is None or y is None or x.meets(y) for x, y in limits
    )  # fmt: skip


def _p_values(said: Statements) -> Iterator[EvidenceFinding]:
    for number in said.secondary(PValue):
        own = [p for p in said.primary(PValue) if p.endpoint == number.endpoint]
        if not own or any(_p_agrees(number, p) for p in own):
            continue
        yield accuse(
            said.published, "restated_value_differs", (number, own[0]),
            f"{number.as_printed}; the report prints {own[0].as_printed}",
            sum=f"{number.value} here, {own[0].value} in the report",
            allowance="the rounding of both", correction=f"as the report: {own[0].as_printed}",
        )  # fmt: skip


def _p_agrees(a: PValue, b: PValue) -> bool:
    """Whether two p-values meet, as printed or both two-sided."""
    of_a, of_b = printed_range(a.value), printed_range(b.value)
    return of_a.meets(of_b) or of_a.times(2 / a.sides).meets(of_b.times(2 / b.sides))


def _doses(said: Statements) -> Iterator[EvidenceFinding]:
    for a, b in combinations(said.all(Dose), 2):
        whole, part = (a, b) if a.per == "patient" else (b, a)
        if whole.per != "patient" or part.per == "patient" or a.arm != b.arm:
            continue
        if not (said.is_primary(a) or said.is_primary(b)) or a.unit.split() != b.unit.split():
            continue
        infusions = float(part.infusions or whole.infusions or 1)
        if infusions <= 1:
            continue
        expected = printed_range(part.value).times(infusions)
        if printed_range(whole.value).meets(Range(0.8 * expected.low, 1.25 * expected.high)):
            continue
        wrong = part if said.is_primary(whole) else whole
        yield accuse(
            said.published, "dose_per_cycle_vs_per_patient", (wrong, whole, part),
            f"{wrong.as_printed}: per {wrong.per}, but the dose belongs to another unit",
            sum=f"{part.value} per {part.per} x {infusions:g} = "
            f"{float(part.value) * infusions:.3g}, not {whole.value} per patient",
            allowance="0.8 to 1.25 times, and rounding",
            correction=f"{float(whole.value) / infusions:.3g} per {part.per}",
        )  # fmt: skip


def _facts(said: Statements) -> Iterator[EvidenceFinding]:
    for a, b in combinations(said.all(Fact), 2):
        if a.name != b.name or a.source == b.source or _plain(a.value) == _plain(b.value):
            continue
        later = a if said.is_primary(b) and not said.is_primary(a) else b
        first = b if later is a else a
        yield accuse(
            said.published, "restated_value_differs", (later, first),
            f"{a.name}: {first.value} in one text, {later.value} in another",
            sum=f"{first.value} is not {later.value}", allowance="none: a fact is one or the other",
            correction=f"as the report: {first.value}" if said.is_primary(first) else "",
        )  # fmt: skip


def _plain(value: object) -> object:
    """A fact without what typography alone makes different."""
    if isinstance(value, str):
        return re.sub(r"\s+", " ", re.sub(r"\s*(?:[-–—]|\bto\b)\s*", "-", value)).strip().casefold()
    return value
