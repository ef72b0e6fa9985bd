"""`adjuvant demo`: a real randomised adjuvant trial, from its rows to its report."""

from pathlib import Path

import click

from adjuvant.cli.output import print_json, say

__all__ = ["demo"]

_STUDY = "moertel1990"


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"),
    show_default=True, help="Folder for the report; an earlier demo there is replaced.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def demo(out: Path, as_json: bool) -> None:
    """Analyse a real randomised adjuvant trial (929 patients) and write its report."""
    from adjuvant.cli.tables import print_main_table
    from adjuvant.study import Study

    say(f"Analysing {_STUDY}: 929 patients after resection of colon cancer, three arms ...")
    study = Study.open(_STUDY)
    results = study.analyse()
    page = study.report(out, results, replace=True)
    if as_json:
        print_json({**results.to_dict(), "report": str(page)})
        return
    print_main_table(results)
    click.echo(f"The report is {page}\n")
    click.echo("Try next:")
    for command, what in (
        (f"adjuvant analyse {_STUDY}", "every result of the plan, in the terminal"),
        ("adjuvant validate", "the reference cases rerun on this machine"),
        ("adjuvant new my-trial", "a protocol file of your own to start from"),
    ):
        click.echo(f"  {command:<30} {what}")
