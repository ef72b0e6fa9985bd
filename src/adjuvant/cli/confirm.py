"""`adjuvant confirm`: a name and a date beside a value that is our choice."""

from datetime import date, datetime
from pathlib import Path

import click

from adjuvant.cli.output import print_json
from adjuvant.core import ProtocolError

__all__ = ["confirm"]


@click.command()
@click.argument("path")
@click.option("--by", required=True, metavar="NAME", help="Who stands for the value.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="DATE",
    help="On which date (default today).",
)  # fmt: skip
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), default=Path("protocol.yaml"),
    show_default=True, help="The protocol; it is changed.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def confirm(path: str, by: str, on: datetime | None, file: Path, as_json: bool) -> None:
    """Confirm the value at PATH, such as population.planned or endpoints.TTR.origin.

    `adjuvant check --strict` lists the paths that wait to be confirmed.
    """
    from adjuvant.protocol import confirm_value

    if not file.is_file():
        raise ProtocolError(f"there is no file {file}; name the protocol with --file")
    day = on.date() if on is not None else date.today()
    confirm_value(file, path, by=by, on=day)
    if as_json:
        print_json(
            {
                "schema": "adjuvant/confirm/1",
                "file": str(file),
                "path": path,
                "by": by,
                "on": day.isoformat(),
            }
        )
        return
    click.echo(f"{path} is confirmed by {by} on {day.isoformat()} in {file}.")
