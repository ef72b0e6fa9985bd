"""Rows laid out as a partial likelihood reads them: by stratum, from the last time to the first."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats, Mask, Numbers, TimeToEvent
from adjuvant.survival.ordering import ordering

__all__ = ["RiskSets", "risk_sets"]


class RiskSets(NamedTuple):
    """Sorted positions and the groups of tied times within a stratum.

    order           (n,) row at each sorted position.
    weight          (n,) case weight, by position.
    death           (n,) an event with a positive weight, by position.
    group_first     (groups + 1,) first position of each group of one stratum and one time.
    group_rank      (groups,) rank of the group's time; descends within a stratum.
    stratum_first   (strata + 1,) first group of each stratum that has rows.
    leaver          (n,) positions by descending entry rank within their stratum; empty without
                    entry times: going back in time a row leaves before it entered.
    entry_group     (n,) by position: the first group that lies before the row's entry; `groups`
                    where there is none. Empty without entry times.
    """

    order: Codes
    weight: Floats
    death: Mask
    group_first: Codes
    group_rank: Codes
    stratum_first: Codes
    leaver: Codes
    entry_group: Codes


_NO_CODES = np.empty(0, dtype=np.int64)


def risk_sets(data: TimeToEvent) -> RiskSets:
    """Return the layout of `data`; an event of any cause is a death here.

    >>> from adjuvant.core import TimeToEvent
    >>> sets = risk_sets(TimeToEvent([5, 3, 5], [1, 1, 0]))
    >>> sets.order.tolist(), sets.group_first.tolist()
    ([0, 2, 1], [0, 2, 3])
    """
    known = ordering(data)
    stratum = _NO_CODES if data.stratum is None else data.stratum
    strata = max(len(data.stratum_labels), 1)
    order, group_first, group_rank, stratum_first = _layout(
        known.rank, len(known.times), stratum, strata
    )
    weight, death = _gathered(order, data.event, data.weights)
    leaver, entry_group = _NO_CODES, _NO_CODES
    if known.entry_rank is not None:
        leaver, entry_group = _leavers(
            order, known.entry_rank, len(known.times), group_first, group_rank, stratum_first
        )
    return RiskSets(
        order, weight, death, group_first, group_rank, stratum_first, leaver, entry_group
    )


@njit(cache=True)
def _counting_order(key: Codes, among: Codes, buckets: int) -> Any:
    """Return `among` sorted by key[among], stably, by counting."""
    start = np.zeros(buckets + 1, dtype=np.int64)
    for row in among:
        start[key[row] + 1] += 1
    for k in range(buckets):
        start[k + 1] += start[k]
    order = np.empty_like(among)
    for row in among:
        order[start[key[row]]] = row
        start[key[row]] += 1
    return order


@njit(cache=True)
def _layout(rank: Codes, times: int, stratum: Codes, strata: int) -> Any:
    n = rank.size
    order = _counting_order(times - 1 - rank, np.arange(n), times)
    if strata > 1:
        order = _counting_order(stratum, order, strata)
    group_first = np.empty(n + 1, dtype=np.int64)
    group_rank = np.empty(n, dtype=np.int64)
    stratum_first = np.empty(strata + 1, dtype=np.int64)
    groups, found = 0, 0
    last_rank, last_stratum = -1, -1
    for i in range(n):
        row = order[i]
        s = stratum[row] if strata > 1 else 0
        if s != last_stratum:
            stratum_first[found] = groups
            found += 1
        if s != last_stratum or rank[row] != last_rank:
            group_first[groups] = i
            group_rank[groups] = rank[row]
            groups += 1
        last_rank, last_stratum = rank[row], s
    group_first[groups] = n
    stratum_first[found] = groups
    return (
        order,
        group_first[: groups + 1].copy(),
        group_rank[:groups].copy(),
        stratum_first[: found + 1].copy(),
    )


@njit(cache=True)
def _gathered(order: Codes, event: Codes, weights: Floats) -> Any:
    n = order.size
    weight = np.empty(n)
    death = np.empty(n, dtype=np.bool_)
    for i in range(n):
        weight[i] = weights[order[i]]
        death[i] = event[order[i]] > 0 and weight[i] > 0
    return weight, death


@njit(cache=True)
def _leavers(
    order: Codes,
    entry_rank: Codes,
    times: int,
    group_first: Codes,
    group_rank: Codes,
    stratum_first: Codes,
) -> Any:
    n = order.size
    groups = group_rank.size
    leaver = np.empty(n, dtype=np.int64)
    entry_group = np.full(n, groups)
    key = np.empty(n, dtype=np.int64)
    for i in range(n):
        key[i] = times - entry_rank[order[i]]
    for s in range(stratum_first.size - 1):
        first, last = group_first[stratum_first[s]], group_first[stratum_first[s + 1]]
        # Strata are many and small, or few and large: a comparison sort fits both.
        among = first + np.argsort(key[first:last], kind="mergesort")
        leaver[first:last] = among
        g, end = stratum_first[s], stratum_first[s + 1]
        for i in among:
            while g < end and group_rank[g] >= times - key[i]:
                g += 1
            entry_group[i] = g if g < end else groups
    return leaver, entry_group


def scaled_columns(
    order: Codes, columns: tuple[Floats, ...]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return z (p, n) centred, scaled and sorted; and each column's centre, scale and span.

    Scaling leaves the likelihood alone and makes every threshold of the iteration free of units.
    A constant column keeps scale 1 and becomes zeros. The span is max - min on the new scale.
    """
    n, p = len(order), len(columns)
    z = np.empty((p, n))
    centre, scale, span = np.zeros(p), np.ones(p), np.zeros(p)
    for j, column in enumerate(columns):
        centre[j], scale[j], span[j] = _standardised(order, column, z[j])
    return z, centre, scale, span


@njit(cache=True)
def _standardised(order: Codes, column: Numbers, z: Floats) -> Any:
    n = order.size
    first, mean, low, high = column[0], 0.0, column[0], column[0]
    for value in column:
        mean += (value - first) / n
        low = min(low, value)
        high = max(high, value)
    mean += first
    largest = max(high - mean, mean - low)
    if high == low or largest == 0.0:
        z[:] = 0.0
        return mean, 1.0, 0.0
    square = 0.0
    for value in column:
        square += ((value - mean) / largest) ** 2
    scale = largest * np.sqrt(square / n)
    for i in range(n):
        z[i] = (column[order[i]] - mean) / scale
    return mean, scale, (high - low) / scale
