"""Forest plot of subgroups: a row a level, on a log axis, with the test of interaction a factor."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from adjuvant.analysis.results import ArmCount, Estimate, Result, Results, SubgroupRow
from adjuvant.core import AnalysisError
from adjuvant.report import numbers
from adjuvant.report.printing import level_text
from adjuvant.report.style import GRID, INK, QUIET, arm_style, banner
from adjuvant.report.words import lowered, upper_first

__all__ = ["forest_figure"]

_WIDTH = 8.2
_ROW = 0.215  # inches
_LEFT, _RIGHT = 3.72, 1.78  # inches of text on both sides of the axis
_COUNTS = (2.42, 3.24)  # inches, the middles of the two columns of events
_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_WIDEST = 10.0  # a limit beyond this fold is drawn as an arrow


@dataclass(frozen=True)
class _Line:
    """One drawn line: a factor's head, a level, or everybody."""

    text: str
    counts: tuple[ArmCount, ...] = ()
    estimate: Estimate | None = None
    interaction: str = ""
    head: bool = False
    overall: bool = False
    why: str = ""


def forest_figure(
    result: Result, results: Results | None, *, banners: tuple[str, ...] = ()
) -> Figure:
    """Draw the subgroups of a result: boxes by information, arrows where clipped, interaction p.

    Raises    AnalysisError where the result holds no subgroup.
    """
    if not result.subgroups:
        raise AnalysisError(f"{result.id}: the result holds no subgroup to draw")
    lines = _lines(result)
    names = _arm_names(result)
    top = 0.26 * len(banners) + 0.06 + 0.56
    body = _ROW * len(lines) + 0.1
    figure = Figure(figsize=(_WIDTH, top + body + 0.72))
    height = figure.get_figheight()
    place = (
        _LEFT / _WIDTH,
        1 - (top + body) / height,
        (_WIDTH - _LEFT - _RIGHT) / _WIDTH,
        body / height,
    )
    axes = figure.add_axes(place)
    _axis(axes, lines, body)
    _heads(figure, names, level_text(result.level), top)
    for number, line in enumerate(lines):
        y = top + 0.05 + _ROW * (number + 0.5)
        _texts(figure, line, 1 - y / height)
        if line.estimate is not None:
            _mark(axes, line, -(0.05 + _ROW * (number + 0.5)), _most(lines))
    _favours(figure, axes, names, top + body)
    _foot(figure, result, results)
    banner(figure, banners)
    return figure


def _lines(result: Result) -> list[_Line]:
    """Everybody and each factor's levels; comparison by comparison where there are several."""
    pairs = dict.fromkeys(tuple(c.arm for c in row.counts) for row in result.subgroups)
    lines = []
    for pair in pairs:
        rows = [row for row in result.subgroups if tuple(c.arm for c in row.counts) == pair]
        counts = tuple(c for c in result.counts if c.arm in pair)
        whole = [e for e in result.estimates if e.measure == "hazard_ratio" and e.arm in pair]
        name = "All patients" if len(pairs) == 1 else _versus(counts)
        if len(whole) == 1:
            lines.append(_Line(name, counts, whole[0], overall=True))
        lines += _factor_lines(rows)
    return lines


def _versus(counts: Sequence[ArmCount]) -> str:
    return f"{counts[-1].label} v {counts[0].label}"


def _factor_lines(rows: Sequence[SubgroupRow]) -> list[_Line]:
    lines = []
    for factor in dict.fromkeys(row.factor for row in rows):
        mine = [row for row in rows if row.factor == factor]
        p = mine[0].interaction_p
        shown = "" if math.isnan(p) else numbers.p_value(p)
        lines.append(_Line(mine[0].factor_label, interaction=shown, head=True))
        lines += [
            _Line(row.level, row.counts, row.estimate, why=row.why if not row.estimate else "")
            for row in mine
        ]
    return lines


def _arm_names(result: Result) -> tuple[str, str]:
    """The control's and the compared arm's name; words for several compared arms."""
    pairs = dict.fromkeys(tuple((c.arm, c.label) for c in row.counts) for row in result.subgroups)
    control, *others = next(iter(pairs))
    if len(pairs) > 1 or len(others) != 1:
        return control[1], "the other arm"
    return control[1], others[0][1]


def _axis(axes: Axes, lines: Sequence[_Line], body: float) -> None:
    limits = [
        v
        for line in lines
        if line.estimate is not None
        for v in (line.estimate.value, line.estimate.lower, line.estimate.upper)
        if math.isfinite(v) and v > 0
    ]
    reach = max((max(v, 1 / v) for v in limits), default=2.0)
    reach = min(max(reach * 1.05, 2.0), _WIDEST)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    ticks = [t for t in (*_TICKS, 0.25, 4.0) if 1 / reach <= t <= reach]
    ticks = [t for t in ticks if reach > 5 or t not in (0.2, 5.0)]
    ticks = [t for t in ticks if reach <= 5 or t not in (0.25, 4.0)]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_ylim(-body, 0)
    axes.set_yticks([])
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.axvline(1.0, color=INK, lw=0.8, zorder=1)
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7.6)
    overall = [line.estimate for line in lines if line.overall and line.estimate]
    if len(overall) == 1:
        axes.axvline(overall[0].value, color=QUIET, lw=0.8, dashes=(3, 2), zorder=1)


