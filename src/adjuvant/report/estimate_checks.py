"""What tests of `adjuvant.survival` rest on: residuals over time, observed and expected events."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.core import AnalysisError, Floats
from adjuvant.report import numbers
from adjuvant.report.estimate_layout import foot, level_words, panel, scale_of, sheet, ticks_of
from adjuvant.report.fitting import cut
from adjuvant.report.style import GRID, INK, QUIET, arm_style
from adjuvant.survival import CoxFit, MaxCombo, ProportionalHazards, residuals

__all__ = ["max_combo_figure", "observed_expected_figure", "proportional_hazards_figure"]

_DF = 4  # of the spline, as plot.cox.zph of R
_HEIGHT = 2.5
_MOST = 3  # panels side by side
_NAMES = {
    "FlemingHarrington": "Fleming-Harrington",
    "Gehan": "Gehan",
    "TaroneWare": "Tarone-Ware",
    "PetoPeto": "Peto-Peto",
    "ModifiedPetoPeto": "Modified Peto-Peto",
    "ModestlyWeighted": "Modestly weighted log-rank",
}


def proportional_hazards_figure(result: ProportionalHazards) -> Figure:
    """Draw scaled Schoenfeld residuals over time, a panel a term, with a spline and its band.

    Where proportional hazards hold the spline is flat, at the dashed coefficient.
    Source    Grambsch & Therneau 1994; a natural spline of four degrees of freedom as in R.
    """
    fit = result.fit
    if fit is None:
        raise AnalysisError("the result holds no model; use proportional_hazards_test(fit)")
    if fit.data.weight is not None:
        raise AnalysisError("Schoenfeld residuals of a weighted model have no figure here")
    time, scaled, covariance = _scaled_residuals(fit)
    if len(np.unique(time)) < _DF + 2:
        raise AnalysisError("too few event times for a smooth line; read the test's p-value")
    names, figures = fit.terms, min(len(fit.terms), _MOST)
    title = f"Proportional hazards: global {numbers.p_phrase(result.global_test.p_value)}"
    figure = sheet(title, height=_HEIGHT)
    scale = scale_of(fit.data.unit, float(time.max()))
    ticks = ticks_of([time], fit.data.unit)
    p_of = {t.term: t.p_value for t in result.terms}
    for j in range(figures):
        axes = panel(figure, j, figures, height=_HEIGHT, right=0.2)
        _residual_panel(axes, time, scaled[:, j], float(covariance[j, j]), float(fit.coef[j]))
        step = 1 if figures == 1 else 2
        shown = ticks[::step]
        axes.set_xticks(shown, [f"{t / scale.per:.3g}" for t in shown])
        axes.set_xlabel(scale.words.capitalize(), fontsize=8.5)
        p = p_of.get(names[j], p_of.get(names[j].split("=")[0]))
        words = names[j] if p is None else f"{names[j]}, {numbers.p_phrase(p)}"
        axes.set_title(cut(words, 72 // figures), fontsize=8.2, loc="left")
        if j == 0:
            axes.set_ylabel("Log hazard ratio over time", fontsize=8.5)
    more = len(names) - figures
    rest = f"; {more} more terms are not drawn" if more else ""
    foot(figure, f"Dashed: the model's coefficient. Line: natural spline, 95% band{rest}")
    return figure


def _scaled_residuals(fit: CoxFit) -> tuple[Floats, Floats, Floats]:
    """Return each event's time and its row of log hazard ratios (events, p), and their variance.

    Schoenfeld residuals come by stratum and within it by time.
    """
    data = fit.data
    event = np.flatnonzero(data.event > 0)
    stratum = np.zeros(data.n, dtype=np.int64) if data.stratum is None else data.stratum
    order = event[np.lexsort((event, data.time[event], stratum[event]))]
    spread = fit.events * fit.variance
    return data.time[order].astype(float), residuals(fit, "schoenfeld") @ spread + fit.coef, spread


def _residual_panel(
    axes: Axes, time: Floats, shown: Floats, variance: float, coefficient: float
) -> None:
    style = arm_style(1)
    axes.plot(time, shown, ".", color=QUIET, ms=3, alpha=0.55)
    grid = np.linspace(time.min(), time.max(), 80)
    line, error = _smooth(time, shown, grid, variance)
    axes.fill_between(
        grid, line - 1.96 * error, line + 1.96 * error, color=style.colour, alpha=0.15, lw=0
    )
    axes.plot(grid, line, color=style.colour, lw=1.7)
    axes.axhline(coefficient, color=INK, lw=0.9, dashes=(3, 2))
    low, high = np.quantile(shown, (0.02, 0.98))
    low, high = min(low, float(line.min())), max(high, float(line.max()))
    axes.set_ylim(low - 0.1 * (high - low), high + 0.1 * (high - low))


def _smooth(x: Floats, y: Floats, at: Floats, variance: float) -> tuple[Floats, Floats]:
    """Return a natural cubic spline fitted by least squares, at `at`, and its standard error."""
    knots = np.unique(np.quantile(x, np.linspace(0, 1, _DF + 1)))
    basis, where = _natural(x, knots), _natural(at, knots)
    inverse = np.linalg.pinv(basis.T @ basis)
    line = where @ (inverse @ (basis.T @ y))
    error = np.sqrt(np.maximum(np.einsum("ia,ab,ib->i", where, inverse, where) * variance, 0.0))
    return line, error


def _natural(x: Floats, knots: Floats) -> Floats:
    """Return the basis of natural cubic splines (n, knots): linear beyond the outer knots.

    Source    Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, 5.4.
    """
    low, high = knots[0], knots[-1]
    t, k = (x - low) / (high - low), (knots - low) / (high - low)

    def d(j: int) -> Floats:
        cubes = np.maximum(t - k[j], 0) ** 3 - np.maximum(t - k[-1], 0) ** 3
        return np.asarray(cubes / (k[-1] - k[j]))

    columns = [np.ones(len(t)), t, *(d(j) - d(len(k) - 2) for j in range(len(k) - 2))]
    return np.column_stack(columns)


def observed_expected_figure(result: Any) -> Figure:
    """Draw each arm's observed events against those expected if all arms shared one hazard."""
    weighted = hasattr(result, "weight")
    name = _NAMES[type(result.weight).__name__] if weighted else "Log-rank"
    if weighted and (own := vars(result.weight)):
        name += f" ({', '.join(f'{key} {value:g}' for key, value in own.items())})"
    strata = f", {result.strata} strata" if result.strata > 1 else ""
    figure = sheet(
        f"{name} test{strata}: chi-square {result.chi_square:.2f} on {result.df} df, "
        f"{numbers.p_phrase(result.p_value)}",
        height=0.5 + 0.34 * len(result.groups),
    )
    axes = panel(figure, height=0.5 + 0.34 * len(result.groups))
    for place, (seen, due) in enumerate(zip(result.observed, result.expected, strict=True)):
        colour = arm_style(place).colour
        axes.plot([due, seen], [-place, -place], color=colour, lw=2.2, zorder=2)
        axes.plot([seen], [-place], "o", color=colour, ms=6.5, zorder=3)
        axes.plot([due], [-place], "o", mfc="white", mec=colour, mew=1.5, ms=6.5, zorder=3)
    axes.set_yticks([-i for i in range(len(result.groups))], result.groups)
    axes.set_ylim(-len(result.groups) + 0.4, 0.6)
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel("Weighted events" if weighted else "Events", fontsize=8.5)
    foot(figure, "Filled: observed. Open: expected if the arms shared one hazard")
    return figure


