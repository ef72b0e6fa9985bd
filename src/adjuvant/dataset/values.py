"""What a stored cell means: text, number, day, yes or no. Pure; a faulty cell says why."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from adjuvant.core import InvalidData, PartialDate
from adjuvant.dataset.table import Cell
from adjuvant.protocol.suggestions import one_of

__all__ = [
    "Day",
    "Faulty",
    "day_of",
    "level_of",
    "mapped",
    "means_missing",
    "number_of",
    "text_of",
    "yes_no",
]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_TIME_OF_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?"
)
_OTHER_DATE = re.compile(r"\d{1,4}[./]\d{1,2}[./]\d{1,4}|\d{8}|\d{1,2}-?[A-Za-z]{3}-?\d{2,4}")
_MISSING_WORDS = {"na", "n/a", "nan", ".", "null"}
_YES = {"1": "yes", "0": "no", "yes": "yes", "no": "no", "y": "yes", "n": "no"}
_YES |= {"true": "yes", "false": "no"}


@dataclass(frozen=True)
class Faulty:
    """Why a cell cannot be used: the finding's number, what was found, what to do."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Day:
    """A whole day, and the flag of its imputation ('' complete, 'D' day, 'M' month and day)."""

    day: date
    flag: str = ""


def text_of(cell: Cell) -> str | None:
    """Return a cell as text without spaces around it, None where it is empty.

    >>> text_of(" 12 "), text_of(3.0), text_of(3), text_of("  ")
    ('12', '3', '3', None)
    """
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def means_missing(text: str | None) -> bool:
    """Return whether a text is a word for missing, such as NA or a lone point.

    >>> means_missing("NA"), means_missing("0")
    (True, False)
    """
    return text is not None and text.casefold() in _MISSING_WORDS


def number_of(cell: Cell) -> int | float | Faulty | None:
    """Return a cell as the number it writes: int where it is written whole, else float.

    >>> number_of("12"), number_of("12.50"), number_of("")
    (12, 12.5, None)
    >>> number_of("12,5").hint
    'write the decimal with a point'
    """
    if isinstance(cell, int | float):
        if math.isfinite(cell):
            return cell
        return Faulty("D013", f"{cell} is not a finite number", "leave a missing value empty")
    text = text_of(cell)
    if text is None or means_missing(text):
        return None
    if _WHOLE.fullmatch(text) and len(text) < 19:
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    hint = "write a number, and leave the field empty where it is missing"
    if _DECIMAL_COMMA.fullmatch(text):
        hint = "write the decimal with a point"
    return Faulty("D027", f"{text!r} is not a number", hint)


def day_of(cell: Cell, rule: str) -> Day | Faulty | None:
    """Return a cell as a whole day; the time of day is left off, a partial date follows `rule`.

    rule      query or refuse: a partial date is a fault; first, middle, last: it is completed.

    >>> day_of("1992-11", "middle").flag, day_of("1992-11-31", "query").code
    ('D', 'D028')
    """
    text = text_of(cell)
    if text is None or means_missing(text):
        return None
    timed = _TIME_OF_DAY.fullmatch(text)
    try:
        partial = PartialDate.parse(timed[1] if timed else text)
    except InvalidData as reason:
        hint = "write YYYY-MM-DD"
        if _OTHER_DATE.fullmatch(text):
            hint = "write YYYY-MM-DD; in other forms day and month can be exchanged"
        return Faulty("D028", str(reason).split(";")[0], hint)
    if not partial.complete and rule in ("query", "refuse"):
        hint = "ask for the day, or write `time: {partial_date: first | middle | last}`"
        return Faulty("D029", f"{text} has no day", hint)
    day, flag = partial.resolve(rule if not partial.complete else "refuse")  # type: ignore[arg-type]
    return Day(day, flag)


def mapped(text: str, values: Mapping[str, str]) -> str | None:
    """Return what a stored text stands for; numbers match as numbers ("1.0" is 1).

    >>> mapped("1.0", {"0": "no", "1": "yes"}), mapped("2", {"0": "no"}) is None
    ('yes', True)
    """
    if text in values:
        return values[text]
    number = number_of(text)
    if not isinstance(number, int | float):
        return None
    for key, meaning in values.items():
        if number_of(key) == number:
            return meaning
    return None


def yes_no(cell: Cell, values: Mapping[str, str]) -> bool | Faulty | None:
    """Return whether an indicator says yes; None where it is empty.

    values    stored value -> yes | no. Empty: 0/1, yes/no, y/n, true/false.

    >>> yes_no("1", {}), yes_no("2", {"1": "no", "2": "yes"}), yes_no("", {})
    (True, True, None)
    """
    text = text_of(cell)
    if text is None:
        return None
    meaning = mapped(text, values) if values else mapped(text.casefold(), _YES)
    if meaning in ("yes", "no"):
        return meaning == "yes"
    if means_missing(text):
        return None
    known = ", ".join(values or ("0", "1", "yes", "no"))
    hint = f"known are {known}; say what the value means: `values: {{{text}: yes or no}}`"
    return Faulty("D026", f"{text!r} is neither yes nor no", hint)


def level_of(text: str, values: Mapping[str, str], levels: Iterable[str]) -> str | Faulty:
    """Return the level that a stored text stands for.

    values    stored value -> level; empty: the text is the level itself.
    levels    the levels there may be; empty: any.

    >>> level_of("2", {"1": "well", "2": "poor"}, ()), level_of("III", {}, ["I", "II"]).code
    ('poor', 'D032')
    """
    known = tuple(levels)
    found = mapped(text, values) if values else text
    if found is None and text in known:
        found = text
    if found is None or (known and found not in known):
        return Faulty("D032", f"{text!r} is not among the values", one_of(text, values or known))
    return found
