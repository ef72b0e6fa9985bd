"""From SQLite to PostgreSQL: every row of every table, then the guards, then the proof.

The tables are made by the same migrations, filled in one transaction, and only then guarded;
afterwards the chain and the state are verified on the new database, table by table.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adjuvant.core import InvalidInput

__all__ = ["Moved", "move_to_postgres"]

_BATCH = 2000


@dataclass(frozen=True)
class Moved:
    """What was moved: rows by table, and the newest link of the chain on both sides."""

    rows: dict[str, int]
    head: str


def move_to_postgres(sqlite_file: Path) -> Moved:
    """Fill the PostgreSQL database of the loaded settings from a site's SQLite file.

    The settings must be those of the owner's role, the database empty.
    Raises InvalidInput where it is not PostgreSQL, not empty, or a count differs afterwards.
    """
    from django.core.management import call_command
    from django.db import connection, transaction

    from adjuvant.conduct.audit.migrate import migrate

    if connection.vendor != "postgresql":
        raise InvalidInput(
            "the target is not PostgreSQL; set DATABASE_URL to the owner of an empty database"
        )
    if connection.introspection.table_names():
        raise InvalidInput("the target database is not empty and was left alone; make a new one")
    call_command("migrate", verbosity=0, interactive=False)
    with closing(sqlite3.connect(f"file:{sqlite_file}?mode=ro", uri=True)) as source:
        with transaction.atomic():
            rows = {table: _copy(source, table) for table in _tables(source)}
            _set_sequences()
        head = source.execute("SELECT hash FROM audit_head").fetchone()
    _same_counts(rows)
    migrate()  # installs the guards and the grants, and tells the trail of it
    return Moved(rows, head[0] if head else "")


def _tables(source: sqlite3.Connection) -> list[str]:
    """Return the tables of the source that the target has too, without Django's own records."""
    from django.db import connection

    made_by_migrate = {"django_migrations", "django_content_type", "auth_permission"}
    there = set(connection.introspection.table_names()) - made_by_migrate
    found = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return sorted(name for (name,) in found if name in there)


def _copy(source: sqlite3.Connection, table: str) -> int:
    """Copy one table; values pass through the model's fields, so that each keeps its type."""
    from django.db import connection

    columns = [row[1] for row in source.execute(f'PRAGMA table_info("{table}")')]
    kinds = _kinds(table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for batch in _batches(source, table):
            rows = [[_typed(kinds.get(c), v) for c, v in zip(columns, row, strict=True)]
                    for row in batch]  # fmt: skip
            cursor.executemany(sql, rows)
            count += len(rows)
    return count


def _batches(source: sqlite3.Connection, table: str) -> Iterator[list[tuple[Any, ...]]]:
    cursor = source.execute(f'SELECT * FROM "{table}"')
    while batch := cursor.fetchmany(_BATCH):
        yield batch


def _kinds(table: str) -> dict[str, str]:
    """Return column -> kind of the model field behind it."""
    from django.apps import apps

    models = (m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table)
    model = next(models, None)
    return {f.column: f.get_internal_type() for f in model._meta.concrete_fields} if model else {}


def _typed(kind: str | None, value: Any) -> Any:
    """Return SQLite's value as PostgreSQL wants it: truth values, instants in UTC."""
    if kind == "BooleanField" and value is not None:
        return bool(value)
    if kind == "DateTimeField" and value is not None:
        return f"{value}+00:00"
    return value


def _set_sequences() -> None:
    """Let every sequence go on after the largest number that was copied."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    statements = connection.ops.sequence_reset_sql(
        no_style(), apps.get_models(include_auto_created=True)
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _same_counts(rows: dict[str, int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table, count in rows.items():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found = cursor.fetchone()[0]
            if found != count:
                raise InvalidInput(f"{table} holds {found} rows after the move, not {count}")
