"""The efficacy table as typed rows, before anything is formatted.

Each row rests on one result; each entry keeps the estimate it prints, so that a test can hold
the printed text against the results.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from adjuvant.analysis.results import ArmCount, Estimate, Result, Results, Test
from adjuvant.analysis.words import covariate_words
from adjuvant.protocol.model import Analysis, Protocol
from adjuvant.report import numbers
from adjuvant.report.words import free_of, upper_first

__all__ = [
    "EfficacyRow",
    "Entry",
    "analysis_of",
    "cause_of",
    "efficacy_rows",
    "longest_time",
    "rows_of",
]

_TABLE_TYPES = (
    "kaplan_meier",
    "cox",
    "log_rank",
    "ph_check",
    "milestone",
    "rmst",
    "cumulative_incidence",
    "proportion",
)
COMPARISONS = {
    "hazard_ratio",
    "survival_difference",
    "rmst_difference",
    "rmst_ratio",
    "risk_difference",
    "risk_ratio",
    "odds_ratio",
    "cumulative_incidence_difference",
}
RATIOS = {"hazard_ratio", "rmst_ratio", "risk_ratio", "odds_ratio"}
DURATIONS = {"median", "rmst", "rmst_difference", "follow_up_median", "follow_up_longest"}
_NAMES = {
    "hazard_ratio": "Hazard ratio",
    "median": "Median",
    "survival": "Event-free",
    "survival_difference": "Difference",
    "rmst": "Restricted mean",
    "rmst_difference": "Difference in restricted mean",
    "cumulative_incidence": "Cumulative incidence",
    "cumulative_incidence_difference": "Difference in cumulative incidence",
    "risk": "Proportion",
    "risk_difference": "Difference in proportion",
    "risk_ratio": "Ratio of proportions",
    "odds_ratio": "Odds ratio",
}


@dataclass(frozen=True)
class Entry:
    """What one arm's cell of a row prints: an estimate or a count, with the result it is from."""

    result: str
    arm: str
    n: int
    estimate: Estimate | None = None
    count: ArmCount | None = None


@dataclass(frozen=True)
class EfficacyRow:
    """One row: what is measured, from which result, and an entry per arm that has one.

    kind      counts, a measure of `Estimate`, or test; a test has no entries and spans the arms.
    """

    endpoint: str
    kind: str
    label: str
    result: str
    entries: Mapping[str, Entry] = field(default_factory=dict)
    test: Test | None = None
    level: float = 0.95


def efficacy_rows(results: Results, protocol: Protocol) -> tuple[EfficacyRow, ...]:
    """Return the rows of the efficacy table, endpoint by endpoint in the protocol's order.

    Per endpoint: events and N, medians, milestones, hazard ratios and tests, differences,
    restricted means, cumulative incidence; nothing that no result of the plan gives.

    >>> efficacy_rows(Results("", "", "T", "", ()), None)
    ()
    """
    rows: list[EfficacyRow] = []
    for endpoint in dict.fromkeys(r.endpoint for r in results.results if r.type in _TABLE_TYPES):
        group = [r for r in results.results if r.endpoint == endpoint and r.type in _TABLE_TYPES]
        rows += rows_of(group, protocol)
    return tuple(rows)


def rows_of(group: list[Result], protocol: Protocol) -> list[EfficacyRow]:
    """Return the rows of the results of one endpoint."""
    rows: list[EfficacyRow] = []
    ordered = sorted(group, key=lambda r: _TABLE_TYPES.index(r.type))
    printed: set[tuple[object, ...]] = set()
    for r in ordered:
        if r.counts and not rows:
            entries = {c.arm: Entry(r.id, c.arm, c.n, count=c) for c in r.counts}
            rows.append(
                EfficacyRow(_name(r, protocol), "counts", "Events / patients", r.id, entries)
            )
        for row in _estimate_rows(r, protocol):
            key = (row.kind, tuple((e.arm, _same(e.estimate)) for e in row.entries.values()))
            if key not in printed:  # a milestone repeats the curve's own value
                rows.append(row)
                printed.add(key)
        for test in r.tests:
            tested = (test.chi_square, test.df)
            if tested not in printed and not _wald(test):
                label = _test_label(test)
                rows.append(EfficacyRow(_name(r, protocol), "test", label, r.id, test=test))
                printed.add(tested)
    return rows


def _same(estimate: Estimate | None) -> tuple[object, ...] | None:
    if estimate is None:
        return None
    return (estimate.measure, estimate.at, repr(estimate.value), repr(estimate.lower))


