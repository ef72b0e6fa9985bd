"""`adjuvant monitor`: bounds at the events seen, and when the next look will come."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, print_table
from adjuvant.core import UsageError

if TYPE_CHECKING:
    from adjuvant.analysis.closed_report import ClosedReport
    from adjuvant.analysis.monitoring import Monitored
    from adjuvant.design.trial_design import TrialDesign
    from adjuvant.study import Study

__all__ = ["monitor"]


def _whole(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in (text or "").split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a list of whole numbers such as 46,81") from None


@click.command()
@click.argument("what", required=False)
@click.option(
    "--events", callback=_whole, metavar="A,B,..",
    help="Events seen at each look so far, the first first. With a snapshot: at the earlier looks.",
)  # fmt: skip
@click.option("--final", is_flag=True, help="The trial ends for good at the last of these looks.")
@click.option("--cut-off", metavar="YYYY-MM-DD", help="Snapshot: events dated later do not count.")
@click.option("--recruitment-closed", is_flag=True, help="Snapshot: nobody is still to enter.")
@click.option("--looks", callback=_whole, metavar="A,B,..", help="Without a protocol: as planned.")
@click.option("--spending", metavar="NAME", help="Without a protocol: OBF (default), POCOCK, ...")
@click.option("--spending-parameter", type=float, help="Gamma of HSD, rho of KD.")
@click.option("--alpha", type=float, help="Without a protocol: 0.025 by default.")
@click.option("--sided", type=click.Choice(["1", "2"]), help="Without a protocol: 1 by default.")
@click.option("--ratio", type=float, help="Without a protocol: experimental : control.")
@click.option(
    "--closed", is_flag=True,
    help="Closed report: by arm, from a snapshot of true arms signed for by the unblinded "
    "statistician.",
)  # fmt: skip
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False),
    help="Closed report: write which arm is A and which B into this new file.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def monitor(
    what: str | None,
    events: tuple[int, ...],
    final: bool,
    cut_off: str | None,
    recruitment_closed: bool,
    closed: bool,
    key: Path | None,
    as_json: bool,
    **planned: Any,
) -> None:
    """Monitor a trial: WHAT is a snapshot, or a protocol with --events; or give --looks.

    Bounds move to the events that are there; no arm is read. Conditional power needs the arms and
    is refused but with --closed.

    \b
      adjuvant monitor snapshot/ --cut-off 2027-03-31
      adjuvant monitor protocol.yaml --events 46
      adjuvant monitor --looks 54,81,107 --events 46,81,98 --final
    """
    from adjuvant.analysis import closed_report, monitored, pooled_count

    given = {name: value for name, value in planned.items() if value not in (None, ())}
    study = _study(what, given)
    design = _design(study, given)
    counted = None
    if study is not None and _has_patients(study):
        snapshot = study.snapshot()
        counted = pooled_count(snapshot, study.protocol, design.endpoint, cut_off=cut_off)
        events = (*events, counted.events)
    elif not events:
        raise UsageError("give the events seen at each look so far, such as --events 46")
    elif cut_off:
        raise UsageError("--cut-off is for a snapshot: typed counts have none")
    found = monitored(
        design, events, counted=counted, final=final, recruiting=not recruitment_closed
    )
    report = None
    if closed:
        if counted is None or study is None:
            raise UsageError(
                "conditional power needs the arms: name a snapshot of true arms, signed for by "
                "the unblinded statistician; counts without arms give bounds alone"
            )
        report = closed_report(
            study.snapshot(), study.protocol, design, events, cut_off=cut_off, final=final
        )
        _write_key(report, key)
    elif key is not None:
        raise UsageError("--key belongs to --closed")
    kind = study.snapshot().kind if study is not None and counted is not None else None
    if as_json:
        more = {"closed": _closed_dict(report)} if report else {}
        print_json({**found.to_dict(), "kind": kind, **more})
        return
    if kind == "SYNTHETIC":
        click.secho("SYNTHETIC patients: not a trial's data", fg="red", bold=True)
    _print(found)
    if report is not None:
        _print_closed(report, key)


def _study(what: str | None, given: dict[str, Any]) -> "Study | None":
    if what is None:
        if "looks" not in given:
            raise UsageError(
                "name a snapshot or a protocol, or give the planned --looks and the --events seen"
            )
        return None
    if given:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{named}: the protocol says this itself; leave it out")
    from adjuvant.cli.protocol_file import protocol_path
    from adjuvant.study import Study

    path = Path(what)
    return Study.open(what if path.exists() else protocol_path(what))


def _has_patients(study: "Study") -> bool:
    """Whether a snapshot was opened, or the protocol maps patients."""
    from adjuvant.core import InvalidInput

    try:
        study.snapshot()
    except InvalidInput:
        if study.protocol.data is not None:
            raise
        return False
    return True


def _design(study: "Study | None", given: dict[str, Any]) -> "TrialDesign":
    if study is not None:
        return study.design()
    from adjuvant.design import design_from_numbers

    options = dict(given)
    looks = options.pop("looks")
    if "sided" in options:
        options["sided"] = int(options["sided"])
    # The bounds know nothing of the patients; these only make the design whole.
    made: TrialDesign = design_from_numbers(
        subjects=2 * looks[-1],
        control_median=12,
        hazard_ratio=1,
        accrual=12,
        looks=looks,
        **options,
    )
    return made


def _print(found: "Monitored") -> None:
    counted = found.counted
    if counted is not None:
        click.secho(
            f"{counted.endpoint} by {counted.cut_off}: {counted.events} events of "
            f"{counted.randomised} patients randomised since {counted.opened_on}",
            bold=True,
        )
        click.echo(
            f"{counted.followed} are followed, {counted.competing} had a competing event, "
            f"{counted.lost} have had no contact for a year; {counted.exposure:.0f} "
            f"patient-months, {counted.time:.1f} months since the first patient."
            + (f" {counted.later} later events do not count." if counted.later else "")
        )
    _print_bounds(found)
    if counted is not None and not found.forecast:
        click.echo("No planned number of events is still to come, or too few patients are left.")
    if counted is not None and found.forecast:
        from adjuvant.analysis.monitoring import forecast_date

        rows = [
            (
                str(one.events),
                *(forecast_date(counted.opened_on, m) for m in (one.median, one.lower, one.upper)),
                f"{one.never:.1%}",
            )
            for one in found.forecast
        ]
        print_table(
            f"When the events will be there ({found.forecast[0].level:.0%} band; pooled, constant "
            "hazard)",
            ("events", "median", "from", "to", "never"),
            rows,
        )
    if counted is not None and not counted.typed_known:
        click.echo(
            "When some kinds of event were typed is not known: map `entered` in data.events to "
            "list those typed after the cut-off."
        )
    if counted is not None and counted.late:
        print_table(
            f"Dated by {counted.cut_off}, typed later; they count",
            ("subject", "event", "happened", "typed"),
            [(e.subject, e.event, e.happened_on, e.entered_on) for e in counted.late],
            texts=4,
        )


def _print_bounds(found: "Monitored") -> None:
    bounds = found.bounds
    lower = [
        (name, values)
        for name, values in (("futility z", bounds.futility_bounds), ("harm z", bounds.harm_bounds))
        if values is not None
    ]
    rows = []
    for k, events in enumerate(bounds.events):
        seen = "seen" if k < bounds.performed else "planned"
        cells = tuple(
            f"{values[k]:.4f}" if k < len(values) and values[k] > -1e9 else ""
            for _, values in lower
        )
        rows.append(
            (
                f"{k + 1}, {seen}",
                f"{events:.0f}",
                f"{events / found.max_events:.1%}",
                f"{bounds.critical_values[k]:.4f}",
                *cells,
                f"{bounds.stage_levels[k]:.5f}",
                f"{bounds.hazard_ratios[k]:.3f}",
                f"{bounds.alpha_spent[k]:.5f}",
            )
        )
    print_table(
        f"Bounds if these events are looked at, of {found.max_events} planned",
        ("look", "events", "of planned", "z", *(name for name, _ in lower), "p one-sided",
         "HR at bound", "alpha spent"),
        rows,
    )  # fmt: skip


def _print_closed(report: "ClosedReport", key: Path | None) -> None:
    click.secho(
        f"CLOSED REPORT - for the monitoring committee alone (signed by {report.signed_by})",
        fg="red",
        bold=True,
    )
    rows = list(zip(report.labels, map(str, report.patients), map(str, report.events), strict=True))
    print_table("By arm", ("arm", "patients", "events"), rows)
    click.echo(f"log-rank Z {report.z:.4f} (above 0: the experimental arm does better), at "
               f"{report.information:.1%} of the information")  # fmt: skip
    if report.crossed:
        click.secho(f"the {report.crossed} bound is crossed", bold=True)
    for name, power in report.conditional_power.items():
        click.echo(f"conditional power, {name}: {power:.1%}")
    if report.predictive_power is not None:
        click.echo(f"predictive power (flat prior): {report.predictive_power:.1%}")
    low, high = report.repeated_interval
    click.echo(f"hazard ratio, repeated interval: {low:.3f} to {high:.3f}")
    if report.adjusted is not None:
        a = report.adjusted
        click.echo(f"allowing for the looks: hazard ratio {a.hazard_ratio:.3f} ({a.lower:.3f} to "
                   f"{a.upper:.3f}), p {a.p_value:.5f}")  # fmt: skip
    where = f"stands in {key}" if key else "was not written: add --key FILE"
    click.echo(f"Which arm is A and which B {where}.")


def _closed_dict(report: "ClosedReport") -> dict[str, Any]:
    """Return the report without the key, which is kept apart."""
    adjusted = None if report.adjusted is None else vars(report.adjusted)
    told = {name: value for name, value in vars(report).items() if name != "key"}
    return {**told, "adjusted": adjusted}


def _write_key(report: "ClosedReport", key: Path | None) -> None:
    if key is None:
        return
    if key.exists():
        raise UsageError(f"{key} exists already and was left alone; name a new file")
    import json

    key.write_text(json.dumps(report.key) + "\n", encoding="utf-8")
