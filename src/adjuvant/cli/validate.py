"""`adjuvant validate`: rerun reference cases through the public functions, without R."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, print_table

if TYPE_CHECKING:
    from adjuvant.validation import Failure, QuantitySummary, ValidationReport

__all__ = ["validate"]

_LONG_SECONDS = 1.0
_SHOWN = 100


@click.command()
@click.option(
    "--cases", "paths", multiple=True, type=click.Path(), metavar="FILE",
    help="A file of cases (.json or .json.gz), its data beside it; may be given again. "
    "Default: the cases that come with the package.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def validate(ctx: click.Context, paths: tuple[str, ...], as_json: bool) -> None:
    """Rerun reference cases through the public functions, and say which agree.

    Exit 0 when every case agrees, 1 when one fails or is unsupported, 3 for a file that cannot be
    read.
    """
    from adjuvant.validation import validate as rerun

    with _progress() as progress:
        report = rerun(paths, progress=progress)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report, paths)
    ctx.exit(0 if report.ok else 1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Yield what shows progress on a terminal once the work has taken long, None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    begun, bars = perf_counter(), list[Any]()

    def show(done: int, total: int) -> None:
        if not bars and perf_counter() - begun > _LONG_SECONDS:
            bar = click.progressbar(length=total, label="cases", file=sys.stderr)
            bars.append(bar.__enter__())
        for bar in bars:
            bar.update(done - bar.pos)

    try:
        yield show
    finally:
        for bar in bars:
            bar.render_finish()


def _print_report(report: "ValidationReport", paths: tuple[str, ...]) -> None:
    for file in report.files:
        click.echo(f"cases: {file}")
    head = ["quantity", "cases", "agree", "failed", "unsupported", "largest relative error"]
    print_table("Reference cases", head, map(_row, report.quantities))
    for failure in report.failed:
        _print_failure(failure)
    for name, why in report.unsupported.items():
        click.echo(f"unsupported  {name}: {why}")
    counts = f"{len(report.failed)} failed, {len(report.unsupported)} unsupported"
    click.echo(f"{len(report.passed)} passed, {counts}")
    click.echo("python:")
    click.echo("  from adjuvant.validation import validate")
    click.echo(f"  report = validate({list(paths) if paths else ''})")


def _row(summary: "QuantitySummary") -> tuple[str, ...]:
    error = summary.largest_relative_error
    return (
        summary.quantity,
        *map(str, (summary.cases, summary.agree, summary.failed, summary.unsupported)),
        "-" if error is None else f"{error:.1e}",
    )


def _print_failure(failure: "Failure") -> None:
    click.secho(f"FAILED  {failure.id}", fg="red")
    more = f"  (and {failure.mismatches - 1} more values)" if failure.mismatches > 1 else ""
    click.echo(f"  {failure.field}{more}")
    click.echo(f"    expected  {_short(failure.expected)}")
    click.echo(f"    got       {_short(failure.got)}")
    if failure.relative_error is not None:
        click.echo(f"    relative error  {failure.relative_error:.1e}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN or " " in text[:_SHOWN] else text[:_SHOWN] + " ..."
