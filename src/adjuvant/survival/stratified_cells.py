"""Distinct times within strata, dense: the cells in which the log-rank family counts."""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import Codes, TimeToEvent
from adjuvant.survival.ordering import ordering

__all__ = ["StratifiedCells", "stratified_cells"]

_NONE = np.empty(0, dtype=np.int64)
_NONE.flags.writeable = False


@dataclass(frozen=True, eq=False)
class StratifiedCells:
    """Each row's cell, a cell being one distinct time of one stratum, by stratum, then time.

    cell        (n,) dense cell of the row's time.
    entry_cell  (n,) first cell at which the row is at risk, or (0,) without late entry.
    start       (strata + 1,) first cell of each stratum that has rows; last, the number of cells.
    time_index  (cells,) index of the cell's time among the distinct times of the whole data.
    """

    cell: Codes
    entry_cell: Codes
    start: Codes
    time_index: Codes


def stratified_cells(data: TimeToEvent) -> StratifiedCells:
    """Return the cells of `data`; without strata there is one stratum.

    >>> data = TimeToEvent([3, 5, 3], [1, 1, 1], stratum=[0, 0, 1])
    >>> cells = stratified_cells(data)
    >>> cells.cell.tolist(), cells.start.tolist(), cells.time_index.tolist()
    ([0, 1, 2], [0, 2, 3], [0, 1, 0])
    """
    order = ordering(data)
    m = len(order.times)
    if data.stratum is None:
        entry = _NONE if order.entry_rank is None else order.entry_rank
        return StratifiedCells(order.rank, entry, np.array([0, m]), np.arange(m))
    strata = len(data.stratum_labels)
    key = data.stratum * m + order.rank
    entry_key = None if order.entry_rank is None else data.stratum * m + order.entry_rank
    entry = _NONE
    if strata * m <= 4 * data.n:  # Few places: a table of them beats a search in the known ones.
        present = np.bincount(key, minlength=strata * m) > 0
        known = np.flatnonzero(present)
        before: Codes = np.cumsum(present) - present
        cell: Codes = before[key]
        if entry_key is not None:
            entry = before[entry_key]
    else:
        known, cell = np.unique(key, return_inverse=True)
        cell = cell.astype(np.int64).reshape(-1)
        if entry_key is not None:
            entry = np.searchsorted(known, entry_key).astype(np.int64)
    stratum_of, time_index = np.divmod(known, max(m, 1))
    start = np.concatenate((_changes(stratum_of), [len(known)])).astype(np.int64)
    return StratifiedCells(cell, entry, start, time_index)


def _changes(values: Codes) -> Codes:
    """Return the positions at which an ascending column takes a new value."""
    return np.flatnonzero(np.diff(values, prepend=-1)).astype(np.int64)
