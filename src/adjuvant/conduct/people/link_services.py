"""The write door of one-time links: taken up once, by whoever holds them."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.links import is_open, token_hash
from adjuvant.conduct.people.models import Invitation, Person, User
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.queries import person_of
from adjuvant.core import StepRefused

__all__ = ["end_sessions", "enter_training", "link_of", "take_up"]


def link_of(token: str, kind: str, at: datetime) -> Invitation:
    """Return the open link of a token.

    Raises    StepRefused where there is none, or it was used, withdrawn or is too old; which of
              these it is, is not told to a stranger.
    """
    found = (
        Invitation.objects.select_related("person")
        .filter(token_sha256=token_hash(token), kind=kind)
        .first()
    )
    if found is None or not is_open(found, at):
        raise StepRefused(
            _("this link lets nobody in"),
            _("it was used already, is too old, or was replaced by a newer one"),
            _("ask whoever invited you for a new link"),
        )
    return found


@service("people.take_up")
def take_up(*, token: str, password_hash: str, entry: Entry, by: Actor, at: datetime) -> User:
    """Give the invited person an account with this password; earlier factors and sessions end.

    by   the person of the link, who is not logged in yet: holding the link is the permission.
    """
    link = _locked(token, "account", at)
    person = link.person
    entry.change(link, used_at=at)
    user = _account(entry, person)
    User.objects.filter(pk=user.pk).update(password=password_hash, is_active=True)
    Authenticator.objects.filter(user=user).delete()
    entry.note("second_factors", "removed; a new one is chosen at this log-in")
    _end_all(user)
    user.refresh_from_db()
    return user


@service("people.enter_training")
def enter_training(*, token: str, entry: Entry, by: Actor, at: datetime) -> User:
    """Log the person of a training link in at once; on a training site alone."""
    if settings.MODE != "training":
        raise StepRefused(
            _("this link lets nobody in"), _("this is not a training site"), _("log in")
        )
    link = _locked(token, "training", at)
    entry.change(link, used_at=at)
    return _account(entry, link.person)


@service("people.end_sessions")
def end_sessions(*, person: str, keep: str = "", entry: Entry, by: Actor, at: datetime) -> int:
    """End a person's sessions, all but the one of this key; return how many were ended.

    One's own may be ended by oneself, another's by the data manager.
    """
    if person != by.id:
        entry.by = require(by, "people.end_sessions")
    found = person_of(person)
    entry.note("of", person)
    ended = _end_all(found.user, keep=keep) if found.user is not None else 0
    entry.note("sessions", ended)
    return ended


def _locked(token: str, kind: str, at: datetime) -> Invitation:
    """Return the open link of a token, locked: of two who come at once, one gets in."""
    link = link_of(token, kind, at)
    Invitation.objects.select_for_update().get(pk=link.pk)
    return link_of(token, kind, at)


def _account(entry: Entry, person: Person) -> User:
    if person.user is not None:
        return person.user
    user = User.objects.create_user(person.email)
    entry.change(person, user=user)
    return user


def _end_all(user: User, *, keep: str = "") -> int:
    sessions = [s for s in UserSession.objects.filter(user=user) if s.session_key != keep]
    for session in sessions:
        session.end()
    return len(sessions)
