"""Findings: numbered statements about a file, each with its place and a hint."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Code", "Finding", "Place", "Severity", "render", "worst"]

Severity = Literal["error", "warning", "note"]
_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file, and in it a line and column counted from 1 (0 = whole file).

    For tabular files `line` is the physical line (the header is line 1) and `column` the number
    of the field; `field` names the column or the path inside a protocol.

    >>> str(Place("protocol.yaml", 141, 7))
    'protocol.yaml:141:7'
    >>> str(Place("trial.csv", 12, 3, "rx"))
    'trial.csv:12:3'
    """

    file: str
    line: int = 0
    column: int = 0
    field: str = ""

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True)
class Finding:
    """One numbered statement: what was found, where, how bad it is, and what to do about it.

    code      letter and three digits, never used twice (P = protocol, D = data, R = reference).
    severity  error (the file cannot be used), warning (it can, look at this), note.
    excerpt   the line of the file, shown with a caret below it; may be empty.

    >>> Finding("P012", "error", Place("protocol.yaml", 141, 7), "unknown event 'deth'",
    ...         "did you mean 'death'?").severity
    'error'
    """

    code: str
    severity: Severity
    place: Place
    message: str
    hint: str = ""
    excerpt: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, as `--json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "field": self.place.field,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True)
class Code:
    """One kind of finding: its number, how grave it is, and why it matters.

    >>> Code("P007", "error", "A key stands twice", "Most readers silently keep the last.").severity
    'error'
    """

    code: str
    severity: Severity
    title: str
    explanation: str


def render(finding: Finding) -> str:
    """Return a finding as the lines a person reads: place, severity, code, message, caret, hint.

    >>> print(render(Finding("D002", "error", Place("a.csv", 3, 1), "no such arm 'IMN'",
    ...                      "did you mean 'IMM'?")))
    a.csv:3:1: error D002: no such arm 'IMN'
          hint: did you mean 'IMM'?
    """
    lines = [f"{finding.place}: {finding.severity} {finding.code}: {finding.message}"]
    if finding.excerpt:
        lines.append(f"      {finding.excerpt}")
        if finding.place.column:
            lines.append("      " + " " * (finding.place.column - 1) + "^")
    if finding.hint:
        lines.append(f"      hint: {finding.hint}")
    return "\n".join(lines)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the gravest severity among the findings, None if there are none.

    >>> worst([]) is None
    True
    """
    return min((f.severity for f in findings), key=_ORDER.__getitem__, default=None)
