"""`adjuvant report`: the trial report of a study, a protocol or a snapshot."""

from pathlib import Path

import click

from adjuvant.cli.output import print_json

__all__ = ["report"]


@click.command()
@click.argument("what")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="Folder for report.html, figures and results.json; it appears whole or not at all.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace an earlier report in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(what: str, out: Path, replace: bool, as_json: bool) -> None:
    """Write the report of WHAT: a protocol file, a snapshot folder, or a shipped study's name."""
    from adjuvant.study import Study

    page = Study.open(what).report(out, replace=replace)
    if as_json:
        print_json({"schema": "adjuvant/report/1", "report": str(page), "folder": str(out)})
    else:
        click.echo(f"The report is {page}")
