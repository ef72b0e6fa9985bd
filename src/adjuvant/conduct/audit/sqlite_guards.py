"""The guards as SQLite keeps them: triggers with their conditions."""

from typing import Any

from adjuvant.conduct.audit.guard_kinds import Guard
from adjuvant.conduct.audit.guard_rules import Rule, Wanted, pending_rules, replace_rules, rules_of

__all__ = ["FRAME", "drop", "expected", "present"]

FRAME = {
    "audit_never": "CREATE TABLE audit_never (id INTEGER PRIMARY KEY CHECK (0))",
    "audit_pending": (
        'CREATE TABLE audit_pending ("table" TEXT NOT NULL, "row" TEXT NOT NULL, '
        "never INTEGER NOT NULL DEFAULT 1 CHECK (never = 1) "
        "REFERENCES audit_never (id) DEFERRABLE INITIALLY DEFERRED)"
    ),
}


def expected(cursor: Any, guards: list[Guard]) -> dict[str, Wanted]:
    """Return every trigger that must stand in the database, by name."""
    made = {name: Wanted(statement, "") for name, statement in FRAME.items()}
    for guard in guards:
        columns, unique = _shape(cursor, guard)
        for rule in [*rules_of(guard, columns), *replace_rules(guard, unique)]:
            made |= _trigger(guard.table, rule)
    for rule in pending_rules():
        made |= _trigger("audit_pending", rule)
    return made


def present(cursor: Any) -> dict[str, str]:
    """Return every trigger that stands in the database, name -> statement."""
    cursor.execute(
        "SELECT name, sql FROM sqlite_master "
        "WHERE type = 'trigger' OR name IN ('audit_never', 'audit_pending')"
    )
    return dict(cursor.fetchall())


def drop(cursor: Any) -> None:
    """Take every trigger out."""
    for name in present(cursor):
        if name not in FRAME:
            cursor.execute(f'DROP TRIGGER "{name}"')


def _trigger(table: str, rule: Rule) -> dict[str, Wanted]:
    name = f"guard_{table}_{rule.name}"
    when = f" WHEN {_plain(rule.condition)}" if rule.condition else ""
    body = rule.do or f"SELECT RAISE(ABORT, '{rule.refuse}');"
    statement = f'CREATE TRIGGER "{name}" {rule.moment} ON "{table}"{when} BEGIN {body} END'
    return {name: Wanted(statement, statement)}


def _plain(condition: str) -> str:
    """SQLite knows IS [NOT] DISTINCT FROM since 3.39 only; its own IS says the same in all."""
    plain = condition.replace("IS NOT DISTINCT FROM", "IS")
    return plain.replace("IS DISTINCT FROM", "IS NOT")


def _shape(cursor: Any, guard: Guard) -> tuple[list[str], list[list[str]]]:
    """Return a table's columns, and its unique sets of columns beside the key."""
    cursor.execute(f'PRAGMA table_info("{guard.table}")')
    columns = [row[1] for row in cursor.fetchall()]
    cursor.execute(f'PRAGMA index_list("{guard.table}")')
    whole = [row[1] for row in cursor.fetchall() if row[2] and not row[4]]  # unique, not partial
    unique = []
    for name in whole:
        cursor.execute(f'PRAGMA index_info("{name}")')
        unique.append([row[2] for row in cursor.fetchall()])
    return columns, sorted(names for names in unique if names != [guard.key])
