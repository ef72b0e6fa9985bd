"""Events, patients and calendar time: hand arithmetic, laws, agreement with plain quadrature."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtri

from adjuvant.core import InvalidInput, NotEstimable
from adjuvant.design import (
    Accrual,
    GroupSequentialDesign,
    PiecewiseHazard,
    TrialAssumptions,
    average_hazard_ratio,
    detectable_hazard_ratio,
    event_probability,
    events_power,
    eventual_events,
    expected_events_at,
    milestone_survival_power,
    power_survival,
    required_accrual_duration,
    required_events,
    required_follow_up,
    restricted_mean_survival_power,
    sample_size_survival,
    time_of_events,
    weighted_log_rank_power,
)

MEDIAN_12 = PiecewiseHazard.with_median(12)
UNIFORM = Accrual.uniform(300, 24)
W1 = TrialAssumptions.proportional(MEDIAN_12, 0.7, UNIFORM)
ROUGH = TrialAssumptions(
    control_hazard=PiecewiseHazard((0, 6, 12), (0.05, 0.0, 0.02)),
    experimental_hazard=PiecewiseHazard((0, 4), (0.05, 0.01)),
    accrual=Accrual((0, 2, 5), (3, 0, 8), 20, shape=0.03),
    control_dropout=PiecewiseHazard((0, 9), (0.01, 0.0)),
    experimental_dropout=PiecewiseHazard.constant(0.004),
    allocation_ratio=2,
)


@pytest.mark.by_hand
def test_events_of_a_small_example():
    # Q = (1.959964 + 0.841621)^2 = 7.848879; Schoenfeld 4 Q / ln(0.5)^2.
    q = 7.8488797
    assert required_events(0.5).events == pytest.approx(4 * q / 0.4804530, rel=1e-6)
    assert required_events(0.5, formula="freedman").events == pytest.approx(q * 9, rel=1e-6)
    assert required_events(0.5, formula="hsieh_freedman").events == pytest.approx(q * 9, rel=1e-6)


@pytest.mark.by_hand
def test_one_hundred_and_two_events_detect_0574():
    """What the reference study's events could show; never its observed power."""
    assert detectable_hazard_ratio(102) == pytest.approx(0.574, abs=5e-4)


@pytest.mark.property
@given(
    st.floats(0.2, 0.95),
    st.sampled_from(["schoenfeld", "freedman", "hsieh_freedman"]),
    st.floats(0.3, 3),
    st.floats(0.5, 0.95),
)
@settings(max_examples=50, deadline=None)
def test_events_power_and_detectable_effect_undo_each_other(h, formula, ratio, power):
    options = {"formula": formula, "allocation_ratio": ratio}

    events = required_events(h, power=power, **options).events

    assert events_power(h, events, **options) == pytest.approx(power, abs=1e-9)
    assert detectable_hazard_ratio(events, power=power, **options) == pytest.approx(h, rel=1e-9)


def test_equal_arms_need_the_fewest_events_and_schoenfeld_does_not_know_which_arm_is_which():
    events = [required_events(0.7, allocation_ratio=r).events for r in (0.5, 1, 2)]

    assert events[1] < events[0] == pytest.approx(events[2])
    assert required_events(1 / 0.7).events == pytest.approx(events[1])


@pytest.mark.by_hand
def test_non_inferiority_measures_the_effect_from_its_margin():
    q = (ndtri(0.975) + ndtri(0.8)) ** 2

    events = required_events(1.0, null_hazard_ratio=1.3).events

    assert events == pytest.approx(4 * q / math.log(1.3) ** 2)


def test_a_group_sequential_design_needs_its_inflation_more_events():
    design = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1))

    assert required_events(0.7, design=design).events > required_events(0.7).events


@pytest.mark.by_hand
def test_event_probability_of_patients_who_enter_at_once():
    trial = TrialAssumptions.proportional(
        PiecewiseHazard((0, 5), (0.1, 0.2)), 1.0, Accrual.uniform(10, 1e-10)
    )

    p = event_probability(trial, [8])

    assert p.control[0] == pytest.approx(1 - math.exp(-0.1 * 5 - 0.2 * 3), abs=1e-9)


@pytest.mark.parametrize("time", [1.0, 3.0, 7.0, 19.0, 33.0, 80.0])
def test_exact_integrals_equal_plain_quadrature(time):
    def by_quadrature(hazard, dropout, share):
        def density(u):
            alive = hazard.survival(u) * dropout.survival(u)
            return float(hazard.at(u) * alive * ROUGH.accrual.by(time - u))

        cuts = [c for c in (4, 6, 9, 12, time - 2, time - 5, time - 20) if 0 < c < time]
        return share * quad(density, 0, time, points=cuts, epsabs=1e-12, limit=200)[0]

    found = expected_events_at(ROUGH, [time])

    control = by_quadrature(ROUGH.control_hazard, ROUGH.control_dropout, 1 / 3)
    experimental = by_quadrature(ROUGH.experimental_hazard, ROUGH.experimental_dropout, 2 / 3)
    lost = by_quadrature(ROUGH.control_dropout, ROUGH.control_hazard, 1 / 3) + by_quadrature(
        ROUGH.experimental_dropout, ROUGH.experimental_hazard, 2 / 3
    )
    assert found.events_control[0] == pytest.approx(control, abs=1e-9)
    assert found.events_experimental[0] == pytest.approx(experimental, abs=1e-9)
    assert found.dropouts[0] == pytest.approx(lost, abs=1e-9)


