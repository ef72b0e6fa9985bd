"""Conditional and predictive power: the chance to succeed, given an interim result by arm.

These need the arms: they belong to the closed report of a monitoring committee.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjuvant.core import Floats, InvalidInput
from adjuvant.design.boundaries import stopping_bounds
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.recursion import begin, beyond, go_on

__all__ = [
    "DiscretePrior",
    "FlatPrior",
    "NormalPrior",
    "conditional_power",
    "predictive_power",
    "prior_of",
]

_REACH = 9.0
_POINTS = 20


@dataclass(frozen=True)
class DiscretePrior:
    """A prior that puts `weights` (any positive scale) on some drifts.

    >>> DiscretePrior((0, 1.6), (1, 1)).weights
    (1, 1)
    """

    drifts: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.drifts) != len(self.weights) or not self.drifts:
            raise InvalidInput("a discrete prior needs as many weights as drifts, one at least")
        if min(self.weights) < 0 or not 0 < sum(self.weights) < math.inf:
            raise InvalidInput(f"weights are {self.weights}; expected none below 0, one above")


@dataclass(frozen=True)
class NormalPrior:
    """A normal prior of the drift.

    >>> NormalPrior(1.6, 1.5).sd
    1.5
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and 0 < self.sd < math.inf):
            raise InvalidInput(f"mean {self.mean}, sd {self.sd}; expected numbers, sd above 0")


@dataclass(frozen=True)
class FlatPrior:
    """No knowledge of the drift before the trial."""


Prior = DiscretePrior | NormalPrior | FlatPrior


def conditional_power(
    design: GroupSequentialDesign, stage: int, z: float, drifts: Sequence[float]
) -> tuple[float, ...]:
    """Return, per drift, the probability of crossing a later efficacy bound, given Z at a look.

    stage     the look at which z was observed, from 1; the last has no later one.
    z         its test statistic; above 0 favours the experimental arm.
    drifts    expectations of the last Z: the planned one, 0, z / sqrt(t) (the trend so far).
    Raises    InvalidInput for a look that is not an interim one.
    Source    Lan, Simon & Halperin 1982; agrees with rpact 4.5 and gsDesign 3.11.

    Futility bounds to come are obeyed; that z has itself crossed a bound is not asked.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.4, 0.7, 1))
    >>> [round(p, 4) for p in conditional_power(design, 1, 1.2, (0, 3.2415))]
    [0.0577, 0.8213]
    """
    if not 1 <= stage < design.looks:
        raise InvalidInput(f"stage is {stage}; expected an interim look, 1 to {design.looks - 1}")
    if not math.isfinite(z):
        raise InvalidInput(f"z is {z}; expected a number")
    return tuple(_crossing_later(design, stage, float(z), float(drift)) for drift in drifts)


def predictive_power(
    design: GroupSequentialDesign, stage: int, z: float, prior: Prior | None = None
) -> float:
    """Return the conditional power averaged over what is believed of the drift after the look.

    prior     of the drift before the trial; by default flat. It is updated by z at its look.
    Raises    InvalidInput for a look that is not an interim one.
    Source    Spiegelhalter, Freedman & Blackburn 1986.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.5, 1))
    >>> round(predictive_power(design, 1, 1.5), 4)
    0.5607
    """
    if not 1 <= stage < design.looks:
        raise InvalidInput(f"stage is {stage}; expected an interim look, 1 to {design.looks - 1}")
    information = design.information_rates[stage - 1]
    drifts, weights = _posterior(prior or FlatPrior(), information, z)
    power = conditional_power(design, stage, z, drifts.tolist())
    return float(np.dot(power, weights) / weights.sum())


def _crossing_later(design: GroupSequentialDesign, stage: int, z: float, drift: float) -> float:
    rates, bounds = design.information_rates, stopping_bounds(design)
    now = rates[stage - 1]
    # Two-sided: success is a crossing in the direction of the effect.
    sign = -1.0 if design.sided == 2 and drift < 0 else 1.0
    paths = begin(sign * drift, information=now, score=sign * z * math.sqrt(now))
    total = 0.0
    for k in range(stage, design.looks):
        root_t = math.sqrt(rates[k])
        high = bounds.upper[k] * root_t
        total += beyond(paths, rates[k], high)
        if k + 1 < design.looks:
            stop = max(bounds.lower[k], bounds.harm[k])
            low = -high if design.sided == 2 else min(stop * root_t, high)
            paths = go_on(paths, rates[k], low, high, rates[k + 1])
    return total


def _posterior(prior: Prior, information: float, z: float) -> tuple[Floats, Floats]:
    """Return drifts and weights of the posterior, given Z ~ N(drift sqrt(information), 1)."""
    if isinstance(prior, DiscretePrior):
        at = np.asarray(prior.drifts, dtype=float)
        log = -0.5 * (z - at * math.sqrt(information)) ** 2
        return at, np.asarray(prior.weights, dtype=float) * np.exp(log - log.max())
    precision, total = information, z * math.sqrt(information)
    if isinstance(prior, NormalPrior):
        precision += prior.sd**-2
        total += prior.mean * prior.sd**-2
    mean, sd = total / precision, precision**-0.5
    # Conditional power changes over a drift of about 1 / sqrt(1 - information).
    width = min(3.0 * sd, 2.0 / math.sqrt(1 - information))
    panels = math.ceil(2 * _REACH * sd / width)
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    half = _REACH * sd / panels
    middle = mean - _REACH * sd + half * (2.0 * np.arange(panels)[:, None] + 1.0)
    drifts = (middle + half * points).ravel()
    return drifts, np.tile(weights, panels) * np.exp(-0.5 * ((drifts - mean) / sd) ** 2)


def prior_of(options: dict[str, Any]) -> Prior:
    """Return the prior that a table {type, ...} describes.

    >>> prior_of({"type": "normal", "mean": 0, "sd": 3})
    NormalPrior(mean=0, sd=3)
    """
    kinds = {"discrete": DiscretePrior, "normal": NormalPrior, "flat": FlatPrior}
    given = dict(options)
    kind = given.pop("type", None)
    if kind not in kinds:
        raise InvalidInput(f"no prior {kind!r}; expected {', '.join(kinds)}")
    try:
        made = kinds[kind](**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})
    except TypeError as reason:
        raise InvalidInput(f"the {kind} prior cannot be made: {reason}") from None
    return made  # type: ignore[no-any-return]
