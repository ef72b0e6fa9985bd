"""Patients, follow-up and calendar time that a survival trial needs, and its power."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from scipy.special import ndtri

from adjuvant.core import InvalidInput, NotConverged
from adjuvant.design.assumptions import (
    Accrual,
    PiecewiseHazard,
    TrialAssumptions,
    check_ratio,
)
from adjuvant.design.characteristics import design_characteristics, stopping_probabilities
from adjuvant.design.events import required_events, shift_for
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.piecewise import (
    event_probability,
    expected_events_at,
    time_of_events,
)
from adjuvant.design.roots import bracket, root

__all__ = [
    "PowerSurvival",
    "SampleSize",
    "SampleSizeFormula",
    "power_survival",
    "required_accrual_duration",
    "required_follow_up",
    "sample_size_survival",
]

SampleSizeFormula = Literal["schoenfeld", "freedman", "hsieh_freedman", "lachin_foulkes"]


@dataclass(frozen=True)
class SampleSize:
    """How large a trial must be; numbers are not rounded.

    events, subjects    of both arms, at the last look.
    event_probability   of a patient by the end of follow-up, over both arms.
    study_duration      accrual and follow-up after the last entry.
    """

    formula: str
    events: float
    subjects: float
    event_probability: float
    study_duration: float

    @property
    def whole_subjects(self) -> int:
        """Smallest whole number of patients that is enough."""
        return math.ceil(self.subjects - 1e-9)


@dataclass(frozen=True)
class PowerSurvival:
    """What a design by number of events does at some hazard ratios; [hazard ratio] or [..][look].

    analysis_times            when the events of each look are expected, since accrual began.
    expected_events           at the end of the trial, early stops counted.
    expected_study_duration   likewise.
    """

    hazard_ratios: tuple[float, ...]
    overall_reject: tuple[float, ...]
    reject_per_stage: tuple[tuple[float, ...], ...]
    expected_events: tuple[float, ...]
    analysis_times: tuple[tuple[float, ...], ...]
    expected_study_duration: tuple[float, ...]


def sample_size_survival(
    hazard_ratio: float,
    control_hazard: PiecewiseHazard,
    accrual: Accrual,
    follow_up: float,
    *,
    formula: SampleSizeFormula = "schoenfeld",
    control_dropout: float = 0.0,
    experimental_dropout: float = 0.0,
    allocation_ratio: float = 1.0,
    alpha: float = 0.025,
    sided: int = 1,
    power: float = 0.8,
    null_hazard_ratio: float = 1.0,
    design: GroupSequentialDesign | None = None,
    strata: Sequence[tuple[float, PiecewiseHazard]] | None = None,
) -> SampleSize:
    """Return the patients that give a log-rank test its power by the end of follow-up.

    accrual            its shape and duration; its number of patients is scaled to the answer.
    follow_up          from the last entry to the analysis.
    *_dropout          exponential hazards of loss.
    formula            of the events (`required_events`), or lachin_foulkes, which finds the
                       patients from the variances under null and alternative.
    null_hazard_ratio  the margin of a non-inferiority trial (schoenfeld only).
    design             group-sequential: alpha and sided are then its own.
    strata             (share, control hazard) of each, under one hazard ratio; the shares sum to 1
                       and `control_hazard` is then not used. Not with lachin_foulkes.
    Raises             InvalidInput for options that contradict each other.
    Source             Schoenfeld 1981; Freedman 1982; Lachin & Foulkes 1986. Agrees with rpact 4.5
                       and gsDesign 3.11 (nSurv).

    >>> size = sample_size_survival(0.7, PiecewiseHazard.with_median(12),
    ...                             Accrual.uniform(1, 24), follow_up=12)
    >>> round(size.events, 2), round(size.subjects, 2)
    (246.79, 369.57)
    """
    if not 0 <= follow_up < math.inf:
        raise InvalidInput(f"follow_up is {follow_up}; expected a number from 0 on")
    trial = TrialAssumptions.proportional(
        control_hazard,
        hazard_ratio,
        accrual.scaled_to(1.0),
        control_dropout=control_dropout,
        experimental_dropout=experimental_dropout,
        allocation_ratio=allocation_ratio,
    )
    end = accrual.duration + follow_up
    if formula == "lachin_foulkes":
        if null_hazard_ratio != 1 or strata is not None:
            raise InvalidInput("lachin_foulkes is for superiority without strata; use schoenfeld")
        return _lachin_foulkes(trial, hazard_ratio, end, alpha, sided, power, design)
    if formula not in get_args(SampleSizeFormula):
        raise InvalidInput(
            f"no formula {formula!r}; expected one of {', '.join(get_args(SampleSizeFormula))}"
        )
    needed = required_events(
        hazard_ratio,
        formula=formula,
        alpha=alpha,
        sided=sided,
        power=power,
        allocation_ratio=allocation_ratio,
        null_hazard_ratio=null_hazard_ratio,
        design=design,
    )
    probability = _over_strata(trial, hazard_ratio, end, strata)
    if probability <= 0:
        raise InvalidInput(f"no patient has an event by {end:g}; check hazards and times")
    return SampleSize(formula, needed.events, needed.events / probability, probability, end)


def power_survival(
    design: GroupSequentialDesign,
    hazard_ratios: Sequence[float],
    control_hazard: PiecewiseHazard,
    accrual: Accrual,
    max_events: float,
    *,
    control_dropout: float = 0.0,
    experimental_dropout: float = 0.0,
    allocation_ratio: float = 1.0,
) -> PowerSurvival:
    """Return power, events and calendar time of a design whose looks are set by events.

    max_events   at the last look; look k is taken at information_rates[k] of them.
    Raises       InvalidInput when so many events are never expected.
    Source       Schoenfeld 1981 for the drift, -log(hr) sqrt(events r) / (1 + r); agrees with
                 rpact 4.5. The drift approximates: compare with a simulation before relying on it.

    >>> found = power_survival(GroupSequentialDesign(), [0.7], PiecewiseHazard.with_median(12),
    ...                        Accrual.uniform(300, 24), 200)
    >>> round(found.overall_reject[0], 4), round(found.analysis_times[0][0], 4)
    (0.713, 35.9308)
    """
    check_ratio("max_events", max_events)
    rows = []
    for h in hazard_ratios:
        trial = TrialAssumptions.proportional(
            control_hazard,
            h,
            accrual,
            control_dropout=control_dropout,
            experimental_dropout=experimental_dropout,
            allocation_ratio=allocation_ratio,
        )
        r = allocation_ratio
        stop = stopping_probabilities(design, -math.log(h) * math.sqrt(max_events * r) / (1 + r))
        events = [t * max_events for t in design.information_rates]
        when = tuple(time_of_events(trial, d) for d in events)
        rows.append(
            (
                stop.reject,
                stop.efficacy,
                math.fsum(p * d for p, d in zip(stop.by_look, events, strict=True)),
                when,
                math.fsum(p * t for p, t in zip(stop.by_look, when, strict=True)),
            )
        )
    columns = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
    return PowerSurvival(tuple(map(float, hazard_ratios)), *columns)


def required_follow_up(trial: TrialAssumptions, events: float) -> float:
    """Return the follow-up after the last entry until so many events are expected; 0 if before.

    Raises    InvalidInput when so many events are never expected.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(required_follow_up(trial, 200), 4)
    11.9308
    """
    return max(0.0, time_of_events(trial, events) - trial.accrual.duration)


def required_accrual_duration(trial: TrialAssumptions, events: float, follow_up: float) -> float:
    """Return how long to accrue at the trial's last rate so that events come by its end.

    follow_up   after the last entry.
    Raises      InvalidInput when accrual would have to end before its last rate begins, or never
                brings so many events.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(required_accrual_duration(trial, 200, follow_up=11.93075), 3)
    24.0
    """
    check_ratio("events", events)
    first = trial.accrual.times[-1]

    def excess(duration: float) -> float:
        longer = replace(trial, accrual=replace(trial.accrual, duration=duration))
        return expected_events_at(longer, [duration + follow_up]).events[0] - events

    shortest = first + 1e-9 * max(first, 1.0) if first else 1e-9
    if excess(shortest) > 0:
        raise InvalidInput(
            f"{events:g} events come before the last rate of accrual begins, at {first:g}; "
            "leave that rate out"
        )
    step = max(trial.accrual.duration - first, 1.0)
    try:
        low, high = bracket(excess, shortest, step, limit=1e6 * step, what="accrual duration")
    except NotConverged:
        raise InvalidInput(f"accrual at these rates never brings {events:g} events") from None
    return root(excess, low, high)


def _over_strata(
    trial: TrialAssumptions,
    hazard_ratio: float,
    end: float,
    strata: Sequence[tuple[float, PiecewiseHazard]] | None,
) -> float:
    if strata is None:
        return event_probability(trial, [end]).overall[0]
    if not math.isclose(math.fsum(share for share, _ in strata), 1.0, abs_tol=1e-9):
        raise InvalidInput("the shares of the strata do not sum to 1")
    parts = (
        replace(trial, control_hazard=c, experimental_hazard=c.times_ratio(hazard_ratio))
        for _, c in strata
    )
    shares = (share for share, _ in strata)
    return math.fsum(
        share * event_probability(part, [end]).overall[0]
        for share, part in zip(shares, parts, strict=True)
    )


def _lachin_foulkes(
    trial: TrialAssumptions,
    hazard_ratio: float,
    end: float,
    alpha: float,
    sided: int,
    power: float,
    design: GroupSequentialDesign | None,
) -> SampleSize:
    check_ratio("hazard_ratio", hazard_ratio)
    if hazard_ratio == 1:
        raise InvalidInput("hazard_ratio is 1: no number of patients shows no effect")
    q = trial.experimental_share
    level = alpha / sided if design is None else design.alpha / design.sided
    fixed = shift_for(level, 1, power, None)
    inflation = 1.0 if design is None else design_characteristics(design, power).shift / fixed
    # The null has the hazard that the arms have on average.
    average = trial.control_hazard.times_ratio((1 - q) + q * hazard_ratio)
    null = replace(trial, control_hazard=average, experimental_hazard=average)
    roots = []
    for assumed, probability in ((null, level), (trial, 1 - power)):
        p = event_probability(assumed, [end])
        variance = 1 / ((1 - q) * p.control[0]) + 1 / (q * p.experimental[0])
        roots.append(-float(ndtri(probability)) * math.sqrt(variance))
    subjects = inflation * (sum(roots) / math.log(hazard_ratio)) ** 2
    overall = event_probability(trial, [end]).overall[0]
    return SampleSize("lachin_foulkes", subjects * overall, subjects, overall, end)
