"""Simultaneous bands and their critical values."""

import numpy as np
import pytest

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import confidence_band, kaplan_meier
from adjuvant.survival.band_quantiles import equal_precision_value, hall_wellner_value

approx = pytest.approx
DATA = TimeToEvent([2, 4, 6, 8, 9, 12, 15], [1, 1, 0, 1, 1, 0, 1])


@pytest.mark.published
def test_over_the_whole_range_the_bridge_has_kolmogorovs_quantiles():
    # Smirnov 1948: 1.2238, 1.3581, 1.6276.
    for level, value in ((0.90, 1.2238), (0.95, 1.3581), (0.99, 1.6276)):
        assert hall_wellner_value(level, 0.0, 1.0) == approx(value, abs=6e-5)


@pytest.mark.published
def test_hall_wellner_value_of_klein_and_moeschberger():
    # Survival Analysis, 2nd edition, section 4.4 and table C.4: a = 0.1, b = 0.6, 95%: 1.3211.
    assert hall_wellner_value(0.95, 0.1, 0.6) == approx(1.3211, abs=6e-5)


@pytest.mark.by_hand
@pytest.mark.parametrize(("a", "b"), [(0.1, 0.6), (0.05, 0.95), (0.15, 0.85)])
def test_equal_precision_value_is_close_to_miller_and_siegmunds_expansion(a, b):
    # 1982: P(sup > e) = 4 phi(e) / e + phi(e) (e - 1/e) log(b (1 - a) / (a (1 - b))) + o.
    e = equal_precision_value(0.95, a, b)

    phi = np.exp(-(e**2) / 2) / np.sqrt(2 * np.pi)
    tail = 4 * phi / e + phi * (e - 1 / e) * np.log(b * (1 - a) / (a * (1 - b)))

    assert tail == approx(0.05, abs=0.001)


def test_equal_precision_value_agrees_with_simulated_paths():
    # A stationary Ornstein-Uhlenbeck path in 1500 exact steps; checked at steps only, it leaves
    # a little less often than the continuous path (0.5826 of a step's deviation, Siegmund).
    a, b, level = 0.2, 0.7, 0.90
    e, span = equal_precision_value(level, a, b), 0.5 * np.log(b * (1 - a) / (a * (1 - b)))
    rng, steps, paths = np.random.default_rng(11), 1500, 20_000
    keep = np.exp(-span / steps)
    x = rng.standard_normal(paths)
    reach = np.abs(x)
    for _ in range(steps):
        x = keep * x + np.sqrt(1 - keep**2) * rng.standard_normal(paths)
        reach = np.maximum(reach, np.abs(x))
    limit = e - 0.5826 * np.sqrt(2 * span / steps)

    assert (reach <= limit).mean() == approx(level, abs=3 * np.sqrt(0.09 / paths))


@pytest.mark.by_hand
def test_equal_precision_widens_the_pointwise_limits_by_one_factor():
    band = confidence_band(DATA, "equal_precision", ci="plain")[0]
    curve = kaplan_meier(DATA, ci="plain").curves[0]

    used = np.isin(curve.time, band.time)
    half = band.critical_value * curve.std_error[used]
    assert band.time.tolist() == [2, 4, 6, 8, 9]
    assert band.lower == approx(np.maximum(band.survival - half, 0))
    assert band.upper == approx(np.minimum(band.survival + half, 1))
    # a = n s^2 / (1 + n s^2) at the first event: s^2 = 1 / (7 x 6).
    assert band.a_lower == approx((7 / 42) / (1 + 7 / 42))


@pytest.mark.by_hand
def test_hall_wellner_half_width_by_hand():
    band = confidence_band(DATA, "hall_wellner", ci="plain")[0]

    s2 = 1 / (7 * 6) + 1 / (6 * 5)
    s = 5 / 7
    half = band.critical_value * s * (1 + 7 * s2) / np.sqrt(7)
    assert band.upper[1] == approx(min(s + half, 1))
    assert band.critical_value == hall_wellner_value(0.95, band.a_lower, band.a_upper)


def test_a_range_of_one_time_is_the_pointwise_interval():
    curve = kaplan_meier(DATA, ci="log-log").curves[0]

    for method in ("equal_precision", "hall_wellner"):
        band = confidence_band(DATA, method, between=(4, 4))[0]
        assert band.lower == approx(curve.lower[1:2], rel=1e-3)


def test_ranges_without_an_answer_are_refused():
    with pytest.raises(NotEnoughData, match="no event"):
        confidence_band(TimeToEvent([1, 2], [0, 0]))
    with pytest.raises(NotEstimable, match="the first is at 4"):
        confidence_band(TimeToEvent([2, 4, 6], [0, 1, 0]), between=(2, 6))
    with pytest.raises(InvalidData, match="is empty"):
        confidence_band(DATA, between=(6, 2))
    with pytest.raises(InvalidData, match="no band 'nair'"):
        confidence_band(DATA, "nair")
    with pytest.raises(InvalidData, match="neither case weights"):
        confidence_band(TimeToEvent([1, 2], [1, 0], weight=[1, 2]))
