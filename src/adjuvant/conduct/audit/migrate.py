"""Django's migrations, then the guards; a new database gets the first link of its chain."""

import os
import secrets

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.anchors import write_outside_head
from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.audit.guards import all_guards, install_guards, remove_guards
from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.audit.postgres_guards import grant

__all__ = ["migrate"]


def migrate() -> None:
    """Bring the database to the state of this version, with every guard in its place.

    On PostgreSQL this runs as the role that owns the tables; DATABASE_SERVER_ROLE names the role
    that serves, which is given what it needs and no more.
    """
    remove_guards(connection)
    call_command("migrate", verbosity=0, interactive=False)
    new = False
    with transaction.atomic():
        install_guards(connection)
        if not Head.objects.exists():
            _begin()
            new = True
        role = os.environ.get("DATABASE_SERVER_ROLE", "")
        if connection.vendor == "postgresql" and role:
            with connection.cursor() as cursor:
                tables = connection.introspection.table_names(cursor)
                grant(cursor, role, tables, all_guards())
    if new:
        write_outside_head("begin")


def _begin() -> None:
    """Write the first event: the name of this chain, drawn at random."""
    entry = Entry("audit.begin", SYSTEM, timezone.now())
    entry.note("chain", secrets.token_hex(16))
    entry.write()
