"""Step curves, their bands, censor ticks and direct labels, and the table under the axis."""

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.analysis.results import Curve
from adjuvant.report.fitting import cut, wrapped
from adjuvant.report.numbers import TimeScale
from adjuvant.report.style import GRID, INK, QUIET, arm_style

__all__ = ["TABLE_ROW", "draw_curve", "draw_table", "label_ends", "set_time_axis", "table_height"]

TABLE_ROW = 0.158  # inches
_GAP = 0.06  # inches between arms of the table
_LETTER = 0.078  # inches, a bold letter of an arm's name


def draw_curve(axes: Axes, curve: Curve, place: int, *, start: float, ticks: bool = True) -> None:
    """Draw one curve from `start` at time 0: band, steps, and a tick where somebody is censored."""
    style = arm_style(place)
    x = [0.0, *curve.time]
    y = [start, *curve.value]
    lower = [start, *(_or(v, y[i + 1]) for i, v in enumerate(curve.lower))]
    upper = [start, *(_or(v, y[i + 1]) for i, v in enumerate(curve.upper))]
    axes.fill_between(x, lower, upper, step="post", color=style.colour, alpha=0.11, lw=0)
    axes.step(x, y, where="post", color=style.colour, linestyle=style.line, lw=1.7, zorder=3)
    if ticks and curve.censored:
        at = [i for i, c in enumerate(curve.censored) if c > 0]
        axes.plot(
            [curve.time[i] for i in at], [curve.value[i] for i in at], linestyle="none",
            marker="|", markersize=4.5, markeredgewidth=0.7, color=style.colour, zorder=4,
        )  # fmt: skip


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value


def set_time_axis(axes: Axes, curves: Sequence[Curve], scale: TimeScale, origin: str) -> None:
    """Put regular breaks on the time axis, in the printed unit although times are as stored."""
    last = max((c.time[-1] for c in curves if c.time), default=1.0)
    breaks = list(curves[0].at_risk_times) or [0.0, last]
    axes.set_xlim(0, (max(last, breaks[-1]) or 1.0) * 1.005)
    axes.set_xticks(breaks, [tick_text(t, scale) for t in breaks])
    axes.set_xlabel(f"{scale.words.capitalize()} since {origin}", fontsize=8.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=GRID, lw=0.7)
    axes.set_axisbelow(True)


def tick_text(time: float, scale: TimeScale) -> str:
    """Return a break of the axis in the printed unit: day 365 is year 1, day 183 year 0.5.

    >>> from adjuvant.report.numbers import time_scale
    >>> tick_text(1096.0, time_scale("day", 3000.0))
    '3'
    """
    exact = time / scale.per
    near = round(exact * 4) / 4
    # A break in days was rounded to a whole day.
    slack = 0.5 if scale.stored == "day" else 1e-6
    value = near if abs(exact - near) * scale.per <= slack else round(exact, 2)
    return f"{value:g}"


def label_ends(axes: Axes, curves: Sequence[Curve], height: float) -> None:
    """Write each arm's name at the end of its curve, moved apart where they would touch.

    height    of the axes in inches; it decides how much room a label needs.
    """
    lines = max(1, int((height / len(curves) - 0.05) / 0.125))
    names = [wrapped(c.label, 16, lines) for c in curves]
    span = axes.get_ylim()[1] - axes.get_ylim()[0]
    need = [(0.125 * (name.count("\n") + 1) + 0.05) / height * span for name in names]
    wanted = [c.value[-1] if c.value else 1.0 for c in curves]
    right = axes.get_xlim()[1]
    for i, y in enumerate(_apart(wanted, need, axes.get_ylim())):
        axes.text(
            right * 1.012, y, names[i], color=arm_style(i).colour, fontsize=7.8, weight="bold",
            va="center", ha="left", linespacing=1.1,
        )  # fmt: skip


def _apart(
    wanted: Sequence[float], need: Sequence[float], limits: tuple[float, float]
) -> list[float]:
    """Return heights near those wanted of which no two are nearer than the room they need.

    >>> [round(y, 2) for y in _apart([0.5, 0.5], [0.1, 0.1], (0.0, 1.0))]
    [0.45, 0.55]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    for _ in range(60):
        for below, above in pairwise(order):
            short = (need[below] + need[above]) / 2 - (placed[above] - placed[below])
            if short > 1e-9:
                placed[below] -= short / 2
                placed[above] += short / 2
        for i in order:
            placed[i] = min(max(placed[i], limits[0] + need[i] / 2), limits[1] - need[i] / 2)
    return placed


def table_height(arms: int, rows: int) -> float:
    """Return the height in inches of the table under the axis: a head and `rows` rows an arm.

    >>> round(table_height(2, 3), 3)
    1.384
    """
    return arms * ((rows + 1) * TABLE_ROW + _GAP)


def draw_table(
    figure: Figure,
    axes: Axes,
    curves: Sequence[Curve],
    rows: Sequence[str],
    *,
    top: float,
    heads: bool = True,
) -> None:
    """Draw at risk, censored and events per arm under the axis, aligned to its breaks.

    top       inches from the figure's upper edge to the table's.
    heads     whether the names of arms and rows are written; the right panel of two leaves them.
    """
    width, height = figure.get_size_inches()
    left = axes.get_position().x0 * width
    y = top
    for place, curve in enumerate(curves):
        if heads:
            figure.text(
                0.08 / width, 1 - (y + TABLE_ROW / 2) / height,
                cut(curve.label, int(width / _LETTER)), fontsize=7.4,
                weight="bold", color=arm_style(place).colour, va="center",
            )  # fmt: skip
        y += TABLE_ROW
        for name in rows:
            middle = 1 - (y + TABLE_ROW / 2) / height
            if heads:
                figure.text(
                    (left - 0.32) / width, middle, name, fontsize=7.2, color=QUIET, va="center",
                    ha="right",
                )  # fmt: skip
            for time, value in zip(curve.at_risk_times, _counts(curve, name), strict=True):
                x = axes.transData.transform((time, 0))[0] / (width * figure.dpi)
                figure.text(
                    x, middle, f"{value}", fontsize=7.2, color=INK, va="center", ha="center"
                )
            y += TABLE_ROW
        y += _GAP


def _counts(curve: Curve, name: str) -> tuple[int, ...]:
    held = {
        "At risk": curve.at_risk,
        "Censored": curve.cumulative_censored,
        "Events": curve.cumulative_events,
    }
    return held[name]
