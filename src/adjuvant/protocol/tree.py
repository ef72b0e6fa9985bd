"""From nodes to plain values, with two books kept beside them: where each stands, whence it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from adjuvant.core import InvalidInput, PartialDate
from adjuvant.protocol.source import Node, Source
from adjuvant.protocol.suggestions import one_of

__all__ = ["COMMA_HINT", "Path", "Provenance", "Spot", "Tree", "path_name"]

Path = tuple[str | int, ...]
Origin = Literal["paper", "secondary", "our_choice"]
ORIGINS = ("paper", "secondary", "our_choice")
COMMA_HINT = "a comma ended the text before it: put the whole text in quotes"
_KEYS = {"value", "from", "at", "confirmed"}


@dataclass(frozen=True)
class Spot:
    """Where a value and its key stand (line and column from 1; an item has its own place)."""

    line: int
    column: int
    key_line: int
    key_column: int


@dataclass(frozen=True)
class Provenance:
    """Whence a value is: the paper, a secondary source, or our choice; and who confirmed it."""

    origin: Origin
    at: str | None = None
    confirmed_by: str | None = None
    confirmed_on: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether somebody put a name and a date to the value."""
        return self.confirmed_by is not None


@dataclass
class Tree:
    """The plain values of a protocol file, and the books beside them."""

    source: Source
    data: Any = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    provenance: dict[Path, Provenance] = field(default_factory=dict)
    origin_ends: dict[Path, tuple[int, int]] = field(default_factory=dict)  # where `from` says it

    @classmethod
    def of(cls, source: Source) -> "Tree":
        """Return the plain values of a source that has a tree."""
        tree = cls(source)
        if source.root is not None:
            root = source.root
            tree.data = tree.plain(root, (), Spot(root.line, root.column, root.line, root.column))
        return tree

    def plain(self, node: Node, path: Path, spot: Spot) -> Any:
        """Return the value of a node; unwraps `{value: ..., from: ...}` and notes its origin."""
        keys = {entry.key for entry in node.entries}
        if "value" in keys and ("from" in keys or keys <= _KEYS):
            inner = self._wrapped(node, path)
            at = Spot(inner.line, inner.column, spot.key_line, spot.key_column)
            return self.plain(inner, path, at)
        self.spots[path] = spot
        if node.mapping:
            return self._mapping(node, path)
        if node.scalar:
            return node.value
        return [
            self.plain(item, (*path, n), Spot(item.line, item.column, item.line, item.column))
            for n, item in enumerate(node.items)
        ]

    def _mapping(self, node: Node, path: Path) -> dict[str, Any]:
        values = {}
        for entry in node.entries:
            if entry.key == "provenance" and entry.node.mapping and path:
                self._note(entry.node, path)
                continue
            spot = Spot(entry.node.line, entry.node.column, entry.line, entry.column)
            values[entry.key] = self.plain(entry.node, (*path, entry.key), spot)
        return values

    def _wrapped(self, node: Node, path: Path) -> Node:
        self._note(node, path)
        return next(entry.node for entry in node.entries if entry.key == "value")

    def _note(self, node: Node, path: Path) -> None:
        """Note the provenance written in `from`, `at` and `confirmed` of a mapping."""
        origin = at = None
        by = on = None
        for entry in node.entries:
            text = None if entry.node.value is None else str(entry.node.value)
            if entry.key not in _KEYS:
                self._fault(
                    "P011",
                    path,
                    (entry.line, entry.column),
                    f"unknown key '{entry.key}' beside 'value' and 'from'",
                    COMMA_HINT if " " in entry.key.strip() else one_of(entry.key, sorted(_KEYS)),
                )
            elif entry.key == "from":
                origin = text
                self.origin_ends[path] = (entry.node.line, entry.node.column)
                if text not in ORIGINS:
                    self._fault(
                        "P019",
                        path,
                        (entry.node.line, entry.node.column),
                        f"'from: {text}' is not an origin",
                        one_of(text or "", ORIGINS),
                    )
            elif entry.key == "at" and entry.node.scalar:
                at = text
            elif entry.key == "confirmed":
                by, on = self._confirmed(entry.node, path)
        if origin is None:
            self._fault(
                "P019",
                path,
                (node.line, node.column),
                "a value with remarks but without origin",
                f"add 'from: {' | '.join(ORIGINS)}', or write the value alone",
            )
        if origin in ORIGINS:
            self.provenance[path] = Provenance(origin, at, by, on)  # type: ignore[arg-type]

    def _confirmed(self, node: Node, path: Path) -> tuple[str | None, str | None]:
        found = {e.key: str(e.node.value) for e in node.entries if e.node.value is not None}
        if node.value is None:
            return None, None
        if set(found) != {"by", "on"}:
            self._fault(
                "P019",
                path,
                (node.line, node.column),
                "'confirmed' needs who and on which date",
                "write confirmed: {by: NAME, on: YYYY-MM-DD}",
            )
            return None, None
        try:
            whole = PartialDate.parse(found["on"]).complete
        except InvalidInput:
            whole = False
        if not whole:
            hint = "write on: YYYY-MM-DD"
            words = f"'confirmed' is dated '{found['on']}', which is no day"
            self._fault("P019", path, (node.line, node.column), words, hint)
        return found["by"], found["on"]

    def _fault(self, code: str, path: Path, at: tuple[int, int], message: str, hint: str) -> None:
        name = path_name(self.data, path)
        self.source.findings.append(self.source.finding(code, *at, message, hint, name))

    def spot(self, path: Path) -> Spot:
        """Return where `path` stands, or the nearest part around it that stands in the file."""
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots.get(path, Spot(1, 1, 1, 1))


def path_name(data: Any, path: Path) -> str:
    """Return a path as people write it: keys and ids joined by dots.

    >>> path_name({"arms": [{"id": "IMM"}]}, ("arms", 0, "label"))
    'arms.IMM.label'
    """
    words = []
    for step in path:
        data = _below(data, step)
        own = data.get("id") if isinstance(step, int) and isinstance(data, Mapping) else None
        words.append(str(own) if isinstance(own, str) and own else str(step))
    return ".".join(words)


def _below(data: Any, step: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(step)
    if isinstance(data, (list, tuple)) and isinstance(step, int) and step < len(data):
        return data[step]
    return None
