"""What a snapshot says about itself, and the hashes that hold it together."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any, Literal

from adjuvant.core import SnapshotError

__all__ = ["SCHEMA", "Manifest", "Signature", "digest", "manifest_of"]

SCHEMA = "adjuvant/snapshot/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Signature:
    """Who, unblinded, opened true arms before the data were locked, when and why.

    >>> Signature("unblinded_statistician", "A. Statistician", "2026-03-05T10:00:00Z", "DSMB").role
    'unblinded_statistician'
    """

    role: str
    name: str
    signed_at: str
    reason: str

    def __post_init__(self) -> None:
        if self.role != "unblinded_statistician":
            raise SnapshotError(
                f"true arms before lock are opened by the unblinded_statistician, not by the "
                f"{self.role!r}; use dummy arms, or have that person sign"
            )
        for key in ("name", "signed_at", "reason"):
            if not getattr(self, key).strip():
                raise SnapshotError(f"the signature lacks {key}; say who, when and why")


@dataclass(frozen=True)
class Manifest:
    """The manifest of a snapshot.

    kind        real, or SYNTHETIC (reconstructed or rehearsed): the two are never mixed.
    arms        true, or dummy (permuted among the subjects, before lock).
    locked      whether the data were locked; true arms before that need a signature.
    files       every file of the folder -> its sha256.
    stored_in   canonical column -> (column, number) in the file it was read from.
    data        the file that was read -> its sha256, where a file was read.
    """

    trial: str
    protocol_version: str
    kind: Literal["real", "SYNTHETIC"]
    arms: Literal["true", "dummy"]
    locked: bool
    subjects: int
    files: Mapping[str, str]
    stored_in: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    signature: Signature | None = None
    created: str | None = None
    made_by: str = field(default_factory=lambda: f"adjuvant {version('adjuvant')}")
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if self.arms == "true" and not self.locked and self.signature is None:
            raise SnapshotError(
                "the data are not locked: true arms are opened only with the signature of the "
                "unblinded statistician. Use dummy arms for a rehearsal of the analysis, or lock "
                "the data first"
            )

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, the same bytes for the same manifest."""
        values = asdict(self)
        ordered = {"schema": values.pop("schema"), **values}
        return (json.dumps(ordered, ensure_ascii=False, indent=2) + "\n").encode()

    @property
    def sha256(self) -> str:
        """The hash that names the snapshot: of the manifest, which holds all others."""
        return digest(self.to_bytes())


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes as hex.

    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def manifest_of(content: bytes, name: str = "manifest.json") -> Manifest:
    """Return the manifest written in `content`; SnapshotError where it is not one.

    >>> manifest_of(b"{}")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.SnapshotError: manifest.json: schema is None; expected ...
    """
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as reason:
        raise SnapshotError(f"{name} is not JSON ({reason}); take the snapshot again") from None
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        found = values.get("schema") if isinstance(values, dict) else None
        raise SnapshotError(f"{name}: schema is {found!r}; expected {SCHEMA!r}")
    try:
        return _manifest(values, name)
    except (TypeError, KeyError, ValueError, AttributeError) as reason:
        raise SnapshotError(f"{name} is incomplete ({reason}); take the snapshot again") from None


def _manifest(values: dict[str, Any], name: str) -> Manifest:
    signature = values.pop("signature", None)
    stored_in = {k: (str(v[0]), int(v[1])) for k, v in values.pop("stored_in").items()}
    manifest = Manifest(
        **values,
        stored_in=stored_in,
        signature=Signature(**signature) if signature is not None else None,
    )
    if manifest.kind not in ("real", "SYNTHETIC") or manifest.arms not in ("true", "dummy"):
        raise SnapshotError(f"{name}: kind {manifest.kind!r} or arms {manifest.arms!r} is unknown")
    if not isinstance(manifest.locked, bool):
        raise SnapshotError(f"{name}: locked is {manifest.locked!r}; expected true or false")
    for file, sha256 in manifest.files.items():
        if not _SHA256.fullmatch(sha256) or "/" in file or "\\" in file or file in (".", ".."):
            raise SnapshotError(f"{name}: {file!r} is not a file of this folder with a sha256")
    return manifest
