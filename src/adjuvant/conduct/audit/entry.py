"""The write door's frame: one service = one transaction = one audit entry, or nothing at all.

    @service("subjects.screen")
    def screen_subject(*, site, ..., entry, by, at):
        entry.by = require(by, "subjects.screen", site=site)     # people
        subject = entry.insert(Subject(...))
        entry.change(other, status="screened")
        return subject

A refusal (StepRefused, or any other AdjuvantError) undoes the transaction; then one entry of the
refusal is written on its own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, models, transaction

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.chain import canonical
from adjuvant.conduct.audit.link import Item, append_link
from adjuvant.conduct.audit.models import Event
from adjuvant.core import AdjuvantError

__all__ = ["Entry", "UnauditedWrite", "row_items", "service", "write_event"]

REASON = "reason"  # the reason is an item of its own, so that it can be redacted
Answer = TypeVar("Answer")


class UnauditedWrite(RuntimeError):
    """A fault of the program: a service wrote a guarded row past its entry."""


class Entry:
    """One audit entry while its service runs: collects what is written, then closes the chain."""

    def __init__(self, action: str, by: Actor, at: datetime, reason: str = "") -> None:
        if at.tzinfo is None:
            raise ValueError(f"{action}: the instant {at} has no time zone")
        self.action, self.by, self.at, self.reason = action, by, at, reason
        self.site = self.subject = self.protocol_version = self.meaning = ""
        self.items: list[Item] = []

    def insert(self, row: Any) -> Any:
        """Write a new row; every field of it becomes an item from nothing to its value."""
        row.save(force_insert=True)
        self._add_inserted(_read_back(row))
        return row

    def insert_all(self, rows: Iterable[Any]) -> list[Any]:
        """Write many new rows of one table in few statements, each audited as `insert` does."""
        written = list(rows)
        if not written:
            return written
        model = type(written[0])
        model._default_manager.bulk_create(written, batch_size=500)
        for start in range(0, len(written), 500):
            keys = [row.pk for row in written[start : start + 500]]
            found = model._base_manager.in_bulk(keys)
            for key in keys:
                self._add_inserted(found[key])
        return written

    def _add_inserted(self, row: Any) -> None:
        table, key = row._meta.db_table, str(row.pk)
        self.items += [(table, key, name, None, text) for name, text in row_items(row).items()]

    def change(self, row: Any, **values: Any) -> Any:
        """Change fields of a row, read afresh under its lock; equal values leave no item."""
        current = type(row)._base_manager.select_for_update().get(pk=row.pk)
        before = row_items(current)
        for name, value in values.items():
            setattr(current, name, value)
        if row_items(current) != before:
            current.save(force_update=True, update_fields=list(values))
            current = _read_back(current)
            after = row_items(current)
            for field in sorted(before.keys() | after.keys()):
                old, new = before.get(field), after.get(field)
                if old != new:
                    self.items.append((row._meta.db_table, str(row.pk), field, old, new))
        for name in values:
            setattr(row, name, getattr(current, name))
        return current

    def note(self, field: str, value: Any) -> None:
        """Keep a fact that belongs to no row: what was viewed, exported, printed."""
        self.items.append(("", "", field, None, canonical(value)))

    def write(self) -> Event:
        """Close the entry: the event with its changes joins the chain, the head moves on."""
        return write_event(self)


def write_event(entry: Entry) -> Event:
    """Append the entry to the chain inside the transaction that is open; takes the head last.

    Raises UnauditedWrite where a guarded row was written past the entry: the database would refuse
    the commit, but cannot say which row it was.
    """
    items = [*entry.items]
    if entry.reason:
        items.append(("", "", REASON, None, canonical(entry.reason)))
    event = append_link(
        {
            "at": entry.at, "action": entry.action, "site": entry.site, "subject": entry.subject,
            "actor_id": entry.by.id, "actor_name": entry.by.name, "actor_role": entry.by.role,
            "actor_organisation": entry.by.organisation, "source": entry.by.source[:300],
            "protocol_version": entry.protocol_version, "meaning": entry.meaning,
        },
        items,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute('SELECT "table", "row" FROM audit_pending')
        unpaid = cursor.fetchall()
    if unpaid:
        rows = ", ".join(f"{table} {row}" for table, row in unpaid[:5])
        raise UnauditedWrite(f"{entry.action} wrote without entry.insert or entry.change: {rows}")
    return event


def _read_back(row: Any) -> Any:
    """Return the row as the database holds it: it rounds decimals and orders JSON as it likes."""
    return type(row)._base_manager.get(pk=row.pk)


def row_items(row: Any) -> dict[str, str]:
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
                # durable: a service never runs inside another, so what it told is committed.
                with transaction.atomic(durable=True):
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
