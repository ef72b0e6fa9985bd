"""How the figures look: colours that the colour-blind tell apart, line styles, fonts, banners.

Every figure is drawn under `look()`, which leaves the user's own matplotlib settings as they
were; the fonts are the DejaVu files that matplotlib ships, never those of the machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from adjuvant.report.fallback_font import fallback_for, properties_with

__all__ = [
    "BANNERS",
    "GRID",
    "INK",
    "QUIET",
    "ArmStyle",
    "arm_style",
    "banner",
    "look",
    "pin_fonts",
]

INK = "#1c2430"
QUIET = "#566070"  # 6.4:1 on white
GRID = "#e3e7ec"
ALARM = "#a11212"
BANNERS = {
    "synthetic": "SYNTHETIC DATA \N{EN DASH} simulated patients, not a trial's result",
    "rebuilt": "SYNTHETIC PATIENTS \N{EN DASH} rebuilt from printed numbers; nobody's data",
    "dummy": "DUMMY ARMS \N{EN DASH} allocation permuted; no comparison is real",
}


@dataclass(frozen=True)
class ArmStyle:
    """Colour and dashes of one arm; the two together, never colour alone."""

    colour: str
    dashes: tuple[float, ...] = ()

    @property
    def line(self) -> Literal["-"] | tuple[float, tuple[float, ...]]:
        """The line style as matplotlib takes it."""
        return (0, self.dashes) if self.dashes else "-"


# After Okabe and Ito, darkened so that text in the same colour has 4.5:1 on white.
_ARMS = (
    ArmStyle("#3d4654"),
    ArmStyle("#0068a8", (5.0, 1.6)),
    ArmStyle("#b34700", (8.0, 1.6, 1.6, 1.6)),
    ArmStyle("#00735a", (1.8, 1.4)),
    ArmStyle("#8a3a78", (10.0, 2.5)),
    ArmStyle("#7a5c00", (4.0, 1.4, 1.2, 1.4, 1.2, 1.4)),
)


def arm_style(place: int) -> ArmStyle:
    """Return the style of an arm by its place, the control first and solid.

    >>> arm_style(0).line, arm_style(1).dashes
    ('-', (5.0, 1.6))
    """
    return _ARMS[place % len(_ARMS)]


_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "text.color": INK,
    "text.parse_math": False,  # a label from a protocol may hold a dollar sign
    "axes.edgecolor": "#8b95a3",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": "#8b95a3",
    "ytick.color": "#8b95a3",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "none",  # text stays text: editable, and it can be searched in the page
    "svg.hashsalt": "adjuvant",
    "pdf.fonttype": 3,  # 42 would spend half the report's time on subsetting the font
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def look() -> Iterator[None]:
    """Set the house's look for one figure, and restore what was set before.

    >>> with look():
    ...     mpl.rcParams["text.parse_math"]
    False
    """
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def pin_fonts(figure: Figure) -> None:
    """Point every text of the figure to the font file that matplotlib ships."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for text in figure.findobj(Text):
        font: FontProperties = text.get_fontproperties().copy()
        other = fallback_for(text.get_text())
        if other is not None:
            text.set_fontproperties(properties_with(font, other))
            continue
        bold = font.get_weight() in ("bold", "semibold", 600, 700)
        slanted = font.get_style() in ("italic", "oblique")
        name = "DejaVuSans" + ("-" if bold or slanted else "")
        name += ("Bold" if bold else "") + ("Oblique" if slanted else "")
        font.set_file(str(folder / f"{name}.ttf"))
        text.set_fontproperties(font)


def banner(figure: Figure, texts: tuple[str, ...]) -> None:
    """Draw each warning across the top of the figure, where no crop to the axes loses it."""
    height = figure.get_figheight()
    for place, text in enumerate(texts):
        y = 1 - (0.15 + 0.25 * place) / height
        figure.text(
            0.5, y, text, ha="center", va="center", fontsize=8.5, weight="bold", color="white",
            bbox={"facecolor": ALARM, "edgecolor": ALARM, "boxstyle": "square,pad=0.35"},
        )  # fmt: skip
