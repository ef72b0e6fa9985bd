"""Parametric fits of `adjuvant.survival` over the curves they should follow."""

import numpy as np
from matplotlib.figure import Figure
from scipy.special import expit, log_ndtr

from adjuvant.core import AnalysisError, Floats, TimeToEvent
from adjuvant.report.estimate_curves import turnbull_steps
from adjuvant.report.estimate_layout import (
    curve_of,
    draw_time_axis,
    foot,
    name_ends,
    panel,
    percent_axis,
    sheet,
    ticks_of,
)
from adjuvant.report.style import arm_style
from adjuvant.survival import ParametricFit, kaplan_meier, turnbull

__all__ = ["parametric_figure", "survival_of"]


def parametric_figure(fit: ParametricFit) -> Figure:
    """Draw the fitted survival over Kaplan-Meier (or Turnbull) curves, arm by arm.

    The fitted line of an arm is the mean of its patients' predicted curves.
    Raises    AnalysisError where the fit does not hold its data.
    """
    data = fit.data
    if data is None:
        raise AnalysisError("the fit holds no data; make it with parametric_survival(data)")
    if isinstance(data, TimeToEvent):
        found = kaplan_meier(data).curves
        ticks = ticks_of([c.time for c in found], data.unit)
        steps = [curve_of(c.label, c.time, c.survival, ticks=ticks) for c in found]
        under = "Kaplan-Meier"
    else:
        curves = turnbull(data)
        ticks = ticks_of([np.concatenate((c.left, c.right)) for c in curves], data.unit)
        steps = [turnbull_steps(c, ticks) for c in curves]
        under = "Turnbull"
    figure = sheet(f"{fit.distribution.replace('_', '-').capitalize()} model over {under} curves")
    axes = panel(figure)
    grid = np.linspace(0, max(max(c.time[-1] for c in steps), ticks[-1]), 241)[1:]
    for place, curve in enumerate(steps):
        style = arm_style(place)
        x, y = [0.0, *curve.time], [1.0, *curve.value]
        axes.step(x, y, where="post", color=style.colour, lw=0.9, alpha=0.75)
        rows = np.ones(data.n, dtype=np.bool_) if data.arm is None else data.arm == place
        line = survival_of(fit, grid, rows)
        axes.plot([0, *grid], [1, *line], color=style.colour, linestyle=style.line, lw=1.9)
    draw_time_axis(axes, steps, data.unit)
    percent_axis(axes, "Event-free")
    name_ends(axes, steps)
    foot(figure, f"Thick: fitted, the mean over the arm's patients. Thin: {under}")
    return figure


def survival_of(fit: ParametricFit, at: Floats, rows: np.ndarray) -> Floats:
    """Return the fitted survival (q,) at times > 0, averaged over the rows chosen (n,) bool.

    >>> from adjuvant.survival import parametric_survival
    >>> fit = parametric_survival(TimeToEvent([2, 3, 7], [1, 0, 1]), distribution="exponential")
    >>> survival_of(fit, np.array([6.0]), np.ones(3, dtype=bool)).round(4).tolist()
    [0.3679]
    """
    columns = [] if fit.design is None else [c[rows] for c in fit.design.columns]
    eta = np.full(int(rows.sum()), float(fit.coef[0]))
    for b, column in zip(fit.coef[1:], columns, strict=True):
        eta += b * column
    patterns, count = np.unique(eta, return_counts=True)
    w = (np.log(at)[:, None] - patterns[None, :]) / fit.scale
    if fit.distribution == "log_normal":
        survival = np.exp(log_ndtr(-w))
    elif fit.distribution == "log_logistic":
        survival = expit(-w)
    else:
        survival = np.exp(-np.exp(np.minimum(w, 50.0)))
    return np.asarray(survival @ count / count.sum())
