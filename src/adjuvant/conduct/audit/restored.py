"""After a restore the chain is shorter than the heads outside: the loss is told, not hidden."""

from datetime import datetime

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.anchors import OutsideHead, outside_heads, standing, write_outside_head
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.audit.signing import public_key
from adjuvant.core import StepRefused

__all__ = ["accept_restore"]


def accept_restore(*, by: Actor, at: datetime, reason: str) -> int:
    """Write down that events were lost by a restore, and let the chain go on from where it stands.

    Returns  how many events after the last one that chain and outside share are known to be lost.
    Raises   StepRefused if nothing was lost, or no reason is given.

    The heads of the lost events stay in their files; verification leaves them out from here on.
    """
    key = public_key()
    heads = [h for h in outside_heads() if isinstance(h, OutsideHead) and h.is_genuine(key)]
    binding = standing(heads)
    held = [h.seq for h in binding if Event.objects.filter(seq=h.seq, hash=h.hash).exists()]
    shared, newest = max(held, default=0), max((h.seq for h in binding), default=0)
    if len(held) == len(binding):
        raise StepRefused(
            "no restore is accepted",
            "every head outside stands in the chain",
            "there is nothing to do",
        )
    if not reason:
        raise StepRefused(
            "the restore is not accepted", "no reason was given", "say what happened and when"
        )
    _tell(shared, newest, by=by, at=at, reason=reason)
    write_outside_head("restore", replaces=shared)
    return newest - shared


@service("audit.accept_restore")
def _tell(shared: int, newest: int, *, entry: Entry, by: Actor, at: datetime) -> None:
    """Accept that events were lost by a restore; the chain goes on from where it stands."""
    entry.note("last event that chain and outside share", shared)
    entry.note("newest event known outside", newest)
