"""Reference quantities of two-by-two counts."""

from typing import Any

from adjuvant.core import CaseError
from adjuvant.validation.asking import ask, public
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_data import as_fields, option, options_but

__all__ = ["counts"]

Fields = dict[str, Any]


def counts(case: Case, file: CaseFile) -> Fields:
    """A measure or test of two proportions, from events and totals by arm."""
    del file
    function, table_class = public("survival", case.quantity), public("survival", "TwoByTwo")
    treated, control = (_events(case, arm) for arm in ("treatment", "control"))
    result = ask(
        function, table_class(*treated, *control), **options_but(case, "treatment", "control")
    )
    fields: Fields = as_fields(result)
    return fields


def _events(case: Case, arm: str) -> tuple[int, int]:
    found = option(case, arm)
    if not isinstance(found, dict) or not {"events", "total"} <= set(found):
        raise CaseError(f"option {arm!r} must be an object with `events` and `total`")
    return found["events"], found["total"]
