"""Restricted means and milestones of `adjuvant.survival`: the areas and the heights they are."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.core import AnalysisError, Floats
from adjuvant.report import numbers
from adjuvant.report.estimate_curves import survival_curves
from adjuvant.report.estimate_layout import (
    curve_of,
    draw_steps,
    draw_time_axis,
    foot,
    level_words,
    name_ends,
    panel,
    percent_axis,
    scale_of,
    sheet,
    thin_ticks,
    ticks_of,
    when,
)
from adjuvant.report.style import INK, arm_style
from adjuvant.survival import MilestoneDifference, RestrictedMean, RmstDifference, SurvivalCurve
from adjuvant.survival.results import normal_quantile

__all__ = ["mean_difference_figure", "milestone_figure", "restricted_mean_figure"]


def restricted_mean_figure(results: Sequence[RestrictedMean]) -> Figure:
    """Draw each arm's curve over the area that is its restricted mean, a panel an arm."""
    figure = sheet("Restricted mean survival time: the area under the curve up to tau")
    curves = [_required(r.curve) for r in results]
    ticks = ticks_of([c.time for c in curves], results[0].unit)
    for place, (found, curve) in enumerate(zip(results, curves, strict=True)):
        axes = panel(figure, place, len(results), right=0.3)
        style = arm_style(place)
        _fill(axes, [curve], found.tau, style.colour)
        drawn = curve_of(curve.label, curve.time, curve.survival, ticks=ticks)
        x, y = [0.0, *drawn.time], [1.0, *drawn.value]
        axes.step(x, y, where="post", color=style.colour, linestyle=style.line, lw=1.7)
        draw_time_axis(axes, [drawn], found.unit)
        percent_axis(axes, "Event-free" if place == 0 else "")
        scale = scale_of(found.unit, found.tau)
        axes.set_title(
            f"{found.label} {scale.text(found.rmst)} {scale.words} "
            f"to {when(found.tau, found.unit)}",
            fontsize=8.4, loc="left",
        )  # fmt: skip
        if len(results) > 1:
            thin_ticks(axes)
    foot(figure, "Shaded: the restricted mean")
    return figure


def mean_difference_figure(result: RmstDifference) -> Figure:
    """Draw both curves; shaded between them the difference of the restricted means."""
    if len(result.curves) != 2:
        raise AnalysisError("the result holds no curves; make it with rmst_difference(data, tau)")
    scale = scale_of(result.unit, result.tau)
    effect = result.difference
    words = numbers.with_limits(
        effect.estimate, *effect.ci, scale.text, may_be_negative=True
    )  # fmt: skip
    kind = "Adjusted difference" if result.adjusted else "Difference"
    figure = sheet(
        f"{kind} in restricted mean to {when(result.tau, result.unit)}: "
        f"{words} {scale.words}, {numbers.p_phrase(effect.p_value)}"
    )
    axes = panel(figure)
    _fill(axes, list(result.curves), result.tau, arm_style(1).colour)
    ticks = ticks_of([c.time for c in result.curves], result.unit)
    drawn = [curve_of(c.label, c.time, c.survival, ticks=ticks) for c in result.curves]
    draw_steps(axes, drawn, result.unit, start=1.0)
    axes.axvline(result.tau, color=INK, lw=0.8, dashes=(3, 2))
    percent_axis(axes, "Event-free")
    name_ends(axes, drawn)
    what = "the difference before adjustment" if result.adjusted else "the difference"
    foot(figure, f"Shaded: {what}; {level_words(result.level)} confidence interval in the title")
    return figure


def milestone_figure(result: MilestoneDifference) -> Figure:
    """Draw both curves and, at the milestone, each arm's survival with its plain interval."""
    if len(result.curves) != 2:
        raise AnalysisError("the result holds no curves; make it with milestone_difference(...)")
    effect = result.difference
    words = numbers.with_limits(
        100 * effect.estimate, 100 * effect.ci[0], 100 * effect.ci[1],
        lambda v: numbers.signed(v, 1), may_be_negative=True,
    )  # fmt: skip
    figure = sheet(
        f"Difference at {when(result.time, result.unit)}: {words} percentage points, "
        f"{numbers.p_phrase(effect.p_value)}"
    )
    axes = panel(figure)
    ticks = ticks_of([c.time for c in result.curves], result.unit)
    drawn = survival_curves(result.curves, ticks)
    draw_steps(axes, drawn, result.unit, start=1.0)
    axes.axvline(result.time, color=INK, lw=0.8, dashes=(3, 2))
    z = normal_quantile(result.level)
    for place, arm in enumerate((result.control, result.treatment)):
        axes.errorbar(
            [result.time], [arm.survival], yerr=z * arm.std_error, fmt="o", markersize=4.5,
            color=arm_style(place).colour, capsize=3, lw=1.3, zorder=6,
        )  # fmt: skip
    percent_axis(axes, "Event-free")
    name_ends(axes, drawn)
    foot(figure, f"Points: survival at the milestone, {level_words(result.level)} plain limits")
    return figure


def _required(curve: SurvivalCurve | None) -> SurvivalCurve:
    if curve is None:
        raise AnalysisError("the result holds no curve; make it with rmst(data, tau)")
    return curve


def _fill(axes: Axes, curves: list[SurvivalCurve], tau: float, colour: str) -> None:
    """Shade between one curve and the axis, or between two, from 0 to tau."""
    times = np.unique(np.concatenate([np.array([0.0, tau]), *(c.time for c in curves)]))
    times = times[times <= tau]
    heights = [_at(curve, times) for curve in curves]
    base = heights[0] if len(heights) == 2 else np.zeros(len(times))
    axes.fill_between(times, base, heights[-1], step="post", color=colour, alpha=0.22, lw=0)


def _at(curve: SurvivalCurve, times: Floats) -> Floats:
    """Return the curve (q,) at the times, its last value beyond its end."""
    step = np.searchsorted(curve.time, times, side="right")
    return np.concatenate(([1.0], curve.survival))[step]
