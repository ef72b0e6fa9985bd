"""After a restore no slot is told until the database agrees with what is known outside it.

Randomisation is closed while the newest head outside is not in the chain (the database was put
back), and after the loss was accepted until the unblinded statistician has entered the missing
allocations from their receipts and opened it again.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from adjuvant.conduct.allocation.models import Reopening
from adjuvant.conduct.audit.anchors import FILE, OutsideHead
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.audit.signing import public_key

__all__ = ["Outside", "closed_after_restore", "newest_outside"]


@dataclass
class Outside:
    """What the growing file of heads says, read up to `offset`: newest head, newest restore."""

    offset: int = 0
    head: OutsideHead | None = None
    restored_at: str = ""


_READ: dict[Path, Outside] = {}
_LOCK = threading.Lock()


def newest_outside() -> Outside:
    """Return the newest head outside and the newest restore; only new lines are read."""
    file = Path(settings.ANCHORS) / FILE
    with _LOCK:
        known = _READ.get(file)
        if known is None or not file.exists() or file.stat().st_size < known.offset:
            known = _READ[file] = Outside()
        if file.exists():
            with file.open("rb") as lines:
                lines.seek(known.offset)
                new = lines.read()
            whole = new[: new.rfind(b"\n") + 1]  # a line that is being written is read next time
            for line in whole.decode("utf-8").splitlines():
                _take(known, line)
            known.offset += len(whole)
        return Outside(known.offset, known.head, known.restored_at)


def _take(known: Outside, line: str) -> None:
    try:
        head = OutsideHead(**json.loads(line))
    except (ValueError, TypeError):
        return  # a spoiled line is the verification's to tell
    if not head.is_genuine(public_key()):
        return
    if head.replaces is not None:
        known.head, known.restored_at = head, head.at
    elif known.head is None or head.seq >= known.head.seq:
        known.head = head


def closed_after_restore() -> str:
    """Return why no slot may be told after a restore; empty when nothing stands against it."""
    outside = newest_outside()
    if outside.head is not None:
        link = Event.objects.filter(seq=outside.head.seq).values_list("hash", flat=True).first()
        if link != outside.head.hash:
            return "the database was restored and lacks events that are known outside it"
    if outside.restored_at and not Reopening.objects.filter(restore=outside.restored_at).exists():
        return "after the restore the missing allocations are not entered from their receipts yet"
    return ""
