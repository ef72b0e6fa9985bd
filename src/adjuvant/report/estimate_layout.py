"""The sheet on which a result of `adjuvant.survival` is drawn: title, axes, key, foot."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.analysis.axis import axis_ticks
from adjuvant.analysis.results import Curve
from adjuvant.core import AnalysisError, Floats, Numbers
from adjuvant.report import numbers
from adjuvant.report.curve_axes import draw_curve, label_ends, set_time_axis
from adjuvant.report.fitting import cut
from adjuvant.report.numbers import TimeScale
from adjuvant.report.style import GRID, QUIET

__all__ = [
    "AXIS",
    "PLOT",
    "TITLE",
    "WIDTH",
    "curve_of",
    "draw_steps",
    "draw_time_axis",
    "foot",
    "level_words",
    "name_ends",
    "panel",
    "percent_axis",
    "quiet",
    "scale_of",
    "sheet",
    "thin_ticks",
    "ticks_of",
    "when",
]

WIDTH = 8.2
PLOT = 3.0  # inches, the height of the axes
LEFT, RIGHT = 1.02, 1.28
TITLE, AXIS, _FOOT = 0.52, 0.5, 0.26  # inches above the axes, and of the axis' text
_KNOWN = ("hour", "day", "week", "month", "year")


def sheet(title: str, height: float = PLOT, below: float = 0.0) -> Figure:
    """Return an empty figure with its title; `height` and `below` are inches for axes and table.

    >>> sheet("Kaplan-Meier").texts[0].get_text()
    'Kaplan-Meier'
    """
    total = TITLE + height + AXIS + below + _FOOT
    figure = Figure(figsize=(WIDTH, total))
    figure.text(
        0.08 / WIDTH, 1 - 0.17 / total, cut(title, 100), fontsize=8.8, weight="bold", va="center"
    )
    return figure


def panel(
    figure: Figure, place: int = 0, of: int = 1, *, height: float = PLOT, right: float = RIGHT
) -> Axes:
    """Return the axes of one of several panels side by side, in the house's look.

    >>> panel(sheet("")).get_position().height > 0.5
    True
    """
    gap = 0.62
    room = (WIDTH - LEFT - right - gap * (of - 1)) / of
    total = figure.get_figheight()
    box = (
        (LEFT + place * (room + gap)) / WIDTH,
        1 - (TITLE + height) / total,
        room / WIDTH,
        height / total,
    )
    axes = figure.add_axes(box)
    quiet(axes)
    return axes


def quiet(axes: Axes) -> None:
    """Take away what no reader needs: the upper and right line; a pale grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GRID, lw=0.7)
    axes.set_axisbelow(True)


def foot(figure: Figure, text: str) -> None:
    """Write what the figure rests on under it, small."""
    height = figure.get_figheight()
    figure.text(0.99, 0.07 / height, text, fontsize=6.2, color=QUIET, ha="right")


def level_words(level: float) -> str:
    """Return a confidence level as it is printed.

    >>> level_words(0.95), level_words(0.995)
    ('95%', '99.5%')
    """
    return f"{100 * level:g}%"


def scale_of(unit: str, longest: float) -> TimeScale:
    """Return the printed scale of a time in `unit`; a unit of the user's own stays as it is.

    >>> scale_of("cycle", 12.0).words
    'cycles'
    """
    if unit not in _KNOWN:
        return TimeScale(unit, unit, 1.0)
    return numbers.time_scale(unit, longest)


def ticks_of(times: Sequence[Numbers], unit: str) -> tuple[float, ...]:
    """Return the breaks of an axis that holds all the times given.

    Raises    AnalysisError where there is no time.

    >>> ticks_of([np.array([3.0, 10.0])], "month")
    (0.0, 3.0, 6.0, 9.0)
    """
    finite = [float(t[np.isfinite(t)].max()) for t in times if np.isfinite(t).any()]
    if not finite:
        raise AnalysisError("the result holds no time; there is no curve to draw")
    return axis_ticks(max(finite), unit)


def curve_of(
    label: str,
    time: Numbers,
    value: Floats,
    limits: tuple[Floats, Floats] | None = None,
    *,
    censored: Floats | None = None,
    ticks: tuple[float, ...] = (),
) -> Curve:
    """Return a step curve as the drawing takes it; without limits it has no band."""
    lower, upper = limits if limits is not None else (value, value)
    many = () if censored is None else tuple((censored > 0).astype(int).tolist())
    low, middle, high = (tuple(np.asarray(v, dtype=float).tolist()) for v in (lower, value, upper))
    times = tuple(np.asarray(time, dtype=float).tolist())
    return Curve(label, label, "", times, middle, low, high, many, at_risk_times=ticks)


def draw_steps(axes: Axes, curves: Sequence[Curve], unit: str, *, start: float) -> None:
    """Draw step curves with their bands and censor ticks, and the time axis."""
    for place, curve in enumerate(curves):
        draw_curve(axes, curve, place, start=start)
    draw_time_axis(axes, curves, unit)


def draw_time_axis(axes: Axes, curves: Sequence[Curve], unit: str) -> None:
    """Put regular breaks on the time axis, named in the printed unit."""
    scale = scale_of(unit, max(c.time[-1] for c in curves if c.time))
    set_time_axis(axes, curves, scale, "the start")


def percent_axis(axes: Axes, label: str, top: float = 1.0) -> None:
    """Put a probability on the vertical axis, printed as percent."""
    axes.set_ylim(0, top)
    count = 4 if top in (0.2, 0.4, 0.8) else 3 if top == 0.6 else 5
    steps = [top * i / count for i in range(count + 1)]
    axes.set_yticks(steps, [f"{100 * step:.3g}" for step in steps])
    if label:
        axes.set_ylabel(f"{label} (%)", fontsize=8.5)


def thin_ticks(axes: Axes) -> None:
    """Keep every second break of the time axis, where panels stand side by side."""
    places = list(axes.get_xticks())[::2]
    axes.set_xticks(places, [t.get_text() for t in axes.get_xticklabels()][::2])
    axes.set_xlabel(axes.get_xlabel().split(" since")[0], fontsize=8.5)


def when(time: float, unit: str) -> str:
    """Return a fixed time in words.

    >>> when(1826, "day"), when(3, "cycle")
    ('5 years', '3 cycles')
    """
    if unit in _KNOWN:
        return numbers.length_words(time, unit)
    return f"{time:g} {unit}{'' if time == 1 else 's'}"


def name_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write the arms' names at the ends of their curves, where they have names."""
    if any(curve.label for curve in curves):
        label_ends(axes, curves, PLOT)
