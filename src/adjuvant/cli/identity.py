"""`adjuvant identity`: open a site's sealed identity list, at the site, away from the server."""

import csv
import json
import os
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.key import read_identity
from adjuvant.cli.output import print_json
from adjuvant.core import EnvironmentProblem, InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.randomisation import Identity

__all__ = ["identity"]

SCHEMA = "adjuvant/identity-list/1"
COLUMNS = ("subject", "name", "birth_date", "telephone", "hospital_number", "sealed_at")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--identity", "key", type=_FILE, required=True, help="The site's private key.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV to be written.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def identity(file: Path, key: Path, out: Path, as_json: bool) -> None:
    """Open FILE, the sealed identity list of a site, with the site's private key.

    Names are written into the CSV alone, which only you can read; nothing is printed.
    """
    rows = opened(_listed(file), read_identity(key))
    _write(out, rows)
    if as_json:
        print_json({"schema": "adjuvant/identity/1", "subjects": len(rows), "out": str(out)})
        return
    click.echo(f"{len(rows)} subjects written to {out}; keep it as you keep patients' files")


def _listed(file: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(file.read_text("utf-8"))
        if found["schema"] != SCHEMA:
            raise KeyError("schema")
        return list(found["lines"])
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError):
        raise InvalidInput(
            f"{file} is no sealed identity list; download it from the page 'Identity list'"
        ) from None


def opened(lines: list[dict[str, Any]], holder: "Identity") -> list[dict[str, str]]:
    """Return the newest line of each subject in clear, in the order of the numbers.

    Raises    InvalidInput for a line that another key seals, or that tells of another subject.
    """
    from adjuvant.randomisation import open_envelope

    newest: dict[str, dict[str, str]] = {}
    for line in lines:
        number = str(line["subject"])
        try:
            told = json.loads(open_envelope(b64decode(line["envelope"]), holder))
        except InvalidInput as fault:
            raise InvalidInput(f"the line of {number} stays closed: {fault}") from None
        if told.get("subject") != number:
            raise InvalidInput(
                f"the line of {number} tells of another subject: the list was altered; "
                "download it again, and tell the data manager"
            )
        newest[number] = {**told, "sealed_at": str(line["at"])}
    return [newest[number] for number in sorted(newest)]


def _write(out: Path, rows: list[dict[str, str]]) -> None:
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{out} exists already; choose another name") from None
    except OSError as fault:
        raise EnvironmentProblem(f"{out} cannot be written: {fault.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
