"""The frame of every page: who asks, may they, and what a refusal looks like.

    @page("subjects.save_record")
    def fill(request, number): ...

sets request.actor (to be given to services as by=), request.held (the lines of the log that hold),
request.may(action, site="") and request.sites (codes that this person sees). A view argument named
`site` is a site's code: whoever does not see that site is answered 404, as if there were none.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.models import Person, Site
from adjuvant.conduct.people.permission_table import ACTIONS, EVERYBODY, PUBLIC
from adjuvant.conduct.people.permissions import (
    Held,
    NotPermitted,
    OtherSite,
    carries,
    held_by,
    may_somewhere,
    sites_of,
)
from adjuvant.conduct.people.proof import ProofNeeded, require_proof
from adjuvant.core import AdjuvantError, StepRefused

__all__ = [
    "actor_of",
    "address_of",
    "attach_actor",
    "has_second_factor",
    "in_training",
    "keep_proof",
    "page",
    "safe_next",
    "source_of",
]

View = Callable[..., HttpResponse]
PROVED_AT, TRAINING, FACTOR = "proved_at", "training", "second_factor"
# What a person may open who has no second factor yet: the pages where they get one.
BEFORE_FACTOR = ("people.own_log_in", "people.log_out", "people.prove")


def page(action: str, *, fresh: bool = False) -> Callable[[View], View]:
    """Make a view a page of the site, open to those to whom the action is given.

    action  of permission_table.py; those in PUBLIC need no log-in.
    fresh   ask for password and second factor before the page is shown.
    """
    if action not in ACTIONS and action not in (*PUBLIC, *EVERYBODY):
        raise ValueError(f"the action {action!r} does not stand in permission_table.py")

    def frame(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            attach_actor(request)
            try:
                if action not in PUBLIC:
                    if action not in BEFORE_FACTOR and not _two_factors(request):
                        return redirect("mfa_index")
                    _open(request, action, named.get("site"))
                if fresh:
                    require_proof(request.actor, timezone.now())
                return view(request, *args, **named)
            except AdjuvantError as refusal:
                return _refused(request, refusal)

        shown.action = action  # type: ignore[attr-defined]
        return login_not_required(shown) if action in PUBLIC else shown

    return frame


def attach_actor(request: HttpRequest) -> None:
    """Put the actor and what they may do on the request; nobody is None."""
    user = request.user
    person = Person.objects.filter(user=user).first() if user.is_authenticated else None
    held = held_by(person.number) if person else []
    request.actor = actor_of(request, person) if person else None
    request.held, request.person = held, person
    request.may = _may(held)
    codes = Site.objects.values_list("code", flat=True) if held else ()
    request.sites = sites_of(held, codes)


def address_of(request: HttpRequest) -> str | None:
    """Return from which address a request comes; behind the HTTPS proxy, the one it names last."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    found = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    return found or None


def keep_proof(request: HttpRequest, at: datetime) -> None:
    """Keep in the session that this person proved at this instant who they are."""
    request.session[PROVED_AT] = at.isoformat()


def safe_next(request: HttpRequest, otherwise: str = "/") -> str:
    """Return the address on this site to which the request asks to be led afterwards."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and own else otherwise


def source_of(request: HttpRequest) -> str:
    """Return address and program of a request, as the audit trail keeps them."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    return f"{address_of(request) or 'unknown address'} {agent}".strip()[:300]


def actor_of(request: HttpRequest, person: Person) -> Actor:
    """Return a person as the actor of a request."""
    proved = request.session.get(PROVED_AT)
    return Actor(
        person.number,
        person.name,
        person.organisation,
        source=source_of(request),
        proved_at=datetime.fromisoformat(proved) if proved else None,
    )


def in_training(request: HttpRequest) -> bool:
    """Tell whether this session came by a training link, which production does not know."""
    return settings.MODE == "training" and bool(request.session.get(TRAINING))


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether this person has a second factor (asked once in the life of a session)."""
    if request.session.get(FACTOR):
        return True
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found = Authenticator.objects.filter(user=request.user, type__in=kinds).exists()
    if found:
        request.session[FACTOR] = True
    return bool(found)


def _may(held: list[Held]) -> Callable[..., bool]:
    def may(action: str, site: str = "") -> bool:
        if site and action in ACTIONS:
            return any(carries(line, action, site) for line in held)
        return may_somewhere(held, action)

    return may


def _two_factors(request: HttpRequest) -> bool:
    """Tell whether both factors stand behind this session."""
    return in_training(request) or has_second_factor(request)


def _open(request: HttpRequest, action: str, site: str | None) -> None:
    """Raise where this person may not open the page; note the role that opens it."""
    if request.actor is None:
        raise NotPermitted(action)
    if site is not None and site not in request.sites:
        raise OtherSite(site)
    if not request.may(action, site or ""):
        raise NotPermitted(action)
    for line in request.held:
        if action in ACTIONS and carries(line, action, site or line.site):
            request.actor = replace(request.actor, role=line.role)
            return


def _refused(request: HttpRequest, refusal: AdjuvantError) -> HttpResponse:
    """Answer a refusal: 404 at another site, 403 without permission, else what is in the way."""
    if isinstance(refusal, OtherSite):
        raise Http404(str(refusal)) from refusal
    if isinstance(refusal, NotPermitted):
        return render(request, "403.html", {"refusal": refusal}, status=403)
    if isinstance(refusal, ProofNeeded):
        back = request.get_full_path()
        return redirect(f"{reverse('people:prove')}?{urlencode({'next': back})}")
    if not isinstance(refusal, StepRefused):
        refusal = StepRefused("nothing was done", str(refusal).rstrip("."), "correct it first")
    return render(
        request, "home/refused.html", {"refusal": refusal, "back": request.path}, status=409
    )
