"""The snapshot, which an analysis reads: a folder of Dataset-JSON, protocol and hashes."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from adjuvant.core import Finding, Place, SnapshotError
from adjuvant.dataset.canonical import Canonical
from adjuvant.dataset.codes import CODES, finding
from adjuvant.dataset.dataset_json import NO_CLOCK, dataset_json_table, dataset_json_text
from adjuvant.dataset.manifest import Manifest, Signature, digest, manifest_of
from adjuvant.dataset.table import Table

__all__ = ["Snapshot", "dummy_arms", "open_snapshot", "packed", "write_snapshot"]

_SUBJECTS, _PROTOCOL, _FINDINGS = "subjects.json", "protocol.yaml", "findings.ndjson"
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Snapshot:
    """The data of a trial at one moment, with the protocol they belong to.

    subjects   one row a subject under canonical names (see `dataset/canonical.py`).
    files      the bytes of every file of the folder but the manifest.
    findings   warnings and notes met when the snapshot was made.
    """

    subjects: Table
    manifest: Manifest
    protocol_text: str
    files: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()

    @property
    def kind(self) -> Literal["real", "SYNTHETIC"]:
        """Real patients, or SYNTHETIC ones."""
        return self.manifest.kind

    @property
    def arms(self) -> Literal["true", "dummy"]:
        """True arms, or dummy ones (permuted, before lock)."""
        return self.manifest.arms

    @property
    def locked(self) -> bool:
        """Whether the data were locked."""
        return self.manifest.locked

    @cached_property
    def sha256(self) -> str:
        """The hash that names this snapshot on every result."""
        return self.manifest.sha256

    @cached_property
    def canonical(self) -> Canonical:
        """The columns with the places they came from."""
        return Canonical(self.subjects.columns, self.manifest.stored_in)

    @property
    def n(self) -> int:
        """Number of subjects."""
        return self.subjects.n


def packed(
    data: Canonical,
    *,
    protocol_text: str,
    trial: str,
    protocol_version: str,
    kind: Literal["real", "SYNTHETIC"],
    arms: Literal["true", "dummy"],
    locked: bool,
    findings: tuple[Finding, ...] = (),
    source: Mapping[str, str] | None = None,
    signature: Signature | None = None,
    created: str | None = None,
) -> Snapshot:
    """Return the snapshot of canonical columns: the same data, the same bytes and hash.

    source    file that was read -> its sha256.
    created   ISO instant that stands in the manifest; None leaves the clock out of it.

    >>> data = Canonical({"subject": ("1",), "arm": ("A",), "kind": ("real",),
    ...                   "source.file": ("t.csv",), "source.line": (2,)})
    >>> packed(data, protocol_text="", trial="T", protocol_version="1", kind="real",
    ...        arms="true", locked=True).n
    1
    """
    types = {n: "date" for n in data.columns if n.startswith("origin.") or n.endswith(".date")}
    table = Table("subjects.json", data.columns, tuple(range(1, data.n + 1)), types=types)
    text = dataset_json_text(
        table,
        name="SUBJECTS",
        label="SYNTHETIC subjects" if kind == "SYNTHETIC" else "Subjects",
        study=trial,
        created=created or NO_CLOCK,
        keys=["subject"],
    )
    files = {
        _SUBJECTS: text.encode(),
        _PROTOCOL: protocol_text.encode(),
        _FINDINGS: _findings_text(findings).encode(),
    }
    manifest = Manifest(
        trial=trial,
        protocol_version=protocol_version,
        kind=kind,
        arms=arms,
        locked=locked,
        subjects=data.n,
        files={name: digest(content) for name, content in files.items()},
        stored_in=data.stored_in,
        data=dict(source or {}),
        signature=signature,
        created=created,
    )
    return _unpacked(files, manifest)


def _unpacked(files: Mapping[str, bytes], manifest: Manifest) -> Snapshot:
    """Return the snapshot that the files hold: always by the reader, so that both ways agree."""
    subjects = dataset_json_table(files[_SUBJECTS], _SUBJECTS)
    for name in ("subject", "arm", "kind", "source.file", "source.line"):
        if name not in subjects.columns:
            raise SnapshotError(f"{_SUBJECTS} has no column {name!r}; take the snapshot again")
    if subjects.n != manifest.subjects:
        raise SnapshotError(
            f"{_SUBJECTS} has {subjects.n} subjects, the manifest says {manifest.subjects}"
        )
    kinds = set(subjects.columns["kind"])
    if kinds != {manifest.kind}:
        found = ", ".join(sorted(map(str, kinds)))
        raise SnapshotError(
            f"{_SUBJECTS} holds rows of kind {found}, the manifest says {manifest.kind}; "
            "SYNTHETIC and real patients are never analysed together"
        )
    return Snapshot(
        subjects,
        manifest,
        files[_PROTOCOL].decode(),
        dict(files),
        _findings_of(files[_FINDINGS]),
    )


def _findings_text(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    keys = ("code", "file", "line", "column", "field", "message", "hint")
    values = [finding.to_dict() for finding in findings]
    columns = {key: tuple(value[key] for value in values) for key in keys}
    table = Table(_FINDINGS, columns, tuple(range(1, len(values) + 1)))
    return dataset_json_text(table, name="FINDINGS", ndjson=True)


def _findings_of(content: bytes) -> tuple[Finding, ...]:
    if not content:
        return ()
    table = dataset_json_table(content, _FINDINGS, ndjson=True)
    rows = zip(*table.columns.values(), strict=True)
    found = []
    for row in rows:
        v = dict(zip(table.columns, row, strict=True))
        if v["code"] not in CODES:
            raise SnapshotError(f"{_FINDINGS} names {v['code']!r}, which is no finding of data")
        place = Place(
            str(v["file"]), int(v["line"] or 0), int(v["column"] or 0), str(v["field"] or "")
        )
        found.append(finding(str(v["code"]), place, str(v["message"]), str(v["hint"] or "")))
    return tuple(found)


def dummy_arms(data: Canonical, rng: np.random.Generator) -> Canonical:
    """Return the data with the arms permuted among the subjects, as every export before lock.

    The treatment received and the strata stay with their subject, but `received` is replaced by
    the dummy arm: it would tell the true one.

    >>> data = Canonical({"subject": ("1", "2"), "arm": ("A", "B")})
    >>> sorted(dummy_arms(data, np.random.default_rng(1)).columns["arm"])
    ['A', 'B']
    """
    arm = data.columns["arm"]
    shuffled = tuple(arm[i] for i in rng.permutation(len(arm)))
    columns = {**data.columns, "arm": shuffled}
    if "received" in columns:
        columns["received"] = shuffled
    return Canonical(columns, data.stored_in)


def write_snapshot(snapshot: Snapshot, folder: Path | str) -> Path:
    """Write the snapshot's folder, whole or not at all, and return it.

    Raises    SnapshotError where the folder exists already, or cannot be written.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, _ = six_patients_snapshot()
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     folder = write_snapshot(snapshot, Path(parent, "snapshot"))
    ...     open_snapshot(folder).sha256 == snapshot.sha256
    True
    """
    folder = Path(folder)
    if folder.exists():
        raise SnapshotError(f"{folder.name} exists already; a snapshot is never overwritten")
    made: str | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)
        os.chmod(made, 0o755)
        for name, content in {**snapshot.files, _MANIFEST: snapshot.manifest.to_bytes()}.items():
            with open(Path(made, name), "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        os.rename(made, folder)
        made = None
    except OSError as reason:
        raise SnapshotError(
            f"{folder.name} cannot be written ({reason.strerror}); nothing was left behind"
        ) from None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
    return folder


def open_snapshot(folder: Path | str) -> Snapshot:
    """Return the snapshot in a folder, after every file was held against its hash.

    Raises    SnapshotError naming the file that is missing, altered, or not of the snapshot; for
              true arms before lock without the unblinded statistician's signature; for rows of
              another kind than the manifest says.

    >>> open_snapshot("no such folder")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.SnapshotError: 'no such folder' is not a snapshot: ...
    """
    folder = Path(folder)
    if not (folder / _MANIFEST).is_file():
        raise SnapshotError(
            f"{folder.name!r} is not a snapshot: {_MANIFEST} is missing; give a folder that "
            "`write_snapshot` made"
        )
    manifest = manifest_of((folder / _MANIFEST).read_bytes())
    present = {path.name for path in folder.iterdir()} - {_MANIFEST}
    for name in (_SUBJECTS, _PROTOCOL, _FINDINGS):
        if name not in manifest.files:
            raise SnapshotError(f"{_MANIFEST} does not list {name}; take the snapshot again")
    missing, extra = set(manifest.files) - present, present - set(manifest.files)
    if missing:
        raise SnapshotError(f"the snapshot lacks {', '.join(sorted(missing))}; it is incomplete")
    if extra:
        raise SnapshotError(
            f"{', '.join(sorted(extra))} is not part of the snapshot; take it out of the folder"
        )
    try:
        files = {name: (folder / name).read_bytes() for name in manifest.files}
    except OSError as reason:
        raise SnapshotError(f"{folder.name} cannot be read ({reason.strerror})") from None
    for name, content in files.items():
        if digest(content) != manifest.files[name]:
            raise SnapshotError(
                f"{name} was altered: its sha256 is {digest(content)[:12]}..., the manifest says "
                f"{manifest.files[name][:12]}...; the snapshot cannot be used"
            )
    return _unpacked(files, manifest)
