"""The small table above a curve: a line sample, the numbers and the effect of each arm."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from adjuvant.analysis.results import Curve, Estimate, Result, Results
from adjuvant.report import numbers
from adjuvant.report.fitting import cut, print_width
from adjuvant.report.numbers import TimeScale
from adjuvant.report.printing import estimate_text, level_text, text_of_test
from adjuvant.report.style import GRID, INK, QUIET, arm_style
from adjuvant.report.words import upper_first

__all__ = ["ROW", "Column", "Companions", "arms_in", "companions", "draw_key", "survival_columns"]

ROW = 0.2  # inches
_CHARACTER = 0.066  # inches, the mean advance of DejaVu Sans at 7.6 points
_BOLD = 0.071
_LABEL_AT = 0.5


@dataclass(frozen=True)
class Column:
    """One column of the key: a head and a text per arm id."""

    head: str
    cells: dict[str, str]

    @property
    def width(self) -> float:
        """The width in inches that its longest text needs."""
        longest = max(print_width(line) for line in (self.head, *self.cells.values()))
        return longest * _CHARACTER + 0.16


@dataclass(frozen=True)
class Companions:
    """The results that stand beside a curve: the hazard ratio's and the test's."""

    effect: Result | None = None
    test: Result | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the companions, once each."""
        return tuple(dict.fromkeys(r.id for r in (self.effect, self.test) if r))


def companions(result: Result, results: Results | None) -> Companions:
    """Return the main Cox model and the test of the same endpoint and set.

    Main is the model with a place in the plan's order, else the first that compares every arm.

    >>> companions(Result("KM", "kaplan_meier", "ITT", 9, "", ""), None)
    Companions(effect=None, test=None)
    """
    if results is None:
        return Companions()
    same = [
        r
        for r in results.results
        if (r.endpoint, r.set) == (result.endpoint, result.set)
        and {c.arm for c in r.counts} == {c.arm for c in result.counts}
    ]
    models = [r for r in same if r.type == "cox"]
    models.sort(key=lambda r: r.order if r.order is not None else math.inf)
    effect = models[0] if models else None
    if effect is not None and effect.tests:
        return Companions(effect, effect)
    return Companions(effect, next((r for r in same if r.type == "log_rank"), None))


def arms_in(curves: Sequence[Curve]) -> dict[str, str]:
    """Return the arms of the curves, id to label, in their order.

    >>> arms_in([])
    {}
    """
    return {c.arm: c.label for c in curves}


def survival_columns(result: Result, beside: Companions, scale: TimeScale) -> list[Column]:
    """Return events, median, milestones and hazard ratio of a Kaplan-Meier result as columns.

    >>> survival_columns(Result("KM", "kaplan_meier", "ITT", 9, "", ""), Companions(),
    ...                  numbers.time_scale("day", 900))
    []
    """
    sizes = {c.arm: c.n for c in result.counts}
    columns = []
    if result.counts:
        events = {c.arm: f"{c.events} / {c.n}" for c in result.counts}
        columns.append(Column("Events / N", events))
    columns += _group(result, "median", f"Median, {scale.words} ({_ci(result)})", sizes, scale)
    for at in sorted({e.at for e in result.estimates if e.measure == "survival" and e.at}):
        when = numbers.length_words(at, result.unit)
        cells = {
            e.arm: numbers.percent(e.value, sizes.get(e.arm, result.n))
            for e in result.estimates
            if e.measure == "survival" and e.at == at and e.arm
        }
        columns.append(Column(f"At {when}", cells))
    if beside.effect is not None:
        columns += _group(
            beside.effect, "hazard_ratio", f"Hazard ratio ({_ci(beside.effect)})", sizes, scale
        )
    return columns


def _ci(result: Result) -> str:
    return f"{level_text(result.level)} CI"


def _group(
    result: Result, measure: str, head: str, sizes: dict[str, int], scale: TimeScale
) -> list[Column]:
    found: list[Estimate] = [e for e in result.estimates if e.measure == measure and e.arm]
    cells = {
        e.arm: estimate_text(e, sizes.get(e.arm, 0), scale).replace(numbers.NOT_REACHED, "NR")
        for e in found
        if e.arm
    }
    if not cells:
        return []
    for e in found:
        if e.versus:
            cells.setdefault(e.versus, "reference")
    return [Column(head, cells)]


def words_of_test(beside: Companions, columns: Sequence[Column] = ()) -> str:
    """Return the test beside the curve, and what NR means where it is used, as one line."""
    parts = []
    if beside.test is not None and beside.test.tests:
        test = beside.test.tests[0]
        parts.append(f"{upper_first(test.name)}: {text_of_test(test)}.")
    if any("NR" in cell for column in columns for cell in column.cells.values()):
        parts.append("NR: not reached.")
    return "  ".join(parts)


def draw_key(
    figure: Figure, arms: dict[str, str], columns: Sequence[Column], top: float, below: str = ""
) -> None:
    """Draw the key with its head at `top` inches from the figure's upper edge."""
    width, height = figure.get_size_inches()
    at = _places(columns, width)
    y = 1 - (top + ROW / 2) / height
    for column, x in zip(columns, at, strict=True):
        figure.text(x / width, y, column.head, fontsize=7.2, color=QUIET, va="center", ha="left")
    _rule(figure, 1 - (top + ROW) / height)
    room = int((min([*at, width]) - _LABEL_AT) / _BOLD)
    for place, (arm, label) in enumerate(arms.items()):
        y = 1 - (top + ROW * (place + 1.6)) / height
        style = arm_style(place)
        sample = Line2D([0.08 / width, 0.42 / width], [y, y], color=style.colour, lw=1.7)
        sample.set_linestyle(style.line)
        figure.add_artist(sample)
        text = cut(label, room)
        figure.text(
            _LABEL_AT / width, y, text, fontsize=7.6, weight="bold", color=style.colour,
            va="center",
        )  # fmt: skip
        for column, x in zip(columns, at, strict=True):
            cell = column.cells.get(arm, "")
            figure.text(x / width, y, cell, fontsize=7.6, color=INK, va="center")
    if below:
        y = 1 - (top + ROW * (len(arms) + 1.75)) / height
        figure.text(_LABEL_AT / width, y, below, fontsize=7.2, color=QUIET, va="center")


def _places(columns: Sequence[Column], width: float) -> list[float]:
    """Set the columns against the right edge, each as wide as its longest text."""
    at, x = [], width - 0.02
    for column in reversed(columns):
        x -= column.width
        at.append(x)
    return at[::-1]


def _rule(figure: Figure, y: float) -> None:
    figure.add_artist(Line2D([0.01, 0.99], [y, y], color=GRID, lw=1.0))
