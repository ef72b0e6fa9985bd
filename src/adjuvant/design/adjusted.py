"""Inference that allows for the looks: repeated intervals and p-values, stage-wise ordering."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri

from adjuvant.core import InvalidInput, NotConverged
from adjuvant.design.boundaries import StoppingBounds, stopping_bounds
from adjuvant.design.efficacy import efficacy_bounds, null_crossing
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.recursion import begin, below, beyond, go_on
from adjuvant.design.roots import bracket, root

__all__ = ["AdjustedInference", "adjusted_inference"]

# A repeated p-value above this is not told: no level that large is ever used.
_LARGEST_P = 0.4999
# Stands for an infinite bound where a root is sought.
_FAR = 1e6


@dataclass(frozen=True)
class AdjustedInference:
    """What may be said of the effect theta (per square root of information) after some looks.

    repeated_confidence_intervals   valid at each look, whether or not the trial stopped; [look].
    repeated_p_values               smallest alpha at which that look would reject; None above
                                    0.4999 or where no alpha does.
    final_stage                     the look at which the trial ended, from 1; None while it goes
                                    on, and then the rest is None too.
    stage_wise_p_value              at no effect; two-sided for a two-sided design.
    median_unbiased_estimate        theta at which the stage-wise p-value is one half.
    confidence_interval             of level 1 - 2 alpha (one-sided) or 1 - alpha (two-sided).
    """

    repeated_confidence_intervals: tuple[tuple[float, float], ...]
    repeated_p_values: tuple[float | None, ...]
    final_stage: int | None
    stage_wise_p_value: float | None
    median_unbiased_estimate: float | None
    confidence_interval: tuple[float, float] | None


def adjusted_inference(
    design: GroupSequentialDesign,
    z: Sequence[float],
    max_information: float,
    *,
    ended: bool = False,
) -> AdjustedInference:
    """Return estimates, intervals and p-values that allow for the looks already taken.

    z                one test statistic per look performed, the first first. A look after the one
                     that crossed (the trial overran) has its repeated interval and p-value; the
                     rest is about the look that crossed first.
    max_information  information I at the last look; look k has information_rates[k] * I. For the
                     log-rank test: events * r / (1 + r)^2, and theta is -log(hazard ratio).
    ended            the trial ended at the last look given although no efficacy bound was crossed
                     (for futility, or for another reason).
    Raises           InvalidInput for no look, too many, or a z that is no number.

    Stage-wise ordering: an earlier crossing is more extreme. The futility bounds count only when
    they are binding.
    Source           Jennison & Turnbull 1989 (repeated intervals); Fairbanks & Madsen 1982,
                     Tsiatis, Rosner & Mehta 1984 (stage-wise). Agrees with lrstat 0.3.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.335, 0.67, 1))
    >>> found = adjusted_inference(design, (1.5, 2.7), 50)
    >>> found.final_stage, round(found.median_unbiased_estimate, 4)
    (2, 0.4662)
    """
    values = _checked(design, z, max_information)
    bounds = stopping_bounds(design)
    final = _final_stage(design, bounds, values, ended)
    information = [t * max_information for t in design.information_rates]
    repeated = tuple(
        ((value - c) / math.sqrt(i), (value + c) / math.sqrt(i))
        for value, c, i in zip(values, bounds.upper, information, strict=False)
    )
    lower = bounds.lower if design.binding else None
    p_values = tuple(_repeated_p(design, lower, k, value) for k, value in enumerate(values))
    if final is None:
        return AdjustedInference(repeated, p_values, None, None, None, None)
    at = _StageWise(design, bounds, final, values[final - 1])
    level = design.alpha / design.sided
    scale = math.sqrt(max_information)
    limits = at.drift_with(level) / scale, at.drift_with(1 - level) / scale
    middle = at.drift_with(0.5) / scale
    return AdjustedInference(repeated, p_values, final, at.p_at_null(), middle, limits)


def _checked(
    design: GroupSequentialDesign, z: Sequence[float], max_information: float
) -> tuple[float, ...]:
    values = tuple(float(value) for value in z)
    if not 0 < max_information < math.inf:
        raise InvalidInput(f"max_information is {max_information}; expected a number above 0")
    if not 1 <= len(values) <= design.looks:
        raise InvalidInput(f"{len(values)} test statistics were given for {design.looks} looks")
    if not all(math.isfinite(value) for value in values):
        raise InvalidInput(f"z is {values}; expected numbers")
    return values


def _final_stage(
    design: GroupSequentialDesign,
    bounds: StoppingBounds,
    values: Sequence[float],
    ended: bool,
) -> int | None:
    for stage, (value, c) in enumerate(zip(values, bounds.upper, strict=False), 1):
        if value >= c or (design.sided == 2 and value <= -c):
            return stage
    performed = len(values)
    return performed if ended or performed == design.looks else None


@dataclass(frozen=True)
class _StageWise:
    """The stage-wise p-value of one result, as a function of the drift."""

    design: GroupSequentialDesign
    bounds: StoppingBounds
    stage: int
    z: float

    def p(self, drift: float) -> float:
        """Return the probability of a result at least as much in favour, at a drift."""
        rates, upper = self.design.information_rates, self.bounds.upper
        paths, total = begin(drift), 0.0
        downward = self.design.sided == 2 and self.z <= -upper[self.stage - 1]
        for k in range(self.stage - 1):
            high = upper[k] * math.sqrt(rates[k])
            low = self._floor(k, high)
            total += below(paths, rates[k], low) if downward else beyond(paths, rates[k], high)
            paths = go_on(paths, rates[k], low, high, rates[k + 1])
        t = rates[self.stage - 1]
        score = self.z * math.sqrt(t)
        if downward:
            return 1 - total - below(paths, t, score)
        return total + beyond(paths, t, score)

    def p_at_null(self) -> float:
        """Return the p-value without an effect, doubled for a two-sided design."""
        p = self.p(0.0)
        return p if self.design.sided == 1 else min(1.0, 2 * min(p, 1 - p))

    def drift_with(self, probability: float) -> float:
        """Return the drift at which the p-value is `probability`."""
        wanted = float(ndtri(probability))
        start = self.z / math.sqrt(self.design.information_rates[self.stage - 1])

        def excess(drift: float) -> float:
            p = min(max(self.p(drift), 1e-300), 1 - 1e-16)
            return float(ndtri(p)) - wanted

        step = 0.5 if excess(start) < 0 else -0.5
        return root(excess, *bracket(excess, start, step, limit=1e3, what="adjusted estimate"))

    def _floor(self, k: int, high: float) -> float:
        if self.design.sided == 2:
            return -high
        if not self.design.binding:
            return -math.inf
        return min(self.bounds.lower[k] * math.sqrt(self.design.information_rates[k]), high)


def _repeated_p(
    design: GroupSequentialDesign, lower: tuple[float, ...] | None, k: int, z: float
) -> float | None:
    value = abs(z) if design.sided == 2 else z
    if design.spending == "haybittle_peto" and k + 1 < design.looks:
        return _interim_haybittle_peto(design, value)

    def excess(x: float) -> float:
        return _critical(design, lower, k, float(ndtr(x))) - value

    # Sought as a normal quantile of alpha: the scale on which bounds change evenly.
    start = float(ndtri(_LARGEST_P))
    if excess(start) > 0:
        return None
    try:
        found = root(excess, *bracket(excess, start, -0.5, limit=36, what="repeated p-value"))
    except NotConverged:
        # Below 1e-280.
        return 0.0
    return float(ndtr(found))


def _critical(
    design: GroupSequentialDesign, lower: tuple[float, ...] | None, k: int, alpha: float
) -> float:
    """Return the bound of look k (from 0) in the design's family at another alpha."""
    changed = replace(design, alpha=alpha, power=None, beta_spending=None, binding=False)
    try:
        return efficacy_bounds(changed, lower)[k]
    except InvalidInput:
        # Haybittle-Peto: the interim bounds spend more than this alpha, nothing is rejected.
        # Spending: binding futility leaves less than this alpha, everything is.
        return _FAR if design.spending == "haybittle_peto" else -_FAR


def _interim_haybittle_peto(design: GroupSequentialDesign, z: float) -> float | None:
    if z < design.interim_bound:
        return None
    bounds = [design.interim_bound] * (design.looks - 1) + [math.inf]
    total = float(null_crossing(bounds, design.information_rates, design.sided).sum())
    return total if total <= _LARGEST_P else None
