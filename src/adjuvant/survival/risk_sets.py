"""Rows laid out as a partial likelihood reads them: by stratum, from the last time to the first."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats, Mask, TimeToEvent
from adjuvant.survival.ordering import ordering

__all__ = ["RiskSets", "risk_sets", "scaled_columns"]


class RiskSets(NamedTuple):
    """Sorted positions and the groups of tied times within a stratum, deaths before the others.

    order           (n,) row at each sorted position; rows in their own order where all else ties.
    weight          (n,) case weight, by position.
    death           (n,) an event with a positive weight, by position.
    group_first     (groups + 1,) first position of each group of one stratum and one time.
    group_rank      (groups,) rank of the group's time; descends within a stratum.
    deaths          (groups,) number of deaths: the first positions of the group.
    death_weight    (groups,) their weight.
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
    deaths: Codes
    death_weight: Floats
    stratum_first: Codes
    leaver: Codes
    entry_group: Codes


_NO_CODES = np.empty(0, dtype=np.int64)
_NO_FLOATS = np.empty(0)


def risk_sets(data: TimeToEvent) -> tuple[RiskSets, Codes]:
    """Return the layout of `data`, and each row's position (n,); any event is a death here.

    >>> from adjuvant.core import TimeToEvent
    >>> sets, position = risk_sets(TimeToEvent([5, 3, 5], [0, 1, 1]))
    >>> sets.order.tolist(), sets.group_first.tolist(), position.tolist()
    ([2, 0, 1], [0, 2, 3], [1, 2, 0])
    """
    known = ordering(data)
    weight = _NO_FLOATS if data.weight is None else data.weight
    if data.stratum is None or len(data.stratum_labels) < 2:
        found = _one_stratum(known.rank, len(known.times), data.event, weight)
    else:
        strata = len(data.stratum_labels)
        found = _layout(known.rank, len(known.times), data.event, weight, data.stratum, strata)
    order, position, first, rank, stratum_first = found
    sorted_weight, death, deaths, death_weight = _deaths(order, first, data.event, weight)
    leaver, entry_group = _NO_CODES, _NO_CODES
    if known.entry_rank is not None:
        times = len(known.times)
        leaver, entry_group = _leavers(order, known.entry_rank, times, first, rank, stratum_first)
    sets = RiskSets(
        order, sorted_weight, death, first, rank, deaths, death_weight, stratum_first,
        leaver, entry_group,
    )  # fmt: skip
    return sets, position


@njit(cache=True)
def _buckets(rank: Codes, times: int, event: Codes, weight: Floats, key: Codes) -> None:
    """Fill key with the place of each row's time from the last, deaths before the others."""
    for row in range(rank.size):
        key[row] = 2 * (times - 1 - rank[row]) + 1 - (event[row] > 0)
    for row in range(weight.size):
        if weight[row] == 0.0:
            key[row] |= 1


@njit(cache=True)
def _one_stratum(rank: Codes, times: int, event: Codes, weight: Floats) -> Any:
    """Sort by counting; every rank has a row, so the groups are the buckets, two by two."""
    n = rank.size
    key = np.empty(n, dtype=np.int64)
    _buckets(rank, times, event, weight, key)
    start = np.zeros(2 * times + 1, dtype=np.int64)
    for row in range(n):
        start[key[row] + 1] += 1
    for k in range(2 * times):
        start[k + 1] += start[k]
    group_first = np.empty(times + 1, dtype=np.int64)
    group_rank = np.empty(times, dtype=np.int64)
    for g in range(times):
        group_first[g], group_rank[g] = start[2 * g], times - 1 - g
    group_first[times] = n
    order = np.empty(n, dtype=np.int64)
    for row in range(n):
        place = start[key[row]]
        start[key[row]] = place + 1
        order[place] = row
        key[row] = place
    return order, key, group_first, group_rank, np.array([0, times])


