"""Table 1: what the arms were like at the start. No p-values: chance made any difference."""

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import one_line_of_the_plan
from adjuvant.analysis.results import ArmCount, BaselineRow, Result
from adjuvant.analysis.sources import cite
from adjuvant.core import InvalidInput
from adjuvant.dataset import Column

__all__ = ["baseline_line"]

TOTAL = "total"
Known = dict[str, list[Any]]
_DECIMALS_FROM = 200  # below this many patients a percentage has no decimals


def baseline_line(line: Line) -> Result:
    """Return the baseline table of the line's set: a row per number, a row per level."""
    a = line.analysis
    if not a.variables:
        raise InvalidInput(f"analysis {a.id}: a baseline table needs `variables: [...]`")
    groups = _groups(line)
    rows = [row for name in a.variables for row in _rows(line, name, groups)]
    sizes = {arm: len(places) for arm, places in groups.items()}
    return line.result(
        n=sizes[TOTAL],
        method="Baseline characteristics by arm; no p-values, because any difference between "
        "randomised arms is chance",
        convention="mean (SD) or median (quartiles, by linear interpolation); n (%) of the "
        "patients with a value, missing values counted in a row of their own",
        counts=tuple(ArmCount(arm, line.label(arm), sizes[arm]) for arm in line.arm_ids),
        baseline=tuple(rows),
        sources=cite("consort"),
        python=one_line_of_the_plan(line),
    )


def _groups(line: Line) -> dict[str, list[int]]:
    """Return arm -> the rows of its subjects, and those of everybody under `total`."""
    arms, inside = line.arm_column(), line.inside()
    places = [row for row, member in enumerate(inside) if member]
    by_arm = {arm: [row for row in places if arms[row] == arm] for arm in line.arm_ids}
    return {**by_arm, TOTAL: places}


def _rows(line: Line, name: str, groups: dict[str, list[int]]) -> list[BaselineRow]:
    """Return a variable's rows: a number in one, a choice under a heading; then what is missing."""
    found = line.variable(name)
    values = {arm: [found.values[row] for row in rows] for arm, rows in groups.items()}
    missing = {arm: sum(v is None for v in column) for arm, column in values.items()}
    known = {arm: [v for v in column if v is not None] for arm, column in values.items()}
    if found.type == "number":
        rows = [_number_row(line, found, known, missing)]
    else:
        head = BaselineRow(name, f"{found.label}, n (%)", None, dict.fromkeys(groups, ""), missing)
        rows = [head, *(_level_row(found, level, known) for level in _levels(found, known[TOTAL]))]
    if missing[TOTAL]:
        cells = {arm: str(count) for arm, count in missing.items()}
        rows.append(BaselineRow(name, found.label, "Missing", cells))
    return rows


def _number_row(line: Line, found: Column, known: Known, missing: dict[str, int]) -> BaselineRow:
    part = line.protocol.data.variables.get(found.name) if line.protocol.data else None
    summary = part.summary if part else "mean_sd"
    unit = f", {found.unit}" if found.unit else ""
    kind = "median (quartiles)" if summary == "median_iqr" else "mean (SD)"
    cells = {arm: _number(column, summary) for arm, column in known.items()}
    return BaselineRow(found.name, f"{found.label}{unit}, {kind}", None, cells, missing)


def _level_row(found: Column, level: str, known: Known) -> BaselineRow:
    cells = {arm: _share(sum(str(v) == level for v in own), own) for arm, own in known.items()}
    return BaselineRow(found.name, found.label, level, cells)


def _levels(found: Column, values: Sequence[object]) -> tuple[str, ...]:
    return found.levels or tuple(sorted({str(v) for v in values}))


def _number(values: Sequence[object], summary: str) -> str:
    numbers = [float(str(v)) for v in values]
    if not numbers:
        return "-"
    if summary == "median_iqr":
        low, middle, high = (float(q) for q in np.quantile(numbers, (0.25, 0.5, 0.75)))
        return f"{_short(middle)} ({_short(low)}-{_short(high)})"
    mean = statistics.fmean(numbers)
    if len(numbers) < 2:
        return f"{mean:.1f} (-)"
    return f"{mean:.1f} ({statistics.stdev(numbers):.1f})"


def _share(count: int, known: Sequence[object]) -> str:
    n = len(known)
    if not n:
        return "-"
    decimals = 1 if n >= _DECIMALS_FROM else 0
    return f"{count} ({100 * count / n:.{decimals}f}%)"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
