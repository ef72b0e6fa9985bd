"""Curves of `adjuvant.survival`: Kaplan-Meier, bands, hazards, event counts, visits, models."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from adjuvant.analysis.results import Curve
from adjuvant.core import Floats, Numbers
from adjuvant.report.curve_axes import draw_table, table_height
from adjuvant.report.estimate_layout import (
    AXIS,
    PLOT,
    TITLE,
    curve_of,
    draw_steps,
    draw_time_axis,
    foot,
    level_words,
    name_ends,
    panel,
    percent_axis,
    sheet,
    ticks_of,
)
from adjuvant.report.style import arm_style
from adjuvant.survival import (
    BaselineHazard,
    ConfidenceBand,
    CumulativeHazard,
    KaplanMeier,
    MeanCumulative,
    PredictedSurvival,
    SurvivalCurve,
    TurnbullCurve,
    at_risk_table,
)
from adjuvant.survival.results import normal_quantile

__all__ = [
    "band_figure",
    "baseline_figure",
    "hazard_figure",
    "kaplan_meier_figure",
    "mean_figure",
    "predicted_figure",
    "survival_curves",
    "turnbull_figure",
    "turnbull_steps",
]

_ROWS = ("At risk", "Censored", "Events")
_LEVEL = 0.95  # of limits that a result does not hold and the figure makes from its errors


def kaplan_meier_figure(result: KaplanMeier) -> Figure:
    """Draw the curves with limits, censor ticks and the numbers at risk under the axis.

    Source    Morris TP et al. 2019, BMJ Open 9:e030215 (the table).
    """
    ticks = ticks_of([c.time for c in result.curves], result.unit)
    curves = _with_table(result, survival_curves(result.curves, ticks), ticks)
    rows = _ROWS if curves[0].at_risk else ()
    below = table_height(len(curves), len(rows)) if rows else 0.0
    figure = sheet("Kaplan-Meier estimate", below=below)
    axes = panel(figure)
    draw_steps(axes, curves, result.unit, start=1.0)
    percent_axis(axes, "Event-free")
    name_ends(axes, curves)
    if rows:
        draw_table(figure, axes, curves, rows, top=TITLE + PLOT + AXIS)
    foot(figure, f"Band: pointwise {level_words(result.level)} limits, scale {result.ci}")
    return figure


def survival_curves(found: Sequence[SurvivalCurve], ticks: tuple[float, ...]) -> list[Curve]:
    """Return Kaplan-Meier curves as the drawing takes them."""
    return [
        curve_of(
            c.label, c.time, c.survival, (c.lower, c.upper), censored=c.censored, ticks=ticks
        )
        for c in found
    ]  # fmt: skip


def _with_table(result: KaplanMeier, curves: list[Curve], ticks: tuple[float, ...]) -> list[Curve]:
    """Add the counts under the axis; sums of fractional weights are no counts, and left out."""
    if result.data is None:
        return curves
    counts = at_risk_table(result.data, ticks)
    every = np.concatenate([np.concatenate((c.at_risk, c.censored, c.events)) for c in counts])
    if not np.array_equal(every, np.round(every)):
        return curves
    return [
        replace(
            curve,
            at_risk=_whole(c.at_risk),
            cumulative_censored=_whole(c.censored),
            cumulative_events=_whole(c.events),
        )
        for curve, c in zip(curves, counts, strict=True)
    ]


def _whole(counts: Floats) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)


def hazard_figure(results: Sequence[CumulativeHazard]) -> Figure:
    """Draw cumulative hazards with limits from their standard errors, on the log scale."""
    made = [(c.label, c.time, c.cumulative_hazard, c.std_error) for c in results]
    return _rising("Nelson-Aalen estimate", "Cumulative hazard", made, results[0].unit)


def mean_figure(results: Sequence[MeanCumulative]) -> Figure:
    """Draw mean numbers of events with limits from their robust errors, on the log scale."""
    made = [(c.label, c.time, c.mean, c.std_error) for c in results]
    title = "Mean cumulative function of recurrent events"
    return _rising(title, "Events per subject", made, results[0].unit)


def _rising(
    title: str, axis: str, made: Sequence[tuple[str, Numbers, Floats, Floats]], unit: str
) -> Figure:
    ticks = ticks_of([time for _, time, _, _ in made], unit)
    curves = [
        curve_of(label, time, value, _log_limits(value, error), ticks=ticks)
        for label, time, value, error in made
    ]
    figure = sheet(title)
    axes = panel(figure)
    draw_steps(axes, curves, unit, start=0.0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(axis, fontsize=8.5)
    name_ends(axes, curves)
    foot(figure, f"Band: pointwise {level_words(_LEVEL)} limits, log scale")
    return figure


def _log_limits(value: Floats, error: Floats) -> tuple[Floats, Floats]:
    share = np.divide(error, value, out=np.zeros(len(value)), where=value > 0)
    reach = np.exp(np.minimum(normal_quantile(_LEVEL) * share, 50.0))
    return value / reach, value * reach


def baseline_figure(results: Sequence[BaselineHazard]) -> Figure:
    """Draw the cumulative baseline hazard of each stratum."""
    unit = results[0].unit
    ticks = ticks_of([c.time for c in results], unit)
    curves = [curve_of(c.label, c.time, c.cumulative_hazard, ticks=ticks) for c in results]
    figure = sheet("Cox model: cumulative baseline hazard")
    axes = panel(figure)
    draw_steps(axes, curves, unit, start=0.0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("Cumulative hazard", fontsize=8.5)
    name_ends(axes, curves)
    foot(figure, "Breslow's estimate for all covariates 0")
    return figure


def predicted_figure(results: Sequence[PredictedSurvival]) -> Figure:
    """Draw the survival that a Cox model predicts for one patient, a curve a stratum."""
    unit = results[0].unit
    ticks = ticks_of([c.time for c in results], unit)
    curves = [
        curve_of(c.label, c.time, c.survival, (c.lower, c.upper), ticks=ticks) for c in results
    ]
    figure = sheet("Cox model: predicted survival")
    axes = panel(figure)
    draw_steps(axes, curves, unit, start=1.0)
    percent_axis(axes, "Event-free")
    name_ends(axes, curves)
    foot(figure, "Band: pointwise limits")
    return figure


def band_figure(results: Sequence[ConfidenceBand]) -> Figure:
    """Draw simultaneous bands: each holds its whole curve over the range drawn."""
    first = results[0]
    ticks = ticks_of([c.time for c in results], first.unit)
    curves = [curve_of(c.label, c.time, c.survival, ticks=ticks) for c in results]
    names = {"equal_precision": "equal precision (Nair)", "hall_wellner": "Hall-Wellner"}
    figure = sheet(f"Simultaneous {level_words(first.level)} band: {names[first.method]}")
    axes = panel(figure)
    for place, (band, curve) in enumerate(zip(results, curves, strict=True)):
        style = arm_style(place)
        edges = _shown(band.lower, 0.0), _shown(band.upper, 1.0)
        axes.fill_between(band.time, *edges, step="post", color=style.colour, alpha=0.13, lw=0)
        for edge in edges:
            axes.step(band.time, edge, where="post", color=style.colour, lw=0.7)
        axes.step(
            curve.time, curve.value, where="post", color=style.colour, linestyle=style.line, lw=1.7
        )
    draw_time_axis(axes, curves, first.unit)
    percent_axis(axes, "Event-free")
    name_ends(axes, curves)
    foot(figure, f"The band holds the whole curve over the range drawn; scale {first.ci}")
    return figure


def _shown(limit: Floats, where_undefined: float) -> Floats:
    return np.where(np.isnan(limit), where_undefined, limit)


def turnbull_figure(results: Sequence[TurnbullCurve]) -> Figure:
    """Draw curves of times between visits; in a shaded box the curve is not determined."""
    first = results[0]
    ticks = ticks_of([np.concatenate((c.left, c.right)) for c in results], first.unit)
    curves = [turnbull_steps(c, ticks) for c in results]
    figure = sheet("Turnbull's estimate for events between visits")
    axes = panel(figure)
    for place, (found, curve) in enumerate(zip(results, curves, strict=True)):
        style = arm_style(place)
        above = np.concatenate(([1.0], found.survival[:-1]))
        last = max(ticks[-1], curve.time[-1])
        for left, right, high, low in zip(
            found.left, found.right, above, found.survival, strict=True
        ):
            ends = [left, min(right, last)]
            axes.fill_between(ends, low, high, color=style.colour, alpha=0.16, lw=0)
        x, y = [0.0, *curve.time], [1.0, *curve.value]
        axes.step(x, y, where="post", color=style.colour, linestyle=style.line, lw=1.7)
    draw_time_axis(axes, curves, first.unit)
    percent_axis(axes, "Event-free")
    name_ends(axes, curves)
    foot(figure, "Inside a shaded box the curve is not determined; it is drawn at the box's end")
    return figure


def turnbull_steps(found: TurnbullCurve, ticks: tuple[float, ...]) -> Curve:
    """Return the curve that falls at the right end of each interval, up to the last finite end."""
    finite = np.isfinite(found.right)
    time, value = found.right[finite], found.survival[finite]
    if not finite.all():  # The curve is flat up to where its last interval begins.
        before = value[-1:] if value.size else np.ones(1)
        time, value = np.append(time, found.left[-1]), np.append(value, before)
    return curve_of(found.label, time, value, ticks=ticks)
