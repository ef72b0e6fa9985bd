"""What is assumed of patients: their hazards, how they are accrued, how they are lost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, InvalidInput

__all__ = ["Accrual", "PiecewiseHazard", "TrialAssumptions", "check_ratio"]


@dataclass(frozen=True)
class PiecewiseHazard:
    """A hazard that is rates[j] from times[j] on, since the patient's entry; times[0] = 0.

    Raises    InvalidInput for times that do not start at 0 and rise, or a rate below 0.

    >>> PiecewiseHazard((0, 6), (0.05, 0.02)).at([3, 6]).tolist()
    [0.05, 0.02]
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        _put_steps(self, "hazard")

    @classmethod
    def constant(cls, rate: float) -> "PiecewiseHazard":
        """Return the hazard of exponential times.

        >>> PiecewiseHazard.constant(0.1).rates
        (0.1,)
        """
        return cls((0.0,), (rate,))

    @classmethod
    def none(cls) -> "PiecewiseHazard":
        """Return the hazard of what never happens."""
        return cls.constant(0.0)

    @classmethod
    def with_median(cls, median: float) -> "PiecewiseHazard":
        """Return the constant hazard whose median survival is `median`.

        >>> round(PiecewiseHazard.with_median(12).rates[0], 6)
        0.057762
        """
        check_ratio("median", median)
        return cls.constant(math.log(2) / median)

    def times_ratio(self, hazard_ratio: float) -> "PiecewiseHazard":
        """Return the hazard multiplied by a ratio."""
        check_ratio("hazard_ratio", hazard_ratio)
        return PiecewiseHazard(self.times, tuple(rate * hazard_ratio for rate in self.rates))

    def at(self, time: ArrayLike) -> Floats:
        """Return the hazard at times since entry (right-continuous)."""
        index = np.searchsorted(self.times, np.asarray(time, dtype=float), side="right") - 1
        rates: Floats = np.asarray(self.rates)[index]
        return rates

    def cumulative(self, time: ArrayLike) -> Floats:
        """Return the cumulative hazard at times since entry."""
        at = np.asarray(time, dtype=float)
        starts = np.asarray(self.times)
        ends = np.append(starts[1:], np.inf)
        spent = np.clip(np.minimum(at[..., None], ends) - starts, 0.0, None)
        total: Floats = spent @ np.asarray(self.rates)
        return total

    def survival(self, time: ArrayLike) -> Floats:
        """Return the probability of no event by times since entry."""
        survival: Floats = np.exp(-self.cumulative(time))
        return survival

    def restricted_mean(self, time: ArrayLike) -> Floats:
        """Return the mean survival time up to times since entry.

        >>> float(PiecewiseHazard.constant(0.1).restricted_mean(10).round(6))
        6.321206
        """
        starts = np.asarray(self.times)
        ends = np.append(starts[1:], np.inf)
        at = np.asarray(time, dtype=float)[..., None]
        width = np.clip(np.minimum(at, ends) - starts, 0.0, None)
        inside = width * mean_decay(np.asarray(self.rates) * width)
        mean: Floats = inside @ self.survival(starts)
        return mean


