"""The design of one trial as one object: size, looks, bounds and everything assumed of patients."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from adjuvant.core import Floats, InvalidInput
from adjuvant.design.assumptions import Accrual, PiecewiseHazard, TrialAssumptions, check_ratio
from adjuvant.design.group_sequential import GroupSequentialDesign

__all__ = [
    "ArmCourse",
    "DesignStratum",
    "ImagingTimes",
    "PlannedPatients",
    "PrimaryTest",
    "TrialDesign",
    "constant_ratio",
    "summed",
]

TestType = Literal[
    "log_rank", "fleming_harrington", "modestly_weighted", "max_combo", "rmst", "milestone"
]
# A mixture of courses has no piecewise constant hazard: its survival is met exactly at these times.
_STEPS = (*np.arange(0, 60, 0.5), *np.arange(60, 240, 2.0), *np.arange(240, 1201, 24.0))


@dataclass(frozen=True)
class ArmCourse:
    """What is assumed of one arm in one stratum, since randomisation, per month.

    hazard     of the event; where death counts in the endpoint, of all of it but death.
    dropout    of being lost; death: of a death that competes (or counts, see `TrialDesign`).
    cured      share of patients to whom the event never comes; the hazard is that of the others.
    """

    hazard: PiecewiseHazard
    dropout: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    death: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    cured: float = 0.0

    def event_free(self, time: Floats) -> Floats:
        """Return the probability of no event by times, if nothing else ended the follow-up."""
        free: Floats = self.cured + (1 - self.cured) * self.hazard.survival(time)
        return free


@dataclass(frozen=True)
class DesignStratum:
    """A share of the patients, with the course of each arm."""

    control: ArmCourse
    experimental: ArmCourse
    fraction: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class ImagingTimes:
    """When recurrence can be seen: months since randomisation, then every `then_every`."""

    times: tuple[float, ...]
    then_every: float


@dataclass(frozen=True)
class PrimaryTest:
    """The test that decides; delay of modestly_weighted and horizon of rmst, milestone in months.

    >>> PrimaryTest("fleming_harrington", gamma=1).words
    'Fleming-Harrington (0, 1)'
    """

    type: TestType = "log_rank"
    rho: float = 0.0
    gamma: float = 0.0
    delay: float | None = None
    horizon: float | None = None
    stratified: bool = False

    def __post_init__(self) -> None:
        of = {
            "rho": ("fleming_harrington",),
            "gamma": ("fleming_harrington",),
            "delay": ("modestly_weighted",),
            "horizon": ("rmst", "milestone"),
        }
        for name, types in of.items():
            if getattr(self, name) and self.type not in types:
                raise InvalidInput(
                    f"{name} belongs to the test {' or '.join(types)}, not {self.type}"
                )
        if self.type == "modestly_weighted" and self.delay is None:
            raise InvalidInput("the modestly weighted test needs its delay, such as 6 mo")
        if self.type in ("rmst", "milestone") and self.horizon is None:
            raise InvalidInput(f"the test {self.type} needs its horizon, such as 3 y")

    @property
    def words(self) -> str:
        """The test in words."""
        names = {
            "log_rank": "log-rank",
            "fleming_harrington": f"Fleming-Harrington ({self.rho:g}, {self.gamma:g})",
            "modestly_weighted": f"modestly weighted log-rank (delay {self.delay} months)",
            "max_combo": "MaxCombo of log-rank and Fleming-Harrington (0, 1)",
            "rmst": f"restricted mean up to {self.horizon} months",
            "milestone": f"survival at {self.horizon} months",
        }
        return ("stratified " if self.stratified else "") + names[self.type]


@dataclass(frozen=True, kw_only=True)
class PlannedPatients:
    """What is assumed of the patients of a trial of two arms; months, and hazards per month.

    strata           courses of the patients; one stratum where the design knows none.
    accrual          shape and duration; its number of patients is that of the design.
    allocation_ratio experimental : control.
    death_counts     deaths of the courses are events of the endpoint; else they compete.
    imaging          when recurrence can be seen; None: at once.
    never_started    share of the experimental arm that never starts (its course is the control's);
    stopping         hazard of stopping: from then on the event has the control's hazard.

    >>> rate = PiecewiseHazard.with_median(12)
    >>> course = DesignStratum(ArmCourse(rate), ArmCourse(rate.times_ratio(0.7)))
    >>> patients = PlannedPatients(strata=(course,), accrual=Accrual.uniform(1, 24))
    >>> patients.assumptions(300).accrual.rates
    (12.5,)
    """

    strata: tuple[DesignStratum, ...]
    accrual: Accrual
    allocation_ratio: float = 1.0
    death_counts: bool = False
    imaging: ImagingTimes | None = None
    never_started: float = 0.0
    stopping: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)

    def __post_init__(self) -> None:
        check_ratio("allocation_ratio", self.allocation_ratio)
        total = math.fsum(s.fraction for s in self.strata)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise InvalidInput(f"the fractions of the strata sum to {total:g}; expected 1")
        if not 0 <= self.never_started < 1:
            raise InvalidInput(f"never_started is {self.never_started}; expected a share below 1")

    @property
    def mixed(self) -> bool:
        """Whether an arm mixes courses, so that its hazard is no longer piecewise constant."""
        cured = any(c.cured for s in self.strata for c in (s.control, s.experimental))
        failing = self.never_started > 0 or any(self.stopping.rates)
        return len(self.strata) > 1 or cured or failing

    def assumptions(self, subjects: float) -> TrialAssumptions:
        """Return the two arms as the formulas see them: strata, cure and product failure mixed in.

        Competing deaths end the follow-up as dropout does. Visits are not in it: a recurrence is
        seen when it happens. A mixed arm's survival is exact at steps of half a month to 5 years.
        """
        first = self.strata[0]
        return TrialAssumptions(
            control_hazard=self._hazard(0),
            experimental_hazard=self._hazard(1),
            accrual=self.accrual.scaled_to(subjects),
            control_dropout=self._lost(first.control),
            experimental_dropout=self._lost(first.experimental),
            allocation_ratio=self.allocation_ratio,
        )

    def _hazard(self, arm: int) -> PiecewiseHazard:
        if not self.mixed:
            course = _course(self.strata[0], arm)
            return summed(course.hazard, course.death) if self.death_counts else course.hazard
        free = np.sum([s.fraction * self._free(s, arm) for s in self.strata], axis=0)
        rates = np.maximum(-np.diff(np.log(free)) / np.diff(_STEPS), 0.0)
        return PiecewiseHazard(tuple(_STEPS[:-1]), tuple(rates.tolist()))

    def _free(self, stratum: DesignStratum, arm: int) -> Floats:
        """Return the probability of no event of the endpoint at the steps, of one stratum's arm."""
        at = np.asarray(_STEPS)
        own = _course(stratum, arm)
        free = own.event_free(at)
        if arm and self.never_started + sum(self.stopping.rates) > 0:
            control = stratum.control.event_free(at)
            started = _stopped(free, control, self.stopping, at)
            free = self.never_started * control + (1 - self.never_started) * started
        return free * own.death.survival(at) if self.death_counts else free

    def _lost(self, course: ArmCourse) -> PiecewiseHazard:
        return course.dropout if self.death_counts else summed(course.dropout, course.death)


def _course(stratum: DesignStratum, arm: int) -> ArmCourse:
    return stratum.experimental if arm else stratum.control


@dataclass(frozen=True, kw_only=True)
class TrialDesign:
    """One trial of two arms as planned; times in months since the first patient could enter.

    trial, endpoint, control, experimental   names for print.
    looks             shares of the events, and every bound: a `GroupSequentialDesign`.
    events, subjects  of both arms, at the last look.
    patients          what is assumed of them.
    follow_up         planned after the last entry; None: until the events are there.
    null_hazard_ratio 1, or the margin of a non-inferiority trial.
    test              the primary test.
    look_times        dates of the looks; None: by events alone. look_rule: the later or the
                      earlier of both; latest: a look is never put off beyond it.
    power             aimed at; None where none was.
    competes          death is a competing event of the endpoint by the protocol.
    computed          which of "events" and "subjects" were computed rather than given.
    notes             what was assumed where the protocol is silent.

    >>> rate = PiecewiseHazard.with_median(12)
    >>> course = DesignStratum(ArmCourse(rate), ArmCourse(rate.times_ratio(0.7)))
    >>> patients = PlannedPatients(strata=(course,), accrual=Accrual.uniform(300, 24))
    >>> design = TrialDesign(looks=GroupSequentialDesign(), events=200, subjects=300,
    ...                      patients=patients)
    >>> design.look_events, round(design.hazard_ratio, 2)
    ((200,), 0.7)
    """

    looks: GroupSequentialDesign
    events: int
    subjects: int
    patients: PlannedPatients
    follow_up: float | None = None
    null_hazard_ratio: float = 1.0
    test: PrimaryTest = field(default_factory=PrimaryTest)
    look_times: tuple[float, ...] | None = None
    look_rule: Literal["later", "earlier"] = "later"
    latest: float | None = None
    power: float | None = None
    competes: bool = False
    trial: str = ""
    endpoint: str = ""
    control: str = "control"
    experimental: str = "experimental"
    computed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ratio("null_hazard_ratio", self.null_hazard_ratio)
        if not 1 <= self.events <= self.subjects:
            raise InvalidInput(
                f"{self.events} events of {self.subjects} patients; expected from 1 event to as "
                "many as patients"
            )
        steps = zip((0, *self.look_events), self.look_events, strict=False)
        if not all(before < after for before, after in steps):
            raise InvalidInput(
                f"the looks are at {', '.join(map(str, self.look_events))} events; expected more "
                "at every look"
            )
        if self.look_times is not None and len(self.look_times) != self.looks.looks:
            raise InvalidInput(
                f"{len(self.look_times)} dates for {self.looks.looks} looks; give one a look"
            )

    @property
    def look_events(self) -> tuple[int, ...]:
        """Whole events of both arms at each look."""
        return tuple(round(t * self.events) for t in self.looks.information_rates)

    @cached_property
    def assumptions(self) -> TrialAssumptions:
        """The two arms as the formulas see them; see `PlannedPatients.assumptions`."""
        return self.patients.assumptions(self.subjects)

    @property
    def hazard_ratio(self) -> float | None:
        """The one hazard ratio assumed for the endpoint; None where it is not constant."""
        return constant_ratio(self.assumptions) if not self.patients.mixed else None

    @property
    def allocation_ratio(self) -> float:
        """Experimental patients for each control patient."""
        return self.patients.allocation_ratio


def constant_ratio(trial: TrialAssumptions) -> float | None:
    """Return the hazard ratio where it is one number at all times, else None.

    >>> rate = PiecewiseHazard((0, 6), (0.1, 0.2))
    >>> round(constant_ratio(TrialAssumptions.proportional(rate, 0.7, Accrual.uniform(9, 9))), 6)
    0.7
    """
    control, experimental = trial.control_hazard, trial.experimental_hazard
    times = np.unique([*control.times, *experimental.times])
    low, high = control.at(times), experimental.at(times)
    if not (low > 0).all():
        return None
    ratios = high / low
    return float(ratios[0]) if np.allclose(ratios, ratios[0], rtol=1e-9) else None


def _stopped(own: Floats, control: Floats, stopping: PiecewiseHazard, at: Floats) -> Floats:
    """Return survival when the hazard becomes the control's at a random time of stopping.

    Who stops at s lives as the experimental arm to s, then by the control's hazard.
    """
    if not any(stopping.rates):
        return own
    still = stopping.survival(at)
    stops = -np.diff(still)
    # Stopping inside a step is put at its middle: the ratio there is the geometric mean.
    ratio = own / control
    middle = np.sqrt(ratio[:-1] * ratio[1:])
    stopped = np.concatenate([[0.0], np.cumsum(stops * middle)])
    mixed: Floats = still * own + control * stopped
    return mixed


def summed(*hazards: PiecewiseHazard) -> PiecewiseHazard:
    """Return the sum of hazards.

    >>> summed(PiecewiseHazard.constant(0.1), PiecewiseHazard((0, 6), (0.1, 0.3))).rates
    (0.2, 0.4)
    """
    times: Sequence[float] = np.unique(np.concatenate([h.times for h in hazards])).tolist()
    rates = np.sum([h.at(times) for h in hazards], axis=0)
    return PiecewiseHazard(tuple(times), tuple(rates.tolist()))
