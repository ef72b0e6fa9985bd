"""The probability that a correlated normal vector leaves a box, by deterministic quadrature."""

from itertools import combinations
from math import erfc, sqrt

import numpy as np
from numba import njit

from adjuvant.core import Floats, NotEstimable

__all__ = ["probability_outside"]

# Residual variance below which a component is a combination of the others (rounding is 1e-15).
_DEPENDENT = 1e-12
_MAX_RANK = 4
# Beyond 9 standard deviations lies 2e-19 of the probability.
_REACH = 9.0
# Gauss-Kronrod 7-15 on [-1, 1]: node >= 0, Kronrod weight, Gauss weight (0 where it has none).
_RULE = np.array(
    [
        [0.0, 0.209482141084727828, 0.417959183673469388],
        [0.207784955007898468, 0.204432940075298892, 0.0],
        [0.405845151377397167, 0.190350578064785410, 0.381830050505118945],
        [0.586087235467691130, 0.169004726639267903, 0.0],
        [0.741531185599394440, 0.140653259715525919, 0.279705391489276668],
        [0.864864423359769073, 0.104790010322250184, 0.0],
        [0.949107912342758525, 0.063092092629978553, 0.129484966168869693],
        [0.991455371120812639, 0.022935322010529225, 0.0],
    ]
)


def probability_outside(correlation: Floats, lower: Floats, upper: Floats) -> float:
    """Return 1 - P(lower <= Z <= upper) for Z (j,) normal, mean 0, with that correlation (j, j).

    Singular correlations are legal: Z is written as A x with x independent of the rank's size,
    the box becomes a polytope in x, and its complement is integrated one coordinate at a time,
    split where the faces meet, by Gauss-Kronrod rules halved until they agree. The last
    coordinate is exact. Sums of positive terms: small probabilities keep their digits.
    Raises    NotEstimable when more than four components are independent.

    >>> round(probability_outside(np.eye(2), np.array([-1.96] * 2), np.array([1.96] * 2)), 6)
    0.097492
    """
    factor = _independent_parts(correlation)
    rank = factor.shape[1]
    if rank > _MAX_RANK:
        raise NotEstimable(
            f"{rank} independent components; the quadrature serves up to {_MAX_RANK}. "
            "Combine fewer weights"
        )
    sides = [(factor, upper), (-factor, -lower)]
    faces = np.ascontiguousarray(np.vstack([a[np.isfinite(b)] for a, b in sides]))
    bounds = np.concatenate([b[np.isfinite(b)] for _, b in sides])
    subsets = _subsets(len(faces), rank)
    return float(min(_outside(faces, bounds, rank, subsets, _RULE), 1.0))


def _independent_parts(correlation: Floats) -> Floats:
    """Return A (j, rank) with A A' = correlation: Cholesky, largest remaining variance first."""
    rest = np.array(correlation, dtype=np.float64)
    columns: list[Floats] = []
    while rest.size and np.diag(rest).max() > _DEPENDENT:
        pivot = int(np.argmax(np.diag(rest)))
        column = rest[:, pivot] / sqrt(rest[pivot, pivot])
        rest = rest - np.outer(column, column)
        columns.append(column)
    return np.column_stack(columns)


def _subsets(faces: int, rank: int) -> np.ndarray:
    """Return which faces may meet in a vertex, for each dimension d <= rank: (rank + 1, ., rank).

    Row 0 of each block holds the number of subsets, so that compiled code needs one array.
    """
    blocks = [list(combinations(range(faces), d)) if d else [] for d in range(rank + 1)]
    longest = max(len(block) for block in blocks)
    found = np.zeros((rank + 1, longest + 1, max(rank, 1)), dtype=np.int64)
    for d, block in enumerate(blocks):
        found[d, 0, 0] = len(block)
        for i, subset in enumerate(block):
            found[d, i + 1, :d] = subset
    return found


@njit(cache=True)
def _tail(x: float) -> float:
    """Return P(X > x) for a standard normal X."""
    return 0.5 * erfc(x * 0.7071067811865476)


@njit(cache=True)
def _between(start: float, stop: float) -> float:
    """Return P(start < X < stop), from the tails that are small."""
    if stop <= 0:
        return _tail(-stop) - _tail(-start)
    return _tail(start) - _tail(stop)


@njit(cache=True)
def _outside_interval(faces: Floats, bounds: Floats) -> float:
    """Return P(some face a x <= b is violated) for one standard normal x."""
    low = -np.inf
    high = np.inf
    for i in range(len(bounds)):
        slope = faces[i, 0]
        if slope > 1e-13:
            high = min(high, bounds[i] / slope)
        elif slope < -1e-13:
            low = max(low, bounds[i] / slope)
        elif bounds[i] < 0:
            return 1.0
    if high <= low:
        return 1.0
    return _tail(high) + _tail(-low)


