"""What is imagined of the patients: their course in each arm, how they arrive and are allocated."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import Accrual, PiecewiseHazard

__all__ = [
    "Accruals",
    "Allocation",
    "Course",
    "FixedSizes",
    "Minimisation",
    "PermutedBlocks",
    "PoissonAccrual",
    "ProductFailure",
    "ScheduledAccrual",
    "Sites",
    "Stratum",
    "VisitSchedule",
    "WeibullHazard",
]


@dataclass(frozen=True)
class WeibullHazard:
    """Times with cumulative hazard (t / scale) ** shape; shape 1 is exponential.

    >>> WeibullHazard(shape=1.0, scale=10.0).cumulative(5.0)
    0.5
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        above_zero("shape", self.shape)
        above_zero("scale", self.scale)

    def cumulative(self, time: float) -> float:
        """Return the cumulative hazard at a time since entry."""
        return float((time / self.scale) ** self.shape)


@dataclass(frozen=True)
class Course:
    """What may happen to a patient of one arm, since entry, in the scenario's unit of time.

    hazard     of the event: piecewise constant (delayed, crossing, waning effects) or Weibull.
    dropout    hazard of being lost.
    death      hazard of the competing death; none by default.
    cured      probability that the event never comes; the hazard is that of the others.
    """

    hazard: PiecewiseHazard | WeibullHazard
    dropout: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    death: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    cured: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.hazard, PiecewiseHazard | WeibullHazard):
            raise InvalidInput(
                f"hazard is {self.hazard!r}; expected a PiecewiseHazard or a WeibullHazard"
            )
        for name in ("dropout", "death"):
            if not isinstance(getattr(self, name), PiecewiseHazard):
                raise InvalidInput(f"{name} is {getattr(self, name)!r}; expected a PiecewiseHazard")
        if not 0 <= self.cured < 1:
            raise InvalidInput(f"cured is {self.cured}; expected a probability below 1")


@dataclass(frozen=True)
class Stratum:
    """The share of the patients in a stratum and their course in each arm.

    >>> from adjuvant.design import PiecewiseHazard
    >>> rate = PiecewiseHazard.with_median(12)
    >>> Stratum(Course(rate), Course(rate.times_ratio(0.7))).fraction
    1.0
    """

    control: Course
    experimental: Course
    fraction: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1:
            raise InvalidInput(f"the fraction of a stratum is {self.fraction}; expected 0 to 1")


@dataclass(frozen=True)
class ScheduledAccrual:
    """Exactly so many patients arrive within `duration`, each independently of the others.

    relative_rates   shape of the accrual: relative_rates[j] from times[j] on; times[0] = 0.

    >>> ScheduledAccrual(24).duration
    24
    """

    duration: float
    times: tuple[float, ...] = (0.0,)
    relative_rates: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        above_zero("duration", self.duration)
        Accrual(self.times, self.relative_rates, self.duration)
        object.__setattr__(self, "times", tuple(map(float, self.times)))
        object.__setattr__(self, "relative_rates", tuple(map(float, self.relative_rates)))


@dataclass(frozen=True)
class PoissonAccrual:
    """Patients arrive by a Poisson process of rates[j] from times[j] on, until all are in.

    >>> PoissonAccrual((12.5,)).times
    (0.0,)
    """

    rates: tuple[float, ...]
    times: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        checked = PiecewiseHazard(self.times, self.rates)
        object.__setattr__(self, "times", checked.times)
        object.__setattr__(self, "rates", checked.rates)
        if self.rates[-1] <= 0:
            raise InvalidInput(
                f"accrual ends with a rate of {self.rates[-1]}; the last must be above 0, "
                "or not all patients ever arrive"
            )


@dataclass(frozen=True)
class FixedSizes:
    """Arms of a fixed size in random order; ratio is experimental : control."""

    ratio: float = 1.0

    def __post_init__(self) -> None:
        above_zero("ratio", self.ratio)


@dataclass(frozen=True)
class PermutedBlocks:
    """Blocks of so many control and experimental patients in random order, within each stratum."""

    control: int = 1
    experimental: int = 1

    def __post_init__(self) -> None:
        for name in ("control", "experimental"):
            if not (isinstance(getattr(self, name), int) and getattr(self, name) > 0):
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected a whole number > 0")


@dataclass(frozen=True)
class Minimisation:
    """Equal arms: with `probability` the arm that leaves the smaller imbalance, else the other.

    The imbalance is the sum, over the patient's stratum and site, of the difference between the
    arms among the patients who share it (Pocock & Simon 1975); a tie is broken by a fair coin.
    """

    probability: float = 0.8

    def __post_init__(self) -> None:
        if not 0.5 <= self.probability <= 1:
            raise InvalidInput(f"probability is {self.probability}; expected 0.5 to 1")


@dataclass(frozen=True)
class VisitSchedule:
    """Visits since entry at which alone a recurrence is seen: `times`, then every `then_every`.

    A recurrence is dated on the first visit at or after it. Who has none is censored on the last
    visit attended; without any visit yet, at 0.

    >>> VisitSchedule((3, 6, 9, 12), then_every=6).then_every
    6
    """

    times: tuple[float, ...]
    then_every: float | None = None

    def __post_init__(self) -> None:
        times = tuple(map(float, self.times))
        object.__setattr__(self, "times", times)
        if not times or times[0] <= 0 or any(b <= a for a, b in pairwise(times)):
            raise InvalidInput(f"visits are at {list(times)}; expected times above 0, rising")
        if not math.isfinite(times[-1]):
            raise InvalidInput("the last visit is at infinity; use then_every")
        if self.then_every is not None:
            above_zero("then_every", self.then_every)


@dataclass(frozen=True)
class ProductFailure:
    """Experimental patients whose product failed release; they stay in their arm for the analysis.

    never_started   probability of never starting: the course is the control's.
    stopping        hazard of stopping since entry: from then on the event has the control's hazard.
    """

    never_started: float = 0.0
    stopping: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)

    def __post_init__(self) -> None:
        if not 0 <= self.never_started <= 1:
            raise InvalidInput(f"never_started is {self.never_started}; expected a probability")


@dataclass(frozen=True)
class Sites:
    """Sites of equal size whose hazards of the event differ: gamma, mean 1, this variance."""

    count: int
    variance: float

    def __post_init__(self) -> None:
        if not (isinstance(self.count, int) and self.count > 0):
            raise InvalidInput(f"count is {self.count}; expected a whole number above 0")
        above_zero("variance", self.variance)


Accruals = ScheduledAccrual | PoissonAccrual
Allocation = FixedSizes | PermutedBlocks | Minimisation


def above_zero(name: str, value: float) -> None:
    """Refuse what is not a number above 0."""
    if not 0 < value < math.inf:
        raise InvalidInput(f"{name} is {value}; expected a number above 0")
