"""One typed text becomes one value, or one sentence that names the field and what to do."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from adjuvant.core import InvalidInput, PartialDate
from adjuvant.protocol.model import Item

__all__ = ["MAX_TEXT", "Raw", "Value", "amount_in_words", "as_text", "clean", "in_words", "read"]

Raw = str | Sequence[str]
Value = str | int | float | list[str]

MAX_TEXT = 2000
FIRST_YEAR = 1900
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|([01]\d|2[0-3])([0-5]\d)")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/. ](\d{1,2})(?:[-/. ](\d{1,2}))?)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_YES_NO = ("yes", "no")


def clean(raw: Raw | None) -> list[str]:
    """Return the texts that were typed, without outer blanks, in one form of Unicode; [] = nothing.

    Digits and signs typed in full width, as Japanese keyboards do, become the usual ones where a
    number, date or time is read; see `read`.

    >>> clean("  12 "), clean(""), clean(["B", "", "C"])
    (['12'], [], ['B', 'C'])
    """
    parts = [raw] if isinstance(raw, str) else list(raw or ())
    texts = [unicodedata.normalize("NFC", str(part)).strip() for part in parts]
    return [text for text in texts if text]


def read(item: Item, texts: Sequence[str]) -> Value:
    """Return the value of one item from what was typed.

    texts     what `clean` returned, not empty.
    Raises    InvalidInput: one sentence with the item's label, what was found, what to write.

    >>> weight = Item(id="weight", label="Weight", type="number", unit="kg")
    >>> read(weight, ["72,5"]), read(weight, ["72"])
    (72.5, 72)
    >>> read(weight, ["heavy"])
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: Weight: "heavy" is not a number; write it like 12.5.
    """
    if item.type == "choices":
        return _choices(item, texts)
    if len(texts) > 1:
        raise _refusal(item, _("has %(n)d answers; give one.") % {"n": len(texts)})
    return _READ[item.type](item, texts[0])


def _refusal(item: Item, problem: str) -> InvalidInput:
    return InvalidInput(f"{item.label}: {problem}")


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line if len(line) <= 40 else line[:39] + "…"}"'


def _text(item: Item, text: str) -> str:
    if len(text) > MAX_TEXT:
        words = _("has %(n)d characters; shorten it to %(most)d.")
        raise _refusal(item, words % {"n": len(text), "most": MAX_TEXT})
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Cf") and sign not in "\n\r\t\u200c\u200d"
           for sign in text):  # fmt: skip
        raise _refusal(item, _("holds an invisible control character; type the text anew."))
    return text.replace("\r\n", "\n")


def _plain(text: str) -> str:
    """Return digits and signs in their usual width, the typographic minus as a hyphen."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def _number(item: Item, text: str) -> int | float:
    plain = _plain(text)
    if "," in plain:
        plain = _without_comma(item, plain, text)
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise _refusal(
            item, _("%(found)s is not a number; write it like 12.5.") % {"found": _quoted(text)}
        )
    digits = re.sub(r"[eE].*|\D", "", plain).lstrip("0")
    number = float(plain)
    if len(digits) > 15 or not math.isfinite(number) or abs(number) >= 1e18:
        words = _("%(found)s is too long to be kept exactly; write at most 15 digits.")
        raise _refusal(item, words % {"found": _quoted(text)})
    return int(number) if number == int(number) else number


def _without_comma(item: Item, plain: str, text: str) -> str:
    """Return the number with a point where a comma can only be the decimal mark.

    "1,500" may mean one and a half or fifteen hundred: it is refused, never guessed.
    """
    whole, _comma, rest = plain.partition(",")
    thousands = len(rest) == 3 and whole.lstrip("+-").lstrip("0") != ""
    if "." in plain or "," in rest or thousands:
        words = _("%(found)s can be read in two ways; write it without commas, like 1500 or 1.5.")
        raise _refusal(item, words % {"found": _quoted(text)})
    return f"{whole}.{rest}"


def _whole_number(item: Item, text: str) -> int:
    number = _number(item, text)
    if not isinstance(number, int):
        words = _("%(found)s is not a whole number; write it without decimals.")
        raise _refusal(item, words % {"found": _quoted(text)})
    return number


def _one_of(item: Item, text: str, allowed: Sequence[str]) -> str:
    if text not in allowed:
        shown = ", ".join(in_words(item, one) for one in allowed)
        words = _("%(found)s is none of the answers; choose one of: %(allowed)s.")
        raise _refusal(item, words % {"found": _quoted(text), "allowed": shown})
    return text


def _yes_no(item: Item, text: str) -> str:
    return _one_of(item, text, _YES_NO)