def _heads(figure: Figure, names: tuple[str, str], level: str, top: float) -> None:
    width, height = figure.get_size_inches()
    y = 1 - (top - 0.11) / height
    for x, name in zip(_COUNTS, names, strict=True):
        text = textwrap.fill(upper_first(name), 14, break_long_words=False)
        figure.text(
            x / width, y + 0.13 / height, text, fontsize=7.2, color=QUIET, ha="center",
            va="bottom", linespacing=1.05,
        )  # fmt: skip
        figure.text(x / width, y, "events / N", fontsize=6.8, color=QUIET, ha="center")
    right = _WIDTH - _RIGHT
    figure.text((right + 0.08) / width, y, f"Hazard ratio ({level} CI)", fontsize=7.2, color=QUIET)
    figure.text(0.995, y, "Interaction\np", fontsize=7.2, color=QUIET, ha="right", linespacing=1.05)
    rule = Line2D([0.005, 0.995], [y - 0.07 / height] * 2, color=GRID, lw=1.0)
    figure.add_artist(rule)


def _texts(figure: Figure, line: _Line, y: float) -> None:
    width = _WIDTH
    bold = "bold" if line.head or line.overall else "normal"
    x = 0.06 if line.head or line.overall else 0.24
    figure.text(x / width, y, line.text, fontsize=7.8, weight=bold, va="center", color=INK)
    for place, c in zip(_COUNTS, line.counts, strict=False):
        text = f"{c.events} / {c.n}" if c.events is not None else f"{c.n}"
        figure.text(place / width, y, text, fontsize=7.6, va="center", ha="center", color=INK)
    right = (width - _RIGHT + 0.08) / width
    if line.estimate is not None:
        e = line.estimate
        text = numbers.with_limits(e.value, e.lower, e.upper, numbers.ratio)
        figure.text(right, y, text, fontsize=7.6, va="center", weight=bold, color=INK)
    elif line.why:
        figure.text(right, y, "not estimable", fontsize=7.2, va="center", color=QUIET)
    if line.interaction:
        figure.text(0.995, y, line.interaction, fontsize=7.6, va="center", ha="right", color=INK)


def _information(e: Estimate) -> float:
    """One over the variance of log HR: from its standard error, else from its limits."""
    error = e.std_error
    if not math.isfinite(error) or error <= 0:
        if not (0 < e.lower < e.upper < math.inf):
            return 0.0
        error = (math.log(e.upper) - math.log(e.lower)) / (2 * 1.96)
    return 1 / error**2


def _most(lines: Sequence[_Line]) -> float:
    found = [_information(line.estimate) for line in lines if line.estimate and not line.overall]
    return max(found, default=1.0) or 1.0


def _mark(axes: Axes, line: _Line, y: float, most: float) -> None:
    e = line.estimate
    assert e is not None
    low, high = axes.get_xlim()
    colour = arm_style(1).colour
    if line.overall:
        half = 0.065
        axes.fill(
            [max(e.lower, low), e.value, min(e.upper, high), e.value], [y, y + half, y, y - half],
            color=arm_style(0).colour, zorder=4,
        )  # fmt: skip
        return
    ends = [min(max(v, low), high) if not math.isnan(v) else e.value for v in (e.lower, e.upper)]
    axes.plot(ends, [y, y], color=INK, lw=0.9, zorder=3, solid_capstyle="butt")
    for end, limit, sign in ((ends[0], e.lower, "<"), (ends[1], e.upper, ">")):
        if limit < low or limit > high:
            axes.plot([end], [y], marker=sign, color=INK, markersize=4.5, zorder=4, clip_on=False)
    if low <= e.value <= high:
        # The area, not the side, is proportional to the information.
        size = max(9.0 * math.sqrt(_information(e) / most), 2.0)
        axes.plot(
            [e.value], [y], marker="s", markersize=size, color=colour, markeredgewidth=0, zorder=5
        )


def _favours(figure: Figure, axes: Axes, names: tuple[str, str], base: float) -> None:
    width, height = figure.get_size_inches()
    middle = axes.get_position().x0 + axes.get_position().width / 2
    y = 1 - (base + 0.42) / height
    gap = 0.08 / width
    left = f"\N{LEFTWARDS ARROW} favours {lowered(names[1])}"
    right = f"favours {lowered(names[0])} \N{RIGHTWARDS ARROW}"
    figure.text(middle - gap, y, left, fontsize=7.2, ha="right", va="center", color=INK)
    figure.text(middle + gap, y, right, fontsize=7.2, ha="left", va="center", color=INK)


def _foot(figure: Figure, result: Result, results: Results | None) -> None:
    height = figure.get_figheight()
    rule = "Area of a box: proportional to its information. Dashed line: all patients."
    figure.text(0.006, 0.07 / height, rule, fontsize=6.4, color=QUIET)
    text = f"Result {result.id}"
    if results is not None and results.snapshot:
        text += f"  ·  snapshot {results.snapshot[:12]}"
    figure.text(0.995, 0.07 / height, text, fontsize=5.8, color=QUIET, ha="right")
