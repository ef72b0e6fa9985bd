"""The page: figures drawn, words chosen, template filled; everything in memory."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.results import Result, Results
from adjuvant.protocol.model import Protocol
from adjuvant.report import numbers
from adjuvant.report.captions import alt_text, caption
from adjuvant.report.comparison import ComparisonRow, agreement_words
from adjuvant.report.draw import DRAWN, banners_of, plot
from adjuvant.report.facts import trial_facts
from adjuvant.report.numbers import TimeScale
from adjuvant.report.prose import Statement, Teller
from adjuvant.report.save import figure_bytes, inline_svg
from adjuvant.report.views import (
    FigureView,
    anchor,
    baseline_cell,
    baseline_of,
    efficacy_groups,
    endpoint_views,
    level_of,
    method_views,
    page_scale,
    references,
)
from adjuvant.report.words import lowered

__all__ = ["Drawn", "Page", "draw_figures", "environment", "render_page"]


@dataclass(frozen=True)
class Drawn:
    """One figure in every form, with the words that belong to it."""

    result: Result
    stem: str
    files: Mapping[str, bytes]
    alt: str
    caption: str


@dataclass(frozen=True)
class Page:
    """All that a page is made of."""

    results: Results
    protocol: Protocol
    figures: Sequence[Drawn]
    compared: Sequence[ComparisonRow] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)
    version: str = ""

    @property
    def scale(self) -> TimeScale:
        """The unit of time in print."""
        return page_scale(self.results)


def draw_figures(results: Results, protocol: Protocol) -> tuple[Drawn, ...]:
    """Return every figure of the results, drawn; a result without curve or row has none.

    Raises    AnalysisError naming the identity of the flow that fails.
    """
    scale = page_scale(results)
    drawn = []
    for r in results.results:
        if r.type not in DRAWN or not (r.curves or r.subgroups or r.flow):
            continue
        files = figure_bytes(plot(r, results, protocol))
        stem = f"{r.type}_{anchor(r.id)[2:]}"
        drawn.append(Drawn(r, stem, files, alt_text(r, protocol, scale), caption(r, protocol)))
    return tuple(drawn)


def render_page(page: Page) -> str:
    """Return the page as one HTML text that needs nothing from outside."""
    return environment().get_template("report.html.j2").render(_context(page))


@cache
def environment() -> Environment:
    """Return the templates of the report, with its filters.

    >>> environment().get_template("report.html.j2").name
    'report.html.j2'
    """
    """Return the templates of the room; every text of a protocol is escaped."""
    made = Environment(
        loader=PackageLoader("adjuvant.report", "templates"),
        autoescape=True,  # every text of the protocol is escaped, whatever the file's name
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["anchor"] = anchor
    made.filters["count"] = numbers.count
    made.filters["cell"] = baseline_cell
    return made


def _context(page: Page) -> dict[str, Any]:
    results, protocol, scale = page.results, page.protocol, page.scale
    ordered = sorted(page.figures, key=_reading_order)
    views = {drawn.result.id: _view(drawn, number) for number, drawn in enumerate(ordered, start=1)}
    by_endpoint: dict[str, list[FigureView]] = {}
    for drawn in ordered:
        if drawn.result.curves and drawn.result.endpoint:
            by_endpoint.setdefault(drawn.result.endpoint, []).append(views[drawn.result.id])
    endpoints = endpoint_views(results, protocol, scale, by_endpoint)
    return {
        "results": results,
        "trial": protocol.trial,
        "banners": banners_of(results),
        "arms": protocol.ordered_arms,
        "sizes": {a.arm: a.n for a in results.arms},
        "facts": trial_facts(results, protocol, page.provenance),
        "summary": _summary(page),
        "flow": [views[d.result.id] for d in ordered if d.result.flow],
        "subgroups": [views[d.result.id] for d in ordered if d.result.subgroups],
        "baseline": baseline_of(results),
        "endpoints": endpoints,
        "efficacy": efficacy_groups(results, protocol, scale),
        "follow_up": _follow_up(page),
        "compared": page.compared,
        "agreement": agreement_words(page.compared),
        "methods": method_views(results, protocol),
        "references": references(results),
        "scale": scale,
        "level": level_of(results),
        "version": page.version,
        "notes": results.notes,
    }


def _reading_order(drawn: Drawn) -> int:
    """Flow first, curves in the order of the plan, subgroups last."""
    return 0 if drawn.result.flow else 2 if drawn.result.subgroups else 1


def _view(drawn: Drawn, number: int) -> FigureView:
    svg = inline_svg(drawn.files["svg"], f"f{number}", drawn.alt)
    return FigureView(drawn.result.id, number, svg, drawn.caption, drawn.stem)


def _summary(page: Page) -> tuple[Statement, ...]:
    """What stands at the top: the effect on each primary endpoint, else on the first one."""
    results, protocol = page.results, page.protocol
    teller = Teller(results, protocol, decide_claims(results, protocol), page.scale)
    primary = [e.id for e in protocol.endpoints if e.level == "primary"]
    told = [teller.statements(id)[:1] for id in primary or [protocol.endpoints[0].id]]
    return tuple(statement for statements in told for statement in statements)


def _follow_up(page: Page) -> tuple[Statement, ...]:
    found = []
    for r in page.results.results:
        if r.type != "follow_up":
            continue
        whole = [e for e in r.estimates if e.measure == "follow_up_median" and e.arm is None]
        for e in whole:
            unit = "" if math.isnan(e.value) else f" {page.scale.words}"
            median = page.scale.text(e.value) + unit
            if not (math.isnan(e.lower) and math.isnan(e.upper)):
                limits = numbers.interval(e.lower, e.upper, page.scale.text, numbers.NOT_REACHED)
                median += f" ({limits})"
            if page.scale.unit != page.scale.stored and math.isfinite(e.value):
                median += f", that is {e.value:,g} {page.scale.stored}s"
            what = lowered(r.endpoint_label or "all endpoints")
            text = f"Median follow-up for {what} was {median}, by reverse Kaplan-Meier."
            found.append(Statement(r.id, text))
    return tuple(found)
