"""The state that the events tell of, beside the state that stands in the tables.

The chain proves that no event was altered; this proves that no row was altered beside the chain:
every item of every guarded row is what the last event said of it, and no row stands there of which
no event tells.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models, transaction

from adjuvant.conduct.audit.entry import row_items
from adjuvant.conduct.audit.guards import all_guards
from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.audit.raw_rows import Rows, read_rows, source_of
from adjuvant.conduct.audit.scan import Fault

__all__ = ["Told", "differences", "guarded_models", "verify_state"]

CHUNK = 500
ROW = "(the row)"
# What a converter raises on a value that was written past every check.
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError)
# What events tell of a table, row by row.
TOLD = (
    'SELECT c."row", c.field, c.seq, t.new, c.new_commitment FROM audit_change c '
    "JOIN audit_text t ON t.change_id = c.id WHERE c.\"table\" = '{table}' "
    'ORDER BY c."row", c.seq, c.position'
)
Told = dict[str, tuple[int, str | None]]  # item -> number of its last event, text (None = redacted)
Difference = tuple[str, str, int | None, str | None, str | None]  # row, item, event, told, found


def guarded_models() -> list[Any]:
    """Return the models whose rows change only together with an event."""
    tables = {g.table for g in all_guards() if not g.table.startswith("audit_")}
    return [model for model in apps.get_models() if model._meta.db_table in tables]


def verify_state(connection: Any) -> list[Fault]:
    """Return a fault for each item of a guarded row that is not what its last event said.

    What is found while the site goes on writing is looked at again with the head locked, when
    nothing can be on its way.
    """
    source = source_of(connection)
    with read_rows(source) as rows:
        suspects = [
            model
            for model in guarded_models()
            if next(differences(rows, model, connection.alias), None)
        ]
    if not suspects:
        return []
    with transaction.atomic(using=connection.alias):
        Head.objects.using(connection.alias).select_for_update().filter(pk=1).first()
        with read_rows(source) as rows:
            found = [(m._meta.db_table, differences(rows, m, connection.alias)) for m in suspects]
            return [fault for table, of_table in found for fault in _faults(table, of_table)]


def _faults(table: str, found: Iterable[Difference]) -> Iterator[Fault]:
    for row, item, event, told, _ in found:
        if item:
            # Never the values: what verification prints may end in a log.
            what = f"{table} {row}: {item} is not what event {event} said of it"
            yield Fault("state", event, what)
        elif told is None:
            yield Fault("unaudited", None, f"{table} {row} stands there, but no event tells of it")
        else:
            yield Fault("missing", event, f"{table} {row} is gone; event {event} last told of it")


def differences(rows: Rows, model: Any, using: str = "default") -> Iterator[Difference]:
    """Yield where the rows of a model differ from what the events tell of them.

    A row of which nothing is told, or that is gone, yields one difference with the item "".
    """
    seen: set[str] = set()
    told_rows = rows.stream(TOLD.format(table=model._meta.db_table))
    grouped = ((key, _last(items)) for key, items in groupby(told_rows, key=lambda item: item[0]))
    for chunk in _chunks(grouped):
        found = _found(model, list(chunk), using)
        for key, told in chunk.items():
            seen.add(key)
            yield from _row_differences(key, told, found.get(key))
    for key in model._base_manager.using(using).values_list("pk", flat=True).iterator(CHUNK):
        if str(key) not in seen:
            yield str(key), "", None, None, "a row"


def _last(items: Iterator[Any]) -> Told:
    """Return what the last event said of each item; an item that vanished is left out."""
    told: Told = {}
    for _, field, seq, text, commitment in items:
        if commitment:
            told[field] = (seq, text)
        else:
            told.pop(field, None)
    return told


def _chunks(grouped: Iterator[tuple[str, Told]]) -> Iterator[dict[str, Told]]:
    chunk: dict[str, Told] = {}
    for key, told in grouped:
        chunk[key] = told
        if len(chunk) == CHUNK:
            yield chunk
            chunk = {}
    if chunk:
        yield chunk


def _found(model: Any, keys: list[str], using: str) -> dict[str, dict[str, str]]:
    """Return key -> items of the rows that are there."""
    whole = isinstance(model._meta.pk, models.IntegerField)
    wanted = [int(key) for key in keys if key.isdigit()] if whole else keys
    rows = model._base_manager.using(using)
    try:
        return {str(row.pk): row_items(row) for row in rows.filter(pk__in=wanted)}
    except UNREADABLE:
        return {str(key): _one(rows, key) for key in wanted if rows.filter(pk=key).exists()}


def _one(rows: Any, key: Any) -> dict[str, str]:
    """Return the items of one row, which may hold what its columns never could."""
    try:
        return row_items(rows.get(pk=key))
    except UNREADABLE as fault:
        return {ROW: f"unreadable ({fault})"}


def _row_differences(key: str, told: Told, found: dict[str, str] | None) -> Iterator[Difference]:
    if found is None:
        last = max((seq for seq, _ in told.values()), default=None)
        yield key, "", last, "a row", None
        return
    if ROW in found:
        yield key, ROW, max((seq for seq, _ in told.values()), default=None), "a row", found[ROW]
        return
    for item in sorted(told.keys() | found.keys()):
        seq, text = told.get(item, (None, ""))
        if text is not None and not _same(text, found.get(item, "")):
            yield key, item, seq, text or None, found.get(item)


def _same(told: str, found: str) -> bool:
    """Compare texts; where they differ, the values: a database may write 1e16 as an integer."""
    if told == found:
        return True
    if not told or not found:
        return False
    try:
        return _equal(json.loads(told), json.loads(found))
    except ValueError:  # a text that was tampered with need not be JSON
        return False


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