def test_everybody_has_an_event_or_is_lost_in_the_end():
    found = expected_events_at(ROUGH, [1e5])

    assert found.events[0] + found.dropouts[0] == pytest.approx(ROUGH.accrual.subjects)
    assert found.events[0] == pytest.approx(eventual_events(ROUGH))


@pytest.mark.property
@given(st.floats(0.1, 30), st.floats(1, 60))
@settings(max_examples=30, deadline=None)
def test_another_unit_of_time_changes_no_number_of_events(unit, time):
    changed = TrialAssumptions.proportional(
        PiecewiseHazard.with_median(12 * unit), 0.7, Accrual.uniform(300, 24 * unit)
    )

    here, there = expected_events_at(W1, [time]), expected_events_at(changed, [time * unit])

    assert there.events == pytest.approx(here.events, rel=1e-10)


@pytest.mark.property
@given(st.floats(1, 250))
@settings(max_examples=30, deadline=None)
def test_time_of_events_undoes_expected_events(events):
    assert expected_events_at(W1, [time_of_events(W1, events)]).events[0] == pytest.approx(events)


def test_average_of_a_constant_hazard_ratio_is_that_ratio():
    found = average_hazard_ratio(W1, [6, 40])

    assert found.average_hazard_ratio == pytest.approx((0.7, 0.7))


def test_swapping_the_arms_inverts_the_average_hazard_ratio():
    swapped = TrialAssumptions(
        control_hazard=PiecewiseHazard((0, 4), (0.05, 0.01)),
        experimental_hazard=PiecewiseHazard((0, 6), (0.06, 0.02)),
        accrual=UNIFORM,
    )
    trial = TrialAssumptions(
        control_hazard=swapped.experimental_hazard,
        experimental_hazard=swapped.control_hazard,
        accrual=UNIFORM,
    )

    (one,) = average_hazard_ratio(trial, [30]).average_hazard_ratio
    (other,) = average_hazard_ratio(swapped, [30]).average_hazard_ratio

    assert one * other == pytest.approx(1)


def test_an_interval_with_events_in_one_arm_has_no_hazard_ratio():
    with pytest.raises(NotEstimable, match="one arm alone"):
        average_hazard_ratio(ROUGH, [30])


@pytest.mark.by_hand
def test_sample_size_is_events_over_their_probability():
    # Median 12, accrual 24, follow-up 12: p = 1 - (e^(-12 k) - e^(-36 k)) / (24 k), k the hazard.
    def p(k):
        return 1 - (math.exp(-12 * k) - math.exp(-36 * k)) / (24 * k)

    k = math.log(2) / 12
    size = sample_size_survival(0.7, MEDIAN_12, Accrual.uniform(1, 24), 12)

    assert size.subjects == pytest.approx(size.events / ((p(k) + p(0.7 * k)) / 2))
    assert size.whole_subjects == 370


def test_strata_alike_are_no_strata():
    plain = sample_size_survival(0.7, MEDIAN_12, UNIFORM, 12)
    strata = sample_size_survival(
        0.7, MEDIAN_12, UNIFORM, 12, strata=[(0.4, MEDIAN_12), (0.6, MEDIAN_12)]
    )

    assert strata.subjects == pytest.approx(plain.subjects)


def test_power_of_the_required_events_is_the_power_asked_for():
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming", information_rates=(0.4, 0.7, 1)
    )
    size = sample_size_survival(0.7, MEDIAN_12, UNIFORM, 12, power=0.9, design=design)

    found = power_survival(design, [0.7], MEDIAN_12, UNIFORM.scaled_to(size.subjects), size.events)

    assert found.overall_reject[0] == pytest.approx(0.9, abs=1e-10)
    assert found.analysis_times[0][-1] == pytest.approx(36, abs=1e-8)


def test_follow_up_and_accrual_are_solved_for():
    assert 24 + required_follow_up(W1, 200) == pytest.approx(time_of_events(W1, 200))
    assert required_follow_up(W1, 20) == 0
    assert required_accrual_duration(W1, 200, required_follow_up(W1, 200)) == pytest.approx(24)


@pytest.mark.by_hand
def test_log_rank_power_is_near_schoenfelds_when_hazards_are_proportional():
    trial = TrialAssumptions.proportional(MEDIAN_12, 0.9, Accrual.uniform(4000, 24))

    events = expected_events_at(trial, [36]).events[0]
    power = weighted_log_rank_power(trial, 36).power

    assert power == pytest.approx(events_power(0.9, events), abs=2e-3)


