"""Labels made to fit: how wide a text is in print, where it breaks, where it is cut."""

import unicodedata

__all__ = ["cut", "print_width", "wrapped"]

_DOTS = "\N{HORIZONTAL ELLIPSIS}"


def print_width(text: str) -> int:
    """Return the width of a text in Latin letters: a Chinese or Japanese character takes two.

    >>> print_width("arm"), print_width("\u5bfe\u7167\u7fa4")
    (3, 6)
    """
    return sum(_width(char) for char in text)


def cut(text: str, room: int) -> str:
    """Return the text, shortened with an ellipsis where it is wider than `room` letters.

    >>> cut("Observation", 20), cut("Observation", 6)
    ('Observation', 'Obser\u2026')
    """
    if print_width(text) <= room:
        return text
    kept = text
    while kept and print_width(kept) > max(room - 1, 1):
        kept = kept[:-1]
    return kept.rstrip() + _DOTS


def wrapped(text: str, room: int, lines: int) -> str:
    """Return the text broken into at most `lines` lines of `room` letters, cut where it is longer.

    It breaks between words, and inside one that is wider than a line.

    >>> wrapped("Levamisole + fluorouracil", 16, 3)
    'Levamisole +\\nfluorouracil'
    >>> wrapped("abcdefgh", 4, 1)
    'abc\u2026'
    """
    made: list[str] = []
    for word in text.split():
        if made and print_width(f"{made[-1]} {word}") <= room:
            made[-1] += f" {word}"
            continue
        made += _pieces(word, room)
    if len(made) > lines:
        rest = made[lines - 1] + made[lines]
        made = [*made[: lines - 1], cut(rest + " " * room, room)]
    return "\n".join(made)


def _pieces(word: str, room: int) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and print_width(pieces[-1] + char) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
