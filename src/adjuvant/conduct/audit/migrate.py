"""Django's migrations between two sets of guards, and what they changed told to the trail.

A migration works while the guards are out. So the state is verified before it, and what it changed
in guarded rows is written as one event after it: an upgrade is no way round the trail.
"""

import hashlib
import os
import secrets
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.anchors import write_outside_head
from adjuvant.conduct.audit.entry import Entry, row_items
from adjuvant.conduct.audit.guards import (
    all_guards,
    expected_guards,
    guard_faults,
    install_guards,
    remove_guards,
)
from adjuvant.conduct.audit.models import Change, Head
from adjuvant.conduct.audit.postgres_guards import grant
from adjuvant.conduct.audit.raw_rows import read_rows, source_of
from adjuvant.conduct.audit.state import differences, guarded_models
from adjuvant.core import StepRefused

__all__ = ["migrate"]


def migrate(*, repair: bool = False) -> None:
    """Bring the database to the state of this version, with every guard in its place.

    repair   put back guards that somebody took out; without it, that is refused.
    Raises   StepRefused where guards were taken out or altered, or rows beside the trail.

    On PostgreSQL this runs as the role that owns the tables; DATABASE_SERVER_ROLE names the role
    that serves, which is given what it needs and no more.
    """
    if not _has_trail():
        call_command("migrate", verbosity=0, interactive=False)
    if not Head.objects.exists():
        _begin()
    else:
        _upgrade(repair)
    _grant()


def _has_trail() -> bool:
    return "audit_head" in connection.introspection.table_names()


def _begin() -> None:
    """Install the guards and write the first event: the name of this chain, drawn at random."""
    with transaction.atomic():
        install_guards(connection)
        entry = Entry("audit.begin", SYSTEM, timezone.now())
        entry.note("chain", secrets.token_hex(16))
        entry.note("guards", _fingerprint())
        entry.write()
    write_outside_head("begin")


def _upgrade(repair: bool) -> None:
    executor = MigrationExecutor(connection)
    waiting = [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(
        executor.loader.graph.leaf_nodes())]  # fmt: skip
    faults = [] if waiting else guard_faults(connection)
    known = Change.objects.filter(table="", field="guards").order_by("-pk").first()
    # Of another version of the program, or moved from the other database: other guards are due.
    renewed = known is None or known.text.new != f'"{_fingerprint()}"'
    if not waiting and not faults:
        return
    if faults and not renewed and not repair:
        raise StepRefused(
            "the site is not opened",
            f"its database is not guarded as it was: {'; '.join(faults[:5])}",
            "run 'adjuvant audit verify', then 'adjuvant manage migrate --repair'",
        )
    _refuse_altered_rows(executor)
    remove_guards(connection)
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        install_guards(connection)
        _tell(waiting, [] if renewed else faults)


def _refuse_altered_rows(executor: MigrationExecutor) -> None:
    """Look at the tables as they were before, or an upgrade would launder what was done to them."""
    applied = list(executor.loader.applied_migrations)
    old = executor.loader.project_state(applied).apps if applied else None
    tables = {guard.table for guard in all_guards() if not guard.table.startswith("audit_")}
    models = [m for m in old.get_models() if m._meta.db_table in tables] if old else []
    with read_rows(source_of(connection)) as rows:
        for model in models:
            for row, item, *_ in differences(rows, model):
                raise StepRefused(
                    "the tables are not updated",
                    f"{model._meta.db_table} {row} {item} was altered beside the audit trail",
                    "run 'adjuvant audit verify' and restore a backup, or correct the row",
                )


def _tell(migrations: list[str], repaired: list[str]) -> None:
    """Write what was done, and each item that a migration made, changed or took away."""
    entry = Entry("audit.migrate", SYSTEM, timezone.now())
    entry.note("migrations", migrations)
    entry.note("guards", _fingerprint())
    if repaired:
        entry.note("guards put back", repaired)
    with read_rows(source_of(connection)) as rows:
        for model in guarded_models():
            table = model._meta.db_table
            for row, item, _, told, found in differences(rows, model):
                if item:
                    entry.items.append((table, row, item, told, found))
                elif told is None:
                    entry.items += _new_row(model, row)
    entry.write()


def _new_row(model: Any, key: str) -> list[Any]:
    found = row_items(model._base_manager.get(pk=key))
    return [(model._meta.db_table, key, name, None, text) for name, text in found.items()]


def _fingerprint() -> str:
    wanted = "\n".join(f"{name}: {text}" for name, text in expected_guards(connection).items())
    return hashlib.sha256(wanted.encode("utf-8")).hexdigest()


def _grant() -> None:
    role = os.environ.get("DATABASE_SERVER_ROLE", "")
    if connection.vendor == "postgresql" and role:
        with transaction.atomic(), connection.cursor() as cursor:
            grant(cursor, role, connection.introspection.table_names(cursor), all_guards())
