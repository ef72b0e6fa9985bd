"""How a planned trial behaves by formula: where it stops, when, with which power.

The expectation of each look's statistic comes from the score of the test itself under the assumed
hazards, not from one hazard ratio: delayed, crossing and waning effects are in it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import PiecewiseHazard, TrialAssumptions
from adjuvant.design.boundaries import stopping_bounds
from adjuvant.design.delayed_effects import max_combo_power, modestly_weighted_power
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.nonproportional import (
    milestone_survival_power,
    restricted_mean_survival_power,
    weighted_log_rank_power,
)
from adjuvant.design.piecewise import eventual_events, expected_events_at, time_of_events
from adjuvant.design.recursion import Paths, begin, below, beyond, go_on
from adjuvant.design.trial_design import DesignStratum, PlannedPatients, PrimaryTest, TrialDesign

__all__ = [
    "PlannedLook",
    "PlannedPower",
    "planned_power",
    "power_at_means",
    "statistic_at",
    "under_hazard_ratio",
]


@dataclass(frozen=True)
class PlannedLook:
    """One look as the formulas expect it.

    time               months since the first patient could enter; events, patients by then.
    mean               expectation of Z; information: the share of the last look's.
    efficacy, futility, harm   probability that the trial stops here for it.
    """

    events: float
    time: float
    patients: float
    mean: float
    information: float
    efficacy: float
    futility: float
    harm: float


@dataclass(frozen=True)
class PlannedPower:
    """What the design does under one set of assumptions.

    reject              probability of an efficacy bound, in the direction of the effect.
    expected_*          at the last look performed, early stops counted; duration in months.
    """

    looks: tuple[PlannedLook, ...]
    reject: float
    expected_events: float
    expected_duration: float
    expected_patients: float


def planned_power(design: TrialDesign, patients: PlannedPatients | None = None) -> PlannedPower:
    """Return power, stopping and expected size of a planned trial.

    patients  other assumptions for the same size, looks and bounds (`under_hazard_ratio`).
    Raises    InvalidInput where the events of a look are never expected, or for MaxCombo with more
              than one look, which has no formula here: simulate it.
    Source    Yung & Liu 2020 (weighted log-rank); Jennison & Turnbull 2000 (recursion).

    >>> from adjuvant.design import Accrual, ArmCourse, PiecewiseHazard
    >>> rate = PiecewiseHazard.with_median(12)
    >>> course = DesignStratum(ArmCourse(rate), ArmCourse(rate.times_ratio(0.7)))
    >>> who = PlannedPatients(strata=(course,), accrual=Accrual.uniform(300, 24))
    >>> design = TrialDesign(looks=GroupSequentialDesign(), events=200, subjects=300, patients=who)
    >>> round(planned_power(design).reject, 4)
    0.712
    """
    trial = (patients or design.patients).assumptions(design.subjects)
    times = look_times(design, trial)
    found = [statistic_at(design.test, trial, t, design.null_hazard_ratio) for t in times]
    expected = expected_events_at(trial, times)
    if design.test.type == "max_combo":
        return _max_combo(design, trial, times)
    largest = found[-1][1]
    rates = [information / largest for _, information in found]
    stops = power_at_means(design.looks, [mean for mean, _ in found], rates)
    looks = tuple(
        PlannedLook(d, t, n, mean, rate, *stop)
        for d, t, n, (mean, _), rate, stop in zip(
            expected.events, times, expected.subjects, found, rates, stops, strict=True
        )
    )
    return _summed(looks, design.looks)


def under_hazard_ratio(patients: PlannedPatients, hazard_ratio: float) -> PlannedPatients:
    """Return the patients with the experimental arm at one hazard ratio to the control.

    Product failure and the visits stay; the cured share becomes the control's. Where death counts,
    the ratio is that of the whole endpoint, and deaths become the control's.

    >>> from adjuvant.design import Accrual, ArmCourse, PiecewiseHazard
    >>> course = ArmCourse(PiecewiseHazard.constant(0.1))
    >>> who = PlannedPatients(strata=(DesignStratum(course, course),),
    ...                       accrual=Accrual.uniform(300, 24))
    >>> under_hazard_ratio(who, 0.5).strata[0].experimental.hazard.rates
    (0.05,)
    """

    def moved(s: DesignStratum) -> DesignStratum:
        control, death = s.control, s.experimental.death
        hazard = control.hazard.times_ratio(hazard_ratio)
        if patients.death_counts:
            death = control.death
            times = sorted({*control.hazard.times, *death.times})
            whole = hazard_ratio * (control.hazard.at(times) + death.at(times))
            rates = np.maximum(whole - death.at(times), 0.0)
            hazard = PiecewiseHazard(tuple(times), tuple(rates.tolist()))
        treated = replace(s.experimental, hazard=hazard, death=death, cured=control.cured)
        return replace(s, experimental=treated)

    return replace(patients, strata=tuple(moved(s) for s in patients.strata))


def look_times(design: TrialDesign, trial: TrialAssumptions) -> tuple[float, ...]:
    """Return when each look is expected: its events are there, its date has come, or both."""
    most = eventual_events(trial)
    times: list[float] = []
    for k, events in enumerate(design.look_events):
        date = None if design.look_times is None else design.look_times[k]
        by_events = time_of_events(trial, events) if events < most else math.inf
        if date is not None:
            pair = (by_events, date)
            by_events = max(pair) if design.look_rule == "later" else min(pair)
        time = min(by_events, design.latest or math.inf)
        if math.isinf(time):
            raise InvalidInput(
                f"{events} events are never expected: {design.subjects} patients have {most:.4g} "
                "in the end under these hazards and dropout; plan fewer events or more patients"
            )
        times.append(max(time, times[-1] if times else 0.0))
    return tuple(times)


def statistic_at(
    test: PrimaryTest, trial: TrialAssumptions, time: float, null_hazard_ratio: float = 1.0
) -> tuple[float, float]:
    """Return the expectation of a test's Z at a calendar time, and its information."""
    if test.type in ("rmst", "milestone"):
        assert test.horizon is not None
        power = restricted_mean_survival_power if test.type == "rmst" else milestone_survival_power
        difference = power(trial, time, test.horizon)
        return difference.difference * math.sqrt(difference.information), difference.information
    if test.type == "modestly_weighted":
        assert test.delay is not None
        found = modestly_weighted_power(trial, time, delay=test.delay)
    else:
        found = weighted_log_rank_power(trial, time, rho=test.rho, gamma=test.gamma)
    root = math.sqrt(found.information)
    return found.score_mean / root + math.log(null_hazard_ratio) * root, found.information


