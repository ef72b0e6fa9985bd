"""The stream of random numbers: the same for decades, exactly uniform, whoever asks."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from randomisation import make_vectors as independent

from adjuvant.core import InvalidInput
from adjuvant.randomisation import (
    PermutedBlocks,
    Stream,
    permuted_blocks,
    random_draw,
    stream_block,
)

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors.json").read_text("utf-8"))
CHI_SQUARE_999 = {5: 20.515, 23: 49.728}  # 99.9% points


@pytest.mark.reference
@pytest.mark.parametrize("case", VECTORS["blocks"], ids=lambda c: f"{c['label']}-{c['counter']}")
def test_bytes_are_those_of_the_committed_vectors(case):
    made = stream_block(bytes.fromhex(case["seed"]), case["label"], case["counter"])

    assert made.hex() == case["hex"]


@pytest.mark.reference
@pytest.mark.parametrize("case", VECTORS["below"], ids=lambda c: f"{c['label']}-{c['n']}")
def test_numbers_are_those_of_the_committed_vectors(case):
    stream = Stream(bytes.fromhex(case["seed"]), case["label"])

    assert [stream.below(case["n"]) for _ in case["numbers"]] == case["numbers"]


@pytest.mark.reference
@pytest.mark.parametrize("case", VECTORS["draws"], ids=lambda c: str(c["number"]))
def test_draws_are_those_of_the_committed_vectors(case):
    assert random_draw(bytes.fromhex(case["seed"]), case["label"], case["number"]) == case["drawn"]


@pytest.mark.reference
@pytest.mark.parametrize("case", VECTORS["lists"], ids=lambda c: str(c["sizes"]))
def test_lists_are_those_of_the_committed_vectors(case):
    design = PermutedBlocks(tuple(map(tuple, case["ratio"])), tuple(case["sizes"]))

    made = permuted_blocks(design, bytes.fromhex(case["seed"]), case["label"], case["n"])

    assert "".join(made.arms) == case["arms"]


@pytest.mark.reference
def test_committed_vectors_are_what_the_description_alone_gives():
    assert json.loads(json.dumps(independent.vectors())) == VECTORS


@pytest.mark.by_hand
def test_word_that_would_favour_small_numbers_is_passed_over():
    """Of 2**64 words, 2**64 mod n are passed over: n = 2**31 + 1 divides 2**64 with a rest."""
    n = 2**31 + 1
    limit = 2**64 - 2**64 % n
    stream = Stream(bytes(32), "forced")
    answers = iter([limit, 2**64 - 1, limit - 1])
    stream.next_word = lambda: next(answers)

    assert stream.below(n) == n - 1


@pytest.mark.property
def test_six_faces_come_equally_often():
    stream = Stream(bytes(range(32)), "dice")
    n = 30_000

    seen = Counter(stream.below(6) for _ in range(n))

    assert sum((seen[face] - n / 6) ** 2 / (n / 6) for face in range(6)) < CHI_SQUARE_999[5]


@pytest.mark.property
def test_every_order_of_four_comes_equally_often():
    stream = Stream(bytes(range(32)), "orders")
    n = 24_000

    seen = Counter("".join(stream.shuffled("abcd")) for _ in range(n))

    assert len(seen) == 24
    assert sum((k - n / 24) ** 2 / (n / 24) for k in seen.values()) < CHI_SQUARE_999[23]


@pytest.mark.property
@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.integers(1, 2**32))
@settings(max_examples=100, deadline=None)
def test_number_lies_below_n_and_comes_again(seed, label, n):
    first, second = Stream(seed, label), Stream(seed, label)

    numbers = [first.below(n) for _ in range(5)]

    assert all(0 <= x < n for x in numbers)
    assert numbers == [second.below(n) for _ in range(5)]


def test_two_strata_have_unrelated_streams():
    a, b = Stream(bytes(32), "S01"), Stream(bytes(32), "S02")

    assert [a.next_word() for _ in range(8)] != [b.next_word() for _ in range(8)]


def test_one_name_in_two_unicode_forms_is_one_stream():
    """A site typed on another keyboard must not get another list."""
    composed, decomposed = "H\u00f4pital", "Ho\u0302pital"

    assert stream_block(bytes(32), composed, 0) == stream_block(bytes(32), decomposed, 0)


def test_draw_of_an_allocation_does_not_depend_on_what_was_asked_before():
    alone = random_draw(bytes(32), "minimisation", 7)

    for number in range(1, 7):
        random_draw(bytes(32), "minimisation", number)

    assert random_draw(bytes(32), "minimisation", 7) == alone


@pytest.mark.parametrize("seed", [b"", bytes(16), bytes(33)])
def test_seed_of_another_length_is_refused(seed):
    with pytest.raises(InvalidInput, match="give 32 random bytes"):
        stream_block(seed, "all", 0)


@pytest.mark.parametrize("n", [0, -1, 2**32 + 1])
def test_number_outside_the_range_of_the_rule_is_refused(n):
    with pytest.raises(InvalidInput, match="give 1 to 4294967296"):
        Stream(bytes(32), "all").below(n)


def test_hash_randomisation_of_the_interpreter_changes_nothing():
    code = (
        "from adjuvant.randomisation import Stream; s = Stream(bytes(32), 'all');"
        "print([s.below(1000) for _ in range(20)])"
    )
    answers = set()
    for salt in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout)

    assert len(answers) == 1
