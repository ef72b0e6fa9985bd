"""The reader: one protocol file in, a valid `Protocol` or every fault of the run out."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError

from adjuvant.core import Finding, ProtocolError
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.shape import choices, stand_in, type_at
from adjuvant.protocol.source import Source
from adjuvant.protocol.tree import Path, Provenance, Spot, Tree, path_name
from adjuvant.protocol.wording import best_guess, complaint

__all__ = ["MOST", "Draft", "ReadProtocol", "draft_of", "protocol_text"]

_ROUNDS = 12
MOST = 500  # findings of one kind; a file with more is not a protocol with faults


@dataclass(frozen=True)
class ReadProtocol:
    """A protocol that was read without error, with the books of its file.

    source_map   path -> where its key and value stand
    provenance   path, joined by dots (`endpoints.TTR.origin`), -> whence the value is
    findings     what the checker said: warnings and notes (an error would have been raised)
    """

    protocol: Protocol
    text: str
    path: FilePath
    source_map: Mapping[Path, Spot]
    provenance: Mapping[str, Provenance]
    findings: tuple[Finding, ...] = ()


@dataclass
class Draft:
    """A file on its way: the protocol as far as it could be built, and its findings.

    repaired   paths of faulty values that were taken out, so that the rest could be checked
    invented   paths of missing values that were replaced by a stand-in
    """

    tree: Tree
    protocol: Protocol | None = None
    repaired: set[Path] = field(default_factory=set)
    invented: set[Path] = field(default_factory=set)

    @property
    def findings(self) -> list[Finding]:
        """All findings so far."""
        return self.tree.source.findings

    def finding(
        self,
        code: str,
        path: Sequence[str | int],
        message: str,
        hint: str = "",
        *,
        key: bool = False,
    ) -> Finding:
        """Return a numbered finding at a path of the file."""
        at = tuple(path)
        spot = self.tree.spot(at)
        line, column = (spot.key_line, spot.key_column) if key else (spot.line, spot.column)
        name = path_name(self.tree.data, at)
        return self.tree.source.finding(code, line, column, message, hint, name)

    def named_provenance(self) -> dict[str, Provenance]:
        """Return the provenance by dotted path."""
        data = self.tree.data
        return {path_name(data, path): found for path, found in self.tree.provenance.items()}

    def read(self, name: FilePath) -> ReadProtocol:
        """Return the protocol; raises ProtocolError with all findings when one is an error."""
        ordered = tuple(in_order(self.findings))
        errors = [f for f in ordered if f.severity == "error"]
        if errors or self.protocol is None:
            number = f"{len(errors)} errors" if len(errors) != 1 else "1 error"
            raise ProtocolError(f"{name} cannot be used: {number}", ordered)
        return ReadProtocol(
            self.protocol,
            self.tree.source.text,
            name,
            MappingProxyType(self.tree.spots),
            MappingProxyType(self.named_provenance()),
            ordered,
        )


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by place, each once."""
    once = {(f.place, f.code, f.message): f for f in findings}
    return sorted(once.values(), key=lambda f: (f.place.line, f.place.column, f.code, f.message))


def draft_of(source: Source) -> Draft:
    """Return what a source holds, with the faults of its shape noted."""
    draft = Draft(Tree.of(source))
    if source.root is None:
        if not source.findings:
            source.add("P010", 1, 1, "the file is empty", "begin with 'format: adjuvant/1'")
        return draft
    if not isinstance(draft.tree.data, dict):
        source.add(
            "P010",
            source.root.line,
            source.root.column,
            "the file is not a mapping of parts",
            "begin with 'format: adjuvant/1', then 'trial:', 'arms:' and so on",
        )
        return draft
    data = copy.deepcopy(draft.tree.data)
    for _ in range(_ROUNDS):
        try:
            draft.protocol = Protocol.model_validate(data)
        except ValidationError as reason:
            errors = _own(reason.errors(include_url=False, include_context=True))
            for error in errors[:MOST]:
                _report(draft, error)
            _report_more(draft, len(errors) - MOST)
            mended = [_repair(draft, data, error) for error in errors]
            if not all(mended):
                return draft
        else:
            return draft
    return draft


def _report_more(draft: Draft, more: int) -> None:
    if more > 0:
        words = f"{more} more faults of the shape are not listed"
        draft.findings.append(draft.finding("P022", (), words, "mend these first"))


def _own(errors: Sequence[Any]) -> list[Any]:
    """Return the errors without "too short" for a list of which an item is faulty."""
    places = [tuple(error["loc"]) for error in errors]
    around = {place[:n] for place in places for n in range(len(place))}
    return [
        error
        for error, place in zip(errors, places, strict=True)
        if error["type"] != "too_short" or place not in around
    ]


def _report(draft: Draft, error: Mapping[str, Any]) -> None:
    path: Path = tuple(error["loc"])
    if any(path[:n] in draft.repaired for n in range(len(path) + 1)):
        return
    if error["type"] == "missing" and path[0] in draft.tree.source.unread:
        return
    code, message, hint, key = complaint(Protocol, error)
    draft.findings.append(draft.finding(code, path, message, hint, key=key))


def _repair(draft: Draft, data: Any, error: Mapping[str, Any]) -> bool:
    """Take a faulty value out, or put a stand-in, so that the rest can be checked."""
    path: Path = tuple(error["loc"])
    draft.repaired.add(path)
    if not path:
        return False
    holder = _holder(data, path)
    if holder is None:
        return True
    kind = type_at(Protocol, path)
    if error["type"] == "missing":
        value = stand_in(kind)
        if value is None or not isinstance(holder, dict):
            return _drop(data, path[:-1])
        holder[path[-1]] = value
        draft.invented.add(path)
        return True
    guess = best_guess(error["input"], choices(kind))
    if guess is not None and error["type"] == "literal_error":
        holder[path[-1]] = guess
        return True
    return _drop(data, path)


def _holder(data: Any, path: Path) -> Any:
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _drop(data: Any, path: Path) -> bool:
    """Delete the value at `path`; an item of a list becomes a gap that is dropped."""
    if not path:
        return False
    holder, last = _holder(data, path), path[-1]
    if isinstance(holder, dict) and last in holder:
        del holder[last]
        return True
    if isinstance(holder, list):
        # Deleting one item would move its neighbours, whose faults are named by position.
        return len(path) > 1 and _drop(data, path[:-1])
    return False


def protocol_text(values: Mapping[str, Any]) -> str:
    """Return the YAML text of a protocol that is given as plain values.

    Raises    ProtocolError with all findings when the values are not a valid protocol.

    >>> print(protocol_text({"format": "adjuvant/1", "trial": {"id": "T", "title": "A trial"},
    ...     "arms": [{"id": "A", "label": "A", "role": "experimental"}],
    ...     "endpoints": [{"id": "OS", "label": "Survival", "level": "primary",
    ...                    "event": ["death"]}],
    ...     "events": {"death": {}},
    ...     "analyses": [{"id": "K", "type": "kaplan_meier", "set": "ITT", "endpoint": "OS"}]}))
    format: adjuvant/1
    <BLANKLINE>
    trial:
      id: T
      title: A trial
    ...
    """
    parts = []
    for key, value in values.items():
        text = yaml.dump(
            {key: _simple(value)},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=100,
            default_flow_style=False,
        )
        parts.append(text)
    return "\n".join(parts)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _simple(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _simple(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_simple(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
