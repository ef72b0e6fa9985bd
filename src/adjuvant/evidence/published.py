"""Reads a file of printed numbers (published/1); every fault has its line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from adjuvant.core import Finding, InvalidInput
from adjuvant.evidence.possible import impossible_values
from adjuvant.evidence.printed import KINDS, Number, Published, printed_value
from adjuvant.protocol.fields import Part
from adjuvant.protocol.source import Source
from adjuvant.protocol.suggestions import one_of
from adjuvant.protocol.tree import Path as TreePath
from adjuvant.protocol.tree import Tree, path_name
from adjuvant.protocol.wording import complaint

__all__ = ["read_published", "read_published_text"]

P = TypeVar("P", bound=Part)


def read_published(path: Path) -> Published:
    """Return the printed numbers of a report.

    Raises    InvalidInput with every fault of the file, each with line and column.

    >>> read_published(Path("no such file"))
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: no such file cannot be opened: ...
    """
    try:
        content = Path(path).read_bytes()
    except OSError as reason:
        raise InvalidInput(f"{path} cannot be opened: {reason.strerror}; check the name") from None
    return _read(Source.from_bytes(content, Path(path).name))


def read_published_text(text: str, name: str = "published.yaml") -> Published:
    """Return the printed numbers written in `text`; findings name the file `name`.

    >>> read_published_text("format: published/1")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: published.yaml cannot be used
    published.yaml:1:1: error P013: the file lacks the key 'case'
    ...
    """
    return _read(Source.from_text(text, name))


def _read(source: Source) -> Published:
    tree = Tree.of(source)
    data = tree.data
    if not isinstance(data, dict):
        if not source.findings:
            source.add("P010", 1, 1, "not a mapping of parts", "begin with 'format: published/1'")
        _refuse(source)
    written = data.get("numbers")
    raw = written if isinstance(written, list) else []
    numbers = [_number(tree, i, value) for i, value in enumerate(raw)]
    rest = {key: value for key, value in data.items() if key != "numbers"}
    found = _part(tree, Published, rest, ())
    if written is not None and not isinstance(written, list):
        source.findings.append(_fault(tree, ("numbers",), "P014", "expected a list", "- {id: ...}"))
    if found is not None:
        complete = tuple(n for n in numbers if n is not None)
        found = found.model_copy(update={"numbers": complete})
        source.findings += [*_references(tree, found), *_values(tree, numbers)]
        spots = {n.id: tree.spot(("numbers", i)) for i, n in enumerate(numbers) if n is not None}
        found.stands_in(source.name, {id: (at.line, at.column) for id, at in spots.items()})
    if found is None or any(f.severity == "error" for f in source.findings):
        _refuse(source)
    return found


def _refuse(source: Source) -> NoReturn:
    ordered = sorted(source.findings, key=lambda f: (f.place.line, f.place.column, f.code))
    raise InvalidInput(f"{source.name} cannot be used", ordered)


def _number(tree: Tree, i: int, value: Any) -> Number | None:
    """Return one printed number, or None when its faults have been noted."""
    at: TreePath = ("numbers", i)
    kind = str(value.get("kind") or "") if isinstance(value, Mapping) else ""
    if kind not in KINDS:
        message = f"kind is {kind!r}" if kind else "the number lacks its kind"
        hint = one_of(kind, list(KINDS))
        where = (*at, "kind") if kind else at
        tree.source.findings.append(_fault(tree, where, "P015", message, hint))
        return None
    return _part(tree, KINDS[kind], value, at)


def _part(tree: Tree, model: type[P], value: Any, at: TreePath) -> P | None:
    try:
        return model.model_validate(value)
    except ValidationError as reason:
        for error in reason.errors(include_url=False, include_context=True):
            code, message, hint, _ = complaint(model, error)
            tree.source.findings.append(_fault(tree, (*at, *error["loc"]), code, message, hint))
        return None


def _references(tree: Tree, found: Published) -> list[Finding]:
    """Return a finding for every name that stands for nothing, and every id used twice."""
    faults = []
    seen: set[str] = set()
    for i, number in enumerate(found.numbers):
        at: TreePath = ("numbers", i)
        if number.id in seen:
            faults.append(_fault(tree, (*at, "id"), "P007", f"id {number.id!r} stands twice", ""))
        seen.add(number.id)
        if number.source not in found.sources:
            hint = one_of(number.source, list(found.sources))
            message = f"no source {number.source!r}"
            faults.append(_fault(tree, (*at, "source"), "P015", message, hint))
        endpoint = getattr(number, "endpoint", None)
        if endpoint is not None and endpoint not in found.endpoints:
            hint = one_of(endpoint, list(found.endpoints))
            message = f"no endpoint {endpoint!r}"
            faults.append(_fault(tree, (*at, "endpoint"), "P015", message, hint))
    for i, line in enumerate(found.compare):
        if line.number not in seen:
            hint = one_of(line.number, list(seen))
            message = f"no number {line.number!r}"
            faults.append(_fault(tree, ("compare", i, "number"), "P015", message, hint))
        elif printed_value(found.number(line.number)) is None:
            message = f"{line.number} has no printed value to compare"
            hint = "name a number with a value, a count or a percent"
            faults.append(_fault(tree, ("compare", i, "number"), "P014", message, hint))
    return faults


def _values(tree: Tree, numbers: list[Number | None]) -> list[Finding]:
    """Return a finding for every value that no trial can print, such as a level of 0%."""
    return [
        _fault(tree, ("numbers", i, field), "P014", message, hint)
        for i, number in enumerate(numbers)
        if number is not None
        for field, message, hint in impossible_values(number)
    ]


def _fault(tree: Tree, at: TreePath, code: str, message: str, hint: str) -> Finding:
    spot = tree.spot(at)
    name = path_name(tree.data, at)
    return tree.source.finding(code, spot.line, spot.column, message, hint, name)
