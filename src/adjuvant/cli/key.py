"""`adjuvant key`: a key pair for one person, to whom lists, backups and data are sealed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adjuvant.cli.output import print_json
from adjuvant.core import EnvironmentProblem, InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.randomisation import Identity, Recipient

__all__ = ["key", "read_identity", "read_recipient"]


@click.command()
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True,
    help="Where the private key goes; the public one is written beside it with .pub added.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def key(name: str, out: Path, as_json: bool) -> None:
    """Make a key pair for NAME. The private key stays with that person, outside the server."""
    from adjuvant.randomisation import new_identity

    if not name.strip():
        raise UsageError("a key needs the name of its holder; write it in quotation marks")
    identity = new_identity(name.strip())
    public = out.with_name(out.name + ".pub")
    if public.exists():
        raise UsageError(f"{public} exists already; a key is never replaced. Choose another name")
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{out} exists already; a key is never replaced") from None
    except OSError as fault:
        raise EnvironmentProblem(f"{out} cannot be written: {fault.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{identity.name}\n{identity.secret_text()}\n")
    public.write_text(f"{identity.name}\n{identity.recipient}\n", "utf-8")
    if as_json:
        made = {"name": identity.name, "private": str(out), "public": str(public)}
        print_json({"schema": "adjuvant/key/1", **made})
        return
    click.echo(f"Private key of {identity.name}: {out} (keep it away from the server)")
    click.echo(f"Public key, to be given to others: {public}")


def read_recipient(file: Path) -> "Recipient":
    """Return the recipient whose public key a file holds."""
    from adjuvant.randomisation import Recipient

    name, text = _two_lines(file)
    return Recipient.parse(text, name)


def read_identity(file: Path) -> "Identity":
    """Return the identity whose private key a file holds."""
    from adjuvant.randomisation import Identity

    name, text = _two_lines(file)
    return Identity.parse(text, name)


def _two_lines(file: Path) -> tuple[str, str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"{file} is not a key file: {fault}") from None
    if len(lines) != 2:
        raise InvalidInput(
            f"{file} is not a key file: it has {len(lines)} lines, and a key has two "
            "(name, key). Make one with 'adjuvant key NAME --out FILE'"
        )
    return lines[0], lines[1]
