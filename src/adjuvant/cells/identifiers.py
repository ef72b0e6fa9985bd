"""Identifiers of subjects, draws, lots and bags, each with a check character (ISO 7064 mod 37-2).

    subject  S01-0042-S            site, number
    draw     S01-0042-D03-X        the third draw of this subject
    lot      S01-0042-L03-6        the third lot of this subject
    bag      S01-0042-L03-B02-04-7 bag 2 of 4 of that lot

The check character (a digit, a letter or *) tells every single wrong character, every exchange of
neighbours or of characters one apart, and every twin error (11 typed as 22, 1x1 as 2x2).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from adjuvant.core import InvalidInput

__all__ = [
    "Identifier",
    "bag_number",
    "check_character",
    "draw_number",
    "lot_number",
    "read_identifier",
    "subject_number",
]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_SITE = re.compile(r"[A-Z][A-Z0-9]{1,5}")
_FORM = re.compile(
    r"(?P<site>[A-Z][A-Z0-9]{1,5})-(?P<subject>\d{4})"
    r"(?:-(?P<kind>[DL])(?P<n>\d{2})(?:-B(?P<bag>\d{2})-(?P<of>\d{2}))?)?-(?P<check>[0-9A-Z*])"
)


@dataclass(frozen=True)
class Identifier:
    """What an identifier says."""

    text: str
    kind: Literal["subject", "draw", "lot", "bag"]
    site: str
    subject: int
    number: int | None = None  # of the draw or lot
    bag: int | None = None
    of: int | None = None

    @property
    def subject_text(self) -> str:
        """The identifier of the subject it belongs to."""
        return subject_number(self.site, self.subject)


def check_character(text: str) -> str:
    """Return the check character of digits and capital letters (hyphens are passed over).

    Raises    InvalidInput for another character, or none.
    Source    ISO/IEC 7064:2003, system MOD 37-2: weights are powers of 2; with the check
              character the weighted sum is 1 modulo 37.

    >>> check_character("G123489654321")
    'Y'
    """
    characters = text.replace("-", "")
    if not characters or any(c not in _ALPHABET[:36] for c in characters):
        raise InvalidInput(f"{text!r} cannot be checked; use digits and capital letters A to Z")
    total = 0
    for character in characters:
        total = (total + _ALPHABET.index(character)) * 2 % 37
    return _ALPHABET[(1 - total) % 37]


def subject_number(site: str, number: int) -> str:
    """Return the identifier of a subject.

    >>> subject_number("S01", 42)
    'S01-0042-S'
    """
    if not _SITE.fullmatch(site):
        raise InvalidInput(f"site {site!r}: use 2 to 6 capital letters and digits, a letter first")
    return _checked(f"{site}-{_part('subject', number, 4)}")


def draw_number(subject: str, number: int) -> str:
    """Return the identifier of a draw of a subject.

    >>> draw_number(subject_number("S01", 42), 3)
    'S01-0042-D03-X'
    """
    return _checked(f"{_body(subject, 'subject')}-D{_part('draw', number, 2)}")


def lot_number(subject: str, number: int) -> str:
    """Return the identifier of a lot of a subject.

    >>> lot_number(subject_number("S01", 42), 3)
    'S01-0042-L03-6'
    """
    return _checked(f"{_body(subject, 'subject')}-L{_part('lot', number, 2)}")


def bag_number(lot: str, number: int, of: int) -> str:
    """Return the identifier of bag `number` of `of` of a lot.

    >>> bag_number(lot_number(subject_number("S01", 42), 3), 2, 4)
    'S01-0042-L03-B02-04-7'
    """
    if number > of:
        raise InvalidInput(f"bag {number} of {of} was asked; a lot of {of} bags has no such bag")
    parts = f"B{_part('bag', number, 2)}-{_part('number of bags', of, 2)}"
    return _checked(f"{_body(lot, 'lot')}-{parts}")


def read_identifier(text: str) -> Identifier:
    """Return what an identifier says, however it was typed (small letters, wide characters).

    Raises    InvalidInput for another form, or where the check character does not fit.

    >>> read_identifier(" s01-0042-l03-b02-04-7 ").bag
    2
    """
    clean = unicodedata.normalize("NFKC", text).strip().upper()
    found = _FORM.fullmatch(clean)
    if found is None:
        raise InvalidInput(
            f"{text!r} is not an identifier of a subject, draw, lot or bag; scan it again"
        )
    if check_character(clean[:-2]) != found["check"]:
        raise InvalidInput(f"{text!r}: a character is wrong or exchanged; read or scan it again")
    kinds: dict[str | None, Literal["subject", "draw", "lot"]] = {
        None: "subject", "D": "draw", "L": "lot",
    }  # fmt: skip
    kind: Literal["subject", "draw", "lot", "bag"] = kinds[found["kind"]]
    if found["bag"] is not None:
        if kind != "lot" or not 1 <= int(found["bag"]) <= int(found["of"]):
            raise InvalidInput(f"{text!r} is not a bag of a lot; scan it again")
        kind = "bag"
    numbers = [None if found[k] is None else int(found[k]) for k in ("n", "bag", "of")]
    return Identifier(clean, kind, found["site"], int(found["subject"]), *numbers)


def _checked(body: str) -> str:
    return f"{body}-{check_character(body)}"


def _body(text: str, kind: str) -> str:
    read = read_identifier(text)
    if read.kind != kind:
        raise InvalidInput(f"{text} is the identifier of a {read.kind}; give that of a {kind}")
    return read.text[:-2]


def _part(name: str, number: int, width: int) -> str:
    if not 1 <= number < 10**width:
        raise InvalidInput(f"{name} {number}: give 1 to {10**width - 1}")
    return f"{number:0{width}d}"
