"""The proof of who acts: password and second factor, not older than five minutes."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import Actor
from adjuvant.core import StepRefused

__all__ = ["VALID", "ProofNeeded", "require_proof"]

VALID = timedelta(minutes=5)


class ProofNeeded(StepRefused):
    """The step is a signature, or as grave as one: it asks for both components first."""


def require_proof(by: Actor, at: datetime) -> None:
    """Refuse a step by a person who has not proved within five minutes who they are.

    Raises  ProofNeeded; the web leads to the page that asks for password and second factor.
    Source  21 CFR 11.200(a)(1): two distinct components.
    """
    if by.proved_at is not None and timedelta(0) <= at - by.proved_at <= VALID:
        return
    raise ProofNeeded(
        _("this step is not done"),
        _("it needs a proof of who you are, not older than five minutes"),
        _("give your password and your second factor, then do it again"),
    )
