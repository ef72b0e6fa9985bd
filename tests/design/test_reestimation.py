"""The promising-zone rule: hand arithmetic, and the level under any rule."""

import math

import numpy as np
import pytest

from adjuvant.core import InvalidInput
from adjuvant.design import (
    GroupSequentialDesign,
    combined_z,
    conditional_power,
    group_sequential_boundaries,
    log_rank_increment,
    reestimate_events,
)

DESIGN = GroupSequentialDesign(
    spending="lan_demets_obrien_fleming", information_rates=(0.5, 1), power=0.9
)


def rule(z, **more):
    options = {"interim_events": 100, "max_events": 200, "cap": 400, **more}
    return reestimate_events(DESIGN, z, **options)


@pytest.mark.by_hand
def test_without_a_change_the_combination_is_the_plain_statistic():
    increment = log_rank_increment(1.2, 100, 2.1, 200)

    assert combined_z(DESIGN, 1.2, increment) == pytest.approx(2.1)


def test_planned_conditional_power_is_that_of_the_trend():
    trend = 1.6 / math.sqrt(0.5)

    found = rule(1.6)

    assert found.planned_conditional_power == pytest.approx(
        conditional_power(DESIGN, 1, 1.6, [trend])[0], abs=1e-12
    )


@pytest.mark.parametrize(
    ("z", "zone"), [(0.3, "unfavourable"), (1.6, "promising"), (2.4, "favourable")]
)
def test_events_rise_in_the_promising_zone_alone(z, zone):
    found = rule(z)

    assert found.zone == zone
    assert (found.events > 200) == (zone == "promising")
    assert found.critical_value == group_sequential_boundaries(DESIGN).critical_values[-1]


def test_raised_events_reach_the_power_unless_the_cap_stops_them():
    assert rule(1.6).conditional_power == pytest.approx(0.9, abs=2e-3)
    assert rule(1.6).conditional_power >= 0.9
    assert rule(1.3).events == 400
    assert rule(1.3).conditional_power < 0.9


def test_the_level_is_kept_although_the_events_depend_on_the_interim_result():
    rng, n = np.random.default_rng(20260105), 400_000
    first, c = rng.normal(size=n), group_sequential_boundaries(DESIGN).critical_values
    # Under the null the second part is standard normal however many events it has.
    last = combined_z(DESIGN, first, rng.normal(size=n))

    level = np.mean((first >= c[0]) | (last >= c[1]))

    assert abs(level - 0.025) < 3 * math.sqrt(0.025 * 0.975 / n)


def test_the_plain_statistic_would_not_keep_the_level():
    """Why the combination is needed: raising events on a promising z and testing as if planned."""
    rng, n = np.random.default_rng(20260106), 60_000
    c = group_sequential_boundaries(DESIGN).critical_values
    first = rng.normal(size=n)
    # An extreme rule: many events unless z is promising, then few (the reverse has no inflation).
    share = np.where(first > 1.0, 0.9, 0.2)
    last = np.sqrt(share) * first + np.sqrt(1 - share) * rng.normal(size=n)

    level = np.mean((first >= c[0]) | (last >= c[1]))

    assert level > 0.025 + 4 * math.sqrt(0.025 * 0.975 / n)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: rule(3.2), "crossed the bound"),
        (lambda: rule(1.6, cap=150), "expected them to rise"),
        (lambda: rule(1.6, power=0.2), "promising_from < power"),
        (lambda: rule(math.nan), "z is nan"),
        (lambda: rule(1.6, hazard_ratio=0), "hazard_ratio is 0"),
        (lambda: log_rank_increment(1, 100, 2, 100), "more after than before"),
        (lambda: combined_z(GroupSequentialDesign(), 1, 1), "no parts"),
    ],
)
def test_what_makes_no_sense_is_refused(call, text):
    with pytest.raises(InvalidInput, match=text):
        call()
