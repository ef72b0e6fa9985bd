"""allauth's questions about log-in, answered: nobody signs up, failures are counted and told."""

from dataclasses import replace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from adjuvant.conduct.people.attempts import begin_attempt, pass_attempt
from adjuvant.conduct.people.log_trail import STRANGER, tell
from adjuvant.conduct.people.models import Person
from adjuvant.conduct.people.pages import actor_of, address_of, source_of
from adjuvant.conduct.people.session_age import begin_session

__all__ = ["LoginRules", "known", "log_in_by_link"]


class LoginRules(DefaultAccountAdapter):
    """How this site logs people in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no: persons are invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client, as the proxy names it."""
        return address_of(request) or "0.0.0.0"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at; refuse it where the account is locked."""
        email = str(credentials.get("email", ""))
        self.attempt = begin_attempt("password", email, address_of(request))
        if self.attempt.news:
            stranger = replace(STRANGER, source=source_of(request))
            tell("people.locked_out", by=stranger, at=timezone.now(), account=known(email))
        if self.attempt.locked:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the account of the right e-mail and password; a second factor comes after it."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            pass_attempt(self.attempt)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the trail that a log-in failed."""
        stranger = replace(STRANGER, source=source_of(request))
        account = known(str(credentials.get("email", "")))
        tell("people.log_in_failed", by=stranger, at=timezone.now(), account=account)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Log in after both factors, in a session with a new id that begins now."""
        super().login(request, user)
        note_log_in(request, user, "password and second factor")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the one page that asks for both components."""
        return [{"id": "prove", "description": "", "url": reverse("people:prove")}]


def log_in_by_link(request: HttpRequest, user: Any, how: str) -> None:
    """Log in whoever came by a one-time link, in a session with a new id that begins now."""
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    note_log_in(request, user, how)


def note_log_in(request: HttpRequest, user: Any, how: str) -> None:
    """Start the clocks of a session that has begun, and tell the trail."""
    now = timezone.now()
    begin_session(request, now)
    UserSession.objects.create_from_request(request)  # listed, and ended with the others
    person = Person.objects.filter(user=user).first()
    if person is not None:
        tell("people.log_in", by=actor_of(request, person), at=now, how=how)


def known(email: str) -> str:
    """Return the number of the person whose e-mail was typed; nothing of one that is unknown."""
    person = Person.objects.filter(user__email__iexact=email.strip()).first()
    return person.number if person else "unknown"
