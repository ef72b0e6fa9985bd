"""`adjuvant explain`: a protocol as prose, for those who decide about it."""

from pathlib import Path

import click

from adjuvant.cli.output import print_json, say
from adjuvant.cli.protocol_file import protocol_path

__all__ = ["explain"]


@click.command()
@click.argument("file", default="protocol.yaml")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="Write one page there, to read, print and send: HTML, or PDF for a name in .pdf.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(file: str, out: Path | None, as_json: bool) -> None:
    """Explain FILE (default protocol.yaml) as prose with a schedule-of-activities table.

    Without --out the text is printed. The page holds the SPIRIT 2025 checklist with the place of
    each answer, and every value that nobody has confirmed yet.
    """
    from adjuvant.protocol import as_html, as_text, read_protocol, write_pdf
    from adjuvant.protocol.explain import explain as explained
    from adjuvant.protocol.files import write_whole

    document = explained(read_protocol(protocol_path(file)))
    if out is not None and out.suffix.lower() == ".pdf":
        write_pdf(document, out)
    elif out is not None:
        write_whole(out, as_html(document))
    if as_json:
        sections = [{"title": s.title, "anchor": s.anchor} for s in document.sections]
        page = None if out is None else str(out)
        print_json(
            {"schema": "adjuvant/explain/1", "file": file, "page": page, "sections": sections}
        )
    elif out is None:
        click.echo(as_text(document))
    if out is not None:
        say(f"The page is {out}")
