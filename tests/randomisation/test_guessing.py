"""How well allocations are foreseen, and the simulation's arrays against the exact rule."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidInput
from adjuvant.randomisation import (
    DRAWS,
    Factor,
    Minimisation,
    Past,
    PermutedBlocks,
    best_guess_in_blocks,
    counting_guess,
    minimised_by,
    permuted_blocks,
    simulated_minimisation,
    totals_used,
)

EQUAL = (("CTL", 1), ("IMM", 1))


def sequences(design, n):
    """Return the exact chance of every sequence of n arms, by building blocks in every way."""
    found, open_ones = {}, {(): Fraction(1)}
    while open_ones:
        following = {}
        for history, chance in open_ones.items():
            for size in design.sizes:
                orders = list(distinct_orders(design.block(size)))
                for order in orders:
                    longer = history + order
                    part = chance / len(design.sizes) / len(orders)
                    target = found if len(longer) >= n else following
                    key = longer[:n] if len(longer) >= n else longer
                    target[key] = target.get(key, 0) + part
        open_ones = following
    return found


def distinct_orders(block):
    arms = sorted(set(block))
    return (o for o in product(arms, repeat=len(block)) if sorted(o) == sorted(block))


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("ratio", "sizes", "n"),
    [((1, 1), (2,), 6), ((1, 1), (2, 4), 7), ((1, 2), (3,), 6), ((1, 2), (3, 6), 6)],
)
def test_best_guess_is_bayes_rule_over_every_way_to_build_the_blocks(ratio, sizes, n):
    design = PermutedBlocks(tuple((f"A{i}", share) for i, share in enumerate(ratio)), sizes)
    exact = sequences(design, n)
    assert sum(exact.values()) == 1
    names = [arm for arm, _ in design.ratio]
    rows = [[names.index(arm) for arm in sequence] for sequence in exact]

    best = best_guess_in_blocks(design, np.array(rows))

    for row, sequence in enumerate(exact):
        for t in range(n):
            by_arm = {}
            for other, chance in exact.items():
                if other[:t] == sequence[:t]:
                    by_arm[other[t]] = by_arm.get(other[t], 0) + chance
            expected = max(by_arm.values()) / sum(by_arm.values())
            assert best[row, t] == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.by_hand
def test_blocks_of_four_are_hit_17_times_in_24():
    """1/2, 2/3, then 1 with chance 1/3 (after two equal) else 1/2, then 1: 17/24 on average."""
    design = PermutedBlocks(EQUAL, (4,))
    rows = np.array(
        [[int(a == "IMM") for a in order] for order in distinct_orders(design.block(4))]
    )

    assert best_guess_in_blocks(design, rows).mean() == pytest.approx(17 / 24)
    assert counting_guess(rows, np.array([0.5, 0.5])).mean() == pytest.approx(17 / 24)


@pytest.mark.property
@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=30, deadline=None)
def test_nobody_guesses_better_than_who_knows_the_method(seed):
    design = PermutedBlocks(EQUAL, (2, 4, 6))
    arms = permuted_blocks(design, seed, "S01", 40).arms
    rows = np.array([[int(arm == "IMM") for arm in arms]])

    best = best_guess_in_blocks(design, rows)

    assert np.all(best >= 0.5 - 1e-12)
    assert np.all(best <= 1 + 1e-12)


def test_row_that_the_blocks_cannot_give_is_refused():
    with pytest.raises(InvalidInput, match="row 2 cannot come from blocks"):
        best_guess_in_blocks(PermutedBlocks(EQUAL, (2,)), np.array([[0, 1], [0, 0]]))


FACTORS = (Factor("f", ("x", "y"), Fraction(2)), Factor("g", ("u", "v", "w")))


@pytest.mark.property
@pytest.mark.parametrize("ratio", [(1, 1), (1, 2), (1, 1, 1), (2, 3)])
@pytest.mark.parametrize("measure", ["range", "variance"])
@pytest.mark.parametrize("tie", ["random", "overall"])
def test_arrays_give_the_arms_of_the_exact_rule(ratio, measure, tie):
    arms = tuple((f"A{n}", share) for n, share in enumerate(ratio))
    rules = Minimisation(arms, FACTORS, measure=measure, tie=tie)
    rng = np.random.default_rng(20261)
    levels = np.stack([rng.integers(0, 2, (4, 25)), rng.integers(0, 3, (4, 25))], axis=2)
    drawn = rng.integers(0, DRAWS, (4, 25))

    found = simulated_minimisation(rules, levels, drawn)

    for trial in range(4):
        past = []
        for t in range(25):
            here = {f.id: f.levels[levels[trial, t, c]] for c, f in enumerate(FACTORS)}
            totals, overall = totals_used(rules, past, here)
            one = minimised_by(rules, totals, overall, int(drawn[trial, t]))
            assert one.virtual == found.virtual[trial, t]
            past.append(Past(here, one.virtual))


@pytest.mark.property
def test_unequal_ratio_is_kept_at_every_place_over_many_trials():
    rules = Minimisation((("CTL", 1), ("IMM", 2)), FACTORS)
    rng = np.random.default_rng(20262)
    trials, n = 4000, 12
    levels = np.stack([rng.integers(0, 2, (trials, n)), rng.integers(0, 3, (trials, n))], axis=2)

    found = simulated_minimisation(rules, levels, rng.integers(0, DRAWS, (trials, n)))

    error = (2 / 9 / trials) ** 0.5
    assert np.all(np.abs(found.arms.mean(axis=0) - 2 / 3) < 4 * error)


def test_weights_that_are_not_whole_are_refused():
    rules = Minimisation(EQUAL, (Factor("f", ("x", "y"), Fraction(1, 2)),))

    with pytest.raises(InvalidInput, match="whole weights"):
        simulated_minimisation(rules, np.zeros((1, 1, 1), int), np.zeros((1, 1), int))
