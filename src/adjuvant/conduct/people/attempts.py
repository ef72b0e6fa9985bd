"""Lockout: after five failures an account waits, whichever worker process is asked.

Each try is written before the password is looked at, so that parallel tries count each other. An
e-mail that belongs to nobody is treated the same, so that nothing is learnt from being locked out.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from adjuvant.conduct.people.models import Attempt

__all__ = ["FAILURES", "PER_ADDRESS", "WINDOW", "Try", "begin_attempt", "pass_attempt"]

FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=15)
PER_ADDRESS: Final = 300  # failures in the window; a hospital may share one address


@dataclass(frozen=True)
class Try:
    """One try: its row, whether it is locked out, and whether that is news for the trail.

    A lockout is told once in its window: else a stranger could fill the audit trail.
    """

    row: Attempt
    locked: bool
    news: bool


def begin_attempt(kind: str, email: str, ip: str | None) -> Try:
    """Write a try to give a password, a second factor or a proof, and say if it is looked at."""
    now = timezone.now()
    mine = Attempt.objects.create(account=_account(kind, email), ip=ip, at=now)
    # All others, not the earlier alone: of any that come at once, the last to be written sees all.
    others = Attempt.objects.filter(at__gt=now - WINDOW).exclude(pk=mine.pk)
    own = others.filter(account=mine.account)
    passed = own.filter(outcome="passed").order_by("-pk").values_list("pk", flat=True).first()
    failures = own.filter(outcome="failed", pk__gt=passed or 0).count()
    from_here = others.filter(ip=ip, outcome="failed").count() if ip else 0
    if failures < FAILURES and from_here < PER_ADDRESS:
        return Try(mine, False, False)
    news = not own.filter(outcome="refused").exists()
    # A try that was not looked at prolongs no lockout: else anybody could keep it up for ever.
    Attempt.objects.filter(pk=mine.pk).update(outcome="refused")
    return Try(mine, True, news)


def pass_attempt(attempt: Try) -> None:
    """Write down that a try passed; failures before it count no more."""
    Attempt.objects.filter(pk=attempt.row.pk).update(outcome="passed")


def _account(kind: str, email: str) -> str:
    return hashlib.sha256(f"{kind} {email.strip().lower()}".encode()).hexdigest()
