"""The pages of sites: the list, one site with its checklist, its delegation log."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people import services
from adjuvant.conduct.people.checklist import checklist, ready_from, untrained
from adjuvant.conduct.people.forms import (
    CloseForm,
    DelegateForm,
    DocumentForm,
    OpenSiteForm,
    SinceForm,
)
from adjuvant.conduct.people.models import Delegation, Site
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.people.permission_table import ROLES, SITE_ROLES
from adjuvant.conduct.people.queries import local_day, people_seen, site_is_active, site_of
from adjuvant.conduct.people.shown import both_times, shown_lines
from adjuvant.conduct.people.study_rules import StudySite, Task, rules_now

__all__ = ["activate", "close", "delegate", "document", "log", "open_site", "site", "sites"]


@page("people.view")
def sites(request: HttpRequest) -> HttpResponse:
    """List the sites that this person sees, and what stands between each and its first patient."""
    now = timezone.now()
    seen = []
    for one in Site.objects.filter(code__in=request.sites):
        today = local_day(one, now)
        missing = [item for item in checklist(one, today) if not item.done]
        seen.append((one, site_is_active(one.code, today), missing))
    opens = request.may("people.open_site")
    context = {"sites": seen, "unopened": _unopened(), "opens": opens}
    return render(request, "people/sites.html", context)


@page("people.open_site")
def open_site(request: HttpRequest) -> HttpResponse:
    """Open a site that the protocol names."""
    named = {site.id: site for site in _unopened()}
    zones = [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone]
    words = [(site.id, f"{site.id} {site.name}") for site in named.values()]
    form = OpenSiteForm(request.POST or None, sites=words, zones=[*zones, ("UTC", "UTC")])
    if request.method == "POST" and form.is_valid():
        chosen = named[form.cleaned_data["code"]]
        services.open_site(
            code=chosen.id, name=chosen.name, country=chosen.country,
            time_zone=form.cleaned_data["time_zone"], by=request.actor, at=timezone.now(),
        )  # fmt: skip
        return redirect("people:site", site=chosen.id)
    status = 422 if form.errors else 200
    return render(request, "people/open_site.html", {"form": form, "named": words}, status=status)


@page("people.view")
def site(request: HttpRequest, site: str) -> HttpResponse:
    """Show one site: its checklist, its papers, its activation."""
    one, now = site_of(site), timezone.now()
    today = local_day(one, now)
    items = checklist(one, today)
    signed = [(row, both_times(row.signed_at, one.time_zone)) for row in one.activations.all()]
    context = {
        "one": one, "items": items, "ready": ready_from(items), "activations": signed,
        "active": site_is_active(site, today), "papers": one.documents.select_related("person"),
        "today": today, "may_activate": request.may("people.activate_site", site),
        "may_record": request.may("people.record_document", site),
        "may_approve": request.may("protocols.approve_at_site", site),
    }  # fmt: skip
    return render(request, "people/site.html", context)


@page("people.record_document")
def document(request: HttpRequest, site: str) -> HttpResponse:
    """Record a paper of the site's file."""
    one = site_of(site)
    lines = Delegation.objects.filter(site=one).select_related("person")
    people = {line.person.number: str(line.person) for line in lines}
    start = {"kind": request.GET.get("kind", ""), "person": request.GET.get("person", "")}
    form = DocumentForm(request.POST or None, people=list(people.items()), initial=start)
    if request.method == "POST" and form.is_valid():
        services.record_site_document(
            site=site, **form.cleaned_data, by=request.actor, at=timezone.now()
        )
        messages.success(request, _("The paper is recorded."))
        return redirect("people:site", site=site)
    status = 422 if form.errors else 200
    return render(request, "people/document.html", {"form": form, "one": one}, status=status)


@page("people.activate_site", fresh=True)
def activate(request: HttpRequest, site: str) -> HttpResponse:
    """Activate a site; signed."""
    one = site_of(site)
    form = SinceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.activate_site(
            site=site, since=form.cleaned_data["since"], by=request.actor, at=timezone.now()
        )
        messages.success(request, _("%(site)s is active.") % {"site": site})
        return redirect("people:site", site=site)
    context = {"form": form, "one": one, "meaning": services.ACTIVATE, "closing": False}
    return render(request, "people/activate.html", context, status=422 if form.errors else 200)


@page("people.activate_site", fresh=True)
def close(request: HttpRequest, site: str) -> HttpResponse:
    """Close a site to new work; signed."""
    one = site_of(site)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.close_site(
            site=site, since=form.cleaned_data["since"], by=request.actor, at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        messages.success(request, _("%(site)s is closed to new work.") % {"site": site})
        return redirect("people:site", site=site)
    context = {"form": form, "one": one, "meaning": services.CLOSE, "closing": True}
    return render(request, "people/activate.html", context, status=422 if form.errors else 200)


@page("people.view")
def log(request: HttpRequest, site: str) -> HttpResponse:
    """Show the delegation log of a site."""
    one = site_of(site)
    lines = shown_lines(Delegation.objects.filter(site=one).order_by("id"), [site])
    context = {
        "one": one,
        "lines": lines,
        "anew": [shown for shown in lines if shown.state != "ended" and shown.by_former],
        "untrained": untrained(one, local_day(one, timezone.now())),
        "may_delegate": request.may("people.delegate", site),
        "may_end": request.may("people.end_delegation", site),
    }
    return render(request, "people/log.html", context)


@page("people.delegate", fresh=True)
def delegate(request: HttpRequest, site: str) -> HttpResponse:
    """Sign a line of the delegation log, as the principal investigator of the site."""
    one, rules = site_of(site), rules_now()
    seen = [one for one in people_seen([site]) if one.number != request.actor.id]
    people = [(one.number, str(one)) for one in seen]
    offered = {task for role in SITE_ROLES for task in rules.tasks_of.get(role, ())}
    tasks = [(task.id, _task(task)) for task in rules.tasks if task.id in offered]
    roles = [(role, ROLES[role]) for role in SITE_ROLES]
    start = {"person": request.GET.get("person", "")}
    form = DelegateForm(
        request.POST or None, people=people, roles=roles, tasks=tasks, initial=start
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["tasks"] = tuple(given.get("tasks", ()))
        given["person"] = given.pop("elsewhere") or given["person"]
        services.delegate(site=site, **given, by=request.actor, at=timezone.now())
        messages.success(request, _("The line is signed."))
        return redirect("people:log", site=site)
    context = {
        "form": form, "one": one, "meaning": services.DELEGATE,
        "tasks_of": [(ROLES[r], [n for t, n in tasks if t in rules.tasks_of.get(r, ())])
                     for r in SITE_ROLES],
    }  # fmt: skip
    return render(request, "people/delegate.html", context, status=422 if form.errors else 200)


def _task(task: Task) -> str:
    return f"{task.label} ({_('physicians')})" if task.physician else task.label


def _unopened() -> list[StudySite]:
    opened = set(Site.objects.values_list("code", flat=True))
    return [site for site in rules_now().sites if site.id not in opened]
