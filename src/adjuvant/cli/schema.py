"""`adjuvant schema`: the protocol format as JSON Schema, for editors."""

import json
from pathlib import Path

import click

from adjuvant.cli.output import say

__all__ = ["schema"]


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@click.option("--json", "as_json", is_flag=True, help="Print the schema (this is the default).")
def schema(out: Path | None, as_json: bool) -> None:
    """Print the JSON Schema of the protocol format.

    In an editor that reads YAML with schemas, the first line of a protocol names it:

    \b
      # yaml-language-server: $schema=adjuvant.schema.json
    """
    from adjuvant.protocol import json_schema
    from adjuvant.protocol.files import write_whole

    text = json.dumps(json_schema(), indent=1, ensure_ascii=False)
    if out is not None:
        write_whole(out, text + "\n")
        say(f"The schema is {out}")
    if out is None or as_json:
        click.echo(text)
