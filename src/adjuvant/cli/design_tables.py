"""A design as a person reads it in a terminal."""

from typing import TYPE_CHECKING

import click

from adjuvant.cli.output import print_table
from adjuvant.report.design_words import (
    assumption_rows,
    bound_table,
    checked_cells,
    date_table,
    headline,
    number_rows,
)

if TYPE_CHECKING:
    from adjuvant.report.checked_design import CheckedDesign

__all__ = ["print_design"]


def print_design(checked: "CheckedDesign") -> None:
    """Print headline, assumptions, looks, numbers beside their checks, and warnings."""
    click.secho(headline(checked), bold=True)
    print_table("What is assumed", ("", ""), assumption_rows(checked.design), texts=2)
    print_table("Bounds", *bound_table(checked))
    print_table("When the looks come, and what is crossed by then", *date_table(checked))
    print_table(
        f"By formula, and in {checked.simulated.trials:,} simulated trials (seed "
        f"{checked.simulated.seed})",
        ("", "formula", "simulated", "± error", ""),
        [(name, *checked_cells(number)) for name, number in number_rows(checked)],
        texts=1,
    )
    for warning in checked.warnings:
        click.secho(f"warning ({warning.kind}): ", fg="yellow", nl=False)
        click.echo(f"{warning.found}.\n      hint: {warning.remedy}")
    for note in checked.design.notes:
        click.secho("note: ", fg="cyan", nl=False)
        click.echo(note)
