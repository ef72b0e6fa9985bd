"""One link is put on the chain: the event, its changes, their texts, and the head that moves."""

import secrets
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from adjuvant.conduct.audit.chain import FIELDS, GENESIS, commitment, event_hash
from adjuvant.conduct.audit.models import Change, Event, Head, Text
from adjuvant.conduct.audit.signing import sign_head

__all__ = ["Item", "append_link"]

SOFTWARE = version("adjuvant")
Item = tuple[str, str, str, str | None, str | None]  # table, row, field, old, new
Committed = tuple[str, str, str, str, str]  # table, row, field, old and new commitment


def append_link(told: dict[str, Any], items: Sequence[Item]) -> Event:
    """Append one event inside the transaction that is open; the head's row is locked until its end.

    told   the fields of the event but for its number, its program and the hash before it.
    """
    head = Head.objects.select_for_update().filter(pk=1).first()
    seq, previous = (head.seq + 1, head.hash) if head else (1, GENESIS)
    known = told | {"seq": seq, "software_version": SOFTWARE, "previous_hash": previous}
    values = {name: known[name] for name in FIELDS}
    salted = [_salted(item) for item in items]
    link = event_hash(values, [row for row, _ in salted])
    event = Event.objects.create(**values, changes=len(items), hash=link)
    _write_changes(event, salted)
    moved = {"seq": seq, "hash": link, "signature": sign_head(seq, link)}
    if head:
        Head.objects.filter(pk=1).update(**moved)
    else:
        Head.objects.create(pk=1, **moved)
    return event


def _salted(item: Item) -> tuple[Committed, dict[str, str | None]]:
    """Return an item as it stands in the chain (commitments), and its texts with their salts."""
    table, row, field, old, new = item
    texts: dict[str, str | None] = {"old": old, "new": new, "old_salt": None, "new_salt": None}
    commitments = ["", ""]
    for position, (side, text) in enumerate((("old", old), ("new", new))):
        if text is not None:
            salt = secrets.token_hex(16)
            texts[f"{side}_salt"] = salt
            commitments[position] = commitment(text, salt)
    return (table, row, field, commitments[0], commitments[1]), texts


def _write_changes(event: Event, salted: Sequence[tuple[Committed, dict[str, str | None]]]) -> None:
    changes = Change.objects.bulk_create(
        (
            Change(event=event, position=position, table=table, row=row, field=field,
                   old_commitment=old, new_commitment=new)
            for position, ((table, row, field, old, new), _) in enumerate(salted)
        ),
        batch_size=100,
    )  # fmt: skip
    texts = (Text(change=c, **texts) for c, (_, texts) in zip(changes, salted, strict=True))
    Text.objects.bulk_create(texts, batch_size=100)