@njit(cache=True)
def _layout(
    rank: Codes, times: int, event: Codes, weight: Floats, stratum: Codes, strata: int
) -> Any:
    """Sort by counting within strata; find the groups by passing over the sorted rows."""
    n = rank.size
    by_time = _one_stratum(rank, times, event, weight)[0]
    start = np.zeros(strata + 1, dtype=np.int64)
    for row in range(n):
        start[stratum[row] + 1] += 1
    for s in range(strata):
        start[s + 1] += start[s]
    order, position = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for row in by_time:
        k = start[stratum[row]]
        order[k], position[row] = row, k
        start[stratum[row]] += 1
    first, group_rank = np.empty(n + 1, dtype=np.int64), np.empty(n, dtype=np.int64)
    stratum_first = np.empty(strata + 1, dtype=np.int64)
    groups, found, last_rank, last_stratum = 0, 0, -1, -1
    for i in range(n):
        row = order[i]
        if stratum[row] != last_stratum:
            stratum_first[found] = groups
            found += 1
        if stratum[row] != last_stratum or rank[row] != last_rank:
            first[groups], group_rank[groups] = i, rank[row]
            groups += 1
        last_rank, last_stratum = rank[row], stratum[row]
    first[groups], stratum_first[found] = n, groups
    return (
        order,
        position,
        first[: groups + 1].copy(),
        group_rank[:groups].copy(),
        stratum_first[: found + 1].copy(),
    )


@njit(cache=True)
def _deaths(order: Codes, group_first: Codes, event: Codes, weights: Floats) -> Any:
    """Return weight and death by position, and per group the deaths and their weight."""
    n, groups = order.size, group_first.size - 1
    weight, death = np.ones(n), np.zeros(n, dtype=np.bool_)
    deaths, death_weight = np.zeros(groups, dtype=np.int64), np.zeros(groups)
    if weights.size:
        for i in range(n):
            weight[i] = weights[order[i]]
    for g in range(groups):
        i = group_first[g]
        while i < group_first[g + 1] and event[order[i]] > 0 and weight[i] > 0:
            death[i] = True
            death_weight[g] += weight[i]
            i += 1
        deaths[g] = i - group_first[g]
    return weight, death, deaths, death_weight


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
    position: Codes, columns: tuple[Floats, ...], weight: Floats | None = None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return z (p, n) centred, scaled and sorted; and each column's centre, scale and span.

    Scaling leaves the likelihood alone and makes every threshold of the iteration free of units.
    A constant column keeps scale 1 and becomes zeros. The span is max - min on the new scale.
    Rows of weight 0 have no say in centre, scale and span.
    """
    n, p = len(position), len(columns)
    z, facts = np.empty((p, n)), np.empty((3, p))
    keep = None if weight is None or weight.all() else weight > 0
    for j, column in enumerate(columns):
        _facts(column if keep is None else column[keep], facts, j)
        _place(position, column, z, facts, j)
    return z, facts[0], facts[1], facts[2]


@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _facts(column: Floats, facts: Floats, j: int) -> None:
    """Fill facts[:, j] with a column's mean, standard deviation and range over the deviation."""
    n = column.size
    facts[0, j], facts[1, j], facts[2, j] = 0.0, 1.0, 0.0
    if n == 0:
        return
    first, mean, low, high = column[0], 0.0, column[0], column[0]
    for i in range(n):
        mean += column[i] - first
        low = min(low, column[i])
        high = max(high, column[i])
    mean = first + mean / n
    facts[0, j] = mean
    largest = max(high - mean, mean - low)
    # Below 1e-290 a column cannot be told from a constant one: its reciprocal overflows.
    if high == low or largest < 1e-290:
        return
    unit, square = 1.0 / largest, 0.0
    for i in range(n):
        square += ((column[i] - mean) * unit) ** 2
    facts[1, j] = largest * np.sqrt(square / n)
    facts[2, j] = (high - low) / facts[1, j]


@njit(cache=True)
def _place(position: Codes, column: Floats, z: Floats, facts: Floats, j: int) -> None:
    mean, unit = facts[0, j], 1.0 / facts[1, j]
    if facts[2, j] == 0.0:
        unit = 0.0
    for i in range(position.size):
        z[j, position[i]] = (column[i] - mean) * unit
