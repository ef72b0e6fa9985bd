"""Kaplan-Meier bands over an ensemble of SYNTHETIC sets, with the printed numbers as points."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.core import Codes
from adjuvant.evidence.printed import Published
from adjuvant.evidence.reconstruct_ensemble import Reconstruction
from adjuvant.evidence.unprinted import curve_bands
from adjuvant.report.fitting import wrapped
from adjuvant.report.style import BANNERS, GRID, INK, QUIET, arm_style, banner, look, pin_fonts
from adjuvant.report.words import upper_first

__all__ = ["ensemble_figure"]

_WIDTH, _HEIGHT = 8.2, 5.6
_LEFT, _RIGHT = 1.02, 1.4
_TOP, _BOTTOM = 0.78, 1.22  # inches above and below the axes
_POINTS = 240
_APART = 12.0  # days by which the points of the two arms stand beside their time


def ensemble_figure(rebuilt: Reconstruction, published: Published) -> Figure:
    """Return the curves of an ensemble: the middle 95% of its sets, and what is printed.

    The band is not a confidence interval: it says how far the printed page leaves the curve of
    these very patients open. Bars are the printed limits.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.evidence import read_published_text, reconstruct, summary_of
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> page = read_published_text(summary_of(truth, [1, 2]))
    >>> type(ensemble_figure(reconstruct(page, members=2), page)).__name__
    'Figure'
    """
    with look():
        figure = Figure(figsize=(_WIDTH, _HEIGHT))
        axes = figure.add_axes(
            (_LEFT / _WIDTH, _BOTTOM / _HEIGHT, (_WIDTH - _LEFT - _RIGHT) / _WIDTH,
             (_HEIGHT - _TOP - _BOTTOM) / _HEIGHT)
        )  # fmt: skip
        last = _last_day(rebuilt)
        _curves(axes, rebuilt, published, last)
        _printed(axes, rebuilt)
        _axis(axes, published, rebuilt, last)
        _key(figure, len(rebuilt.members))
        _at_risk(figure, axes, rebuilt, published)
        banner(figure, (BANNERS["rebuilt"],))
        pin_fonts(figure)
    return figure


def _last_day(rebuilt: Reconstruction) -> int:
    """The day up to which both arms of every set are still followed."""
    ends = []
    for member in rebuilt.members:
        data = member.data
        ends += [int(data.time[np.asarray(data.arm == code)].max()) for code in (0, 1)]
    return min(ends)


def _curves(axes: Axes, rebuilt: Reconstruction, published: Published, last: int) -> None:
    days: Codes = np.unique(np.rint(np.linspace(0, last, _POINTS)).astype(np.int64))
    bands = curve_bands(rebuilt, days)
    ends = {}
    for place, arm in enumerate(("C", "T")):
        low, middle, high = bands[arm]
        style = arm_style(place)
        axes.fill_between(days, low, high, step="post", color=style.colour, alpha=0.22, lw=0)
        axes.step(days, middle, where="post", color=style.colour, linestyle=style.line, lw=1.7,
                  zorder=3)  # fmt: skip
        ends[arm] = float(middle[-1])
    apart = 0.10 - abs(ends["T"] - ends["C"])
    shift = max(apart, 0.0) / 2 * (1 if ends["T"] >= ends["C"] else -1)
    for place, arm in enumerate(("C", "T")):
        y = ends[arm] + (shift if arm == "T" else -shift)
        name = wrapped(upper_first(_label(published, arm)), 17, 3)
        axes.text(
            last * 1.02, max(y, 0.05), name, color=arm_style(place).colour, fontsize=7.8,
            weight="bold", va="center", ha="left", linespacing=1.1,
        )  # fmt: skip


def _printed(axes: Axes, rebuilt: Reconstruction) -> None:
    """Draw the printed percentages with their limits, the arms beside each other."""
    for m in rebuilt.targets.milestones:
        place = 0 if m.arm == "C" else 1
        x = m.day + (_APART if m.arm == "T" else -_APART)
        y = (m.value.low + m.value.high) / 2
        low, high = (y if v is None else (v.low + v.high) / 2 for v in (m.low, m.high))
        axes.errorbar(
            [x], [y], yerr=[[max(y - low, 0)], [max(high - y, 0)]], fmt="o" if place else "s",
            color=arm_style(place).colour, markerfacecolor="white", markersize=5.0,
            markeredgewidth=1.3, elinewidth=1.0, capsize=3.0, zorder=5,
        )  # fmt: skip


def _axis(axes: Axes, published: Published, rebuilt: Reconstruction, last: int) -> None:
    years = last > 3 * 365
    unit, per = ("Years", 365.25) if years else ("Months", 30.4375)
    step = 1 if years else 6
    ticks = np.arange(0, last / per + 0.01, step)
    axes.set_xticks((ticks * per).tolist(), [f"{t:g}" for t in ticks])
    axes.set_xlim(0, last * 1.005)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0", "20", "40", "60", "80", "100"])
    endpoint = published.endpoints[rebuilt.targets.endpoint]
    axes.set_ylabel(f"{upper_first(endpoint.event_free or endpoint.label)} (%)", fontsize=8.5)
    axes.set_xlabel(f"{unit} since randomisation", fontsize=8.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=GRID, lw=0.7)
    axes.set_axisbelow(True)


def _key(figure: Figure, members: int) -> None:
    text = (
        f"Line and band: middle and middle 95% of {members} sets.  Points and bars: printed, "
        "with the printed limits; every set was built to meet them."
    )
    figure.text(0.012, 1 - 0.46 / _HEIGHT, text, fontsize=7.4, color=INK)
    text = "The band is no confidence interval: it is what the printed page leaves open."
    figure.text(0.012, 1 - 0.62 / _HEIGHT, text, fontsize=7.4, color=QUIET)


def _at_risk(figure: Figure, axes: Axes, rebuilt: Reconstruction, published: Published) -> None:
    """Write the number at risk under the axis: the middle of the sets, and its middle 95%."""
    top = _HEIGHT - _BOTTOM + 0.52
    figure.text(0.012, 1 - top / _HEIGHT, "At risk: middle of the sets (middle 95%)",
                fontsize=7.2, color=QUIET)  # fmt: skip
    for place, arm in enumerate(("C", "T")):
        y = 1 - (top + 0.19 + 0.17 * place) / _HEIGHT
        figure.text(0.012, y, _short(published, arm), fontsize=7.0, weight="bold",
                    color=arm_style(place).colour, va="center")  # fmt: skip
        for tick in axes.get_xticks():
            text = _risk_text(rebuilt, place, float(tick))
            x = axes.transData.transform((tick, 0))[0] / (_WIDTH * figure.dpi)
            figure.text(x, y, text, fontsize=7.0, color=INK, ha="center", va="center")


def _risk_text(rebuilt: Reconstruction, code: int, day: float) -> str:
    found = sorted(
        int(np.sum(np.asarray(m.data.arm == code) & (m.data.time >= day))) for m in rebuilt.members
    )
    n = len(found) - 1
    low, middle, high = (found[k] for k in (int(0.025 * n), n // 2, int(np.ceil(0.975 * n))))
    return f"{middle}" if low == high else f"{middle} ({low}\N{EN DASH}{high})"


def _label(published: Published, arm: str) -> str:
    return next((p.label for a, p in published.arms.items() if a == arm), arm)


def _short(published: Published, arm: str) -> str:
    role = next((p.role for a, p in published.arms.items() if a == arm), None)
    return {"control": "Control", "experimental": "Treatment", None: arm}[role]
