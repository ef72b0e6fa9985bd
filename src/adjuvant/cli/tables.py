"""Results in the terminal: one table a result, its method, and the Python that makes it."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from adjuvant.cli.output import print_table

if TYPE_CHECKING:
    from adjuvant.analysis.results import Estimate, Result, Results

__all__ = ["print_main_table", "print_results"]


def print_results(results: "Results", *, opening: str | None = None) -> None:
    """Print every result of the plan.

    opening   the Python that opens the study here, in place of the one that the results keep.
    """
    click.secho(results.title, bold=True)
    _print_flags(results)
    for result in results.results:
        _print_result(result, opening)
    click.echo(f"snapshot sha256 {results.snapshot}")


def print_main_table(results: "Results") -> None:
    """Print the table a reader looks for first: events, hazard ratio, p, per endpoint and arm."""
    _print_flags(results)
    rows = []
    for result in results.results:
        if result.type != "cox" or result.order is None:
            continue
        counts = {c.arm: c for c in result.counts}
        for e in result.estimates:
            if e.measure != "hazard_ratio" or e.arm is None or e.versus is None:
                continue
            arm, control = counts[e.arm], counts[e.versus]
            rows.append(
                (
                    f"{result.endpoint_label}: {arm.label} v {control.label}",
                    f"{arm.events}/{arm.n}",
                    f"{control.events}/{control.n}",
                    f"{number(e.value)} ({number(e.lower)}-{number(e.upper)})",
                    p_value(e.p),
                    result.id,
                )
            )
    head = ["endpoint and arms", "events/n", "control", "hazard ratio (95% CI)", "p", "result"]
    print_table(results.title, head, rows)


def number(value: float) -> str:
    """Return a number to five significant digits, a dash where it is not defined."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "not bounded"
    return f"{value:.5g}" if abs(value) < 100 else f"{value:.3f}".rstrip("0").rstrip(".")


def p_value(p: float) -> str:
    """Return p to three decimals, `<0.001` below."""
    if math.isnan(p):
        return "-"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _print_flags(results: "Results") -> None:
    if results.synthetic:
        click.secho("SYNTHETIC patients: not a trial's result.", fg="yellow", bold=True)
    if results.dummy_arms:
        click.secho(
            "DUMMY ARMS: permuted until lock; no comparison is real.", fg="yellow", bold=True
        )
    for note in results.notes:
        click.echo(f"note: {note}")


def _print_result(result: "Result", opening: str | None) -> None:
    counts = ", ".join(
        f"{c.label} {c.n}" if c.events is None else f"{c.label} {c.events}/{c.n}"
        for c in result.counts
    )
    click.echo()
    click.secho(f"{result.id}  {result.endpoint_label or result.type}", bold=True)
    click.echo(
        f"  {result.method}; {result.convention}" if result.convention else f"  {result.method}"
    )
    if counts:
        click.echo(f"  {counts}")
    if result.estimates:
        rows = [_estimate_row(e) for e in result.estimates]
        print_table("", ["estimate", "value", f"{result.level:.0%} CI", "p"], rows)
    for test in result.tests:
        click.echo(
            f"  {test.name}: chi-square {test.chi_square:.5f} on {test.df} df, p {test.p:.3g}"
        )
    for line in _lists(result):
        click.echo(line)
    for note in result.notes:
        click.echo(f"  note: {note}")
    if result.python:
        click.echo("  python:")
        for line in result.python.splitlines():
            opens = opening is not None and line.startswith("study = ")
            click.echo(f"    study = {opening}" if opens else f"    {line}".rstrip())


def _estimate_row(e: "Estimate") -> tuple[str, str, str, str]:
    lower, upper = number(e.lower), number(e.upper)
    if "median" in e.measure and math.isnan(e.upper):
        upper = "not reached"
    limits = f"{lower} to {upper}"
    if math.isnan(e.lower) and math.isnan(e.upper):
        limits = "-"
    value = "not reached" if math.isnan(e.value) and "median" in e.measure else number(e.value)
    return (e.term, value, limits, p_value(e.p))


def _lists(result: "Result") -> Iterator[str]:
    for box in result.flow:
        arm = f" [{box.arm}]" if box.arm else ""
        yield f"  {box.label}{arm}: {'not reported' if box.n is None else box.n}"
        yield from (f"      {why}: {n}" for why, n in box.reasons)
    if result.baseline:
        yield f"  {'':<40}" + "".join(f" {arm:>17}" for arm in result.baseline[0].cells)
    for row in result.baseline:
        name = row.label if row.level is None else f"  {row.level}"
        yield f"  {name:<40}" + "".join(f"{cell:>18}" for cell in row.cells.values())
    for sub in result.subgroups:
        shown = sub.why
        if sub.estimate is not None:
            e = sub.estimate
            shown = f"{number(e.value)} ({number(e.lower)}-{number(e.upper)})"
        yield f"  {sub.factor_label + ': ' + sub.level:<50} {shown}"
