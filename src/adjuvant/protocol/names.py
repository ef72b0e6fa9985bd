"""The names that a protocol declares, and the test that a used name is among them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.expressions import Expression, expression
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = [
    "SET_WORDS",
    "Path",
    "analysis_variables",
    "each",
    "ids",
    "known",
    "parsed",
    "recorded_names",
]

Path = tuple[str | int, ...]
SET_WORDS = ("randomised", "eligible", "ineligible_before_randomisation")


def ids(parts: Iterable[Any]) -> tuple[str, ...]:
    """Return the ids of a list of parts."""
    return tuple(part.id for part in parts)


def each(parts: Sequence[Any], *path: str | int) -> Iterator[tuple[Path, Any]]:
    """Return each item of a list with its path."""
    for n, part in enumerate(parts):
        yield (*path, n), part


def known(
    draft: Draft, path: Path, word: str | None, names: Iterable[str], code: str, what: str
) -> Iterator[Finding]:
    """Yield a finding when `word` is not among the declared names."""
    if word is not None and word not in (allowed := tuple(names)) and word != "?":
        yield draft.finding(code, path, f"no {what} '{word}'", one_of(word, allowed, most=30))


def parsed(text: str) -> Expression | None:
    """Return the expression, None where it is not one (another rule reports that)."""
    try:
        return expression(text)
    except InvalidInput:
        return None


def analysis_variables(protocol: Protocol) -> tuple[str, ...]:
    """Return the names that tables, subgroups and covariates may use."""
    data = () if protocol.data is None else tuple(protocol.data.variables)
    return (*data, *(s for s in ids(protocol.randomisation.strata) if s not in data), "arm")


def recorded_names(protocol: Protocol) -> tuple[str, ...]:
    """Return the names that an expression over a patient may read."""
    return (*analysis_variables(protocol)[:-1], "site")
