"""The silent errors of design work, looked for in a design, each with what it costs in numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from adjuvant.design.assumptions import Accrual, PiecewiseHazard
from adjuvant.design.piecewise import average_hazard_ratio, eventual_events, expected_events_at
from adjuvant.design.planned_power import PlannedPower, planned_power
from adjuvant.design.trial_design import ArmCourse, DesignStratum, PlannedPatients, TrialDesign

__all__ = ["DesignWarning", "design_warnings"]

_SHORT = 0.01  # of power that counts as short of the aim
_LATE = 1.0  # months
_FRONT = 0.45  # share of the accrual's time by which half of the patients are in
_DEATHS_PER_Y = 0.05  # shown where the design is silent about competing deaths
_FEW = 20  # events below which the normal approximation of a log-rank test is doubtful


@dataclass(frozen=True)
class DesignWarning:
    """One silent error: its kind, what was found in numbers, and what to do."""

    kind: str
    found: str
    remedy: str


def design_warnings(design: TrialDesign, planned: PlannedPower) -> tuple[DesignWarning, ...]:
    """Return what a careful statistician would object to in a design.

    planned   the power of the design (`planned_power`).

    >>> from adjuvant.design import design_from_numbers
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, accrual=24,
    ...                            hazard_ratio="1@0-4,0.6@4-", power=None)
    >>> [warning.kind for warning in design_warnings(made, planned_power(made))]
    ['delayed_effect']
    """
    rules = (
        _power_short,
        _late_events,
        _few_events,
        _front_loaded,
        _competing_death,
        _delayed_effect,
        _product_failure,
        _information,
        _visits,
    )
    return tuple(warning for rule in rules for warning in rule(design, planned))


def _power_short(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    if design.power is not None and planned.reject < design.power - _SHORT:
        yield DesignWarning(
            "power_short",
            f"the power aimed at is {design.power:.1%}; {design.events} events with these looks "
            f"and bounds have {planned.reject:.1%}",
            "plan more events, or state the power that there is",
        )


def _late_events(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    if design.follow_up is None:
        return
    end, last = design.patients.accrual.duration + design.follow_up, planned.looks[-1]
    if last.time > end + _LATE:
        seen = expected_events_at(design.assumptions, [end]).events[0]
        yield DesignWarning(
            "late_events",
            f"follow-up is planned to end at month {end:.0f}, with {seen:.0f} events expected; "
            f"the {design.events} events of the last look are expected at month {last.time:.0f}",
            "plan more patients, longer follow-up, or fewer events",
        )


def _few_events(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    if design.look_events[0] < _FEW:
        yield DesignWarning(
            "few_events",
            f"the first look has {design.look_events[0]} events: the normal law of the test is "
            "doubtful there",
            "look later, or rely on the simulated error of the first look",
        )


def _front_loaded(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    """Recruitment that is planned fast at the beginning brings the looks too early on paper."""
    accrual = design.patients.accrual
    at = np.linspace(0, accrual.duration, 2001)
    half = float(np.interp(0.5 * accrual.subjects, accrual.by(at), at)) / accrual.duration
    if half >= _FRONT:
        return
    even = replace(design.patients, accrual=Accrual.uniform(1.0, accrual.duration))
    later = planned_power(design, even).looks[-1].time - planned.looks[-1].time
    yield DesignWarning(
        "front_loaded_accrual",
        f"half of the patients are planned to be in after {half:.0%} of the accrual; recruitment "
        f"usually starts slowly. At an even rate the last look comes {later:.1f} months later, "
        "with a slow start later still",
        "plan a slow start (accrual_rates: {0 mo: 1, 6 mo: 2}), and plan the looks on it",
    )


def _competing_death(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    """A competing death that is left out, or read as censoring, makes events come on paper."""
    courses = [s.control for s in design.patients.strata]
    if design.patients.death_counts:
        return
    if any(any(course.death.rates) for course in courses):
        yield _crude(design)
        return
    if not design.competes:
        return
    dies = PiecewiseHazard.constant(_DEATHS_PER_Y / 12)
    with_deaths = _with(design.patients, death=dies)
    time = planned.looks[-1].time
    fewer = expected_events_at(with_deaths.assumptions(design.subjects), [time]).events[0]
    yield DesignWarning(
        "competing_death_missing",
        f"death competes with {design.endpoint} in the protocol and nobody dies in the design. "
        f"With {100 * _DEATHS_PER_Y:.0f} such deaths in 100 patient-years, {fewer:.0f} instead of "
        f"{planned.looks[-1].events:.0f} events are there at month {time:.0f}, and "
        f"{eventual_events(with_deaths.assumptions(design.subjects)):.0f} in the end",
        "add competing_death: {hazard_per_y: ...} to the design",
    )


def _crude(design: TrialDesign) -> DesignWarning:
    course = design.patients.strata[0].control
    at = 60.0
    own = 1 - float(course.event_free(np.array([at]))[0])
    alive = replace(design.patients, accrual=Accrual.uniform(1.0, 1e-6))
    whole = _with(alive, dropout=PiecewiseHazard.none())
    seen = expected_events_at(whole.assumptions(1.0), [at])
    crude = seen.events_control[0] * (1 + design.allocation_ratio)
    return DesignWarning(
        "competing_death",
        f"the survival given must be free of deaths (one minus Kaplan-Meier with deaths censored, "
        f"{own:.1%} of {design.control} at 5 years in the design); the cumulative incidence that "
        f"papers print is lower ({crude:.1%}). The hazard ratio is cause-specific",
        "check which of the two the source reports; never put one for the other",
    )


def _delayed_effect(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    """A late effect taken as one from the start promises a power that is not there."""
    trial = design.patients.assumptions(design.subjects)
    if design.patients.mixed or design.hazard_ratio is not None:
        return
    times = np.unique([*trial.control_hazard.times, *trial.experimental_hazard.times])
    ratios = trial.experimental_hazard.at(times) / trial.control_hazard.at(times)
    final = float(ratios[-1])
    moments = [look.time for look in planned.looks]
    average = average_hazard_ratio(trial, moments).average_hazard_ratio
    words = ", ".join(f"{value:.3f}" for value in average)
    ignored = planned_power(
        design,
        _with_ratio(design.patients, final),
    ).reject
    yield DesignWarning(
        "delayed_effect",
        f"the hazard ratio changes from {ratios[0]:g} to {final:g}: the trial averages {words} at "
        f"its looks. With {final:g} from the start the power would seem {ignored:.1%}; it is "
        f"{planned.reject:.1%}",
        "size the trial for the effect as it comes; compare tests by simulation",
    )


def _product_failure(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    patients = design.patients
    if not (patients.never_started or any(patients.stopping.rates)):
        return
    treated = replace(patients, never_started=0.0, stopping=PiecewiseHazard.none())
    seemed = planned_power(design, treated).reject
    yield DesignWarning(
        "product_failure",
        f"patients whose product fails stay in their arm: the power is {planned.reject:.1%}; if "
        f"everybody received it, it would be {seemed:.1%}",
        "analyse as randomised, and size the trial with the failures in it",
    )


def _information(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    """Weighted tests gain information later than events: bounds and conditional power go wrong."""
    if design.test.type == "log_rank" or design.looks.looks == 1:
        return
    rates = design.looks.information_rates[:-1]
    shares = [look.information for look in planned.looks[:-1]]
    if max(abs(a - b) for a, b in zip(rates, shares, strict=True)) < 0.02:
        return
    words = ", ".join(
        f"{a:.0%} of the events hold {b:.0%} of the information"
        for a, b in zip(rates, shares, strict=True)
    )
    yield DesignWarning(
        "information_fraction",
        f"the test is {design.test.words}: {words}. Bounds and conditional power at the share of "
        "events would be wrong",
        "set looks.information to the shares of information, with dates or events for the looks",
    )


def _visits(design: TrialDesign, planned: PlannedPower) -> Iterator[DesignWarning]:
    imaging = design.patients.imaging
    if imaging is None:
        return
    late = 0.5 * imaging.times[0]
    yield DesignWarning(
        "visits",
        f"recurrence is seen at visits, on average about {late:.1f} months after it began: the "
        "formulas put each look that much too early, and dates tie",
        "rely on the simulated dates; keep the visits of both arms on the same schedule",
    )


def _with(patients: PlannedPatients, **changes: PiecewiseHazard) -> PlannedPatients:
    def moved(course: ArmCourse) -> ArmCourse:
        return replace(course, **changes)  # type: ignore[arg-type]

    strata = tuple(
        replace(s, control=moved(s.control), experimental=moved(s.experimental))
        for s in patients.strata
    )
    return replace(patients, strata=strata)


def _with_ratio(patients: PlannedPatients, ratio: float) -> PlannedPatients:
    def moved(s: DesignStratum) -> DesignStratum:
        hazard = s.control.hazard.times_ratio(ratio)
        return replace(s, experimental=replace(s.experimental, hazard=hazard))

    return replace(patients, strata=tuple(moved(s) for s in patients.strata))
