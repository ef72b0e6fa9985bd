"""Figures of pooled trials: forest, funnel, one trial left out, trials added by year."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from adjuvant.core import AnalysisError
from adjuvant.evidence.pool_effects import Pooled, PooledEffect
from adjuvant.evidence.pool_trials import TrialEffect
from adjuvant.report import numbers
from adjuvant.report.fitting import cut
from adjuvant.report.style import BANNERS, GRID, INK, QUIET, arm_style, banner, look, pin_fonts

__all__ = ["POOL_FIGURES", "pool_figure", "pool_weights"]

POOL_FIGURES = ("forest", "funnel", "leave_one_out", "cumulative")
METHOD_NAMES = {
    "fixed": "Fixed effect",
    "DL": "Random effects, DerSimonian-Laird",
    "REML": "Random effects, REML",
    "HK": "Random effects, Hartung-Knapp",
}
_WIDTH = 8.2
_ROW = 0.24  # inches
_LEFT, _RIGHT = 2.75, 2.05  # inches of text on both sides of the axis
_Z = 1.959963984540054
_TICKS = (0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 5.0, 10.0)


@dataclass(frozen=True)
class _Row:
    """One line of a forest: a trial's box, a pooled diamond, a prediction interval, or words."""

    text: str
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    weight: float = math.nan  # share, 0 to 1
    kind: str = "box"  # box | diamond | interval | words
    p: float = math.nan


def pool_figure(pooled: Pooled, kind: str = "forest") -> Figure:
    """Return a figure of pooled trials: forest, funnel, leave_one_out or cumulative.

    forest         each trial with its weight (REML), the pooled estimates as diamonds, and the
                   prediction interval where three trials or more give one.
    funnel         effect against standard error, with the 95% region about the fixed effect.
    leave_one_out  the REML estimate without each trial in turn; three trials or more.
    cumulative     the REML estimate of the trials up to each year.
    Raises         AnalysisError for another kind, or one that needs more trials.

    >>> from adjuvant.evidence import TrialEffect, pooled
    >>> a = TrialEffect.from_ci("a", "A", 2000, "rfs", 0.59, 0.40, 0.88)
    >>> b = TrialEffect.from_ci("b", "B", 2015, "rfs", 0.63, 0.43, 0.94)
    >>> type(pool_figure(pooled([a, b]))).__name__
    'Figure'
    """
    if kind not in POOL_FIGURES:
        raise AnalysisError(f"there is no figure {kind!r} of pooled trials: {POOL_FIGURES}")
    if kind == "leave_one_out" and not pooled.influence:
        raise AnalysisError("leaving one trial out needs three trials; there are two")
    with look():
        figure = _funnel(pooled) if kind == "funnel" else _rows_figure(pooled, kind)
        if pooled.kind == "SYNTHETIC":
            banner(figure, (BANNERS["rebuilt"],))
        pin_fonts(figure)
    return figure


def pool_weights(pooled: Pooled, method: str = "REML") -> tuple[float, ...]:
    """Return each trial's share of the weight, 0 to 1, in the order of the trials.

    >>> from adjuvant.evidence import TrialEffect, pooled
    >>> a = TrialEffect("a", "A", 2000, "rfs", -0.5, 0.2)
    >>> b = TrialEffect("b", "B", 2015, "rfs", -0.5, 0.2)
    >>> pool_weights(pooled([a, b]))
    (0.5, 0.5)
    """
    w = np.array([1 / (t.se**2 + pooled.effects[method].tau2) for t in pooled.trials])
    return tuple((w / w.sum()).tolist())


def _measure(pooled: Pooled) -> str:
    return {"HR": "Hazard ratio", "RR": "Risk ratio"}.get(pooled.trials[0].measure, "Ratio")


def _rows(pooled: Pooled, kind: str) -> list[_Row]:
    if kind == "leave_one_out":
        whole = pooled.effects["REML"]
        return [
            *(_pooled_row(f"without {i.left_out}", i.without, "box") for i in pooled.influence),
            _pooled_row("All trials", whole, "diamond"),
        ]
    if kind == "cumulative":
        return [
            _pooled_row(label if i == 0 else f"+ {label}", effect, "box")
            for i, (label, effect) in enumerate(pooled.cumulative)
        ]
    rows = [
        _trial_row(t, w) for t, w in zip(pooled.trials, pool_weights(pooled), strict=True)
    ]  # fmt: skip
    rows += [_pooled_row(METHOD_NAMES[m], e, "diamond") for m, e in pooled.effects.items()]
    ahead = pooled.effects["REML"].prediction
    if ahead is not None:
        rows.append(_Row("Prediction for a new trial", math.nan, *ahead, kind="interval"))
    return rows


