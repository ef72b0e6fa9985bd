"""Rows of `published v this analysis`: what a paper printed beside what the data give here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adjuvant.analysis.results import Results
from adjuvant.evidence.comparison import Compared, compare_published
from adjuvant.evidence.printed import Published
from adjuvant.evidence.published import read_published
from adjuvant.protocol.model import Protocol
from adjuvant.report import numbers

__all__ = ["ComparisonRow", "agreement_words", "comparison_rows"]

_VERDICTS = {
    "agrees": "agrees",
    "differs": "differs",
    "differs_as_known": "differs, as expected",
    "not_available": "not available",
}
_MEASURES = {
    "hazard_reduction": "hazard reduced by, %",
    "hazard_ratio": "hazard ratio",
    "survival": "event-free",
    "risk": "proportion with the event",
    "median": "median",
}


@dataclass(frozen=True)
class ComparisonRow:
    """One published number beside this analysis's, as text."""

    what: str
    source: str
    published: str
    here: str
    difference: str
    tolerance: str
    verdict: str
    words: str
    result: str
    note: str


def comparison_rows(
    published: Path | Published | Sequence[Compared] | None, results: Results, protocol: Protocol
) -> tuple[ComparisonRow, ...]:
    """Return the comparison with a published report, row by row; () without one.

    published   a file published/1, the same already read, or numbers already compared.
    Raises      InvalidInput where the file cannot be used.

    >>> comparison_rows(None, Results("", "", "T", "", ()), None)
    ()
    """
    if published is None:
        return ()
    sources: dict[str, str] = {}
    if isinstance(published, Path):
        published = read_published(published)
    if isinstance(published, Published):
        sources = {key: report.text for key, report in published.sources.items()}
        published = compare_published(published, results.to_dict())
    return tuple(_row(c, sources, results, protocol) for c in published)


def _row(
    c: Compared, sources: dict[str, str], results: Results, protocol: Protocol
) -> ComparisonRow:
    decimals = _decimals(c.printed)
    here = "" if c.found is None else numbers.signed(c.found, max(decimals, 1))
    difference = "" if c.difference is None else numbers.signed(c.difference, max(decimals, 1))
    return ComparisonRow(
        _what(c, results, protocol),
        sources.get(c.source, c.source),
        c.as_printed,
        here,
        difference,
        f"± {c.tolerance:g}",
        c.verdict,
        _VERDICTS[c.verdict],
        c.result,
        " ".join(text for text in (c.why, c.note) if text),
    )


def _decimals(printed: float) -> int:
    text = f"{printed:g}"
    return len(text.split(".")[1]) if "." in text else 0


def _what(c: Compared, results: Results, protocol: Protocol) -> str:
    label = next((r.endpoint_label for r in results.results if r.id == c.result), None)
    parts = [label or c.result, _MEASURES.get(c.measure, c.measure.replace("_", " "))]
    arm = next((a.label for a in protocol.arms if a.id == c.arm), c.arm)
    if c.at is not None:
        unit = next((r.unit for r in results.results if r.id == c.result), "day")
        parts.append(f"at {numbers.length_words(c.at, unit)}")
    return ", ".join(parts) + (f" ({arm})" if arm else "")


def agreement_words(rows: Sequence[ComparisonRow]) -> str:
    """Return how many of the published numbers are reproduced, in one sentence.

    >>> agreement_words([])
    ''
    """
    if not rows:
        return ""
    agree = sum(1 for row in rows if row.verdict == "agrees")
    known = sum(1 for row in rows if row.verdict == "differs_as_known")
    text = f"{agree} of {len(rows)} published numbers agree within their tolerance"
    return text + (f"; {known} {_differ(known)} for a reason known beforehand." if known else ".")


def _differ(count: int) -> str:
    return "differs" if count == 1 else "differ"
