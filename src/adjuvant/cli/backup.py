"""`adjuvant backup` and `adjuvant restore`: the whole site as one sealed file, and back."""

import os
from pathlib import Path

import click

from adjuvant.cli.key import read_identity, read_recipient
from adjuvant.cli.output import print_json, say

__all__ = ["backup", "restore"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--recipient", "recipients", multiple=True, required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Public key file of who may restore it (adjuvant key); may be given again.",
)  # fmt: skip
@click.option("--study", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def backup(file: Path, recipients: tuple[Path, ...], study: Path, as_json: bool) -> None:
    """Write the site, sealed, to FILE; also while it is served. It is restored once as proof."""
    from adjuvant.conduct.server import open_site

    open_site(study)
    from adjuvant.conduct.backup import back_up

    say("Copying, packing and restoring once as proof ...")
    made = back_up(file, [read_recipient(recipient) for recipient in recipients])
    if as_json:
        facts = {"file": str(made.file), "events": made.events, "head": made.head}
        print_json({"schema": "adjuvant/backup/1", **facts})
        return
    click.echo(f"Wrote {made.file}: {made.events} audit events, head {made.head[:16]} ...")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--identity", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Private key file that the backup is sealed to.",
)  # fmt: skip
@click.option(
    "--to", "study", required=True, type=click.Path(path_type=Path),
    help="The study folder to make.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def restore(file: Path, identity: Path, study: Path, as_json: bool) -> None:
    """Make a study folder of the backup FILE, redact again what was redacted, verify the chain."""
    from adjuvant.conduct.restore import restore as bring_back
    from adjuvant.conduct.server import open_site

    contents = bring_back(
        file, read_identity(identity), study, os.environ.get("DATABASE_OWNER_URL", "")
    )
    open_site(study, current=False)
    from adjuvant.conduct.after_restore import after_restore

    done = list(after_restore())
    if as_json:
        facts = {"folder": str(study), "made_at": contents["made_at"], "done": done}
        print_json({"schema": "adjuvant/restore/1", **facts})
        return
    for line in (f"Restored {study} as it was at {contents['made_at']}.", *done):
        click.echo(line)
