"""The notice of an allocation: its signed receipt by e-mail, to those who may know the arm."""

import logging
import smtplib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Person
from adjuvant.conduct.people.queries import people_with

__all__ = ["send_receipt", "tell_of_disclosure"]

_LOG = logging.getLogger("adjuvant.allocation")


def send_receipt(allocation: Any) -> bool:
    """Mail the receipt to who randomised and to the site's principal investigator.

    Returns whether it went; a mail server that is down is logged and never undoes an allocation,
    whose receipt stays on its page.
    """
    site = allocation.subject.site.code
    heads = people_with("principal_investigator", site, timezone.localdate())
    who = Person.objects.filter(number=allocation.by_number)
    to = sorted({person.email for person in (*who, *heads)})
    words = _("Receipt of allocation %(n)d: %(subject)s") % {
        "n": allocation.number, "subject": allocation.subject.number,
    }  # fmt: skip
    mark = "TRAINING " if settings.MODE == "training" else ""
    body = _("Keep this message: the two lines prove the allocation.")
    return _send(f"{mark}{words}", f"{body}\n\n{allocation.receipt}\n", to, allocation.number)


def tell_of_disclosure(allocation: Any, at: datetime) -> bool:
    """Tell data manager and pharmacovigilance that an arm was disclosed; never which.

    Returns whether it went.
    """
    roles = ("data_manager", "pharmacovigilance")
    people = [one for role in roles for one in people_with(role, None, timezone.localdate())]
    subject = allocation.subject.number
    words = _("The arm of %(subject)s was disclosed in an emergency") % {"subject": subject}
    body = _("At %(at)s UTC, by %(site)s. The arm is not named here.") % {
        "at": f"{at:%Y-%m-%d %H:%M}", "site": allocation.subject.site.code,
    }  # fmt: skip
    return _send(words, body, sorted({one.email for one in people}), allocation.number)


def _send(words: str, body: str, to: list[str], number: int) -> bool:
    message = EmailMessage(words, body, to=to)
    try:
        return bool(to) and message.send() == 1
    except (OSError, smtplib.SMTPException):
        _LOG.exception("notice not mailed", extra={"facts": {"number": number}})
        return False
