"""The one gateway through which a lot changes: lock, read, decide (pure), append.

Nothing else writes LotStep. The decision is `adjuvant.cells`' own; the database's guards repeat
what it can know: the place in the chain, the transition, two persons, scans, release, expiry.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adjuvant.cells import Actor as CellActor
from adjuvant.cells import Bag, Lot, Step, next_bag_state, next_state
from adjuvant.cells import Entry as CellEntry
from adjuvant.cells.release import ReleaseDecision
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.chain import GENESIS, canonical
from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.cells.facts import lot_facts
from adjuvant.conduct.cells.models import LotRow, LotStep

__all__ = ["current_lot", "take_step"]

_SCANS = {
    "wristband": "wristband",
    "wristband_second": "wristband_second",
    "bag": "scanned",
    "bag_second": "scanned_second",
}


def take_step(
    lot: LotRow,
    step: str,
    *,
    bag: str = "",
    facts: Mapping[str, Any],
    second: Actor | None = None,
    entry: Entry,
    by: Actor,
    at: datetime,
) -> LotStep:
    """Carry out one step of a lot, or of one of its bags, and append it to the chain.

    facts     as the transition table asks; scans as read, wristbands as codes.
    Raises    StepRefused, with nothing written, for a step that the rules do not allow now.
    """
    LotRow.objects.select_for_update().get(pk=lot.pk)  # from here on, one by one
    rows = list(lot.steps.order_by("position"))
    now = current_lot(lot, rows, at)
    asked = Step(
        step,
        CellActor(by.id, by.role),
        at,
        CellActor(second.id, second.role) if second else None,
        facts,
    )
    after = next_bag_state(now, bag, asked) if bag else next_state(now, asked)
    source = now.bag(bag).state if bag else now.state
    target = after.bag(bag).state if bag else after.state
    previous = rows[-1].hash if rows else GENESIS
    row = LotStep(
        lot=lot, bag=bag, position=len(rows) + 1, step=step, source=source, target=target, at=at,
        by_number=by.id, by_role=by.role,
        second_number=second.id if second else "", second_role=second.role if second else "",
        expires_at=facts.get("expires_at"), facts=_stored(facts) | _new_bags(now, after),
        previous_hash=previous,
        **{column: str(facts.get(name, "")) for name, column in _SCANS.items()},
    )  # fmt: skip
    row.hash = _link(row)
    entry.insert(row)
    return row


def current_lot(lot: LotRow, rows: list[LotStep], at: datetime) -> Lot:
    """Return the lot as the rules see it: its facts now, and its chain replayed."""
    found = Lot(lot.number, lot.subject.number, **lot_facts(lot, at))
    bags: dict[str, Bag] = {}
    state, history = found.state, []
    for row in rows:
        line = CellEntry(_step_of(row), row.source, row.target)
        if row.bag:
            before = bags[row.bag]
            bags[row.bag] = Bag(row.bag, row.target, before.expires_at, (*before.history, line))
            continue
        state = row.target
        history.append(line)
        for number in row.facts.get("bag_numbers", ()):
            bags[number] = Bag(number)
        if row.expires_at is not None:
            bags = {n: Bag(n, b.state, row.expires_at, b.history) for n, b in bags.items()}
    return replace(found, state=state, bags=tuple(bags.values()), history=tuple(history))


def _new_bags(now: Lot, after: Lot) -> dict[str, Any]:
    """Return the numbers of the bags that a step filled."""
    return {} if now.bags or not after.bags else {"bag_numbers": [bag.id for bag in after.bags]}


def _step_of(row: LotStep) -> Step:
    second = CellActor(row.second_number, row.second_role) if row.second_number else None
    return Step(row.step, CellActor(row.by_number, row.by_role), row.at, second, row.facts)


def _stored(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as JSON: a decision by its verdict and reason, instants and dates as text."""
    stored: dict[str, Any] = {}
    for name, value in facts.items():
        if name in _SCANS:
            continue
        if isinstance(value, ReleaseDecision):
            stored[name] = {"verdict": value.verdict, "stage": value.stage, "reason": value.reason}
        else:
            stored[name] = json.loads(canonical(value))
    return stored


def _link(row: LotStep) -> str:
    """Return the hash of one step over everything it says and the step before it."""
    parts = [
        row.lot.number, row.bag, row.position, row.step, row.source, row.target, row.at,
        row.by_number, row.by_role, row.second_number, row.second_role, row.wristband,
        row.wristband_second, row.scanned, row.scanned_second, row.expires_at, row.facts,
        row.previous_hash,
    ]  # fmt: skip
    return hashlib.sha256(canonical(parts).encode("utf-8")).hexdigest()
