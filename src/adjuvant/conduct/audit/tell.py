"""Events that change no row: a look at an allocation, a print, an export, a log-in."""

from datetime import datetime
from typing import Any

from django.db import transaction

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.audit.models import Event

__all__ = ["tell"]


def tell(
    action: str,
    *,
    by: Actor,
    at: datetime,
    site: str = "",
    subject: str = "",
    reason: str = "",
    **facts: Any,
) -> Event:
    """Write one event in a transaction of its own, with its facts as items without a row.

    action   "allocation.view", "people.log_in", "subjects.print_form", ...
    facts    never a password, a code, or who a patient is.
    Returns  the event, committed: what is shown afterwards was told before.
    """
    entry = Entry(action, by, at, reason)
    entry.site, entry.subject = site, subject
    for name, value in facts.items():
        entry.note(name, value)
    with transaction.atomic(durable=True):
        return entry.write()
