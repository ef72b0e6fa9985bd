"""Rules: forms ask what the rules of the trial need, at a visit, in one unit, without circles."""

import re
from collections.abc import Iterator

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.expressions import expression
from adjuvant.protocol.model import Item, Protocol
from adjuvant.protocol.names import Path, each, known, parsed
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = ["RULES"]

_NUMBERS = ("number", "whole_number")
_CDISC = re.compile(r"[A-Z]{2,4}\.[A-Z][A-Z0-9]{1,7}( where .+)?")


def _items(protocol: Protocol) -> Iterator[tuple[Path, str, Item]]:
    """Return each item with its path and its form."""
    for path, form in each(protocol.forms, "forms"):
        for at, item in each(form.items, *path, "items"):
            yield at, form.id, item


def check_form_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P080, P033: forms and events named by activities are declared."""
    forms = tuple(form.id for form in protocol.forms)
    for name, activity in protocol.activities.items():
        path = ("activities", name)
        if protocol.forms:
            yield from known(draft, (*path, "form"), activity.form, forms, "P080", "form")
        for n, event in enumerate(activity.records):
            at = (*path, "records", n)
            yield from known(draft, at, event, tuple(protocol.events), "P033", "event")


def check_reachable(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P081: every form is filled at some visit."""
    if not protocol.visits:
        return
    done = _done_at(protocol, range(len(protocol.visits))) | set(protocol.schedule.unscheduled)
    reached = {a.form for n, a in protocol.activities.items() if n in done}
    for path, form in each(protocol.forms, "forms"):
        if form.id not in reached:
            yield draft.finding(
                "P081",
                path,
                f"no visit fills the form {form.id}",
                f"add an activity with 'form: {form.id}' to a visit, or delete the form",
            )


def _done_at(protocol: Protocol, visits: "range | list[int]") -> set[str]:
    done: set[str] = set()
    for n in visits:
        visit = protocol.visits[n]
        done |= set(visit.do).union(*visit.also.values())
    return done


def _before_randomisation(protocol: Protocol) -> set[str] | None:
    """Return the items collected before or at randomisation; None when no visit randomises."""
    visits = protocol.visits
    at = next((n for n, v in enumerate(visits) if "randomise" in v.do), None)
    if at is None:
        return None
    day, anchor = visits[at].first_day, visits[at].anchor
    early = [
        n
        for n, v in enumerate(visits)
        if n == at
        or v.epoch == "screening"
        or (v.anchor == anchor and None not in (v.first_day, day) and v.first_day <= day)  # type: ignore[operator]
    ]
    done = _done_at(protocol, early)
    forms = {a.form for name, a in protocol.activities.items() if name in done}
    return {item.id for _, form, item in _items(protocol) if form in forms}


def _entry_rules(protocol: Protocol) -> Iterator[tuple[Path, str]]:
    for key in ("inclusion", "exclusion"):
        for path, criterion in each(getattr(protocol.population, key), "population", key):
            if criterion.check is not None:
                yield (*path, "check"), criterion.check
    for path, factor in each(protocol.randomisation.strata, "randomisation", "strata"):
        yield (*path, "source"), factor.source


