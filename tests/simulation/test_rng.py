"""The stream of random numbers: published vectors, our own, and its laws."""

import numpy as np
import pytest
from scipy import stats

from adjuvant.simulation import rng

KNOWN = [  # The authors' generator from the state 1, 2, 3, 4.
    41943041,
    58720359,
    3588806011781223,
    3591011842654386,
    9228616714210784205,
    9973669472204895162,
    14011001112246962877,
    12406186145184390807,
    15849039046786891736,
    10450023813501588000,
]

VECTOR_STATE = [1321962074176129191, 15925659190040627001, 6588988029983277238, 9315241652495780889]
VECTOR_EXPONENTIAL = 1.0480758922999194


@pytest.mark.published
def test_xoshiro256_plus_plus_gives_the_published_words():
    state = np.array([1, 2, 3, 4], dtype=np.uint64)

    assert [int(rng.next_word(state)) for _ in KNOWN] == KNOWN


@pytest.mark.published
def test_splitmix64_gives_the_published_words():
    state, words = 0, []
    for _ in range(3):
        state, word = rng.splitmix64(state)
        words.append(word)

    assert words == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_a_chunk_starts_where_it_always_did():
    """A change here changes every simulated number of every earlier report."""
    state = rng.chunk_state(1, 2, 3)

    assert [int(word) for word in state] == VECTOR_STATE
    assert rng.exponential(state) == pytest.approx(VECTOR_EXPONENTIAL, rel=1e-15)


def test_neighbouring_chunks_seeds_and_scenarios_start_elsewhere():
    starts = {tuple(rng.chunk_state(*at)) for at in [(1, 2, 3), (1, 2, 4), (2, 2, 3), (1, 3, 2)]}

    assert len(starts) == 4


def test_every_layer_of_the_ziggurat_has_the_same_area():
    edge = rng.WIDTH * 2.0**53
    inner = np.append(edge[1:], 0.0)

    areas = edge[1:] * (rng.DENSITY[2:] - rng.DENSITY[1:-1])

    assert areas == pytest.approx(np.full(255, 0.0039496598225815571993), rel=1e-9)
    assert pytest.approx(inner / edge * 2**53, rel=1e-12) == rng.ACCEPTED


def test_exponential_numbers_are_exponential():
    state, numbers = rng.chunk_state(7, 0, 0), np.empty(400_000)
    rng.fill_exponentials(state, numbers, len(numbers))

    assert stats.kstest(numbers, "expon").pvalue > 0.001
    # The tail begins at 7.697: its share is 4.5e-4.
    beyond = numbers[numbers > 7.69711747013104972] - 7.69711747013104972
    assert abs(len(beyond) - 181.7) < 4 * 13.5
    assert stats.kstest(beyond, "expon").pvalue > 0.001


def test_filling_is_drawing_one_by_one():
    one, all_at_once = rng.chunk_state(3, 0, 0), rng.chunk_state(3, 0, 0)
    numbers = np.empty(5_000)
    rng.fill_exponentials(all_at_once, numbers, 5_000)

    assert [rng.exponential(one) for _ in range(5_000)] == numbers.tolist()
    assert one.tolist() == all_at_once.tolist()


def test_uniform_numbers_are_uniform_and_never_0_or_1():
    state, numbers = rng.chunk_state(9, 0, 0), np.empty(200_002)
    rng.fill_uniforms(state, numbers, 200_001)

    assert 0 < numbers.min() < numbers.max() < 1
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    singles = [rng.uniform(state) for _ in range(20_000)]
    assert stats.kstest(singles, "uniform").pvalue > 0.001


@pytest.mark.parametrize("shape", [0.4, 1.0, 5.0])
def test_gamma_numbers_are_gamma(shape):
    state = rng.chunk_state(11, 0, 0)

    numbers = [rng.gamma(state, shape) for _ in range(20_000)]

    assert stats.kstest(numbers, stats.gamma(shape).cdf).pvalue > 0.001
