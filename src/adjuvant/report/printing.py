"""From a typed row to the text of its cells; the only place where the efficacy table is worded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from adjuvant.analysis.results import Estimate, Test
from adjuvant.report import numbers
from adjuvant.report.numbers import TimeScale
from adjuvant.report.tables import COMPARISONS, DURATIONS, RATIOS, EfficacyRow, Entry

__all__ = ["PrintedCell", "PrintedRow", "estimate_text", "level_text", "print_row", "text_of_test"]


@dataclass(frozen=True)
class PrintedCell:
    """One cell: its text, and the result and term that it prints."""

    text: str
    result: str = ""
    term: str = ""


@dataclass(frozen=True)
class PrintedRow:
    """One row of the printed table; `spans` holds the text of a test that spans the arms."""

    endpoint: str
    label: str
    detail: str
    result: str
    cells: tuple[PrintedCell, ...] = ()
    spans: str = ""


def print_row(row: EfficacyRow, arms: Sequence[str], scale: TimeScale) -> PrintedRow:
    """Return the row as text, a cell per arm; `Reference` for the control of a comparison.

    >>> from adjuvant.analysis.results import ArmCount
    >>> entry = Entry("A1", "CTL", 76, count=ArmCount("CTL", "Control", 76, 57))
    >>> row = EfficacyRow("TTR", "counts", "Events / patients", "A1", {"CTL": entry})
    >>> print_row(row, ["CTL"], numbers.time_scale("day", 900)).cells[0].text
    '57 / 76'
    """
    if row.test is not None:
        text = text_of_test(row.test)
        return PrintedRow(row.endpoint, row.label, "", row.result, spans=text)
    cells = tuple(
        _cell(row, row.entries.get(arm), scale, control=place == 0)
        for place, arm in enumerate(arms)
    )
    return PrintedRow(row.endpoint, row.label, _detail(row, scale), row.result, cells)


def _detail(row: EfficacyRow, scale: TimeScale) -> str:
    if row.kind in ("counts", "p"):
        return ""
    unit = f"{scale.words}, " if row.kind in DURATIONS else "%, "
    if row.kind.endswith("_difference") and row.kind not in DURATIONS:
        unit = "percentage points, "
    return f"{'' if row.kind in RATIOS else unit}{level_text(row.level)} CI"


def level_text(level: float) -> str:
    """Return a confidence level as percent without needless zeros.

    >>> level_text(0.95), level_text(0.975)
    ('95%', '97.5%')
    """
    return f"{100 * level:g}%"


def text_of_test(test: Test) -> str:
    """Return a test as printed: chi-square, degrees of freedom, p; p alone without a chi-square.

    >>> text_of_test(Test("log-rank", 23.0617, 2, 9.8e-6))
    'χ²\\xa0=\\xa023.06 on 2\\xa0df, p\\xa0<\\xa00.001'
    """
    phrase = numbers.p_phrase(test.p)
    if test.df == 0:
        return phrase
    chi = numbers.unbroken(f"\N{GREEK SMALL LETTER CHI}² = {test.chi_square:.2f}")
    return f"{chi} on {numbers.unbroken(f'{test.df} df')}, {phrase}"


def _cell(row: EfficacyRow, entry: Entry | None, scale: TimeScale, *, control: bool) -> PrintedCell:
    if entry is None:
        return PrintedCell("Reference" if control and row.kind in (*COMPARISONS, "p") else "")
    if entry.count is not None:
        events = "not counted" if entry.count.events is None else f"{entry.count.events}"
        return PrintedCell(f"{events} / {entry.count.n}", entry.result, "counts")
    assert entry.estimate is not None
    if row.kind == "p":
        p = numbers.p_value(entry.estimate.p)
        return PrintedCell(p, entry.result, f"p {entry.estimate.term}")
    text = estimate_text(entry.estimate, entry.n, scale)
    return PrintedCell(text, entry.result, entry.estimate.term)


def estimate_text(e: Estimate, n: int, scale: TimeScale) -> str:
    """Return an estimate with its limits as the page prints it, by its measure.

    >>> hr = Estimate("hazard_ratio B v A", "hazard_ratio", 0.599, 0.475, 0.756)
    >>> estimate_text(hr, 304, numbers.time_scale("day", 900))
    '0.60 (0.47–0.76)'
    """
    text, missing = _rule(e.measure, n, scale)
    negative = e.measure.endswith("_difference")
    return numbers.with_limits(
        e.value, e.lower, e.upper, text, missing=missing, may_be_negative=negative
    )


def _rule(measure: str, n: int, scale: TimeScale) -> tuple[Callable[[float], str], str]:
    if measure in RATIOS:
        return numbers.ratio, numbers.NOT_ESTIMABLE
    if measure in DURATIONS:
        missing = numbers.NOT_REACHED if "median" in measure else numbers.NOT_ESTIMABLE
        return scale.text, missing
    return partial(numbers.percent, n=n, sign=False), numbers.NOT_ESTIMABLE
