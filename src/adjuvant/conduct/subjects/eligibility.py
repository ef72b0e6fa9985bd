"""Eligibility, pure: every criterion with its rule, the values it read, and whether it is met.

A missing value is never a pass: whoever lacks one is not eligible yet. There are no waivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from adjuvant.core import InvalidInput
from adjuvant.protocol import UNKNOWN, Protocol, expression
from adjuvant.protocol.model import Criterion

__all__ = ["CriterionResult", "check_eligibility", "is_eligible"]


@dataclass(frozen=True)
class CriterionResult:
    """One criterion: its words, its rule, the values read, and the answer.

    passed    True: does not stand in the way; False: does; None: a value is missing.
    values    item -> value as recorded; None = missing.
    """

    id: str
    kind: Literal["inclusion", "exclusion"]
    text: str
    rule: str
    values: Mapping[str, Any]
    passed: bool | None

    @property
    def sentence(self) -> str:
        """What stands in the way, in words; empty where nothing does."""
        if self.passed:
            return ""
        read = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        missing = [name for name, value in self.values.items() if value is None]
        if self.passed is None:
            what = ", ".join(missing) or self.rule
            return _("%(id)s (%(text)s): %(what)s is missing") % {
                "id": self.id, "text": self.text, "what": what,
            }  # fmt: skip
        return _("%(id)s (%(text)s): the record says %(read)s") % {
            "id": self.id, "text": self.text, "read": read or self.rule,
        }  # fmt: skip


def check_eligibility(protocol: Protocol, values: Mapping[str, Any]) -> tuple[CriterionResult, ...]:
    """Return every criterion of a protocol, judged on the recorded values.

    values    item -> value; an item that is absent is missing.
    """
    population = protocol.population
    return (
        *(_judged(criterion, "inclusion", values) for criterion in population.inclusion),
        *(_judged(criterion, "exclusion", values) for criterion in population.exclusion),
    )


def is_eligible(results: tuple[CriterionResult, ...]) -> bool:
    """Tell whether every criterion is met; with no criteria nobody is eligible."""
    return bool(results) and all(result.passed for result in results)


def _judged(
    criterion: Criterion, kind: Literal["inclusion", "exclusion"], values: Mapping[str, Any]
) -> CriterionResult:
    # A criterion without a rule is answered by an item of its own name.
    rule = criterion.check or criterion.id
    found = expression(rule)
    read = {name: values.get(name) for name in sorted(found.names)}
    try:
        answer = found.evaluate(read)
    except InvalidInput:
        answer = UNKNOWN  # a value of another kind than the rule compares: it is not known
    truth = {"yes": True, "no": False}.get(answer, answer) if isinstance(answer, str) else answer
    passed = None if not isinstance(truth, bool) else truth is (kind == "inclusion")
    return CriterionResult(criterion.id, kind, criterion.text, rule, read, passed)
