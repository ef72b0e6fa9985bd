"""The tables of a report as CSV files: full numbers beside the printed text."""

import csv
import io
import math
from collections.abc import Iterable, Sequence

from adjuvant.analysis.results import Curve, Results
from adjuvant.protocol.model import Protocol
from adjuvant.report.comparison import ComparisonRow
from adjuvant.report.numbers import TimeScale
from adjuvant.report.printing import print_row
from adjuvant.report.tables import efficacy_rows

__all__ = ["csv_text", "table_files"]

_UNSAFE = ("=", "+", "-", "@", "\t", "\r")


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV file: full doubles, empty for what is not there, LF at line ends.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.

    >>> print(csv_text(["arm", "n"], [["=A1", 3]]), end="")
    arm,n
    '=A1,3
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f"'{text}" if text.startswith(_UNSAFE) and not isinstance(value, int) else text


def table_files(
    results: Results, protocol: Protocol, scale: TimeScale, compared: Sequence[ComparisonRow]
) -> dict[str, str]:
    """Return the report's tables, file name to text; a table without rows has no file."""
    files = {
        "efficacy.csv": _efficacy(results, protocol, scale),
        "baseline.csv": _baseline(results, protocol),
        "subgroups.csv": _subgroups(results),
        "flow.csv": _flow(results),
        "numbers_at_risk.csv": _at_risk(results),
        "published.csv": _published(compared),
    }
    return {name: text for name, text in files.items() if text.count("\n") > 1}


def _efficacy(results: Results, protocol: Protocol, scale: TimeScale) -> str:
    head = ["endpoint", "row", "arm", "result", "term", "value", "lower", "upper", "p", "unit",
            "printed"]  # fmt: skip
    arms = [arm.id for arm in protocol.ordered_arms]
    rows: list[Sequence[object]] = []
    for row in efficacy_rows(results, protocol):
        printed = print_row(row, arms, scale)
        if row.test is not None:
            t = row.test
            rows.append([row.endpoint, row.label, "", row.result, t.name, t.chi_square, None, None,
                         t.p, "chi-square", printed.spans])  # fmt: skip
        for arm, cell in zip(arms, printed.cells, strict=False):
            entry = row.entries.get(arm)
            if entry is None:
                continue
            e, c = entry.estimate, entry.count
            if e is not None:
                values: list[object] = [e.value, e.lower, e.upper, e.p, e.unit]
            else:
                values = [c.events if c else None, None, None, None, "events"]
            rows.append([row.endpoint, row.label, arm, row.result, cell.term, *values, cell.text])
    return csv_text(head, rows)


def _baseline(results: Results, protocol: Protocol) -> str:
    arms = [*(arm.id for arm in protocol.ordered_arms), "total"]
    rows = [
        [r.id, b.label, b.level, *(b.cells.get(arm, "") for arm in arms)]
        for r in results.results
        for b in r.baseline
    ]
    return csv_text(["result", "variable", "level", *arms], rows)


def _subgroups(results: Results) -> str:
    head = ["result", "factor", "level", "arm", "versus", "events", "n", "hazard_ratio", "lower",
            "upper", "interaction_p", "why"]  # fmt: skip
    rows: list[Sequence[object]] = []
    for r in results.results:
        for s in r.subgroups:
            e = s.estimate
            events = " / ".join("" if c.events is None else str(c.events) for c in s.counts)
            n = " / ".join(str(c.n) for c in s.counts)
            values = [e.arm, e.versus] if e else [None, None]
            limits = [e.value, e.lower, e.upper] if e else [None, None, None]
            rows.append([r.id, s.factor_label, s.level, *values, events, n, *limits,
                         s.interaction_p, s.why])  # fmt: skip
    return csv_text(head, rows)


def _flow(results: Results) -> str:
    rows: list[Sequence[object]] = []
    for r in results.results:
        for b in r.flow:
            rows.append([r.id, b.box, b.label, b.arm, b.n, None])
            rows += [[r.id, b.box, b.label, b.arm, n, why] for why, n in b.reasons]
    return csv_text(["result", "box", "label", "arm", "n", "reason"], rows)


def _at_risk(results: Results) -> str:
    head = ["result", "arm", "cause", "time", "unit", "at_risk", "censored", "events"]
    rows = [
        [r.id, c.arm, c.cause, *line] for r in results.results for c in r.curves
        for line in _at_risk_lines(c, r.unit)
    ]  # fmt: skip
    return csv_text(head, rows)


def _at_risk_lines(curve: Curve, unit: str) -> list[list[object]]:
    columns = (curve.at_risk, curve.cumulative_censored, curve.cumulative_events)
    filled = [c or (None,) * len(curve.at_risk_times) for c in columns]
    return [
        [time, unit, *counts] for time, *counts in zip(curve.at_risk_times, *filled, strict=True)
    ]


def _published(compared: Sequence[ComparisonRow]) -> str:
    head = ["what", "source", "published", "here", "difference", "tolerance", "verdict", "result",
            "note"]  # fmt: skip
    return csv_text(
        head,
        [
            [c.what, c.source, c.published, c.here, c.difference, c.tolerance, c.verdict, c.result,
             c.note]
            for c in compared
        ],
    )  # fmt: skip
