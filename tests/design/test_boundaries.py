"""Efficacy, futility and harm bounds: published constants, laws, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from adjuvant.core import InvalidInput
from adjuvant.design import (
    GroupSequentialDesign,
    cumulative_spending,
    design_characteristics,
    futility_boundaries,
    group_sequential_boundaries,
    harm_boundaries,
    stopping_probabilities,
)

FAMILIES = [
    ("obrien_fleming", None),
    ("pocock", None),
    ("wang_tsiatis", 0.25),
    ("lan_demets_obrien_fleming", None),
    ("lan_demets_pocock", None),
    ("kim_demets", 2.0),
    ("hwang_shih_decani", -4.0),
    ("hwang_shih_decani", 0.0),
    (lambda t: t**1.5, None),
]


def design(family="lan_demets_obrien_fleming", parameter=None, looks=3, **more):
    more.setdefault("information_rates", tuple(k / looks for k in range(1, looks + 1)))
    return GroupSequentialDesign(spending=family, spending_parameter=parameter, **more)


@st.composite
def rates(draw):
    gaps = draw(st.lists(st.floats(0.05, 1), min_size=1, max_size=6))
    times = np.cumsum(gaps) / sum(gaps)
    return (*times[:-1].tolist(), 1.0)


@pytest.mark.published
@pytest.mark.parametrize(
    ("family", "looks", "constant"),
    # Jennison & Turnbull 2000, tables 2.1 (Pocock) and 2.3 (O'Brien-Fleming), two-sided 0.05.
    [
        ("pocock", 2, 2.178),
        ("pocock", 5, 2.413),
        ("pocock", 10, 2.555),
        ("obrien_fleming", 2, 1.977),
        ("obrien_fleming", 5, 2.040),
        ("obrien_fleming", 10, 2.087),
    ],
)
def test_last_bound_is_the_published_constant(family, looks, constant):
    bounds = group_sequential_boundaries(design(family, looks=looks, alpha=0.05, sided=2))

    assert bounds.critical_values[-1] == pytest.approx(constant, abs=6e-4)


@pytest.mark.by_hand
def test_one_look_is_the_normal_quantile():
    for family, parameter in FAMILIES:
        bounds = group_sequential_boundaries(design(family, parameter, looks=1))
        assert bounds.critical_values[0] == pytest.approx(-ndtri(0.025), abs=1e-12)


@pytest.mark.by_hand
def test_first_bound_of_a_spending_function_is_a_quantile():
    # Pocock type at t = 1/2 spends 0.025 ln(1 + (e - 1) / 2) = 0.0155029.
    spent = 0.025 * math.log(1 + (math.e - 1) / 2)

    bounds = group_sequential_boundaries(design("lan_demets_pocock", looks=2))

    assert bounds.alpha_spent[0] == pytest.approx(spent, abs=1e-15)
    assert bounds.critical_values[0] == pytest.approx(-ndtri(spent), abs=1e-13)


@pytest.mark.property
@given(rates(), st.sampled_from(FAMILIES), st.floats(1e-9, 0.45), st.sampled_from([1, 2]))
@settings(max_examples=60, deadline=None)
def test_the_whole_level_is_spent_and_no_more(times, family, alpha, sided):
    bounds = group_sequential_boundaries(
        design(*family, information_rates=times, alpha=alpha, sided=sided)
    )

    assert bounds.alpha_spent[-1] == pytest.approx(alpha, rel=1e-9)
    assert all(np.diff(bounds.alpha_spent) >= 0)


@pytest.mark.property
@given(rates(), st.sampled_from([f for f in FAMILIES if not isinstance(f[0], str) or "_" in f[0]]))
@settings(max_examples=40, deadline=None)
def test_spending_bounds_spend_what_the_function_says(times, family):
    chosen = design(*family, information_rates=times)
    if not chosen.spends:
        return

    spent = group_sequential_boundaries(chosen).alpha_spent

    expected = cumulative_spending(family[0], times, 0.025, parameter=family[1])
    assert spent == pytest.approx(expected, rel=1e-9)


@pytest.mark.property
@given(rates(), st.floats(0.001, 0.2))
@settings(max_examples=30, deadline=None)
def test_pocock_bounds_are_equal_and_obrien_fleming_bounds_fall(times, alpha):
    pocock = group_sequential_boundaries(design("pocock", information_rates=times, alpha=alpha))
    fleming = group_sequential_boundaries(
        design("obrien_fleming", information_rates=times, alpha=alpha)
    )

    assert len(set(pocock.critical_values)) == 1
    score = np.array(fleming.critical_values) * np.sqrt(times)
    assert score == pytest.approx(np.full(len(times), score[0]))


@pytest.mark.property
@given(rates(), st.floats(0.005, 0.2), st.floats(1.05, 2))
@settings(max_examples=30, deadline=None)
def test_a_smaller_level_has_higher_bounds(times, alpha, factor):
    strict = design("lan_demets_obrien_fleming", information_rates=times, alpha=alpha)
    mild = design("lan_demets_obrien_fleming", information_rates=times, alpha=alpha * factor)

    high = group_sequential_boundaries(strict).critical_values
    low = group_sequential_boundaries(mild).critical_values

    assert all(a > b for a, b in zip(high, low, strict=True))


def test_wang_tsiatis_holds_obrien_fleming_and_pocock():
    for delta, family in ((0.0, "obrien_fleming"), (0.5, "pocock")):
        general = group_sequential_boundaries(design("wang_tsiatis", delta))
        special = group_sequential_boundaries(design(family))
        assert general.critical_values == pytest.approx(special.critical_values, abs=1e-12)


def test_user_given_spending_equals_the_named_function():
    own = group_sequential_boundaries(design(lambda t: t**2))
    named = group_sequential_boundaries(design("kim_demets", 2.0))

    assert own.critical_values == pytest.approx(named.critical_values, abs=1e-13)


def test_calendar_time_spends_alpha_by_the_calendar():
    bounds = group_sequential_boundaries(
        design("kim_demets", 1.0, information_rates=(0.2, 1), spending_times=(0.5, 1))
    )

    assert bounds.alpha_spent[0] == pytest.approx(0.0125)


def test_twenty_looks_at_a_tiny_level_spend_it_all():
    bounds = group_sequential_boundaries(design("pocock", looks=20, alpha=1e-9))

    assert bounds.alpha_spent[-1] == pytest.approx(1e-9, rel=1e-9)
    assert bounds.critical_values[0] > 6


def test_an_early_bound_that_is_never_reached_is_finite_or_infinite_but_never_missing():
    bounds = group_sequential_boundaries(design(information_rates=(0.001, 0.5, 1)))

    assert not any(math.isnan(z) for z in bounds.critical_values)
    assert bounds.critical_values[0] > 37


@pytest.mark.parametrize("binding", [True, False])
@pytest.mark.parametrize("family", ["obrien_fleming", "pocock", "haybittle_peto", "kim_demets"])
def test_futility_of_every_family_reaches_its_power_and_keeps_its_level(family, binding):
    chosen = design(
        family,
        2.0 if family == "kim_demets" else None,
        power=0.9,
        beta_spending="hwang_shih_decani",
        beta_spending_parameter=-2,
        binding=binding,
    )

    found = futility_boundaries(chosen)

    level = math.fsum(found.rejection_probabilities_h0)
    assert found.power[-1] == pytest.approx(0.9, abs=1e-10)
    assert found.beta_spent == pytest.approx(
        cumulative_spending("hwang_shih_decani", (1 / 3, 2 / 3, 1), 0.1, parameter=-2), abs=1e-10
    )
    assert level == pytest.approx(0.025, abs=1e-10) if binding else level < 0.025


def test_binding_futility_gives_lower_efficacy_bounds():
    options = {"power": 0.9, "futility_bounds": (0.0, 0.5)}

    binding = futility_boundaries(design(binding=True, **options))
    free = futility_boundaries(design(**options))

    assert binding.critical_values[-1] < free.critical_values[-1]
    assert group_sequential_boundaries(design(binding=True, **options)).alpha_spent[
        -1
    ] == pytest.approx(0.025)


def test_a_look_without_futility_bound_never_stops_for_futility():
    found = futility_boundaries(design(power=0.9, futility_bounds=(None, 0.5)))

    assert found.futility_probabilities_h0[0] == 0
    assert found.futility_probabilities_h0[1] > 0.5


def test_harm_bound_stops_with_its_own_level_under_no_effect():
    chosen = design(harm_alpha=0.05, harm_spending="lan_demets_pocock")

    stop = stopping_probabilities(chosen, 0.0)

    assert harm_boundaries(chosen)[0] < harm_boundaries(chosen)[1] < 0
    assert 0.03 < math.fsum(stop.harm) < 0.05
    assert math.fsum(stop.by_look) == pytest.approx(1)
    assert stopping_probabilities(chosen, -3.0).harm[1] > 0.3


def test_where_the_trial_stops_sums_to_one_for_a_two_sided_design():
    chosen = design("pocock", alpha=0.05, sided=2)

    stop = stopping_probabilities(chosen, 1.0)
    back = stopping_probabilities(chosen, -1.0)

    assert stop.efficacy == back.efficacy
    assert math.fsum(stop.by_look) == pytest.approx(1)
    assert math.fsum(stopping_probabilities(chosen, 0.0).opposite) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"information_rates": (0.5, 0.5, 1)}, "information_rates is .0.5, 0.5, 1.0.*rise"),
        ({"information_rates": (0.5, 0.9)}, "exactly 1"),
        ({"information_rates": (0.0, 1.0)}, "above 0"),
        ({"information_rates": (50, 100)}, "shares of the maximum"),
        ({"information_rates": ()}, "information_rates"),
        ({"information_rates": ("half", 1)}, "expected a list of numbers"),
        ({"information_rates": (math.nan, 1)}, "missing value"),
        ({"alpha": 0.0}, "alpha is 0.0"),
        ({"alpha": 0.5}, "below 0.5"),
        ({"sided": 3}, "sided is 3"),
        ({"spending": "obf"}, "no design 'obf'"),
        ({"spending": "none"}, "one look"),
        ({"spending": "kim_demets"}, "rho above 0"),
        ({"spending": "kim_demets", "spending_parameter": -1}, "rho above 0"),
        ({"spending": "pocock", "spending_parameter": 1}, "has no spending_parameter"),
        ({"spending": "wang_tsiatis"}, "needs spending_parameter"),
        ({"power": 0.01}, "power is 0.01"),
        ({"power": 1.0}, "power is 1.0"),
        ({"futility_bounds": (0.0,)}, "one for each of the 2 interim looks"),
        ({"futility_bounds": (0.0, 0.0), "sided": 2, "alpha": 0.05}, "set sided to 1"),
        ({"beta_spending": "kim_demets", "beta_spending_parameter": 1}, "needs power"),
        ({"spending_times": (0.5, 1)}, "2 values for 3 looks"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(options, text):
    with pytest.raises(InvalidInput, match=text):
        GroupSequentialDesign(
            **{
                "spending": "lan_demets_obrien_fleming",
                "information_rates": (1 / 3, 2 / 3, 1),
                **options,
            }
        )


def test_futility_above_efficacy_is_refused_with_the_look():
    chosen = design(power=0.9, futility_bounds=(0.0, 3.0))

    with pytest.raises(InvalidInput, match="look 2: the futility bound 3 reaches"):
        futility_boundaries(chosen)


def test_binding_futility_that_leaves_no_level_is_refused():
    chosen = design("lan_demets_pocock", futility_bounds=(3.0, 3.0), binding=True)

    with pytest.raises(InvalidInput, match="look"):
        group_sequential_boundaries(chosen)


def test_an_interim_bound_that_spends_everything_is_refused():
    with pytest.raises(InvalidInput, match="alone spends more"):
        group_sequential_boundaries(design("haybittle_peto", interim_bound=1.5))


@pytest.mark.parametrize(
    ("function", "text"),
    [(lambda t: 2 * t, "gives 2.0 at 1"), (lambda t: t if t == 1 else 1 - t, "never fall")],
)
def test_a_spending_function_that_is_none_is_refused(function, text):
    with pytest.raises(InvalidInput, match=text):
        group_sequential_boundaries(design(function))


@pytest.mark.by_hand
def test_one_look_costs_nothing():
    found = design_characteristics(GroupSequentialDesign(), 0.9)

    assert found.inflation_factor == pytest.approx(1)
    assert found.shift == pytest.approx((ndtri(0.975) + ndtri(0.9)) ** 2)
    assert found.average_sample_number_h0 == pytest.approx(1)