def _trial_row(t: TrialEffect, weight: float) -> _Row:
    low, high = (math.exp(t.log_effect + s * _Z * t.se) for s in (-1, 1))
    return _Row(t.label, t.ratio, low, high, weight)


def _pooled_row(text: str, e: PooledEffect, kind: str) -> _Row:
    return _Row(text, e.ratio, *e.ci, kind=kind, p=e.p_value)


def _rows_figure(pooled: Pooled, kind: str) -> Figure:
    rows = _rows(pooled, kind)
    top = (0.26 if pooled.kind == "SYNTHETIC" else 0.0) + 0.46
    body = _ROW * len(rows) + 0.12
    height = top + body + 0.98
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes(
        (_LEFT / _WIDTH, 1 - (top + body) / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH,
         body / height)
    )  # fmt: skip
    _axis(axes, rows, body, pooled)
    _heads(figure, pooled, kind, top)
    most = max((r.weight for r in rows if r.weight == r.weight), default=1.0)
    for place, row in enumerate(rows):
        y = 0.06 + _ROW * (place + 0.5)
        _draw(axes, row, -y, most)
        _texts(figure, row, 1 - (top + y) / height, kind)
    _feet(figure, axes, pooled, kind, top + body)
    return figure


def _axis(axes: Axes, rows: Sequence[_Row], body: float, pooled: Pooled) -> None:
    limits = [v for r in rows for v in (r.low, r.high) if math.isfinite(v) and v > 0]
    reach = min(max([2.0, *(max(v, 1 / v) * 1.05 for v in limits)]), 12.0)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    near = reach <= 4
    skip = {0.1, 0.2, 5.0, 10.0} if near else {0.25, 0.75, 1.5, 4.0}
    ticks = [t for t in _TICKS if 1 / reach <= t <= reach and t not in skip]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_ylim(-body, 0)
    axes.set_yticks([])
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.axvline(1.0, color=INK, lw=0.8, zorder=1)
    axes.axvline(pooled.effects["REML"].ratio, color=QUIET, lw=0.8, dashes=(3, 2), zorder=1)
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7.6)


def _heads(figure: Figure, pooled: Pooled, kind: str, top: float) -> None:
    height = figure.get_figheight()
    y = 1 - (top - 0.11) / height
    first = {"leave_one_out": "REML without", "cumulative": "REML, trials up to"}.get(kind, "Trial")
    right = _WIDTH - _RIGHT + 0.1
    figure.text(0.06 / _WIDTH, y, f"{first}  ({pooled.trials[0].endpoint})", fontsize=7.4,
                color=QUIET)  # fmt: skip
    figure.text(right / _WIDTH, y, f"{_measure(pooled)} (95% CI)", fontsize=7.4, color=QUIET)
    last = "Weight" if kind == "forest" else "p"
    figure.text(0.992, y, last, fontsize=7.4, color=QUIET, ha="right")
    figure.add_artist(Line2D([0.005, 0.995], [y - 0.08 / height] * 2, color=GRID, lw=1.0))


def _draw(axes: Axes, row: _Row, y: float, most: float) -> None:
    low, high = axes.get_xlim()
    colour = arm_style(1).colour
    if row.kind == "diamond":
        half = 0.075
        axes.fill([max(row.low, low), row.ratio, min(row.high, high), row.ratio],
                  [y, y + half, y, y - half], color=arm_style(0).colour, zorder=4)  # fmt: skip
        return
    ends = [min(max(v, low), high) for v in (row.low, row.high)]
    wide = 2.2 if row.kind == "interval" else 0.9
    shade = arm_style(2).colour if row.kind == "interval" else INK
    axes.plot(ends, [y, y], color=shade, lw=wide, zorder=3, solid_capstyle="butt")
    for end, limit, sign in ((ends[0], row.low, "<"), (ends[1], row.high, ">")):
        if limit < low or limit > high:
            axes.plot([end], [y], marker=sign, color=shade, markersize=4.5, clip_on=False)
    if row.kind == "box" and low <= row.ratio <= high:
        share = 0.5 if math.isnan(row.weight) else row.weight / most
        # The area, not the side, is proportional to the weight.
        size = max(10.0 * math.sqrt(share), 2.5)
        axes.plot([row.ratio], [y], marker="s", markersize=size, color=colour, markeredgewidth=0,
                  zorder=5)  # fmt: skip


