"""A font for the letters that DejaVu lacks, such as Chinese and Japanese: one of the machine's."""

from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, fontManager, get_font

__all__ = ["fallback_for", "properties_with"]


def fallback_for(text: str) -> str | None:
    """Return the path of a font that has what DejaVu lacks of a text.

    None where DejaVu has it all, or no font of this machine has it: the letters are then drawn
    as empty boxes in PNG and PDF, and by the reader's browser in SVG and on the page.

    >>> fallback_for("Observation") is None
    True
    """
    return _font_with(frozenset(char for char in text if not _has(_dejavu(), char)))


@cache
def _font_with(letters: frozenset[str]) -> str | None:
    if not letters:
        return None
    for path in _sans_first():
        if all(_has(path, letter) for letter in letters):
            return path
    return None


@cache
def _sans_first() -> tuple[str, ...]:
    """Every font file of the machine, upright sans serif first, in an order that does not vary."""
    regular = {
        entry.fname: ("Sans" not in entry.name, "CJK" not in entry.name, entry.fname)
        for entry in fontManager.ttflist
        if entry.style == "normal" and entry.weight in (400, "normal", "regular")
    }
    return tuple(sorted(regular, key=regular.__getitem__))


def _dejavu() -> str:
    return str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


@cache
def _has(path: str, letter: str) -> bool:
    if letter.isspace():
        return True
    try:
        return get_font(path).get_char_index(ord(letter)) != 0
    except (OSError, RuntimeError):
        return False  # a damaged font file of the machine


def properties_with(font: FontProperties, path: str) -> FontProperties:
    """Return a copy of the font of a text that names DejaVu and, behind it, the font at `path`."""
    mixed = font.copy()
    mixed.set_family(["DejaVu Sans", get_font(path).family_name])
    return mixed
