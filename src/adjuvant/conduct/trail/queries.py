"""Which events a person may see, and which of them were asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adjuvant.conduct.audit.models import Change, Event
from adjuvant.conduct.people.permissions import carries

__all__ = ["events_for", "filtered", "history_of", "sees_everything", "tabs_for"]

DAY = timedelta(days=1)
TABS = (
    ("trail", "audit.view", _("Events")),
    ("redactions", "audit.ask_redaction", _("Redactions")),
    ("verify", "audit.verify", _("Verification")),
)


def tabs_for(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Return (name, address, words) of the pages that this person may open."""
    return [(n, reverse(f"audit:{n}"), words) for n, action, words in TABS if request.may(action)]


def sees_everything(request: HttpRequest, action: str) -> bool:
    """Tell whether the action is given to this person for the whole trial."""
    return any(carries(line, action, None) for line in request.held)


def events_for(request: HttpRequest, action: str) -> QuerySet[Event]:
    """Return the events that this person may see; without a central role, those of own sites."""
    if sees_everything(request, action):
        return Event.objects.all()
    return Event.objects.filter(site__in=[s for s in request.sites if request.may(action, s)])


def filtered(events: QuerySet[Event], wanted: Mapping[str, Any]) -> QuerySet[Event]:
    """Return the events that the form of filters asks for; what is empty filters nothing.

    first_day and last_day are days in UTC, both included.
    """
    exact = {"subject": "subject", "site": "site", "table": "items__table", "person": "actor_id"}
    for name, column in exact.items():
        if wanted.get(name):
            events = events.filter(**{column: wanted[name]})
    if wanted.get("action"):
        events = events.filter(Q(action=wanted["action"]) | Q(action=f"refused:{wanted['action']}"))
    if wanted.get("first_day"):
        events = events.filter(at__gte=_midnight(wanted["first_day"]))
    if wanted.get("last_day"):
        events = events.filter(at__lt=_midnight(wanted["last_day"]) + DAY)
    return events.distinct() if wanted.get("table") else events


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def history_of(table: str, row: str) -> QuerySet[Change]:
    """Return every change of one row, oldest first, each with its event and its text."""
    changes = Change.objects.filter(table=table, row=row)
    return changes.select_related("event", "text").order_by("event_id", "position")
