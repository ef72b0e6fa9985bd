"""`adjuvant usdm`: exchange of a protocol with systems that speak USDM 4.0."""

import json
from pathlib import Path

import click

from adjuvant.cli.output import print_json, say
from adjuvant.cli.protocol_file import protocol_path
from adjuvant.core import InvalidInput

__all__ = ["usdm"]


@click.command()
@click.argument("file", default="protocol.yaml")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result there rather than to the terminal.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was done.")
def usdm(file: str, out: Path | None, as_json: bool) -> None:
    """Turn a protocol into USDM 4.0 JSON (CDISC), or a USDM file into the start of a protocol.

    FILE (default protocol.yaml) is a protocol or a shipped study; a name that ends in .json is a
    USDM file, of which arms, visits, activities and criteria are read.
    """
    from adjuvant.protocol.files import write_whole

    imports = file.lower().endswith(".json")
    text = _protocol_of(Path(file)) if imports else _study_of(file)
    if out is not None:
        if imports and out.exists():
            raise InvalidInput(f"{out} exists already and was left alone; choose another name")
        write_whole(out, text)
        say(f"Wrote {out}" + (f"; 'adjuvant check {out}' says what is to be added" * imports))
    if as_json:
        where = None if out is None else str(out)
        print_json({"schema": "adjuvant/usdm/1", "file": file, "out": where, "text": text})
    elif out is None:
        click.echo(text, nl=False)


def _study_of(file: str) -> str:
    from adjuvant.protocol import read_protocol
    from adjuvant.standards.usdm_export import usdm_study

    study = usdm_study(read_protocol(protocol_path(file)).protocol)
    return json.dumps(study, indent=1, ensure_ascii=False) + "\n"


def _protocol_of(path: Path) -> str:
    from adjuvant.protocol import protocol_text
    from adjuvant.standards.usdm_import import protocol_parts

    try:
        wrapper = json.loads(path.read_text("utf-8"))
    except OSError as reason:
        raise InvalidInput(f"{path} cannot be opened: {reason.strerror}") from None
    except (ValueError, RecursionError) as reason:
        raise InvalidInput(f"{path} is not JSON ({reason}); export it again") from None
    text: str = protocol_text(protocol_parts(wrapper))
    return text
