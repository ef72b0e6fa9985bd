"""`adjuvant check`: the colleague who reads a protocol before the first patient does."""

import sys
from collections import Counter

import click

from adjuvant.cli.output import print_findings, print_json
from adjuvant.cli.protocol_file import protocol_path
from adjuvant.core import Finding

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
    from adjuvant.protocol import check_protocol

    found: tuple[Finding, ...] = check_protocol(protocol_path(file), strict=strict)
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
