"""The flow diagram as a figure: phases down the page, an arm a column."""

import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from adjuvant.analysis.results import FlowBox, Result, Results
from adjuvant.report import numbers
from adjuvant.report.flow import PHASES, FlowNode, check_flow, flow_nodes
from adjuvant.report.style import INK, QUIET, arm_style, banner

__all__ = ["flow_figure"]

_WIDTH = 8.2
_TAB = 0.34  # inches, the phase names turned along the left edge
_LINE = 0.165  # inches a line of text
_PAD = 0.1
_BETWEEN = 0.36
_BOX = "#f6f8fa"
_EDGE = "#8b95a3"
_CHARACTER = 0.062  # inches, the mean advance of DejaVu Sans at 7.6 points


def flow_figure(
    result: Result,
    results: Results | None,
    labels: Mapping[str, str],
    *,
    banners: tuple[str, ...] = (),
) -> Figure:
    """Draw the participant flow of a `consort` result; its identities are enforced first.

    labels    arm id to label, control first.
    Raises    AnalysisError naming the identity that fails.
    """
    check_flow(result.flow)
    nodes = flow_nodes(result.flow, list(labels))
    columns = max(len([a for a in labels if any(n.arm == a for n in nodes)]), 1)
    top = 0.26 * len(banners) + 0.08
    rows = _rows(nodes)
    texts = {id(n): _text(n, labels, _room(n, columns)) for n in nodes}
    heights = [max(_height(n, texts[id(n)]) for n in row) for row in rows]
    total = top + sum(heights) + _BETWEEN * (len(rows) - 1) + 0.3
    figure = Figure(figsize=(_WIDTH, total))
    pen = _Pen(figure)
    places: dict[int, tuple[float, float, float, float]] = {}
    y = top
    for row, height in zip(rows, heights, strict=True):
        for node in row:
            places[id(node)] = _place(node, list(labels), columns, y, height)
            pen.box(places[id(node)], texts[id(node)], _style(node, list(labels)))
        y += height + _BETWEEN
    _phases(pen, rows, places)
    _arrows(pen, rows, places)
    pen.foot(result, results)
    banner(figure, banners)
    return figure