@dataclass(frozen=True)
class Accrual:
    """Patients per unit of calendar time: rates[j] from times[j] on, until `duration`.

    shape     the rates are multiplied by exp(-shape * time): above 0 accrual slows down, below 0
              it speeds up (Lachin & Foulkes 1986).
    Raises    InvalidInput for times that do not rise from 0 to below the duration, rates below 0,
              or no patient at all.

    >>> Accrual((0, 6), (5, 10), 24).subjects
    210.0
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]
    duration: float
    shape: float = 0.0

    def __post_init__(self) -> None:
        _put_steps(self, "accrual")
        if not self.times[-1] < self.duration < math.inf:
            raise InvalidInput(
                f"accrual lasts {self.duration}; expected a number above its last time "
                f"{self.times[-1]}"
            )
        if not math.isfinite(self.shape):
            raise InvalidInput(f"the shape of accrual is {self.shape}; expected a number")
        if not 0 < self.subjects < math.inf:
            raise InvalidInput(f"accrual of {self.subjects} patients; expected more than none")

    @classmethod
    def uniform(cls, subjects: float, duration: float) -> "Accrual":
        """Return the accrual of so many patients at one rate.

        >>> Accrual.uniform(300, 24).rates
        (12.5,)
        """
        check_ratio("duration", duration)
        return cls((0.0,), (subjects / duration,), duration)

    @property
    def subjects(self) -> float:
        """Number of patients in all."""
        return float(self.by(self.duration))

    def scaled_to(self, subjects: float) -> "Accrual":
        """Return the accrual of the same shape and duration with so many patients.

        >>> Accrual((0, 6), (5, 10), 24).scaled_to(420).rates
        (10.0, 20.0)
        """
        check_ratio("subjects", subjects)
        factor = subjects / self.subjects
        return replace(self, rates=tuple(rate * factor for rate in self.rates))

    def by(self, time: ArrayLike) -> Floats:
        """Return how many patients are in by calendar times."""
        until = np.asarray(time, dtype=float)[..., None]
        starts, ends = np.asarray(self.times), self.ends
        stop = np.clip(until, starts, ends)
        parts = exponential_integral(0.0, -self.shape, starts, stop)
        accrued: Floats = parts @ np.asarray(self.rates)
        return accrued

    @property
    def ends(self) -> Floats:
        """When each rate ends; (pieces,)."""
        return np.append(self.times[1:], self.duration)


@dataclass(frozen=True, kw_only=True)
class TrialAssumptions:
    """Two arms as the planners imagine them; everything is in one unit of time.

    control_hazard, experimental_hazard   of the event, since entry.
    accrual                               of both arms together.
    control_dropout, experimental_dropout hazards of being lost (none by default).
    allocation_ratio                      experimental : control.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(trial.experimental_hazard.rates[0], 6)
    0.040434
    """

    control_hazard: PiecewiseHazard
    experimental_hazard: PiecewiseHazard
    accrual: Accrual
    control_dropout: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    experimental_dropout: PiecewiseHazard = field(default_factory=PiecewiseHazard.none)
    allocation_ratio: float = 1.0

    def __post_init__(self) -> None:
        check_ratio("allocation_ratio", self.allocation_ratio)

    @classmethod
    def proportional(
        cls,
        control_hazard: PiecewiseHazard,
        hazard_ratio: float,
        accrual: Accrual,
        *,
        control_dropout: float = 0.0,
        experimental_dropout: float = 0.0,
        allocation_ratio: float = 1.0,
    ) -> "TrialAssumptions":
        """Return the assumptions under proportional hazards and constant dropout hazards."""
        return cls(
            control_hazard=control_hazard,
            experimental_hazard=control_hazard.times_ratio(hazard_ratio),
            accrual=accrual,
            control_dropout=PiecewiseHazard.constant(control_dropout),
            experimental_dropout=PiecewiseHazard.constant(experimental_dropout),
            allocation_ratio=allocation_ratio,
        )

    @property
    def experimental_share(self) -> float:
        """Share of the patients in the experimental arm."""
        return self.allocation_ratio / (1 + self.allocation_ratio)

    @property
    def breaks(self) -> Floats:
        """Times since entry at which any hazard changes, 0 among them, ascending."""
        hazards = (
            *(self.control_hazard, self.experimental_hazard),
            *(self.control_dropout, self.experimental_dropout),
        )
        return np.unique(np.concatenate([hazard.times for hazard in hazards]))


def check_ratio(name: str, value: float) -> None:
    """Refuse what is not a number above 0."""
    if not 0 < value < math.inf:
        raise InvalidInput(f"{name} is {value}; expected a number above 0")


def mean_decay(x: ArrayLike) -> Floats:
    """Return (1 - exp(-x)) / x, 1 at 0: the mean of exp(-xs) over s from 0 to 1."""
    at = np.asarray(x, dtype=float)
    safe = np.where(at == 0, 1.0, at)
    mean: Floats = np.where(at == 0, 1.0, -np.expm1(-safe) / safe)
    return mean


def exponential_integral(
    offset: ArrayLike, slope: ArrayLike, low: ArrayLike, high: ArrayLike
) -> Floats:
    """Return the integral of exp(offset + slope * s) over s from low to high >= low."""
    bend, start, end = np.asarray(slope, dtype=float), np.asarray(low), np.asarray(high)
    width = end - start
    # From the end at which the exponent is largest, so that nothing overflows on the way.
    top = np.asarray(offset) + bend * np.where(bend > 0, end, start)
    mean = np.exp(np.where(width > 0, top, 0.0)) * mean_decay(np.abs(bend) * width)
    integral: Floats = width * mean
    return integral


def _put_steps(owner: PiecewiseHazard | Accrual, what: str) -> None:
    for name in ("times", "rates"):
        object.__setattr__(owner, name, _numbers(f"{what} {name}", getattr(owner, name)))
    times, rates = owner.times, owner.rates
    if len(times) != len(rates) or not times:
        raise InvalidInput(f"{what}: {len(times)} times and {len(rates)} rates; give as many")
    if times[0] != 0 or any(b <= a for a, b in pairwise(times)):
        raise InvalidInput(f"{what}: times are {list(times)}; expected 0, then rising")
    if min(rates) < 0:
        raise InvalidInput(f"{what}: rates are {list(rates)}; none may lie below 0")


def _numbers(name: str, values: Sequence[float]) -> tuple[float, ...]:
    try:
        numbers = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} is {values!r}; expected a list of numbers") from None
    if not all(math.isfinite(number) for number in numbers):
        raise InvalidInput(f"{name} is {numbers}; expected finite numbers")
    return numbers
