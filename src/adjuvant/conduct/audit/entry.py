"""The write door's frame: one service = one transaction = one audit entry, or nothing at all.

    @service("subjects.screen")
    def screen_subject(*, site, ..., entry, by, at):
        entry.by = require(by, "subjects.screen", site)     # people
        subject = entry.insert(Subject(...))
        entry.change(other, status="screened")
        return subject

A refusal (StepRefused, or any other AdjuvantError) undoes the transaction; then one entry of the
refusal is written on its own.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from importlib.metadata import version
from typing import Any, TypeVar

from django.db import models, transaction

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.chain import FIELDS, GENESIS, canonical, commitment, event_hash
from adjuvant.conduct.audit.models import Change, Event, Head, Text
from adjuvant.core import AdjuvantError

__all__ = ["Entry", "service", "write_event"]

SOFTWARE = version("adjuvant")
REASON = "reason"  # the reason is an item of its own, so that it can be redacted
Answer = TypeVar("Answer")
Items = list[tuple[str, str, str, str | None, str | None]]  # table, row, field, old, new


class Entry:
    """One audit entry while its service runs: collects what is written, then closes the chain."""

    def __init__(self, action: str, by: Actor, at: datetime, reason: str = "") -> None:
        self.action, self.by, self.at, self.reason = action, by, at, reason
        self.site = self.subject = self.protocol_version = self.meaning = ""
        self.items: Items = []

    def insert(self, row: Any) -> Any:
        """Write a new row; every field of it becomes an item from nothing to its value."""
        row.save(force_insert=True)
        for field, value in _fields(row).items():
            self.items.append((row._meta.db_table, str(row.pk), field, None, value))
        return row

    def change(self, row: Any, **values: Any) -> Any:
        """Change fields of a row, read afresh under its lock; equal values leave no item."""
        current = type(row)._default_manager.select_for_update().get(pk=row.pk)
        before = _fields(current)
        for name, value in values.items():
            setattr(current, name, value)
        after = _fields(current)
        for field in sorted(before.keys() | after.keys()):
            old, new = before.get(field), after.get(field)
            if old != new:
                self.items.append((row._meta.db_table, str(row.pk), field, old, new))
        current.save(force_update=True, update_fields=list(values))
        for name in values:
            setattr(row, name, getattr(current, name))
        return current

    def note(self, field: str, value: Any) -> None:
        """Keep a fact that belongs to no row: what was viewed, exported, printed."""
        self.items.append(("", "", field, None, canonical(value)))

    def write(self) -> Event:
        """Close the entry: the event with its changes joins the chain, the head moves on."""
        return write_event(self)


def _fields(row: Any) -> dict[str, str]:
    """Return the row as item -> canonical text; each key of a JSON object is an item."""
    items: dict[str, str] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(field, models.JSONField) and isinstance(value, dict):
            for key, part in value.items():
                items[f"{field.attname}.{key}"] = canonical(part)
        else:
            items[field.attname] = canonical(field.to_python(value))
    return items


def write_event(entry: Entry) -> Event:
    """Append one event to the chain inside the transaction that is open; takes the head last."""
    items = [*entry.items]
    if entry.reason:
        items.append(("", "", REASON, None, canonical(entry.reason)))
    head = Head.objects.select_for_update().filter(pk=1).first()
    seq, previous = (head.seq + 1, head.hash) if head else (1, GENESIS)
    values: dict[str, Any] = {
        "seq": seq, "at": entry.at, "action": entry.action, "site": entry.site,
        "subject": entry.subject, "actor_id": entry.by.id, "actor_name": entry.by.name,
        "actor_role": entry.by.role, "actor_organisation": entry.by.organisation,
        "source": entry.by.source[:300], "protocol_version": entry.protocol_version,
        "software_version": SOFTWARE, "meaning": entry.meaning, "previous_hash": previous,
    }  # fmt: skip
    assert tuple(values) == FIELDS
    salted = [_salted(item) for item in items]
    link = event_hash(values, [row for row, _ in salted])
    event = Event.objects.create(**values, changes=len(items), hash=link)
    _write_changes(event, salted)
    if head:
        Head.objects.filter(pk=1).update(seq=seq, hash=link)
    else:
        Head.objects.create(pk=1, seq=seq, hash=link)
    return event


def _salted(
    item: tuple[str, str, str, str | None, str | None],
) -> tuple[tuple[str, str, str, str, str], dict[str, str | None]]:
    """Return an item as it stands in the chain (commitments), and its texts with their salts."""
    table, row, field, old, new = item
    texts: dict[str, str | None] = {"old": old, "new": new, "old_salt": None, "new_salt": None}
    commitments = []
    for side, text in (("old", old), ("new", new)):
        salt = secrets.token_hex(16) if text is not None else None
        texts[f"{side}_salt"] = salt
        commitments.append("" if text is None or salt is None else commitment(text, salt))
    return (table, row, field, commitments[0], commitments[1]), texts


def _write_changes(event: Event, salted: list[Any]) -> None:
    changes = Change.objects.bulk_create(
        Change(event=event, position=position, table=table, row=row, field=field,
               old_commitment=old, new_commitment=new)
        for position, ((table, row, field, old, new), _) in enumerate(salted)
    )  # fmt: skip
    Text.objects.bulk_create(
        Text(change=change, **texts) for change, (_, texts) in zip(changes, salted, strict=True)
    )


def service(
    action: str,
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make a function a service: one transaction, one entry, refusals undone and written down.

    The function is called with `entry=`, `by=` and `at=`; its callers give `by=`, `at=` and, where
    one is due, `reason=`.
    """

    def frame(function: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(function)
        def call(*args: Any, by: Actor, at: datetime, reason: str = "", **named: Any) -> Answer:
            entry = Entry(action, by, at, reason)
            try:
                with transaction.atomic():
                    answer = function(*args, entry=entry, by=by, at=at, **named)
                    entry.write()
                    return answer
            except AdjuvantError as refusal:
                _write_refusal(entry, refusal)
                raise

        return call

    return frame


def _write_refusal(entry: Entry, refusal: AdjuvantError) -> None:
    """Write that the service was refused, and why, in a transaction of its own."""
    refused = Entry(f"refused:{entry.action}"[:80], entry.by, entry.at, entry.reason)
    refused.site, refused.subject = entry.site, entry.subject
    refused.protocol_version = entry.protocol_version
    refused.note("refusal", str(refusal))
    with transaction.atomic():
        refused.write()
