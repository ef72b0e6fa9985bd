"""`adjuvant capacity`: how late infusions will be with so many culture slots."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from adjuvant.cli.output import print_json, print_table, say
from adjuvant.cli.protocol_file import protocol_path
from adjuvant.core import InvalidInput

if TYPE_CHECKING:
    from adjuvant.cells.capacity import CapacityForecast, LabPlan
    from adjuvant.protocol import Protocol

__all__ = ["capacity"]

_LATE = (0, 3, 7)


@click.command()
@click.argument("protocol", default="protocol.yaml")
@click.option("--slots", type=click.IntRange(1, 10_000), multiple=True, required=True, metavar="N",
              help="Culture slots; give it several times to compare.")  # fmt: skip
@click.option("--per-year", type=click.FloatRange(0, min_open=True), metavar="PATIENTS",
              help="Patients a year that receive cells; by default as planned.")  # fmt: skip
@click.option("--failure", type=click.FloatRange(0, 1, max_open=True), default=0.05,
              show_default=True, help="Share of lots that fail.")  # fmt: skip
@click.option("--draw-after", type=click.IntRange(-60, 60), default=0, show_default=True,
              metavar="DAYS", help="From randomisation to the earliest draw.")  # fmt: skip
@click.option("--product", metavar="ID", help="Which cell product, where there are several.")
@click.option("--trials", type=click.IntRange(2, 10_000), default=100, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=1, show_default=True,
              help="The same seed gives the same digits.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def capacity(protocol: str, as_json: bool, **options: Any) -> None:
    """Simulate how late infusions of PROTOCOL (a file or a shipped study) will be.

    Patients come at random, each lot is drawn as late as its infusion allows and waits for a
    working day and a free slot. The last row has a slot for every lot: what is late there, the
    calendar makes late, not the laboratory.
    """
    from adjuvant.cells import lab_plan
    from adjuvant.protocol import read_protocol

    read = read_protocol(protocol_path(protocol)).protocol
    plan = lab_plan(read, per_year=1, product=options["product"], failure=options["failure"])
    rate = options["per_year"] or _planned_rate(plan, read)
    plan = replace(plan, per_year=rate, draw_after=options["draw_after"])
    found = _forecasts(plan, sorted(set(options["slots"])), options["trials"], options["seed"])
    if as_json:
        print_json(_as_json(plan, found, options["seed"]))
    else:
        _print(plan, found, options["seed"])


def _planned_rate(plan: "LabPlan", protocol: "Protocol") -> float:
    """Return patients a year in the arm with cells, as the design says it."""
    accrual = protocol.design.accrual if protocol.design is not None else None
    days = accrual.calendar_days() if accrual is not None else 0
    if days <= 0:
        raise InvalidInput(
            "the protocol does not say how long recruitment takes (design.accrual); "
            "add it, or give --per-year"
        )
    return plan.patients * 365.25 / days


def _forecasts(
    plan: "LabPlan", slots: list[int], trials: int, seed: int
) -> "list[CapacityForecast]":
    """Return a forecast for each number of slots, and for as many as there can be lots."""
    import numpy as np

    from adjuvant.cells import simulated_lateness

    most = plan.patients * (len(plan.infusion_days) + plan.max_redraws)
    return [
        simulated_lateness(plan, n, np.random.default_rng(seed), trials=trials, days=_LATE)
        for n in [*(n for n in slots if n < most), most]
    ]


def _print(plan: "LabPlan", found: "list[CapacityForecast]", seed: int) -> None:
    rows = []
    for one in found:
        slots = "unlimited" if one is found[-1] else str(one.slots)
        shares = [one.first_late[d] for d in _LATE] + [one.any_late[_LATE[-1]]]
        busy = "" if one is found[-1] else _percent(one.busy)
        rows.append([slots, *map(_percent, [*shares, one.not_given]), busy])
    head = [
        "Slots", "first late", "first > 3 d", "first > 7 d", "any > 7 d", "not given", "in use",
    ]  # fmt: skip
    print_table(
        f"{plan.patients} patients with cells, {plan.per_year:.1f} a year, "
        f"{len(plan.infusion_days)} infusions each",
        head,
        rows,
    )
    say(
        f"{plan.making_days} days from draw to release, {plan.culture_days} of them in a slot; "
        f"{plan.failure:.0%} of lots fail. {found[0].trials} trials, seed {seed}; "
        "\u00b1 is the simulation's own error (1 SE)."
    )
    say(
        "Late is counted from the planned day, whatever the window; first: of first infusions, "
        "of which one that is never given counts as late; any: of all infusions that are given."
    )


def _percent(share: tuple[float, float]) -> str:
    return f"{share[0] * 100:.1f}% \u00b1{share[1] * 100:.1f}"


def _as_json(plan: "LabPlan", found: "list[CapacityForecast]", seed: int) -> dict[str, Any]:
    def pair(share: tuple[float, float]) -> dict[str, float]:
        return {"share": share[0], "error": share[1]}

    rows = [
        {
            "slots": one.slots,
            "slot_for_every_lot": one is found[-1],
            "first_late": {str(d): pair(s) for d, s in one.first_late.items()},
            "any_late": {str(d): pair(s) for d, s in one.any_late.items()},
            "not_given": pair(one.not_given),
            "busy": pair(one.busy),
        }
        for one in found
    ]
    return {
        "schema": "adjuvant/capacity/1", "seed": seed, "trials": found[0].trials,
        "plan": vars(plan), "forecasts": rows,
    }  # fmt: skip
