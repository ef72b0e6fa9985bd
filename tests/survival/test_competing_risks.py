"""Cumulative incidence, state probabilities and Gray's test."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from survival_strategies import rows, shuffled, survival_data

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import aalen_johansen, cumulative_incidence, gray_test, kaplan_meier

approx = pytest.approx
# IMM: death 60, recurrence 120, alive 400, 400. CTL: recurrence 90, death 100, recurrence 150,
# alive 380. Cause 1 is recurrence, cause 2 death.
EIGHT = TimeToEvent(
    [60, 120, 400, 400, 90, 100, 150, 380],
    [2, 1, 0, 0, 1, 2, 1, 0],
    arm=[1, 1, 1, 1, 0, 0, 0, 0],
    arm_labels=("CTL", "IMM"),
)


@pytest.mark.by_hand
def test_incidence_of_eight_patients_at_a_year():
    recurrence_ctl, recurrence_imm, death_ctl, death_imm = cumulative_incidence(EIGHT).at([365])

    # IMM recurrence: S(120-) 3/4 times 1/3. CTL: 1/4 + S(150-) 1/2 times 1/2.
    assert recurrence_imm.estimate[0] == approx(0.25)
    assert recurrence_ctl.estimate[0] == approx(0.50)
    assert (death_imm.estimate[0], death_ctl.estimate[0]) == approx((0.25, 0.25))
    assert [curve.cause for curve in cumulative_incidence(EIGHT).curves] == [1, 1, 2, 2]


@pytest.mark.by_hand
def test_one_minus_kaplan_meier_overstates_the_incidence():
    recurrence = TimeToEvent(EIGHT.time, EIGHT.event == 1, arm=EIGHT.arm)

    control, treatment = kaplan_meier(recurrence).curves

    assert 1 - treatment.survival[-1] == approx(1 / 3)
    assert 1 - control.survival[-1] == approx(0.6250)


@pytest.mark.by_hand
def test_grays_variance_of_four_patients():
    # Cause 1 at day 1, cause 2 at day 2 of 4; at day 3 the variance of F = 1/4 + 0.
    curve = cumulative_incidence(TimeToEvent([1, 2, 3, 4], [1, 2, 0, 0])).curves[0]

    # Day 1: S(1-)/n = 1/4, F(t) - F(1) = 0: (1/4)^2. Day 2 moves nothing: F(t) = F(2).
    assert curve.time.tolist() == [1, 4]
    assert curve.variance == approx([1 / 16, 1 / 16])


@pytest.mark.by_hand
def test_after_the_last_time_the_incidence_is_unknown():
    at = cumulative_incidence(EIGHT).at([0, 381])

    assert at[0].estimate[0] == 0
    assert np.isnan(at[0].estimate[1])
    assert not np.isnan(at[1].estimate[1])


def test_data_without_an_answer_are_refused():
    with pytest.raises(NotEnoughData, match="no event was seen"):
        cumulative_incidence(TimeToEvent([1, 2], [0, 0]))
    with pytest.raises(InvalidData, match="no case weights"):
        cumulative_incidence(TimeToEvent([1, 2], [1, 2], weight=[1, 2]))
    with pytest.raises(InvalidData, match="several rows"):
        aalen_johansen(TimeToEvent([1, 2], [1, 2], subject=("a", "a")))
    with pytest.raises(NotEnoughData, match="no event"):
        gray_test(TimeToEvent([1, 2], [0, 0], arm=[0, 1]))
    with pytest.raises(InvalidData, match="neither case weights nor late entry"):
        gray_test(TimeToEvent([1, 2], [1, 2], arm=[0, 1], entry=[0, 1]))
    with pytest.raises(NotEstimable, match="no variance"):
        gray_test(TimeToEvent([1, 1], [1, 1], arm=[0, 1]))


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, causes=3, entry=True, weights=True))
def test_states_add_up_to_one_and_the_first_is_kaplan_meier(data):
    assume(data.events)

    found = aalen_johansen(data)

    for states, curve in zip(found.curves, kaplan_meier(data).curves, strict=True):
        assert states.probability.sum(axis=1) == approx(np.ones(len(states.time)))
        assert states.probability[:, 0] == approx(curve.survival)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0, causes=1))
def test_with_one_cause_the_jackknife_is_greenwood(data):
    assume(data.events)

    states, curve = aalen_johansen(data).curves[0], kaplan_meier(data).curves[0]

    alive = curve.survival > 0
    assert states.std_error[alive, 0] == approx(curve.std_error[alive], abs=1e-10)
    assert states.std_error[alive, 1] == approx(curve.std_error[alive], abs=1e-8)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(arms=0, causes=2, entry=True, max_size=15))
def test_the_jackknife_is_the_derivative_by_each_rows_weight(data):
    """The definition: the squares of the change per unit of a row's weight, summed."""
    assume(data.events)
    step = 1e-6
    base = aalen_johansen(data).curves[0]

    total = 0.0
    for i in range(data.n):
        weight = np.ones(data.n)
        up, down = weight.copy(), weight.copy()
        up[i] += step
        down[i] -= step
        moved = [
            aalen_johansen(TimeToEvent(data.time, data.event, entry=data.entry, weight=w))
            for w in (up, down)
        ]
        slope = (moved[0].curves[0].probability - moved[1].curves[0].probability) / (2 * step)
        total = total + slope**2

    assert base.std_error == approx(np.sqrt(total), abs=1e-6)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, causes=2))
def test_incidence_equals_the_state_probability(data):
    assume(data.events)

    states = aalen_johansen(data)
    by_label = {curve.label: curve for curve in states.curves}

    for curve in cumulative_incidence(data).curves:
        other = by_label[curve.label]
        column = states.states.index(curve.cause)
        at = np.searchsorted(other.time, curve.time)
        assert curve.estimate == approx(other.probability[at, column])
        assert (curve.variance >= 0).all()


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, causes=2, strata=2, min_size=10))
def test_gray_ignores_order_and_the_arms_labels(data):
    swapped = TimeToEvent(data.time, data.event, arm=1 - data.arm, stratum=data.stratum)
    try:
        found = gray_test(data)
        others = gray_test(shuffled(data)), gray_test(swapped)
    except (NotEnoughData, NotEstimable):
        assume(False)

    for other in others:
        for a, b in zip(found.causes, other.causes, strict=True):
            assert b.chi_square == approx(a.chi_square, rel=1e-6, abs=1e-9)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(arms=2, causes=2, entry=True, max_size=20))
def test_repeating_all_rows_leaves_estimates_and_shrinks_errors_by_root_two(data):
    assume(data.events)
    twice = rows(data, np.repeat(np.arange(data.n), 2))

    for a, b in zip(aalen_johansen(data).curves, aalen_johansen(twice).curves, strict=True):
        assert b.probability == approx(a.probability)
        assert b.std_error * np.sqrt(2) == approx(a.std_error, abs=1e-7)
