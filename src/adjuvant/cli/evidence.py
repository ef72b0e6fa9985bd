"""`adjuvant evidence`: check published numbers, rebuild patients from them, pool trials."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from adjuvant.cli.output import print_json

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
    with _bar(members) as moved:
        rebuilt = reconstruct(
            published, members=members, seed=seed, endpoint=endpoint, progress=moved
        )
    write_reconstruction(rebuilt, out, case=published.case, replace=True)
    summary = reconstruction_summary(rebuilt, published.case)
    if as_json:
        print_json({**summary, "out": str(out)})
        return
    _print_summary(summary, out)


@contextmanager
def _bar(members: int) -> Iterator[Callable[[int], None]]:
    """Return what moves a progress bar on stderr; silent where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=members, label="Rebuilding", file=sys.stderr) as bar:
        yield lambda _done: bar.update(1)


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
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--endpoint", "endpoints", multiple=True, required=True,
    help="Endpoint to pool; give it again for names that count as the same.",
)  # fmt: skip
@click.option("--measure", type=click.Choice(["HR", "RR"]), default="HR", show_default=True)
@click.option(
    "--take", type=click.Choice(["first", "latest"]),
    help="Which report, where the same patients stand more than once.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pool(
    files: tuple[str, ...], endpoints: tuple[str, ...], measure: str, take: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Pool the trials of FILES (tables of printed numbers, or sister_trials)."""
    from dataclasses import asdict

    from adjuvant.evidence import pooled, read_trials

    trials, left = [], []
    for file in files:
        rows, gone = read_trials(_table_path(file), endpoints=endpoints, measure=measure, take=take)
        trials += rows
        left += gone
    found = pooled(trials)
    if as_json:
        answer = {"schema": "adjuvant/pool/1", **asdict(found)}
        print_json({**answer, "left_out": [asdict(x) for x in left]})
        return
    _print_pooled(found, left)


def _table_path(text: str) -> Path:
    from importlib.resources import files

    if text == "sister_trials" and not Path(text).exists():
        return Path(str(files("adjuvant.studies") / "sister_trials" / "trials.csv"))
    return Path(text)


def _print_pooled(pooled: Any, left: Any) -> None:
    from math import exp

    from adjuvant.cli.output import print_table

    measure = pooled.trials[0].measure
    rows = []
    for t in pooled.trials:
        low, high = (exp(t.log_effect + s * 1.959963984540054 * t.se) for s in (-1, 1))
        rows.append((t.label, f"{t.ratio:.2f}", f"{low:.2f}-{high:.2f}", "", ""))
    names = {"fixed": "fixed effect", "DL": "random, DerSimonian-Laird", "REML": "random, REML",
             "HK": "random, Hartung-Knapp"}  # fmt: skip
    for method, e in pooled.effects.items():
        ahead = "" if e.prediction is None else f"{e.prediction[0]:.2f}-{e.prediction[1]:.2f}"
        ci = f"{e.ci[0]:.2f}-{e.ci[1]:.2f}"
        rows.append((names[method], f"{e.ratio:.2f}", ci, f"{e.p_value:.2g}", ahead))
    title = f"{pooled.kind}: {pooled.trials[0].endpoint}, {len(pooled.trials)} trials"
    print_table(title, ["trial", measure, "95% interval", "p", "prediction"], rows)
    click.echo(f"Heterogeneity: Q {pooled.q:.2f}, p {pooled.q_p:.2g}, I2 {100 * pooled.i2:.0f}%")
    if pooled.egger is not None:
        click.echo(f"Egger: intercept {pooled.egger.intercept:.2f}, p {pooled.egger.p_value:.2g}")
    for x in left:
        click.echo(f"Left out: {x.label}: {x.why}")
