"""The rules that look across the parts of a protocol: number, severity, title, reason."""

from adjuvant.core import Severity

__all__ = ["RULE_ROWS"]

RULE_ROWS: tuple[tuple[str, Severity, str, str], ...] = (
    ("P030", "error", "An arm that does not exist",
     "An analysis, mapping or allocation for an arm nobody is in."),
)  # fmt: skip
