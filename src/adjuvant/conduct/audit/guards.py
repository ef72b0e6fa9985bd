"""The guards of every app's tables: put into the database, and looked for in it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils import timezone

from adjuvant.conduct.audit import postgres_guards, sqlite_guards
from adjuvant.conduct.audit.guard_kinds import Guard
from adjuvant.conduct.audit.models import Event

__all__ = [
    "all_guards",
    "expected_guards",
    "guard_faults",
    "install_guards",
    "remove_guards",
    "serve_refusals",
]

# journal_mode answers a word; synchronous FULL is 2.
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


def all_guards() -> list[Guard]:
    """Return the guards that the installed apps ask for."""
    return [guard for app in apps.get_app_configs() for guard in getattr(app, "guards", ())]


def install_guards(connection: Any) -> None:
    """Put every guard into the database; those that stand there are replaced."""
    made_by = _maker(connection)
    with connection.cursor() as cursor:
        made_by.drop(cursor)
        known = connection.introspection.table_names(cursor)
        for name, statement in made_by.FRAME.items():
            if name not in known:
                cursor.execute(statement)
        # Whoever puts guards back has seen that the tables are what the trail tells.
        cursor.execute("DELETE FROM audit_pending")
        cursor.execute("DELETE FROM audit_never")
        for wanted in made_by.expected(cursor, all_guards()).values():
            if wanted.statement:
                cursor.execute(wanted.statement)


def remove_guards(connection: Any) -> None:
    """Take every guard out, as a change of the tables must; `install_guards` puts them back."""
    with connection.cursor() as cursor:
        _maker(connection).drop(cursor)


def expected_guards(connection: Any) -> dict[str, str]:
    """Return every guard as the database must show it, by name."""
    with connection.cursor() as cursor:
        wanted = _maker(connection).expected(cursor, all_guards())
    return {name: guard.text for name, guard in wanted.items()}


def guard_faults(connection: Any) -> list[str]:
    """Return what is missing from the guards, altered in them, or strange among them."""
    expected = expected_guards(connection)
    with connection.cursor() as cursor:
        present = _maker(connection).present(cursor)
        there = connection.introspection.table_names(cursor)
        faults = list(_left_behind(cursor)) if "audit_pending" in there else []
    faults += [f"{name} is missing" for name in expected if name not in present]
    faults += [
        f"{name} was altered or disabled"
        for name, text in expected.items()
        if name in present and present[name] != text
    ]
    return faults + [f"{name} is not one of ours" for name in present if name not in expected]


def _left_behind(cursor: Any) -> Iterator[str]:
    """Yield what a program leaves that wrote with foreign keys or checks switched off."""
    cursor.execute('SELECT "table", "row" FROM audit_pending LIMIT 5')
    for table, row in cursor.fetchall():
        yield f"{table} {row} was written past the audit trail"
    cursor.execute("SELECT count(*) FROM audit_never")
    if cursor.fetchone()[0]:
        yield "audit_never is not empty: debts to the audit trail would pass"


def serve_refusals(connection: Any) -> list[str]:
    """Return every reason why no server may start on this database; empty if there is none."""
    if "audit_head" not in connection.introspection.table_names():
        return ["the database has no tables yet: run 'adjuvant manage migrate'"]
    found = [f"guard of the database: {fault}" for fault in guard_faults(connection)]
    own = _sqlite_refusals if connection.vendor == "sqlite" else _postgres_refusals
    return [*own(connection), *found, *_clock_refusals()]


def _maker(connection: Any) -> Any:
    return sqlite_guards if connection.vendor == "sqlite" else postgres_guards


def _sqlite_refusals(connection: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        for name, right in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()[0]
            if found != right:
                yield f"PRAGMA {name} is {found}, not {right}: another program set it so"
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
    if mode != "IMMEDIATE":
        yield f"transactions begin {mode}, not IMMEDIATE: concurrent writes would fail"


def _postgres_refusals(connection: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolcreaterole OR rolbypassrls OR rolreplication "
            "FROM pg_roles WHERE rolname = current_user"
        )
        role, mighty = cursor.fetchone()
        if mighty:
            yield f"the role {role} may switch guards off; serve as a role without such rights"
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND pg_has_role(current_user, relowner, 'MEMBER')"
        )
        if cursor.fetchone()[0]:
            yield f"the role {role} owns tables; serve as a role that owns nothing"
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind = 'r' AND has_table_privilege(oid, 'TRUNCATE') ORDER BY relname"
        )
        tables = [name for (name,) in cursor.fetchall()]
        if tables:
            yield f"the role {role} may truncate {', '.join(tables[:3])}; revoke that"


def _clock_refusals() -> Iterator[str]:
    last = Event.objects.order_by("-seq").values_list("at", flat=True).first()
    now = timezone.now()
    if last is None:
        yield "the audit trail has no beginning: run 'adjuvant manage migrate'"
    elif last > now:
        yield (
            f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC, before the last audit event at "
            f"{last:%Y-%m-%d %H:%M:%S} UTC: set the clock"
        )
