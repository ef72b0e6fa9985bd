"""What may happen to a lot and its bags now: decided from the transition table, without a database.

`next_state` and `next_bag_state` return the lot as it is after the step, or refuse with what, why
and what to do. They change nothing: who stores the answer must lock the row first.
"""

from dataclasses import replace
from datetime import datetime

from adjuvant.cells.guards import BAG_GUARDS, LOT_GUARDS
from adjuvant.cells.identifiers import bag_number
from adjuvant.cells.lot import Bag, Entry, Lot, Step
from adjuvant.cells.transitions import (
    BAG_ENDS,
    LOT_ENDS,
    RELEASED,
    Kind,
    Transition,
    steps_from,
)
from adjuvant.core import StepRefused

__all__ = ["next_bag_state", "next_state"]


def next_state(lot: Lot, step: Step) -> Lot:
    """Return the lot after a step, its history one line longer.

    Raises    StepRefused (what, why, remedy) for a step that is out of order, by the wrong person,
              by one person where two are asked, without a fact, or against a guard.

    >>> from datetime import UTC
    >>> from adjuvant.cells.lot import Actor
    >>> stop = Step("cancel", Actor("u7", "lab"), datetime(2026, 3, 9, tzinfo=UTC),
    ...             facts={"reason": "withdrawal"})
    >>> next_state(Lot("S01-0042-L03-6", "S01-0042-S"), stop).state
    'cancelled'
    """
    what = f"{_words(step.name)} of lot {lot.id}"
    found = _transition("lot", lot.state, step, what, LOT_ENDS)
    _check(found, step, what, lot.history)
    for name in found.guards:
        why = LOT_GUARDS[name](lot, step)
        if why is not None:
            raise StepRefused(what, *why)
    entry = Entry(step, lot.state, found.target)
    after = replace(lot, state=found.target, history=(*lot.history, entry))
    return _with_bags(after, step)


def next_bag_state(lot: Lot, bag_id: str, step: Step) -> Lot:
    """Return the lot after a step of one of its bags.

    Raises    StepRefused as `next_state`; the wristbands and the bag scanned must be the bound
              patient's and this bag, the lot's release in force, and the bag not expired.

    >>> from datetime import UTC
    >>> from adjuvant.cells.lot import Actor
    >>> bag = Bag("S01-0042-L03-B01-01-Z")
    >>> rejected = Lot("S01-0042-L03-6", "S01-0042-S", state="rejected", bags=(bag,))
    >>> issue = Step("issue", Actor("u7", "lab"), datetime(2026, 3, 9, tzinfo=UTC),
    ...              Actor("u8", "courier"), {"bag": bag.id, "logger": "T4"})
    >>> next_bag_state(rejected, bag.id, issue)
    Traceback (most recent call last):
        ...
    adjuvant.core.errors.StepRefused: issue of bag S01-0042-L03-B01-01-Z: its lot is rejected; ...
    """
    bag = lot.bag(bag_id)
    what = f"{_words(step.name)} of bag {bag.id}"
    found = _transition("bag", bag.state, step, what, BAG_ENDS)
    _check(found, step, what, bag.history)
    for name in found.guards:
        why = BAG_GUARDS[name](lot, bag, step)
        if why is not None:
            raise StepRefused(what, *why)
    entry = Entry(step, bag.state, found.target)
    after = replace(bag, state=found.target, history=(*bag.history, entry))
    return replace(lot, bags=tuple(after if b.id == bag.id else b for b in lot.bags))


def _with_bags(lot: Lot, step: Step) -> Lot:
    if step.name == "harvest":
        of = step.facts["bags"]
        if isinstance(of, bool) or not isinstance(of, int) or not 1 <= of <= 99:
            raise StepRefused(
                f"harvest of lot {lot.id}", f"{of!r} bags were entered", "enter 1 to 99 bags"
            )
        return replace(lot, bags=tuple(Bag(bag_number(lot.id, k, of)) for k in range(1, of + 1)))
    if "expires_at" in step.facts and lot.state in RELEASED:
        ends = step.facts["expires_at"]
        if not isinstance(ends, datetime) or ends.tzinfo is None or ends <= step.at:
            raise StepRefused(
                f"{_words(step.name)} of lot {lot.id}", f"its expiry {ends!s} cannot be",
                "enter a moment after the release, with its time zone",
            )  # fmt: skip
        return replace(lot, bags=tuple(replace(bag, expires_at=ends) for bag in lot.bags))
    return lot


def _words(step: str) -> str:
    return step.replace("_", " ")


def _transition(kind: Kind, state: str, step: Step, what: str, ends: tuple[str, ...]) -> Transition:
    possible = steps_from(kind, state)
    found = next((t for t in possible if t.step == step.name), None)
    if found is not None:
        return found
    if state in ends:
        raise StepRefused(what, f"it is {_words(state)}, which is final", "nothing more is done")
    may = ", ".join(_words(t.step) for t in possible)
    raise StepRefused(what, f"it is {_words(state)} now", f"what may be done: {may}")


def _check(found: Transition, step: Step, what: str, history: tuple[Entry, ...]) -> None:
    if step.by.role not in found.roles:
        may = " or ".join(_words(role) for role in found.roles)
        raise StepRefused(what, f"a {_words(step.by.role)} may not do it", f"ask a {may}")
    if found.second is not None:
        if step.second is None or step.second.id == step.by.id:
            raise StepRefused(
                what, "it needs two different persons", "let a second person confirm it herself"
            )
        if step.second.role == "clock" or found.second not in ("any", step.second.role):
            raise StepRefused(
                what, f"a {_words(step.second.role)} may not be the second person",
                "ask somebody who is trained and delegated",
            )  # fmt: skip
    for fact in found.facts:
        value = step.facts.get(fact)
        if value is None or value is False or value == "" or value != value:
            raise StepRefused(what, f"{_words(fact)} is missing", "enter it, then go on")
    if history and step.at < history[-1].step.at:
        raise StepRefused(
            what, f"its time {step.at.isoformat()} lies before the step before it",
            "check the clock, or enter the true time",
        )  # fmt: skip
