"""A restore: a sealed backup becomes a study folder again, redacted again, with its chain verified.

On PostgreSQL the database named by the owner's URL must exist and be empty.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

from adjuvant.conduct.backup import FORMAT
from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.randomisation import Identity, open_envelope

__all__ = ["check_copy", "restore", "unpack"]


def restore(file: Path, identity: Identity, study: Path, owner_url: str = "") -> Mapping[str, Any]:
    """Make the study folder of a backup; return its list of contents.

    file        the sealed backup; identity  the private key it is sealed to.
    study       the folder to make; it must not exist.
    owner_url   of a PostgreSQL backup: where to, as the owner of an empty database.
    Raises      InvalidInput where the backup is not one, was changed, or the folder exists.
    """
    if study.exists():
        raise InvalidInput(f"{study} exists already and was left alone; name a new folder")
    try:
        packed = open_envelope(file.read_bytes(), identity)
    except OSError as fault:
        raise InvalidInput(f"{file} cannot be read: {fault.strerror}") from None
    aside = study.with_name(f".{study.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    try:
        contents = _fill(packed, aside, owner_url)
        aside.rename(study)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return contents


def _fill(packed: bytes, folder: Path, owner_url: str) -> Mapping[str, Any]:
    """Lay the parts of a backup where a study folder has them."""
    raw = folder / "raw"
    raw.mkdir()
    unpack(packed, raw)
    contents = check_copy(raw)
    site = folder / "site"
    site.mkdir(mode=0o700)
    for part in sorted((raw / "study").iterdir()):
        part.rename(folder / part.name)
    if (raw / "anchors").is_dir():
        (raw / "anchors").rename(site / "anchors")
    shutil.move(raw / "secrets.json", site / "secrets.json")
    (site / "secrets.json").chmod(0o600)
    if contents["database"] == "sqlite":
        (raw / "database.sqlite3").rename(site / "adjuvant.sqlite3")
    else:
        _pg_restore(raw / "database.pgdump", owner_url)
    shutil.rmtree(raw)
    return contents


def unpack(packed: bytes, folder: Path) -> None:
    """Unpack a backup's tar; members that would leave the folder are refused by the filter.

    Raises InvalidInput where it is no tar.
    """
    try:
        with tarfile.open(fileobj=BytesIO(packed), mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
    except tarfile.TarError as fault:
        raise InvalidInput(f"the backup cannot be unpacked: {fault}") from None


def check_copy(folder: Path) -> Mapping[str, Any]:
    """Return the list of contents of an unpacked backup after looking at every part of it.

    Raises InvalidInput where a part is missing, the database is damaged, or its head differs.
    """
    try:
        contents = json.loads((folder / "contents.json").read_text("utf-8"))
    except (OSError, ValueError):
        contents = {}
    if contents.get("format") != FORMAT:
        raise InvalidInput(f"this is no backup of the format {FORMAT}")
    for part in ("secrets.json", "study/protocol.yaml"):
        if not (folder / part).is_file():
            raise InvalidInput(f"the backup lacks {part}; use another backup")
    if contents["database"] == "sqlite":
        _check_sqlite(folder / "database.sqlite3", contents)
    else:
        _run_pg(["pg_restore", "--list", str(folder / "database.pgdump")], {})
    return dict(contents)


def _check_sqlite(file: Path, contents: Mapping[str, Any]) -> None:
    """See that the copy is whole, that its references hold and that its head is the one listed."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
        whole = copy.execute("PRAGMA integrity_check").fetchone()[0]
        dangling = copy.execute("PRAGMA foreign_key_check").fetchone()
        row = copy.execute("SELECT seq, hash FROM audit_head").fetchone() or (0, "")
    if whole != "ok" or dangling:
        raise InvalidInput("the database in the backup is damaged; use another backup")
    if (int(row[0]), str(row[1])) != (contents["events"], contents["head"]):
        raise InvalidInput("the database in the backup is not the one of its list of contents")


def _pg_restore(dump: Path, owner_url: str) -> None:
    """Fill an empty database; one transaction, so that nothing is half-written."""
    if not owner_url:
        raise InvalidInput(
            "this backup is of PostgreSQL: name an empty database with its owner, "
            "DATABASE_OWNER_URL=postgresql://owner@host:port/name"
        )
    command = ["pg_restore", "--single-transaction", "--no-owner", "--exit-on-error",
               "--dbname", owner_url, str(dump)]  # fmt: skip
    _run_pg(command, {})


def _run_pg(command: list[str], extra: Mapping[str, str]) -> None:
    try:
        subprocess.run(
            command, env={**os.environ, **extra}, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise EnvironmentProblem(
            f"{command[0]} is missing; install PostgreSQL's client "
            "(apt-get install postgresql-client)"
        ) from None
    except subprocess.CalledProcessError as fault:
        raise InvalidInput(f"{command[0]} failed: {fault.stderr.strip()}") from None
