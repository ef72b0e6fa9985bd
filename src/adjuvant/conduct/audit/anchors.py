"""The newest link, signed and written outside the database: who cuts the chain must cut here too.

In the folder of anchors stand `heads.jsonl`, to which each head adds a line, and one file for each
head, `head-000000123.json`, that may be sent away at once. Both are flushed to the disk before the
call returns. A line says which number and hash it is of, why it was written, when, and by which
program; its signature is the site's.
"""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.audit.outside_file import append_line
from adjuvant.conduct.audit.signing import is_signed, public_key, sign_text
from adjuvant.core import InvalidInput

__all__ = [
    "OutsideHead",
    "after_commit",
    "outside_head",
    "outside_heads",
    "standing",
    "start_hourly_heads",
    "write_outside_head",
]

LOG = logging.getLogger("adjuvant.audit")
HOUR = 3600.0
FILE = "heads.jsonl"


@dataclass(frozen=True)
class OutsideHead:
    """One head as it stands outside: event number, its hash, why and when it was written.

    replaces   of a restore: heads above this number, written before it, were lost by the restore.
    """

    seq: int
    hash: str
    why: str
    at: str
    signature: str = ""
    replaces: int | None = None

    def text(self) -> str:
        """Return what is signed: everything but the signature."""
        plain = {name: value for name, value in asdict(self).items() if name != "signature"}
        return "adjuvant outside head " + json.dumps(plain, sort_keys=True, separators=(",", ":"))

    def is_genuine(self, key: str) -> bool:
        """Tell whether the site with this public key signed it."""
        return is_signed(self.text(), self.signature, key)


def write_outside_head(why: str = "on demand", *, replaces: int | None = None) -> OutsideHead:
    """Sign the newest link and write it outside; call it when nothing is left to commit.

    Raises InvalidInput if there is no trail yet, or a transaction is still open: its event could
    vanish again.
    """
    if transaction.get_connection().in_atomic_block:
        raise InvalidInput("an outside head is written after the commit, not before")
    head = Head.objects.filter(pk=1).first()
    if head is None:
        raise InvalidInput("the audit trail has no beginning: run 'adjuvant manage migrate'")
    at = timezone.now().isoformat(timespec="seconds")
    bare = OutsideHead(head.seq, head.hash, why, at, replaces=replaces)
    made = OutsideHead(**asdict(bare) | {"signature": sign_text(bare.text())})
    _keep(settings.ANCHORS, made)
    return made


def after_commit(why: str) -> None:
    """Write an outside head as soon as the open transaction is committed."""
    transaction.on_commit(lambda: write_outside_head(why))


def _keep(folder: Path, head: OutsideHead) -> None:
    line = json.dumps(asdict(head), sort_keys=True)
    append_line(folder / f"head-{head.seq:09d}.json", line)
    append_line(folder / FILE, line)
    if not (folder / "public_key.txt").exists():
        append_line(folder / "public_key.txt", public_key())


def outside_heads(folder: Path | None = None) -> Iterator[OutsideHead | str]:
    """Yield every head that stands outside, in the order of writing; a text for a spoiled line."""
    folder = folder or settings.ANCHORS
    file = folder / FILE
    if file.exists():
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            yield _read(line) or f"{FILE}, line {number}, is no head"
    for single in sorted(folder.glob("head-*.json")):
        for line in single.read_text("utf-8").splitlines():
            yield _read(line) or f"{single.name} is no head"


def _read(line: str) -> OutsideHead | None:
    try:
        found = OutsideHead(**json.loads(line))
    except (ValueError, TypeError):
        return None
    whole = isinstance(found.seq, int) and isinstance(found.signature, str)
    return found if whole and isinstance(found.hash, str) else None


def outside_head(folder: Path | None = None) -> OutsideHead | None:
    """Return the newest head outside that this site signed; None if there is none."""
    key = public_key()
    heads = [h for h in outside_heads(folder) if isinstance(h, OutsideHead) and h.is_genuine(key)]
    return max(standing(heads), key=lambda head: head.seq, default=None)


def standing(heads: list[OutsideHead]) -> list[OutsideHead]:
    """Return the heads that still bind: those that a later restore gave up are left out."""
    kept: list[OutsideHead] = []
    for head in sorted(heads, key=lambda one: (datetime.fromisoformat(one.at), one.seq)):
        if head.replaces is not None:
            limit = head.replaces
            kept = [one for one in kept if one.seq <= limit]
        kept.append(head)
    return kept


def _hourly() -> None:
    """Write the newest head, unless another worker or an allocation has just written it."""
    close_old_connections()
    head = Head.objects.filter(pk=1).first()
    if head and not (settings.ANCHORS / f"head-{head.seq:09d}.json").exists():
        write_outside_head("hourly")


def start_hourly_heads(every: float = HOUR) -> threading.Event:
    """Write an outside head every hour in a thread of this process; setting the event stops it."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(every):
            try:
                _hourly()
            except (DatabaseError, OSError):
                LOG.exception("the hourly head could not be written outside; it is tried again")
            close_old_connections()

    threading.Thread(target=watch, name="hourly-heads", daemon=True).start()
    return stop
