"""Django's migrations, then the guards; a new database gets the first link of its chain."""

import secrets

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.audit.guards import install_guards, remove_guards
from adjuvant.conduct.audit.models import Head

__all__ = ["migrate"]


def migrate() -> None:
    """Bring the database to the state of this version, with every guard in its place."""
    remove_guards(connection)
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        install_guards(connection)
        if not Head.objects.exists():
            _begin()


def _begin() -> None:
    """Write the first event: the name of this chain, drawn at random."""
    entry = Entry("audit.begin", SYSTEM, timezone.now())
    entry.note("chain", secrets.token_hex(16))
    entry.write()
