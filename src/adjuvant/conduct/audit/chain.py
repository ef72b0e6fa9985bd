"""The arithmetic of the chain, without a database: canonical texts, commitments, links."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

__all__ = ["GENESIS", "canonical", "commitment", "event_hash"]

GENESIS = "0" * 64
# The fields of an event that its hash covers, in this order; never reordered, only appended.
FIELDS = (
    "seq", "at", "action", "site", "subject", "actor_id", "actor_name", "actor_role",
    "actor_organisation", "source", "protocol_version", "software_version", "meaning",
    "previous_hash",
)  # fmt: skip


def canonical(value: Any) -> str:
    """Return the one text of a value: JSON with sorted keys, dates in ISO, instants in UTC.

    Raises TypeError for a kind of value that no record holds.

    >>> canonical({"b": date(2026, 3, 2), "a": 1.5})
    '{"a":1.5,"b":"2026-03-02"}'
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return "sha256:" + hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def commitment(text: str, salt: str) -> str:
    """Return SHA-256(salt || text), which tells nothing of the text to who lacks the salt.

    salt   32 hexadecimal digits, drawn afresh for every value.

    >>> commitment("52", "00" * 16)[:12]
    '4a2c7a24ab36'
    """
    return hashlib.sha256(bytes.fromhex(salt) + text.encode("utf-8")).hexdigest()


def event_hash(event: Mapping[str, Any], changes: Iterable[tuple[str, str, str, str, str]]) -> str:
    """Return the hash of one link: every field of the event, the hash before, all its changes.

    event     the values of FIELDS; `at` is an instant with its zone.
    changes   (table, row, field, old commitment, new commitment) in their order.
    """
    body = [[_plain(event[name]) for name in FIELDS], [list(change) for change in changes]]
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
