"""The pages of `people`: who is there, one person, one's own account, the permission table."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from adjuvant.conduct.people import services
from adjuvant.conduct.people.forms import AppointForm, EndForm, InviteForm, PersonForm
from adjuvant.conduct.people.link_services import end_sessions as end_sessions_of
from adjuvant.conduct.people.links import mail_link
from adjuvant.conduct.people.models import Delegation, Person, Site
from adjuvant.conduct.people.own_sessions import own_sessions
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.people.permission_table import CENTRAL_ROLES, ROLES
from adjuvant.conduct.people.permissions import NotPermitted, OtherSite
from adjuvant.conduct.people.queries import people_seen, person_of
from adjuvant.conduct.people.shown import LineShown, given_to, shown_lines

__all__ = [
    "appoint", "change", "end_line", "end_sessions", "invite", "me", "people", "permissions",
    "person", "renew",
]  # fmt: skip


@page("people.view")
def people(request: HttpRequest) -> HttpResponse:
    """List the people of the trial; of other sites, none."""
    lines = shown_lines(Delegation.objects.all(), request.sites)
    by_person: dict[int, list[LineShown]] = {}
    for line in lines:
        by_person.setdefault(line.line.person_id, []).append(line)
    everybody = request.may("people.appoint")
    seen = [
        (one, by_person.get(one.pk, [])) for one in people_seen(request.sites, everybody=everybody)
    ]
    context = {"people": seen, "invites": request.may("people.invite_person")}
    return render(request, "people/people.html", context)


@page("people.invite_person")
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a person by e-mail."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # A principal investigator invites for her own site; the data manager for the trial.
        site = "" if request.may("people.appoint") else (request.sites or [""])[0]
        made = services.invite_person(
            **form.cleaned_data, site=site, by=request.actor, at=timezone.now()
        )
        _send(request, made)
        return redirect("people:person", number=made.person.number)
    status = 422 if form.errors else 200
    return render(request, "people/invite.html", {"form": form}, status=status)


@page("people.view")
def person(request: HttpRequest, number: str) -> HttpResponse:
    """Show one person: particulars, lines of the log, open links."""
    return _person(request, _seen(request, number))


@page("people.change_person")
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Correct a person's particulars."""
    one = person_of(number)
    known = {"name": one.name, "organisation": one.organisation, "physician": one.physician}
    form = PersonForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        reason = given.pop("reason")
        services.change_person(
            person=number, **given, by=request.actor, at=timezone.now(), reason=reason
        )
        messages.success(request, _("Corrected."))
        return redirect("people:person", number=number)
    status = 422 if form.errors else 200
    return render(request, "people/change.html", {"form": form, "one": one}, status=status)


@page("people.appoint", fresh=True)
def appoint(request: HttpRequest, number: str) -> HttpResponse:
    """Appoint a person; signed by who appoints."""
    one = person_of(number)
    roles = [(role, ROLES[role]) for role in ("principal_investigator", *CENTRAL_ROLES)]
    sites = [(site.code, f"{site.code} {site.name}") for site in Site.objects.all()]
    form = AppointForm(request.POST or None, roles=roles, sites=sites)
    if request.method == "POST" and form.is_valid():
        line = services.appoint(
            person=number, **form.cleaned_data, by=request.actor, at=timezone.now()
        )
        words = {"name": one.name, "role": ROLES[line.role].lower(), "day": line.starts_on}
        messages.success(request, _("%(name)s is %(role)s from %(day)s.") % words)
        return redirect("people:person", number=number)
    context = {"form": form, "one": one, "meaning": services.APPOINT}
    status = 422 if form.errors else 200
    return render(request, "people/appoint.html", context, status=status)


