"""Small words: lists, counts, and identifiers as people say them."""

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["counted", "either", "figure", "listed", "numbers", "spoken"]


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration.

    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', '')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def either(words: Sequence[str]) -> str:
    """Return words as a choice.

    >>> either(["recurrence", "death"]), either(["death"])
    ('recurrence or death', 'death')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def numbers(days: Sequence[int]) -> str:
    """Return whole numbers in order, a run of more than three as its ends.

    >>> numbers([0, 1, 2]), numbers([0, 1, 2, 3, 7]), numbers([])
    ('0, 1 or 2', '0 to 3 or 7', 'none')
    """
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        words += [f"{run[0]} to {run[-1]}"] if len(run) > 3 else [str(day) for day in run]
    return either(words) or "none"


def counted(number: int, word: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "visit"), counted(3, "visit")
    ('1 visit', '3 visits')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def figure(value: float) -> str:
    """Return a number with every digit that it has; a limit in print is never rounded.

    >>> figure(5e9), figure(1234567.5), figure(70.0), figure(0.83)
    ('5 x 10^9', '1234567.5', '70', '0.83')
    """
    exact = Decimal(repr(value))
    if exact and exact.adjusted() >= 7:
        return f"{exact.scaleb(-exact.adjusted()).normalize():f} x 10^{exact.adjusted()}"
    return f"{exact.normalize():f}"


def spoken(identifier: str) -> str:
    """Return an identifier of the file as words.

    >>> spoken("no_treatment_control")
    'no treatment control'
    """
    return identifier.replace("_", " ")
