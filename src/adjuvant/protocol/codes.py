"""The findings of a protocol as data: number, severity, title, and its explanation.

A number is never used for something else. The page docs/reference/findings.md is made from this
table; a test fails when a number is used and not here.
"""

from adjuvant.core import Code, Severity
from adjuvant.protocol.codes_rules import RULE_ROWS

__all__ = ["CODES", "Code", "severity_of"]


_READING: tuple[tuple[str, Severity, str, str], ...] = (
    ("P001", "error", "The file is not UTF-8",
     "A wrong character set turns names and units into other letters without a word."),
    ("P002", "error", "A character that no protocol holds",
     "Invisible control characters make two keys look alike and crash other programs."),
    ("P003", "error", "Indented with a tab",
     "YAML gives a tab no width, so the level of the line would be a guess."),
    ("P004", "error", "The file is too large",
     "More than 5 MB is data, not a protocol."),
    ("P005", "error", "Nested too deep",
     "More than 100 levels is a runaway bracket; some readers crash on it."),
    ("P006", "error", "Not YAML",
     "Quotes, brackets or indentation are broken; the part is left out and the rest is read."),
    ("P007", "error", "A key stands twice",
     "Most readers silently keep the last one."),
    ("P008", "error", "A YAML tag",
     "Tags can make a reader build objects; the format knows the type of each value."),
    ("P009", "error", "An anchor, alias or merge",
     "A value that stands in one place and counts in another cannot be reviewed line by line."),
    ("P010", "error", "Not one mapping of parts",
     "A protocol file is one document whose top level is `part: value`."),
    ("P011", "error", "A key that the format does not know",
     "A misspelt key would otherwise be a rule that nobody applies."),
    ("P013", "error", "A key is missing",
     "The value is needed and has no default that would be safe."),
    ("P014", "error", "A value of the wrong kind",
     "A text where a number, list or mapping is needed, or the other way round."),
    ("P015", "error", "A value that is not among the choices",
     "The choices are listed in the hint."),
    ("P016", "error", "A number out of its range",
     "A probability lies in 0-1, a count is not negative."),
    ("P017", "error", "Not a length of time",
     "One notation everywhere: a number and h, d, wk, mo or y."),
    ("P018", "error", "Not a date",
     "Dates are YYYY-MM-DD, YYYY-MM or YYYY and stand in the calendar."),
    ("P019", "error", "Provenance that says nothing",
     "`from` is paper, secondary or our_choice; `confirmed` names who and on which date."),
    ("P020", "error", "A format this version does not read",
     "A later format may mean something else by the same word."),
    ("P022", "note", "More faults than are listed",
     "500 are enough to begin with; the rest is counted."),
    ("P021", "error", "Not an expression of the grammar",
     "One small grammar serves eligibility, strata, sets and calculated values; nothing is ever "
     "evaluated by a programming language."),
)  # fmt: skip

CODES: dict[str, Code] = {row[0]: Code(*row) for row in (*_READING, *RULE_ROWS)}


def severity_of(code: str) -> Severity:
    """Return the severity of a numbered finding.

    >>> severity_of("P007")
    'error'
    """
    return CODES[code].severity
