"""The pages of redaction: asked for by one person, decided by another."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.models import Change
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.trail.forms import WhyForm
from adjuvant.conduct.trail.models import Redaction
from adjuvant.conduct.trail.queries import events_for, sees_everything, tabs_for
from adjuvant.conduct.trail.services import ask_redaction, confirm_redaction, decline_redaction
from adjuvant.conduct.trail.words import item_of

__all__ = ["ask", "decide", "redactions"]


@page("audit.ask_redaction")
def ask(request: HttpRequest, seq: int, position: int, side: str) -> HttpResponse:
    """Ask that one text be taken out."""
    event = get_object_or_404(events_for(request, "audit.ask_redaction"), pk=seq)
    change = get_object_or_404(event.items.select_related("text"), position=position)
    if side not in ("old", "new"):
        raise Http404(side)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_redaction(
            change=change, side=side, why=form.cleaned_data["why"], by=request.actor,
            at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Asked for. Another person decides now."))
        return redirect("audit:redactions")
    item = item_of(change)
    context = {"form": form, "event": event, "item": item, "text": getattr(item, side)}
    return render(request, "trail/ask.html", context, status=422 if form.errors else 200)


@page("audit.ask_redaction")
def redactions(request: HttpRequest) -> HttpResponse:
    """List what was asked for and what became of it."""
    seen = Redaction.objects.order_by("-pk")
    if not sees_everything(request, "audit.ask_redaction"):
        seen = seen.filter(site__in=request.sites)
    context = {
        "redactions": seen,
        "decides": request.may("audit.redact"),
        "tabs": tabs_for(request),
    }
    return render(request, "trail/redactions.html", context)


@page("audit.redact", fresh=True)
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Show one request, and agree to it or decline it."""
    asked = get_object_or_404(Redaction, pk=number)
    if not (sees_everything(request, "audit.redact") or asked.site in request.sites):
        raise Http404(str(number))
    change = Change.objects.select_related("text").get(event_id=asked.seq, position=asked.position)
    if request.method == "POST":
        agreed = request.POST.get("decision") == "agree"
        decision = confirm_redaction if agreed else decline_redaction
        decision(asked=asked, by=request.actor, at=timezone.now())
        words = _("The text is gone.") if agreed else _("Declined; the text stays.")
        messages.success(request, words)
        return redirect("audit:redactions")
    item = item_of(change)
    context = {
        "asked": asked, "item": item, "text": getattr(item, asked.side),
        "own": asked.asked_by == request.actor.id,
    }  # fmt: skip
    return render(request, "trail/decide.html", context)
