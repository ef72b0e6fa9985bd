"""Arithmetic on rounded numbers: a printed number is an interval, and so is all that follows."""

import math
from dataclasses import dataclass

from adjuvant.evidence.printed import printed_interval

__all__ = [
    "EXACT",
    "MONTHS",
    "Range",
    "days_of",
    "months_of",
    "printed_range",
    "same_time",
    "time_in_months",
]

# Two sums of the same numbers in another order may differ in the last bits of a double.
EXACT = 1e-9
# Months in a unit of time; a printed month is 30.4375 days, a printed year 365.25 days.
MONTHS = {
    "day": 1 / 30.4375, "days": 1 / 30.4375, "week": 7 / 30.4375, "weeks": 7 / 30.4375,
    "month": 1.0, "months": 1.0, "year": 12.0, "years": 12.0,
}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A closed interval of values that a number may have had before it was rounded.

    >>> Range(0.3, 0.4).meets(Range(0.4, 0.5)), Range(0.3, 0.4).meets(Range(0.5, 0.6))
    (True, False)
    """

    low: float
    high: float

    def meets(self, other: "Range", slack: float = 0.0) -> bool:
        """Whether the two intervals have a value in common, or lie within `slack`."""
        room = slack + EXACT
        return self.low <= other.high + room and other.low <= self.high + room

    def holds(self, value: float) -> bool:
        """Whether the value lies in the interval."""
        return self.meets(Range(value, value))

    def minus(self, other: "Range") -> "Range":
        """All differences of a value here and one there."""
        return Range(self.low - other.high, self.high - other.low)

    def complement(self, whole: float = 100.0) -> "Range":
        """What is left of the whole."""
        return Range(whole - self.high, whole - self.low)

    def absolute(self) -> "Range":
        """All absolute values."""
        if self.low <= 0 <= self.high:
            return Range(0.0, max(-self.low, self.high))
        return Range(min(abs(self.low), abs(self.high)), max(abs(self.low), abs(self.high)))

    def inverse(self) -> "Range":
        """One over each value; values are ratios, so what lies at or below 0 becomes infinity."""
        high = 1 / self.low if self.low > 0 else math.inf
        return Range(1 / self.high if self.high > 0 else math.inf, high)

    def log(self) -> "Range":
        """Natural logarithms; minus infinity at or below 0."""
        low, high = (math.log(v) if v > 0 else -math.inf for v in (self.low, self.high))
        return Range(low, high)

    def times(self, factor: float) -> "Range":
        """Each value times a positive factor."""
        return Range(self.low * factor, self.high * factor)


def printed_range(text: str) -> Range:
    """Return the values that a printed number stands for.

    >>> printed_range("48"), printed_range("<0.001")
    (Range(low=47.5, high=48.5), Range(low=0.0, high=0.001))
    """
    return Range(*printed_interval(text))


def months_of(text: str, unit: str) -> Range | None:
    """Return a printed time in months, None for a unit that is no unit of time.

    >>> months_of("3", "years")
    Range(low=30.0, high=42.0)
    """
    factor = MONTHS.get(unit)
    return None if factor is None else printed_range(text).times(factor)


def days_of(value: float, unit: str) -> int:
    """Return a time as whole days: a year is 365.25, a month 30.4375 days.

    >>> days_of(3, "years"), days_of(5, "years")
    (1096, 1826)
    """
    return math.floor(value * MONTHS[unit] * 30.4375 + 0.5)


def time_in_months(time: str, unit: str) -> float | None:
    """Return a time as stated, in months; None for a unit that is no unit of time.

    >>> time_in_months("3", "years")
    36.0
    """
    factor = MONTHS.get(unit)
    return None if factor is None else float(time) * factor


def same_time(a: float | None, b: float | None) -> bool:
    """Whether two times are one: 52 weeks and 12 months are.

    >>> same_time(time_in_months("52", "weeks"), 12.0)
    True
    """
    return a is not None and b is not None and abs(a - b) <= 0.005 * max(abs(a), abs(b))
