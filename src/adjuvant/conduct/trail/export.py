"""The trail as CSV, one line an item, in the order of the chain."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.trail.words import CLOSED

__all__ = ["COLUMNS", "csv_lines"]

COLUMNS = (
    "event", "at_utc", "action", "site", "subject", "person", "name", "role", "organisation",
    "source", "protocol_version", "software_version", "meaning", "table", "row", "item", "old",
    "new", "redacted_by", "hash",
)  # fmt: skip
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(events: Any) -> Iterator[str]:
    """Yield the lines; allocations are left closed, since every export is blind before lock."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for event in events.prefetch_related("items__text").iterator(chunk_size=500):
        for row in _rows(event):
            yield writer.writerow([_safe(cell) for cell in row])


def _rows(event: Event) -> Iterable[list[Any]]:
    told = [
        event.seq, event.at.astimezone(UTC).isoformat(), event.action, event.site, event.subject,
        event.actor_id, event.actor_name, event.actor_role, event.actor_organisation, event.source,
        event.protocol_version, event.software_version, event.meaning,
    ]  # fmt: skip
    items = sorted(event.items.all(), key=lambda change: change.position)
    for change in items:
        text = change.text
        closed = change.table.startswith(CLOSED)
        old, new = ("closed", "closed") if closed else (text.old, text.new)
        place = [change.table, change.row, change.field, old, new, text.redacted_by_id]
        yield [*told, *place, event.hash]
    if not items:
        yield [*told, *[""] * 6, event.hash]


def _safe(cell: Any) -> Any:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
