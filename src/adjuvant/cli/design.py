"""`adjuvant design`: the size and the looks of a trial, each number beside its simulated check."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, say
from adjuvant.cli.progress import moving
from adjuvant.core import InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.design.trial_design import TrialDesign
    from adjuvant.simulation import OperatingCharacteristics
    from adjuvant.simulation.run import Progress

__all__ = ["design"]

# option -> argument of `design_from_numbers`; the defaults are those of that function.
_NUMBERS = {
    "n": "subjects",
    "events": "events",
    "power": "power",
    "control_median": "control_median",
    "control_survival": "control_survival",
    "hr": "hazard_ratio",
    "accrual": "accrual",
    "accrual_per_month": "accrual_per_month",
    "accrual_shape": "accrual_shape",
    "follow_up": "follow_up",
    "looks": "looks",
    "spending": "spending",
    "spending_parameter": "spending_parameter",
    "alpha": "alpha",
    "sided": "sided",
    "futility": "futility",
    "futility_parameter": "futility_parameter",
    "binding": "binding",
    "ratio": "ratio",
    "dropout": "dropout_per_y",
    "death": "death_per_y",
    "never_started": "never_started",
    "imaging": "imaging",
    "margin": "margin",
    "test": "test",
    "rho": "rho",
    "gamma": "gamma",
    "delay": "delay",
    "horizon": "horizon",
    "formula": "formula",
}
_TESTS = ("log_rank", "fleming_harrington", "modestly_weighted", "max_combo", "rmst", "milestone")
_FORMULAS = ("schoenfeld", "freedman", "hsieh_freedman", "lachin_foulkes")
_FAST, _GENERAL = 400_000, 20_000  # trials of the check, by the engine that serves the design


def _numbers(
    _ctx: click.Context, _param: click.Parameter, text: str | None
) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a list of numbers such as 54,81,107 or 0.5,0.75,1"
        ) from None


def _months(_ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
    """Return a length of time in months: a plain number is months, else 4 y, 36 mo, 26 wk."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    from adjuvant.core import InvalidInput
    from adjuvant.protocol import Duration

    try:
        return float(Duration.parse(text).in_unit("month"))
    except InvalidInput:
        raise click.BadParameter(
            f"{text!r} is not a length of time; write months, such as 48, or '4 y'"
        ) from None


