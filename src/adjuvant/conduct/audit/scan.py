"""One pass over the chain: every link recomputed, every commitment compared with its text."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from json import JSONEncoder
from typing import Any

from adjuvant.conduct.audit.chain import GENESIS
from adjuvant.conduct.audit.raw_rows import Source, read_rows

__all__ = ["Emptied", "Fault", "Scan", "join_faults", "scan", "scan_span"]

# The same text as chain.event_hash makes, by an encoder that is built once.
_encode = JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_sha256 = hashlib.sha256
PLACES = list(range(100))
NUMBER = 14  # of the fields that the hash covers; then: changes, hash


@dataclass(frozen=True)
class Fault:
    """What does not agree, and at which event; None where it belongs to no event."""

    kind: str
    seq: int | None
    what: str


@dataclass(frozen=True)
class Emptied:
    """A text that is gone: of which change, which side, and the event that it names."""

    seq: int
    change: int
    side: str
    by: int | None


@dataclass
class Scan:
    """What a span of the chain holds."""

    events: int = 0
    first_seq: int = 0
    first_previous: str = GENESIS
    last_seq: int = 0
    last_hash: str = GENESIS
    faults: list[Fault] = field(default_factory=list)
    emptied: list[Emptied] = field(default_factory=list)
    redactions: dict[tuple[int, str], int] = field(default_factory=dict)  # (change, side) -> event
    hashes: dict[int, str] = field(default_factory=dict)  # of the events that were asked for


def scan(events: Iterable[Any], changes: Iterable[Any], wanted: frozenset[int]) -> Scan:
    """Recompute a span; `wanted` are the events whose hashes are compared with outside heads."""
    found = Scan()
    own = _Changes(changes)
    previous: tuple[int, str] | None = None
    for row in events:
        seq, link = row[0], row[-1]
        if previous is None:
            found.first_seq, found.first_previous = seq, row[NUMBER - 1]
        else:
            found.faults += join_faults(previous, seq, row[NUMBER - 1])
        for stray in own.before(seq):
            found.faults.append(Fault("inserted", stray[0], _stray(stray)))
        found.faults += _event_faults(row, own.of(seq), found)
        if seq in wanted:
            found.hashes[seq] = link
        previous = (seq, link)
        found.events += 1
    for stray in own.rest():
        found.faults.append(Fault("inserted", stray[0], _stray(stray)))
    if previous:
        found.last_seq, found.last_hash = previous
    return found


def scan_span(source: Source, span: tuple[int | None, int | None], wanted: frozenset[int]) -> Scan:
    """Scan one span of a database on a connection of its own: the work of one process."""
    with read_rows(source) as rows:
        return scan(rows.events(*span), rows.changes(*span), wanted)


def join_faults(previous: tuple[int, str], seq: int, named: str) -> Iterator[Fault]:
    """Yield what is wrong between two neighbours: a gap, or a link that names another hash."""
    if seq != previous[0] + 1:
        gone = f"{previous[0] + 1}" if seq == previous[0] + 2 else f"{previous[0] + 1} to {seq - 1}"
        yield Fault("missing", previous[0] + 1, f"event {gone} is missing before event {seq}")
    elif named != previous[1]:
        what = f"event {seq} does not follow from event {previous[0]}: the link is broken"
        yield Fault("broken", seq, what)


class _Changes:
    """The changes in the order of their events, taken event by event."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.rows = iter(rows)
        self.next = next(self.rows, None)

    def before(self, seq: int) -> Iterator[Any]:
        while self.next is not None and self.next[0] < seq:
            yield self.next
            self.next = next(self.rows, None)

    def of(self, seq: int) -> list[Any]:
        mine = []
        row = self.next
        while row is not None and row[0] == seq:
            mine.append(row)
            row = next(self.rows, None)
        self.next = row
        return mine

    def rest(self) -> Iterator[Any]:
        while self.next is not None:
            yield self.next
            self.next = next(self.rows, None)


def _stray(change: Any) -> str:
    return f"a change of {change[2]} {change[3]} belongs to event {change[0]}, which does not exist"


def _event_faults(row: Any, mine: list[Any], found: Scan) -> Iterator[Fault]:
    seq = row[0]
    if len(mine) != row[NUMBER]:
        what = f"event {seq} has {len(mine)} changes, not {row[NUMBER]}"
        yield Fault("edited", seq, what)
    elif [change[1] for change in mine] != PLACES[: len(mine)] and not _in_order(mine):
        yield Fault("reordered", seq, f"the changes of event {seq} are not numbered one by one")
    try:
        body = [[seq, _instant(row[1]), *row[2:NUMBER]], [change[2:7] for change in mine]]
        link = _sha256(_encode(body).encode("utf-8")).hexdigest()
    except (AttributeError, LookupError, TypeError, ValueError):
        link = "unreadable"
    if link != row[-1]:
        yield Fault("edited", seq, f"event {seq} or one of its changes was altered")
    for change in mine:
        if not _holds(change):
            yield from _text_faults(change, found)
    if row[2] == "audit.redact":
        for change in mine:
            if change[2] == "audit_text" and str(change[3]).isdigit():
                found.redactions[int(change[3]), change[4]] = seq


def _in_order(mine: list[Any]) -> bool:
    return all(change[1] == place for place, change in enumerate(mine))


def _instant(at: str) -> str:
    """Return the one text of an instant; a spelling that Django never writes is left to fail."""
    if len(at) == 19:
        return f"{at[:10]}T{at[11:]}.000000+00:00"
    if at[10] == " " and at.endswith(".000000"):
        return at
    return f"{at[:10]}T{at[11:]}+00:00"


def _holds(change: Any) -> bool:
    """Tell whether both texts of a change are there and right: what nearly every change is."""
    _, _, _, _, _, old_kept, new_kept, _, _, old, old_salt, new, new_salt, by = change
    return (
        by is None
        and (not old_kept if old is None and old_salt is None else _agrees(old, old_salt, old_kept))
        and _agrees(new, new_salt, new_kept)
    )


def _text_faults(change: Any, found: Scan) -> Iterator[Fault]:
    seq, _, table, row, item, old_kept, new_kept, key, text_of, *texts, by = change
    where = f"{table} {row} {item}".strip()
    if text_of is None:
        yield Fault("missing", seq, f"event {seq}: the text of {where} is missing")
        return
    old, old_salt, new, new_salt = texts
    gone = False
    for side, kept, text, salt in (
        ("old", old_kept, old, old_salt),
        ("new", new_kept, new, new_salt),
    ):
        if text is None:
            if salt is not None:
                yield Fault("edited", seq, f"event {seq}: the {side} text of {where} is missing")
            elif kept:
                gone = True
                found.emptied.append(Emptied(seq, key, side, by))
        elif not _agrees(text, salt, kept):
            what = f"event {seq}: the {side} text of {where} is not the one that was committed"
            yield Fault("edited", seq, what)
    if by is not None and not gone:
        yield Fault("edited", seq, f"event {seq}: {where} names a redaction but is not redacted")


def _agrees(text: Any, salt: Any, kept: str) -> bool:
    try:
        return _sha256(bytes.fromhex(salt) + text.encode("utf-8")).hexdigest() == kept
    except (AttributeError, TypeError, ValueError):
        return False
