"""`adjuvant evidence pool`: trials as tables, ensembles or patients, in one estimate."""

from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, print_table
from adjuvant.core import InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.evidence import LeftOut, PatientTrial, Pooled, TrialEffect

__all__ = ["pool"]

_NAMES = {
    "fixed": "fixed effect",
    "DL": "random, DerSimonian-Laird",
    "REML": "random, REML",
    "HK": "random, Hartung-Knapp",
}


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--endpoint", "endpoints", multiple=True,
    help="Endpoint to pool; give it again for names that count as the same. "
    "sister_trials has its own default.",
)  # fmt: skip
@click.option("--measure", type=click.Choice(["HR", "RR"]), default="HR", show_default=True)
@click.option(
    "--take", type=click.Choice(["first", "latest"]),
    help="Which report, where the same patients stand more than once.",
)  # fmt: skip
@click.option(
    "--year", "years", multiple=True, metavar="NAME=YEAR",
    help="Year of a trial of patients or an ensemble, by the name of its file or folder.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html with forest, funnel, leave-one-out and cumulative figures.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace an earlier report in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pool(
    files: tuple[str, ...], endpoints: tuple[str, ...], measure: str, take: str | None,
    years: tuple[str, ...], out: Path | None, replace: bool, as_json: bool,
) -> None:  # fmt: skip
    """Pool the trials of FILES.

    Each of FILES is a table of printed trials (or sister_trials, which is shipped), a folder of
    rebuilt sets (pooled by Rubin's rule), or a CSV of patients with the columns arm (T or C), days,
    event. Trials of patients are also analysed in one model stratified by trial. Real and SYNTHETIC
    patients are never pooled together.
    """
    from adjuvant.evidence import one_stage_members, pooled
    from adjuvant.report import write_pool_report

    names, take = _defaults(files, endpoints, take)
    if measure == "RR" and any(_is_patients(f) for f in files):
        raise UsageError("risk ratios are pooled from tables of counts; leave out --measure RR")
    trials, patients, left = _read(files, names, measure, take, _years(years))
    found = pooled(trials)
    together = one_stage_members(patients) if len(patients) == len(trials) > 1 else None
    page = None
    if out is not None:
        page = write_pool_report(found, out, left_out=left, one_stage=together, replace=replace)
    if as_json:
        print_json(_json(found, left, together, page))
        return
    _print_pooled(found, left, together)
    if page is not None:
        click.echo(f"The report is {page}")


def _defaults(
    files: tuple[str, ...], endpoints: tuple[str, ...], take: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return what is pooled: the shipped sister trials say it themselves."""
    if endpoints:
        return endpoints, take
    if files == ("sister_trials",):
        return ("RFS", "time to first recurrence"), take or "latest"
    if all(_is_patients(f) for f in files):
        return ("the patients' event",), take
    raise UsageError("say which endpoint is pooled: --endpoint RFS (again for names that are one)")


def _is_patients(text: str) -> bool:
    """Whether FILE holds patients: a folder of sets, or a CSV with a column of events."""
    path = Path(text)
    if path.is_dir():
        return True
    if not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8") as file:
            head = file.readline().strip().split(",")
    except (OSError, UnicodeDecodeError):
        return False
    return "event" in head and "trial_id" not in head


def _years(given: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for text in given:
        name, _, year = text.rpartition("=")
        if not name or not year.isdigit():
            raise UsageError(f"--year {text}: expected NAME=YEAR, such as trial_a.csv=2015")
        found[name] = int(year)
    return found


def _read(
    files: tuple[str, ...], endpoints: tuple[str, ...], measure: str, take: str | None,
    years: dict[str, int],
) -> "tuple[list[TrialEffect], list[PatientTrial], list[LeftOut]]":  # fmt: skip
    from adjuvant.evidence import read_patient_trial, read_trials

    trials: list[TrialEffect] = []
    patients: list[PatientTrial] = []
    left: list[LeftOut] = []
    for file in files:
        if _is_patients(file):
            path = Path(file)
            year = years.get(file, years.get(path.name, years.get(path.stem, 0)))
            trial = read_patient_trial(path, endpoint=endpoints[0], year=year)
            patients.append(trial)
            trials.append(trial.effect())
        else:
            rows, gone = read_trials(
                _table_path(file), endpoints=endpoints, measure=measure, take=take
            )
            trials += rows
            left += gone
    return trials, patients, left


def _table_path(text: str) -> Path:
    from importlib.resources import files

    if text == "sister_trials" and not Path(text).exists():
        return Path(str(files("adjuvant.studies") / "sister_trials" / "trials.csv"))
    if not Path(text).exists():
        raise InvalidInput(f"{text}: there is no such file, folder or shipped table sister_trials")
    return Path(text)


def _json(
    found: "Pooled", left: "list[LeftOut]", together: "TrialEffect | None", page: Path | None
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "schema": "adjuvant/pool/1",
        **asdict(found),
        "left_out": [asdict(x) for x in left],
        "one_stage": None if together is None else asdict(together),
        "report": None if page is None else str(page),
    }


def _print_pooled(pooled: "Pooled", left: "list[LeftOut]", together: "TrialEffect | None") -> None:
    from adjuvant.report.numbers import p_value
    from adjuvant.report.pool_figures import pool_weights

    def limits(effect: "TrialEffect") -> str:
        low, high = (exp(effect.log_effect + s * 1.959963984540054 * effect.se) for s in (-1, 1))
        return f"{low:.2f}-{high:.2f}"

    rows = [
        (t.label, f"{t.ratio:.2f}", limits(t), "", f"{100 * w:.0f}%", "")
        for t, w in zip(pooled.trials, pool_weights(pooled), strict=True)
    ]
    for method, e in pooled.effects.items():
        ahead = "" if e.prediction is None else f"{e.prediction[0]:.2f}-{e.prediction[1]:.2f}"
        ci = f"{e.ci[0]:.2f}-{e.ci[1]:.2f}"
        rows.append((_NAMES[method], f"{e.ratio:.2f}", ci, p_value(e.p_value), "", ahead))
    if together is not None:
        rows.append(("one stage, stratified by trial", f"{together.ratio:.2f}", limits(together),
                     "", "", ""))  # fmt: skip
    kind = "" if pooled.kind == "real" else f"{pooled.kind}: "
    title = f"{kind}{pooled.trials[0].endpoint}, {len(pooled.trials)} trials"
    measure = pooled.trials[0].measure
    print_table(title, ["trial", measure, "95% interval", "p", "weight", "prediction"], rows)
    click.echo(
        f"Heterogeneity: Q {pooled.q:.2f}, p {p_value(pooled.q_p)}, I2 {100 * pooled.i2:.0f}%"
    )
    if pooled.egger is not None:
        e = pooled.egger
        click.echo(f"Egger: intercept {e.intercept:.2f}, p {p_value(e.p_value)}")
    for x in left:
        click.echo(f"Left out: {x.label}: {x.why}")