def _choice(item: Item, text: str) -> str:
    return _one_of(item, text, tuple(item.choices))


def _choices(item: Item, texts: Sequence[str]) -> list[str]:
    chosen = {_one_of(item, text, tuple(item.choices)) for text in texts}
    return [key for key in item.choices if key in chosen]


def _iso(text: str) -> str:
    """Return a date in ISO form where it is written year first, with or without signs between.

    Day-first and month-first dates are left as they are, and so refused: 02/03/2026 is two days.
    """
    plain = _plain(text)
    found = _YEAR_FIRST.fullmatch(plain) or _DIGITS.fullmatch(plain)
    if found is None or not plain.isascii():
        return text
    return "-".join(part.zfill(2) for part in found.groups() if part is not None)


def _partial_date(item: Item, text: str) -> str:
    iso = _iso(text)
    try:
        found = PartialDate.parse(iso)
    except InvalidInput:
        words = _(
            "%(found)s is not a date of the calendar; write year-month-day, like 2026-03-02, and "
            "leave out what is unknown, like 2026-03 or 2026."
        )
        raise _refusal(item, words % {"found": _quoted(text)}) from None
    _year(item, found.year, text)
    return iso


def _date(item: Item, text: str) -> str:
    iso = _iso(text)
    try:
        found = PartialDate.parse(iso)
    except InvalidInput:
        found = None
    if found is None or not found.complete:
        words = _("%(found)s is not a day of the calendar; write year-month-day, like 2026-03-02.")
        raise _refusal(item, words % {"found": _quoted(text)})
    _year(item, found.year, text)
    return iso


def _year(item: Item, year: int, text: str) -> None:
    if year < FIRST_YEAR:
        words = _("%(found)s lies before 1900; correct the year.")
        raise _refusal(item, words % {"found": _quoted(text)})


def _time(item: Item, text: str) -> str:
    found = _TIME.fullmatch(_plain(text))
    if found is None or not _plain(text).isascii():
        words = _("%(found)s is not a time of day; write it like 09:30 or 16:05.")
        raise _refusal(item, words % {"found": _quoted(text)})
    hour, minute = found[1] or found[3], found[2] or found[4]
    return f"{int(hour):02d}:{minute}"


def _file(item: Item, text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise _refusal(item, _("the file did not arrive; attach it again."))
    return text


_READ: dict[str, Callable[[Item, str], Value]] = {
    "text": _text,
    "number": _number,
    "whole_number": _whole_number,
    "yes_no": _yes_no,
    "choice": _choice,
    "date": _date,
    "partial_date": _partial_date,
    "time": _time,
    "file": _file,
}


def as_text(value: object) -> str:
    """Return a value as it is typed into its field: a number with every digit it has.

    >>> as_text(72.5), as_text(72), as_text(1e-7)
    ('72.5', '72', '0.0000001')
    """
    if isinstance(value, float):
        whole = repr(value)
        if "e" not in whole:
            return whole
        mantissa, _e, exponent = whole.partition("e")
        places = max(0, len(mantissa.partition(".")[2]) - int(exponent))
        return f"{value:.{places}f}"
    return str(value)


def in_words(item: Item, value: Any) -> str:
    """Return a value as a person reads it: the words of a choice, a number with its unit.

    >>> sex = Item(id="sex", label="Sex", type="choice", choices={"F": "female", "M": "male"})
    >>> in_words(sex, "F"), in_words(Item(id="w", label="W", type="number", unit="kg"), 72.5)
    ('female', '72.5 kg')
    """
    if isinstance(value, list | tuple):
        return ", ".join(in_words(item, part) for part in value)
    if item.type == "yes_no":
        return {"yes": _("yes"), "no": _("no")}.get(value, str(value))
    if item.choices:
        return item.choices.get(value, str(value))
    shown = f"{value:.6g}" if item.calculated and isinstance(value, float) else as_text(value)
    return amount_in_words(item, shown)


def amount_in_words(item: Item, number: object) -> str:
    """Return a number with the item's unit; the unit "1" of a pure number is not shown.

    >>> amount_in_words(Item(id="n", label="N", type="whole_number", unit="1"), 3)
    '3'
    """
    return f"{number} {item.unit}" if item.unit not in (None, "1") else str(number)


def lies_ahead(value: str, today: date) -> bool:
    """Say whether a date or partial date can only lie after `today`.

    >>> lies_ahead("2026-09", date(2026, 9, 1)), lies_ahead("2026-09-02", date(2026, 9, 1))
    (False, True)
    """
    first, _flag = PartialDate.parse(value).resolve("first")
    return first > today
