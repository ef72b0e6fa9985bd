"""The formula for a planned trial stands near the trials that lrstat, rpact and simtrial ran."""

import json
from pathlib import Path

import pytest

from adjuvant.design import (
    Accrual,
    ArmCourse,
    DesignStratum,
    GroupSequentialDesign,
    PiecewiseHazard,
    PlannedPatients,
    PrimaryTest,
    TrialDesign,
    planned_power,
)
from adjuvant.design.planned_power import look_times, power_at_means, statistic_at

CASES = Path(__file__).parents[1] / "reference" / "data" / "simulation.json"
# A formula is the limit for many events; between 180 and 280 events it is off by so much at most.
NEAR = 0.012
SERVED = [
    case
    for case in json.loads(CASES.read_text("utf-8"))["cases"]
    if "experimental" in case["options"] and "events" in case["options"]["analyses"][0]
]


def patients(options):
    lost = options["dropout_hazard"]
    arms = {
        arm: ArmCourse(
            PiecewiseHazard(tuple(options[arm]["times"]), tuple(options[arm]["rates"])),
            PiecewiseHazard.constant(lost[arm]),
        )
        for arm in ("control", "experimental")
    }
    duration = options["subjects"] / options["accrual"]["rate"]
    return PlannedPatients(
        strata=(DesignStratum(**arms),),
        accrual=Accrual.uniform(1, duration),
        allocation_ratio=options["allocation_ratio"],
    )


def primary(test):
    if test["type"] == "max_combo":
        return PrimaryTest("max_combo")
    kind = "fleming_harrington" if test["rho"] + test["gamma"] else "log_rank"
    return PrimaryTest(kind, test["rho"], test["gamma"])


@pytest.mark.reference
@pytest.mark.parametrize("case", SERVED, ids=[case["id"] for case in SERVED])
def test_power_by_formula_is_near_the_simulated_one(case):
    options = case["options"]
    events = [look["events"] for look in options["analyses"]]
    looks = GroupSequentialDesign(
        spending="none" if len(events) == 1 else "lan_demets_obrien_fleming",
        information_rates=tuple(d / events[-1] for d in events),
    )
    design = TrialDesign(
        looks=looks, events=events[-1], subjects=options["subjects"], patients=patients(options),
        test=primary(options["test"]),
    )  # fmt: skip

    if options.get("futility_bounds") is None and len(events) in (1, 3):
        found = planned_power(design)
        assert abs(found.reject - case["expected"]["reject"]) < NEAR
        if "expected_duration" in case["expected"]:
            assert found.expected_duration == pytest.approx(
                case["expected"]["expected_duration"], rel=0.01
            )
    else:
        assert abs(_with_bounds(design, options) - case["expected"]["reject"]) < NEAR


def _with_bounds(design, options):
    """Return the power with the bounds of the case, whatever family they are of."""
    lower = options.get("futility_bounds")
    fixed = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming",
        information_rates=design.looks.information_rates,
        futility_bounds=None if lower is None else tuple(lower),
        alpha=options["one_sided_alpha"],
    )
    trial = design.assumptions
    found = [statistic_at(design.test, trial, t) for t in look_times(design, trial)]
    rates = [information / found[-1][1] for _, information in found]
    stops = power_at_means(fixed, [mean for mean, _ in found], rates)
    return sum(stop[0] for stop in stops)
