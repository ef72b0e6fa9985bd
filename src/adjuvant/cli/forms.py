"""`adjuvant forms`: the case report forms that the protocol describes."""

from importlib.util import find_spec
from pathlib import Path

import click

from adjuvant.cli.output import print_json
from adjuvant.cli.protocol_file import protocol_path
from adjuvant.core import EnvironmentProblem, InvalidInput

__all__ = ["forms"]


@click.command()
@click.argument("file", default="protocol.yaml")
@click.option(
    "--blank/--annotated", "blank", default=True, show_default=True,
    help="Forms to fill in by hand, or with item names, types, limits and CDISC variables.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="Folder for the forms; it is made.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def forms(file: str, blank: bool, out: Path, as_json: bool) -> None:
    """Write the forms of FILE (default protocol.yaml) as HTML and, with [office], as PDF."""
    from adjuvant.protocol import annotated_forms, as_html, blank_forms, read_protocol, write_pdf
    from adjuvant.protocol.files import write_whole

    protocol = read_protocol(protocol_path(file)).protocol
    if not protocol.forms:
        raise InvalidInput(f"{file} describes no forms; add the part 'forms'")
    document = blank_forms(protocol) if blank else annotated_forms(protocol)
    name = "forms-blank" if blank else "forms-annotated"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise EnvironmentProblem(f"{out} cannot be made: {reason.strerror}") from None
    written = [out / f"{name}.html"]
    write_whole(written[0], as_html(document))
    if find_spec("typst") is not None:
        written.append(out / f"{name}.pdf")
        write_pdf(document, written[1], wide=not blank)
    if as_json:
        print_json({"schema": "adjuvant/forms/1", "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"Wrote {path}")
    if len(written) == 1:
        click.echo("No PDF: run pip install 'adjuvant[office]'")
