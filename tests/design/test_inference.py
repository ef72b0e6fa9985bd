"""Conditional and predictive power, adjusted inference, bounds at the events that were there."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from adjuvant.core import InvalidInput
from adjuvant.design import (
    DiscretePrior,
    FlatPrior,
    GroupSequentialDesign,
    NormalPrior,
    adjusted_inference,
    conditional_power,
    group_sequential_boundaries,
    predictive_power,
    prior_of,
    stopping_probabilities,
    update_boundaries,
)

LOOKS = GroupSequentialDesign(
    spending="lan_demets_obrien_fleming", information_rates=(54 / 107, 81 / 107, 1)
)
TWO = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1))


@pytest.mark.by_hand
def test_conditional_power_with_one_look_left_is_a_normal_probability():
    c = group_sequential_boundaries(TWO).critical_values[1]
    # S(1) - S(1/2) ~ N(d/2, 1/2), S(1/2) = z sqrt(1/2).
    expected = ndtr((1.0 * math.sqrt(0.5) + 2.5 * 0.5 - c) / math.sqrt(0.5))

    assert conditional_power(TWO, 1, 1.0, [2.5])[0] == pytest.approx(expected, abs=1e-14)


@pytest.mark.by_hand
def test_predictive_power_with_a_flat_prior_and_one_look_left_is_a_normal_probability():
    c = group_sequential_boundaries(TWO).critical_values[1]
    # Given z the drift is N(z / sqrt(t), 1 / t): the last Z has variance (1 - t) + (1 - t)^2 / t.
    expected = ndtr((1.5 / math.sqrt(0.5) - c) / math.sqrt(0.5 + 0.5))

    assert predictive_power(TWO, 1, 1.5) == pytest.approx(expected, abs=1e-12)
    assert predictive_power(TWO, 1, 1.5, FlatPrior()) == predictive_power(TWO, 1, 1.5)


def test_a_wide_normal_prior_is_a_flat_one_and_a_narrow_one_a_point():
    flat = predictive_power(LOOKS, 1, 1.2)
    point = conditional_power(LOOKS, 1, 1.2, [2.0])[0]

    assert predictive_power(LOOKS, 1, 1.2, NormalPrior(0, 1e5)) == pytest.approx(flat, abs=1e-8)
    assert predictive_power(LOOKS, 1, 1.2, NormalPrior(2, 1e-5)) == pytest.approx(point, abs=1e-8)
    assert predictive_power(LOOKS, 1, 1.2, DiscretePrior((2.0,), (7,))) == pytest.approx(point)


@pytest.mark.property
@given(st.floats(0, 4), st.sampled_from([LOOKS, TWO]))
@settings(max_examples=25, deadline=None)
def test_conditional_power_averages_to_the_power(drift, design):
    """Over the first Z, what is crossed now and what will be add up to the power."""
    t = design.information_rates[0]
    c = group_sequential_boundaries(design).critical_values[0]
    points, weights = np.polynomial.legendre.leggauss(60)
    mean = drift * math.sqrt(t)
    low = mean - 9
    at = 0.5 * (c + low) + 0.5 * (c - low) * points
    density = np.exp(-0.5 * (at - mean) ** 2) / math.sqrt(2 * math.pi)
    later = np.array([conditional_power(design, 1, z, [drift])[0] for z in at])

    total = ndtr(mean - c) + 0.5 * (c - low) * np.sum(weights * density * later)

    assert total == pytest.approx(stopping_probabilities(design, drift).reject, abs=1e-9)


@pytest.mark.parametrize("stage", [0, 2, 3])
def test_conditional_power_at_a_look_that_is_not_an_interim_one_is_refused(stage):
    with pytest.raises(InvalidInput, match="stage is"):
        conditional_power(TWO, stage, 1.0, [1.0])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"type": "beta"}, "no prior 'beta'"),
        ({"type": "normal", "mean": 0, "sd": 0}, "sd above 0"),
        ({"type": "normal", "mean": 0}, "cannot be made"),
        ({"type": "discrete", "drifts": [1], "weights": [1, 2]}, "as many weights"),
    ],
)
def test_a_prior_that_is_none_is_refused(options, text):
    with pytest.raises(InvalidInput, match=text):
        prior_of(options)


@pytest.mark.by_hand
def test_with_one_look_adjusted_inference_is_the_usual_one():
    found = adjusted_inference(GroupSequentialDesign(), [2.2], 50)

    half = -ndtri(0.025) / math.sqrt(50)
    middle = 2.2 / math.sqrt(50)
    assert found.stage_wise_p_value == pytest.approx(ndtr(-2.2), abs=1e-14)
    assert found.median_unbiased_estimate == pytest.approx(middle, abs=1e-12)
    assert found.confidence_interval == pytest.approx((middle - half, middle + half), abs=1e-12)
    assert found.repeated_p_values[0] == pytest.approx(ndtr(-2.2), abs=1e-12)


def test_a_two_sided_design_mirrors_its_inference():
    two_sided = GroupSequentialDesign(
        spending="pocock", alpha=0.05, sided=2, information_rates=(0.5, 1)
    )

    up = adjusted_inference(two_sided, [1.0, 2.5], 40)
    down = adjusted_inference(two_sided, [-1.0, -2.5], 40)

    assert down.stage_wise_p_value == pytest.approx(up.stage_wise_p_value)
    assert down.median_unbiased_estimate == pytest.approx(-up.median_unbiased_estimate)
    assert down.confidence_interval == pytest.approx(
        tuple(-limit for limit in reversed(up.confidence_interval))
    )
    assert down.repeated_p_values == pytest.approx(up.repeated_p_values)


@pytest.mark.property
@given(st.floats(-1, 2.0), st.floats(-1, 4))
@settings(max_examples=20, deadline=None)
def test_the_interval_excludes_no_effect_exactly_when_the_design_rejects(first, last):
    found = adjusted_inference(TWO, [first, last], 40)

    bounds = group_sequential_boundaries(TWO).critical_values
    assert (found.confidence_interval[0] > 0) == (last > bounds[1])
    p = found.repeated_p_values[1]
    assert (p is not None and p < 0.025) == (last > bounds[1])
    assert found.confidence_interval[0] < found.median_unbiased_estimate


def test_repeated_p_value_is_the_level_at_which_the_look_rejects():
    at = adjusted_inference(LOOKS, [1.5, 2.1], 25).repeated_p_values[1]

    changed = GroupSequentialDesign(
        spending=LOOKS.spending, information_rates=LOOKS.information_rates, alpha=at
    )
    assert group_sequential_boundaries(changed).critical_values[1] == pytest.approx(2.1, abs=1e-9)


def test_confidence_limits_cover_at_their_level():
    """Simulated: the lower limit lies above the truth in alpha of the trials."""
    rng, n, drift = np.random.default_rng(20260102), 600, 2.0
    c = group_sequential_boundaries(TWO).critical_values
    over = 0
    for _ in range(n):
        first, second = rng.normal(drift * 0.5, math.sqrt(0.5), 2)
        z = [first / math.sqrt(0.5), first + second]
        z = z[:1] if z[0] >= c[0] else z
        # The lower limit exceeds theta exactly when the p-value at theta is below alpha.
        over += adjusted_inference(TWO, z, 1.0).confidence_interval[0] > drift

    assert abs(over / n - 0.025) < 3 * math.sqrt(0.025 * 0.975 / n)


def test_a_trial_that_ended_without_crossing_has_an_estimate_when_told_so():
    going_on = adjusted_inference(LOOKS, [0.2], 25)
    ended = adjusted_inference(LOOKS, [0.2], 25, ended=True)

    assert going_on.final_stage is None
    assert going_on.confidence_interval is None
    assert ended.final_stage == 1
    assert ended.stage_wise_p_value == pytest.approx(ndtr(-0.2))


def test_haybittle_peto_interim_has_a_repeated_p_value_only_above_its_bound():
    peto = GroupSequentialDesign(spending="haybittle_peto", information_rates=(0.5, 1))

    assert adjusted_inference(peto, [2.9], 1).repeated_p_values == (None,)
    assert adjusted_inference(peto, [3.1], 1).repeated_p_values[0] == pytest.approx(ndtr(-3.0))


@pytest.mark.by_hand
def test_bounds_at_fewer_events_than_planned():
    """Story: looks planned at 54, 81 and 107 events, the first comes with 46."""
    planned = group_sequential_boundaries(LOOKS).critical_values
    moved = update_boundaries(LOOKS, [46], 107)

    assert [round(z, 4) for z in planned] == [2.9470, 2.3464, 2.0160]
    assert round(moved.alpha_spent[0], 5) == 0.00063
    assert [round(z, 4) for z in moved.critical_values] == [3.2251, 2.3346, 2.0147]
    assert [round(h, 3) for h in moved.hazard_ratios] == [0.386, 0.595, 0.677]
    assert moved.performed == 1


@pytest.mark.by_hand
def test_a_trial_that_ends_early_for_good_spends_all_alpha():
    ended = update_boundaries(LOOKS, [46, 81, 98], 107, final=True)

    assert round(ended.critical_values[2], 4) == 1.9959
    assert ended.alpha_spent[2] == pytest.approx(0.025, abs=1e-12)


def test_looks_as_planned_have_the_planned_bounds():
    planned = group_sequential_boundaries(LOOKS)
    kept = update_boundaries(LOOKS, [54, 81, 107], 107)

    assert kept.critical_values == pytest.approx(planned.critical_values, abs=1e-12)


def test_a_trial_that_overruns_keeps_its_level():
    over = update_boundaries(LOOKS, [54, 81, 120], 107)

    assert over.spending_times[-1] == 1
    assert over.alpha_spent[-1] == pytest.approx(0.025, abs=1e-12)


def test_a_bound_already_used_does_not_move_with_later_looks():
    first = update_boundaries(LOOKS, [46], 107).critical_values[0]
    later = update_boundaries(LOOKS, [46, 90, 98], 107, final=True).critical_values[0]

    assert later == pytest.approx(first, abs=1e-13)


@pytest.mark.parametrize("binding", [True, False])
def test_futility_bounds_move_with_the_events_at_the_planned_effect(binding):
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming",
        information_rates=(0.5, 1),
        power=0.9,
        beta_spending="lan_demets_pocock",
        binding=binding,
    )

    planned = update_boundaries(design, [50], 100).futility_bounds[0]
    fewer = update_boundaries(design, [40], 100).futility_bounds[0]

    assert fewer < planned


@pytest.mark.parametrize(
    ("design", "events", "options", "text"),
    [
        (LOOKS, [], {}, "no look was taken"),
        (LOOKS, [81, 46], {}, "more at every look"),
        (LOOKS, [110, 120], {}, "it was the last one"),
        (LOOKS, [46], {"allocation_ratio": 0}, "allocation_ratio is 0"),
        (TWO, [46], {}, "the bounds of pocock hold at the planned looks alone"),
    ],
)
def test_looks_that_make_no_sense_are_refused(design, events, options, text):
    with pytest.raises(InvalidInput, match=text):
        update_boundaries(design, events, 107, **options)
