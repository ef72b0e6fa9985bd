"""`adjuvant audit`: verify the audit trail of a site, and sign its newest link."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json

if TYPE_CHECKING:
    from adjuvant.conduct.audit.verify import Verification

__all__ = ["audit"]

_STUDY = click.option(
    "--study", type=click.Path(path_type=Path, file_okay=False), default=Path(),
    help="The study folder (default: this one).",
)  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def audit() -> None:
    """Verify the audit trail of a site, or sign its newest link; each command takes --json."""


@audit.command()
@_STUDY
@_JSON
def verify(study: Path, as_json: bool) -> None:
    """Recompute every link, compare with the heads outside and with the tables.

    Ends with 1 if anything was edited, removed, added, moved or cut; each fault is named.
    """
    _open(study)
    from adjuvant.conduct.audit.verify import verify_site

    found = verify_site()
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)
    click.get_current_context().exit(0 if found.holds else 1)


@audit.command()
@_STUDY
@_JSON
def head(study: Path, as_json: bool) -> None:
    """Sign the newest link and write it outside the database; print it, to be kept elsewhere."""
    _open(study)
    from dataclasses import asdict

    from adjuvant.conduct.audit.anchors import write_outside_head
    from adjuvant.conduct.audit.signing import public_key

    made = write_outside_head("on demand")
    if as_json:
        print_json({"schema": "adjuvant/audit-head/1", **asdict(made), "public_key": public_key()})
        return
    click.echo(f"event      {made.seq}")
    click.echo(f"hash       {made.hash}")
    click.echo(f"signed at  {made.at}")
    click.echo(f"signature  {made.signature}")
    click.echo(f"public key {public_key()}")


def _open(study: Path) -> None:
    from adjuvant.conduct.server import open_site

    open_site(study)


def _as_json(found: "Verification") -> dict[str, Any]:
    return {
        "schema": "adjuvant/audit-verification/1",
        "holds": found.holds,
        "events": found.events,
        "head": {"event": found.head[0], "hash": found.head[1]},
        "outside_head": found.outside,
        "faults": [
            {"kind": fault.kind, "event": fault.seq, "what": fault.what} for fault in found.faults
        ],
        "redactions": [{"event": gone.seq, "redacted_by": gone.by} for gone in found.redactions],
    }


def _print(found: "Verification") -> None:
    for fault in found.faults:
        place = f"event {fault.seq}" if fault.seq else "the site"
        click.secho(f"{place}: {fault.kind}: {fault.what}", fg="red")
    for gone in found.redactions:
        click.echo(f"event {gone.seq}: a text was redacted by event {gone.by}")
    outside = f"the newest head outside is of event {found.outside}" if found.outside else (
        "no head stands outside"
    )  # fmt: skip
    word = "verified: nothing was altered" if found.holds else f"{len(found.faults)} faults"
    click.echo(f"{found.events} events, newest {found.head[1][:16]} ..., {outside}: {word}.")
