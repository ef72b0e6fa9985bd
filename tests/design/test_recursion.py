"""The recursion against closed forms, finer grids and a plain simulation of normal paths."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, owens_t

from adjuvant.core import NotConverged
from adjuvant.design import recursion
from adjuvant.design.futility import stops
from adjuvant.design.recursion import begin, below, beyond, go_on, lower_bound_for, upper_bound_for

RATES = (0.2, 0.4, 0.6, 0.8, 1.0)


def both_below(a, b, correlation):
    """P(X < a, Y < b), a, b != 0, by Owen's T (Owen 1956)."""
    root = math.sqrt(1 - correlation**2)
    t_a = owens_t(a, (b / a - correlation) / root)
    t_b = owens_t(b, (a / b - correlation) / root)
    return 0.5 * (ndtr(a) + ndtr(b)) - t_a - t_b - (0.5 if a * b < 0 else 0.0)


@pytest.mark.by_hand
@pytest.mark.parametrize("first", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(("c1", "c2"), [(2.0, 1.0), (3.0, 2.0), (1.5, 1.9)])
def test_two_looks_are_the_bivariate_normal_distribution(first, c1, c2):
    accepted = both_below(c1, c2, math.sqrt(first))

    reject, _ = stops((first, 1.0), (c1, c2), (-math.inf,), 0.0)

    assert reject.sum() == pytest.approx(1 - accepted, abs=1e-13)


@pytest.mark.by_hand
def test_looks_without_bounds_leave_the_normal_distribution_alone():
    paths = begin(1.3)
    for t, following in pairwise(RATES):
        paths = go_on(paths, t, -math.inf, math.inf, following)

    assert paths.probability == pytest.approx(1, abs=1e-13)
    assert beyond(paths, 1.0, 2.0) == pytest.approx(ndtr(1.3 - 2.0), abs=1e-13)
    assert below(paths, 1.0, 2.0) == pytest.approx(ndtr(2.0 - 1.3), abs=1e-13)


@pytest.mark.parametrize("drift", [-2.0, 0.0, 3.0, 12.0])
@pytest.mark.parametrize(
    "rates",
    [
        RATES,
        tuple(k / 20 for k in range(1, 21)),
        (0.3, 0.301, 0.302, 1.0),
        (0.01, 0.9, 0.999, 1.0),
        (0.5, 0.5 + 1e-5, 1.0),
    ],
)
def test_a_finer_grid_changes_nothing(monkeypatch, rates, drift):
    upper, lower = [2.5] * len(rates), [-0.5] * len(rates)

    usual = stops(rates, upper, lower, drift)
    monkeypatch.setattr(recursion, "_PANEL", 2.0)
    finer = stops(rates, upper, lower, drift)

    assert usual[0] == pytest.approx(finer[0], abs=1e-13)
    assert usual[1] == pytest.approx(finer[1], abs=1e-13)


def test_a_plain_simulation_stops_where_the_recursion_says():
    n, drift = 200_000, 2.5
    upper, lower = np.array([3.0, 2.6, 2.3, 2.1, 2.0]), np.array([-0.5, 0.0, 0.4, 0.8, 2.0])
    rng = np.random.default_rng(20260101)
    score = np.cumsum(rng.normal(drift * 0.2, math.sqrt(0.2), (n, 5)), axis=1)
    z = score / np.sqrt(RATES)

    reject, futile = stops(RATES, upper, lower[:4], drift)

    out = (z >= upper) | (z < lower)
    first = out.argmax(axis=1)
    success = z[np.arange(n), first] >= upper[first]
    for look in range(5):
        for chance, seen in ((reject, success), (futile, ~success)):
            share = np.mean((first == look) & seen)
            assert abs(share - chance[look]) < 4 * math.sqrt(chance[look] / n) + 1e-9


@pytest.mark.parametrize("probability", [1e-200, 1e-9, 0.025, 0.5, 0.9])
def test_bound_spends_the_probability_asked_for(probability):
    paths = go_on(begin(), 0.5, -math.inf, 2.5, 1.0)

    bound = upper_bound_for(paths, 1.0, probability)

    assert beyond(paths, 1.0, bound) == pytest.approx(probability, rel=1e-12)


def test_lower_bound_mirrors_the_upper_one():
    assert lower_bound_for(begin(1.0), 1.0, 0.1) == pytest.approx(1 + ndtri(0.1), abs=1e-14)


def test_nothing_to_spend_has_an_infinite_bound_and_too_much_is_refused():
    assert upper_bound_for(begin(), 1.0, 0.0) == math.inf
    with pytest.raises(NotConverged, match="only 1 is left"):
        upper_bound_for(begin(), 1.0, 1.0)
