"""Futility bounds: where a trial stops because it can no longer be expected to succeed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from adjuvant.core import Floats, InvalidInput, NotConverged
from adjuvant.design.efficacy import efficacy_bounds, shape_of, spent_by_look
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.recursion import (
    Paths,
    begin,
    below,
    beyond,
    go_on,
    lower_bound_for,
    upper_bound_for,
)
from adjuvant.design.roots import bracket, root
from adjuvant.design.spending import cumulative_spending

__all__ = [
    "FutilityBoundaries",
    "FutilitySolution",
    "bounds_at_drift",
    "futility_boundaries",
    "futility_solution",
    "stops",
]


@dataclass(frozen=True)
class FutilityBoundaries:
    """Efficacy and futility bounds of a design and how it behaves with both of them obeyed.

    critical_values   z at or above which the trial stops for efficacy; (looks,).
    futility_bounds   z below which it stops for futility; (looks - 1,).
    drift             smallest expectation of the last Z at which the power is reached.
    inflation_factor  maximum information over that of the design with one look.
    power, beta_spent                cumulative at that drift; (looks,).
    rejection_probabilities_h0       by look, without an effect; (looks,).
    futility_probabilities_h0        by look, without an effect; (looks - 1,).
    """

    critical_values: tuple[float, ...]
    futility_bounds: tuple[float, ...]
    drift: float
    inflation_factor: float
    power: tuple[float, ...]
    beta_spent: tuple[float, ...]
    rejection_probabilities_h0: tuple[float, ...]
    futility_probabilities_h0: tuple[float, ...]


@dataclass(frozen=True)
class FutilitySolution:
    """Efficacy bounds (looks,), futility bounds (looks - 1,) and the drift that they belong to."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]
    drift: float


def futility_boundaries(design: GroupSequentialDesign) -> FutilityBoundaries:
    """Return the futility bounds of a design with its power, and what they do.

    With beta spending the bound of a look makes the probability of stopping there for futility,
    at the drift, what the spending function allows; the drift is the one at which the last look
    then decides everything. With bounds given, the drift is the one with the power asked for.
    Raises    InvalidInput without futility or power, and when a futility bound reaches the
              efficacy bound of its look.
    Source    Pampallona, Tsiatis & Kim 2001; agrees with gsDesign 3.11 and rpact 4.5.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming", power=0.9,
    ...     information_rates=(0.4, 0.7, 1), beta_spending="lan_demets_pocock")
    >>> [round(z, 4) for z in futility_boundaries(design).futility_bounds]
    [0.6518, 1.3587]
    """
    if not design.has_futility:
        raise InvalidInput("the design has no futility; give futility_bounds or beta_spending")
    if design.power is None:
        raise InvalidInput("futility needs power: the drift is where it is reached")
    solved = futility_solution(design)
    rates = design.information_rates
    effect, loss = stops(rates, solved.upper, solved.lower, solved.drift)
    reject, futile = stops(rates, solved.upper, solved.lower, 0.0)
    quantiles = float(ndtri(design.alpha) + ndtri(1 - design.power))
    return FutilityBoundaries(
        critical_values=solved.upper,
        futility_bounds=solved.lower,
        drift=solved.drift,
        inflation_factor=(solved.drift / quantiles) ** 2,
        power=tuple(np.cumsum(effect).tolist()),
        beta_spent=tuple(np.cumsum(loss).tolist()),
        rejection_probabilities_h0=tuple(reject.tolist()),
        futility_probabilities_h0=tuple(futile[:-1].tolist()),
    )


@lru_cache(maxsize=256)
def futility_solution(design: GroupSequentialDesign) -> FutilitySolution:
    """Return bounds and drift of a design with futility and power."""
    assert design.power is not None
    power = design.power
    given = design.fixed_futility
    if given is not None:
        lower: tuple[float, ...] = given
        upper = efficacy_bounds(design, lower if design.binding else None)
        _refuse_crossed(upper, lower)

        def excess(drift: float) -> float:
            return float(stops(design.information_rates, upper, lower, drift)[0].sum()) - power

        return FutilitySolution(upper, lower, _drift(excess, design))

    def gap(drift: float) -> float:
        upper, lower = bounds_at_drift(design, drift)
        return float(stops(design.information_rates, upper, lower, drift)[0].sum()) - power

    drift = _drift(gap, design)
    upper, lower = bounds_at_drift(design, drift)
    _refuse_crossed(upper, lower)
    return FutilitySolution(upper, lower, drift)


