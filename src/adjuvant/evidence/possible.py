"""Values that no report can print, whatever else it prints: a level of 0%, a p-value of 2."""

from collections.abc import Iterator
from dataclasses import dataclass

from adjuvant.evidence.printed import Number

__all__ = ["impossible_values"]


@dataclass(frozen=True)
class _Rule:
    """What a field holds: its name in words, the values it may have, whether "<x" may stand."""

    words: str
    low: float
    high: float
    below: bool = True
    inside: bool = False


# Beyond any number of a trial, cells of a dose included; sums of such numbers stay finite.
_LARGEST = 1e18
_NUMBER = _Rule("a number", -_LARGEST, _LARGEST)
_COUNT = _Rule("a number of patients", 0, 1e9, below=False)
_PERCENT = _Rule("a percentage", 0, 100)
_TIME = _Rule("a time", 0, 1e6, below=False)
_LENGTH = _Rule("a length of time", 0, 1e6)
_DOSE = _Rule("a dose", 0, _LARGEST, below=False)

_RULES: dict[tuple[str, str], _Rule] = {
    **{(kind, "value"): _COUNT for kind in ("n", "n_total", "n_allocated", "n_excluded")},
    ("events", "count"): _COUNT,
    # Where count and percent were exchanged, the percentage is a count: over 100 is no fault.
    ("events", "percent"): _Rule("a percentage", 0, 1e9, below=False),
    ("crude", "percent"): _PERCENT,
    ("milestone", "value"): _PERCENT,
    ("milestone", "ci"): _PERCENT,
    ("milestone", "time"): _TIME,
    ("difference", "time"): _TIME,
    ("hr", "value"): _Rule("a hazard ratio", 0, _LARGEST),
    ("hr", "ci"): _Rule("a limit of a hazard ratio", 0, _LARGEST),
    ("hr", "level"): _Rule("a level in percent", 1, 100, below=False, inside=True),
    ("p", "value"): _Rule("a p-value", 0, 1),
    ("median", "value"): _LENGTH,
    ("median", "ci"): _LENGTH,
    ("follow_up", "value"): _LENGTH,
    ("dose", "value"): _DOSE,
    ("dose", "infusions"): _Rule("a number of infusions", 0, 1e6, below=False),
}  # fmt: skip


def impossible_values(number: Number) -> Iterator[tuple[str, str, str]]:
    """Yield field, fault and remedy of each value that a number of this kind cannot have.

    >>> from adjuvant.evidence.printed import PValue
    >>> number = PValue(id="p", kind="p", as_printed="p=2", source="a", endpoint="e", value="2")
    >>> list(impossible_values(number))
    [('value', "a p-value cannot be '2'", 'write a number from 0 to 1, as the report prints it')]
    """
    if number.kind in ("fact", "analysis_set"):
        return
    for field in ("value", "count", "percent", "ci", "level", "time", "infusions"):
        held = getattr(number, field, None)
        rule = _RULES.get((number.kind, field), _NUMBER)
        for text in held if isinstance(held, tuple) else (held,):
            if text is not None and not _possible(text, rule):
                span = f"{'between' if rule.inside else 'from'} {rule.low:g} "
                span += f"{'and' if rule.inside else 'to'} {rule.high:g}"
                plain = "" if rule.below else ", without '<'"
                hint = f"write a number {span}{plain}, as the report prints it"
                yield field, f"{rule.words} cannot be {text!r}", hint


def _possible(text: str, rule: _Rule) -> bool:
    if text.startswith("<") and not rule.below:
        return False
    value = float(text.lstrip("<"))
    if rule.inside:
        return rule.low < value < rule.high
    # "<0" stands for no value at all.
    empty = text.startswith("<") and value <= 0
    return rule.low <= value <= rule.high and not empty
