"""How a design behaves under any effect: where it stops, its power, how long it goes on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from adjuvant.core import Floats, InvalidInput, NotConverged
from adjuvant.design.boundaries import stopping_bounds
from adjuvant.design.futility import stops
from adjuvant.design.group_sequential import GroupSequentialDesign, check_power
from adjuvant.design.recursion import begin, below, go_on
from adjuvant.design.roots import bracket, root

__all__ = [
    "DesignCharacteristics",
    "PowerByEffect",
    "StoppingProbabilities",
    "design_characteristics",
    "power_by_effect",
    "stopping_probabilities",
]


@dataclass(frozen=True)
class StoppingProbabilities:
    """Where a trial stops at one drift, by look.

    efficacy   in the direction of the effect; (looks,).
    futility   below the futility bound, harm not counted; (looks - 1,).
    harm       at or below the harm bound; (looks - 1,).
    opposite   two-sided designs: at the bound against the effect; (looks,), else zeros.
    """

    drift: float
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    harm: tuple[float, ...]
    opposite: tuple[float, ...]

    @property
    def reject(self) -> float:
        """Probability of rejecting in the direction of the effect."""
        return math.fsum(self.efficacy)

    @property
    def by_look(self) -> tuple[float, ...]:
        """Probability that each look is the last one; (looks,); they sum to 1."""
        early = [
            math.fsum(parts)
            for parts in zip(self.efficacy, self.futility, self.harm, self.opposite, strict=False)
        ]
        return (*early, 1.0 - math.fsum(early))


@dataclass(frozen=True)
class DesignCharacteristics:
    """What a design costs beside the one with a single look at the same level and power.

    shift                     squared drift that gives the power.
    inflation_factor          maximum information over that of the single look.
    average_sample_number_*   expected information at drift 0, half and the whole, as a multiple of
                              the single look's.
    power                     cumulative, by look.
    """

    shift: float
    inflation_factor: float
    average_sample_number_h0: float
    average_sample_number_h01: float
    average_sample_number_h1: float
    power: tuple[float, ...]


@dataclass(frozen=True)
class PowerByEffect:
    """Power and expected information by effect; lists are [effect] or [effect][look].

    futility_per_stage   None for a design without futility or harm bounds.
    """

    effects: tuple[float, ...]
    overall_reject: tuple[float, ...]
    reject_per_stage: tuple[tuple[float, ...], ...]
    futility_per_stage: tuple[tuple[float, ...], ...] | None
    average_sample_number: tuple[float, ...]


def stopping_probabilities(design: GroupSequentialDesign, drift: float) -> StoppingProbabilities:
    """Return where the trial stops when Z at the last look has the expectation `drift`.

    Futility and harm bounds are obeyed, binding or not. For a two-sided design the direction of
    the effect is that of the drift (at 0: above).
    Raises    InvalidInput for a drift that is not finite.

    >>> one_look = GroupSequentialDesign(alpha=0.025)
    >>> round(stopping_probabilities(one_look, 3.241515550).reject, 6)
    0.9
    """
    if not math.isfinite(drift):
        raise InvalidInput(f"drift is {drift}; expected a number")
    bounds = stopping_bounds(design)
    rates = design.information_rates
    nothing = (0.0,) * (design.looks - 1)
    if design.sided == 2:
        mirror = [-z for z in bounds.upper]
        above, under = _listed(stops(rates, bounds.upper, mirror, abs(drift)))
        return StoppingProbabilities(drift, above, nothing, nothing, under)
    lower = [max(pair) for pair in zip(bounds.lower, bounds.harm, strict=True)]
    above, under = _listed(stops(rates, bounds.upper, lower, drift))
    harm = _below_harm(design, bounds.upper, lower, bounds.harm, drift)
    futile = tuple(max(p - h, 0.0) for p, h in zip(under, harm, strict=False))
    return StoppingProbabilities(drift, above, futile, harm, (0.0,) * design.looks)


def design_characteristics(
    design: GroupSequentialDesign, power: float | None = None
) -> DesignCharacteristics:
    """Return the drift at which a design has its power, and what it costs on average.

    power     if not given, that of the design.
    Raises    InvalidInput without a power, or with one that the bounds never reach.
    Source    Jennison & Turnbull 2000, chapter 2; agrees with rpact 4.5 to its own error.

    >>> design = GroupSequentialDesign(spending="pocock", information_rates=(0.25, 0.5, 0.75, 1))
    >>> round(design_characteristics(design, 0.9).inflation_factor, 6)
    1.183134
    """
    wanted = design.power if power is None else power
    if wanted is None:
        raise InvalidInput("the characteristics of a design need its power, such as 0.9")
    check_power(wanted, design.alpha / design.sided)
    drift = _drift_for(design, wanted)
    fixed = float(ndtri(design.alpha / design.sided) + ndtri(1 - wanted)) ** 2
    stop = [stopping_probabilities(design, d) for d in (0.0, drift / 2, drift)]
    expected = [drift**2 / fixed * _mean_information(design, s) for s in stop]
    return DesignCharacteristics(
        shift=drift**2,
        inflation_factor=drift**2 / fixed,
        average_sample_number_h0=expected[0],
        average_sample_number_h01=expected[1],
        average_sample_number_h1=expected[2],
        power=tuple(np.cumsum(stop[2].efficacy).tolist()),
    )


def power_by_effect(
    design: GroupSequentialDesign, effects: Sequence[float], max_information: float
) -> PowerByEffect:
    """Return power, stopping and expected information at each effect.

    effects           per square root of a unit of information: drift = effect * sqrt(maximum).
    max_information   n at the last look, in the unit in which the average is wanted.
    Raises            InvalidInput for a maximum that is not above 0.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.3, 0.6, 0.8, 1))
    >>> [round(p, 4) for p in power_by_effect(design, (0, 0.3), 100).overall_reject]
    [0.025, 0.8425]
    """
    if not 0 < max_information < math.inf:
        raise InvalidInput(f"max_information is {max_information}; expected a number above 0")
    found = [stopping_probabilities(design, e * math.sqrt(max_information)) for e in effects]
    lower_stops = design.has_futility or design.harm_alpha is not None
    futility = tuple(tuple(f + h for f, h in zip(p.futility, p.harm, strict=True)) for p in found)
    return PowerByEffect(
        effects=tuple(map(float, effects)),
        overall_reject=tuple(p.reject for p in found),
        reject_per_stage=tuple(p.efficacy for p in found),
        futility_per_stage=futility if lower_stops else None,
        average_sample_number=tuple(max_information * _mean_information(design, p) for p in found),
    )


def _mean_information(design: GroupSequentialDesign, stop: StoppingProbabilities) -> float:
    """Return the expected information, as a share of the maximum."""
    return math.fsum(t * p for t, p in zip(design.information_rates, stop.by_look, strict=True))


def _drift_for(design: GroupSequentialDesign, power: float) -> float:
    def excess(drift: float) -> float:
        return stopping_probabilities(design, drift).reject - power

    start = -float(ndtri(design.alpha / design.sided) + ndtri(1 - power))
    try:
        low, high = bracket(excess, 0.98 * start, 0.1 * start, limit=50 * start, what="drift")
    except NotConverged:
        raise InvalidInput(
            f"power {power} is not reached at any effect: the futility or harm bounds stop "
            "the trial too often; lower them"
        ) from None
    return root(excess, low, high)


def _listed(pair: tuple[Floats, Floats]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(pair[0].tolist()), tuple(pair[1].tolist())


def _below_harm(
    design: GroupSequentialDesign,
    upper: Sequence[float],
    lower: Sequence[float],
    harm: Sequence[float],
    drift: float,
) -> tuple[float, ...]:
    if design.harm_alpha is None:
        return (0.0,) * (design.looks - 1)
    rates, paths, found = design.information_rates, begin(drift), list[float]()
    for k, t in enumerate(rates[:-1]):
        root_t = math.sqrt(t)
        found.append(below(paths, t, harm[k] * root_t) if harm[k] > -math.inf else 0.0)
        high = upper[k] * root_t
        paths = go_on(paths, t, min(lower[k] * root_t, high), high, rates[k + 1])
    return tuple(found)