def _texts(figure: Figure, row: _Row, y: float, kind: str) -> None:
    bold = "bold" if row.kind == "diamond" else "normal"
    figure.text(0.06 / _WIDTH, y, cut(row.text, 44), fontsize=7.8, weight=bold, va="center")
    right = (_WIDTH - _RIGHT + 0.1) / _WIDTH
    if math.isnan(row.ratio):
        text = numbers.interval(row.low, row.high, numbers.ratio, numbers.NOT_ESTIMABLE)
    else:
        text = numbers.with_limits(row.ratio, row.low, row.high, numbers.ratio)
    figure.text(right, y, text, fontsize=7.8, weight=bold, va="center")
    last = ""
    if kind == "forest" and not math.isnan(row.weight):
        last = f"{100 * row.weight:.0f}%"
    elif kind != "forest" and not math.isnan(row.p):
        last = numbers.p_value(row.p)
    figure.text(0.992, y, last, fontsize=7.6, va="center", ha="right")


def _feet(figure: Figure, axes: Axes, pooled: Pooled, kind: str, base: float) -> None:
    height = figure.get_figheight()
    box = axes.get_position()
    one = box.x0 + box.width / 2
    y = 1 - (base + 0.42) / height
    gap = 0.08 / _WIDTH
    figure.text(one - gap, y, "\N{LEFTWARDS ARROW} favours treatment", fontsize=7.2, ha="right",
                va="center")  # fmt: skip
    figure.text(one + gap, y, "favours control \N{RIGHTWARDS ARROW}", fontsize=7.2, va="center")
    df = len(pooled.trials) - 1
    text = (
        f"Heterogeneity: Q {pooled.q:.2f} on {df} df, p {numbers.p_value(pooled.q_p)}, "
        f"I² {100 * pooled.i2:.0f}%, τ² {pooled.effects['REML'].tau2:.3f} (REML)."
    )
    figure.text(0.008, 0.24 / height, text, fontsize=7.0, color=INK)
    rule = "Dashed line: REML."
    if kind == "forest":
        rule = "Area of a box: its weight under REML. Dashed line: REML."
        if df < 2:
            rule += " No prediction interval: it needs three trials."
    figure.text(0.008, 0.08 / height, rule, fontsize=6.6, color=QUIET)


def _funnel(pooled: Pooled) -> Figure:
    top = 0.26 if pooled.kind == "SYNTHETIC" else 0.0
    figure = Figure(figsize=(6.4, 4.4 + top))
    height = 4.4 + top
    axes = figure.add_axes((0.8 / 6.4, 0.86 / height, 5.35 / 6.4, 3.35 / height))
    fixed, largest = pooled.effects["fixed"], max(t.se for t in pooled.trials)
    depth = 1.15 * largest
    edges = [math.exp(fixed.log_effect + s * _Z * depth) for s in (-1, 1)]
    axes.fill([fixed.ratio, edges[0], edges[1]], [0, depth, depth], color=GRID, alpha=0.7, lw=0)
    axes.plot([edges[0], fixed.ratio, edges[1]], [depth, 0, depth], color=QUIET, lw=0.8,
              dashes=(3, 2))  # fmt: skip
    axes.axvline(fixed.ratio, color=QUIET, lw=0.8)
    axes.axvline(1.0, color=INK, lw=0.8)
    axes.set_xscale("log")
    _points(axes, pooled, depth)
    reach = max(2.0, *(max(v, 1 / v) for v in (*edges, *(t.ratio for t in pooled.trials))))
    axes.set_xlim(1 / reach, reach)
    near = {0.1, 0.2, 5.0, 10.0} if reach <= 4 else {0.25, 0.75, 1.5, 4.0}
    ticks = [t for t in _TICKS if 1 / reach <= t <= reach and t not in near]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_ylim(depth, 0)
    axes.set_xlabel(f"{_measure(pooled)}, {pooled.trials[0].endpoint}", fontsize=8.5)
    axes.set_ylabel("Standard error of its logarithm", fontsize=8.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.text(0.012, 0.10 / height, _egger_words(pooled), fontsize=6.8, color=QUIET)
    return figure


def _points(axes: Axes, pooled: Pooled, depth: float) -> None:
    """Draw the trials; a name that would lie on an earlier one moves down a line."""
    placed: list[TrialEffect] = []
    for t in pooled.trials:
        near = sum(
            abs(t.se - other.se) < 0.06 * depth and abs(t.log_effect - other.log_effect) < 0.6
            for other in placed
        )
        axes.plot([t.ratio], [t.se], marker="o", markersize=6, color=arm_style(1).colour)
        axes.annotate(
            cut(t.label, 34), (t.ratio, t.se), xytext=(7, -3 - 11 * near),
            textcoords="offset points", fontsize=6.8,
        )  # fmt: skip
        placed.append(t)


def _egger_words(pooled: Pooled) -> str:
    text = "Shaded: 95% region about the fixed effect."
    if pooled.egger is None:
        return text + " Egger's test needs three trials of different size."
    return (
        f"{text} Egger: intercept {numbers.signed(pooled.egger.intercept, 2)}, "
        f"p {numbers.p_value(pooled.egger.p_value)}; below ten trials it can hardly find anything."
    )