class _Pen:
    """Draws in inches from the upper left corner, as a page is read."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.width, self.height = figure.get_size_inches()

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x / self.width, 1 - y / self.height

    def box(
        self, place: tuple[float, float, float, float], lines: Sequence[tuple[str, bool]], edge: str
    ) -> None:
        x, y, w, h = place
        corner = self.at(x, y + h)
        self.figure.add_artist(
            Rectangle(
                corner, w / self.width, h / self.height, facecolor=_BOX, edgecolor=edge, lw=1.0
            )
        )
        for number, (text, bold) in enumerate(lines):
            self.figure.text(
                *self.at(x + 0.1, y + _PAD + _LINE * (number + 0.5)), text, fontsize=7.6,
                weight="bold" if bold else "normal", va="center", color=INK,
            )  # fmt: skip

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.figure.add_artist(
            FancyArrowPatch(
                self.at(*start),
                self.at(*end),
                arrowstyle="-|>",
                mutation_scale=7,
                color=_EDGE,
                lw=1.0,
                shrinkA=0,
                shrinkB=0,
            )
        )

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.figure.add_artist(
            FancyArrowPatch(
                self.at(*start),
                self.at(*end),
                arrowstyle="-",
                color=_EDGE,
                lw=1.0,
                shrinkA=0,
                shrinkB=0,
            )
        )

    def foot(self, result: Result, results: Results | None) -> None:
        text = f"CONSORT 2025 flow  ·  result {result.id}"
        if results is not None and results.snapshot:
            text += f"  ·  snapshot {results.snapshot[:12]}"
        x, y = self.at(self.width - 0.06, self.height - 0.07)
        self.figure.text(x, y, text, fontsize=5.8, color=QUIET, ha="right")


def _rows(nodes: Sequence[FlowNode]) -> list[list[FlowNode]]:
    """Boxes that stand beside each other: side boxes on a row of their own, arms on one."""
    rows: list[list[FlowNode]] = []
    for node in nodes:
        beside = rows and node.arm is not None and rows[-1][0].arm is not None
        if beside and rows[-1][0].phase == node.phase:
            rows[-1].append(node)
        else:
            rows.append([node])
    return rows


def _text(node: FlowNode, labels: Mapping[str, str], room: int) -> list[tuple[str, bool]]:
    lines: list[tuple[str, bool]] = []
    if node.arm is not None and node.phase == "Allocation":
        lines += [(part, True) for part in textwrap.wrap(labels[node.arm], room)]
    for number, b in enumerate(node.lines):
        first = number == 0 and node.arm is None and not node.side
        lines += [(part, first) for part in textwrap.wrap(f"{b.label} {_n(b)}", room)]
        for why, n in b.reasons:
            lines += [
                (part, False)
                for part in textwrap.wrap(f"• {why} {_count(n)}", room, subsequent_indent="   ")
            ]
    return lines


def _n(b: FlowBox) -> str:
    text = "(not reported)" if b.n is None else f"(n = {numbers.count(b.n)})"
    return numbers.unbroken(text)


def _count(n: int) -> str:
    return numbers.unbroken(f"(n = {numbers.count(n)})")


def _room(node: FlowNode, columns: int) -> int:
    return int((_box_width(node, columns) - 0.2) / _CHARACTER)


def _box_width(node: FlowNode, columns: int) -> float:
    inner = _WIDTH - _TAB - 0.14
    if node.arm is None:
        return 2.75
    return min((inner - 0.18 * (columns - 1)) / columns, 3.2)


def _height(node: FlowNode, lines: Sequence[tuple[str, bool]]) -> float:
    # The phase's name stands upright beside the arms' boxes and needs its length.
    least = 0.0 if node.arm is None else 0.7
    return max(2 * _PAD + _LINE * len(lines), least)


def _place(
    node: FlowNode, arms: Sequence[str], columns: int, y: float, height: float
) -> tuple[float, float, float, float]:
    inner = _WIDTH - _TAB - 0.14
    width = _box_width(node, columns)
    middle = _TAB + inner / 2
    if node.arm is None:
        x = middle + 0.35 if node.side else middle - width / 2
    else:
        slot = inner / columns
        x = _TAB + slot * (arms.index(node.arm) + 0.5) - width / 2
    return x, y, width, height


def _style(node: FlowNode, arms: Sequence[str]) -> str:
    return _EDGE if node.arm is None else arm_style(arms.index(node.arm)).colour


def _phases(
    pen: _Pen,
    rows: Sequence[Sequence[FlowNode]],
    places: Mapping[int, tuple[float, float, float, float]],
) -> None:
    for phase in PHASES:
        mine = [places[id(n)] for row in rows for n in row if n.phase == phase]
        if not mine:
            continue
        low, high = min(p[1] for p in mine), max(p[1] + p[3] for p in mine)
        corner = pen.at(0.03, high)
        pen.figure.add_artist(
            Rectangle(
                corner,
                0.22 / pen.width,
                (high - low) / pen.height,
                facecolor="#e3e7ec",
                edgecolor="none",
            )
        )
        x, y = pen.at(0.14, (low + high) / 2)
        pen.figure.text(
            x, y, phase, rotation=90, fontsize=6.8, weight="bold", color=QUIET, ha="center",
            va="center",
        )  # fmt: skip


def _arrows(
    pen: _Pen,
    rows: Sequence[Sequence[FlowNode]],
    places: Mapping[int, tuple[float, float, float, float]],
) -> None:
    """From each box to the next below it: side boxes hang from the stem, arms split from it."""
    last: dict[str | None, tuple[float, float]] = {}  # arm -> foot of its last box
    for row in rows:
        split = row[0].arm is not None and None in last and not any(n.arm in last for n in row)
        for node in row:
            x, y, w, h = places[id(node)]
            middle = x + w / 2
            if node.side:
                _hang(pen, last.get(None), places[id(node)])
                continue
            if split:
                stem, foot = last[None]
                bend = (foot + y) / 2 if foot + _BETWEEN >= y - 0.01 else y - _BETWEEN / 2
                pen.line((stem, foot), (stem, bend))
                pen.line((stem, bend), (middle, bend))
                pen.arrow((middle, bend), (middle, y))
            elif node.arm in last:
                pen.arrow(last[node.arm], (middle, y))
            last[node.arm] = (middle, y + h)


def _hang(
    pen: _Pen,
    stem: tuple[float, float] | None,
    place: tuple[float, float, float, float],
) -> None:
    if stem is None:
        return
    x, y, _, h = place
    pen.line(stem, (stem[0], y + h / 2))
    pen.arrow((stem[0], y + h / 2), (x, y + h / 2))
