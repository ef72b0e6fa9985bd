"""One-time links: 256 random bits in the address, their SHA-256 in the database."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.people.models import Invitation, Person

__all__ = ["VALID_DAYS", "is_open", "mail_link", "mailbox_of", "make_link", "token_hash"]

VALID_DAYS = 7


def token_hash(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def mailbox_of(email: str) -> str:
    """Return the box that receives this address: lower case, without a +tag.

    >>> mailbox_of("Ward+trial@Example.org")
    'ward@example.org'
    """
    box, _at, domain = email.strip().lower().rpartition("@")
    return f"{box.partition('+')[0]}@{domain}"


def make_link(entry: Entry, person: Person, *, kind: str = "account", at: datetime) -> str:
    """Write a new link for a person within a service; earlier ones that are open are withdrawn.

    Returns   the token, which is kept nowhere.
    """
    for earlier in person.invitations.filter(used_at=None, withdrawn_at=None, kind=kind):
        entry.change(earlier, withdrawn_at=at)
    token = secrets.token_urlsafe(32)
    entry.insert(
        Invitation(
            person=person,
            kind=kind,
            token_sha256=token_hash(token),
            made_at=at,
            expires_at=at + timedelta(days=VALID_DAYS),
        )
    )
    return token


def is_open(link: Invitation, at: datetime) -> bool:
    """Tell whether a link still lets its person in."""
    return link.used_at is None and link.withdrawn_at is None and at < link.expires_at


def mail_link(person: Person, url: str) -> None:
    """Send a person the link; without a mail server the message lies in the site's outbox."""
    facts = {"person": person, "url": url, "study": settings.STUDY_NAME, "days": VALID_DAYS}
    send_mail(
        _("%(study)s: your log-in") % {"study": settings.STUDY_NAME},
        render_to_string("people/mail_link.txt", facts),
        None,
        [person.email],
    )
