"""`adjuvant studies`: what comes with the package, and a copy of it to work on."""

from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import click

from adjuvant.cli.output import print_json, print_table
from adjuvant.cli.whole_folder import whole_folder
from adjuvant.core import UsageError

__all__ = ["studies"]


@click.command()
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Copy the study NAME there: protocol, data, licence, published numbers.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def studies(name: str | None, out: Path | None, as_json: bool) -> None:
    """List the studies that come with the package, or copy one (NAME --out FOLDER)."""
    from adjuvant.study import shipped_studies

    found = shipped_studies()
    if (name is None) != (out is None):
        raise UsageError("to copy a study give both its name and --out FOLDER")
    if name is not None and out is not None:
        if name not in found:
            raise UsageError(f"there is no study {name!r}; choose from {', '.join(found)}")
        _copy(name, out)
    if as_json:
        listed = [{"name": n, "title": title} for n, title in found.items()]
        print_json(
            {
                "schema": "adjuvant/studies/1",
                "studies": listed,
                "copied_to": str(out) if out else None,
            }
        )
    elif out is not None:
        click.echo(f"Copied {name} to {out}.\nNext: adjuvant analyse {out / 'protocol.yaml'}")
    else:
        rows = list(found.items())
        print_table("Shipped studies", ["name", "title"], rows, texts=2)
        click.echo("Analyse one: adjuvant analyse NAME")


def _copy(name: str, out: Path) -> None:
    """Copy a shipped study, whole or not at all."""
    with whole_folder(out) as folder, as_file(files("adjuvant.studies") / name) as source:
        copytree(source, folder, dirs_exist_ok=True, ignore=ignore_patterns("__pycache__"))
