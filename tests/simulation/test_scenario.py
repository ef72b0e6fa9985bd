"""A scenario is valid or refused, and one number stands for all of it."""

import pytest
from simulation.scenarios import CONTROL, W1, W2, everything, plain_trial_of

from adjuvant.core import InvalidInput
from adjuvant.design import PiecewiseHazard
from adjuvant.simulation import (
    Course,
    LogRankTest,
    Look,
    MaxComboTest,
    Minimisation,
    PoissonAccrual,
    ProductFailure,
    RmstTest,
    ScheduledAccrual,
    Stratum,
    VisitSchedule,
    WeibullHazard,
    one_stratum,
    true_effect,
)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: plain_trial_of(bounds=(2.0, 2.0)), "1 looks and 2 efficacy bounds"),
        (lambda: plain_trial_of(subjects=100), "a look waits for 200 events"),
        (lambda: plain_trial_of(futility_bounds=(0.0,)), "expected 0"),
        (lambda: plain_trial_of(bounds=(float("nan"),)), "not a number"),
        (lambda: plain_trial_of(accrual=24), "accrual is 24"),
        (lambda: plain_trial_of(test="log-rank"), "test is 'log-rank'"),
        (
            lambda: everything(strata=(Stratum(Course(CONTROL), Course(CONTROL), 0.4),)),
            "sum to 0.4",
        ),
        (lambda: Look(), "events, a time, or both"),
        (lambda: Look(events=0), "events is 0"),
        (lambda: Look(events=3, rule="both"), "rule is 'both'"),
        (lambda: LogRankTest(gamma=1, delay=3), "not both"),
        (lambda: MaxComboTest(((0, 0),)), "at least two"),
        (lambda: RmstTest(0), "horizon is 0"),
        (lambda: VisitSchedule((3, 3)), "rising"),
        (lambda: PoissonAccrual((5, 0), (0, 3)), "the last must be above 0"),
        (lambda: Minimisation(0.4), "probability is 0.4"),
        (lambda: Course(CONTROL, cured=1.0), "cured is 1.0"),
        (
            lambda: plain_trial_of(WeibullHazard(1, 9), product_failure=ProductFailure(0, CONTROL)),
            "stopping needs piecewise hazards",
        ),
    ],
)
def test_what_no_trial_can_be_is_refused(make, words):
    with pytest.raises(InvalidInput, match=words):
        make()


def test_the_key_stands_for_every_part_of_the_scenario():
    assert W1.key == plain_trial_of().key
    assert W1.key == plain_trial_of(accrual=ScheduledAccrual(24.0)).key
    assert len({W1.key, W2.key, plain_trial_of(dropout=0.01).key, everything().key}) == 4


def test_the_plain_kind_of_trial_is_fast_and_every_other_general():
    assert W2.fast
    assert plain_trial_of(test=LogRankTest(delay=3), dropout=0.1).fast
    assert not plain_trial_of(test=RmstTest(12)).fast
    assert not plain_trial_of(WeibullHazard(1, 9)).fast
    assert not everything().fast


@pytest.mark.by_hand
def test_the_true_effect_is_told_only_where_it_is_one_number():
    assert true_effect(W1) == pytest.approx(-0.35667494393873245)
    assert true_effect(plain_trial_of(PiecewiseHazard((0, 4), (0.05, 0.02)))) is None
    assert true_effect(everything()) is None
    same = plain_trial_of(CONTROL, test=RmstTest(12))
    assert true_effect(same) == 0
    halves = tuple(
        Stratum(*(Course(PiecewiseHazard.constant(x)) for x in pair), 0.5)
        for pair in ((0.1, 0.05), (0.2, 0.1))
    )
    trial = {"strata": halves, "subjects": 300}
    stratified = everything(
        **trial, visits=None, product_failure=None, sites=None, test=LogRankTest(stratified=True)
    )
    assert true_effect(stratified) == pytest.approx(-0.6931471805599453)
    assert one_stratum(CONTROL, CONTROL)[0].fraction == 1
