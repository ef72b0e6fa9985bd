"""What somebody could do who has the database's file, or its superuser, but not the site's key.

Each attack changes one thing and puts the guards back as they were, so that nothing but the content
betrays it. `rewrite` even recomputes every hash after its edit.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adjuvant.conduct.audit.chain import FIELDS, event_hash

KEYS = {
    "audit_event": "seq",
    "audit_change": "id",
    "audit_text": "change_id",
    "audit_head": "id",
    "ledger_jar": "id",
    "ledger_weighing": "id",
}


class Attack:
    """One attack on an open raw connection; `run` answers rows, `?` marks a value."""

    def __init__(self, run: Callable[..., list[Any]], rng: random.Random) -> None:
        self.run, self.rng = run, rng

    def columns(self, table: str) -> list[str]:
        return list(self.run.columns(table))  # type: ignore[attr-defined]

    def pick(self, table: str) -> Any:
        return self.rng.choice(self.keys(table))

    def keys(self, table: str) -> list[Any]:
        key = KEYS[table]
        return [row[0] for row in self.run(f"SELECT {key} FROM {table} ORDER BY {key}")]

    def edit(self) -> str:
        table = self.rng.choice(list(KEYS))
        key, column = self.pick(table), self.rng.choice(self.columns(table))
        found = self.run(f'SELECT "{column}" FROM {table} WHERE {KEYS[table]} = ?', key)[0][0]
        value = self.other(table, column, found)
        self.run(f'UPDATE {table} SET "{column}" = ? WHERE {KEYS[table]} = ?', value, key)
        return f"edit {table} {key} {column}: {found!r} -> {value!r}"

    def other(self, table: str, column: str, found: Any) -> Any:
        """Return another value that the column may hold."""
        if column == "values":
            return self.run.json({"note": "another"})  # type: ignore[attr-defined]
        if isinstance(found, bool) or column == "full":
            return self.run.flag(not found)  # type: ignore[attr-defined]
        if isinstance(found, bytes | memoryview):
            return bytes(found) + b"x"
        if hasattr(found, "isoformat"):
            return found + timedelta(days=1)
        if isinstance(found, int | float) or (found is None and column in NUMBERS):
            return (found or 0) + self.rng.choice([1, 1000])
        if found is None:
            return {"photo": b"x", "filled_on": "2026-01-01", "seen_at": "2026-01-01 00:00:00"}.get(
                column, "another"
            )
        if column in ("at", "seen_at", "filled_on"):
            return found.replace("2026", "2025")
        if hasattr(found, "quantize"):
            return found + 1
        place = self.rng.randrange(len(found) + 1)
        return (
            found[:place] + ("y" if found[place : place + 1] == "x" else "x") + found[place + 1 :]
        )

    def delete(self) -> str:
        table = self.rng.choice(list(KEYS))
        key = self.pick(table)
        self.run(f"DELETE FROM {table} WHERE {KEYS[table]} = ?", key)
        return f"delete {table} {key}"

    def insert(self) -> str:
        """Copy a row under a key that is free: past the end, or in a hole made before."""
        table = self.rng.choice(list(KEYS))
        key, new = self.pick(table), max(self.keys(table)) + self.rng.choice([1, 50])
        columns = [name for name in self.columns(table) if name != KEYS[table]]
        taken = [self.fresh(table, name) for name in columns]
        self.run(
            f"INSERT INTO {table} ({KEYS[table]}, {', '.join(_quoted(columns))}) "
            f"SELECT {new}, {', '.join(taken)} FROM {table} WHERE {KEYS[table]} = ?",
            key,
        )
        return f"insert {table} {new}, a copy of {key}"

    def fresh(self, table: str, column: str) -> str:
        if column == "code":
            return "'J-new'"
        return "position + 1000" if column == "position" else f'"{column}"'

    def reorder(self) -> str:
        """Let two rows change places: two events, two changes, or two texts."""
        table, column = self.rng.choice(
            [("audit_event", "seq"), ("audit_change", "id"), ("audit_text", "change_id")]
        )
        one, two = self.rng.sample(self.keys(table), 2)
        for old, new in ((one, -1), (two, one), (-1, two)):
            self.run(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", new, old)
        return f"swap {table} {one} and {two}"

    def cut(self) -> str:
        """Cut the tail and move the head back; its signature of then is not known."""
        last = self.keys("audit_event")[-1]
        keep = last - self.rng.randint(1, 3)
        self.drop_after(keep)
        link = self.run("SELECT hash FROM audit_event WHERE seq = ?", keep)[0][0]
        self.run("UPDATE audit_head SET seq = ?, hash = ?", keep, link)
        return f"cut after {keep}"

    def drop_after(self, keep: int) -> None:
        self.run(
            "DELETE FROM audit_text WHERE change_id IN (SELECT id FROM audit_change WHERE seq > ?)",
            keep,
        )
        self.run("DELETE FROM audit_change WHERE seq > ?", keep)
        self.run("DELETE FROM audit_event WHERE seq > ?", keep)

    def rewrite(self) -> str:
        """Change who acted, then recompute every link from there to the head."""
        start = self.pick("audit_event")
        self.run("UPDATE audit_event SET actor_name = 'Somebody Else' WHERE seq = ?", start)
        previous = None
        for row in self.run(f"SELECT {', '.join(FIELDS)} FROM audit_event ORDER BY seq"):
            event = dict(zip(FIELDS, row, strict=True))
            if event["seq"] >= start:
                event["previous_hash"] = previous or event["previous_hash"]
                event["at"] = self.run.instant(event["at"])  # type: ignore[attr-defined]
                link = event_hash(event, self.changes_of(event["seq"]))
                self.run("UPDATE audit_event SET previous_hash = ?, hash = ? WHERE seq = ?",
                         event["previous_hash"], link, event["seq"])  # fmt: skip
            previous = self.run("SELECT hash FROM audit_event WHERE seq = ?", event["seq"])[0][0]
        self.run("UPDATE audit_head SET hash = ?", previous)
        return f"rewrite from {start}"

    def changes_of(self, seq: int) -> list[tuple[str, ...]]:
        return [
            tuple(row)
            for row in self.run(
                'SELECT "table", "row", field, old_commitment, new_commitment FROM audit_change '
                "WHERE seq = ? ORDER BY position",
                seq,
            )
        ]


NUMBERS = ("grams", "share", "redacted_by_id", "jar_id")
KINDS = ("edit", "delete", "insert", "reorder", "cut", "rewrite")


def _quoted(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def attack(run: Any, number: int) -> str:
    """Do the attack of this number; the kinds take turns, edits and deletions more often."""
    rng = random.Random(number)
    kind = rng.choices(KINDS, weights=(5, 3, 3, 2, 1, 1))[0]
    return getattr(Attack(run, rng), kind)()
