"""The figures of a design: bounds, power by effect, patients and events over calendar time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adjuvant.core import Floats, InvalidInput
from adjuvant.design.piecewise import event_probability
from adjuvant.design.planned_power import PlannedPower, planned_power, under_hazard_ratio
from adjuvant.design.trial_design import PlannedPatients, TrialDesign
from adjuvant.report.checked_design import CheckedDesign
from adjuvant.report.style import GRID, INK, QUIET, arm_style, look, pin_fonts

__all__ = ["accrual_figure", "boundary_figure", "power_curve", "power_figure"]

_SIZE = (7.2, 3.6)
_BAND = 1.6448536269514722  # of a 90% band


@dataclass(frozen=True)
class PowerCurve:
    """Power by one hazard ratio for the whole of follow-up, by formula."""

    hazard_ratios: tuple[float, ...]
    power: tuple[float, ...]
    expected_events: tuple[float, ...]


def power_curve(
    design: TrialDesign, hazard_ratios: Sequence[float] | None = None
) -> PowerCurve | None:
    """Return the power of a design by hazard ratio; None where the test has no formula.

    A ratio at which the events of the last look are never expected is left out.

    >>> from adjuvant.design import design_from_numbers
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
    ...                            accrual=24)
    >>> [round(p, 3) for p in power_curve(made, (0.7, 1.0)).power]
    [0.712, 0.025]
    """
    if design.test.type == "max_combo" and design.looks.looks > 1:
        return None
    found: list[tuple[float, PlannedPower]] = []
    null = design.null_hazard_ratio
    for ratio in np.linspace(0.4, 1.15, 31) * null if hazard_ratios is None else hazard_ratios:
        try:
            one = planned_power(design, under_hazard_ratio(design.patients, float(ratio)))
        except InvalidInput:
            continue
        found.append((float(ratio), one))
    return PowerCurve(
        tuple(ratio for ratio, _ in found),
        tuple(one.reject for _, one in found),
        tuple(one.expected_events for _, one in found),
    )


def boundary_figure(checked: CheckedDesign) -> Figure:
    """Return z at each look: where the trial stops for efficacy, for futility, for harm."""
    with look():
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        events = [one.events for one in checked.looks]
        top = max(one.z for one in checked.looks)
        _bound(axes, events, [one.z for one in checked.looks], 1, "Efficacy", above=True)
        futile = [(one.events, one.futility_z) for one in checked.looks[:-1]]
        lower = [(d, z) for d, z in futile if z is not None]
        if lower:
            # The last look decides everything: its two bounds meet.
            lower.append((events[-1], checked.looks[-1].z))
            _bound(axes, [d for d, _ in lower], [z for _, z in lower], 2, "Futility", above=False)
        harm = [(one.events, one.harm_z) for one in checked.looks[:-1] if one.harm_z is not None]
        if harm:
            at, values = [d for d, _ in harm], [z for _, z in harm if z is not None]
            _bound(axes, at, values, 3, "Harm", above=False)
        if checked.design.looks.sided == 2:
            _bound(axes, events, [-one.z for one in checked.looks], 4, "Against", above=False)
        _plain(
            axes, f"Events of both arms ({checked.design.test.words} Z above 0 favours treatment)"
        )
        axes.set_ylabel("Z")
        axes.axhline(0, color=QUIET, lw=0.6)
        axes.set_xticks(events)
        axes.set_xlim(0.75 * events[0], 1.08 * events[-1])
        bottom = min([0.0, *(z for _, z in lower), *(z for _, z in harm if z is not None)])
        if checked.design.looks.sided == 2:
            bottom = -top
        axes.set_ylim(bottom - 0.7, top + 0.9)
        pin_fonts(figure)
    return figure


def power_figure(checked: CheckedDesign, curve: PowerCurve) -> Figure:
    """Return the power by hazard ratio, with the simulated points and their errors."""
    design = checked.design
    with look():
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        style = arm_style(1)
        axes.plot(curve.hazard_ratios, curve.power, color=style.colour, lw=1.7)
        axes.annotate(
            "by formula", (curve.hazard_ratios[0], curve.power[0]), xytext=(4, -14),
            textcoords="offset points", color=style.colour, fontsize=7.8, weight="bold",
        )  # fmt: skip
        points = [(design.null_hazard_ratio, checked.simulated_null.reject, "no effect")]
        if design.hazard_ratio is not None:
            points.append((design.hazard_ratio, checked.simulated.power, "planned"))
        for ratio, run, name in points:
            axes.errorbar(
                [ratio], [run.value], yerr=[3 * run.standard_error], fmt="o", markersize=4.5,
                color=INK, capsize=3, lw=1,
            )  # fmt: skip
            axes.annotate(
                f"{name}, simulated\n{run.value:.1%}", (ratio, run.value), xytext=(8, 6),
                textcoords="offset points", fontsize=7.8,
            )  # fmt: skip
        if design.power is not None:
            axes.axhline(design.power, color=QUIET, lw=0.8, linestyle=(0, (4, 3)))
            axes.annotate(
                f"aimed at {design.power:.0%}", (curve.hazard_ratios[-1], design.power),
                xytext=(-2, 3), textcoords="offset points", ha="right", fontsize=7.8, color=QUIET,
            )  # fmt: skip
        _plain(axes, "Hazard ratio, the same from the start to the end of follow-up")
        axes.set_ylabel("Power")
        axes.set_ylim(0, 1.08)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        pin_fonts(figure)
    return figure


def accrual_figure(checked: CheckedDesign) -> Figure:
    """Return patients and events by month, with the band that chance gives the events."""
    design = checked.design
    end = _end(checked)
    at = np.linspace(0.0, end, 241)
    with look():
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        accrued = design.assumptions.accrual.by(at)
        axes.plot(at, accrued, color=QUIET, lw=1.4)
        _name(axes, at, accrued, 0.62, "Patients", QUIET)
        null = under_hazard_ratio(design.patients, design.null_hazard_ratio)
        for place, (who, name) in enumerate(
            ((design.patients, "Events as assumed"), (null, "Events without effect"))
        ):
            mean, sd = _events(design, who, at)
            style = arm_style(1 + place)
            axes.fill_between(
                at, mean - _BAND * sd, mean + _BAND * sd, color=style.colour, alpha=0.12, lw=0
            )
            axes.plot(at, mean, color=style.colour, linestyle=style.line, lw=1.7)
            _name(axes, at, mean, 0.97, name, style.colour, below=place == 0)
        for one in checked.looks:
            axes.axhline(one.events, color=GRID, lw=0.9, zorder=0)
            axes.annotate(
                f"look {one.number}: {one.events}", (0, one.events), xytext=(3, 2),
                textcoords="offset points", fontsize=7.4, color=QUIET,
            )  # fmt: skip
        _plain(axes, "Months since the first patient could enter (bands: 90%, chance alone)")
        axes.set_ylabel("Number, both arms")
        axes.set_xlim(0, end)
        axes.set_ylim(0, 1.06 * design.subjects)
        pin_fonts(figure)
    return figure


def _end(checked: CheckedDesign) -> float:
    """Return the month until which the curves are drawn: somewhat after the last look."""
    last = checked.looks[-1]
    months = [
        m for m in (last.month.formula, last.band.upper if last.band else None) if m is not None
    ]
    run = last.month.simulated
    months += [run.value] if run is not None else []
    return 1.08 * max([*months, checked.design.patients.accrual.duration])


def _events(design: TrialDesign, who: PlannedPatients, at: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the number of events by month."""
    chance = event_probability(who.assumptions(design.subjects), at.tolist())
    share = design.allocation_ratio / (1 + design.allocation_ratio)
    mean, variance = np.zeros_like(at), np.zeros_like(at)
    for p, n in (
        (np.asarray(chance.experimental), design.subjects * share),
        (np.asarray(chance.control), design.subjects * (1 - share)),
    ):
        mean += n * p
        variance += n * p * (1 - p)
    return mean, np.sqrt(variance)


