"""Effects of `adjuvant.survival` as a forest: a row an effect, with its limits and its numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from adjuvant.core import AnalysisError
from adjuvant.report import numbers
from adjuvant.report.estimate_layout import (
    TITLE,
    WIDTH,
    foot,
    level_words,
    scale_of,
    sheet,
)
from adjuvant.report.fitting import cut
from adjuvant.report.style import GRID, INK, QUIET, arm_style
from adjuvant.survival import (
    AverageHazardRatio,
    Effect,
    FirthFit,
    FisherExact,
    MantelHaenszel,
    ProfileLimits,
    Proportion,
    Quantiles,
    SurvivalAt,
    WinRatio,
)

__all__ = [
    "average_figure",
    "fisher_figure",
    "hazard_ratio_figure",
    "mantel_haenszel_figure",
    "profile_figure",
    "proportion_figure",
    "quantile_figure",
    "survival_at_figure",
    "win_ratio_figure",
]

_ROW = 0.26  # inches
_LEFT, _RIGHT = 2.5, 2.3  # inches of text on both sides of the axis
_TOP = 0.66
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_WIDEST = 100.0
_MEASURES = {"ratio": "Risk ratio", "odds_ratio": "Odds ratio"}


@dataclass(frozen=True)
class _Row:
    """One effect; a limit may be infinite, and is NaN where it is not determined.

    unbounded  whether an upper limit that is NaN lies beyond everything seen: not reached.
    """

    name: str
    value: float
    lower: float
    upper: float
    p: float = math.nan
    unbounded: bool = False


def hazard_ratio_figure(fit: Any) -> Figure:
    """Draw the hazard ratios of a Cox, Firth or Fine-Gray model."""
    titles = {
        "CoxFit": "Cox model: hazard ratios",
        "FirthFit": "Cox model with Firth's penalty: hazard ratios",
        "FineGrayFit": "Fine-Gray model: subdistribution hazard ratios",
    }
    ratios, limits, p = fit.hazard_ratio, fit.hr_ci, fit.p_values
    rows = [
        _Row(term, float(ratios[j]), float(limits[j, 0]), float(limits[j, 1]), float(p[j]))
        for j, term in enumerate(fit.terms)
    ]
    kind = "profile" if isinstance(fit, FirthFit) else "Wald"
    what = f"{fit.n} rows, {fit.events} events; {level_words(fit.level)} {kind} limits"
    return _ratios(titles[type(fit).__name__], "Hazard ratio", rows, fit.level, what)


def profile_figure(result: ProfileLimits) -> Figure:
    """Draw hazard ratios with the limits of the profile likelihood."""
    rows = [
        _Row(term, _exp(b), _exp(low), _exp(high))
        for term, b, low, high in zip(
            result.terms, result.coef, result.lower, result.upper, strict=True
        )
    ]
    title = "Cox model: hazard ratios with profile-likelihood limits"
    return _ratios(title, "Hazard ratio", rows, result.level, "Limits: Venzon and Moolgavkar 1988")


def average_figure(result: AverageHazardRatio) -> Figure:
    """Draw the average hazard ratio."""
    row = _of_effect("Treatment v control", result.ratio)
    what = f"Averaged up to time {result.tau:g}"
    return _ratios("Average hazard ratio", "Hazard ratio", [row], result.level, what)


def win_ratio_figure(result: WinRatio) -> Figure:
    """Draw the win ratio and the win odds; above 1 the treatment wins more often."""
    rows = [_of_effect("Win ratio", result.ratio), _of_effect("Win odds", result.odds)]
    what = (
        f"{result.pairs} pairs: wins {100 * result.wins:.1f}%, losses "
        f"{100 * result.losses:.1f}%, ties {100 * result.ties:.1f}%"
    )
    return _ratios("Win ratio: treatment v control", "Ratio", rows, result.level, what)


def fisher_figure(result: FisherExact) -> Figure:
    """Draw the conditional odds ratio with its exact limits."""
    lower, upper = result.ci
    row = _Row("Odds ratio", result.odds_ratio, lower, upper, result.p_value)
    return _ratios("Fisher's exact test", "Odds ratio", [row], result.level, "Exact limits")


def proportion_figure(results: Sequence[Proportion]) -> Figure:
    """Draw effects on risks, all of them differences or all ratios."""
    difference = [r.measure == "difference" for r in results]
    if any(difference) != all(difference):
        raise AnalysisError("differences and ratios share no axis; draw them in two figures")
    level = results[0].level
    if all(difference):
        rows = [_Row(r.method, r.estimate, *r.ci) for r in results]
        return _plain("Risk difference: treatment v control", rows, level, 0.0, _points)
    rows = [_Row(f"{_MEASURES[r.measure]}: {r.method}", r.estimate, *r.ci) for r in results]
    return _ratios("Ratio of risks or odds: treatment v control", "Ratio", rows, level, "")


def mantel_haenszel_figure(result: MantelHaenszel) -> Figure:
    """Draw the common odds and risk ratio over strata; the risk difference stands in the foot."""
    made = (("Odds ratio", result.odds_ratio), ("Risk ratio", result.risk_ratio))
    rows = [_Row(name, r.estimate, *r.ci) for name, r in made if r is not None]
    d = result.risk_difference
    if not rows:
        row = _Row("Risk difference", d.estimate, *d.ci)
        return _plain("Mantel-Haenszel estimate over strata", [row], d.level, 0.0, _points)
    words = numbers.with_limits(d.estimate, *d.ci, _points, may_be_negative=True)
    what = f"Risk difference {words} points; test {numbers.p_phrase(result.test.p_value)}"
    return _ratios("Mantel-Haenszel estimates over strata", "Ratio", rows, d.level, what)


def quantile_figure(results: Sequence[Quantiles]) -> Figure:
    """Draw quantiles of the time to the event; an arrow where a limit is not reached."""
    first = results[0]
    longest = max((v for r in results for v in (*r.quantile, *r.lower, *r.upper) if v == v),
                  default=1.0)  # fmt: skip
    scale = scale_of(first.unit, longest)
    rows = [
        _Row(f"{r.label} {_named(p)}".strip(), q, low, high, unbounded=True)
        for r in results
        for p, q, low, high in zip(r.probability, r.quantile, r.lower, r.upper, strict=True)
    ]
    what = "follow-up" if first.of == "follow_up" else "time to the event"
    return _plain(f"Quantiles of {what}, {scale.words}", rows, None, None, scale.text, scale.per)


def survival_at_figure(results: Sequence[SurvivalAt]) -> Figure:
    """Draw survival at fixed times with its limits."""
    rows = [
        _Row(f"{r.label} at {t:g}".strip(), s, low, high)
        for r in results
        for t, s, low, high in zip(r.time, r.survival, r.lower, r.upper, strict=True)
    ]
    return _plain("Survival at fixed times, %", rows, None, None, _points, 0.01)


def _named(p: float) -> str:
    return "median" if p == 0.5 else f"quantile {p:g}"


def _points(value: float) -> str:
    return numbers.signed(100 * value, 1)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _of_effect(name: str, effect: Effect) -> _Row:
    lower, upper = effect.ci
    return _Row(name, effect.estimate, lower, upper, effect.p_value)


def _ratios(title: str, axis: str, rows: Sequence[_Row], level: float, what: str) -> Figure:
    """Draw rows on a logarithmic axis around 1."""
    figure, axes = _frame(title, len(rows))
    ends = [v for r in rows for v in (r.value, r.lower, r.upper) if 0 < v < math.inf]
    reach = min(max((max(v, 1 / v) for v in ends), default=2.0) * 1.1, _WIDEST)
    reach = max(reach, 2.0)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    ticks = [t for t in _TICKS if 1 / reach <= t <= reach]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.axvline(1.0, color=INK, lw=0.8, zorder=1)
    _draw(figure, axes, rows, numbers.ratio, f"{axis} ({level_words(level)} CI)")
    foot(figure, what)
    return figure


def _plain(
    title: str,
    rows: Sequence[_Row],
    level: float | None,
    zero: float | None,
    text: Callable[[float], str],
    per: float = 0.01,
) -> Figure:
    """Draw rows on a plain axis whose ticks are printed in units of `per`."""
    figure, axes = _frame(title, len(rows))
    ends = [v for r in rows for v in (r.value, r.lower, r.upper) if math.isfinite(v)]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    room = 0.06 * (high - low or 1.0)
    axes.set_xlim(low - (room if low < 0 else 0.0), high + room)
    left, right = axes.get_xlim()
    round_values = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(left / per, right / per)
    ticks = [float(v) for v in round_values if left <= v * per <= right]
    texts = [f"{v:g}".replace("-", numbers.MINUS) for v in ticks]
    axes.set_xticks([v * per for v in ticks], texts)
    if zero is not None:
        axes.axvline(zero, color=INK, lw=0.8, zorder=1)
    head = "Estimate" if level is None else f"Estimate ({level_words(level)} CI)"
    _draw(figure, axes, rows, text, head)
    return figure


def _frame(title: str, count: int) -> tuple[Figure, Axes]:
    body = _ROW * count + 0.08
    figure = sheet(title, height=body + _TOP - TITLE)
    total = figure.get_figheight()
    box = (
        _LEFT / WIDTH,
        1 - (_TOP + body) / total,
        (WIDTH - _LEFT - _RIGHT) / WIDTH,
        body / total,
    )
    axes = figure.add_axes(box)
    edge = 0.5 + 0.04 / _ROW
    axes.set_ylim(1 - count - edge, edge)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7.6)
    return figure, axes


def _draw(
    figure: Figure, axes: Axes, rows: Sequence[_Row], text: Callable[[float], str], head: str
) -> None:
    right, total = (WIDTH - _RIGHT + 0.12) / WIDTH, figure.get_figheight()
    y = 1 - (_TOP - 0.1) / total
    figure.text(right, y, head, fontsize=7.2, color=QUIET)
    if any(math.isfinite(r.p) for r in rows):
        figure.text(0.99, y, "p", fontsize=7.2, color=QUIET, ha="right")
    for place, row in enumerate(rows):
        y = 1 - (_TOP + 0.04 + _ROW * (place + 0.5)) / total
        figure.text(0.08 / WIDTH, y, cut(row.name, 34), fontsize=7.8, va="center", color=INK)
        words = _words(row, text)
        figure.text(right, y, words, fontsize=7.6, va="center", color=INK)
        if math.isfinite(row.p):
            shown = numbers.p_value(row.p)
            figure.text(0.99, y, shown, fontsize=7.6, va="center", ha="right", color=INK)
        _mark(axes, row, -place)


def _words(row: _Row, text: Callable[[float], str]) -> str:
    missing = numbers.NOT_REACHED if row.unbounded else numbers.NOT_ESTIMABLE
    negative = text is not numbers.ratio
    return numbers.with_limits(
        row.value, row.lower, row.upper, text, missing=missing, may_be_negative=negative
    )


def _mark(axes: Axes, row: _Row, y: float) -> None:
    """Draw a row's limits and its estimate; an arrow where a limit lies beyond the axis."""
    low, high = axes.get_xlim()
    upper = math.inf if row.unbounded and math.isnan(row.upper) else row.upper
    ends = [_inside(v, row.value, low, high) for v in (row.lower, upper)]
    if all(math.isfinite(e) for e in ends):
        axes.plot(ends, [y, y], color=INK, lw=1.0, zorder=3, solid_capstyle="butt")
    for end, limit, sign in ((ends[0], row.lower, "<"), (ends[1], upper, ">")):
        if (limit < low or limit > high) and math.isfinite(row.lower + row.value):
            axes.plot([end], [y], marker=sign, color=INK, markersize=5, zorder=4, clip_on=False)
    if low <= row.value <= high:
        axes.plot([row.value], [y], marker="s", markersize=6, color=arm_style(1).colour, zorder=5)


def _inside(limit: float, value: float, low: float, high: float) -> float:
    """Return where a limit is drawn: cut to the axis, at the estimate where there is none."""
    if math.isnan(limit):
        return value
    return min(max(limit, low), high)
