"""The guards of every app's tables, put into the database and looked for in it."""

from typing import Any

from django.apps import apps

from adjuvant.conduct.audit import sqlite_guards
from adjuvant.conduct.audit.guard_kinds import Guard

__all__ = ["all_guards", "guard_faults", "install_guards", "remove_guards"]


def all_guards() -> list[Guard]:
    """Return the guards that the installed apps ask for, lowest app first."""
    return [guard for app in apps.get_app_configs() for guard in getattr(app, "guards", ())]


def install_guards(connection: Any) -> None:
    """Put every guard into the database; those that stand there are replaced."""
    remove_guards(connection)
    with connection.cursor() as cursor:
        known = connection.introspection.table_names(cursor)
        for name, statement in sqlite_guards.FRAME.items():
            if name not in known:
                cursor.execute(statement)
        for statement in _expected(connection).values():
            cursor.execute(statement)


def remove_guards(connection: Any) -> None:
    """Take every guard out, as a migration must; `install_guards` puts them back."""
    with connection.cursor() as cursor:
        for name in _present(connection):
            cursor.execute(f'DROP TRIGGER "{name}"')


def guard_faults(connection: Any) -> list[str]:
    """Return what is missing from the guards, altered in them, or strange among them."""
    expected, present = _expected(connection), _present(connection)
    faults = [f"guard {name} is missing" for name in expected if name not in present]
    faults += [
        f"guard {name} was altered"
        for name, statement in expected.items()
        if name in present and present[name] != statement
    ]
    return faults + [f"guard {name} is unknown" for name in present if name not in expected]


def _expected(connection: Any) -> dict[str, str]:
    made: dict[str, str] = {}
    with connection.cursor() as cursor:
        for guard in all_guards():
            columns, unique = _shape(connection, cursor, guard)
            made |= sqlite_guards.triggers(guard, columns, unique)
    return made | sqlite_guards.pending_rules()


def _shape(connection: Any, cursor: Any, guard: Guard) -> tuple[list[str], list[list[str]]]:
    """Return a table's columns, and its unique sets of columns beside the key."""
    described = connection.introspection.get_table_description(cursor, guard.table)
    cursor.execute(f'PRAGMA index_list("{guard.table}")')
    whole = [row[1] for row in cursor.fetchall() if row[2] and not row[4]]  # unique, not partial
    unique = []
    for name in whole:
        cursor.execute(f'PRAGMA index_info("{name}")')
        unique.append([row[2] for row in cursor.fetchall()])
    return [column.name for column in described], sorted(s for s in unique if s != [guard.key])


def _present(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())