def _bound(
    axes: Axes, events: Sequence[float], z: Sequence[float], place: int, name: str, *, above: bool
) -> None:
    style = arm_style(place)
    axes.plot(
        events, z, color=style.colour, linestyle=style.line, lw=1.7, marker="o", markersize=4.5
    )
    meets = name == "Futility"  # its last point is that of the efficacy bound
    for x, y in list(zip(events, z, strict=True))[: len(events) - meets]:
        if math.isfinite(y):
            axes.annotate(
                f"{y:.3f}", (x, y), xytext=(0, 7 if above else -13), textcoords="offset points",
                ha="center", fontsize=7.8, color=style.colour,
            )  # fmt: skip
    axes.annotate(
        name, (events[0], z[0]), xytext=(-9, 0), textcoords="offset points", ha="right",
        va="center", fontsize=7.8, weight="bold", color=style.colour,
    )  # fmt: skip


def _name(
    axes: Axes, at: Floats, values: Floats, share: float, name: str, colour: str,
    *, below: bool = False,
) -> None:  # fmt: skip
    index = int(share * (len(at) - 1))
    axes.annotate(
        name, (at[index], values[index]), xytext=(0, -26 if below else 5),
        textcoords="offset points", ha="right" if share > 0.9 else "center", fontsize=7.8,
        weight="bold", color=colour,
    )  # fmt: skip


def _plain(axes: Axes, label: str) -> None:
    axes.set_xlabel(label, fontsize=8.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=GRID, lw=0.7)
    axes.set_axisbelow(True)
