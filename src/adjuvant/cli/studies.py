"""`adjuvant studies`: what comes with the package."""

import click

from adjuvant.cli.output import print_json, print_table

__all__ = ["studies"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def studies(as_json: bool) -> None:
    """List the studies that come with the package."""
    from adjuvant.study import shipped_studies

    found = shipped_studies()
    if as_json:
        rows = [{"name": name, "title": title} for name, title in found.items()]
        print_json({"schema": "adjuvant/studies/1", "studies": rows})
        return
    print_table("Shipped studies", ["name", "title"], [(n, t) for n, t in found.items()], texts=2)
    click.echo("Analyse one: adjuvant analyse NAME")
