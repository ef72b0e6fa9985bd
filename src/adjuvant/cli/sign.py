"""`adjuvant sign`: a person approves a protocol for the conduct of the trial with patients."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from adjuvant.cli.output import print_json, say
from adjuvant.core import EnvironmentProblem, ProtocolError

__all__ = ["sign"]


@click.command()
@click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False), default=Path("protocol.yaml")
)
@click.option("--name", required=True, help="Printed name of who signs.")
@click.option("--role", required=True, help="For example: coordinating investigator.")
@click.option("--meaning", default=None, help="What the signature means (default: approval).")
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="The signer's private key; made where there is none (default: in your own settings).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sign(
    file: Path, name: str, role: str, meaning: str | None, key: Path | None, as_json: bool
) -> None:
    """Sign the protocol FILE, so that `adjuvant serve` may open it for patients.

    Refused while a value is unconfirmed, a part is open or the status is not active: see
    `adjuvant check --strict`. The signature is written beside the file, as FILE.signed.json.
    """
    if not file.is_file():
        raise ProtocolError(f"there is no file {file}; name the protocol")
    try:
        from adjuvant.conduct.protocols.signature import (
            MEANING,
            refuse_unready,
            sign_protocol,
            signature_file,
            signing_key,
        )
    except ModuleNotFoundError:
        raise EnvironmentProblem("signing needs the extra: pip install 'adjuvant[web]'") from None
    refuse_unready(file.read_bytes(), str(file))  # before a key is made for nothing
    place = key or Path(click.get_app_dir("adjuvant")) / "signing-key"
    private, made = signing_key(place)
    if made:
        say(f"A signing key was made for you: {place}. Keep it; it signs in your name.")
    signed = sign_protocol(
        file, name=name, role=role, meaning=meaning or MEANING, at=datetime.now(UTC), key=private
    )
    if as_json:
        print_json({**asdict(signed), "schema": "adjuvant/sign/1", "file": str(file)})
        return
    click.echo(f"{file} version {signed.version} is signed by {signed.name}, {signed.role}.")
    click.echo(f'Meaning: "{signed.meaning}", at {signed.signed_at}.')
    click.echo(f"Written to {signature_file(file)}; key {signed.fingerprint}.")
