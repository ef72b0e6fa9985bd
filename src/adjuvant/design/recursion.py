"""The joint distribution of a trial's successive test statistics, by exact numerical recursion.

The score process S(t) = Z(t) * sqrt(t) has independent normal increments: S(u) - S(t) has mean
drift * (u - t) and variance u - t, in units of the maximum information. Between two looks the
paths that go on are a measure on the continuation region; it is carried on Gauss-Legendre points.

Source    Armitage, McPherson & Rowe 1969; Jennison & Turnbull 2000, chapter 19.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from adjuvant.core import Floats, NotConverged

__all__ = [
    "Paths",
    "begin",
    "below",
    "beyond",
    "go_on",
    "lower_bound_for",
    "standard",
    "upper_bound_for",
]

# Chosen by trial: 20 points on a panel of 6 standard deviations of the narrower neighbouring
# increment leave less than 1e-12 of error; the tests hold the recursion to finer grids.
_POINTS = 20
_PANEL = 6.0
# Tails beyond these many standard deviations are cut: 9 where nothing bounds the region
# (1e-19 of probability), 38 where a bound does, so that far bounds keep their relative accuracy.
_FREE, _BOUNDED = 9.0, 38.0
# Up to so many pairs of points the kernel is one matrix; beyond, only points within 20 standard
# deviations of an increment are paired (1e-87 of density).
_DENSE, _REACH = 60_000, 20.0
_ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Paths:
    """Where the score stands while the trial goes on: `mass` (n,) at `points` (n,), ascending.

    origin    (information, score) that all paths come from.
    drift     of the score per unit of information.
    """

    information: float
    points: Floats
    mass: Floats
    drift: float
    origin: tuple[float, float]

    @property
    def probability(self) -> float:
        """How probable it is that the trial is still going on."""
        return float(self.mass.sum())


def begin(drift: float = 0.0, *, information: float = 0.0, score: float = 0.0) -> Paths:
    """Return the paths that start from one point: no information, or an interim result.

    >>> begin().probability
    1.0
    """
    point = np.array([float(score)])
    return Paths(information, point, np.ones(1), float(drift), (information, float(score)))


def beyond(paths: Paths, information: float, bound: float) -> float:
    """Return the probability that the trial goes on till `information` and S >= bound there.

    >>> round(beyond(begin(), 1.0, 1.959963984540054), 12)
    0.025
    """
    return float(paths.mass @ ndtr(-standard(paths, information, bound)))


def below(paths: Paths, information: float, bound: float) -> float:
    """Return the probability that the trial goes on till `information` and S < bound there.

    >>> below(begin(), 1.0, 0.0)
    0.5
    """
    return float(paths.mass @ ndtr(standard(paths, information, bound)))


def go_on(paths: Paths, information: float, lower: float, upper: float, following: float) -> Paths:
    """Return the paths whose score at `information` lies between the bounds.

    following    the information of the next look: the grid is made fine enough for it.
    """
    step = information - paths.information
    low, high = _region(paths, information, lower, upper)
    if not (paths.points.size and low < high):
        nothing = np.empty(0)
        return Paths(information, nothing, nothing, paths.drift, paths.origin)
    width = _PANEL * math.sqrt(min(step, following - information))
    points, weights = _grid(low, high, width)
    density = _density(paths, math.sqrt(step), paths.drift * step, points)
    return Paths(information, points, weights * density, paths.drift, paths.origin)


def upper_bound_for(paths: Paths, information: float, probability: float) -> float:
    """Return the score bound that the paths cross from below with the given probability.

    Infinite for a probability of 0. The logarithm of the crossing probability is concave in the
    bound, so that Newton's steps from a bound that is too high never overshoot.
    Raises    NotConverged when the paths do not have that much probability left.

    >>> round(upper_bound_for(begin(), 1.0, 0.025), 6)
    1.959964
    """
    if probability <= 0:
        return math.inf
    if probability >= paths.probability:
        raise NotConverged(
            f"probability {probability:.6g} cannot be spent: only {paths.probability:.6g} is left"
        )
    since = information - paths.origin[0]
    start = paths.origin[1] + paths.drift * since - math.sqrt(since) * float(ndtri(probability))
    return _newton(paths, information, start, math.log(probability))


def lower_bound_for(paths: Paths, information: float, probability: float) -> float:
    """Return the score bound that the paths cross from above with the given probability.

    >>> round(lower_bound_for(begin(), 1.0, 0.025), 6)
    -1.959964
    """
    mirrored = Paths(
        paths.information,
        -paths.points[::-1],
        paths.mass[::-1],
        -paths.drift,
        (paths.origin[0], -paths.origin[1]),
    )
    return -upper_bound_for(mirrored, information, probability)


def standard(paths: Paths, information: float, score: float) -> Floats:
    """Return, per point, the standardised increment that leads to `score` at `information`."""
    step = information - paths.information
    increments: Floats = (score - paths.points - paths.drift * step) / math.sqrt(step)
    return increments


def _newton(paths: Paths, information: float, start: float, wanted: float) -> float:
    bound = start
    for _ in range(100):
        x = standard(paths, information, bound)
        tails = log_ndtr(-x)
        top = float(tails.max())
        mass = float(paths.mass @ np.exp(tails - top))
        gap = top + math.log(mass) - wanted
        # The slope of the logarithm, scaled as the probability is: neither underflows alone.
        scale = _ROOT_2PI * math.sqrt(information - paths.information)
        slope = float(paths.mass @ np.exp(-0.5 * x * x - top)) / scale / mass
        change = gap / slope
        bound += change
        if abs(change) <= 2e-15 * max(1.0, abs(bound)):
            return bound
        if abs(gap) <= 4e-16 * max(1.0, abs(wanted)):
            return bound
    raise NotConverged(f"no bound for log probability {wanted:.6g} after 100 steps")


def _region(paths: Paths, information: float, lower: float, upper: float) -> tuple[float, float]:
    since = information - paths.origin[0]
    mean, sd = paths.origin[1] + paths.drift * since, math.sqrt(since)
    low = mean - (_FREE if math.isinf(lower) else _BOUNDED) * sd
    high = mean + (_FREE if math.isinf(upper) else _BOUNDED) * sd
    return max(lower, low), min(upper, high)


def _grid(low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """Return points and weights of Gauss-Legendre panels at most `width` wide."""
    points, weights = _legendre()
    panels = max(1, math.ceil((high - low) / width))
    half = 0.5 * (high - low) / panels
    middle = low + half * (2.0 * np.arange(panels)[:, None] + 1.0)
    return (middle + half * points).ravel(), np.tile(half * weights, panels)


@cache
def _legendre() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(_POINTS)


def _density(paths: Paths, sd: float, shift: float, at: Floats) -> Floats:
    """Return the density of the score at the points `at` (ascending) after one increment."""
    sources = paths.points + shift
    if sources.size * at.size <= _DENSE:
        return _kernel(at, sources, paths.mass, sd)
    reach = _REACH * sd
    blocks = []
    for block in np.array_split(at, math.ceil(at.size / 64)):
        first, last = np.searchsorted(sources, (block[0] - reach, block[-1] + reach))
        blocks.append(_kernel(block, sources[first:last], paths.mass[first:last], sd))
    return np.concatenate(blocks)


def _kernel(at: Floats, sources: Floats, mass: Floats, sd: float) -> Floats:
    x = (at[:, None] - sources) / sd
    density: Floats = np.exp(-0.5 * x * x) @ mass / (sd * _ROOT_2PI)
    return density