@click.command()
@click.argument("protocol", required=False)
@click.option("--n", type=click.IntRange(2), help="Patients of both arms.")
@click.option("--events", type=click.IntRange(1), help="Events of both arms at the last look.")
@click.option(
    "--power", type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Power aimed at; what is left out of n, events and hr is solved for.",
)  # fmt: skip
@click.option("--control-median", callback=_months, metavar="MONTHS", help="Of the control arm.")
@click.option("--control-survival", metavar="S@MONTHS,..", help="Instead: points such as 0.33@36.")
@click.option("--hr", metavar="HR", help="Hazard ratio: 0.7, or steps in months: 1@0-6,0.55@6-.")
@click.option("--accrual", callback=_months, metavar="MONTHS", help="How long recruitment takes.")
@click.option(
    "--accrual-per-month", type=click.FloatRange(0, min_open=True),
    help="Instead: patients a month; recruitment then takes as long as it must.",
)  # fmt: skip
@click.option("--accrual-shape", metavar="STEPS", help="Relative rates, such as 1@0-6,2@6-.")
@click.option("--follow-up", callback=_months, metavar="MONTHS", help="After the last patient.")
@click.option(
    "--looks", callback=_numbers, metavar="A,B,..", help="Events of each look, or shares up to 1."
)
@click.option("--spending", metavar="NAME", help="OBF (default), POCOCK, HSD, KD, or a full name.")
@click.option("--spending-parameter", type=float, help="Gamma of HSD, rho of KD.")
@click.option("--alpha", type=float, help="Level; 0.025 by default.")
@click.option("--sided", type=click.Choice(["1", "2"]), help="1 by default.")
@click.option("--futility", metavar="NAME", help="Spending of beta; needs --power.")
@click.option("--futility-parameter", type=float, help="Gamma of HSD, rho of KD.")
@click.option("--binding", is_flag=True, default=None, help="Futility bounds are binding.")
@click.option("--ratio", type=float, help="Experimental : control; 1 by default.")
@click.option("--dropout", type=float, metavar="PER_YEAR", help="Yearly hazard of being lost.")
@click.option("--death", type=float, metavar="PER_YEAR", help="Yearly hazard of competing death.")
@click.option("--never-started", type=float, help="Share whose product fails before the start.")
@click.option("--imaging", callback=_months, metavar="MONTHS", help="Between visits with imaging.")
@click.option("--margin", type=float, help="Non-inferiority: the hazard ratio to exclude.")
@click.option("--test", type=click.Choice(_TESTS), help="log_rank by default.")
@click.option("--rho", type=float, help="Of fleming_harrington.")
@click.option("--gamma", type=float, help="Of fleming_harrington.")
@click.option("--delay", callback=_months, metavar="MONTHS", help="Of modestly_weighted.")
@click.option("--horizon", callback=_months, metavar="MONTHS", help="Of rmst and milestone.")
@click.option(
    "--formula", type=click.Choice(_FORMULAS), help="Of the events; schoenfeld by default."
)
@click.option("--scenario", metavar="NAME", help="Protocol: planned, null, or one of its own.")
@click.option("--trials", type=click.IntRange(100), help="Simulated trials of the check.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write the design report there."
)
@click.option("--replace", is_flag=True, help="Replace an earlier report in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def design(
    protocol: str | None,
    scenario: str | None,
    trials: int | None,
    seed: int,
    out: Path | None,
    replace: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Design a trial: from PROTOCOL (a file or a shipped study), or from the options alone.

    Every number of a formula is printed beside the one that simulated trials show. Times are in
    months. Leave one of the numbers out and it is solved for:

    \b
      adjuvant design --n 150 --control-median 24 --hr 1@0-6,0.55@6- --accrual 48 \\
        --looks 54,81,107 --spending OBF
      adjuvant design --power 0.8 --control-median 24 --hr 0.6 --accrual 48 --follow-up 36
      adjuvant design --n 150 --events 102 --power 0.8 --control-median 24 --accrual 48
    """
    given = {name: value for name, value in options.items() if value is not None}
    made = _design(protocol, scenario, given)
    checked = check(made, trials, seed)
    if as_json:
        print_json(checked.to_dict())
    else:
        from adjuvant.cli.design_tables import print_design

        print_design(checked)
    if out is not None:
        from adjuvant.report import design_python, write_design_report

        arguments = None if protocol else python_arguments(given)
        python = design_python(protocol, arguments, scenario=scenario or "planned")
        page = write_design_report(checked, out, python=python, replace=replace)
        say(f"The design report is {page}")


def check(made: "TrialDesign", trials: int | None, seed: int) -> Any:
    """Return the design held against simulated trials, under its assumptions and without effect."""
    from dataclasses import replace

    from adjuvant.design import under_hazard_ratio
    from adjuvant.report import design_facts
    from adjuvant.report.checked_design import formula_of
    from adjuvant.simulation import planned_scenario, simulate

    formula_of(made)  # refuses what no trial can be, before any is simulated
    scenarios = [
        planned_scenario(replace(made, patients=who))
        for who in (made.patients, under_hazard_ratio(made.patients, made.null_hazard_ratio))
    ]
    counts = [trials or (_FAST if one.fast else _GENERAL) for one in scenarios]
    runs: list[OperatingCharacteristics] = []
    with moving("simulated trials", sum(counts)) as move:
        for scenario, count in zip(scenarios, counts, strict=True):
            before = sum(run.trials for run in runs)

            def seen(progress: "Progress", before: int = before) -> None:
                move(before + progress.done)

            runs.append(simulate(scenario, trials=count, seed=seed, progress=seen))
    return design_facts(made, *runs)


def _design(protocol: str | None, scenario: str | None, given: dict[str, Any]) -> "TrialDesign":
    if protocol is not None:
        if given:
            named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise UsageError(
                f"{named}: a protocol says this itself; change its part `design`, or leave the "
                "protocol out and give all numbers as options"
            )
        from adjuvant.cli.protocol_file import protocol_path
        from adjuvant.study import Study

        return Study.open(protocol_path(protocol)).design(scenario or "planned")
    if scenario is not None:
        raise UsageError("--scenario is for a protocol; name its file or a shipped study")
    if not given:
        raise UsageError(
            "name a protocol, or give the numbers: --n, --control-median, --hr, --accrual and "
            "--events or --looks; see 'adjuvant design --help'"
        )
    from adjuvant.design import design_from_numbers

    try:
        made: TrialDesign = design_from_numbers(**python_arguments(given))
    except InvalidInput as refused:
        raise InvalidInput(_as_options(refused.message)) from None
    return made


def _as_options(message: str) -> str:
    """Return a message of the library with its arguments as the options that were typed."""
    for option, argument in _NUMBERS.items():
        if "_" in argument:
            message = message.replace(argument, f"--{option.replace('_', '-')}")
    return message


def python_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options as the arguments of `design_from_numbers`."""
    found = {_NUMBERS[name]: value for name, value in given.items()}
    if "sided" in found:
        found["sided"] = int(found["sided"])
    return found