@page("people.end_delegation")
def end_line(request: HttpRequest, line: int) -> HttpResponse:
    """End a line of the delegation log."""
    found = Delegation.objects.filter(pk=line).select_related("person", "site").first()
    code = found.site.code if found is not None and found.site else ""
    if found is None or (code and code not in request.sites):
        raise OtherSite(str(line))
    if not request.may("people.end_delegation", code):
        raise NotPermitted("people.end_delegation")
    form = EndForm(request.POST or None)
    back = reverse("people:person", kwargs={"number": found.person.number})
    if request.method == "POST" and form.is_valid():
        services.end_delegation(
            line=line, last_day=form.cleaned_data["last_day"], by=request.actor,
            at=timezone.now(), reason=form.cleaned_data["reason"],
        )  # fmt: skip
        messages.success(request, _("The delegation is ended."))
        return redirect(back)
    context = {"form": form, "line": found, "role": ROLES[found.role], "back": back}
    status = 422 if form.errors else 200
    return render(request, "people/end_line.html", context, status=status)


@page("people.renew_access", fresh=True)
@require_POST
def renew(request: HttpRequest, number: str) -> HttpResponse:
    """Send a person a new link; taking it up replaces password and second factors."""
    _send(request, services.renew_access(person=number, by=request.actor, at=timezone.now()))
    return redirect("people:person", number=number)


@page("people.end_sessions")
@require_POST
def end_sessions(request: HttpRequest, number: str) -> HttpResponse:
    """End all sessions of another person."""
    ended = end_sessions_of(person=number, by=request.actor, at=timezone.now())
    messages.success(request, _("Sessions ended: %(n)s.") % {"n": ended})
    return redirect("people:person", number=number)


@page("people.me")
def me(request: HttpRequest) -> HttpResponse:
    """Show one's own account: roles, second factors, sessions; end the other sessions."""
    here = request.session.session_key
    if request.method == "POST":
        ended = end_sessions_of(
            person=request.person.number, keep=here, by=request.actor, at=timezone.now()
        )
        messages.success(request, _("Other sessions ended: %(n)s.") % {"n": ended})
        return redirect("people:me")
    lines = shown_lines(request.person.delegations.all(), None)
    context = {"lines": lines, "sessions": own_sessions(request.user, here)}
    return render(request, "people/me.html", context)


@page("people.view")
def permissions(request: HttpRequest) -> HttpResponse:
    """Print the permission table as it stands in the code."""
    rows = [(role, words, given_to(role)) for role, words in ROLES.items()]
    context = {"roles": rows, "mine": {line.role for line in request.held}}
    return render(request, "people/permissions.html", context)


def _person(request: HttpRequest, one: Person) -> HttpResponse:
    everybody = request.may("people.appoint")
    lines = shown_lines(one.delegations.all(), None if everybody else request.sites)
    link = one.invitations.filter(kind="account").last()
    context: dict[str, Any] = {
        "one": one,
        "lines": lines,
        "link": link,
        "appoints": everybody,
        "changes": request.may("people.change_person"),
        "renews": request.may("people.renew_access"),
        "ends_sessions": request.may("people.end_sessions"),
        "may_end": request.may("people.end_delegation"),
        "delegates_at": [code for code in request.sites if request.may("people.delegate", code)],
    }
    return render(request, "people/person.html", context)


def _seen(request: HttpRequest, number: str) -> Person:
    """Return a person whom this one may see: of the same sites, of the trial, or just invited."""
    one = person_of(number)
    if one not in people_seen(request.sites, everybody=request.may("people.appoint")):
        raise OtherSite(number)
    return one


def _send(request: HttpRequest, made: services.Invited) -> None:
    """Mail the link; it is shown to nobody but the person, except in training."""
    url = request.build_absolute_uri(reverse("people:take_up", kwargs={"token": made.token}))
    mail_link(made.person, url)
    words = _("The link was sent to %(email)s; it is good for seven days.")
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        words = _("No mail server is set: the message to %(email)s lies in the site's outbox.")
    messages.success(request, words % {"email": made.person.email})
    if settings.MODE == "training":
        messages.info(request, url)
