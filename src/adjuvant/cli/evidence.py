"""`adjuvant evidence`: check published numbers, rebuild patients from them, pool trials."""

import sys
from pathlib import Path

import click

from adjuvant.cli.output import print_json

__all__ = ["evidence"]


@click.group()
def evidence() -> None:
    """From published numbers back to patients; each command takes --json."""


def published_path(text: str) -> Path:
    """Return the file named, or the printed numbers of a shipped study of that name."""
    from importlib.resources import files

    path = Path(text)
    if not path.exists() and path.name == text and "." not in text:
        shipped = files("adjuvant.studies") / text / "published.yaml"
        if shipped.is_file():
            return Path(str(shipped))
    return path


@evidence.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: str, as_json: bool) -> None:
    """Say whether the printed numbers of FILE (or of a shipped study) can all be true.

    The exit code is 1 when they cannot, 3 when the file cannot be read.
    """
    from adjuvant.evidence import check_published, read_published

    found = check_published(read_published(published_path(file)))
    if as_json:
        print_json(
            {
                "schema": "adjuvant/evidence-check/1",
                "file": file,
                "findings": [f.to_dict() for f in found.findings],
                "notes": [n.to_dict() for n in found.notes],
            }
        )
    else:
        for f in found.findings:
            colour = "red" if f.severity == "impossible" else "yellow"
            click.secho(f"{f.place}: {f.severity} {f.code}: {f.message}", fg=colour)
            click.echo(f"      numbers: {', '.join(f.numbers)}\n      sum: {f.sum}")
            click.echo(f"      allowance: {f.allowance}")
            if f.correction:
                click.echo(f"      likely: {f.correction}")
        for n in found.notes:
            click.secho(f"{n.place}: note: {n.message}", fg="cyan")
        number = len(found.findings)
        click.echo(
            f"{file}: {number} finding{'' if number == 1 else 's'}"
            + ("" if number else "; these numbers can all be true together")
        )
    if found.findings:
        sys.exit(1)