def _estimate_rows(result: Result, protocol: Protocol) -> Iterator[EfficacyRow]:
    groups: dict[tuple[str, float | None, str], list[Estimate]] = {}
    for e in result.estimates:
        if e.measure in _NAMES and e.arm is not None:
            groups.setdefault((e.measure, e.at, cause_of(e, result)), []).append(e)
    sizes = {c.arm: c.n for c in result.counts}
    for (measure, at, cause), found in groups.items():
        entries = {
            e.arm: Entry(result.id, e.arm, _base(e, sizes, result.n), e) for e in found if e.arm
        }
        label = _label(result, protocol, measure, at, cause)
        name = _name(result, protocol)
        yield EfficacyRow(name, measure, label, result.id, entries, level=result.level)
        if measure == "hazard_ratio" and not _decided(result):
            yield EfficacyRow(name, "p", "p against the control, Wald test", result.id, entries)


def _wald(test: Test) -> bool:
    return test.name.startswith("Wald")


def _decided(result: Result) -> bool:
    """Whether the plan's own test gives the p of the one comparison; a second p would confuse."""
    return any(test.df == 1 and not _wald(test) for test in result.tests)


def _base(e: Estimate, sizes: Mapping[str, int], n: int) -> int:
    """The number of patients that decides how many decimals a percentage deserves."""
    pair = [sizes[a] for a in (e.arm, e.versus) if a is not None and a in sizes]
    return min(pair) if pair else n


def cause_of(e: Estimate, result: Result) -> str:
    """Return the cause that a cumulative incidence's term names, "" for everything else.

    >>> from adjuvant.analysis.results import Curve
    >>> curve = Curve("A", "A", "cumulative_incidence", (), (), (), (), cause="death")
    >>> result = Result("CIF", "cumulative_incidence", "ITT", 9, "", "", curves=(curve,))
    >>> term = "cumulative_incidence death A at day 1096"
    >>> cause_of(Estimate(term, "cumulative_incidence", 0.2), result)
    'death'
    """
    causes = {c.cause for c in result.curves if c.cause}
    named = [c for c in causes if f"{e.term} ".startswith(f"{e.measure} {c} ")]
    return max(named, key=len, default="")  # "recurrence or death" begins with "recurrence"


def _label(result: Result, protocol: Protocol, measure: str, at: float | None, cause: str) -> str:
    name = _NAMES[measure]
    when = numbers.length_words(at, result.unit) if at is not None else ""
    if measure == "survival":
        return f"{free_of(result, protocol) or name} at {when}"
    if measure == "survival_difference":
        return f"{name} at {when}"
    if measure.startswith("rmst"):
        return f"{name}, first {when}" if when else name
    if measure.startswith("cumulative_incidence"):
        what = f" of {cause}" if cause else ""
        return f"{name}{what}" + (f" at {when}" if when else "")
    analysis = analysis_of(protocol, result)
    if measure == "hazard_ratio" and analysis is not None:
        return name + _qualifiers(protocol, analysis)
    return name


def _qualifiers(protocol: Protocol, analysis: Analysis) -> str:
    parts = []
    if analysis.strata in ("as_randomised", "corrected"):
        parts.append("stratified")
    if analysis.covariates:
        parts.append("adjusted for " + ", ".join(covariate_words(protocol, analysis)))
    if analysis.arms:
        parts.append("these arms alone")
    return "".join(f", {part}" for part in parts)


def _test_label(test: Test) -> str:
    name, _, rest = test.name.partition(" (")
    # A test a cause: without the cause two rows of the table would have one name.
    cause = f" for {rest.rstrip(')')}" if name == "Gray's test" and rest else ""
    return upper_first(name) + cause


def _name(result: Result, protocol: Protocol) -> str:
    if result.endpoint_label or result.endpoint:
        return result.endpoint_label or result.endpoint or ""
    analysis = analysis_of(protocol, result)
    event = protocol.events.get(analysis.of or "") if analysis is not None else None
    if event is not None and event.label:
        return f"{event.label} at any time, as a crude proportion"
    return result.id


def analysis_of(protocol: Protocol, result: Result) -> Analysis | None:
    """Return the plan's line of a result, None where the plan holds none of that id."""
    return next((a for a in protocol.analyses if a.id == result.id), None)


def longest_time(results: Results) -> float:
    """Return the longest time on any curve, which decides the unit in print; 0 without curves."""
    return max((t for r in results.results for c in r.curves for t in c.time[-1:]), default=0.0)
