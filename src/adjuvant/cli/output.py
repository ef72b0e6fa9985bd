"""What every verb prints: one JSON object on stdout, or tables; findings and progress on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from adjuvant.core import Finding, render

__all__ = ["console", "print_findings", "print_json", "print_table", "say"]

_COLOUR = {"error": "red", "warning": "yellow", "note": "cyan"}


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout; full doubles, never NaN."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def say(text: str) -> None:
    """Print a line for a person on stderr, where it cannot spoil a pipe."""
    click.echo(text, err=True)


def print_findings(findings: Iterable[Finding], *, to_stderr: bool = False) -> None:
    """Print findings as a person reads them, coloured where the terminal allows."""
    for finding in findings:
        head, *rest = render(finding).split("\n")
        click.secho(head, fg=_COLOUR[finding.severity], err=to_stderr)
        for line in rest:
            click.echo(line, err=to_stderr)


def console(*, to_stderr: bool = False) -> Any:
    """Return a rich console that is never wider than its terminal and obeys NO_COLOR."""
    from rich.console import Console

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = None if terminal else 110
    return Console(stderr=to_stderr, width=width, highlight=False, soft_wrap=False)


def print_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1
) -> None:
    """Print a table; the first `texts` columns are text, the others are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
    )
    for number, name in enumerate(head):
        table.add_column(Text(name), justify="left" if number < texts else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)
