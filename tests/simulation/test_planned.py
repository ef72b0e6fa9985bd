"""A planned trial becomes a scenario with every assumption, and its formula answers to it."""

import pytest

from adjuvant.core import InvalidInput
from adjuvant.design import design_from_numbers, stopping_bounds
from adjuvant.simulation import (
    CoxTest,
    LogRankTest,
    PermutedBlocks,
    checked_design,
    planned_scenario,
)

BASE = {"subjects": 300, "events": 200, "control_median": 12, "accrual": 24}
LATE = {"hazard_ratio": "1@0-4,0.6@4-"}
THREE = {"looks": (67, 134, 200), "spending": "OBF"}
KINDS = {
    "log-rank": {"hazard_ratio": 0.7},
    "three looks": {"hazard_ratio": 0.7, **THREE},
    "two-sided": {"hazard_ratio": 0.7, **THREE, "alpha": 0.05, "sided": 2},
    "Fleming-Harrington": {**LATE, "test": "fleming_harrington", "gamma": 1},
    "modestly weighted, two looks": {
        **LATE, "test": "modestly_weighted", "delay": 6, "looks": (100, 200), "spending": "OBF",
    },
    "MaxCombo": {**LATE, "test": "max_combo"},
    "restricted mean": {"hazard_ratio": 0.7, "test": "rmst", "horizon": 18},
    "milestone": {"hazard_ratio": 0.7, "test": "milestone", "horizon": 18},
    "non-inferiority": {"hazard_ratio": 1, "margin": 1.4},
    "product failure": {"hazard_ratio": 0.6, "never_started": 0.1},
    "competing death": {"hazard_ratio": 0.6, "death_per_y": 0.1, "events": 150},
    "two to one": {"hazard_ratio": 0.7, "ratio": 2.0},
}  # fmt: skip


def made(**parts):
    return design_from_numbers(**{**BASE, **parts})


@pytest.mark.parametrize("kind", KINDS)
def test_the_formula_of_every_kind_of_design_is_near_its_trials(kind):
    """One percent of power, and a week of the time of the last look, beside the Monte-Carlo error.

    MaxCombo, with 150 patients an arm, keeps 0.7 percent less than its formula says.
    """
    found = checked_design(made(**KINDS[kind]), trials=20_000, seed=3)

    assert abs(found.difference) < 0.01 + 3 * found.simulated.power.standard_error
    times = zip(found.planned.looks, found.simulated.looks, strict=True)
    for formula, seen in times:
        assert seen.time.value == pytest.approx(formula.time, abs=0.25)


def test_a_difference_is_said_with_what_the_formula_has_not():
    found = checked_design(made(hazard_ratio=0.6, imaging=6), trials=20_000)

    assert found.simulated.looks[0].time.value - found.planned.looks[0].time > 1.5
    assert "at the next visit" in found.reasons[0]
    assert found.to_dict()["differs"] == ("rely on the simulation" in str(found))


def test_without_a_formula_the_simulation_stands_alone():
    found = checked_design(
        made(**LATE, test="max_combo", looks=(100, 200), spending="OBF"), trials=2_000
    )

    assert found.analytic is None
    assert found.difference is None
    assert not found.differs
    assert "no formula" in str(found)
    assert found.to_dict()["reasons"]


def test_the_scenario_keeps_every_assumption():
    design = made(
        hazard_ratio=0.6, **THREE, imaging=3, never_started=0.1, death_per_y=0.05,
        dropout_per_y=0.02, futility="OBF", power=0.8, events=None,
    )  # fmt: skip
    scenario = planned_scenario(design, allocation=PermutedBlocks(2, 2))

    assert scenario.visits.times[0] == 3
    assert scenario.product_failure.never_started == 0.1
    course = scenario.strata[0].experimental
    assert course.death.rates[0] * 12 == pytest.approx(0.05)
    assert course.dropout.rates[0] * 12 == pytest.approx(0.02)
    bounds = stopping_bounds(design.looks)
    assert (scenario.efficacy_bounds, scenario.futility_bounds) == (bounds.upper, bounds.lower)
    assert scenario.allocation == PermutedBlocks(2, 2)
    assert scenario.estimate


def test_a_margin_is_tested_in_a_cox_model_and_by_no_other_test():
    assert planned_scenario(made(hazard_ratio=1, margin=1.4)).test == CoxTest(False, 1.4)
    assert planned_scenario(made(hazard_ratio=0.7)).test == LogRankTest()
    with pytest.raises(InvalidInput, match=r"the margin 1\.4 is of a hazard ratio"):
        planned_scenario(made(hazard_ratio=1, margin=1.4, test="rmst", horizon=12))
