"""The keys of a site, in one file outside the database, readable by the server's account alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from adjuvant.core import EnvironmentProblem, UsageError

__all__ = ["Mode", "Secrets", "make_secrets", "read_secrets"]

Mode = Literal["training", "production"]


@dataclass(frozen=True)
class Secrets:
    """What the server holds: Django's key, the key that signs audit heads, the wristbands' key.

    mode        training or production; never changed after the site was made.
    signing     private Ed25519 key, 64 hexadecimal digits: heads of the audit trail, receipts.
    wristbands  key of the HMAC over hospital numbers, 64 hexadecimal digits.
    """

    mode: Mode
    django: str
    signing: str
    wristbands: str


def make_secrets(file: Path, mode: Mode) -> Secrets:
    """Draw new keys and write them to a file that only its owner may read.

    Raises UsageError if the file exists: a site's keys are never replaced in silence.
    """
    drawn = Secrets(mode, secrets.token_urlsafe(50), secrets.token_hex(32), secrets.token_hex(32))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{file} holds the keys of a site already; they were not touched. "
            "A new site needs a new study folder"
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(drawn), out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return drawn


def read_secrets(file: Path) -> Secrets:
    """Return the keys of a site.

    Raises EnvironmentProblem if the file is missing, open to others or not one of ours.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise EnvironmentProblem(
            f"{file} is missing: this study has no site yet. Make one with "
            "'adjuvant serve --training', or for production 'adjuvant sign' and 'adjuvant serve'"
        ) from None
    if file.stat().st_mode & 0o077:
        raise EnvironmentProblem(f"{file} can be read by others; run: chmod 600 {file}")
    try:
        found = Secrets(**json.loads(text))
    except (ValueError, TypeError) as fault:
        raise EnvironmentProblem(f"{file} is not a file of keys: {fault}") from None
    if found.mode not in get_args(Mode):
        raise EnvironmentProblem(f"{file}: mode {found.mode!r} is neither training nor production")
    return found
