"""Intervals that allow for the looks hold the true hazard ratio as often as they say.

The interval depends on the look and Z alone: it is asked of `adjusted_inference` on a grid of Z and
interpolated, so that many trials can be counted.
"""

from math import log

import numpy as np
import pytest
from simulation.scenarios import CONTROL, plain_trial_of

from adjuvant.design import GroupSequentialDesign, adjusted_inference, stopping_bounds
from adjuvant.simulation import trial_outcomes

EVENTS, INFORMATION, TRIALS = (67, 134, 200), 50.0, 100_000
FUTILITY = {"futility_bounds": (0.0, 0.5), "binding": True}


def grids(design):
    """Return for each look the pieces of Z at which a trial may stop, with limits and estimate."""
    bounds = stopping_bounds(design)
    found = []
    for k, c in enumerate(bounds.upper):
        last = k + 1 == design.looks
        pieces = [np.linspace(-6, 9, 46)] if last else [np.linspace(c, c + 4, 14)]
        if not last and np.isfinite(bounds.lower[k]):
            pieces.append(np.linspace(bounds.lower[k] - 6, np.nextafter(bounds.lower[k], -9), 16))
        found.append([(z, np.array([limits(design, k, value) for value in z])) for z in pieces])
    return found


def limits(design, k, z):
    # What was seen before does not matter, as long as the trial went on.
    found = adjusted_inference(design, [0.7] * k + [z], INFORMATION, ended=True)
    return *found.confidence_interval, found.median_unbiased_estimate


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, FUTILITY], ids=["efficacy", "binding futility"])
@pytest.mark.parametrize("hazard_ratio", [1.0, 0.7, 0.5])
def test_adjusted_intervals_cover(more, hazard_ratio):
    """Within three errors at no effect; with one, V is below d / 4, and coverage a bit above."""
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming",
        information_rates=tuple(d / 200 for d in EVENTS),
        **more,
    )
    bounds = stopping_bounds(design)
    scenario = plain_trial_of(
        CONTROL.times_ratio(hazard_ratio), EVENTS, bounds.upper,
        futility_bounds=bounds.lower if more else None,
    )  # fmt: skip
    seen = trial_outcomes(scenario, seed=8, trials=TRIALS)
    z, theta = seen.z[np.arange(TRIALS), seen.stage], -log(hazard_ratio)

    low, high, middle = (np.full(TRIALS, np.nan) for _ in range(3))
    for k, pieces in enumerate(grids(design)):
        for at, values in pieces:
            here = (seen.stage == k) & (z >= at[0]) & (z <= at[-1])
            for column, out in enumerate((low, high, middle)):
                out[here] = np.interp(z[here], at, values[:, column])
    known = np.isfinite(low)
    assert known.mean() > 0.9999
    coverage = np.mean((low <= theta) & (theta <= high))
    error = (0.05 * 0.95 / TRIALS) ** 0.5

    assert -3 * error < coverage - 0.95 < 3 * error + (0.0 if hazard_ratio == 1.0 else 0.004)
    half = np.mean(middle[known] < theta)
    assert abs(half - 0.5) < 3 * 0.5 / TRIALS**0.5 + (0.001 if hazard_ratio == 1.0 else 0.025)
