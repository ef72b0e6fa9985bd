"""`adjuvant check`: the colleague who reads a protocol before the first patient does."""

import sys
from collections import Counter
from importlib.resources import as_file, files
from pathlib import Path

import click

from adjuvant.cli.output import print_findings, print_json
from adjuvant.core import Finding, ProtocolError

__all__ = ["check"]


@click.command()
@click.argument("file", default="protocol.yaml")
@click.option("--strict", is_flag=True, help="Unconfirmed choices and gaps become errors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: str, strict: bool, as_json: bool) -> None:
    """Check FILE (default protocol.yaml), or a shipped study by its name.

    Every fault is found in one run, with line, column and a hint. The exit code is 1 when there
    is an error, 3 when the file cannot be opened.
    """
    found = _findings(file, strict)
    count = Counter(finding.severity for finding in found)
    if as_json:
        print_json(
            {
                "schema": "adjuvant/check/1",
                "file": file,
                "findings": [finding.to_dict() for finding in found],
                "errors": count["error"],
                "warnings": count["warning"],
                "notes": count["note"],
            }
        )
    else:
        print_findings(found)
        words = [_number(count[kind], kind) for kind in ("error", "warning", "note")]
        click.echo(f"{file}: {', '.join(words)}")
    if count["error"]:
        sys.exit(1)


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _findings(file: str, strict: bool) -> tuple[Finding, ...]:
    from adjuvant.protocol import check_protocol

    path = Path(file)
    if path.is_dir():
        path = path / "protocol.yaml"
    shipped = files("adjuvant.studies") / file / "protocol.yaml"
    if not path.exists() and file.replace("-", "").replace("_", "").isalnum() and shipped.is_file():
        with as_file(shipped) as unpacked:
            found: tuple[Finding, ...] = check_protocol(unpacked, strict=strict)
            return found
    if not path.exists() and file == "protocol.yaml":
        raise ProtocolError(
            "there is no protocol.yaml in this folder; name a file or a shipped study, "
            "or begin one with 'adjuvant new NAME'"
        )
    found = check_protocol(path, strict=strict)
    return found
