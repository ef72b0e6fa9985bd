"""What the page's template reads: the results arranged for a reader, still without markup."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.results import ArmCount, BaselineRow, Result, Results
from adjuvant.protocol.model import Protocol
from adjuvant.report import numbers
from adjuvant.report.numbers import TimeScale
from adjuvant.report.printing import PrintedRow, level_text, print_row, text_of_test
from adjuvant.report.prose import Statement, Teller, standing
from adjuvant.report.tables import efficacy_rows, longest_time
from adjuvant.report.words import upper_first

__all__ = [
    "EndpointView",
    "FigureView",
    "MethodView",
    "TableGroup",
    "anchor",
    "baseline_cell",
    "baseline_of",
    "efficacy_groups",
    "endpoint_views",
    "method_views",
    "page_scale",
    "references",
]

_NAMES = {
    "baseline_table": "Baseline table",
    "consort": "Participant flow",
    "follow_up": "Length of follow-up",
    "kaplan_meier": "Kaplan-Meier curves",
    "log_rank": "Log-rank test",
    "cox": "Cox model",
    "ph_check": "Proportional hazards",
    "rmst": "Restricted mean time",
    "milestone": "Survival at milestones",
    "cumulative_incidence": "Cumulative incidence",
    "proportion": "Proportion",
    "subgroups": "Subgroups",
}
_LEVELS = ("primary", "secondary", "exploratory", "safety", "feasibility")


@dataclass(frozen=True)
class FigureView:
    """One figure of the page: its result, markup, number, caption and alt text."""

    result: str
    number: int
    svg: str
    caption: str
    stem: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableGroup:
    """The printed rows of one endpoint."""

    label: str
    rows: tuple[PrintedRow, ...]


@dataclass(frozen=True)
class EndpointView:
    """One endpoint: what its results say, and its figures."""

    id: str
    label: str
    level: str
    statements: tuple[Statement, ...]
    figures: tuple[FigureView, ...] = ()


@dataclass(frozen=True)
class MethodView:
    """One entry of the methods: how a result was made, and the Python that makes it again."""

    id: str
    name: str
    endpoint: str
    set: str
    counts: str
    method: str
    convention: str
    standing: str
    citations: tuple[int, ...]
    notes: tuple[str, ...] = field(default=())
    python: str = ""
    test: str = ""


def anchor(id: str) -> str:
    """Return the fragment of a result's methods entry; any id of a protocol becomes a legal one.

    >>> anchor("A_TTR_KM"), anchor("a b<c>")
    ('m-A_TTR_KM', 'm-a-b-c-')
    """
    return "m-" + re.sub(r"[^A-Za-z0-9_.-]", "-", id)


def page_scale(results: Results) -> TimeScale:
    """Return the one unit of time in print, from the longest curve.

    >>> page_scale(Results("", "", "T", "", ())).unit
    'day'
    """
    unit = next((r.unit for r in results.results if r.curves), "day")
    return numbers.time_scale(unit, longest_time(results))


def efficacy_groups(
    results: Results, protocol: Protocol, scale: TimeScale
) -> tuple[TableGroup, ...]:
    """Return the efficacy table endpoint by endpoint, printed."""
    arms = [arm.id for arm in protocol.ordered_arms]
    printed = [print_row(row, arms, scale) for row in efficacy_rows(results, protocol)]
    labels = dict.fromkeys(row.endpoint for row in printed)
    return tuple(TableGroup(x, tuple(r for r in printed if r.endpoint == x)) for x in labels)


def endpoint_views(
    results: Results,
    protocol: Protocol,
    scale: TimeScale,
    figures: Mapping[str, Sequence[FigureView]],
) -> tuple[EndpointView, ...]:
    """Return the endpoints that have results, by level, each with its words and figures."""
    teller = Teller(results, protocol, decide_claims(results, protocol), scale)
    views = [
        EndpointView(e.id, e.label, e.level, teller.statements(e.id), tuple(figures.get(e.id, ())))
        for e in sorted(protocol.endpoints, key=lambda e: _LEVELS.index(e.level))
    ]
    return tuple(v for v in views if v.statements or v.figures)


def baseline_of(results: Results) -> tuple[Result, tuple[BaselineRow, ...]] | None:
    """Return the first baseline table with its result; None where the plan holds none."""
    found = next((r for r in results.results if r.baseline), None)
    return (found, found.baseline) if found is not None else None


def baseline_cell(text: str) -> str:
    """Return a cell of the baseline table with an en dash in its ranges.

    >>> baseline_cell("2 (1-5)"), baseline_cell("-1 (-2-3)")
    ('2 (1–5)', '-1 (-2-3)')
    """
    if re.search(r"(^|[(\s-])-", text):
        return text  # a range of what may be negative is left as the analysis wrote it
    return re.sub(r"(?<=\d)-(?=\d)", "\N{EN DASH}", text)


def references(results: Results) -> tuple[str, ...]:
    """Return every citation of the methods once, in order of first use.

    >>> references(Results("", "", "T", "", ()))
    ()
    """
    return tuple(dict.fromkeys(source for r in results.results for source in r.sources))


def method_views(results: Results, protocol: Protocol) -> tuple[MethodView, ...]:
    """Return the methods entry of every result, in the order of the plan."""
    decisions = decide_claims(results, protocol)
    cited = references(results)
    return tuple(
        MethodView(
            r.id,
            _NAMES.get(r.type, r.type),
            r.endpoint_label or "",
            r.set_label or r.set,
            _counts(r.n, r.events, r.counts),
            r.method,
            r.convention,
            _standing_words(standing(r, decisions[r.id], results), decisions[r.id].reason),
            tuple(cited.index(s) + 1 for s in r.sources),
            r.notes,
            r.python,
            "; ".join(f"{upper_first(t.name)}: {text_of_test(t)}" for t in r.tests),
        )
        for r in results.results
    )


def _standing_words(how: str, reason: str) -> str:
    if how == "replication":
        return "Replication of a published analysis."
    return "No claim is made." if how == "no_claim" else reason


def _counts(n: int, events: int | None, counts: Sequence[ArmCount]) -> str:
    text = f"{n:,} patients"
    if events is not None:
        text += f", {events:,} events"
    return text


def level_of(results: Results) -> str:
    """Return the confidence level that most of the page's limits have, as text.

    >>> level_of(Results("", "", "T", "", ()))
    '95%'
    """
    levels = [r.level for r in results.results if r.estimates]
    return level_text(max(set(levels), key=levels.count) if levels else 0.95)
