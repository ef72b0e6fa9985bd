"""One notation for lengths of time: `6 h`, `14 d`, `4 wk`, `3 mo`, `5 y`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from adjuvant.core import InvalidInput

__all__ = ["UNITS", "Duration", "Unit"]

Unit = Literal["hour", "day", "week", "month", "year"]
UNITS: dict[str, Unit] = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "y": "year"}
_DAYS = {
    "hour": Decimal(1) / 24,
    "day": Decimal(1),
    "week": Decimal(7),
    "month": Decimal("30.4375"),
    "year": Decimal("365.25"),
}
_FORM = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(h|d|wk|mo|y)")


@dataclass(frozen=True)
class Duration:
    """A length of time as written in a protocol.

    Raises    InvalidInput for a text that is not a number and one of h, d, wk, mo, y.

    >>> Duration.parse("5 y").milestone_days()
    1826
    >>> Duration.parse("36 mo").milestone_days()
    1096
    >>> Duration.parse("3 y").in_unit("month")
    36.0
    """

    value: Decimal
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Return the duration written in `text`, such as `14 d` or `-2 d`."""
        found = _FORM.fullmatch(str(text).strip())
        if not found:
            raise InvalidInput(
                f"{text!r} is not a length of time; write a number and a unit "
                "(h, d, wk, mo, y), such as '14 d' or '5 y'"
            )
        return cls(Decimal(found[1]), UNITS[found[2]])

    def milestone_days(self) -> int:
        """Return the whole day of a milestone: 3 y = 1096, 5 y = 1826 (n x 365.25, half up).

        A horizon must be a day that exists: 1826.25 would give another RMST than day 1826.
        """
        return int((self.value * _DAYS[self.unit]).to_integral_value(rounding="ROUND_HALF_UP"))

    def calendar_days(self) -> int:
        """Return the length in days for comparing places on a schedule: a month is 30.4375 days.

        The date of a visit itself is found by calendar months; this number only orders them.

        >>> Duration.parse("3 mo").calendar_days(), Duration.parse("-2 d").calendar_days()
        (91, -2)
        """
        days = self.value * _DAYS[self.unit]
        return int(days.to_integral_value(rounding="ROUND_HALF_UP"))

    def in_unit(self, unit: Unit) -> float:
        """Return the length in `unit`; whole days when that is the unit, else exact arithmetic."""
        if unit == "day":
            return float(self.milestone_days())
        months = {"month": Decimal(1), "year": Decimal(12)}
        if unit in months and self.unit in months:
            return float(self.value * months[self.unit] / months[unit])
        return float(self.value * _DAYS[self.unit] / _DAYS[unit])

    def __str__(self) -> str:
        short = {unit: sign for sign, unit in UNITS.items()}[self.unit]
        return f"{self.value.normalize():f} {short}"
