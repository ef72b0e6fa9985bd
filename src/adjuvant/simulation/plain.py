"""The plain simulator: one trial at a time, nothing clever. The compiled ones answer to it.

It shares no code with them: arrivals are sorted, hazards inverted by interpolation, the cut is
taken from sorted dates, and each test is asked of `survival`.
"""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import AnalysisError, Codes, Floats, TimeToEvent
from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.simulation.patients import (
    Course,
    FixedSizes,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    VisitSchedule,
    WeibullHazard,
)
from adjuvant.simulation.scenario import Look, Scenario
from adjuvant.simulation.zscore import z_score

__all__ = ["PlainLook", "PlainPatients", "plain_cut", "plain_patients", "plain_trial", "seen_by"]


@dataclass(frozen=True, eq=False)
class PlainPatients:
    """Patients in the order of arrival, each array (n,).

    found   time since entry of the event that would be seen first (inf: none); cause 1 or 2.
    """

    arrival: Floats
    arm: Codes
    stratum: Codes
    site: Codes
    found: Floats
    cause: Codes
    lost: Floats


@dataclass(frozen=True)
class PlainLook:
    """One analysis: calendar time, events, patients entered, Z, and whether the trial stops."""

    time: float
    events: int
    patients: int
    z: float
    efficacy: bool
    futility: bool
    reached: bool


def plain_trial(scenario: Scenario, rng: np.random.Generator) -> list[PlainLook]:
    """Return the looks of one simulated trial, up to the one at which it stops.

    >>> from adjuvant.simulation import LogRankTest, ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=60, strata=one_stratum(rate, rate), accrual=ScheduledAccrual(12),
    ...     looks=(Look(events=40),), efficacy_bounds=(1.96,), test=LogRankTest())
    >>> plain_trial(trial, np.random.default_rng(1))[0].events
    40
    """
    patients = plain_patients(scenario, rng)
    looks: list[PlainLook] = []
    for k, look in enumerate(scenario.looks):
        cut = max([plain_cut(look, patients), *(done.time for done in looks)])
        data = seen_by(scenario, patients, cut)
        events = int(np.sum(data.event == 1))
        try:
            z = z_score(scenario.test, data)
        except AnalysisError:
            z = 0.0  # Nothing to compare yet: no event, or an arm without patients.
        bounds = scenario.futility_bounds or (-np.inf,) * len(scenario.looks)
        efficacy = z >= scenario.efficacy_bounds[k]
        futility = not efficacy and k + 1 < len(scenario.looks) and z < bounds[k]
        reached = events >= (look.events or 0)
        looks.append(PlainLook(cut, events, data.n, z, efficacy, futility, reached))
        if efficacy or futility:
            break
    return looks


def plain_patients(scenario: Scenario, rng: np.random.Generator) -> PlainPatients:
    """Draw the patients of one trial, in the order of arrival; nothing of them is cut yet.

    >>> from adjuvant.simulation import ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=60, strata=one_stratum(rate, rate), accrual=ScheduledAccrual(12),
    ...     looks=(Look(events=40),), efficacy_bounds=(1.96,))
    >>> int(plain_patients(trial, np.random.default_rng(1)).arm.sum())
    30
    """
    n = scenario.subjects
    arrival = _arrivals(scenario, rng)
    fractions = np.array([s.fraction for s in scenario.strata])
    stratum = rng.choice(len(fractions), size=n, p=fractions / fractions.sum())
    sites = scenario.sites.count if scenario.sites else 1
    site = rng.integers(sites, size=n)
    frailty = np.ones(sites)
    if scenario.sites:
        variance = scenario.sites.variance
        frailty = rng.gamma(1 / variance, variance, size=sites)
    arm = _arms(scenario, stratum, site, rng)
    found, cause, lost = np.full(n, np.inf), np.zeros(n, dtype=np.int64), np.empty(n)
    for i in range(n):
        course = _course(scenario, stratum[i], arm[i], rng)
        recurrence = _recurrence(scenario, stratum[i], course, frailty[site[i]], rng)
        death = _inverse(course.death, rng.exponential())
        lost[i] = _inverse(course.dropout, rng.exponential())
        if scenario.visits:
            recurrence = _visit_after(scenario.visits, recurrence)
        if recurrence <= min(death, lost[i]) and recurrence < np.inf:
            found[i], cause[i] = recurrence, 1
        elif death <= lost[i] and death < np.inf:
            found[i], cause[i] = death, 1 if scenario.death_counts else 2
    return PlainPatients(arrival, arm, stratum, site, found, cause, lost)


def plain_cut(look: Look, patients: PlainPatients) -> float:
    """Return when a look is done, by sorting the dates of the events."""
    of_interest = (patients.cause == 1) & np.isfinite(patients.found)
    dates = np.sort((patients.arrival + patients.found)[of_interest])
    by_events = None
    if look.events is not None:
        last = dates[-1] if len(dates) else patients.arrival[-1]
        by_events = dates[look.events - 1] if len(dates) >= look.events else last
    known = [time for time in (by_events, look.time) if time is not None]
    time = max(known) if look.rule == "later" else min(known)
    return float(time if look.latest is None else min(time, look.latest))


