"""`adjuvant new`: a folder with a protocol of one's own, from a template."""

import re
from importlib.resources import files
from pathlib import Path

import click

from adjuvant.cli.output import print_json
from adjuvant.cli.whole_folder import whole_folder
from adjuvant.core import UsageError

__all__ = ["new"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def _templates() -> dict[str, str]:
    """Return the shipped templates: name -> text of the protocol."""
    folder = files("adjuvant.studies") / "templates"
    return {
        entry.name: (entry / "protocol.yaml").read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if (entry / "protocol.yaml").is_file()
    }


@click.command()
@click.argument("name")
@click.option("--template", default="adjuvant-drug", show_default=True, help="Which to start from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def new(name: str, template: str, as_json: bool) -> None:
    """Start a new trial: make the folder NAME with a protocol.yaml from a template."""
    templates = _templates()
    if template not in templates:
        raise UsageError(f"there is no template {template!r}; choose from {', '.join(templates)}")
    target = Path(name)
    if not _NAME.fullmatch(target.name):
        raise UsageError(
            f"{target.name or name!r} cannot name a trial; begin with a letter and use "
            "letters, digits, - and _ only, 64 at most"
        )
    text = re.sub(
        r"(?m)^(  id: ).*$", lambda m: f"{m[1]}{target.name.upper()}", templates[template], count=1
    )
    with whole_folder(target) as folder:
        (folder / "protocol.yaml").write_text(text, "utf-8")
    if as_json:
        print_json({"schema": "adjuvant/new/1", "folder": str(target), "template": template})
        return
    click.echo(f"Made {target / 'protocol.yaml'} from the template {template}.")
    click.echo(f"Next: cd {target} && adjuvant check")
