"""Kaplan-Meier, its limits, quantiles, hazard and the table under the figure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_strategies import rows, shuffled, survival_data

from adjuvant.core import InvalidData, NotEnoughData, TimeToEvent
from adjuvant.survival import (
    at_risk_table,
    kaplan_meier,
    nelson_aalen,
    reverse_kaplan_meier,
    survival_at,
    survival_quantile,
)

SCALES = ("log", "log-log", "plain", "logit", "arcsin")


def one(data, **options):
    return kaplan_meier(data, **options).curves[0]


@pytest.mark.by_hand
def test_six_patients_give_the_product_of_their_survivals():
    # Days 6+, 6, 7, 10+, 13, 16: at risk 6, 4, 2, 1 at the events.
    curve = one(TimeToEvent([6, 6, 7, 10, 13, 16], [0, 1, 1, 0, 1, 1]))

    assert curve.time.tolist() == [6, 7, 10, 13, 16]
    assert curve.number_at_risk.tolist() == [6, 4, 3, 2, 1]
    assert curve.events.tolist() == [1, 1, 0, 1, 1]
    assert curve.censored.tolist() == [1, 0, 1, 0, 0]
    s = [5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4 / 2, 0]
    assert curve.survival == pytest.approx(s)
    greenwood = np.cumsum([1 / (6 * 5), 1 / (4 * 3), 0, 1 / (2 * 1)])
    assert curve.std_error[:4] == pytest.approx(np.array(s[:4]) * np.sqrt(greenwood))
    assert np.isnan(curve.std_error[4])


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("ci", "lower", "upper"),
    [
        # S = 0.5 of 4, standard error 0.25, z = 1.959964: each scale's delta method by hand.
        ("plain", 0.5 - 1.959964 * 0.25, 0.5 + 1.959964 * 0.25),
        ("log", 0.5 * np.exp(-1.959964 * 0.5), 1.0),
        (
            "log-log",
            0.5 ** np.exp(1.959964 * 0.5 / np.log(2)),
            0.5 ** np.exp(-1.959964 * 0.5 / np.log(2)),
        ),
        ("logit", 1 / (1 + np.exp(1.959964)), 1 / (1 + np.exp(-1.959964))),
        (
            "arcsin",
            np.sin(np.pi / 4 - 1.959964 * 0.25) ** 2,
            np.sin(np.pi / 4 + 1.959964 * 0.25) ** 2,
        ),
    ],
)
def test_each_scale_of_limits_by_hand(ci, lower, upper):
    curve = one(TimeToEvent([1, 2, 3, 4], [1, 1, 0, 0]), ci=ci)

    assert curve.lower[1] == pytest.approx(lower, rel=1e-6)
    assert curve.upper[1] == pytest.approx(upper, rel=1e-6)


@pytest.mark.parametrize("ci", SCALES)
def test_limits_are_undefined_at_zero_and_at_one_as_in_r(ci):
    curve = one(TimeToEvent([1, 2, 2], [0, 1, 1]), ci=ci)

    assert curve.survival.tolist() == [1, 0]
    assert np.isnan(curve.lower[1])
    assert np.isnan(curve.upper[1])
    if ci in ("log", "plain"):
        assert (curve.lower[0], curve.upper[0]) == (1, 1)
    else:
        assert np.isnan(curve.lower[0])


def test_a_row_censored_on_an_event_day_is_still_at_risk():
    curve = one(TimeToEvent([5, 5], [1, 0]))

    assert curve.number_at_risk.tolist() == [2]
    assert curve.survival.tolist() == [0.5]


@pytest.mark.by_hand
def test_late_entries_join_only_after_their_entry_and_a_curve_at_zero_stays():
    # The first subject fails alone at day 3 (S = 0); two enter at day 3 and are at risk after it.
    data = TimeToEvent([3, 5, 6], [1, 1, 0], entry=[0, 3, 3])

    curve = one(data)

    assert curve.number_at_risk.tolist() == [1, 2, 1]
    assert curve.survival.tolist() == [0, 0, 0]


def test_fractional_weights_do_not_leave_a_residue_of_risk():
    # 0.1 + 0.2 - 0.3 is 5.6e-17 in floating point; the last row must still bring the curve to 0.
    data = TimeToEvent([1, 2, 3], [1, 1, 1], weight=[0.1, 0.2, 0.3], entry=[0, 0, 0])

    assert one(data).survival[-1] == 0


def test_rows_of_weight_zero_change_no_estimate():
    data = TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1], weight=[1, 0, 1, 1])

    curve = one(data)

    assert curve.survival == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])
    assert one(TimeToEvent([1, 2], [1, 1], weight=[0, 0])).survival.tolist() == [1, 1]
    assert nelson_aalen(TimeToEvent([1, 2], [1, 1], weight=[0, 0]))[0].std_error.tolist() == [0, 0]


def test_times_of_zero_and_fractions_are_kept_as_stored():
    curve = one(TimeToEvent([0.0, 0.5, 0.5], [1, 1, 0]))

    assert curve.time.tolist() == [0.0, 0.5]
    assert curve.survival == pytest.approx([2 / 3, 1 / 3])


def test_an_empty_arm_or_no_row_is_refused_by_name():
    with pytest.raises(NotEnoughData, match="arm 'IMM' has no row"):
        kaplan_meier(TimeToEvent([1, 2], [1, 0], arm=[0, 0], arm_labels=("CTL", "IMM")))
    with pytest.raises(NotEnoughData, match="no row to analyse"):
        kaplan_meier(TimeToEvent([], []))


def test_unknown_limits_and_levels_are_refused():
    data = TimeToEvent([1, 2], [1, 0])

    with pytest.raises(InvalidData, match="no confidence limits 'loglog'; choose log, log-log"):
        kaplan_meier(data, ci="loglog")
    with pytest.raises(InvalidData, match="level is 95"):
        kaplan_meier(data, level=95)
    with pytest.raises(InvalidData, match="outside"):
        survival_quantile(data, [0.0])
    with pytest.raises(InvalidData, match="times must be"):
        survival_at(data, [float("nan")])


@pytest.mark.by_hand
def test_values_at_times_before_between_and_after():
    at = survival_at(TimeToEvent([2, 4, 6], [1, 1, 0]), [1, 2, 5, 9], ci="log-log")[0]

    assert at.survival == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3])
    assert at.number_at_risk.tolist() == [3, 3, 1, 0]
    assert (at.lower[0], at.upper[0], at.std_error[0]) == (1, 1, 0)


@pytest.mark.by_hand
def test_median_is_the_middle_of_the_flat_stretch_at_one_half():
    # Events at 1, 2, 3, 4: S = 0.5 on [2, 3); R says 2.5 with limits 1 and not reached.
    found = survival_quantile(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1]))[0]

    assert found.quantile.tolist() == [2.5]
    assert found.lower.tolist() == [1]
    assert np.isnan(found.upper[0])


@pytest.mark.by_hand
def test_a_last_flat_stretch_ends_at_the_last_time_in_r_and_never_in_sas():
    data = TimeToEvent([1, 2, 3, 8], [1, 1, 0, 0])

    assert survival_quantile(data)[0].quantile.tolist() == [5.0]
    assert np.isnan(survival_quantile(data, convention="sas")[0].quantile[0])


@pytest.mark.by_hand
def test_follow_up_is_the_median_with_events_as_censorings():
    # Censorings 3 and 5 among 4: S falls to 2/3 at 3 and to 1/3 at 5 (the event at 4 is out).
    found = reverse_kaplan_meier(TimeToEvent([3, 4, 5, 6], [0, 1, 0, 1]))[0]

    assert found.quantile.tolist() == [5]


@pytest.mark.by_hand
def test_numbers_at_risk_are_counted_just_before_the_tick():
    data = TimeToEvent([2, 4, 4, 6], [1, 0, 1, 0], arm=[0, 0, 1, 1], arm_labels=("C", "T"))

    control, treatment = at_risk_table(data, [0, 4, 5])

    assert control.at_risk.tolist() == [2, 1, 0]
    assert control.events.tolist() == [0, 1, 1]
    assert control.censored.tolist() == [0, 0, 1]
    assert treatment.at_risk.tolist() == [2, 2, 1]


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0))
def test_without_censoring_the_curve_is_one_minus_the_empirical_distribution(data):
    complete = TimeToEvent(data.time, np.ones(data.n, dtype=int))
    curve = one(complete)

    ecdf = np.array([(complete.time <= t).mean() for t in curve.time])

    assert curve.survival == pytest.approx(1 - ecdf, abs=1e-12)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, entry=True, weights=True), st.sampled_from(SCALES))
def test_order_of_rows_does_not_matter(data, ci):
    for a, b in zip(
        kaplan_meier(data, ci=ci).curves, kaplan_meier(shuffled(data), ci=ci).curves, strict=True
    ):
        assert b.survival == pytest.approx(a.survival)
        assert b.lower == pytest.approx(a.lower, nan_ok=True)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, entry=True, weights=True))
def test_whole_weights_are_repeated_rows(data):
    repeated = rows(data, np.repeat(np.arange(data.n), data.weight.astype(int)))
    repeated = TimeToEvent(repeated.time, repeated.event, arm=repeated.arm, entry=repeated.entry)

    for a, b in zip(kaplan_meier(data).curves, kaplan_meier(repeated).curves, strict=True):
        assert a.number_at_risk == pytest.approx(b.number_at_risk)
        assert a.survival == pytest.approx(b.survival)
        assert a.std_error == pytest.approx(b.std_error, nan_ok=True)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0))
def test_doubling_every_row_halves_greenwoods_variance_of_log_survival_or_less(data):
    doubled = rows(data, np.repeat(np.arange(data.n), 2))

    a, b = one(data), one(doubled)

    # d / (n (n - d)) becomes 2d / (2n (2n - 2d)): exactly half.
    assert b.survival == pytest.approx(a.survival)
    assert 2 * b.std_error**2 == pytest.approx(a.std_error**2, nan_ok=True)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=0, entry=True), st.sampled_from(SCALES))
def test_limits_hold_the_estimate_and_stay_in_the_unit_interval(data, ci):
    curve = one(data, ci=ci)
    known = ~np.isnan(curve.lower)

    assert (curve.lower[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.survival[known] <= curve.upper[known] + 1e-12).all()
    assert (curve.lower[known] >= 0).all()
    assert (curve.upper[known] <= 1).all()


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2), st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_at_risk_censored_and_events_add_up_to_the_arm(data, ticks):
    for code, table in enumerate(at_risk_table(data, ticks)):
        total = table.at_risk + table.censored + table.events
        assert (total == (data.arm == code).sum()).all()


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, entry=True))
def test_minus_log_survival_is_at_least_the_cumulative_hazard(data):
    for curve, hazard in zip(kaplan_meier(data).curves, nelson_aalen(data), strict=True):
        alive = curve.survival > 0
        assert (-np.log(curve.survival[alive]) >= hazard.cumulative_hazard[alive] - 1e-12).all()
