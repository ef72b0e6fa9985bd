"""The type I error of every test and design over a million null trials.

Within three Monte-Carlo errors of its nominal 0.025, or of the value that
docs/explanation/simulation.md gives with the reason.
"""

import pytest
from simulation.scenarios import CONTROL, OBF, plain_trial_of

from adjuvant.design import (
    GroupSequentialDesign,
    PiecewiseHazard,
    group_sequential_boundaries,
    stopping_bounds,
)
from adjuvant.simulation import (
    Course,
    CoxTest,
    LogRankTest,
    Look,
    MaxComboTest,
    MilestoneTest,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    RmstTest,
    Scenario,
    Sites,
    Stratum,
    VisitSchedule,
    simulate,
)

TRIALS = 1_000_000
TWO = tuple(
    Stratum(*(Course(PiecewiseHazard.constant(rate)) for _ in range(2)), share)
    for rate, share in ((0.04, 0.4), (0.09, 0.6))
)


def null(**more):
    return plain_trial_of(CONTROL, **more)


def changed(scenario, **parts):
    return Scenario(**{**vars(scenario), **parts})


POCOCK = group_sequential_boundaries(
    GroupSequentialDesign(spending="lan_demets_pocock", information_rates=(1 / 3, 2 / 3, 1.0))
).critical_values
RATES = (67 / 200, 134 / 200, 1.0)
DEATH = PiecewiseHazard.constant(0.01)


def bounded(spending, parameter=None, **more):
    """Three looks with the bounds of a design, futility and the mirrored bound obeyed."""
    design = GroupSequentialDesign(
        spending=spending, spending_parameter=parameter, information_rates=RATES, **more
    )
    bounds = stopping_bounds(design)
    low = tuple(-c for c in bounds.upper[:-1]) if design.sided == 2 else bounds.lower
    return null(looks=(67, 134, 200), bounds=bounds.upper, futility_bounds=low)


DESIGNS = {
    "log-rank": null(),
    "log-rank, three looks": null(looks=(67, 134, 200), bounds=OBF),
    "log-rank, three looks of Pocock type": null(looks=(66, 132, 198), bounds=POCOCK),
    "log-rank, two controls to one, dropout": null(
        allocation=PermutedBlocks(2, 1), accrual=PoissonAccrual((12.5,)), dropout=0.01
    ),
    "log-rank on a date": changed(null(), looks=(Look(time=36),)),
    "Fleming-Harrington (0, 1)": null(test=LogRankTest(gamma=1)),
    "Fleming-Harrington (1, 1)": null(test=LogRankTest(rho=1, gamma=1)),
    "modestly weighted": null(test=LogRankTest(delay=6)),
    "stratified log-rank": changed(
        null(test=LogRankTest(stratified=True), allocation=PermutedBlocks(2, 2)), strata=TWO
    ),
    "log-rank, minimisation": changed(
        null(test=LogRankTest(stratified=True), allocation=Minimisation(0.8)), strata=TWO
    ),
    "log-rank, visits every 3 months": null(visits=VisitSchedule((3,), 3)),
    "MaxCombo of two": null(test=MaxComboTest()),
    "restricted mean to 18": changed(null(test=RmstTest(18)), looks=(Look(time=48),)),
    "survival at 18": changed(null(test=MilestoneTest(18)), looks=(Look(time=48),)),
    "Cox, Wald": null(test=CoxTest()),
    "three looks of Hwang, Shih and DeCani (-4)": bounded("hwang_shih_decani", -4.0),
    "three looks of Kim and DeMets (2)": bounded("kim_demets", 2.0),
    "three looks of Wang and Tsiatis (0.25)": bounded("wang_tsiatis", 0.25),
    "three looks of Haybittle and Peto": bounded("haybittle_peto"),
    "three looks, binding futility": bounded(
        "lan_demets_obrien_fleming", futility_bounds=(0.0, 0.5), binding=True
    ),
    "three looks, two-sided, upper side": bounded("lan_demets_obrien_fleming", alpha=0.05, sided=2),
    "non-inferiority at its margin 1.3": plain_trial_of(
        CONTROL.times_ratio(1.3), test=CoxTest(null_hazard_ratio=1.3)
    ),
    "stratified Cox, Wald": changed(
        null(test=CoxTest(stratified=True), allocation=PermutedBlocks(2, 2)), strata=TWO
    ),
    "log-rank, sites with frailty": null(sites=Sites(20, 0.3)),
    "log-rank, competing deaths": changed(
        null(looks=(150,)), strata=(Stratum(*(Course(CONTROL, death=DEATH) for _ in range(2))),)
    ),
}
NOT_NOMINAL = {
    "log-rank, two controls to one, dropout": 0.02332,
    "log-rank on a date": 0.02559,
    "Fleming-Harrington (0, 1)": 0.02567,
    "MaxCombo of two": 0.02567,
    "restricted mean to 18": 0.02606,
    "three looks, binding futility": 0.02553,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DESIGNS)
def test_type_one_error_is_what_the_docs_say(name):
    known = name in NOT_NOMINAL
    # What the docs say was simulated too, with another seed: two errors count.
    found = simulate(DESIGNS[name], trials=TRIALS, seed=12 if known else 11).reject
    allowed = 3 * found.standard_error * (2**0.5 if known else 1)

    assert abs(found.value - NOT_NOMINAL.get(name, 0.025)) <= allowed, str(found)


def test_the_bounds_of_w2_are_those_of_its_design():
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming", information_rates=(0.335, 0.67, 1.0)
    )

    assert group_sequential_boundaries(design).critical_values == pytest.approx(OBF, abs=1e-8)
