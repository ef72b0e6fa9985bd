"""`adjuvant simulate`: whole trials of a protocol's design, and how it behaves."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, print_table, say
from adjuvant.cli.protocol_file import protocol_path
from adjuvant.core import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from adjuvant.simulation import OperatingCharacteristics, ProtocolSimulation, ScenarioResult
    from adjuvant.simulation.results import Simulated
    from adjuvant.simulation.run import Progress
    from adjuvant.study import Study

__all__ = ["simulate"]

Show = Callable[[str, "Progress"], None]


def _whole(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        value = float(text.replace("_", "").replace(",", ""))
    except ValueError:
        value = -1.0
    if not (1 <= value <= 1e12 and value == int(value)):
        raise click.BadParameter(f"{text!r} is not a number of trials such as 1e6")
    return int(value)


@click.command()
@click.argument("protocol")
@click.option("--trials", callback=_whole, default="100000", show_default=True, metavar="N",
              help="Trials of each scenario; 1e6 is a million.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=1, show_default=True,
              help="The same seed gives the same digits, on any number of workers.")  # fmt: skip
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME",
              help="Of design.scenarios, or planned; repeatable. Default: all. "
              "The null is always run.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), metavar="N",
              help="Processes of this machine; default: its processors.")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              default=Path("simulation"), show_default=True,
              help="Folder for simulation.json and the chunks done.")  # fmt: skip
@click.option("--resume/--afresh", default=True, show_default=True,
              help="Go on with the chunks kept in the folder, or run all again.")  # fmt: skip
@click.option("--one-trial", type=click.IntRange(0), metavar="K",
              help="Write the patients of trial K (from 0) of one scenario instead: data that "
              "'adjuvant analyse' reads, marked SYNTHETIC.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def simulate(protocol: str, as_json: bool, **options: Any) -> None:
    """Simulate whole trials of PROTOCOL's design and print how it behaves.

    Each number has its Monte-Carlo error; power stands beside its formula. Ctrl-C keeps the chunks
    done, and the same command goes on from there.
    """
    from adjuvant.study import Study

    if options["cluster"] and options["workers"]:
        raise UsageError("--workers are processes of this machine; leave one of both out")
    study = Study.open(protocol_path(protocol))
    if options["one_trial"] is not None:
        _write_one_trial(study, protocol, as_json, **options)
        return
    chunks = options["out"] / "chunks"
    if not options["resume"]:
        _forget(chunks)
    try:
        found = _run(study, chunks, options)
    except KeyboardInterrupt:
        say(f"\nInterrupted: the chunks done are kept in {chunks}; the same command goes on there.")
        click.get_current_context().exit(130)
    text = json.dumps(found.to_dict(), indent=1, allow_nan=False)
    (options["out"] / "simulation.json").write_text(text + "\n", "utf-8")
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found, protocol, options)


def _run(study: "Study", chunks: Path, options: dict[str, Any]) -> "ProtocolSimulation":
    from adjuvant.simulation import protocol_scenarios

    number = len(protocol_scenarios(study.protocol, options["scenarios"]))
    with _executor(options["cluster"]) as executor, _bar(number) as show:
        return study.simulate(
            scenarios=options["scenarios"],
            trials=options["trials"],
            seed=options["seed"],
            workers=options["workers"],
            executor=executor,
            keep=chunks,
            progress=show,
        )


@contextmanager
def _executor(address: str | None) -> Iterator["Executor | None"]:
    if address is None:
        yield None
        return
    from adjuvant.simulation import cluster_executor

    with cluster_executor(address) as executor:
        yield executor


@contextmanager
def _bar(scenarios: int) -> Iterator[Show | None]:
    """Return what moves a progress bar on stderr; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    done: list[str] = []

    def show(name: str, seen: "Progress") -> None:
        if name not in done:
            done.append(name)
        filled = round(30 * seen.done / seen.trials)
        line = (
            f"\r{name[:24]:<24} ({len(done)} of {scenarios}) [{'#' * filled:<30}] "
            f"{seen.done / seen.trials:4.0%}  {seen.rate:,.0f} trials/s, {_clock(seen.remaining)} "
        )
        click.echo(f"{line:<110}", nl=False, err=True)

    try:
        yield show
    finally:
        if done:
            click.echo(err=True)


def _clock(seconds: float) -> str:
    if seconds == float("inf"):
        return "..."
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


def _forget(chunks: Path) -> None:
    for path in chunks.glob("*.jsonl"):
        path.unlink()


