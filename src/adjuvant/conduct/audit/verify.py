"""Verification: every link, every commitment, the head, its signature and the heads outside."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection as default_connection

from adjuvant.conduct.audit.anchors import OutsideHead, outside_heads, standing
from adjuvant.conduct.audit.guards import guard_faults
from adjuvant.conduct.audit.raw_rows import Rows, Source, read_rows, source_of
from adjuvant.conduct.audit.scan import Fault, Scan, join_faults, scan, scan_span
from adjuvant.conduct.audit.signing import head_text, is_signed, public_key
from adjuvant.conduct.audit.state import verify_state

__all__ = ["Fault", "Redaction", "Verification", "verify_chain", "verify_site"]

PARALLEL = 50_000  # events above which other processes are worth their start


@dataclass(frozen=True)
class Redaction:
    """One text that is gone by a redaction: of which event, and which event redacted it."""

    seq: int
    by: int


@dataclass(frozen=True)
class Verification:
    """What was verified and what was found.

    events       links recomputed.
    head         number and hash of the newest link.
    outside      number of the newest head outside that binds; None if there is none.
    faults       empty = nothing was edited, removed, added, moved or cut.
    redactions   texts that are gone, each accounted for by an event of its own.
    """

    events: int
    head: tuple[int, str]
    outside: int | None
    faults: list[Fault] = field(default_factory=list)
    redactions: list[Redaction] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """Tell whether the rows of the trail could be put in order at all."""
        return self.head[0] > 0

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.faults


def verify_chain(
    connection: Any = None, anchors: Path | None = None, key: str | None = None
) -> Verification:
    """Verify the audit trail of a database against itself and against the heads outside.

    connection   a Django connection; None = the site's own.
    anchors      the folder of outside heads; None = the site's own.
    key          the public key that signed; None = that of this site's own keys.
    """
    connection = connection or default_connection
    key = key or public_key()
    heads, faults = _outside(anchors or settings.ANCHORS, key)
    source = source_of(connection)
    with read_rows(source) as rows:
        strange = _strange_numbers(rows)
        if strange:
            return Verification(0, (0, ""), None, [*strange, *faults])
        whole, damage = _scan_all(source, rows, frozenset(head.seq for head in heads))
        faults = [*whole.faults, *_head_faults(rows, whole, key), *faults]
        faults += [*_left_overs(rows), *damage, *_redaction_faults(whole)]
    faults += _outside_faults(heads, whole)
    return Verification(
        whole.events,
        (whole.last_seq, whole.last_hash),
        max((head.seq for head in heads), default=None),
        faults,
        [Redaction(gone.seq, gone.by) for gone in whole.emptied if gone.by is not None],
    )


def verify_site() -> Verification:
    """Verify all of a site: the chain, the state of every guarded table, and the guards."""
    chain = verify_chain()
    guards = [Fault("guard", None, fault) for fault in guard_faults(default_connection)]
    # Where the chain itself is broken, the state that it tells of means nothing.
    state = verify_state(default_connection) if chain.readable else []
    return replace(chain, faults=[*chain.faults, *guards, *state])


def _outside(folder: Path, key: str) -> tuple[list[OutsideHead], list[Fault]]:
    genuine: list[OutsideHead] = []
    faults = []
    for head in dict.fromkeys(outside_heads(folder)):
        if isinstance(head, str):
            faults.append(Fault("outside", None, head))
        elif not head.is_genuine(key):
            faults.append(
                Fault("outside", head.seq, f"outside head {head.seq} is not signed by us")
            )
        else:
            genuine.append(head)
    return standing(genuine), faults


def _strange_numbers(rows: Rows) -> list[Fault]:
    """SQLite keeps any kind of value anywhere; what is no number cannot be put in order."""
    if rows.vendor != "sqlite":
        return []
    columns = (
        ("audit_event", "seq"), ("audit_event", "changes"), ("audit_change", "id"),
        ("audit_change", "seq"), ("audit_change", "position"), ("audit_text", "change_id"),
    )  # fmt: skip
    return [
        Fault("edited", None, f"{table}.{column} holds {count} values that are no number")
        for table, column in columns
        if (
            count := rows.all(f"SELECT count(*) FROM {table} WHERE typeof({column}) <> 'integer'")[
                0
            ][0]
        )
    ]


def _scan_all(source: Source, rows: Rows, wanted: frozenset[int]) -> tuple[Scan, list[Fault]]:
    """Scan the chain, and look for damage of the file; on several cores where the trail is long.

    The other processes see the database a moment later than this one, while the site writes on: so
    what they find wrong is looked at again, in the one snapshot that is open here.
    """
    last = rows.all("SELECT coalesce(max(seq), 0) FROM audit_event")[0][0]
    workers = min(4, os.cpu_count() or 1)
    if last >= PARALLEL and workers > 1:
        ends = [last * part // workers for part in range(workers + 1)]
        spans = [(low + 1 if low else None, high) for low, high in pairwise(ends)]
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            parts = [pool.submit(scan_span, source, span, wanted) for span in spans]
            damage = list(_damage(rows))
            whole = _joined([part.result() for part in parts])
        beyond = rows.all(f"SELECT count(*) FROM audit_change WHERE seq > {int(last)}")[0][0]
        if not whole.faults and not beyond and not list(_redaction_faults(whole)):
            return whole, damage
    return _joined([scan(rows.events(), rows.changes(), wanted)]), list(_damage(rows))


def _joined(spans: Sequence[Scan]) -> Scan:
    whole = Scan(first_seq=0)
    for span in spans:
        whole.faults += span.faults
        whole.emptied += span.emptied
        whole.redactions |= span.redactions
        whole.hashes |= span.hashes
        if span.events:
            before = (whole.last_seq, whole.last_hash)
            whole.faults += join_faults(before, span.first_seq, span.first_previous)
            whole.last_seq, whole.last_hash = span.last_seq, span.last_hash
            whole.events += span.events
    return whole


def _head_faults(rows: Rows, whole: Scan, key: str) -> Iterator[Fault]:
    heads = rows.all("SELECT id, seq, hash, signature FROM audit_head ORDER BY id")
    if len(heads) != 1 or heads[0][0] != 1:
        yield Fault("head", None, f"there are {len(heads)} heads, not one")
        return
    _, seq, link, signature = heads[0]
    if not is_signed(head_text(seq, link), signature, key):
        yield Fault("head", seq, "the head in the database is not signed by this site")
    if seq > whole.last_seq:
        what = f"the chain was cut: it ends at event {whole.last_seq}, the head is event {seq}"
        yield Fault("cut", whole.last_seq + 1, what)
    elif seq < whole.last_seq:
        yield Fault("inserted", seq + 1, f"events after {seq} were added past the head")
    elif link != whole.last_hash:
        yield Fault("head", seq, f"the head is not the hash of event {seq}")


def _left_overs(rows: Rows) -> Iterator[Fault]:
    lone = rows.all(
        "SELECT t.change_id FROM audit_text t LEFT JOIN audit_change c ON c.id = t.change_id "
        "WHERE c.id IS NULL ORDER BY t.change_id LIMIT 100"
    )
    for (change,) in lone:
        yield Fault(
            "inserted", None, f"a text stands beside the change {change}, that is not there"
        )
    for table, row in rows.all('SELECT "table", "row" FROM audit_pending LIMIT 100'):
        yield Fault("unaudited", None, f"{table} {row} was written outside the audit trail")


def _damage(rows: Rows) -> Iterator[Fault]:
    """An index that disagrees with its table hides rows from some questions and not from others."""
    if rows.vendor == "sqlite":
        for (word,) in rows.all("PRAGMA integrity_check(20)"):
            if word != "ok":
                yield Fault("damaged", None, f"the database file is damaged: {word}")


def _redaction_faults(whole: Scan) -> Iterator[Fault]:
    """A text may only be gone by an event that says so; and what it redacted must stay gone."""
    last: dict[int, int] = {}
    for (change, _), event in whole.redactions.items():
        last[change] = max(last.get(change, 0), event)
    gone = {(text.change, text.side) for text in whole.emptied}
    for text in whole.emptied:
        if (text.change, text.side) not in whole.redactions:
            what = f"event {text.seq}: a text was removed without a redaction"
            yield Fault("edited", text.seq, what)
        elif text.by != last[text.change]:
            what = f"event {text.seq}: a redacted text names event {text.by}, not its redaction"
            yield Fault("edited", text.seq, what)
    for (change, side), event in whole.redactions.items():
        if (change, side) not in gone:
            what = f"event {event} redacted the {side} text of change {change}, which is back"
            yield Fault("redaction_undone", event, what)


def _outside_faults(heads: Sequence[OutsideHead], whole: Scan) -> Iterator[Fault]:
    newest = max((head.seq for head in heads), default=0)
    if newest > whole.last_seq:
        what = f"the chain ends at event {whole.last_seq}, a head outside was signed at {newest}"
        yield Fault("behind_outside_head", whole.last_seq + 1, what)
    for seq, link in sorted({(head.seq, head.hash) for head in heads}):
        if seq <= whole.last_seq and whole.hashes.get(seq) != link:
            yield Fault("rewritten", seq, f"event {seq} is not the one that was signed outside")
