"""Selection and order agree with sorting, whatever the numbers and whatever the guess."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.simulation.ordering import nth_smallest, sort_keys

numbers = st.lists(
    st.one_of(st.floats(0, 1e6), st.sampled_from([0.0, 1.0, 3.5, np.inf])), min_size=1, max_size=60
)


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(numbers, st.integers(1, 60), st.floats(1e-6, 1e6), st.floats(1e-9, 1e3))
def test_the_nth_smallest_is_the_nth_of_the_sorted(values, rank, guess, slope):
    array = np.array(values)
    finite = np.count_nonzero(np.isfinite(array))
    rank = min(rank, finite)
    if rank == 0:
        return

    found, width = nth_smallest(array, len(array), rank, guess, slope)

    assert found == np.sort(array)[rank - 1]
    assert width > 0


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=80))
def test_keys_come_out_in_order(values):
    keys = np.array(values, dtype=np.int64)
    bucket = (keys // 2**34).astype(np.int32)
    ordered = np.zeros(len(keys) + 2, dtype=np.int64)

    sort_keys(keys, bucket, len(keys), np.zeros(65, dtype=np.int32), ordered)

    out = ordered[1 : len(keys) + 1]
    assert sorted(out) == sorted(values)
    assert np.all(np.diff(out >> 2) >= 0)
