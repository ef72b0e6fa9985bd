"""A scenario: one imagined trial, from its patients to its bounds, valid or refused."""

import hashlib
import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.simulation.patients import (
    Accruals,
    Allocation,
    Course,
    FixedSizes,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    ProductFailure,
    ScheduledAccrual,
    Sites,
    Stratum,
    VisitSchedule,
    WeibullHazard,
)
from adjuvant.simulation.trial_tests import (
    CoxTest,
    LogRankTest,
    MaxComboTest,
    MilestoneTest,
    OwnTest,
    RmstTest,
    Test,
)

__all__ = ["Look", "Scenario", "one_stratum"]


@dataclass(frozen=True)
class Look:
    """When an analysis is done: at the d-th event, on a date since the first opening, or by both.

    events   number of events of interest; time: calendar time.
    rule     of the two, if both are given: the "later" or the "earlier".
    latest   calendar time after which the analysis is not put off further.

    >>> Look(events=200, time=36, rule="later", latest=60).events
    200
    """

    events: int | None = None
    time: float | None = None
    rule: Literal["later", "earlier"] = "later"
    latest: float | None = None

    def __post_init__(self) -> None:
        if self.events is None and self.time is None:
            raise InvalidInput("a look needs a number of events, a time, or both")
        if self.events is not None and not (isinstance(self.events, int) and self.events > 0):
            raise InvalidInput(f"events is {self.events}; expected a whole number above 0")
        for name in ("time", "latest"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise InvalidInput(f"{name} is {value}; expected a time above 0")
        if self.rule not in ("later", "earlier"):
            raise InvalidInput(f"rule is {self.rule!r}; expected 'later' or 'earlier'")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One imagined trial of two arms; times are in one unit, hazards per that unit.

    subjects          patients in all.
    strata            their shares (sum 1) and courses; one stratum for an unstratified trial.
    accrual           how they arrive; allocation: how they come to an arm.
    looks             the analyses in order; an analysis never lies before the one before it.
    test              what is computed at each; reject when Z >= efficacy_bounds[k]; stop for
                      futility when Z < futility_bounds[k] (all looks but the last; None: never).
    visits            when recurrence is seen; None: at once. product_failure, sites: see there.
    death_counts      a death is an event of interest (recurrence-free survival); else it competes:
                      it ends the patient's time at risk and is counted nowhere.
    estimate          also fit a Cox model at the look at which a log-rank family trial stops.
    Raises            InvalidInput for what no trial can be.

    >>> from adjuvant.design import PiecewiseHazard
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=300, strata=one_stratum(rate, rate.times_ratio(0.7)),
    ...     accrual=ScheduledAccrual(24), looks=(Look(events=200),), efficacy_bounds=(1.96,))
    >>> trial.fast
    True
    """

    subjects: int
    strata: tuple[Stratum, ...]
    accrual: Accruals
    looks: tuple[Look, ...]
    efficacy_bounds: tuple[float, ...]
    futility_bounds: tuple[float, ...] | None = None
    test: Test = field(default_factory=LogRankTest)
    allocation: Allocation = field(default_factory=FixedSizes)
    visits: VisitSchedule | None = None
    product_failure: ProductFailure | None = None
    sites: Sites | None = None
    death_counts: bool = False
    estimate: bool = False

    def __post_init__(self) -> None:
        for name in ("strata", "looks", "efficacy_bounds", "futility_bounds"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check_patients()
        self._check_looks()

    @property
    def fast(self) -> bool:
        """Whether the fast engine serves it; the general one serves every scenario."""
        courses = [course for s in self.strata for course in (s.control, s.experimental)]
        plain = all(
            isinstance(course.hazard, PiecewiseHazard)
            and not course.cured
            and not any(course.death.rates)
            for course in courses
        )
        extras = (self.visits, self.product_failure, self.sites)
        return (
            plain
            and len(self.strata) == 1
            and not any(extras)
            and isinstance(self.test, LogRankTest)
            and isinstance(self.allocation, FixedSizes | PermutedBlocks)
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Control and experimental patients, where the allocation fixes them."""
        if not isinstance(self.allocation, FixedSizes):
            raise InvalidInput("only FixedSizes fixes the number of patients of each arm")
        ratio = self.allocation.ratio
        experimental = round(self.subjects * ratio / (1 + ratio))
        return self.subjects - experimental, experimental

    @property
    def key(self) -> int:
        """A number below 2**64 that stands for all of the scenario in its random numbers."""
        digest = hashlib.sha256(canonical(self).encode()).digest()
        return int.from_bytes(digest[:8], "little")

    def _check_patients(self) -> None:
        if not (isinstance(self.subjects, int) and 2 <= self.subjects <= 1_000_000):
            raise InvalidInput(f"subjects is {self.subjects}; expected a whole number from 2 on")
        if not self.strata or not math.isclose(sum(s.fraction for s in self.strata), 1.0):
            total = sum(s.fraction for s in self.strata)
            raise InvalidInput(f"the fractions of the strata sum to {total:g}; expected 1")
        _one_of("accrual", self.accrual, ScheduledAccrual, PoissonAccrual)
        _one_of("allocation", self.allocation, FixedSizes, PermutedBlocks, Minimisation)
        if isinstance(self.allocation, FixedSizes) and 0 in self.sizes:
            raise InvalidInput(f"an arm of {self.subjects} patients is empty at this ratio")
        stopping = self.product_failure is not None and any(self.product_failure.stopping.rates)
        hazards = [c.hazard for s in self.strata for c in (s.control, s.experimental)]
        if stopping and any(isinstance(hazard, WeibullHazard) for hazard in hazards):
            raise InvalidInput("stopping needs piecewise hazards in both arms")

    def _check_looks(self) -> None:
        _one_of(
            "test", self.test,
            LogRankTest, MaxComboTest, RmstTest, MilestoneTest, CoxTest, OwnTest,
        )  # fmt: skip
        if not self.looks:
            raise InvalidInput("a trial needs at least one look")
        if len(self.efficacy_bounds) != len(self.looks):
            raise InvalidInput(
                f"{len(self.looks)} looks and {len(self.efficacy_bounds)} efficacy bounds; "
                "give as many"
            )
        if self.futility_bounds is not None and len(self.futility_bounds) != len(self.looks) - 1:
            raise InvalidInput(
                f"{len(self.futility_bounds)} futility bounds; expected {len(self.looks) - 1}, "
                "one for each look but the last"
            )
        if any(math.isnan(b) for b in (*self.efficacy_bounds, *(self.futility_bounds or ()))):
            raise InvalidInput("a bound is not a number; use infinity where there is none")
        for look in self.looks:
            if look.events is not None and look.events > self.subjects:
                raise InvalidInput(
                    f"a look waits for {look.events} events; there are {self.subjects} patients"
                )