def test_weighted_log_rank_power_equals_plain_quadrature():
    rho, gamma, time = 0.5, 0.3, 30.0
    q = {"e": 2 / 3, "c": 1 / 3}

    def parts(u):
        n = {
            "c": q["c"] * ROUGH.control_hazard.survival(u) * ROUGH.control_dropout.survival(u),
            "e": q["e"]
            * ROUGH.experimental_hazard.survival(u)
            * ROUGH.experimental_dropout.survival(u),
        }
        rate = {"c": ROUGH.control_hazard.at(u), "e": ROUGH.experimental_hazard.at(u)}
        return n, rate, n["c"] * rate["c"] + n["e"] * rate["e"]

    grid = np.linspace(0, time, 300_001)
    n, rate, deaths = parts(grid)
    pooled = deaths / (n["c"] + n["e"])
    step = grid[1]
    cumulative = np.concatenate([[0], np.cumsum((pooled[1:] + pooled[:-1]) / 2 * step)])
    weight = np.exp(-rho * cumulative) * (1 - np.exp(-cumulative)) ** gamma
    entered = ROUGH.accrual.by(time - grid)
    share = n["e"] / (n["c"] + n["e"])
    score = -np.trapezoid(weight * entered * (n["e"] * rate["e"] - share * deaths), grid)
    information = np.trapezoid(weight**2 * entered * share * (1 - share) * deaths, grid)

    found = weighted_log_rank_power(ROUGH, time, rho=rho, gamma=gamma)

    assert found.score_mean == pytest.approx(score, rel=2e-4)
    assert found.information == pytest.approx(information, rel=2e-4)


@pytest.mark.by_hand
def test_milestone_and_restricted_mean_without_censoring_have_the_binomial_variance():
    """All enter at once and are followed: the variance of S is S (1 - S) / n per arm."""
    trial = TrialAssumptions.proportional(MEDIAN_12, 0.7, Accrual.uniform(300, 1e-9))

    milestone = milestone_survival_power(trial, 40, 12)
    mean = restricted_mean_survival_power(trial, 40, 12)

    s_c, s_e = 0.5, 0.5**0.7
    variance = s_c * (1 - s_c) / 150 + s_e * (1 - s_e) / 150
    assert milestone.information == pytest.approx(1 / variance, rel=1e-6)

    def moments(k):
        first = (1 - math.exp(-12 * k)) / k
        second = 2 * (1 - math.exp(-12 * k) * (1 + 12 * k)) / k**2
        return first, second - first**2

    k = math.log(2) / 12
    (m_c, v_c), (m_e, v_e) = moments(k), moments(0.7 * k)
    assert mean.difference == pytest.approx(m_e - m_c, abs=1e-9)
    assert mean.information == pytest.approx(1 / (v_c / 150 + v_e / 150), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: required_events(1.0), "no number of events"),
        (lambda: required_events(-0.5), "hazard_ratio is -0.5"),
        (lambda: required_events(0.7, formula="other"), "no formula 'other'"),
        (lambda: required_events(0.7, formula="freedman", null_hazard_ratio=1.2), "against 1"),
        (lambda: required_events(0.7, power=0.01), "power is 0.01"),
        (lambda: required_events(0.7, sided=2, alpha=1.0), "alpha is 1.0"),
        (lambda: PiecewiseHazard((1,), (0.1,)), "expected 0, then rising"),
        (lambda: PiecewiseHazard((0, 0), (0.1, 0.1)), "expected 0, then rising"),
        (lambda: PiecewiseHazard((0,), (-0.1,)), "below 0"),
        (lambda: PiecewiseHazard((0, 1), (0.1,)), "give as many"),
        (lambda: PiecewiseHazard((0,), (math.nan,)), "finite"),
        (lambda: Accrual((0, 9), (1, 1), 8), "above its last time"),
        (lambda: Accrual((0,), (0,), 8), "more than none"),
        (lambda: time_of_events(W1, 301), "never expected"),
        (lambda: expected_events_at(W1, [-1]), "numbers from 0 on"),
        (lambda: sample_size_survival(0.7, MEDIAN_12, UNIFORM, -1), "follow_up is -1"),
        (lambda: milestone_survival_power(W1, 24, 24), "nobody is followed so long"),
        (lambda: restricted_mean_survival_power(W1, 20, 24), "nobody is followed so long"),
        (lambda: weighted_log_rank_power(W1, 24, rho=-1), "from 0 on"),
    ],
)
def test_what_makes_no_sense_is_refused(call, text):
    with pytest.raises(InvalidInput, match=text):
        call()


def test_no_hazard_ratio_before_the_first_event_can_be():
    with pytest.raises(NotEstimable, match="no event is expected"):
        average_hazard_ratio(W1, [0])
