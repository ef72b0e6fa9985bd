"""`adjuvant analyse`: the analysis plan of a protocol, or a plain CSV, in one command."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, say
from adjuvant.core import UsageError

if TYPE_CHECKING:
    from adjuvant.study import Study

__all__ = ["analyse"]

_TABLES = {".csv", ".json", ".ndjson", ".xpt", ".tsv", ".txt"}
_FOR_TABLES = (
    "param",
    "time",
    "event",
    "arm",
    "control",
    "subject",
    "strata",
    "covariates",
    "at",
    "rmst",
)


def _names(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _numbers(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _names(ctx, param, text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a list of numbers such as 36,60") from None


@click.command()
@click.argument("what")
@click.option("--time", "time", metavar="COLUMN", help="Data file: the time to event or censoring.")
@click.option("--event", metavar="COLUMN", help="Data file: 1 = event, 0 = censored (or yes/no).")
@click.option("--param", metavar="PARAMCD", help="ADaM ADTTE as it stands: which parameter.")
@click.option("--arm", metavar="COLUMN", help="Data file: the arm; leave out for one group.")
@click.option(
    "--control", metavar="VALUE", help="Data file: which value of the arm is the control."
)
@click.option("--subject", metavar="COLUMN", help="Data file: the subject's identifier.")
@click.option(
    "--unit", type=click.Choice(["day", "week", "month", "year"]), default="day",
    show_default=True, help="Data file: the unit of the time column, kept as stored.",
)  # fmt: skip
@click.option("--strata", callback=_names, metavar="A,B", help="Stratification columns.")
@click.option("--covariates", callback=_names, metavar="A,B", help="Columns beside the arm in Cox.")
@click.option("--at", callback=_numbers, metavar="T,T", help="Milestones, in the unit.")
@click.option(
    "--rmst", type=float, metavar="T", help="Horizon of the restricted mean, in the unit."
)
@click.option(
    "--ci", type=click.Choice(["log", "log-log", "plain", "logit", "arcsin"]), default="log",
    show_default=True, help="Scale of the Kaplan-Meier limits (log is R's, log-log SAS's default).",
)  # fmt: skip
@click.option("--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
              show_default=True, help="Confidence level.")  # fmt: skip
@click.option(
    "--coding-confirmed",
    is_flag=True,
    help="Data file: --event was looked at and is right, though it looks reversed.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Write the report, figures, results.json, snapshot and protocol.yaml there.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace an earlier report in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def analyse(what: str, out: Path | None, replace: bool, as_json: bool, **options: Any) -> None:
    """Analyse WHAT: a protocol file, a snapshot folder, a data file, or a shipped study's name.

    A data file (.csv, Dataset-JSON, .xpt) needs no protocol, only --time and --event:

    \b
      adjuvant analyse trial.csv --time months --unit month --event relapse \\
        --arm arm --control CTL --strata stage --at 36,60 --rmst 60 --out out/
    """
    study = _open(what, options)
    results = study.analyse()
    page = study.report(out, results, replace=replace) if out else None
    if as_json:
        print_json({**results.to_dict(), **({"report": str(page)} if page else {})})
    else:
        from adjuvant.cli.tables import print_results

        print_results(results, opening=_python(what, out, options))
    if page:
        say(f"The report is {page}")


def _python(what: str, out: Path | None, options: dict[str, Any]) -> str:
    """Return the Python that opens the study from the folder where the command was typed."""
    table = Path(what).is_file() and Path(what).suffix.lower() in _TABLES
    if not table or out is not None:
        return f"Study.open({str(out if table else what)!r})"
    plain = {"unit": "day", "ci": "log", "level": 0.95}
    if options["param"]:
        options = options | {"time": None, "event": None}
    given = {k: v for k, v in options.items() if v and v != plain.get(k)}
    return f"Study.from_table({', '.join([repr(what), *(f'{k}={v!r}' for k, v in given.items())])})"


def _open(what: str, options: dict[str, Any]) -> "Study":
    from adjuvant.study import Study

    path = Path(what)
    if path.is_file() and path.suffix.lower() in _TABLES:
        missing = [f"--{name} COLUMN" for name in ("time", "event") if not options[name]]
        if options["param"]:
            if len(missing) < 2:
                raise UsageError("--param reads AVAL and CNSR; leave out --time and --event")
            return Study.from_table(path, **options | {"time": "AVAL", "event": "CNSR"})
        if missing:
            raise UsageError(
                f"{what} is a data file: say which columns to read with {' and '.join(missing)} "
                "(an ADaM ADTTE: --param PARAMCD), or name a protocol file that maps it"
            )
        return Study.from_table(path, **options)
    given = [f"--{name}" for name in _FOR_TABLES if options[name]]
    if given and path.is_file() and path.suffix.lower() not in {".yaml", ".yml"}:
        kind = path.suffix or "without an ending"
        raise UsageError(
            f"{what}: a file {kind} is not read; save it as CSV UTF-8 (comma delimited), or give "
            "Dataset-JSON (.json) or SAS transport (.xpt)"
        )
    if given:
        raise UsageError(
            f"{', '.join(given)} belong to a data file, and {what} is none; its protocol says "
            "which columns to read"
        )
    return Study.open(what)
