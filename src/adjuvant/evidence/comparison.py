"""Published v this analysis: each printed number beside the result that it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adjuvant.evidence.printed import Comparison, Number, Published, printed_value

__all__ = ["Compared", "compare_published"]


@dataclass(frozen=True)
class Compared:
    """One printed number beside the number of an analysis, both in the printed unit.

    found       the analysis's value; None where the analysis has no such estimate.
    difference  found minus printed; None where there is nothing to subtract.
    verdict     agrees (within the tolerance), differs, differs_as_known (the file says why), or
                not_available (no such estimate).
    why         what the file says about a known difference, or what is missing.
    """

    number: str
    as_printed: str
    source: str
    printed: float
    result: str
    measure: str
    arm: str | None
    at: float | None
    found: float | None
    difference: float | None
    tolerance: float
    verdict: Literal["agrees", "differs", "differs_as_known", "not_available"]
    note: str = ""
    why: str = ""


def compare_published(published: Published, results: Mapping[str, Any]) -> tuple[Compared, ...]:
    """Return each printed number of the list `compare` beside the analysis's.

    published  the printed numbers.
    results    the form adjuvant/results/1 as plain values (`Results.to_dict()`, or read from a
               results.json).

    >>> from adjuvant.evidence.published import read_published_text
    >>> published = read_published_text('''
    ... format: published/1
    ... case: example
    ... title: An example
    ... arms: {T: {label: new, role: experimental}, C: {label: old, role: control}}
    ... sources: {a: {role: primary, text: Lancet 2000;356:802-807}}
    ... endpoints: {ttr: {label: time to recurrence}}
    ... numbers:
    ...   - {id: r, kind: risk_reduction, endpoint: ttr, value: '41', as_printed: 41%, source: a}
    ... compare:
    ...   - {number: r, result: A1, measure: hazard_reduction, scale: 100, tolerance: 0.5}
    ... ''')
    >>> estimates = [{"measure": "hazard_reduction", "value": 0.4123, "arm": "IMM", "at": None}]
    >>> found = compare_published(published, {"results": [{"id": "A1", "estimates": estimates}]})
    >>> found[0].verdict, round(found[0].found, 2)
    ('agrees', 41.23)
    """
    by_id = {result["id"]: result for result in results["results"]}
    return tuple(
        _compared(line, published.number(line.number), by_id.get(line.result))
        for line in published.compare
    )


def _compared(line: Comparison, number: Number, result: Mapping[str, Any] | None) -> Compared:
    text = printed_value(number) or "nan"
    printed = float(text.removeprefix("<"))
    value, why = _value(line, result)
    found = None if value is None else value * line.scale
    difference = None if found is None else found - printed
    verdict: Literal["agrees", "differs", "differs_as_known", "not_available"]
    if difference is None:
        verdict = "not_available"
    elif difference <= line.tolerance and (text.startswith("<") or -difference <= line.tolerance):
        verdict = "agrees"
    else:
        verdict = "differs_as_known" if line.expected_to_differ else "differs"
        why = line.expected_to_differ or ""
    return Compared(
        number.id,
        number.as_printed,
        number.source,
        printed,
        line.result,
        line.measure,
        line.arm,
        line.at,
        found,
        difference,
        line.tolerance,
        verdict,
        line.note or "",
        why,
    )


def _value(line: Comparison, result: Mapping[str, Any] | None) -> tuple[float | None, str]:
    """Return the estimate that a line names, or None and what is missing."""
    if result is None:
        return None, f"the analysis has no result {line.result}"
    for estimate in result["estimates"]:
        if (
            estimate["measure"] == line.measure
            and line.arm in (None, estimate.get("arm"))
            and line.at in (None, estimate.get("at"))
        ):
            value = estimate["value"]
            return (float(value), "") if value is not None else (None, "it has no value")
    return None, f"{line.result} has no {line.measure} for arm {line.arm}"
