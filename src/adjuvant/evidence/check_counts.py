"""Checks of counts and percentages: arms, totals, exclusions, crude proportions, differences."""

from collections.abc import Iterator

from adjuvant.evidence.finding import EvidenceFinding
from adjuvant.evidence.printed import AnalysedSet, Crude, Difference, Events, Milestone, Patients
from adjuvant.evidence.rounding import Range, printed_range, same_time, time_in_months
from adjuvant.evidence.statements import Statements, accuse, event_free

__all__ = ["check_counts"]


def check_counts(said: Statements) -> Iterator[EvidenceFinding]:
    """Return the findings among counts and percentages."""
    yield from _sums(said)
    yield from _intention_to_treat(said)
    yield from _percentages(said)
    yield from _crude(said)
    yield from _differences(said)


def _sums(said: Statements) -> Iterator[EvidenceFinding]:
    """The report's arms against its total; another text's against the report's."""
    stated = list(said.all(Patients))
    for source in dict.fromkeys(n.source for n in stated):
        own = source in said.primary_sources
        pool = [n for n in stated if said.is_primary(n) or n.source == source]
        # What a text states itself comes before what the report states.
        pool.sort(key=lambda n: n.source != source)
        t, c, total = (
            next((n for n in pool if (n.kind, n.arm) == key), None)
            for key in (("n", "T"), ("n", "C"), ("n_total", None))
        )
        if t is None or c is None or total is None:
            continue
        if not any(n.source == source for n in (t, c, total)):
            continue
        sum_of_arms = float(t.value) + float(c.value)
        if sum_of_arms != float(total.value):
            yield accuse(
                said.published, "n_arms_do_not_sum", (total, t, c),
                f"{t.value} and {c.value} patients are {sum_of_arms:g}, not {total.value}",
                sum=f"{t.value} + {c.value} = {sum_of_arms:g}", allowance="none: counts are exact",
                correction=f"a total of {sum_of_arms:g}, or a mistake in one arm",
            )  # fmt: skip
            if own:
                return


def _intention_to_treat(said: Statements) -> Iterator[EvidenceFinding]:
    label = next((n for n in said.all(AnalysedSet) if n.value == "itt"), None)
    if label is None:
        return
    analysed = said.n("all")
    for number in said.all(Patients):
        gone = 0.0
        if number.kind == "n_excluded":
            gone = float(number.value)
        elif number.kind == "n_allocated" and analysed is not None:
            gone = float(number.value) - analysed
        if gone > 0:
            yield accuse(
                said.published, "itt_label_with_exclusions", (label, number),
                f"called intention to treat, but {gone:g} allocated patients were not analysed",
                sum=f"{number.kind} = {number.value}, analysed {analysed or 'not printed'}",
                allowance="none: intention to treat is everybody allocated",
                correction="a modified intention-to-treat set: name the exclusions",
            )  # fmt: skip
            return


def _percentages(said: Statements) -> Iterator[EvidenceFinding]:
    for number in said.all(Events):
        n = said.n(number.arm)
        if not n or number.percent is None:
            continue
        printed, percent = float(number.count), printed_range(number.percent)
        if percent.holds(100 * printed / n):
            continue
        found = said.arm_events(number)
        sum = f"100 x {number.count}/{n} = {100 * printed / n:.1f}"
        allowance = f"{number.percent} stands for {percent.low:g} to {percent.high:g}"
        if found.swapped:
            yield accuse(
                said.published, "count_and_percent_swapped", (number,),
                f"{number.as_printed}: count and percentage stand in each other's place",
                sum=f"{sum}; 100 x {number.percent}/{n} = {100 * float(number.percent) / n:.1f}",
                allowance=allowance, correction=f"{number.percent} [{number.count}%]",
            )  # fmt: skip
        else:
            yield accuse(
                said.published, "percent_does_not_match_count", (number,),
                f"{number.count} of {n} are {100 * printed / n:.1f}%, not {number.percent}%",
                sum=sum, allowance=allowance,
                correction=f"{100 * printed / n:.0f}%, or another count",
            )  # fmt: skip


def _crude(said: Statements) -> Iterator[EvidenceFinding]:
    for number in said.all(Crude):
        events = said.events(number.endpoint, number.arm)
        if events is None or events.percent is None:
            continue
        with_event = events.percent
        right = with_event if number.what == "event" else 100 - with_event
        value = printed_range(number.percent)
        if value.holds(right) or not value.holds(100 - right):
            continue
        is_free = number.what == "event"
        yield accuse(
            said.published, "crude_called_recurrence_but_is_recurrence_free",
            (number, events.number),
            f"{number.as_printed}: {number.percent}% is the share "
            f"{'without' if is_free else 'with'} the event",
            sum=f"{events.count:g}/{events.n} = {with_event:.1f}% with, "
            f"{100 - with_event:.1f}% without the event",
            allowance=f"{number.percent} stands for {value.low:g} to {value.high:g}",
            correction=f"{number.percent}% {'event-free' if is_free else 'with the event'}",
        )  # fmt: skip


def _differences(said: Statements) -> Iterator[EvidenceFinding]:
    for number in said.all(Difference):
        value = printed_range(number.value).absolute()
        if number.time is None:
            options = _crude_differences(said, number.endpoint)
        else:
            options = _milestone_differences(said, number)
        if not options or any(value.meets(found) for _, found in options):
            continue
        text, found = options[0]
        yield accuse(
            said.published, "difference_does_not_match", (number,),
            f"{number.as_printed}: the printed numbers differ by {text}",
            sum=text,
            allowance=f"{number.value} stands for {value.low:g} to {value.high:g}, the sum for "
            f"{found.low:.2f} to {found.high:.2f}",
            correction=f"{(found.low + found.high) / 2:.1f} percentage points",
        )  # fmt: skip


def _crude_differences(said: Statements, endpoint: str) -> list[tuple[str, Range]]:
    """Return the difference of the counts, or without them of the printed percentages."""
    t, c = (said.events(endpoint, arm) for arm in ("T", "C"))
    if t is not None and c is not None and t.percent is not None and c.percent is not None:
        gap = abs(c.percent - t.percent)
        return [(f"{c.percent:.1f} - {t.percent:.1f} = {gap:.1f}", Range(gap, gap))]
    of_t, of_c = (_printed_percent(said, endpoint, arm) for arm in ("T", "C"))
    if of_t is None or of_c is None:
        return []
    found = of_c.minus(of_t).absolute()
    return [(f"a difference of percentages of {found.low:g} to {found.high:g}", found)]


def _printed_percent(said: Statements, endpoint: str, arm: str) -> Range | None:
    for number in said.primary(Crude):
        if (number.endpoint, number.arm) == (endpoint, arm):
            value = printed_range(number.percent)
            return value if number.what == "event" else value.complement()
    for stated in said.primary(Events):
        if (stated.endpoint, stated.arm) == (endpoint, arm) and stated.percent is not None:
            value = printed_range(stated.percent)
            return value if stated.what == "event" else value.complement()
    return None


def _milestone_differences(said: Statements, number: Difference) -> list[tuple[str, Range]]:
    assert number.time is not None
    at = time_in_months(number.time, number.unit or "")
    here = [
        m
        for m in said.primary(Milestone)
        if m.endpoint == number.endpoint and same_time(at, time_in_months(m.time, m.unit))
    ]
    return [
        (f"{c.value} and {t.value} at {number.time} {number.unit}",
         event_free(c).minus(event_free(t)).absolute())
        for t in here if t.arm == "T"
        for c in here if c.arm == "C" and (c.what == "unstated") == (t.what == "unstated")
    ]  # fmt: skip
