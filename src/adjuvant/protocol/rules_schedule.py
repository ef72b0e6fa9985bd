"""Rules: visits, infusions and the calendar that both have to meet."""

from collections.abc import Iterator
from itertools import pairwise

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.feasible_days import Feasibility, draw_days, feasible_days
from adjuvant.protocol.model import Infusion, Protocol, Visit
from adjuvant.protocol.names import Path, each, ids, known
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import did_you_mean
from adjuvant.protocol.words import numbers

__all__ = ["RULES", "occurrences"]

_TEN_YEARS = 3653


def check_collected(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P012: each event that an endpoint counts is recorded at a visit of every arm."""
    if not protocol.visits:
        return
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        for key in ("event", "competing"):
            for n, text in enumerate(getattr(endpoint, key)):
                event = text.split(" where ")[0]
                without = [a for a in ids(protocol.arms) if event not in _recorded(protocol, a)]
                if event in protocol.events and without:
                    where = "" if len(without) == len(protocol.arms) else f" of {without[0]}"
                    yield draft.finding(
                        "P012",
                        (*path, key, n),
                        f"{endpoint.id} counts '{event}', but no visit{where} collects it",
                        f"add an activity with 'records: [{event}]' to a visit, or remove it here",
                    )


def _recorded(protocol: Protocol, arm: str) -> set[str]:
    done = {name for visit in protocol.visits for name in visit.activities(arm)}
    done |= set(protocol.schedule.unscheduled) if done else set()
    return {e for n in done if n in protocol.activities for e in protocol.activities[n].records}


def check_equal_assessment(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P074 and P075: events and harms are looked for at the same times in every arm."""
    if len(protocol.arms) < 2:
        return
    finders = {n for n, a in protocol.activities.items() if a.records and _is_dated(protocol, n)}
    harms = {n for n, a in protocol.activities.items() if a.collects_harms}
    for path, visit in each(protocol.visits, "visits"):
        for code, names, what in (
            ("P074", finders - harms, "is looked for events"),
            ("P075", harms - finders, "is asked about harms"),
        ):
            done = {arm: names & set(visit.activities(arm)) for arm in ids(protocol.arms)}
            everything = set().union(*done.values())
            lacking = [arm for arm, found in done.items() if found != everything]
            if lacking and (code == "P075" or protocol.schedule.same_assessments):
                only = sorted(everything - done[lacking[0]])
                yield draft.finding(
                    code,
                    path,
                    f"at {visit.id} {', '.join(lacking)} lacks {', '.join(only)}; "
                    f"there only the other arm {what}",
                    "do it in all arms, or move it to a visit that all arms have",
                )


def _is_dated(protocol: Protocol, activity: str) -> bool:
    counted = {e.split(" where ")[0] for part in protocol.endpoints for e in part.event}
    return bool(counted & set(protocol.activities[activity].records))


def check_feasible_days(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P071 and P072: the days of randomisation from which the first infusion is reached."""
    for found in feasible_days(protocol):
        if found.works == found.allowed:
            continue
        shift = found.infusion.if_late == "shift"
        code = "P072" if found.works or shift else "P071"
        n = next(n for n, part in enumerate(protocol.infusions) if part.id == found.infusion.id)
        yield draft.finding(code, ("infusions", n, "window"), _days_in_words(found), _remedy(found))


def _days_in_words(found: Feasibility) -> str:
    only = "no day works"
    if found.works:
        only = f"only randomisation on day {numbers(found.works)} works"
    return (
        f"with a draw after randomisation, {found.making} d of making and release and a window up "
        f"to day {found.last_day}, {only} ({len(found.works)} of the {len(found.allowed)} days "
        f"allowed) for {found.infusion.id}"
    )


def _remedy(found: Feasibility) -> str:
    if found.infusion.if_late == "shift" and found.infusion.latest is not None:
        return f"later ones are shifted, up to {found.infusion.latest}, by the infusion's own rule"
    return (
        "narrow randomisation.timing, widen the window, or write 'if_late: shift, latest: ...'; "
        "a draw before allocation needs consent and then both arms"
    )


def check_draw_days(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P073: a draw that its own window puts before allocation, though it must come after."""
    timing = protocol.randomisation.timing
    if timing is None:
        return
    start = timing.window[0].calendar_days()
    for infusion, product, early, late in draw_days(protocol):
        own = infusion.anchor or protocol.schedule.anchor
        if own != timing.anchor or early >= start:
            continue
        n = ids(protocol.cell_products).index(product.id)
        yield draft.finding(
            "P073",
            ("cell_products", n, "draw", "before_infusion"),
            f"the draw for {infusion.id} falls on day {early} to {late} from {own}, and allocation "
            f"begins on day {start}: part of it comes before consent and allocation",
            "draw after allocation, or write 'before_randomisation: true', which needs consent and "
            "then both arms",
        )


def _windows(protocol: Protocol) -> Iterator[tuple[Path, tuple[Duration, ...]]]:
    if protocol.randomisation.timing is not None:
        yield ("randomisation", "timing", "window"), protocol.randomisation.timing.window
    for key in ("visits", "infusions"):
        for path, part in each(getattr(protocol, key), key):
            if part.window is not None:
                yield (*path, "window"), part.window
    for path, product in each(protocol.cell_products, "cell_products"):
        if product.draw is not None and product.draw.before_infusion is not None:
            yield (*path, "draw", "before_infusion"), product.draw.before_infusion
        for at, step in each(product.steps, *path, "steps"):
            if step.takes is not None and step.takes.window is not None:
                yield (*at, "takes", "window"), step.takes.window


def check_windows(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P078: a window begins before it ends."""
    for path, (low, high) in _windows(protocol):
        if low.calendar_days() > high.calendar_days():
            yield draft.finding(
                "P078", path, f"the window [{low}, {high}] ends before it begins", "swap the two"
            )


def check_visit_times(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P077: every visit has a time, and a series an end."""
    for path, visit in each(protocol.visits, "visits"):
        if visit.at is None and visit.every is None:
            yield draft.finding(
                "P077", path, f"{visit.id} has no time", "write 'at: 3 mo', or 'every: 3 mo'"
            )
        if visit.every is not None and visit.until is None:
            yield draft.finding(
                "P077", path, f"{visit.id} repeats without end", "write 'until: 24 mo'"
            )
        if visit.until not in (None, "end_of_trial"):
            yield from _until(draft, path, str(visit.until))


def _until(draft: Draft, path: Path, text: str) -> Iterator[Finding]:
    try:
        Duration.parse(text)
    except InvalidInput as reason:
        message, _, hint = reason.message.partition("; ")
        meant = did_you_mean(text, ["end_of_trial"])
        words = f"did you mean '{meant}'?" if meant else f"{hint}, or end_of_trial"
        yield draft.finding("P017", (*path, "until"), f"until: {message}", words)


def check_visit_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P079, P030: activities and arms of visits are declared."""
    arms = (*ids(protocol.arms), "all")
    activities = tuple(protocol.activities)
    for path, visit in each(protocol.visits, "visits"):
        for n, arm in enumerate(visit.arms):
            yield from known(draft, (*path, "arms", n), arm, arms, "P030", "arm")
        for n, name in enumerate(visit.do):
            yield from known(draft, (*path, "do", n), name, activities, "P079", "activity")
        for arm, names in visit.also.items():
            yield from known(draft, (*path, "also", arm), arm, arms[:-1], "P030", "arm")
            for n, name in enumerate(names):
                yield from known(
                    draft, (*path, "also", arm, n), name, activities, "P079", "activity"
                )
    for n, name in enumerate(protocol.schedule.unscheduled):
        at = ("schedule", "unscheduled", n)
        yield from known(draft, at, name, activities, "P079", "activity")


def occurrences(visit: Visit) -> tuple[int, ...]:
    """Return the days of a visit, counted from its anchor; a series without end stops at 10 y."""
    first = visit.first_day
    if first is None or visit.every is None:
        return () if first is None else (first,)
    step, end = visit.every.calendar_days(), _TEN_YEARS
    if visit.until not in (None, "end_of_trial"):
        try:
            end = min(Duration.parse(str(visit.until)).calendar_days(), 10 * _TEN_YEARS)
        except InvalidInput:
            return (first,)
    return tuple(range(first, end + 1, step)) if step > 0 else (first,)


def check_overlaps(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P076: the windows of two visits of one arm do not overlap."""
    for arm in ids(protocol.arms):
        spans = sorted(_spans(protocol, arm))
        for (_, end, name, _), (begin, _, other, n) in pairwise(spans):
            if begin <= end and name != other:
                yield draft.finding(
                    "P076",
                    ("visits", n, "window"),
                    f"the windows of {name} (to day {end}) and {other} (from day {begin}) overlap",
                    "narrow one of them: a visit in both could be either",
                )


def _spans(protocol: Protocol, arm: str) -> Iterator[tuple[int, int, str, int]]:
    for n, visit in enumerate(protocol.visits):
        own = visit.anchor or protocol.schedule.anchor
        if (
            not visit.activities(arm)
            or visit.epoch == "screening"
            or own != protocol.schedule.anchor
        ):
            continue
        low, high = (w.calendar_days() for w in visit.window) if visit.window else (0, 0)
        for day in occurrences(visit):
            yield day + low, day + high, visit.id, n


def check_infusions(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P095 and P096: gaps and shifts of infusions can be met."""
    for path, infusion in each(protocol.infusions, "infusions"):
        if infusion.if_late == "shift" and infusion.latest is None:
            yield draft.finding(
                "P096", path, f"{infusion.id} may be shifted without limit", "add 'latest: 42 d'"
            )
        if infusion.latest is not None and infusion.latest.calendar_days() < infusion.last_day:
            yield draft.finding(
                "P096",
                (*path, "latest"),
                f"{infusion.id}: latest {infusion.latest} lies before the end of its window, "
                f"day {infusion.last_day}",
                "write a later day, or narrow the window",
            )
    yield from _gaps(draft, protocol)


def _gaps(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    order: list[tuple[int, Infusion]] = sorted(
        enumerate(protocol.infusions), key=lambda pair: pair[1].at.calendar_days()
    )
    for (_, before), (n, after) in pairwise(order):
        if after.min_gap is None or before.of != after.of:
            continue
        if before.last_day + after.min_gap.calendar_days() > after.last_day:
            yield draft.finding(
                "P095",
                ("infusions", n, "min_gap"),
                f"{before.id} on its last day {before.last_day} leaves no day for {after.id} "
                f"(gap {after.min_gap}, window to day {after.last_day})",
                "shorten the gap, or narrow the window of the first",
            )


def check_intervention_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P094, P099: interventions of arms and infusions, and their products, are declared."""
    interventions = ids(protocol.interventions)
    products = ids(protocol.cell_products)
    if protocol.interventions:
        for path, arm in each(protocol.arms, "arms"):
            for n, name in enumerate(arm.interventions):
                at = (*path, "interventions", n)
                yield from known(draft, at, name, interventions, "P094", "intervention")
    for path, infusion in each(protocol.infusions, "infusions"):
        yield from known(draft, (*path, "of"), infusion.of, interventions, "P094", "intervention")
    for path, part in each(protocol.interventions, "interventions"):
        yield from known(draft, (*path, "product"), part.product, products, "P099", "cell product")


RULES = (
    check_collected,
    check_equal_assessment,
    check_feasible_days,
    check_draw_days,
    check_windows,
    check_visit_times,
    check_visit_names,
    check_overlaps,
    check_infusions,
    check_intervention_names,
)