def max_combo_figure(result: MaxCombo) -> Figure:
    """Draw the z of each weighted test, with the two-sided 5% limits of one test alone."""
    figure = sheet(
        f"MaxCombo: largest |z| {result.max_abs_z:.2f}, {numbers.p_phrase(result.p_two_sided)}",
        height=0.5 + 0.34 * len(result.z),
    )
    axes = panel(figure, height=0.5 + 0.34 * len(result.z))
    best = int(np.argmax(np.abs(result.z)))
    for place, z in enumerate(result.z):
        colour = arm_style(1 if place == best else 0).colour
        axes.plot([0, z], [-place, -place], color=colour, lw=2.2)
        axes.plot([z], [-place], "o", color=colour, ms=6.5)
    names = [f"rho {r:g}, gamma {g:g}" for r, g in result.weights]
    axes.set_yticks([-i for i in range(len(names))], names, fontsize=7.2)
    axes.set_ylim(-len(names) + 0.4, 0.6)
    axes.axvline(0, color=INK, lw=0.8)
    for limit in (-1.96, 1.96):
        axes.axvline(limit, color=QUIET, lw=0.8, dashes=(3, 2))
    axes.set_xlabel("z (below 0: fewer events under treatment)", fontsize=8.5)
    foot(figure, f"Dashed: {level_words(0.95)} limits of one test alone; the p-value counts all")
    return figure
