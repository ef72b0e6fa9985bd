"""An amendment in words: what changed between two versions of a protocol, and what it touches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adjuvant.protocol.reader import ReadProtocol
from adjuvant.protocol.source import Source
from adjuvant.protocol.tree import Tree
from adjuvant.protocol.words import spoken

__all__ = ["Change", "protocol_diff"]

Touched = Literal["consent", "forms", "list", "analysis", "schedule", "product", "safety", "design"]
_LIST = ("allocation", "method", "strata", "timing", "sealed")
_TOUCHES: dict[str, tuple[Touched, ...]] = {
    "arms": ("consent", "list", "analysis"),
    "population": ("consent", "forms"),
    "randomisation": ("list",),
    "interventions": ("consent", "safety"),
    "infusions": ("consent", "schedule"),
    "cell_products": ("product", "consent"),
    "schedule": ("schedule",),
    "activities": ("schedule", "forms"),
    "visits": ("consent", "schedule"),
    "forms": ("forms",),
    "events": ("forms", "analysis"),
    "withdrawal": ("consent", "forms"),
    "endpoints": ("analysis",),
    "estimands": ("analysis",),
    "design": ("design", "analysis"),
    "analysis_sets": ("analysis",),
    "analyses": ("analysis",),
    "data": ("analysis",),
    "time": ("analysis",),
}


@dataclass(frozen=True)
class Change:
    """One change: the path, what stood there and what stands there now, and what it touches.

    before, after   texts; None where the value did not, or does no longer, stand in the file
    """

    path: str
    before: str | None
    after: str | None
    touches: tuple[Touched, ...]

    def in_words(self) -> str:
        """Return the change as one sentence.

        >>> Change("population.planned", "150", "160", ()).in_words()
        'population planned: 150 becomes 160'
        """
        name = spoken(self.path.replace(".", " "))
        if self.before is None:
            return f"{name}: new, {self.after}"
        if self.after is None:
            return f"{name}: removed, was {self.before}"
        return f"{name}: {self.before} becomes {self.after}"


def protocol_diff(before: ReadProtocol, after: ReadProtocol) -> tuple[Change, ...]:
    """Return the changes from one version to another, in the order of the new file.

    Parts with ids are compared by id: an order that changed is no change. Provenance and comments
    are not compared.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol_text
    >>> shipped = files("adjuvant.studies") / "moertel1990" / "protocol.yaml"
    >>> text = shipped.read_text("utf-8")
    >>> amended = read_protocol_text(text.replace("planned: 929", "planned: 950"))
    >>> [change.in_words() for change in protocol_diff(read_protocol_text(text), amended)]
    ['population planned: 929 becomes 950']
    """
    old, new = _values(before), _values(after)
    return tuple(
        Change(path, a, b, _touches(path)) for path, a, b in _changes("", old, new) if a != b
    )


def _values(read: ReadProtocol) -> Any:
    return Tree.of(Source.from_text(read.text, read.path.name)).data


def _changes(path: str, old: Any, new: Any) -> Iterator[tuple[str, str | None, str | None]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*new, *old)):
            at = f"{path}.{key}" if path else str(key)
            if key not in old:
                yield at, None, _brief(new[key])
            elif key not in new:
                yield at, _brief(old[key]), None
            else:
                yield from _changes(at, old[key], new[key])
    elif _with_ids(old) and _with_ids(new):
        yield from _changes(path, _by_id(old), _by_id(new))
    elif old != new:
        yield path, _brief(old), _brief(new)


def _with_ids(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and "id" in item for item in value)
    )


def _by_id(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(item["id"]): item for item in items}


def _brief(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        words = value.get("label") or value.get("text") or value.get("title")
        return str(words) if words else ", ".join(f"{k}: {_brief(v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_brief(item) for item in value) + "]"
    return str(value)


def _touches(path: str) -> tuple[Touched, ...]:
    steps = path.split(".")
    if steps[0] == "randomisation" and len(steps) > 1 and steps[1] not in _LIST:
        return ()
    if steps[:2] == ["governance", "harms"]:
        return ("safety", "forms")
    if steps[:2] == ["governance", "consent"]:
        return ("consent",)
    if steps[:2] == ["randomisation", "strata"]:
        return ("list", "analysis")
    return _TOUCHES.get(steps[0], ())
