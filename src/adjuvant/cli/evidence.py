"""`adjuvant evidence`: check published numbers, rebuild patients from them, pool trials."""

import sys
from pathlib import Path
from typing import Any

import click

from adjuvant.cli.evidence_pool import pool
from adjuvant.cli.output import print_json
from adjuvant.cli.progress import moving
from adjuvant.core import EnvironmentProblem

__all__ = ["evidence"]


@click.group()
def evidence() -> None:
    """From published numbers back to patients; each command takes --json."""


def published_path(text: str) -> Path:
    """Return the file named, or the printed numbers of a shipped study, or a copy of them.

    `takayama2000` names the study's own numbers, `takayama2000/web_page` a text that restates them.
    """
    from importlib.resources import files

    path = Path(text)
    if not path.exists() and "." not in text and not path.is_absolute():
        study, _, copy = text.partition("/")
        inside = f"copies/{copy}.yaml" if copy else "published.yaml"
        shipped = files("adjuvant.studies") / study / inside
        if shipped.is_file():
            return Path(str(shipped))
    return path


@evidence.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: str, as_json: bool) -> None:
    """Say whether the printed numbers of FILE (or of a shipped study) can all be true.

    The exit code is 1 when they cannot, 3 when the file cannot be read.
    """
    from adjuvant.evidence import check_published, read_published

    found = check_published(read_published(published_path(file)))
    if as_json:
        print_json(
            {
                "schema": "adjuvant/evidence-check/1",
                "file": file,
                "findings": [f.to_dict() for f in found.findings],
                "notes": [n.to_dict() for n in found.notes],
            }
        )
    else:
        for f in found.findings:
            colour = "red" if f.severity == "impossible" else "yellow"
            click.secho(f"{f.place}: {f.severity} {f.code}: {f.message}", fg=colour)
            click.echo(f"      numbers: {', '.join(f.numbers)}\n      sum: {f.sum}")
            click.echo(f"      allowance: {f.allowance}")
            if f.correction:
                click.echo(f"      likely: {f.correction}")
        for n in found.notes:
            click.secho(f"{n.place}: note: {n.message}", fg="cyan")
        number = len(found.findings)
        click.echo(
            f"{file}: {number} finding{'' if number == 1 else 's'}"
            + ("" if number else "; these numbers can all be true together")
        )
    if found.findings:
        sys.exit(1)


@evidence.command()
@click.argument("file")
@click.option("--members", default=100, show_default=True, help="How many sets.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same sets.")
@click.option("--endpoint", help="Default: the first with a percentage at a time or a ratio.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("rebuilt"),
    show_default=True, help="Folder for the sets; an earlier reconstruction there is replaced.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def reconstruct(
    file: str, members: int, seed: int, endpoint: str | None, out: Path, as_json: bool
) -> None:
    """Rebuild SYNTHETIC patients that print the numbers of FILE (or of a shipped study).

    Writes member_000.csv ... (arm, days, event), summary.json and README.txt.
    """
    from adjuvant.evidence import read_published, reconstruct, write_reconstruction
    from adjuvant.evidence.reconstruct_files import reconstruction_summary

    published = read_published(published_path(file))
    _make_room(out)
    with moving("Rebuilding", members, quiet=as_json) as moved:
        rebuilt = reconstruct(
            published, members=members, seed=seed, endpoint=endpoint, progress=moved
        )
    write_reconstruction(rebuilt, out, case=published.case, replace=True)
    summary = reconstruction_summary(rebuilt, published.case)
    if as_json:
        print_json({**summary, "out": str(out)})
        return
    _print_summary(summary, out)


def _make_room(out: Path) -> None:
    """Make the parents of `out` before the work, so that it is not lost afterwards."""
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise EnvironmentProblem(f"{out} cannot be made: {reason.strerror}") from None


def _print_summary(summary: dict[str, Any], out: Path) -> None:
    from adjuvant.cli.output import print_table

    rows = [
        (n["number"], n["what"], n["as_printed"] or "", f"{100 * n['met_by']:.0f}%")
        for n in summary["numbers"]
    ]
    print_table("SYNTHETIC: printed numbers and the sets that meet them",
                ["number", "what", "as printed", "met by"], rows, texts=3)  # fmt: skip
    for name, number in summary["intervals_that_cannot_print_the_limits"].items():
        click.echo(f"Not {name} intervals: they cannot print {number}.")
    spread = summary["spread"]
    left = [("hazard ratio", spread["hazard_ratio"], 2)]
    left.append((f"RMST difference to day {spread['tau_days']}, days",
                 spread["rmst_difference_days"], 0))  # fmt: skip
    for arm in ("T", "C"):
        left.append((f"event-free at 1 year, arm {arm}", spread["year_1"][arm], 2))
        left.append((f"median, arm {arm}, days", spread["median_days"][arm], 0))
    print_table(
        "What the page leaves open (middle 95% of the sets)",
        ["quantity", "low", "middle", "high"],
        [
            (name, *(_shown(band[k], d) for k in ("low", "middle", "high")))
            for name, band, d in left
        ],
    )
    number = len(summary["members"])
    met = summary["members_that_meet_all"]
    click.echo(f"{met} of {number} sets meet every printed number; they are in {out}")


def _shown(value: float | None, digits: int) -> str:
    return "not reached" if value is None else f"{value:.{digits}f}"


@evidence.command()
@click.argument("what")
@click.option("--members", default=100, show_default=True, help="How many sets.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same sets.")
@click.option(
    "--held-out", "held", default=0, show_default=True, metavar="N",
    help="Also predict each number from the others, by N sets for each; slow.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="Folder for report.html, figures, tables and the sets; whole or not at all.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace an earlier report in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(
    what: str, members: int, seed: int, held: int, out: Path, replace: bool, as_json: bool
) -> None:
    """Rebuild SYNTHETIC patients of WHAT, run its plan on every set, and write the report.

    WHAT is a shipped study or a protocol file that names its printed numbers (published: FILE).
    """
    from adjuvant.cli.ensemble import ensemble_report, print_checks, print_open, print_printed
    from adjuvant.report import write_ensemble_report
    from adjuvant.report.write import check_place
    from adjuvant.study import Study

    check_place(out, replace=replace)
    study = Study.open(what)
    made = ensemble_report(study, members=members, seed=seed, held=held, quiet=as_json)
    page = write_ensemble_report(made, out, replace=replace)
    if as_json:
        print_json({**made.results.to_dict(), "report": str(page)})
        return
    print_checks(tuple(made.checks))
    print_printed(made)
    print_open(made)
    click.echo(f"The report is {page}")


evidence.add_command(pool)
