"""Doses: what the interval of 370 of 380 may say, and what became of cells and lots."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.cells import (
    BagGiven,
    Scheduled,
    bootstrap_proportion,
    dose_account,
    exact_limits,
    infusions_given,
    summary_proportion,
)
from adjuvant.core import InvalidData, NotEnoughData


@pytest.mark.published
def test_370_of_380_alone_has_no_interval():
    """Takayama 2000: 370 of 380 infusions in 76 patients; who missed which is not reported."""
    found = summary_proportion(370, 380)

    assert found.proportion == pytest.approx(0.9737, abs=5e-5)
    assert found.ci is None
    assert not found.accounts_for_patients


@pytest.mark.reference
@pytest.mark.parametrize(
    ("given_", "of", "low", "high"),
    [(370, 380, 0.9521379, 0.9873100), (0, 5, 0.0, 0.5218238), (5, 5, 0.4781762, 1.0)],
)
def test_exact_limits_agree_with_binom_test(given_, of, low, high):
    """binom.test of R 4.2; the last by symmetry."""
    found = exact_limits(given_, of)

    assert found.ci == pytest.approx((low, high), abs=1e-7)
    assert "as if infusions were independent" in found.method


@pytest.mark.by_hand
def test_sandwich_of_four_patients_by_hand():
    """Given 5, 5, 5, 1 of 5 each: p = 0.8; squares of (g - 4): 1 + 1 + 1 + 9 = 12;
    variance 4/3 x 12 / 400 = 0.04; on the logit scale 0.2 / 0.16 = 1.25 is the error."""
    found = infusions_given([5, 5, 5, 1], [5, 5, 5, 5])

    half = 1.959963984540054 * 1.25
    limits = [1 / (1 + math.exp(-(math.log(4) + sign * half))) for sign in (-1, 1)]
    assert found.proportion == 0.8
    assert found.ci == pytest.approx(limits)
    assert found.accounts_for_patients


@pytest.mark.by_hand
def test_one_per_patient_is_the_usual_variance():
    """One infusion a patient: 4/3 x (3 x 0.0625 + 0.5625) / 16 = 0.0625 = p(1 - p) / (n - 1)."""
    found = infusions_given([1, 1, 1, 0], [1, 1, 1, 1])

    half = 1.959963984540054 * 0.25 / 0.1875
    assert found.ci[1] == pytest.approx(1 / (1 + math.exp(-(math.log(3) + half))))


def test_same_total_in_fewer_patients_is_less_certain():
    """370 of 380 as ten patients with one missed each, or two patients who missed five."""
    spread = infusions_given([4] * 10 + [5] * 66, [5] * 76)
    packed = infusions_given([0] * 2 + [5] * 74, [5] * 76)

    assert spread.given == packed.given == 370
    assert packed.ci[1] - packed.ci[0] > 1.5 * (spread.ci[1] - spread.ci[0])
    exact = exact_limits(370, 380)
    assert packed.ci[1] - packed.ci[0] > exact.ci[1] - exact.ci[0]


def test_nobody_missed_any_is_exact_over_patients():
    found = infusions_given([5] * 20, [5] * 20)

    assert found.ci == pytest.approx((0.8315665, 1.0), abs=1e-6)  # binom.test(20, 20)
    assert "over patients" in found.method


def test_patients_who_are_all_alike_do_not_give_an_interval_of_no_width():
    """Each of 10 patients missed one of five: the sandwich is zero, and would say 80% to 80%."""
    found = infusions_given([4] * 10, [5] * 10)

    assert found.ci == exact_limits(40, 50).ci
    assert not found.accounts_for_patients
    assert "every patient has the same share" in found.method


@pytest.mark.property
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(5, 6)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_interval_holds_the_proportion_whatever_the_order(rows):
    done, of = zip(*rows, strict=True)

    found = infusions_given(done, of)

    assert found.ci[0] <= found.proportion <= found.ci[1]
    again = infusions_given(done[::-1], of[::-1])
    assert again.ci == pytest.approx(found.ci)


@pytest.mark.property
def test_sandwich_and_bootstrap_agree():
    rng = np.random.default_rng(20261)
    done = np.minimum(5, rng.binomial(5, rng.beta(9, 1, 300)))

    sandwich = infusions_given(done.tolist(), [5] * 300)
    bootstrap = bootstrap_proportion(done.tolist(), [5] * 300, np.random.default_rng(1))

    width = sandwich.ci[1] - sandwich.ci[0]
    assert np.allclose(sandwich.ci, bootstrap.ci, atol=0.1 * width)


@pytest.mark.property
def test_sandwich_covers_95_percent_of_clustered_trials():
    rng = np.random.default_rng(20262)
    n_sim, hits = 2000, 0
    for _ in range(n_sim):
        done = rng.binomial(5, rng.beta(7.2, 0.8, 76))
        ci = infusions_given(done.tolist(), [5] * 76).ci
        hits += ci[0] <= 0.9 <= ci[1]

    # Normal limits on the logit with 76 patients: a little under 95% is expected.
    assert hits / n_sim == pytest.approx(0.95, abs=0.01 + 3 * (0.0475 / n_sim) ** 0.5)


@pytest.mark.parametrize(
    ("done", "of"), [([6, 5], [5, 5]), ([-1, 5], [5, 5]), ([1], [5, 5]), ([0.5, 1], [5, 5])]
)
def test_impossible_counts_are_refused(done, of):
    with pytest.raises(InvalidData):
        infusions_given(done, of)


@pytest.mark.parametrize(("done", "of"), [([5], [5]), ([5, 0], [5, 0]), ([], [])])
def test_one_patient_is_not_enough(done, of):
    with pytest.raises(NotEnoughData):
        infusions_given(done, of)


@pytest.mark.by_hand
def test_doses_from_bags_by_hand():
    """Patient 1: 1e10 + 3e10 in two bags, half of the second given: 2.5e10 of 4e10; then 2e10,
    4 days late. Patient 2: 1.5e10; the other not given, product failure."""
    rows = [
        Scheduled("1", "W2", (BagGiven(1e10, markers={"CD3+HLA-DR+": 70}),
                              BagGiven(3e10, 0.5, {"CD3+HLA-DR+": 80}))),
        Scheduled("1", "W3", (BagGiven(2e10, markers={"CD3+HLA-DR+": 90}),), days_late=4),
        Scheduled("2", "W2", (BagGiven(1.5e10),), days_late=8, out_of_specification=True),
        Scheduled("2", "W3", reason="product failure"),
    ]  # fmt: skip

    account = dose_account(rows)

    assert (account.infusions.given, account.infusions.scheduled) == (3, 4)
    assert account.cells_per_patient == pytest.approx((3e10, 3e10 / 2**0.5))
    assert account.cells_per_infusion == pytest.approx((2e10, 0.5e10))
    assert account.markers["CD3+HLA-DR+"] == pytest.approx((80, 10))
    assert account.late == {3: 2, 7: 1}
    assert (account.partial, account.out_of_specification) == (1, 1)
    assert account.reasons == {"product failure": 1}
    assert account.relative_intensity == pytest.approx((2.5 / 4 + 1 + 1) / 4)


def test_infusion_not_given_needs_its_reason():
    with pytest.raises(InvalidData, match="enter the reason"):
        Scheduled("1", "W2")


@pytest.mark.parametrize("bag", [BagGiven(0.0), BagGiven(1e9, 1.2), BagGiven(1e9, 0.0)])
def test_bag_that_cannot_be_is_refused(bag):
    with pytest.raises(InvalidData, match="cells are above 0"):
        Scheduled("1", "W2", (bag,))


def test_infusion_listed_twice_is_refused():
    row = Scheduled("1", "W2", (BagGiven(1e10),))

    with pytest.raises(InvalidData, match="listed twice"):
        dose_account([row, row])
