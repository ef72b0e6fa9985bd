"""The trail's rows as the database holds them, read past the ORM on a connection of their own.

One snapshot is read from beginning to end, while the site goes on writing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote

__all__ = ["Rows", "Source", "read_rows", "source_of"]

BATCH = 5000
EVENTS = (
    "SELECT seq, {at}, action, site, subject, actor_id, actor_name, actor_role, "
    "actor_organisation, source, protocol_version, software_version, meaning, previous_hash, "
    "changes, hash FROM audit_event {span} ORDER BY seq"
)
CHANGES = (
    'SELECT c.seq, c.position, c."table", c."row", c.field, c.old_commitment, c.new_commitment, '
    "c.id, t.change_id, t.old, t.old_salt, t.new, t.new_salt, t.redacted_by_id "
    "FROM audit_change c LEFT JOIN audit_text t ON t.change_id = c.id {span} "
    "ORDER BY c.seq, c.position"
)
AT_POSTGRES = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


class Rows:
    """One open snapshot of a database."""

    def __init__(self, raw: Any, vendor: str) -> None:
        self.raw, self.vendor = raw, vendor

    def events(self, first: int | None = None, last: int | None = None) -> Iterator[Any]:
        """Yield (seq, at, ..., previous_hash, changes, hash) in the order of seq."""
        at = "at" if self.vendor == "sqlite" else AT_POSTGRES
        return self.stream(EVENTS.format(at=at, span=_span("seq", first, last)))

    def changes(self, first: int | None = None, last: int | None = None) -> Iterator[Any]:
        """Yield every change with its text beside it (NULLs if it has none)."""
        return self.stream(CHANGES.format(span=_span("c.seq", first, last)))

    def all(self, statement: str) -> list[Any]:
        """Return the rows of a small question."""
        return list(self.raw.execute(statement).fetchall())

    def stream(self, statement: str) -> Iterator[Any]:
        """Yield the rows of a large question, a batch at a time."""
        named = {} if self.vendor == "sqlite" else {"name": f"trail_{id(statement)}"}
        with closing(self.raw.cursor(**named)) as cursor:
            cursor.execute(statement)
            while batch := cursor.fetchmany(BATCH):
                yield from batch


def _span(column: str, first: int | None, last: int | None) -> str:
    """Return the condition of a span of events; open where None, so that spans leave no gap."""
    bounds = [f"{column} {sign} {int(bound)}" for sign, bound in ((">=", first), ("<=", last))
              if bound is not None]  # fmt: skip
    return f"WHERE {' AND '.join(bounds)}" if bounds else ""


@dataclass(frozen=True)
class Source:
    """Where a database is, as plain values that another process can be given."""

    vendor: str
    place: dict[str, Any]


def source_of(connection: Any) -> Source:
    """Return where the database of a Django connection is."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return Source("sqlite", {"file": str(found["NAME"])})
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST",
             "port": "PORT"}  # fmt: skip
    place = {name: found[setting] for name, setting in names.items() if found[setting]}
    return Source("postgresql", place | found["OPTIONS"])


@contextmanager
def read_rows(source: Source) -> Iterator[Rows]:
    """Open a snapshot of a database, to read only."""
    raw = _sqlite(source) if source.vendor == "sqlite" else _postgres(source)
    try:
        yield Rows(raw, source.vendor)
    finally:
        raw.rollback()
        raw.close()


def _sqlite(source: Source) -> sqlite3.Connection:
    raw = sqlite3.connect(f"file:{quote(source.place['file'])}?mode=ro", uri=True)
    # What is no valid text is read as it stands, to be found, not to end the search.
    raw.text_factory = lambda raw_bytes: raw_bytes.decode("utf-8", "surrogateescape")
    raw.execute("BEGIN")
    return raw


def _postgres(source: Source) -> Any:
    psycopg = import_module("psycopg")  # an extra: a site on SQLite need not have it
    raw = psycopg.connect(**source.place)
    raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    return raw
