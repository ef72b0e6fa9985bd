"""Permuted blocks: a full block balances, the ratio is kept, a long list begins as the short."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidInput
from adjuvant.randomisation import (
    Factor,
    PermutedBlocks,
    all_strata,
    big_stick_list,
    checked_ratio,
    permuted_blocks,
    simple_list,
    stratum_name,
)

EQUAL = (("CTL", 1), ("IMM", 1))


@st.composite
def designs(draw):
    shares = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    ratio = checked_ratio({f"A{n}": share for n, share in enumerate(shares)})
    unit = sum(share for _, share in ratio)
    times = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
    return PermutedBlocks(ratio, tuple(unit * t for t in times))


@pytest.mark.property
@given(designs(), st.binary(min_size=32, max_size=32), st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_every_full_block_holds_the_ratio_exactly(design, seed, n):
    made = permuted_blocks(design, seed, "S01", n)

    start = 0
    for size in made.blocks:
        part = Counter(made.arms[start : start + size])
        assert part == {arm: share * size // design.unit for arm, share in design.ratio}
        start += size
    assert start == len(made.arms) >= n


@pytest.mark.property
@given(designs(), st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_longer_list_begins_with_the_shorter(design, n, more):
    short = permuted_blocks(design, bytes(32), "S01", n)
    long = permuted_blocks(design, bytes(32), "S01", n + more)

    assert long.arms[: len(short.arms)] == short.arms


@pytest.mark.property
def test_block_sizes_and_first_arms_come_equally_often():
    design = PermutedBlocks(EQUAL, (2, 4, 6))
    sizes, first = Counter(), Counter()
    for n in range(3000):
        made = permuted_blocks(design, bytes(32), f"stratum {n}", 1)
        sizes[made.blocks[0]] += 1
        first[made.arms[0]] += 1

    assert sum((sizes[s] - 1000) ** 2 / 1000 for s in (2, 4, 6)) < 13.816  # 99.9%, 2 df
    assert (first["CTL"] - 1500) ** 2 / 750 < 10.828


@pytest.mark.parametrize("sizes", [(3,), (2, 5), (0,), (-2,), (), (2, 2)])
def test_block_size_that_the_ratio_does_not_divide_is_refused(sizes):
    with pytest.raises(InvalidInput):
        PermutedBlocks(EQUAL, sizes)


def test_ratio_two_to_two_is_one_to_one():
    assert PermutedBlocks((("CTL", 2), ("IMM", 2)), (2,)).unit == 2


@pytest.mark.parametrize("ratio", [{"CTL": 1}, {"CTL": 1, "IMM": 0}, {"CTL": 1, "IMM": 1.5}, {}])
def test_ratio_that_cannot_be_kept_is_refused(ratio):
    with pytest.raises(InvalidInput):
        checked_ratio(ratio)


@pytest.mark.property
@given(st.integers(1, 5), st.integers(1, 80), st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_big_stick_never_lets_an_arm_run_away(most, n, seed):
    ahead = 0
    for arm in big_stick_list(EQUAL, seed, "all", n, most_ahead=most):
        ahead += 1 if arm == "CTL" else -1
        assert abs(ahead) <= most


@pytest.mark.by_hand
def test_big_stick_of_one_is_a_chain_of_pairs():
    arms = big_stick_list(EQUAL, bytes(32), "all", 40, most_ahead=1)

    assert all({a, b} == {"CTL", "IMM"} for a, b in zip(arms[::2], arms[1::2], strict=True))


def test_big_stick_for_unequal_arms_is_refused():
    with pytest.raises(InvalidInput, match="two arms 1:1"):
        big_stick_list((("CTL", 1), ("IMM", 2)), bytes(32), "all", 5)


@pytest.mark.property
def test_simple_randomisation_keeps_the_ratio_on_average():
    n = 12_000
    arms = Counter(simple_list((("CTL", 1), ("IMM", 2)), bytes(32), "all", n))

    assert abs(arms["IMM"] / n - 2 / 3) < 4 * (2 / 9 / n) ** 0.5


def test_strata_are_named_by_their_levels_in_the_order_of_the_factors():
    factors = (
        Factor("site", ("S01", "S02")),
        Factor("tumour_number", ("single", "multiple")),
        Factor("stage_group", ("I-II", "III-IVA")),
    )

    assert len(all_strata(factors)) == 8
    assert "S01/single/I-II" in all_strata(factors)
    levels = {"stage_group": "III-IVA", "site": "S02", "tumour_number": "single"}
    assert stratum_name(factors, levels) == "S02/single/III-IVA"


@pytest.mark.parametrize("levels", [{}, {"site": None}, {"site": "S03"}])
def test_unknown_or_missing_level_has_no_stratum(levels):
    with pytest.raises(InvalidInput, match="must be one of S01, S02"):
        stratum_name((Factor("site", ("S01", "S02")),), levels)


@pytest.mark.parametrize("levels", [("a",), ("a", "a"), ("a/b", "c"), ("a#1", "c"), ("", "c")])
def test_level_that_would_confuse_names_is_refused(levels):
    with pytest.raises(InvalidInput):
        Factor("site", levels)
