"""The viewer of the audit trail: list, one event, a record's history, export, verification."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.trail.export import csv_lines
from adjuvant.conduct.trail.forms import Filters
from adjuvant.conduct.trail.queries import (
    events_for,
    filtered,
    history_of,
    sees_everything,
    tabs_for,
)
from adjuvant.conduct.trail.services import record_export
from adjuvant.conduct.trail.words import (
    action_in_words,
    history_in_words,
    item_of,
    reasons_of,
    role_in_words,
    table_in_words,
)

__all__ = ["event", "export", "history", "trail", "verify"]

PER_PAGE = 50


@page("audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """List the events that the filters ask for, newest first."""
    form = _filters(request.GET or None, request)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    events = filtered(events_for(request, "audit.view"), wanted).order_by("-seq")
    before = request.GET.get("before", "")
    if before.isdigit():
        events = events.filter(seq__lt=int(before))
    found = list(events[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "events": [_line(one) for one in shown],
        "older": shown[-1].seq if len(found) > PER_PAGE else None,
        "query": query.urlencode(),
        "filtered": any(wanted.values()),
        "exports": request.may("audit.export"),
        "tabs": tabs_for(request),
    }
    return render(request, "trail/trail.html", context, status=422 if form.errors else 200)


@page("audit.view")
def event(request: HttpRequest, seq: int) -> HttpResponse:
    """Show one event with every item that it changed."""
    one = get_object_or_404(events_for(request, "audit.view"), pk=seq)
    changes = one.items.select_related("text").order_by("position")
    context = {
        "event": one,
        "line": _line(one),
        "items": [item_of(change) for change in changes],
        "reason": reasons_of([one.seq]).get(one.seq, ""),
        "asks": request.may("audit.ask_redaction", one.site),
    }
    return render(request, "trail/event.html", context)


@page("audit.view_history")
def history(request: HttpRequest, table: str, row: str) -> HttpResponse:
    """Tell a record's history: each value, by whom, when and why; other sites' are not there."""
    changes = list(history_of(table, row))
    seen = events_for(request, "audit.view_history")
    numbers = {change.event_id for change in changes}
    if not numbers or seen.filter(pk__in=numbers).count() != len(numbers):
        raise Http404(f"{table} {row}")
    context = {
        "what": f"{table_in_words(table)} {row}",
        "subject": changes[-1].event.subject,
        "told": history_in_words(changes),
        "opens": request.may("audit.view"),
        "asks": request.may("audit.ask_redaction", changes[-1].event.site),
    }
    return render(request, "trail/history.html", context)


@require_POST
@page("audit.export", fresh=True)
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Send the filtered trail as CSV; that it was sent is an event itself."""
    form = _filters(request.POST, request)
    if not form.is_valid():
        return render(
            request,
            "trail/trail.html",
            {"form": form, "events": [], "tabs": tabs_for(request)},
            status=422,
        )
    last = Event.objects.order_by("-seq").values_list("seq", flat=True)[0]
    told = {name: str(value) for name, value in form.cleaned_data.items() if value}
    record_export(filters=told, last=last, by=request.actor, at=timezone.now())
    events = filtered(events_for(request, "audit.export"), form.cleaned_data).filter(seq__lte=last)
    answer = StreamingHttpResponse(csv_lines(events.order_by("seq")), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="audit-trail-to-{last}.csv"'
    return answer


@page("audit.verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Verify the whole trail on a press of the button, and show what was found."""
    found = verify_site() if request.method == "POST" else None
    context = {"found": found, "tabs": tabs_for(request)}
    return render(request, "trail/verify.html", context)


def _filters(given: Any, request: HttpRequest) -> Filters:
    form = Filters(given, auto_id="id_%s")
    seen = events_for(request, "audit.view").order_by("action")
    actions = seen.values_list("action", flat=True).distinct()
    names = {name.removeprefix("refused:") for name in actions}
    choices = sorted((name, action_in_words(name)) for name in names)
    form.fields["action"].choices = [("", "-"), *choices]
    if not sees_everything(request, "audit.view"):
        form.fields["site"].widget.attrs["placeholder"] = ", ".join(request.sites)
    return form


def _line(one: Event) -> dict[str, Any]:
    return {
        "event": one,
        "words": action_in_words(one.action),
        "role": role_in_words(one.actor_role),
        "refused": one.action.startswith("refused:"),
    }
