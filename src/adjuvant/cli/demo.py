"""`adjuvant demo`: from a printed page to patients, and from patients to a report."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adjuvant.cli.output import print_json, say

if TYPE_CHECKING:
    from adjuvant.analysis import Results
    from adjuvant.report import EnsembleReport

__all__ = ["demo"]

_PRINTED = "takayama2000"
_REAL = "moertel1990"


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"),
    show_default=True, help="Folder for the two reports; an earlier demo there is replaced.",
)  # fmt: skip
@click.option("--members", default=100, show_default=True, help="How many SYNTHETIC sets.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def demo(out: Path, members: int, as_json: bool) -> None:
    """Rebuild a trial from its printed page, then analyse a real one (929 patients).

    First the reference study, of which only printed numbers are public: they are checked, patients
    that print them are rebuilt (SYNTHETIC), the protocol's plan is carried out on every set. Then
    a trial whose patients are public.
    """
    from adjuvant.cli.tables import print_main_table
    from adjuvant.report import write_ensemble_report
    from adjuvant.report.write import check_place

    for study in (_PRINTED, _REAL):
        check_place(out / study, replace=True)  # before the work, not after it
    # The kernels that rebuild leave Python free: the real trial is analysed meanwhile.
    with ThreadPoolExecutor(1) as beside:
        real = beside.submit(_real, out / _REAL)
        made = _printed(members, as_json)
        results, second = real.result()
    first = write_ensemble_report(made, out / _PRINTED, replace=True)
    if as_json:
        print_json(
            {
                "schema": "adjuvant/demo/1",
                "printed": made.results.to_dict(),
                "real": results.to_dict(),
                "reports": [str(first), str(second)],
            }
        )
        return
    _print_printed(made)
    click.secho(f"{_REAL}: 929 real patients", bold=True)
    print_main_table(results)
    click.secho("Open these two pages:", bold=True)
    click.echo(f"  {first}   from a printed page to patients (SYNTHETIC)")
    click.echo(f"  {second}   a real trial, from its rows to its report\n")
    click.echo("Try next:")
    for command, what in (
        (f"adjuvant analyse {_REAL}", "every result of the plan, in the terminal"),
        ("adjuvant evidence pool sister_trials", "the trials that asked the same question"),
        ("adjuvant new my-trial", "a protocol file of your own to start from"),
    ):
        click.echo(f"  {command:<38} {what}")


def _printed(members: int, quiet: bool) -> "EnsembleReport":
    """Check and rebuild the reference study, and carry out its plan on every set."""
    from adjuvant.cli.ensemble import ensemble_report
    from adjuvant.study import Study

    if not quiet:
        say(
            f"{_PRINTED}: immunotherapy after resection of liver cancer; no patient data are public"
        )
    return ensemble_report(Study.open(_PRINTED), members=members, seed=1, quiet=quiet)


def _print_printed(made: "EnsembleReport") -> None:
    from adjuvant.cli.ensemble import print_checks, print_open, print_printed

    click.secho(f"{_PRINTED}: can the printed numbers be true?", bold=True)
    print_checks(tuple(made.checks))
    print_printed(made)
    click.echo(
        f"{made.trial.rebuilt.complete} of {made.results.members} sets print every number. That "
        "such sets exist is all that this\nshows; what says something is what was not required:"
    )
    print_open(made)


def _real(out: Path) -> "tuple[Results, Path]":
    """Analyse and report the trial whose patients are public."""
    from adjuvant.study import Study

    study = Study.open(_REAL)
    results = study.analyse()
    return results, study.report(out, results, replace=True)
