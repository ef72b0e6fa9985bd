"""Random survival data for property tests: small, tied, with every optional column on demand."""

import numpy as np
from hypothesis import strategies as st

from adjuvant.core import TimeToEvent


@st.composite
def survival_data(
    draw,
    *,
    min_size=2,
    max_size=40,
    arms=2,
    causes=1,
    strata=0,
    entry=False,
    weights=False,
    tied=True,
):
    """Draw a TimeToEvent in which every arm has a row; strata = 0 means not stratified.

    arms      number of arms, 0 for one group without codes.
    entry     True gives each row an entry time before its own time.
    weights   True gives each row a weight of 1, 2 or 3 (case counts).
    tied      False makes all times distinct.
    """
    n = draw(st.integers(max(min_size, arms), max_size))
    if tied:
        time = draw(st.lists(st.integers(1, 15), min_size=n, max_size=n))
    else:
        time = draw(st.lists(st.integers(1, 10_000), min_size=n, max_size=n, unique=True))
    event = draw(st.lists(st.integers(0, causes), min_size=n, max_size=n))
    columns = {}
    if arms:
        rest = draw(st.lists(st.integers(0, arms - 1), min_size=n - arms, max_size=n - arms))
        columns["arm"] = [*range(arms), *rest]
        columns["arm_labels"] = tuple("ABCDEFGH"[:arms])
    if strata:
        columns["stratum"] = draw(st.lists(st.integers(0, strata - 1), min_size=n, max_size=n))
        columns["stratum_labels"] = tuple(f"s{i}" for i in range(strata))
    if entry:
        columns["entry"] = [draw(st.integers(0, t - 1)) for t in time]
    if weights:
        columns["weight"] = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    return TimeToEvent(time, event, **columns)


def shuffled(data, seed=0):
    """The same rows in another order."""
    order = np.random.default_rng(seed).permutation(data.n)
    return rows(data, order)


def rows(data, index):
    """The rows of `data` at `index` (n,) int, in that order; a row may come twice."""
    index = np.asarray(index)
    columns = {}
    for name in ("time", "event", "arm", "stratum", "entry", "weight"):
        column = getattr(data, name)
        columns[name] = None if column is None else column[index]
    for name in ("subject", "source"):
        column = getattr(data, name)
        columns[name] = None if column is None else tuple(column[i] for i in index)
    return TimeToEvent(
        **columns, arm_labels=data.arm_labels, stratum_labels=data.stratum_labels, unit=data.unit
    )
