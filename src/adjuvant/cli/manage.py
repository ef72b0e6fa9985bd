"""`adjuvant manage`: upkeep of a site by the person who runs the server."""

from pathlib import Path

import click

from adjuvant.cli.output import print_json, say
from adjuvant.core import UsageError

__all__ = ["manage"]

_STUDY = click.option(
    "--study", type=click.Path(path_type=Path, file_okay=False), default=Path(),
    help="The study folder (default: this one).",
)  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def manage() -> None:
    """Look after a site: tables, a move, files for deployment; each command takes --json."""


@manage.command()
@_STUDY
@click.option("--repair", is_flag=True, help="Put back guards that were taken out; it is told.")
def migrate(study: Path, repair: bool) -> None:
    """Bring the tables and their guards up to date (as the role that owns them)."""
    from adjuvant.conduct.server import open_site

    open_site(study, current=False)
    from adjuvant.conduct.audit.migrate import migrate as bring_up_to_date

    bring_up_to_date(repair=repair)
    click.echo("The tables and their guards are up to date.")


@manage.command()
@_STUDY
@_JSON
def move(study: Path, as_json: bool) -> None:
    """Move a site from SQLite to the empty PostgreSQL database of DATABASE_URL (its owner)."""
    from adjuvant.conduct.server import open_site

    source = study / "site" / "adjuvant.sqlite3"
    if not source.is_file():
        raise UsageError(f"{source} does not exist: this study folder has no site on SQLite")
    open_site(study, current=False)
    from adjuvant.conduct.move import move_to_postgres

    say("Moving every row; the site must not be served meanwhile ...")
    moved = move_to_postgres(source)
    if as_json:
        print_json({"schema": "adjuvant/move/1", "rows": moved.rows, "head": moved.head})
        return
    total = sum(moved.rows.values())
    click.echo(f"Moved {total} rows of {len(moved.rows)} tables; audit head {moved.head[:16]} ...")
    click.echo("Next: adjuvant audit verify, then serve with DATABASE_URL of the server's role.")


@manage.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="The folder to write the files to.",
)  # fmt: skip
@_JSON
def deploy(out: Path, as_json: bool) -> None:
    """Write a systemd unit, a Dockerfile, a compose file and a proxy's settings to start from."""
    from importlib.resources import files

    from adjuvant.cli.whole_folder import whole_folder

    source = files("adjuvant.conduct") / "deploy"
    with whole_folder(out) as folder:
        for entry in source.iterdir():
            (folder / entry.name).write_bytes(entry.read_bytes())
    written = sorted(str(file) for file in out.iterdir())
    if as_json:
        print_json({"schema": "adjuvant/deploy/1", "files": written})
        return
    for name in written:
        click.echo(f"Wrote {name}")
