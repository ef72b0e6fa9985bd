"""The trail in a person's words: actions, items, values."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.entry import REASON
from adjuvant.conduct.audit.models import Change, Event
from adjuvant.conduct.people.permission_table import ACTIONS, ROLES

__all__ = [
    "Item",
    "Told",
    "action_in_words",
    "history_in_words",
    "item_of",
    "reasons_of",
    "role_in_words",
    "table_in_words",
    "value_in_words",
]

# Whoever looks at an allocation does it on its own page, where the look is written down.
CLOSED = ("allocation_",)
REFUSED = "refused:"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


@dataclass(frozen=True)
class Item:
    """One change as it is shown; `old` and `new` are None where there was nothing.

    what   the row, in words.
    gone   the event that redacted one of its texts; None if they stand.
    """

    change: Change
    what: str
    label: str
    old: str | None
    new: str | None
    gone: int | None
    closed: bool


@dataclass(frozen=True)
class Told:
    """One event of a record's history."""

    event: Event
    at: datetime
    words: str
    role: str
    reason: str
    items: list[Item]


def action_in_words(action: str) -> str:
    """Return what was done, in the words of the permission table.

    >>> action_in_words("refused:subjects.add_subject")
    'Refused: Add a subject'
    """
    name = action.removeprefix(REFUSED)
    other = name.partition(".")[2].replace("_", " ").capitalize()
    known = ACTIONS[name].words if name in ACTIONS else other
    return f"{_('Refused')}: {known}" if action.startswith(REFUSED) else str(known)


def role_in_words(role: str) -> str:
    """Return the printed name of a role."""
    return str(ROLES.get(role, role.replace("_", " ")))


def item_of(change: Change) -> Item:
    """Return one change as it is shown."""
    text, closed = change.text, change.table.startswith(CLOSED)
    shown = {
        side: _shown(getattr(text, side), getattr(change, f"{side}_commitment"), closed)
        for side in ("old", "new")
    }
    what = f"{table_in_words(change.table)} {change.row}".strip()
    gone = text.redacted_by_id
    return Item(change, what, _label(change.field), shown["old"], shown["new"], gone, closed)


def _label(field: str) -> str:
    name = field.partition(".")[2] or field
    return name.removesuffix("_id").replace("_", " ")


def _shown(text: str | None, commitment: str, closed: bool) -> str | None:
    if not commitment:
        return None
    if closed:
        return _("(shown on its own page only)")
    return _("(redacted)") if text is None else value_in_words(json.loads(text))


def value_in_words(value: Any) -> str:
    """Return a value as a person reads it.

    >>> value_in_words([True, "fever", None])
    'yes, fever, nothing'
    """
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(value_in_words, value)) or _("nothing")
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return f"{value[:10]} {value[11:19]} UTC"
    if isinstance(value, dict):
        return "; ".join(f"{_label(key)}: {value_in_words(part)}" for key, part in value.items())
    return str(value)


def reasons_of(events: Iterable[int]) -> dict[int, str]:
    """Return the reasons that were given for events, by number; without one, it is left out."""
    found = Change.objects.filter(event_id__in=events, table="", field=REASON)
    return {one.event_id: item_of(one).new or "" for one in found.select_related("text")}


def table_in_words(table: str) -> str:
    """Return what a row of this table is called; the table's name if no model has it."""
    names = (m._meta.verbose_name for m in apps.get_models() if m._meta.db_table == table)
    return str(next(names, table))


def history_in_words(changes: Sequence[Change]) -> list[Told]:
    """Return the events of one row, newest first; what was empty from the start is left out."""
    told, reasons = [], reasons_of({change.event_id for change in changes})
    for event, items in groupby(changes, key=lambda change: change.event):
        shown = [item for item in map(item_of, items) if not _dull(item)]
        words, role = action_in_words(event.action), role_in_words(event.actor_role)
        told.append(Told(event, event.at, words, role, reasons.get(event.seq, ""), shown))
    return told[::-1]


def _dull(item: Item) -> bool:
    """A field that a new row leaves empty, and the number of the row, say nothing to a person."""
    return item.change.field == "id" or (item.old is None and item.new == _("nothing"))
