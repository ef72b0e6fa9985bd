"""Log-in and log-out in the audit trail: events that change no row of the trial."""

from datetime import datetime

from django.db import transaction

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry

__all__ = ["STRANGER", "tell"]

STRANGER = Actor("UNKNOWN", "not logged in", "", role="")


def tell(action: str, *, by: Actor, at: datetime, **facts: str) -> None:
    """Write one event with its facts: "people.log_in", "people.log_in_failed", ...

    A fact never holds a password, a code or the e-mail of somebody who is not known.
    """
    entry = Entry(action, by, at)
    for name, value in facts.items():
        entry.note(name, value)
    with transaction.atomic(durable=True):
        entry.write()
