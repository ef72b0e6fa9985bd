"""`adjuvant diff`: an amendment in words."""

import sys
from dataclasses import asdict

import click

from adjuvant.cli.output import print_json
from adjuvant.cli.protocol_file import protocol_path

__all__ = ["diff"]

_WHAT = {
    "consent": "the consent text: patients may have to be asked again",
    "forms": "forms",
    "list": "the sealed list: a new one has to be made and committed",
    "analysis": "the analysis plan",
    "schedule": "the schedule",
    "product": "the making or release of the product",
    "safety": "safety",
    "design": "the size of the trial",
}


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diff(before: str, after: str, as_json: bool) -> None:
    """Say in words what changes from the protocol BEFORE to the protocol AFTER.

    Each change names what it touches: consent, forms, list, analysis and so on. The exit code is 0
    when the two say the same and 1 when they differ.
    """
    from adjuvant.protocol import protocol_diff, read_protocol

    changes = protocol_diff(
        read_protocol(protocol_path(before)), read_protocol(protocol_path(after))
    )
    touched = sorted({what for change in changes for what in change.touches})
    if as_json:
        rows = [{**asdict(change), "words": change.in_words()} for change in changes]
        print_json(
            {
                "schema": "adjuvant/diff/1",
                "before": before,
                "after": after,
                "changes": rows,
                "touches": touched,
            }
        )
    else:
        for change in changes:
            click.echo(f"- {change.in_words()}")
        click.echo("The two say the same." if not changes else f"\n{len(changes)} changed.")
        for what in touched:
            click.echo(f"  touches {_WHAT[what]}")
    if changes:
        sys.exit(1)