def power_at_means(
    design: GroupSequentialDesign, means: Sequence[float], information: Sequence[float]
) -> tuple[tuple[float, float, float], ...]:
    """Return (efficacy, futility, harm) by look when Z_k ~ N(means[k], 1), by exact recursion.

    information   shares of the last look's, which give the correlations; means need not lie on a
                  line through them (non-proportional hazards).

    >>> design = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1))
    >>> stops = power_at_means(design, [0.0, 0.0], [0.5, 1.0])
    >>> round(sum(stop[0] for stop in stops), 6)
    0.025
    """
    bounds, paths = stopping_bounds(design), begin()
    scores = [mean * math.sqrt(t) for mean, t in zip(means, information, strict=True)]
    found = []
    before = (0.0, 0.0)
    for k, (t, score) in enumerate(zip(information, scores, strict=True)):
        slope = (score - before[1]) / (t - before[0])
        # The slope differs from look to look; the origin is put so that the mean is right at t.
        origin = (0.0, score - slope * t)
        paths = Paths(paths.information, paths.points, paths.mass, slope, origin)
        root_t = math.sqrt(t)
        high = bounds.upper[k] * root_t
        last = k + 1 == design.looks
        harm = -math.inf if last or design.sided == 2 else bounds.harm[k] * root_t
        low = -math.inf if last or design.sided == 2 else max(bounds.lower[k] * root_t, harm)
        if design.sided == 2:
            low = harm = -high
        harmed = below(paths, t, harm) if harm > -math.inf else 0.0
        stopped = below(paths, t, low) if low > -math.inf else 0.0
        found.append((beyond(paths, t, high), stopped - harmed, harmed))
        if not last:
            paths = go_on(paths, t, min(low, high), high, information[k + 1])
        before = (t, score)
    return tuple(found)


def _summed(looks: tuple[PlannedLook, ...], design: GroupSequentialDesign) -> PlannedPower:
    stopping = [look.efficacy + look.futility + look.harm for look in looks[:-1]]
    stopping.append(1.0 - math.fsum(stopping))

    def mean(values: Sequence[float]) -> float:
        return math.fsum(p * value for p, value in zip(stopping, values, strict=True))

    return PlannedPower(
        looks,
        math.fsum(look.efficacy for look in looks),
        mean([look.events for look in looks]),
        mean([look.time for look in looks]),
        mean([look.patients for look in looks]),
    )


def _max_combo(
    design: TrialDesign, trial: TrialAssumptions, times: tuple[float, ...]
) -> PlannedPower:
    if design.looks.looks > 1:
        raise InvalidInput(
            "MaxCombo with interim looks has no formula here; simulate it (adjuvant simulate)"
        )
    power = max_combo_power(trial, times[0], alpha=design.looks.alpha / design.looks.sided)
    seen = expected_events_at(trial, times)
    # The mean that a normal statistic with this power would have.
    mean = float(ndtri(power.power) - ndtri(design.looks.alpha / design.looks.sided))
    look = PlannedLook(seen.events[0], times[0], seen.subjects[0], mean, 1.0, power.power, 0.0, 0.0)
    return _summed((look,), design.looks)
