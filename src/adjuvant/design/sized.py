"""The size of a trial from its power: events and patients that are not given are computed."""

import math

from adjuvant.core import InvalidInput, NotConverged
from adjuvant.design.characteristics import design_characteristics
from adjuvant.design.events import required_events
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.piecewise import eventual_events, expected_events_at, time_of_events
from adjuvant.design.planned_power import power_at_means, statistic_at
from adjuvant.design.roots import root
from adjuvant.design.sample_size import SampleSizeFormula, sample_size_survival
from adjuvant.design.trial_design import PlannedPatients, PrimaryTest, constant_ratio

__all__ = ["sized"]


def sized(
    patients: PlannedPatients,
    looks: GroupSequentialDesign,
    *,
    events: int | None = None,
    subjects: int | None = None,
    power: float | None = None,
    follow_up: float | None = None,
    test: PrimaryTest | None = None,
    null_hazard_ratio: float = 1.0,
    formula: SampleSizeFormula = "schoenfeld",
) -> tuple[int, int]:
    """Return events at the last look and subjects; what is None is computed.

    power      aimed at, where the events are not given.
    follow_up  after the last entry, where the subjects are not given.

    formula    of the events under one hazard ratio and a log-rank test; lachin_foulkes finds the
               subjects.

    Otherwise the power by the score of the test itself is solved: for the events where the subjects
    are given, else for the subjects at the end of the follow-up.
    Raises     InvalidInput naming what is lacking, or saying that no size has the power.

    >>> from adjuvant.design import Accrual, ArmCourse, DesignStratum, PiecewiseHazard
    >>> rate = PiecewiseHazard.with_median(12)
    >>> course = DesignStratum(ArmCourse(rate), ArmCourse(rate.times_ratio(0.7)))
    >>> who = PlannedPatients(strata=(course,), accrual=Accrual.uniform(1, 24))
    >>> sized(who, GroupSequentialDesign(), power=0.8, follow_up=12)
    (247, 370)
    """
    if events is not None and subjects is not None:
        return events, subjects
    chosen = test or PrimaryTest()
    if events is None:
        if power is None:
            raise InvalidInput("neither events nor power is given: give one of them")
        ratio = None if patients.mixed else constant_ratio(patients.assumptions(1))
        if formula == "lachin_foulkes":
            if subjects is not None or ratio is None or chosen.type != "log_rank":
                raise InvalidInput(
                    "lachin_foulkes finds the patients of a log-rank test under one hazard ratio; "
                    "leave the patients out, or take schoenfeld"
                )
            return _lachin_foulkes(patients, looks, ratio, power, _given(follow_up))
        if ratio is not None and chosen.type == "log_rank":
            needed = required_events(
                ratio,
                formula=formula,
                power=power,
                allocation_ratio=patients.allocation_ratio,
                null_hazard_ratio=null_hazard_ratio,
                design=looks,
            )
            events = needed.whole
        elif formula != "schoenfeld":
            raise InvalidInput(
                f"{formula} is for a log-rank test under one hazard ratio for all patients; leave "
                "the formula out: the power by the score of the test is solved"
            )
        elif subjects is not None:
            return _events_of(patients, looks, subjects, power, chosen, null_hazard_ratio), subjects
        else:
            return _both(patients, looks, _given(follow_up), power, chosen, null_hazard_ratio)
    if subjects is None:
        end = patients.accrual.duration + _given(follow_up)
        share = expected_events_at(patients.assumptions(1.0), [end]).events[0]
        subjects = _whole_arms(events / share, patients.allocation_ratio)
    return events, subjects


def _lachin_foulkes(
    patients: PlannedPatients,
    looks: GroupSequentialDesign,
    ratio: float,
    power: float,
    follow_up: float,
) -> tuple[int, int]:
    trial = patients.assumptions(1.0)
    if max(len(trial.control_dropout.times), len(trial.experimental_dropout.times)) > 1:
        raise InvalidInput("lachin_foulkes knows constant hazards of dropout alone")
    found = sample_size_survival(
        ratio,
        trial.control_hazard,
        patients.accrual,
        follow_up,
        formula="lachin_foulkes",
        control_dropout=trial.control_dropout.rates[0],
        experimental_dropout=trial.experimental_dropout.rates[0],
        allocation_ratio=patients.allocation_ratio,
        power=power,
        design=looks,
    )
    return math.ceil(found.events - 1e-9), _whole_arms(found.subjects, patients.allocation_ratio)


def _given(follow_up: float | None) -> float:
    if follow_up is None:
        raise InvalidInput(
            "neither the patients nor the follow-up after the last is given: give one of them"
        )
    return follow_up


def _events_of(
    patients: PlannedPatients,
    looks: GroupSequentialDesign,
    subjects: int,
    power: float,
    test: PrimaryTest,
    null: float,
) -> int:
    """Return the smallest number of events at which so many subjects have the power."""
    trial = patients.assumptions(subjects)
    most = math.ceil(eventual_events(trial)) - 1

    def reached(events: int) -> float:
        times = [time_of_events(trial, max(1e-9, t * events)) for t in looks.information_rates]
        return _power(patients, looks, subjects, times, test, null)

    low, high = looks.looks + 1, max(most, looks.looks + 2)
    if reached(high) < power:
        raise InvalidInput(
            f"{subjects} patients never reach power {power:g}: {high} events give "
            f"{reached(high):.3f}; plan more patients, a lower power, or another test"
        )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= power else (middle + 1, high)
    return low


def _both(
    patients: PlannedPatients,
    looks: GroupSequentialDesign,
    follow_up: float,
    power: float,
    test: PrimaryTest,
    null: float,
) -> tuple[int, int]:
    end = patients.accrual.duration + follow_up
    one = patients.assumptions(1.0)
    share = expected_events_at(one, [end]).events[0]
    times = [time_of_events(one, t * share) for t in looks.information_rates[:-1]] + [end]

    def excess(log_subjects: float) -> float:
        return _power(patients, looks, math.exp(log_subjects), times, test, null) - power

    start = math.log(design_characteristics(looks, power).shift / share)
    try:
        n = math.exp(root(excess, start - 3, start + 9))
    except (NotConverged, ValueError):
        raise InvalidInput(
            f"no number of patients reaches power {power:g} at {end:g} months: the effect is too "
            "small, or in favour of control"
        ) from None
    subjects = _whole_arms(n, patients.allocation_ratio)
    return math.ceil(share * subjects - 1e-9), subjects


def _power(
    patients: PlannedPatients,
    looks: GroupSequentialDesign,
    subjects: float,
    times: list[float],
    test: PrimaryTest,
    null: float,
) -> float:
    trial = patients.assumptions(subjects)
    found = [statistic_at(test, trial, t, null) for t in times]
    rates = [information / found[-1][1] for _, information in found]
    stops = power_at_means(looks, [mean for mean, _ in found], rates)
    return math.fsum(stop[0] for stop in stops)


def _whole_arms(subjects: float, ratio: float) -> int:
    """Return the next number of patients that the arms' ratio divides, where it is a whole one.

    >>> _whole_arms(369.57, 1.0), _whole_arms(300.2, 2.0)
    (370, 303)
    """
    if ratio >= 1 and ratio == int(ratio):
        block = 1 + int(ratio)
    elif ratio < 1 and math.isclose(1 / ratio, round(1 / ratio)):
        block = 1 + round(1 / ratio)
    else:
        block = 1
    return block * math.ceil(subjects / block - 1e-9)