def _write_one_trial(study: "Study", protocol: str, as_json: bool, **options: Any) -> None:
    from adjuvant.cli.whole_folder import whole_folder
    from adjuvant.simulation import protocol_scenarios, write_trial

    names = options["scenarios"] or ("planned",)
    if len(names) > 1:
        raise UsageError("--one-trial is of one scenario; give --scenario once")
    trial, out = options["one_trial"], options["out"]
    one = next(s for s in protocol_scenarios(study.protocol, names) if s.name == names[0])
    if out == Path("simulation"):
        out = Path(f"trial-{trial}")
    with whole_folder(out) as folder:
        write_trial(one, folder, trial=trial, seed=options["seed"])
    if as_json:
        print_json({"schema": "adjuvant/one-trial/1", "kind": "SYNTHETIC", "out": str(out),
                    "trial": trial, "seed": options["seed"], "scenario": one.name})  # fmt: skip
        return
    click.echo(f"SYNTHETIC patients of trial {trial}, scenario {one.name}: {out}")
    click.echo(f"Analyse them with: adjuvant analyse {out}")


def _print(found: "ProtocolSimulation", protocol: str, options: dict[str, Any]) -> None:
    for one in found.scenarios:
        click.echo(f"{one.name}: {one.label}")
    head = [
        "scenario",
        "bound crossed",
        "by formula",
        "patients",
        "events",
        "months",
        "too few events",
    ]
    title = f"{found.trial}: {found.trials:,} trials a scenario, seed {found.seed}"
    print_table(f"{title} (± Monte-Carlo error)", head, map(_row, found.scenarios))
    for one in found.scenarios:
        if len(one.simulated.looks) > 1:
            _print_looks(one)
    for one in found.scenarios:
        _print_notes(one)
    click.echo(f"results: {options['out'] / 'simulation.json'}")
    given = {"trials": found.trials, "seed": found.seed}
    names = f"scenarios={options['scenarios']!r}, " if options["scenarios"] else ""
    arguments = ", ".join(f"{name}={value}" for name, value in given.items())
    # Study.open knows files, folders and shipped studies, not the templates of `adjuvant new`.
    path = protocol_path(protocol)
    opened = str(path) if path.parent.parent.name == "templates" else protocol
    click.echo("python:")
    click.echo("  from adjuvant import Study")
    click.echo(f"  found = Study.open({opened!r}).simulate({names}{arguments})")


def _row(one: "ScenarioResult") -> tuple[str, ...]:
    seen, analytic = one.simulated, one.checked.analytic
    return (
        one.name,
        _plus_minus(seen.reject, 4),
        "none" if analytic is None else f"{analytic:.4f}",
        _plus_minus(seen.expected_patients, 1),
        _plus_minus(seen.expected_events, 1),
        _plus_minus(seen.expected_duration, 2),
        f"{seen.unreached.value:.1%}",
    )


def _print_looks(one: "ScenarioResult") -> None:
    planned = one.checked.planned
    rows = []
    for k, look in enumerate(one.simulated.looks):
        expected = None if planned is None else planned.looks[k]
        rows.append(
            (
                f"look {look.number}",
                _plus_minus(look.reject, 4),
                "none" if expected is None else f"{expected.efficacy:.4f}",
                _plus_minus(look.futility, 4),
                "none" if expected is None else f"{expected.futility + expected.harm:.4f}",
                _plus_minus(look.events, 1),
                _plus_minus(look.patients, 1),
                _plus_minus(look.time, 2),
            )
        )
    head = ["", "stops: efficacy", "formula", "stops: other bound", "formula", "events", "patients",
            "month"]  # fmt: skip
    print_table(f"{one.name}: its looks", head, rows)


def _print_notes(one: "ScenarioResult") -> None:
    seen, checked = one.simulated, one.checked
    if checked.differs or checked.analytic is None:
        click.echo(f"{one.name}: {checked}.")
        for reason in checked.reasons:
            click.echo(f"  {reason}")
    if seen.effect is not None:
        click.echo(f"{one.name}: {_estimate(seen)}")


def _estimate(seen: "OperatingCharacteristics") -> str:
    assert seen.effect is not None
    said = f"mean estimate at the last look {_plus_minus(seen.effect, 4)}"
    if seen.bias is not None and seen.coverage is not None:
        said += (
            f", bias {_plus_minus(seen.bias, 4)}; its plain 95% interval holds the truth in "
            f"{_plus_minus(seen.coverage, 4)}"
        )
    return said + "."


def _plus_minus(number: "Simulated | None", digits: int) -> str:
    if number is None:
        return "-"
    return f"{number.value:.{digits}f} ± {number.standard_error:.{digits}f}"
