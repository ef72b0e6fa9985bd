"""After a restore the chain is shorter than the heads outside: the loss is told, not hidden."""

from datetime import datetime

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.anchors import outside_head, write_outside_head
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.audit.models import Head
from adjuvant.core import StepRefused

__all__ = ["accept_restore"]


def accept_restore(*, by: Actor, at: datetime, reason: str) -> int:
    """Write down that events were lost by a restore, and let the chain go on from where it stands.

    Returns  how many events that had a head outside, or stood before one, were lost.
    Raises   StepRefused if nothing was lost, or no reason is given.

    The heads of the lost events stay in their files; verification leaves them out from here on.
    """
    here, outside = Head.objects.get(pk=1).seq, outside_head()
    if outside is None or outside.seq <= here:
        raise StepRefused(
            "no restore is accepted",
            "the chain is as long as the newest head outside",
            "there is nothing to do",
        )
    if not reason:
        raise StepRefused(
            "the restore is not accepted", "no reason was given", "say what happened and when"
        )
    lost = outside.seq - here
    _tell(here, outside.seq, by=by, at=at, reason=reason)
    write_outside_head("restore", replaces=here)
    return lost


@service("audit.accept_restore")
def _tell(here: int, outside: int, *, entry: Entry, by: Actor, at: datetime) -> None:
    """Accept that events were lost by a restore; the chain goes on from where it stands."""
    entry.note("chain restored to event", here)
    entry.note("newest event known outside", outside)
