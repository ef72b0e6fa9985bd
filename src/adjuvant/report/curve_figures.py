"""Kaplan-Meier and cumulative-incidence figures, with the key above and the counts below."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.analysis.results import Curve, Result, Results
from adjuvant.core import AnalysisError
from adjuvant.report import numbers
from adjuvant.report.curve_axes import (
    draw_curve,
    draw_table,
    label_ends,
    set_time_axis,
    table_height,
)
from adjuvant.report.key_table import (
    ROW,
    Column,
    arms_in,
    companions,
    draw_key,
    survival_columns,
    words_of_test,
)
from adjuvant.report.numbers import TimeScale
from adjuvant.report.printing import estimate_text, level_text
from adjuvant.report.style import QUIET, banner
from adjuvant.report.tables import cause_of

__all__ = ["incidence_figure", "survival_figure"]

_WIDTH = 8.2
_LEFT, _RIGHT = 1.02, 1.28
_PLOT = 3.35  # inches, the height of the axes
_AXIS = 0.5  # inches, tick labels and the axis title
_FOOT = 0.26


def survival_figure(
    result: Result,
    results: Results | None,
    scale: TimeScale,
    *,
    state: str | None = None,
    origin: str = "randomisation",
    banners: tuple[str, ...] = (),
) -> Figure:
    """Draw Kaplan-Meier curves with key, bands, censor ticks and the KMunicate table.

    state     what the curve counts, such as "Alive"; the endpoint's label where it is None.
    origin    from what the time is counted.
    Raises    AnalysisError where the result holds no curve.
    Source    Morris TP et al. 2019, BMJ Open 9:e030215 (the table).
    """
    curves = _curves_of(result)
    beside = companions(result, results)
    arms, columns = arms_in(curves), survival_columns(result, beside, scale)
    below = words_of_test(beside, columns)
    top = 0.26 * len(banners) + 0.06
    plot_top = top + ROW * (len(arms) + 1 + (1 if below else 0)) + 0.2
    rows = ["At risk", "Censored", "Events"] if curves[0].at_risk else []
    table = table_height(len(arms), len(rows)) if rows else 0.0
    figure = Figure(figsize=(_WIDTH, plot_top + _PLOT + _AXIS + table + _FOOT))
    draw_key(figure, arms, columns, top, below)
    axes = _axes(figure, _LEFT, plot_top, _WIDTH - _LEFT - _RIGHT)
    for place, curve in enumerate(curves):
        draw_curve(axes, curve, place, start=1.0)
    set_time_axis(axes, curves, scale, origin)
    axes.set_ylim(0, 1.0)
    _percent_axis(
        axes, [0, 0.2, 0.4, 0.6, 0.8, 1.0], state or result.endpoint_label or "Event-free"
    )
    label_ends(axes, curves, _PLOT)
    draw_table(figure, axes, curves, rows, top=plot_top + _PLOT + _AXIS)
    _foot(figure, (result.id, *beside.ids), results)
    banner(figure, banners)
    return figure


def incidence_figure(
    result: Result,
    results: Results | None,
    scale: TimeScale,
    *,
    origin: str = "randomisation",
    banners: tuple[str, ...] = (),
) -> Figure:
    """Draw cumulative incidence, a panel a cause side by side on one scale.

    Raises    AnalysisError where the result holds no curve.
    Source    Aalen OO, Johansen S 1978 (the estimate).
    """
    curves = _curves_of(result)
    causes = tuple(dict.fromkeys(c.cause or "" for c in curves))
    arms = arms_in(curves)
    below = words_of_test(companions(result, None))
    top = 0.26 * len(banners) + 0.06
    plot_top = top + ROW * (len(arms) + 1 + (1 if below else 0)) + 0.45
    rows = ["At risk", "Events"] if curves[0].at_risk else []
    table = table_height(len(arms), len(rows)) if rows else 0.0
    figure = Figure(figsize=(_WIDTH, plot_top + _PLOT + _AXIS + table + _FOOT))
    draw_key(figure, arms, _incidence_columns(result, causes, scale), top, below)
    highest = _ceiling(curves)
    room = (_WIDTH - _LEFT - 0.2 - 0.35 * (len(causes) - 1)) / len(causes)
    for number, cause in enumerate(causes):
        own = [c for c in curves if (c.cause or "") == cause]
        axes = _axes(figure, _LEFT + number * (room + 0.35), plot_top, room)
        for place, curve in enumerate(own):
            draw_curve(axes, curve, place, start=0.0, ticks=False)
        set_time_axis(axes, own, scale, origin)
        axes.set_ylim(0, highest)
        steps = [highest * i / 4 for i in range(5)]
        _percent_axis(axes, steps, "Cumulative incidence" if number == 0 else "")
        axes.set_title(cause[:1].upper() + cause[1:], fontsize=8.8, weight="bold", loc="left")
        draw_table(
            figure, axes, own, rows, top=plot_top + _PLOT + _AXIS, heads=number == 0
        )  # fmt: skip
    _foot(figure, (result.id,), results)
    banner(figure, banners)
    return figure


def _incidence_columns(result: Result, causes: Sequence[str], scale: TimeScale) -> list[Column]:
    """The cumulative incidence of each cause at the last milestone, with limits."""
    found = [e for e in result.estimates if e.measure == "cumulative_incidence" and e.arm]
    last = max((e.at for e in found if e.at is not None), default=None)
    sizes = {c.arm: c.n for c in result.counts}
    columns = []
    for cause in causes:
        mine = [e for e in found if e.at == last and cause_of(e, result) == cause]
        cells = {e.arm: estimate_text(e, sizes.get(e.arm, 0), scale) for e in mine if e.arm}
        if cells and last is not None:
            when = numbers.length_words(last, result.unit)
            columns.append(Column(f"{cause}, {when}, % ({level_text(result.level)} CI)", cells))
    return columns


def _curves_of(result: Result) -> tuple[Curve, ...]:
    if not result.curves or not any(c.time for c in result.curves):
        raise AnalysisError(
            f"{result.id}: the result holds no curve to draw; it is of type {result.type}"
        )
    return result.curves


def _ceiling(curves: Sequence[Curve]) -> float:
    """The lowest of a few round tops that holds every curve and its band."""
    highest = max((v for c in curves for v in (*c.value, *c.upper) if v == v), default=1.0)
    return next((top for top in (0.2, 0.4, 0.6, 0.8) if highest <= top), 1.0)


def _axes(figure: Figure, left: float, top: float, width: float) -> Axes:
    total_width, height = figure.get_size_inches()
    bottom = height - top - _PLOT
    place = (left / total_width, bottom / height, width / total_width, _PLOT / height)
    return figure.add_axes(place)


def _percent_axis(axes: Axes, ticks: Sequence[float], label: str) -> None:
    axes.set_yticks(list(ticks), [f"{100 * t:g}" for t in ticks])
    if label:
        axes.set_ylabel(f"{label} (%)", fontsize=8.5)


def _foot(figure: Figure, ids: Sequence[str], results: Results | None) -> None:
    text = "Results " + ", ".join(dict.fromkeys(ids))
    if results is not None and results.snapshot:
        text += f"  ·  snapshot {results.snapshot[:12]}"
    figure.text(0.99, 0.07 / figure.get_figheight(), text, fontsize=5.8, color=QUIET, ha="right")
