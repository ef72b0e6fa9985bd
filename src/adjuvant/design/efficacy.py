"""Efficacy bounds as z values: where a trial may stop because the treatment works."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from adjuvant.core import Floats, InvalidInput
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.recursion import begin, beyond, go_on, upper_bound_for
from adjuvant.design.roots import bracket, root
from adjuvant.design.spending import cumulative_spending

__all__ = [
    "Lower",
    "efficacy_bounds",
    "floor",
    "null_crossing",
    "shape_of",
    "spent_by_look",
]

# Relative error of the level at which a constant is found: twenty times the rounding of the sums.
_ALPHA_ERROR = 5e-15
# Lower z bounds at the looks before the last; minus infinity where there is none.
Lower = Sequence[float]


@lru_cache(maxsize=512)
def efficacy_bounds(
    design: GroupSequentialDesign, lower: tuple[float, ...] | None = None
) -> tuple[float, ...]:
    """Return the critical values (z), given lower bounds that stop the trial (or none)."""
    if design.spending == "none":
        return (-float(ndtri(design.alpha / design.sided)),)
    if design.spending == "haybittle_peto":
        return _haybittle_peto(design, lower)
    if design.spends:
        return _spending_bounds(design, lower)
    shape = shape_of(design)
    return tuple((_constant(design, shape, lower) * shape).tolist())


def spent_by_look(design: GroupSequentialDesign) -> Floats:
    """Return the alpha that each look spends, of both sides together; (looks,)."""
    assert design.spends
    cumulative = cumulative_spending(
        design.spending,  # type: ignore[arg-type]
        design.times,
        design.alpha,
        parameter=design.spending_parameter,
        sided=design.sided,
    )
    return np.diff(cumulative, prepend=0.0)


def shape_of(design: GroupSequentialDesign) -> Floats:
    """Return the bounds of a family of constants for C = 1; (looks,)."""
    powers = {
        "obrien_fleming": -0.5,
        "pocock": 0.0,
        "wang_tsiatis": (design.spending_parameter or 0.0) - 0.5,
    }
    return np.asarray(design.information_rates) ** powers[str(design.spending)]


def null_crossing(
    critical: Sequence[float], rates: Sequence[float], sided: int, lower: Lower | None = None
) -> Floats:
    """Return the probability under the null of stopping for efficacy at each look; (looks,)."""
    paths = begin()
    spent = np.zeros(len(critical))
    for k, (z, t) in enumerate(zip(critical, rates, strict=True)):
        score = z * math.sqrt(t)
        spent[k] = sided * beyond(paths, t, score)
        if k + 1 < len(critical):
            paths = go_on(paths, t, floor(k, t, score, sided, lower), score, rates[k + 1])
    return spent


def floor(k: int, t: float, score: float, sided: int, lower: Lower | None) -> float:
    """Return the score below which the trial stops at look k (from 0)."""
    if sided == 2:
        return -score
    return -math.inf if lower is None else min(lower[k] * math.sqrt(t), score)


def _spending_bounds(
    design: GroupSequentialDesign, lower: tuple[float, ...] | None
) -> tuple[float, ...]:
    rates, steps = design.information_rates, spent_by_look(design)
    paths, critical = begin(), []
    for k, t in enumerate(rates):
        share = steps[k] / design.sided
        if share >= paths.probability:
            raise InvalidInput(
                f"look {k + 1}: alpha {share:.4g} cannot be spent, the futility bounds leave "
                f"{paths.probability:.4g} under the null; lower them"
            )
        score = upper_bound_for(paths, t, share)
        critical.append(score / math.sqrt(t))
        if k + 1 < design.looks:
            paths = go_on(paths, t, floor(k, t, score, design.sided, lower), score, rates[k + 1])
    return tuple(critical)


def _haybittle_peto(
    design: GroupSequentialDesign, lower: tuple[float, ...] | None
) -> tuple[float, ...]:
    rates = design.information_rates
    paths, left = begin(), design.alpha / design.sided
    for k, t in enumerate(rates[:-1]):
        score = design.interim_bound * math.sqrt(t)
        left -= beyond(paths, t, score)
        paths = go_on(paths, t, floor(k, t, score, design.sided, lower), score, rates[k + 1])
    if left <= 0:
        raise InvalidInput(
            f"the interim bound {design.interim_bound} alone spends more than alpha "
            f"{design.alpha} over {design.looks - 1} looks; raise it"
        )
    return (*(design.interim_bound,) * (design.looks - 1), upper_bound_for(paths, 1.0, left))


def _constant(
    design: GroupSequentialDesign, shape: Floats, lower: tuple[float, ...] | None
) -> float:
    """Return the C at which the whole level is alpha."""

    def excess(constant: float) -> float:
        bounds = (constant * shape).tolist()
        total = null_crossing(bounds, design.information_rates, design.sided, lower).sum()
        return math.log(total / design.alpha)

    # One look alone spends less than all, and each a K-th of alpha is too strict.
    alone = -float(ndtri(design.alpha / design.sided))
    if design.looks == 1:
        return alone
    low = alone - 1e-6
    high = -float(ndtri(design.alpha / design.sided / design.looks)) / float(shape.min())
    if lower is not None:
        return _root_below(excess, low, high)
    return root(excess, low, high, residual=_ALPHA_ERROR)


def _root_below(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root between or, where futility bounds give alpha back, below the two."""
    if function(low) >= 0:
        return root(function, low, high)
    return root(
        function, *bracket(function, low, -0.25, limit=20, what="a constant for the bounds")
    )