def seen_by(scenario: Scenario, patients: PlainPatients, cut: float) -> TimeToEvent:
    """Return what is seen of the patients by a date, stratified if the test is."""
    inside = patients.arrival <= cut
    found = (patients.arrival + patients.found)[inside] <= cut
    last = np.minimum(cut - patients.arrival, patients.lost)[inside]
    if scenario.visits:
        last = np.array([_visit_before(scenario.visits, time) for time in last])
    stratified = getattr(scenario.test, "stratified", False)
    return TimeToEvent(
        np.where(found, patients.found[inside], last),
        np.where(found, patients.cause[inside], 0),
        arm=patients.arm[inside],
        arm_labels=("control", "experimental"),
        stratum=patients.stratum[inside] if stratified else None,
        unit="time",
    )


def _arrivals(scenario: Scenario, rng: np.random.Generator) -> Floats:
    n, accrual = scenario.subjects, scenario.accrual
    if isinstance(accrual, PoissonAccrual):
        intensity = PiecewiseHazard(accrual.times, accrual.rates)
        return np.array([_inverse(intensity, x) for x in np.cumsum(rng.exponential(size=n))])
    intensity = PiecewiseHazard(accrual.times, accrual.relative_rates)
    total = float(intensity.cumulative(accrual.duration))
    return np.sort([_inverse(intensity, u * total) for u in rng.uniform(size=n)])


def _arms(scenario: Scenario, stratum: Codes, site: Codes, rng: np.random.Generator) -> Codes:
    n, how = scenario.subjects, scenario.allocation
    if isinstance(how, FixedSizes):
        control, experimental = scenario.sizes
        return rng.permutation(np.repeat([0, 1], [control, experimental]))
    arm = np.zeros(n, dtype=np.int64)
    if isinstance(how, PermutedBlocks):
        for s in np.unique(stratum):
            members = np.flatnonzero(stratum == s)
            block = np.repeat([0, 1], [how.control, how.experimental])
            blocks = [rng.permutation(block) for _ in range(0, len(members), len(block))]
            arm[members] = np.concatenate(blocks)[: len(members)]
        return arm
    assert isinstance(how, Minimisation)
    for i in range(n):
        factors = [stratum[:i] == stratum[i]]
        if scenario.sites:
            factors.append(site[:i] == site[i])
        sums = [int(np.sum(2 * arm[:i][same] - 1)) for same in factors]
        imbalance = [sum(abs(x + step) for x in sums) for step in (-1, 1)]
        better = int(np.argmin(imbalance))
        right = rng.uniform() < (0.5 if imbalance[0] == imbalance[1] else how.probability)
        arm[i] = better if right else 1 - better
    return arm


def _course(scenario: Scenario, stratum: int, arm: int, rng: np.random.Generator) -> Course:
    chosen = scenario.strata[stratum]
    failure = scenario.product_failure
    if arm == 0 or (failure and rng.uniform() < failure.never_started):
        return chosen.control
    return chosen.experimental


def _recurrence(
    scenario: Scenario, stratum: int, course: Course, frailty: float, rng: np.random.Generator
) -> float:
    if rng.uniform() < course.cured:
        return np.inf
    spent = rng.exponential() / frailty
    if isinstance(course.hazard, WeibullHazard):
        return float(course.hazard.scale * spent ** (1 / course.hazard.shape))
    hazard, failure = course.hazard, scenario.product_failure
    treated = course is scenario.strata[stratum].experimental
    if failure and treated:
        stopped = _inverse(failure.stopping, rng.exponential())
        if np.isfinite(stopped):
            control = scenario.strata[stratum].control.hazard
            assert isinstance(control, PiecewiseHazard)
            hazard = _joined(hazard, control, stopped)
    return _inverse(hazard, spent)


def _joined(before: PiecewiseHazard, after: PiecewiseHazard, time: float) -> PiecewiseHazard:
    """Return the hazard that is `before` until a time and `after` from then on."""
    if time <= 0:
        return after
    early = [t for t in before.times if t < time]
    late = [time, *(t for t in after.times if t > time)]
    rates = (*before.at(early), *after.at(late))
    return PiecewiseHazard((*early, *late), rates)


def _inverse(hazard: PiecewiseHazard, spent: float) -> float:
    """Return when a cumulative hazard is spent."""
    at_starts = hazard.cumulative(hazard.times)
    piece = int(np.searchsorted(at_starts, spent, side="right")) - 1
    rate = hazard.rates[piece]
    if rate == 0:
        return np.inf
    return float(hazard.times[piece] + (spent - at_starts[piece]) / rate)


def _visits(schedule: VisitSchedule, until: float) -> Floats:
    every, last = schedule.then_every, schedule.times[-1]
    later = [last + k * every for k in range(1, int((until - last) / every) + 3)] if every else []
    return np.array([*schedule.times, *later])


def _visit_after(schedule: VisitSchedule, time: float) -> float:
    if not np.isfinite(time):
        return np.inf
    visits = _visits(schedule, max(time, schedule.times[-1]))
    at = int(np.searchsorted(visits, time, side="left"))
    return float(visits[at]) if at < len(visits) else np.inf


def _visit_before(schedule: VisitSchedule, time: float) -> float:
    visits = np.append(0.0, _visits(schedule, max(time, schedule.times[-1])))
    return float(visits[np.searchsorted(visits, time, side="right") - 1])