def bounds_at_drift(
    design: GroupSequentialDesign, drift: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return efficacy (looks,) and beta-spending futility bounds (looks - 1,) at a drift.

    A futility bound that would lie above the efficacy bound is set to it.
    """
    if not design.binding:
        upper = efficacy_bounds(design)
        return upper, _lower_given(design, upper, drift)
    if design.spends:
        return _both(design, spent_by_look(design), drift)
    if design.spending == "haybittle_peto":
        return _both(design, None, drift)
    if design.looks == 1:
        return efficacy_bounds(design), ()
    shape = shape_of(design)

    def excess(constant: float) -> float:
        upper = tuple((constant * shape).tolist())
        lower = _lower_given(design, upper, drift)
        total = float(stops(design.information_rates, upper, lower, 0.0)[0].sum())
        return math.log(max(total, 1e-300) / design.alpha)

    start = float(efficacy_bounds(design)[-1] / shape[-1]) + 1e-6
    constant = root(excess, *bracket(excess, start, -0.05, limit=20, what="a constant"))
    upper = tuple((constant * shape).tolist())
    return upper, _lower_given(design, upper, drift)


def stops(
    rates: Sequence[float], upper: Sequence[float], lower: Sequence[float], drift: float
) -> tuple[Floats, Floats]:
    """Return the probabilities of stopping at or above `upper` and below `lower`, each (looks,).

    `upper` has a z per look, `lower` one per interim look, and one more if the last look rejects
    below it too (two-sided); without it the last look accepts all that is below its upper bound.
    """
    paths = begin(drift)
    above, under = np.zeros(len(rates)), np.zeros(len(rates))
    for k, t in enumerate(rates):
        last = k + 1 == len(rates)
        high = upper[k] * math.sqrt(t)
        low = min(lower[k] * math.sqrt(t), high) if k < len(lower) else high
        above[k], under[k] = beyond(paths, t, high), below(paths, t, low)
        if not last:
            paths = go_on(paths, t, low, high, rates[k + 1])
    return above, under


def _beta_steps(design: GroupSequentialDesign) -> Floats:
    assert design.beta_spending is not None
    assert design.power is not None
    spent = cumulative_spending(
        design.beta_spending,
        design.times,
        1 - design.power,
        parameter=design.beta_spending_parameter,
    )
    return np.diff(spent, prepend=0.0)


def _lower_given(
    design: GroupSequentialDesign, upper: tuple[float, ...], drift: float
) -> tuple[float, ...]:
    rates, steps = design.information_rates, _beta_steps(design)
    paths, lower = begin(drift), []
    for k, t in enumerate(rates[:-1]):
        high = upper[k] * math.sqrt(t)
        low = _spent_below(paths, t, steps[k], high)
        lower.append(low / math.sqrt(t))
        paths = go_on(paths, t, low, high, rates[k + 1])
    return tuple(lower)


def _both(
    design: GroupSequentialDesign, alpha_steps: Floats | None, drift: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return bounds that are found together: each look's alpha counts on earlier futility."""
    rates, beta_steps = design.information_rates, _beta_steps(design)
    null, alternative = begin(), begin(drift)
    upper, lower, left = [], [], design.alpha
    for k, t in enumerate(rates):
        last = k + 1 == design.looks
        if alpha_steps is not None:
            high = _spent_above(null, t, alpha_steps[k])
        elif last:
            high = _spent_above(null, t, left)
        else:
            high = design.interim_bound * math.sqrt(t)
            left -= beyond(null, t, high)
        upper.append(high / math.sqrt(t))
        if last:
            break
        low = _spent_below(alternative, t, beta_steps[k], high)
        lower.append(low / math.sqrt(t))
        null = go_on(null, t, low, high, rates[k + 1])
        alternative = go_on(alternative, t, low, high, rates[k + 1])
    return tuple(upper), tuple(lower)


def _spent_above(paths: Paths, information: float, probability: float) -> float:
    if probability >= paths.probability:
        # Futility at a drift beyond the solution leaves too little under the null: reject always.
        return -1e3 * math.sqrt(information)
    return upper_bound_for(paths, information, probability)


def _spent_below(paths: Paths, information: float, probability: float, high: float) -> float:
    if probability >= paths.probability:
        return high
    return min(lower_bound_for(paths, information, probability), high)


def _drift(excess: Callable[[float], float], design: GroupSequentialDesign) -> float:
    start = -float(ndtri(design.alpha) + ndtri(1 - (design.power or 0.0)))
    try:
        low, high = bracket(excess, 0.9 * start, 0.15 * start, limit=50 * start, what="drift")
    except NotConverged:
        raise InvalidInput(
            f"power {design.power} is not reached at any effect with these futility bounds; "
            "lower them"
        ) from None
    return root(excess, low, high)


def _refuse_crossed(upper: Sequence[float], lower: Sequence[float]) -> None:
    for look, (high, low) in enumerate(zip(upper, lower, strict=False), 1):
        if low >= high:
            raise InvalidInput(
                f"look {look}: the futility bound {low:.4g} reaches the efficacy bound "
                f"{high:.4g}; lower it, spend beta later, or plan fewer looks"
            )
