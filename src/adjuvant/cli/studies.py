"""`adjuvant studies`: what comes with the package, and a copy of it to work on."""

from collections.abc import Mapping
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

    found, tables = shipped_studies(), _tables()
    if (name is None) != (out is None):
        raise UsageError("to copy a study give both its name and --out FOLDER")
    if name is not None and out is not None:
        if name not in found and name not in tables:
            known = ", ".join((*found, *tables))
            raise UsageError(f"there is no study {name!r}; choose from {known}")
        _copy(name, out)
    if as_json:
        listed = [
            {"name": n, "title": title, "next": f"adjuvant {_what_to_do(n, tables)}"}
            for n, title in {**found, **tables}.items()
        ]
        print_json(
            {
                "schema": "adjuvant/studies/1",
                "studies": listed,
                "copied_to": str(out) if out else None,
            }
        )
    elif out is not None:
        click.echo(f"Copied {name} to {out}.\nNext: adjuvant {_next_of_copy(out)}")
    else:
        rows = [(n, title, _what_to_do(n, tables)) for n, title in {**found, **tables}.items()]
        print_table("Shipped studies", ["name", "title", "next: adjuvant ..."], rows, texts=3)


def _tables() -> dict[str, str]:
    """Return the shipped tables of printed trials: name -> the first line of its README."""
    found = {}
    for folder in files("adjuvant.studies").iterdir():
        if (folder / "trials.csv").is_file():
            head = (folder / "README.md").read_text("utf-8").splitlines()[0]
            title = head.partition(": ")[2]
            found[folder.name] = title[:1].upper() + title[1:]
    return found


def _what_to_do(name: str, tables: Mapping[str, str]) -> str:
    """Return the command that a study is shipped for."""
    if name in tables:
        return f"evidence pool {name}"
    shipped = files("adjuvant.studies") / name
    if (shipped / "data").is_dir():
        return f"report {name} --out report"
    return f"evidence report {name} --out rebuilt"


def _next_of_copy(out: Path) -> str:
    if (out / "trials.csv").is_file():
        options = '--endpoint RFS --endpoint "time to first recurrence" --take latest'
        return f"evidence pool {out / 'trials.csv'} {options}"
    if (out / "data").is_dir():
        return f"analyse {out / 'protocol.yaml'}"
    return f"evidence report {out / 'protocol.yaml'} --out {out.name}-rebuilt"


def _copy(name: str, out: Path) -> None:
    """Copy a shipped study, whole or not at all."""
    with whole_folder(out) as folder, as_file(files("adjuvant.studies") / name) as source:
        copytree(source, folder, dirs_exist_ok=True, ignore=ignore_patterns("__pycache__"))