@njit(cache=True)
def _solve(square: Floats, right: Floats, size: int) -> bool:
    """Solve in place by elimination with pivots, leaving the answer in `right`; False if flat."""
    for k in range(size):
        pivot = k
        for i in range(k + 1, size):
            if abs(square[i, k]) > abs(square[pivot, k]):
                pivot = i
        if abs(square[pivot, k]) < 1e-13:
            return False
        for j in range(size):
            square[k, j], square[pivot, j] = square[pivot, j], square[k, j]
        right[k], right[pivot] = right[pivot], right[k]
        for i in range(size):
            if i != k:
                ratio = square[i, k] / square[k, k]
                for j in range(k, size):
                    square[i, j] -= ratio * square[k, j]
                right[i] -= ratio * right[k]
    for k in range(size):
        right[k] /= square[k, k]
    return True


@njit(cache=True)
def _vertices(faces: Floats, bounds: Floats, rank: int, subsets: np.ndarray) -> Floats:
    """Return the first coordinates of the polytope's vertices, ascending; none if it is empty."""
    found = np.empty(subsets[rank, 0, 0])
    count = 0
    square = np.empty((rank, rank))
    vertex = np.empty(rank)
    for i in range(1, subsets[rank, 0, 0] + 1):
        for row in range(rank):
            face = subsets[rank, i, row]
            vertex[row] = bounds[face]
            for column in range(rank):
                square[row, column] = faces[face, column]
        inside = _solve(square, vertex, rank)
        for j in range(len(bounds)):
            if not inside:
                break
            reach = 0.0
            for column in range(rank):
                reach += faces[j, column] * vertex[column]
            inside = reach <= bounds[j] + 1e-7 * (1 + abs(bounds[j]))
        if inside:
            place = count
            while place > 0 and found[place - 1] > vertex[0]:
                found[place] = found[place - 1]
                place -= 1
            found[place] = vertex[0]
            count += 1
    return found[:count]


@njit(cache=True)
def _kinks(vertices: Floats) -> Floats:
    """Return the ends of the pieces on which the integrand is smooth; rounding's doubles merged."""
    ends = np.empty(len(vertices) + 3)
    ends[0] = -_REACH
    count = 1
    zero = False
    for vertex in vertices:
        if not zero and vertex > 0:
            zero = True
            ends[count] = 0.0
            count += 1
        if ends[count - 1] + 1e-11 < vertex < _REACH:
            ends[count] = vertex
            count += 1
    ends[count] = _REACH
    return ends[: count + 1]


@njit(cache=True)
def _outside(faces: Floats, bounds: Floats, rank: int, subsets: np.ndarray, rule: Floats) -> float:
    """Return P(some face is violated) for `rank` independent standard normal coordinates."""
    if rank == 1:
        return _outside_interval(faces, bounds)
    inner = faces[:, 1:rank].copy()
    kinks = _kinks(_vertices(faces, bounds, rank, subsets))
    total = 0.0
    starts = np.empty(64)
    stops = np.empty(64)
    for piece in range(len(kinks) - 1):
        starts[0], stops[0] = kinks[piece], kinks[piece + 1]
        section = bounds - faces[:, 0] * (0.5 * (starts[0] + stops[0]))
        if len(_vertices(inner, section, rank - 1, subsets)) == 0:
            total += _between(starts[0], stops[0])  # No point of this piece is inside.
            continue
        waiting = 1
        while waiting > 0:
            waiting -= 1
            start, stop = starts[waiting], stops[waiting]
            centre, half = 0.5 * (start + stop), 0.5 * (stop - start)
            kronrod = 0.0
            gauss = 0.0
            for i in range(15):
                node = rule[(i + 1) // 2, 0] if i % 2 else -rule[(i + 1) // 2, 0]
                x = centre + half * node
                value = _outside(inner, bounds - faces[:, 0] * x, rank - 1, subsets, rule)
                value *= half * 0.3989422804014327 * np.exp(-0.5 * x * x)
                kronrod += rule[(i + 1) // 2, 1] * value
                gauss += rule[(i + 1) // 2, 2] * value
            # The Kronrod value is far better than its distance from the Gauss value (QUADPACK).
            distance = 200 * abs(kronrod - gauss) / max(abs(kronrod), 1e-300)
            error = abs(kronrod) * min(1.0, distance**1.5)
            if error <= 1e-11 * (1e-4 + abs(kronrod)) or half < 1e-6 or waiting > 61:
                total += kronrod
                continue
            starts[waiting], stops[waiting] = start, centre
            starts[waiting + 1], stops[waiting + 1] = centre, stop
            waiting += 2
    return total
