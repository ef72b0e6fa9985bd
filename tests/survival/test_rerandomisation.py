"""The re-randomisation test against full enumeration."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from survival_strategies import survival_data

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import log_rank, rerandomisation_test
from adjuvant.survival.rerandomisation import log_rank_scores
from adjuvant.survival.rerandomisation_kernels import block_scores

approx = pytest.approx
EIGHT = TimeToEvent(
    [5, 8, 12, 20, 3, 9, 14, 30], [1, 1, 1, 0, 1, 0, 1, 0], arm=[0, 1, 0, 1, 0, 0, 1, 1]
)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, strata=2, entry=True))
def test_scores_of_the_treated_add_up_to_the_log_rank_score(data):
    try:
        expected = log_rank(data).score
    except (NotEnoughData, NotEstimable):
        return

    scores = log_rank_scores(data)

    assert scores[data.arm == 1].sum() == approx(expected, abs=1e-9)
    assert scores.sum() == approx(0, abs=1e-9)


@pytest.mark.by_hand
def test_two_blocks_of_four_have_thirty_six_allocations():
    scores = log_rank_scores(EIGHT)
    observed = scores[EIGHT.arm == 1].sum()
    halves = [list(combinations(range(4), 2)), list(combinations(range(4, 8), 2))]
    everything = np.array([scores[list(a + b)].sum() for a, b in product(*halves)])
    exact = (np.abs(everything) >= abs(observed) - 1e-9).mean()

    found = rerandomisation_test(EIGHT, [4, 4], rng=np.random.default_rng(2), replicates=40_000)

    assert found.score == approx(observed)
    assert abs(found.p_value - exact) < 4 * found.monte_carlo_error


def test_an_incomplete_last_block_takes_its_first_places():
    six = EIGHT.where(np.arange(8) < 6)
    scores = log_rank_scores(six)
    first = list(combinations(range(4), 2))
    # Of a block of four the first two places: both, one (4 of 6 ways) or none treated.
    last = [[p for p in places if p < 2] for places in combinations(range(4), 2)]
    everything = np.array(
        [scores[list(a) + [4 + p for p in b]].sum() for a, b in product(first, last)]
    )
    exact = (np.abs(everything) >= abs(scores[six.arm == 1].sum()) - 1e-9).mean()

    found = rerandomisation_test(six, [4, 4], rng=np.random.default_rng(3), replicates=40_000)

    assert abs(found.p_value - exact) < 4 * found.monte_carlo_error


def test_blocks_a_function_and_strata_agree():
    rng = np.random.default_rng(4)

    def allocate(generator):
        block = np.array([0, 0, 1, 1])
        return np.concatenate([generator.permutation(block) for _ in range(2)])

    blocks = rerandomisation_test(EIGHT, [4, 4], rng=rng, replicates=20_000)
    strata = rerandomisation_test(
        EIGHT, {"x": [4], "y": [4]}, rng=rng, replicates=20_000, randomised_in=list("xxxxyyyy")
    )
    function = rerandomisation_test(EIGHT, allocate, rng=rng, replicates=20_000)

    error = blocks.monte_carlo_error
    assert abs(blocks.p_value - function.p_value) < 6 * error
    assert abs(blocks.p_value - strata.p_value) < 6 * error


def test_the_same_generator_gives_the_same_p():
    a, b = (
        rerandomisation_test(EIGHT, [8], rng=np.random.default_rng(9), replicates=500)
        for _ in range(2)
    )

    assert a == b


def test_every_arrangement_of_a_block_is_as_likely():
    sums = np.array([0.0, 1.0, 2.0, 10.0])
    drawn = block_scores(
        sums,
        np.array([0, 3]),
        np.array([3, 1]),
        np.random.default_rng(1).integers(1, 2**63, 4).astype(np.uint64),
        90_000,
    )

    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [10, 11, 12]
    assert (np.abs(counts - 30_000) < 4 * np.sqrt(90_000 * 2 / 9)).all()


@pytest.mark.parametrize(
    ("procedure", "more", "message"),
    [
        ([4], {}, "hold fewer than its 8 rows"),
        ([3, 5], {}, "a block of 3 does not fit 1:1"),
        ([20], {}, "up to 16"),
        ([4, 4], {"randomised_in": list("xxxxyyyy")}, "block sizes per stratum"),
        ([4, 4], {"randomised_in": list("xx")}, "randomised_in has 2 rows"),
        ([4, 4], {"replicates": 0}, "at least one allocation"),
        (lambda rng: np.zeros(3), {}, "8 codes"),
    ],
)
def test_procedures_that_do_not_fit_are_refused(procedure, more, message):
    with pytest.raises(InvalidData, match=message):
        rerandomisation_test(EIGHT, procedure, rng=np.random.default_rng(1), **more)
