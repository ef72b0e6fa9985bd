"""Competing risks of `adjuvant.survival`: a panel a cause, on one scale."""

import numpy as np
from matplotlib.figure import Figure

from adjuvant.analysis.results import Curve
from adjuvant.core import Floats
from adjuvant.report.estimate_layout import (
    curve_of,
    draw_steps,
    foot,
    level_words,
    name_ends,
    panel,
    percent_axis,
    sheet,
    thin_ticks,
    ticks_of,
)
from adjuvant.survival import AalenJohansen, CumulativeIncidence
from adjuvant.survival.results import normal_quantile

__all__ = ["incidence_figure", "states_figure"]

_LEVEL = 0.95
_TOPS = (0.2, 0.4, 0.6, 0.8)


def incidence_figure(result: CumulativeIncidence) -> Figure:
    """Draw the cumulative incidence of each cause, arms together, with limits by the log-log."""
    ticks = ticks_of([c.time for c in result.curves], result.unit)
    by_cause: dict[str, list[Curve]] = {}
    for c in result.curves:
        limits = _limits(c.estimate, np.sqrt(c.variance))
        drawn = curve_of(c.label, c.time, c.estimate, limits, ticks=ticks)
        by_cause.setdefault(f"Cause {c.cause}", []).append(drawn)
    figure = _panels("Cumulative incidence", by_cause, result.unit)
    foot(figure, f"Band: pointwise {level_words(_LEVEL)} limits, Gray's variance, scale log(-log)")
    return figure


def states_figure(result: AalenJohansen) -> Figure:
    """Draw the probability of being in each state: event free, then the causes."""
    ticks = ticks_of([c.time for c in result.curves], result.unit)
    by_state = {}
    for j, state in enumerate(result.states):
        name = "Event-free" if state == 0 else f"Cause {state}"
        by_state[name] = [
            curve_of(
                c.label, c.time, c.probability[:, j], (c.lower[:, j], c.upper[:, j]), ticks=ticks
            )
            for c in result.curves
        ]
    figure = _panels("Aalen-Johansen estimate of the states", by_state, result.unit)
    foot(
        figure,
        f"Band: pointwise {level_words(result.level)} limits, jackknife errors, scale {result.ci}",
    )
    return figure


def _panels(title: str, by_name: dict[str, list[Curve]], unit: str) -> Figure:
    figure = sheet(title)
    free = [name for name in by_name if name == "Event-free"]
    highest = max(
        (v for name, curves in by_name.items() if name not in free for c in curves
         for v in (*c.value, *c.upper) if v == v),
        default=1.0,
    )  # fmt: skip
    top = next((t for t in _TOPS if highest <= t), 1.0)
    for place, (name, curves) in enumerate(by_name.items()):
        axes = panel(figure, place, len(by_name))
        draw_steps(axes, curves, unit, start=1.0 if name in free else 0.0)
        percent_axis(axes, "Probability" if place == 0 else "", 1.0 if name in free else top)
        axes.set_title(name, fontsize=8.4, loc="left")
        if len(by_name) > 1:
            thin_ticks(axes)
        if place == len(by_name) - 1:
            name_ends(axes, curves)
    return figure


def _limits(estimate: Floats, error: Floats) -> tuple[Floats, Floats]:
    inside = (estimate > 0) & (estimate < 1)
    lower, upper = estimate.copy(), estimate.copy()
    log = np.log(estimate[inside])
    reach = normal_quantile(_LEVEL) * error[inside] / (estimate[inside] * -log)
    power = np.exp(np.minimum(reach, 50.0))
    lower[inside], upper[inside] = np.exp(log * power), np.exp(log / power)
    return lower, upper
