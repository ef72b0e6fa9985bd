"""Concordance: how often the row that fails first had the higher predicted hazard."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats
from adjuvant.survival.risk_sets import RiskSets

__all__ = ["Concordance", "concordance_of"]


@dataclass(frozen=True)
class Concordance:
    """Harrell's C with its infinitesimal-jackknife standard error; NaN if no pair compares.

    >>> Concordance(0.75, 0.05).estimate
    0.75
    """

    estimate: float
    std_error: float


def concordance_of(sets: RiskSets, predictor: Floats, cluster: Codes | None = None) -> Concordance:
    """Return the concordance of a predictor (n,) in row order; higher means earlier failure.

    Pairs: a death i, and j of its stratum who was at risk then and stayed longer, or was censored
    at the same time. Equal predictors count 1/2. Case weights multiply.
    cluster   (n,) subject codes in row order: the rows of a subject are left out together.
    Returns   NaN for both where no pair can be compared (every death at one time, say).
    Source    Harrell 1982; Therneau & Watson 2015 for the standard error.
    """
    scores, pairs = _pair_sums(sets, predictor[sets.order])
    total = float(np.sum(sets.weight * pairs) / 2)
    if total <= 0:
        return Concordance(np.nan, np.nan)
    estimate = float(np.sum(sets.weight * scores) / 2) / total
    influence = sets.weight * (scores - estimate * pairs) / total
    if cluster is not None:
        influence = np.bincount(cluster[sets.order], weights=influence)
    return Concordance(estimate, float(np.sqrt(np.sum(influence**2))))


@njit(cache=True)
def _add(tree: Floats, place: int, amount: float) -> None:
    """Add to a Fenwick tree (Fenwick 1994)."""
    k = place + 1
    while k < tree.size:
        tree[k] += amount
        k += k & -k


@njit(cache=True)
def _up_to(tree: Floats, place: int) -> float:
    """Return the sum over the places 0..place."""
    total, k = 0.0, place + 1
    while k > 0:
        total += tree[k]
        k -= k & -k
    return total


@njit(cache=True)
def _dense_ranks(values: Floats) -> tuple[Codes, int]:
    order = np.argsort(values)
    rank = np.empty(values.size, dtype=np.int64)
    place = -1
    for k in range(order.size):
        if k == 0 or values[order[k]] != values[order[k - 1]]:
            place += 1
        rank[order[k]] = place
    return rank, place + 1


@njit(cache=True)
def _pair_sums(sets: RiskSets, predictor: Floats) -> Any:
    """Return, by position, the weighted score and number of the pairs a row takes part in."""
    n = predictor.size
    scores, pairs = np.zeros(n), np.zeros(n)
    for s in range(sets.stratum_first.size - 1):
        begin, end = sets.stratum_first[s], sets.stratum_first[s + 1]
        first = sets.group_first[begin]
        rank, places = _dense_ranks(predictor[first : sets.group_first[end]])
        tree = np.zeros(places + 1)
        _as_death(sets, begin, end, rank, tree, scores, pairs)
        tree[:] = 0.0
        _as_survivor(sets, begin, end, rank, tree, scores, pairs)
    return scores, pairs


@njit(cache=True)
def _as_death(
    sets: RiskSets, begin: int, end: int, rank: Codes, tree: Floats, scores: Floats, pairs: Floats
) -> None:
    """From the last time to the first: the tree holds those who stay longer and have entered."""
    start = sets.group_first[begin]
    gone, inside = start, 0.0
    for g in range(begin, end):
        first, last = sets.group_first[g], sets.group_first[g + 1]
        if sets.leaver.size:
            while gone < first and sets.entry_group[sets.leaver[gone]] <= g:
                i = sets.leaver[gone]
                _add(tree, rank[i - start], -sets.weight[i])
                inside -= sets.weight[i]
                gone += 1
        for i in range(first, last):
            if not sets.death[i]:
                _add(tree, rank[i - start], sets.weight[i])
                inside += sets.weight[i]
        for i in range(first, last):
            if sets.death[i]:
                below = _up_to(tree, rank[i - start] - 1)
                upto = _up_to(tree, rank[i - start])
                scores[i] += 0.5 * (below + upto)
                pairs[i] += inside
        for i in range(first, last):
            if sets.death[i]:
                _add(tree, rank[i - start], sets.weight[i])
                inside += sets.weight[i]


@njit(cache=True)
def _as_survivor(
    sets: RiskSets, begin: int, end: int, rank: Codes, tree: Floats, scores: Floats, pairs: Floats
) -> None:
    """From the first time to the last: the tree holds the deaths seen so far."""
    start, seen = sets.group_first[begin], 0.0
    coming = sets.group_first[end] - 1
    for g in range(end - 1, begin - 1, -1):
        first, last = sets.group_first[g], sets.group_first[g + 1]
        for i in range(first, last):
            if sets.death[i]:
                _meet(tree, rank[i - start], seen, 1.0, i, scores, pairs)
        for i in range(first, last):
            if sets.death[i]:
                _add(tree, rank[i - start], sets.weight[i])
                seen += sets.weight[i]
        for i in range(first, last):
            if not sets.death[i]:
                _meet(tree, rank[i - start], seen, 1.0, i, scores, pairs)
        if sets.leaver.size:
            while coming >= start and sets.entry_group[sets.leaver[coming]] > g:
                coming -= 1
            while coming >= start and sets.entry_group[sets.leaver[coming]] == g:
                i = sets.leaver[coming]
                _meet(tree, rank[i - start], seen, -1.0, i, scores, pairs)
                coming -= 1


@njit(cache=True)
def _meet(
    tree: Floats, place: int, seen: float, sign: float, i: int, scores: Floats, pairs: Floats
) -> None:
    below, upto = _up_to(tree, place - 1), _up_to(tree, place)
    scores[i] += sign * (seen - 0.5 * (below + upto))
    pairs[i] += sign * seen


# Compiled with cc492b2d: risk_sets
