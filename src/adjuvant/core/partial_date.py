"""Partial dates: a year, a year and month, or a day, as they were typed."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from adjuvant.core.errors import InvalidData

__all__ = ["ImputationRule", "PartialDate"]

ImputationRule = Literal["refuse", "first", "middle", "last"]
_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class PartialDate:
    """A date of which the day, or the day and the month, may be unknown.

    Raises    InvalidData for a text that is not YYYY, YYYY-MM or YYYY-MM-DD, or for a day that
              the calendar does not have.

    A trial never guesses silently: `resolve` says by which rule a missing part was filled, and
    the flag of ADaM that names it (D = day imputed, M = month and day imputed).

    >>> PartialDate.parse("1992-11").resolve("middle")
    (datetime.date(1992, 11, 15), 'D')
    >>> PartialDate.parse("1992-11-03").resolve("refuse")
    (datetime.date(1992, 11, 3), '')
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise InvalidData("a date has a day but no month; write YYYY, YYYY-MM or YYYY-MM-DD")
        try:
            date(self.year, self.month or 1, self.day or 1)
        except ValueError as reason:
            raise InvalidData(
                f"{self} is not in the calendar ({reason}); correct the date"
            ) from None

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Return the date written in `text` (ISO 8601, possibly cut off after year or month)."""
        found = _FORM.fullmatch(text.strip())
        if not found:
            raise InvalidData(f"{text!r} is not a date; write YYYY-MM-DD, YYYY-MM or YYYY")
        year, month, day = (None if part is None else int(part) for part in found.groups())
        assert year is not None
        return cls(year, month, day)

    @property
    def complete(self) -> bool:
        """Whether year, month and day are all known."""
        return self.day is not None

    def resolve(self, rule: ImputationRule) -> tuple[date, str]:
        """Return a whole date and ADaM's imputation flag ('' complete, 'D' day, 'M' month and day).

        rule      first, middle or last day of the unknown stretch; refuse raises InvalidData.
        """
        if self.month is not None and self.day is not None:
            return date(self.year, self.month, self.day), ""
        if rule == "refuse":
            raise InvalidData(f"{self} has no day; ask for the whole date or name a rule")
        if self.month is None:
            month, day = {"first": (1, 1), "middle": (7, 1), "last": (12, 31)}[rule]
            return date(self.year, month, day), "M"
        last = monthrange(self.year, self.month)[1]
        return date(self.year, self.month, {"first": 1, "middle": 15, "last": last}[rule]), "D"

    def __str__(self) -> str:
        parts = [f"{self.year:04d}", *(f"{n:02d}" for n in (self.month, self.day) if n is not None)]
        return "-".join(parts)
