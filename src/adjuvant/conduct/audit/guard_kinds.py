"""The kinds of guard that the database itself keeps on a table; plain values, no database."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Guard", "append_only", "audited", "head_row", "redactable"]

Kind = Literal["append_only", "audited", "redactable", "head_row"]


@dataclass(frozen=True)
class Guard:
    """One table and what the database refuses there.

    append_only   no UPDATE, DELETE, TRUNCATE; no INSERT over an existing row.
    audited       like append_only, but UPDATE is allowed; both INSERT and UPDATE only in a
                  transaction that also writes an audit event.
    redactable    only the emptying of a text by a redaction event may change a row.
    head_row      one row, that only moves forward by one to an event that exists.
    frozen        columns of an audited table that never change once written.
    """

    table: str
    kind: Kind
    key: str = "id"
    frozen: tuple[str, ...] = ()


def append_only(table: str, key: str = "") -> Guard:
    """Return the guard of a table whose rows are written once; written in an audited transaction.

    >>> append_only("audit_event").kind
    'append_only'
    """
    keys = {"audit_event": "seq", "audit_text": "change_id"}
    return Guard(table, "append_only", key or keys.get(table, "id"))


def audited(table: str, *, key: str = "id", frozen: tuple[str, ...] = ()) -> Guard:
    """Return the guard of a table that changes only together with an audit event."""
    return Guard(table, "audited", key, frozen)


def redactable(table: str) -> Guard:
    """Return the guard of the texts beside the chain."""
    return Guard(table, "redactable", "change_id")


def head_row(table: str) -> Guard:
    """Return the guard of the row that holds the newest link."""
    return Guard(table, "head_row")
