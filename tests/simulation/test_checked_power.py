"""A formula's power stands beside the simulated one, and says where they part."""

import pytest

from adjuvant.core import InvalidInput
from adjuvant.design import (
    Accrual,
    GroupSequentialDesign,
    PiecewiseHazard,
    TrialAssumptions,
    stopping_bounds,
)
from adjuvant.simulation import checked_power, designed_scenario

CONTROL = PiecewiseHazard.with_median(12)


def trial(accrual, **more):
    return TrialAssumptions.proportional(CONTROL, 0.7, accrual, **more)


def test_schoenfeld_promises_more_than_w1_keeps():
    """0.7130 by formula, 0.7100 by simulation: 400,000 trials are enough to tell."""
    found = checked_power(
        GroupSequentialDesign(), 0.7, CONTROL, Accrual.uniform(300, 24), 200, trials=400_000
    )

    assert found.analytic == pytest.approx(0.71298, abs=5e-5)
    assert 0 < found.difference < 0.006
    assert found.differs == ("rely on the simulation" in str(found))


def test_the_scenario_has_the_looks_and_bounds_of_its_design():
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming",
        information_rates=(0.335, 0.67, 1.0),
        futility_bounds=(None, 0.5),
    )
    scenario = designed_scenario(design, trial(Accrual((0, 6), (5, 15), 24)), 200)

    assert [look.events for look in scenario.looks] == [67, 134, 200]
    assert scenario.efficacy_bounds == stopping_bounds(design).upper
    assert scenario.futility_bounds == (-float("inf"), 0.5)
    assert scenario.subjects == 300
    assert scenario.fast


def test_a_two_sided_design_stops_on_either_side():
    design = GroupSequentialDesign(
        spending="pocock", information_rates=(0.5, 1), alpha=0.05, sided=2
    )
    scenario = designed_scenario(design, trial(Accrual.uniform(300, 24)), 200)

    assert scenario.futility_bounds == (-scenario.efficacy_bounds[0],)


def test_a_harm_bound_is_obeyed():
    design = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1), harm_alpha=0.05)
    scenario = designed_scenario(design, trial(Accrual.uniform(300, 24)), 200)

    assert scenario.futility_bounds == stopping_bounds(design).harm


@pytest.mark.parametrize(
    ("accrual", "words"),
    [(Accrual((0,), (10,), 24, 0.1), "shaped accrual"), (Accrual((0,), (1.1,), 23), "whole")],
)
def test_what_cannot_be_simulated_is_refused(accrual, words):
    with pytest.raises(InvalidInput, match=words):
        designed_scenario(GroupSequentialDesign(), trial(accrual), 20)
