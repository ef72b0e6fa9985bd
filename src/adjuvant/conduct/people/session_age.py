"""Sessions end after 20 idle minutes, and after 12 hours whatever happens."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.log_trail import tell
from adjuvant.conduct.people.models import Person

__all__ = ["ABSOLUTE", "IDLE", "begin_session", "session_age"]

IDLE: Final = timedelta(minutes=20)
ABSOLUTE: Final = timedelta(hours=12)
NOTED: Final = timedelta(seconds=30)  # that one is there is written at most this often
BEGAN, SEEN = "began_at", "seen_at"


def begin_session(request: HttpRequest, at: datetime) -> None:
    """Start both clocks of a session."""
    request.session[BEGAN] = request.session[SEEN] = at.isoformat()


def session_age(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that ends them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            over = _over(request, now)
            if over:
                return _end(request, over, now)
            if now - datetime.fromisoformat(request.session[SEEN]) > NOTED:
                request.session[SEEN] = now.isoformat()
        return get_response(request)

    return middleware


def _over(request: HttpRequest, now: datetime) -> str:
    """Return why the session is over; "" while it lives."""
    if BEGAN not in request.session:
        begin_session(request, now)
    if now - datetime.fromisoformat(request.session[BEGAN]) >= ABSOLUTE:
        return "12 hours"
    if now - datetime.fromisoformat(request.session[SEEN]) >= IDLE:
        return "idle"
    return ""


def _end(request: HttpRequest, why: str, now: datetime) -> HttpResponse:
    person = Person.objects.filter(user=request.user).first()
    if person is not None:
        who = Actor(person.number, person.name, person.organisation, source="session")
        tell("people.session_ended", by=who, at=now, why=why)
    logout(request)
    back = request.get_full_path() if request.method == "GET" else "/"
    to = f"{settings.LOGIN_URL}?{urlencode({'next': back, 'ended': why})}"
    if request.headers.get("HX-Request"):  # htmx would put the log-in page into the form
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return redirect(to)