def check_entry_items(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P035, P086: what eligibility and strata need is asked, and before randomisation."""
    if not protocol.forms:
        return
    every = {item.id for _, _, item in _items(protocol)} | {"site"}
    if protocol.data is not None:
        every |= set(protocol.data.variables)
    early = _before_randomisation(protocol)
    for path, text in _entry_rules(protocol):
        found = parsed(text)
        for name in sorted(found.names) if found is not None else ():
            if name not in every:
                message = f"'{text}' reads '{name}', which no form asks"
                yield draft.finding("P035", path, message, one_of(name, every, most=8))
            elif early is not None and name not in early | {"site"}:
                yield draft.finding(
                    "P086",
                    path,
                    f"'{text}' needs '{name}', which is asked only after randomisation",
                    "put its form on a visit before randomisation",
                )


def check_item_rules(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P021, P035, P056: the conditions of items are expressions over items, with real choices."""
    items = {item.id: item for _, _, item in _items(protocol)}
    texts: list[tuple[Path, str]] = list(_entry_rules(protocol))
    for path, _, item in _items(protocol):
        for key in ("required_if", "ask_if", "calculated"):
            text = getattr(item, key)
            if text is None:
                continue
            texts.append(((*path, key), text))
            try:
                names = expression(text).names
            except InvalidInput as reason:
                message, _, hint = reason.message.rpartition("; ")
                yield draft.finding("P021", (*path, key), message or hint, hint)
                continue
            for name in sorted(names - set(items)):
                message = f"'{text}' reads '{name}', which no form asks"
                yield draft.finding("P035", (*path, key), message, one_of(name, items, most=8))
    for path, text in texts:
        yield from _compared(draft, path, text, items)


def _compared(draft: Draft, path: Path, text: str, items: dict[str, Item]) -> Iterator[Finding]:
    found = parsed(text)
    for name in sorted(found.names & set(items)) if found is not None else ():
        item = items[name]
        allowed = ("yes", "no") if item.type == "yes_no" else tuple(item.choices)
        if item.type not in ("choice", "choices", "yes_no") or not allowed:
            continue  # P087 asks for the choices that are missing
        assert found is not None
        for value in found.literals_compared_with(name):
            if isinstance(value, str) and value not in allowed:
                yield draft.finding(
                    "P056",
                    path,
                    f"'{name}' is compared with '{value}', which is none of its choices",
                    one_of(value, allowed),
                )


def check_item_circles(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P082: whether an item is asked does not depend on itself."""
    reads: dict[str, set[str]] = {}
    places: dict[str, Path] = {}
    for path, _, item in _items(protocol):
        names: set[str] = set()
        for text in (item.ask_if, item.calculated):
            found = parsed(text) if text else None
            names |= found.names if found is not None else set()
        reads[item.id], places[item.id] = names, path
    for name in reads:
        ahead, reached = list(reads[name]), set()
        while ahead:
            step = ahead.pop()
            if step not in reached:
                reached.add(step)
                ahead += reads.get(step, set())
        if name in reached:
            message = f"whether '{name}' is asked depends on '{name}' itself"
            yield draft.finding("P082", places[name], message, "break the circle of ask_if")


def check_items(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P083-P085, P087-P089: ids, ranges, units, choices and CDISC names of items."""
    seen: dict[str, str] = {}
    for path, form, item in _items(protocol):
        if item.id in seen:
            message = f"the item '{item.id}' stands in {seen[item.id]} and in {form}"
            yield draft.finding("P083", (*path, "id"), message, "give each its own id")
        seen.setdefault(item.id, form)
        yield from _limits(draft, path, item)
        if item.type in ("choice", "choices") and not item.choices:
            hint = "add 'choices: {stored: words}'"
            yield draft.finding("P087", path, f"{item.id} is a choice without choices", hint)
        if item.type in _NUMBERS and item.unit is None:
            hint = "add 'unit: ...'; a pure number has unit: '1'"
            yield draft.finding("P088", path, f"{item.id} is a number without a unit", hint)
        if item.cdisc is not None and not _CDISC.fullmatch(item.cdisc):
            hint = "write DOMAIN.VARIABLE, such as LB.LBORRES"
            yield draft.finding("P089", (*path, "cdisc"), f"'{item.cdisc}' names no variable", hint)


def _limits(draft: Draft, path: Path, item: Item) -> Iterator[Finding]:
    for key in ("range", "limit"):
        pair = getattr(item, key)
        if pair is None:
            continue
        if pair[0].value > pair[1].value:
            message = f"the {key} of {item.id} ends before it begins"
            yield draft.finding("P078", (*path, key), message, "swap the two")
        for n, amount in enumerate(pair):
            if amount.unit is not None and amount.unit != item.unit:
                yield draft.finding(
                    "P085",
                    (*path, key, n),
                    f"the {key} of {item.id} is in {amount.unit}, the item in {item.unit}",
                    "write both in one unit",
                )
    if item.range is not None and item.limit is not None:
        low, high = item.limit[0].value, item.limit[1].value
        if item.range[0].value < low or item.range[1].value > high:
            message = f"{item.id} warns at values that its limit refuses"
            yield draft.finding("P084", (*path, "range"), message, "put the range inside the limit")


RULES = (
    check_form_names,
    check_reachable,
    check_entry_items,
    check_item_rules,
    check_item_circles,
    check_items,
)
