"""A text that should never have been typed is taken out; its commitment stays, so the chain holds.

What goes: the text and its salt, wherever the history of that item says the same, and the value in
the row itself. What stays: that there was a text, who wrote it and when, who asked for its removal,
who agreed, and why. Which texts went is also written outside the database, so that a restored
backup is redacted again before anyone may look at it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.chain import canonical
from adjuvant.conduct.audit.entry import Entry, row_items, service
from adjuvant.conduct.audit.models import Change, Head, Text
from adjuvant.conduct.audit.outside_file import append_line
from adjuvant.conduct.audit.signing import is_signed, public_key, sign_text
from adjuvant.core import StepRefused

__all__ = ["MARK", "REDACT", "complete_log", "redact_again", "redact_text"]

REDACT = "audit.redact"  # the action of every service that calls redact_text
MARK = "[redacted]"
LOG = "redactions.jsonl"


def redact_text(entry: Entry, change: Change, side: str) -> int:
    """Empty one text, its equals in the history of the same item, and the value in the row.

    change   an item of an event; side is "old" or "new".
    Returns  how many texts went.
    Raises   StepRefused if the text is gone already, or stands in a row that cannot lose it.
    """
    if entry.action != REDACT:
        raise ValueError(f"a service that redacts is named {REDACT}, not {entry.action}")
    secret = getattr(change.text, side)
    if secret is None:
        raise StepRefused(
            f"the {side} text of event {change.event_id} is not redacted",
            "there is no text any more",
            "look at the event again",
        )
    _wipe_deleted_bytes()
    if change.table:
        _mark_row(entry, change, secret)
    twins = [(change, side)] if not change.table else _twins(change, secret)
    number = Head.objects.select_for_update().get(pk=1).seq + 1
    for twin, where in twins:
        gone = {where: None, f"{where}_salt": None, "redacted_by_id": number}
        Text.objects.filter(pk=twin.pk).update(**gone)
        entry.items.append(("audit_text", str(twin.pk), where, None, canonical(MARK)))
    transaction.on_commit(_after_redaction)
    return len(twins)


def _twins(change: Change, secret: str) -> list[tuple[Change, str]]:
    """Return every side of every change of the same item that says the same."""
    same = Change.objects.filter(table=change.table, row=change.row, field=change.field)
    found = same.select_related("text").order_by("pk")
    return [(one, side) for one in found for side in ("old", "new")
            if getattr(one.text, side) == secret]  # fmt: skip


def _mark_row(entry: Entry, change: Change, secret: str) -> None:
    """Put the mark where the text stands in the row; the item's old value is not told again."""
    model = next(m for m in apps.get_models() if m._meta.db_table == change.table)
    row = model._base_manager.select_for_update().get(pk=change.row)
    if row_items(row).get(change.field) != secret:
        return
    column, _, key = change.field.partition(".")
    field = model._meta.get_field(column)
    if key:
        setattr(row, column, getattr(row, column) | {key: MARK})
    elif isinstance(field, models.CharField | models.TextField):
        setattr(row, column, MARK)
    elif field.null:
        setattr(row, column, None)
    else:
        raise StepRefused(
            f"{change.table} {change.row} {change.field} is not redacted",
            "the row still holds this value and cannot be without one",
            "correct the value first, then redact the old one",
        )
    row.save(force_update=True, update_fields=[column])
    marked = row_items(row)[change.field]
    entry.items.append((change.table, change.row, change.field, None, marked))


def _wipe_deleted_bytes() -> None:
    """Have SQLite overwrite what it deletes; PostgreSQL's owner runs VACUUM FULL audit_text."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _after_redaction() -> None:
    complete_log()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the old page leaves the WAL too


def complete_log(folder: Path | None = None) -> int:
    """Write outside every redaction of the chain that does not stand there; return how many."""
    folder = folder or settings.ANCHORS
    known = {_place(line) for line in _log(folder)}
    missing = [line for line in _redacted() if _place(line) not in known]
    for line in missing:
        signed = line | {"signature": sign_text(_signed_part(line))}
        append_line(folder / LOG, json.dumps(signed, sort_keys=True))
    return len(missing)


def _place(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in ("event", "position", "side", "commitment"))


def _signed_part(line: dict[str, Any]) -> str:
    plain = {name: value for name, value in line.items() if name != "signature"}
    return "adjuvant redaction " + json.dumps(plain, sort_keys=True)


def _redacted() -> Iterator[dict[str, Any]]:
    """Yield what the chain says was redacted: place and commitment, never a text."""
    told = Change.objects.filter(event__action=REDACT, table="audit_text").select_related("event")
    for item in told.order_by("pk"):
        gone = Change.objects.get(pk=int(item.row))
        yield {
            "event": gone.event_id,
            "position": gone.position,
            "side": item.field,
            "commitment": getattr(gone, f"{item.field}_commitment"),
            "redacted_by": item.event_id,
            "at": item.event.at.isoformat(),
        }


def _log(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the log that this site signed."""
    file, key = folder / LOG, public_key()
    lines = (
        [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    )
    return [line for line in lines if is_signed(_signed_part(line), line["signature"], key)]


def redact_again(folder: Path | None = None) -> int:
    """Redact in a restored database what was redacted after its backup; return how many texts."""
    waiting = []
    for line in _log(folder or settings.ANCHORS):
        found = Change.objects.filter(event_id=line["event"], position=line["position"]).first()
        # After a restore another event may bear the number: only the committed text is meant.
        meant = found and getattr(found, f"{line['side']}_commitment") == line["commitment"]
        if found and meant and getattr(found.text, line["side"]) is not None:
            waiting.append((found, line["side"]))
    if not waiting:
        return 0
    reason = "redacted before; a backup from before the redaction was restored"
    return _redact_again(waiting, by=SYSTEM, at=timezone.now(), reason=reason)


@service(REDACT)
def _redact_again(waiting: list[tuple[Change, str]], *, entry: Entry, by: Any, at: Any) -> int:
    count = 0
    for change, side in waiting:
        change.text.refresh_from_db()
        if getattr(change.text, side) is not None:  # not gone already, as the twin of another
            count += redact_text(entry, change, side)
    return count
