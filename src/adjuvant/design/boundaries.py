"""The bounds of a design: efficacy, futility and harm, as the protocol prints them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from adjuvant.design.efficacy import efficacy_bounds, null_crossing
from adjuvant.design.futility import futility_solution
from adjuvant.design.group_sequential import GroupSequentialDesign

__all__ = [
    "Boundaries",
    "StoppingBounds",
    "group_sequential_boundaries",
    "harm_boundaries",
    "stopping_bounds",
]


@dataclass(frozen=True)
class StoppingBounds:
    """Every z bound of a design: `upper` (looks,), `lower` and `harm` (looks - 1,).

    lower and harm are minus infinity where there is no bound; a two-sided design has none there,
    its lower side is the mirror of `upper`.
    """

    upper: tuple[float, ...]
    lower: tuple[float, ...]
    harm: tuple[float, ...]


@dataclass(frozen=True)
class Boundaries:
    """The efficacy bounds of a design, one value per look.

    critical_values   z at or above which (two-sided: in absolute value) the trial stops.
    stage_levels      one-sided p-value at each of them.
    alpha_spent       probability under the null of having stopped by then (both sides together).
    """

    critical_values: tuple[float, ...]
    stage_levels: tuple[float, ...]
    alpha_spent: tuple[float, ...]

    @classmethod
    def of(cls, critical_values: Sequence[float], alpha_spent: Sequence[float]) -> "Boundaries":
        """Return the bounds with the one-sided p-value at each."""
        levels = tuple(float(p) for p in ndtr(-np.asarray(critical_values)))
        return cls(tuple(map(float, critical_values)), levels, tuple(map(float, alpha_spent)))


def group_sequential_boundaries(design: GroupSequentialDesign) -> Boundaries:
    """Return the efficacy bounds of a design.

    Binding futility bounds are taken into account, others are not.
    Raises    InvalidInput when the level cannot be kept (an interim bound spends it all, or
              binding futility leaves too little); NotConverged is never silent.
    Source    O'Brien & Fleming 1979; Pocock 1977; Wang & Tsiatis 1987; Haybittle 1971, Peto 1976;
              Lan & DeMets 1983. Agrees with rpact 4.5 and gsDesign 3.11 to their own error, with
              30-digit arithmetic to 2e-14.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(54 / 107, 81 / 107, 1))
    >>> [round(z, 4) for z in group_sequential_boundaries(design).critical_values]
    [2.947, 2.3464, 2.016]
    """
    bounds = stopping_bounds(design)
    lower = bounds.lower if design.binding else None
    spent = null_crossing(bounds.upper, design.information_rates, design.sided, lower)
    return Boundaries.of(bounds.upper, np.cumsum(spent).tolist())


def harm_boundaries(design: GroupSequentialDesign) -> tuple[float, ...]:
    """Return the z at or below which the trial stops because the treatment harms; (looks - 1,).

    They mirror one-sided efficacy bounds of level `harm_alpha`: under no effect the trial stops
    for harm with at most that probability. Minus infinity without `harm_alpha`.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.5, 1), harm_alpha=0.05,
    ...                                harm_spending="lan_demets_pocock")
    >>> [round(z, 4) for z in harm_boundaries(design)]
    [-1.8662]
    """
    if design.harm_alpha is None:
        return (-math.inf,) * (design.looks - 1)
    same = design.harm_spending is None
    mirrored = replace(
        design,
        alpha=design.harm_alpha,
        spending=design.spending if design.harm_spending is None else design.harm_spending,
        spending_parameter=design.spending_parameter if same else design.harm_spending_parameter,
        power=None,
        futility_bounds=None,
        beta_spending=None,
        beta_spending_parameter=None,
        binding=False,
        harm_alpha=None,
        harm_spending=None,
        harm_spending_parameter=None,
    )
    return tuple(-z for z in efficacy_bounds(mirrored)[:-1])


@lru_cache(maxsize=512)
def stopping_bounds(design: GroupSequentialDesign) -> StoppingBounds:
    """Return all z bounds of a design.

    >>> stopping_bounds(GroupSequentialDesign()).lower
    ()
    """
    harm = harm_boundaries(design)
    if design.beta_spending is not None:
        solved = futility_solution(design)
        return StoppingBounds(solved.upper, solved.lower, harm)
    lower = design.fixed_futility
    upper = efficacy_bounds(design, lower if design.binding else None)
    if lower is None:
        lower = (-math.inf,) * (design.looks - 1)
    return StoppingBounds(upper, lower, harm)
