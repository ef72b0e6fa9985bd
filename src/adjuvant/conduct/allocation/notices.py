"""The notice of an allocation: its signed receipt by e-mail, to those who may know the arm."""

import logging
import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Person
from adjuvant.conduct.people.queries import people_with

__all__ = ["send_receipt"]

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
    message = EmailMessage(f"{mark}{words}", f"{body}\n\n{allocation.receipt}\n", to=to)
    try:
        return bool(to) and message.send() == 1
    except (OSError, smtplib.SMTPException):
        _LOG.exception("receipt not mailed", extra={"facts": {"number": allocation.number}})
        return False
