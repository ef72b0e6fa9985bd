"""Rows sorted once: distinct times, dense ranks, and who is at risk when.

Every estimator of the room reads an `Ordering`; none sorts for itself. Ranks are dense int64, so
one compiled kernel serves whole days, months and weeks alike, and ties are exactly the ties of
the stored times.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from adjuvant.core import Codes, Numbers, TimeToEvent

__all__ = ["Ordering", "ordering"]

# A whole-day time column spans few values: counting beats sorting up to this many per row, and
# up to this many in all (eleven years of days).
_COUNTING_SPAN_PER_ROW = 4
_COUNTING_SPAN = 4096


@dataclass(frozen=True, eq=False)
class Ordering:
    """The distinct times of a data set and each row's place among them.

    times       (m,) distinct times (events and censorings), ascending, as stored.
    rank        (n,) index of each row's time in `times`, in row order.
    entry_rank  (n,) first index in `times` at which the row is at risk (entry < t), or None when
                every row is at risk from the beginning. A row is at risk at times[j] exactly
                when entry_rank <= j <= rank; where entry_rank > rank it never is.
    """

    times: Numbers
    rank: Codes
    entry_rank: Codes | None


_KNOWN: WeakKeyDictionary[TimeToEvent, Ordering] = WeakKeyDictionary()


def ordering(data: TimeToEvent) -> Ordering:
    """Return the ordering of `data`, computed at the first call and kept while `data` lives.

    >>> o = ordering(TimeToEvent([5, 3, 5], [1, 1, 0]))
    >>> o.times.tolist(), o.rank.tolist()
    ([3, 5], [1, 0, 1])
    """
    known = _KNOWN.get(data)
    if known is None:
        times, rank = _dense_ranks(data.time)
        entry_rank = None
        if data.entry is not None:
            entry_rank = np.searchsorted(times, data.entry, side="right").astype(np.int64)
        known = _KNOWN[data] = Ordering(times, rank, entry_rank)
    return known


def _dense_ranks(time: Numbers) -> tuple[Numbers, Codes]:
    if time.dtype == np.int64 and time.size:
        span = int(time.max()) + 1
        if span <= max(_COUNTING_SPAN_PER_ROW * time.size, _COUNTING_SPAN):
            present = np.bincount(time, minlength=span) > 0
            rank = np.cumsum(present) - 1
            return np.flatnonzero(present), rank[time]
    distinct: Any  # numpy's stubs lose the dtype here
    distinct, rank = np.unique(time, return_inverse=True)
    return distinct, rank.astype(np.int64).reshape(-1)
