"""MaxCombo and the normal probability behind it."""

import numpy as np
import pytest
from scipy.special import ndtr

from adjuvant.core import InvalidData, NotEstimable, TimeToEvent
from adjuvant.survival import FlemingHarrington, max_combo, weighted_log_rank
from adjuvant.survival.normal_orthant import probability_outside

approx = pytest.approx
RNG = np.random.default_rng(7)
DATA = TimeToEvent(RNG.integers(1, 300, 80), RNG.integers(0, 2, 80), arm=RNG.integers(0, 2, 80))


def test_one_component_is_the_normal_tail():
    assert probability_outside(np.eye(1), np.array([-1.5]), np.array([1.5])) == approx(
        2 * ndtr(-1.5), rel=1e-12
    )


@pytest.mark.by_hand
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.99, -0.4])
def test_probability_that_three_normals_are_positive_is_known(rho):
    # Orthant of three: 1/8 + 3 asin(rho) / (4 pi).
    correlation = np.full((3, 3), rho) + (1 - rho) * np.eye(3)

    outside = probability_outside(correlation, np.zeros(3), np.full(3, np.inf))

    assert 1 - outside == approx(1 / 8 + 3 * np.arcsin(rho) / (4 * np.pi), abs=1e-11)


@pytest.mark.by_hand
@pytest.mark.parametrize(("size", "limit"), [(2, 2.2), (3, 2.2), (4, 0.5)])
def test_exchangeable_normals_have_a_one_dimensional_integral(size, limit):
    # Z_j = sqrt(r) U + sqrt(1 - r) E_j: given U the components are independent.
    rho = 0.8
    u, w = np.polynomial.legendre.leggauss(2000)
    u, w = 9 * u, 9 * w * np.exp(-((9 * u) ** 2) / 2) / np.sqrt(2 * np.pi)
    high, low = limit - np.sqrt(rho) * u, -limit - np.sqrt(rho) * u
    inside = (ndtr(high / np.sqrt(1 - rho)) - ndtr(low / np.sqrt(1 - rho))) ** size
    correlation = np.full((size, size), rho) + (1 - rho) * np.eye(size)

    found = probability_outside(correlation, np.full(size, -limit), np.full(size, limit))

    assert found == approx(1 - (w * inside).sum(), abs=1e-11)


@pytest.mark.by_hand
def test_a_dependent_component_is_allowed():
    # Z3 = (Z1 + Z2) / sqrt(2) with independent Z1, Z2: |Z1|, |Z2| <= 1 imply |Z3| <= sqrt(2).
    h = np.sqrt(0.5)
    correlation = np.array([[1, 0, h], [0, 1, h], [h, h, 1]])

    found = probability_outside(correlation, np.full(3, -1.0), np.array([1.0, 1.0, 1.0]))
    without = probability_outside(np.eye(2), np.full(2, -1.0), np.ones(2))
    loose = probability_outside(correlation, -np.array([1, 1, 2.0]), np.array([1, 1, 2.0]))

    assert found > without
    assert loose == approx(without, abs=1e-12)


def test_small_probabilities_keep_their_digits():
    for limit in (3.0, 5.0, 6.5):
        found = probability_outside(np.eye(2), np.full(2, -limit), np.full(2, limit))
        tail = 2 * ndtr(-limit)
        assert found == approx(2 * tail - tail**2, rel=1e-8)


def test_one_weight_is_the_weighted_test_itself():
    one = max_combo(DATA, [(0, 1)])
    test = weighted_log_rank(DATA, FlemingHarrington(0, 1))

    assert one.z[0] == approx(test.z)
    assert one.p_two_sided == approx(test.p_value, rel=1e-9)
    assert one.p_one_sided == approx(ndtr(test.z), rel=1e-9)


def test_the_best_of_four_has_a_p_between_its_own_and_four_times_it():
    found = max_combo(DATA)

    single = 2 * ndtr(-found.max_abs_z)
    assert single < found.p_two_sided < 4 * single
    assert found.correlation.diagonal() == approx(np.ones(4))


def test_what_cannot_be_combined_is_refused():
    with pytest.raises(InvalidData, match="each of them once"):
        max_combo(DATA, [(0, 0), (0, 0)])
    with pytest.raises(NotEstimable, match=r"weight \(0, 1\) leaves no event time"):
        max_combo(TimeToEvent([1, 2, 2], [1, 0, 0], arm=[0, 1, 0]))
    many = [(0, 0), (2, 0), (0, 2), (2, 2), (0.5, 0.5), (1, 3)]
    with pytest.raises(NotEstimable, match="serves up to 4"):
        max_combo(DATA, many)
