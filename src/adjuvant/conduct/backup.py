"""A backup: the whole site as one file, sealed to a key, and restored once before it counts.

It holds the database (SQLite by its backup API, PostgreSQL by pg_dump: both see one instant), the
protocol with its signature, the signed audit heads and the site's keys. Nothing stands in it in
clear: it is sealed to the public key of whoever may restore.
"""

import io
import json
import os
import sqlite3
import subprocess
import tarfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.randomisation import Recipient, seal

__all__ = ["FORMAT", "Backup", "back_up"]

FORMAT = "adjuvant-backup/1"


@dataclass(frozen=True)
class Backup:
    """What a backup holds, as its own list of contents says."""

    file: Path
    made_at: datetime
    events: int
    head: str


def back_up(file: Path, recipients: Sequence[Recipient]) -> Backup:
    """Write a sealed backup of the site whose settings are loaded, and prove that it restores.

    Raises InvalidInput where the file exists or the copy does not verify; EnvironmentProblem where
    pg_dump is missing or fails. A half-written backup never has the name asked for.
    """
    from django.conf import settings

    if file.exists():
        raise InvalidInput(f"{file} exists already; a backup never replaces another")
    with TemporaryDirectory(prefix="adjuvant-backup-") as folder:
        inside = Path(folder) / "site"
        inside.mkdir(mode=0o700)
        kind = _copy_database(inside)
        made_at = datetime.now(UTC)
        events, head = _head_of(inside, kind)
        contents = {
            "format": FORMAT,
            "made_at": made_at.isoformat(timespec="seconds"),
            "software": version("adjuvant"),
            "database": kind,
            "events": events,
            "head": head,
        }
        (inside / "contents.json").write_text(json.dumps(contents, indent=1), "utf-8")
        packed = _packed(inside, settings.STUDY, settings.ANCHORS, settings.SECRETS_FILE)
    _prove(packed)
    _write_whole(file, seal(packed, recipients))
    return Backup(file, made_at, events, head)


def _copy_database(inside: Path) -> str:
    """Copy the database as it is at one instant; return which kind it is."""
    from django.db import connection

    if connection.vendor == "sqlite":
        source = sqlite3.connect(connection.settings_dict["NAME"])
        with closing(source), closing(sqlite3.connect(inside / "database.sqlite3")) as copy:
            source.backup(copy)
        return "sqlite"
    wanted = connection.settings_dict
    command: list[str | Path] = [
        "pg_dump",
        "--no-privileges",
        "--format=custom",
        "--no-owner",
        "--file",
        inside / "database.pgdump",
    ]
    environment = {
        **os.environ,
        "PGHOST": wanted["HOST"], "PGPORT": str(wanted["PORT"] or 5432),
        "PGUSER": wanted["USER"], "PGPASSWORD": wanted["PASSWORD"], "PGDATABASE": wanted["NAME"],
    }  # fmt: skip
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise EnvironmentProblem(
            "pg_dump is missing; install PostgreSQL's client (apt-get install postgresql-client)"
        ) from None
    except subprocess.CalledProcessError as fault:
        raise EnvironmentProblem(f"pg_dump failed: {fault.stderr.strip()}") from None
    return "postgresql"


def _head_of(inside: Path, kind: str) -> tuple[int, str]:
    """Return the newest link of the copy (of PostgreSQL: of the server, after the copy)."""
    if kind == "sqlite":
        with closing(sqlite3.connect(inside / "database.sqlite3")) as copy:
            row = copy.execute("SELECT seq, hash FROM audit_head").fetchone()
    else:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, hash FROM audit_head")
            row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _packed(inside: Path, study: Path, anchors: Path, secrets: Path) -> bytes:
    """Return the tar of all that a site needs to live again elsewhere."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as tar:
        for file in sorted(inside.iterdir()):
            tar.add(file, file.name)
        for file in sorted(study.glob("protocol.yaml*")):
            tar.add(file, f"study/{file.name}")
        if anchors.is_dir():
            tar.add(anchors, "anchors")
        tar.add(secrets, "secrets.json")
    return memory.getvalue()


def _prove(packed: bytes) -> None:
    """Unpack the backup elsewhere and look: a copy that cannot be restored is no backup."""
    from adjuvant.conduct.restore import check_copy, unpack

    with TemporaryDirectory(prefix="adjuvant-proof-") as folder:
        unpack(packed, Path(folder))
        check_copy(Path(folder))


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        aside.rename(file)
    except OSError as fault:
        aside.unlink(missing_ok=True)
        raise EnvironmentProblem(f"{file} cannot be written: {fault.strerror}") from None