def one_stratum(
    control: PiecewiseHazard | WeibullHazard,
    experimental: PiecewiseHazard | WeibullHazard,
    *,
    control_dropout: float = 0.0,
    experimental_dropout: float = 0.0,
) -> tuple[Stratum]:
    """Return the strata of an unstratified trial with constant hazards of dropout.

    >>> rate = PiecewiseHazard.constant(0.05)
    >>> one_stratum(rate, rate, control_dropout=0.01)[0].control.dropout.rates
    (0.01,)
    """
    lost = PiecewiseHazard.constant
    return (
        Stratum(
            Course(control, lost(control_dropout)), Course(experimental, lost(experimental_dropout))
        ),
    )


def canonical(value: Any) -> str:
    """Return a text that is the same for equal values, on every machine.

    >>> canonical(Look(events=3))
    "Look(events=3,time=None,rule='later',latest=None)"
    """
    if is_dataclass(value) and not isinstance(value, type):
        parts = [
            f"{f.name}={canonical(getattr(value, f.name))}" for f in fields(value) if f.compare
        ]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, tuple):
        return f"({','.join(map(canonical, value))})"
    if isinstance(value, float):
        # 24.0 and 24 are one scenario; a float of numpy prints as one of Python.
        return repr(int(value) if value.is_integer() and abs(value) < 2**53 else float(value))
    return repr(value)


def _one_of(name: str, value: object, *kinds: type) -> None:
    if not isinstance(value, kinds):
        raise InvalidInput(f"{name} is {value!r}; that is none this room knows")
