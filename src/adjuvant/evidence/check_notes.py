"""What arithmetic says beyond the findings: it accuses nobody, and helps who reads the numbers."""

from collections.abc import Iterator

from adjuvant.evidence.finding import EvidenceNote
from adjuvant.evidence.printed import Crude, Events, HazardRatio, PValue
from adjuvant.evidence.rounding import printed_range
from adjuvant.evidence.statements import Statements

__all__ = ["evidence_notes"]


def evidence_notes(said: Statements) -> Iterator[EvidenceNote]:
    """Return notes on a file of printed numbers."""
    if not said.primary_sources:
        place = said.published.place("")
        yield EvidenceNote(place, "no source is the report itself: only facts were compared")
    yield from _risk_ratios(said)
    yield from _sides(said)
    yield from _restated_counts(said)
    yield from _lonely_percentages(said)


def _risk_ratios(said: Statements) -> Iterator[EvidenceNote]:
    """A hazard ratio called relative risk: the crude ratio of the risks is another number."""
    for number in said.all(HazardRatio):
        t, c = (said.events(number.endpoint, arm) for arm in ("T", "C"))
        if "risk" not in number.as_printed.casefold() or t is None or c is None:
            continue
        if t.percent is None or not c.percent:
            continue
        crude = t.percent / c.percent
        if number.ratio == "C/T":
            crude = 1 / crude if crude else float("inf")
        if not printed_range(number.value).holds(crude):
            yield EvidenceNote(
                said.published.place(number.id),
                f"{number.as_printed}: a ratio of hazards; the crude ratio of the risks is "
                f"{t.percent:.1f}/{c.percent:.1f} = {t.percent / c.percent:.2f}",
                (number.id, t.number.id, c.number.id),
            )


def _sides(said: Statements) -> Iterator[EvidenceNote]:
    for number in said.all(PValue):
        if number.sides == 1:
            yield EvidenceNote(
                said.published.place(number.id),
                f"{number.as_printed} is one-sided: {2 * float(number.value.lstrip('<')):g} when "
                "both sides count",
                (number.id,),
            )


def _restated_counts(said: Statements) -> Iterator[EvidenceNote]:
    for number in said.secondary(Events):
        own = said.events(number.endpoint, number.arm)
        here = said.arm_events(number)
        if own is not None and None not in (own.count, here.count) and own.count != here.count:
            yield EvidenceNote(
                said.published.place(number.id),
                f"{number.as_printed}; the report prints {own.number.as_printed}",
                (number.id, own.number.id),
            )


def _lonely_percentages(said: Statements) -> Iterator[EvidenceNote]:
    for number in said.all(Crude):
        events = said.events(number.endpoint, number.arm)
        if events is None or events.percent is None:
            continue
        value = printed_range(number.percent)
        if not value.holds(events.percent) and not value.holds(100 - events.percent):
            yield EvidenceNote(
                said.published.place(number.id),
                f"{number.as_printed} fits neither {events.count:g}/{events.n} = "
                f"{events.percent:.1f}% nor its complement",
                (number.id, events.number.id),
            )
