"""What the format allows at a path: the part or type that stands there, and its keys."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from adjuvant.protocol.fields import Part

__all__ = ["choices", "known_keys", "stand_in", "type_at"]

Path = tuple[str | int, ...]


def type_at(model: type[Part], path: Path) -> Any:
    """Return the annotation of the value at `path` below `model`, None where nothing is known.

    >>> from adjuvant.protocol.model import Protocol
    >>> type_at(Protocol, ("endpoints", 0)).__name__
    'Endpoint'
    """
    found: Any = model
    for step in path:
        found = _bare(found)
        if isinstance(found, type) and issubclass(found, Part):
            field = found.model_fields.get(_field_name(found, str(step)))
            found = None if field is None else field.annotation
        elif get_origin(found) in (tuple, list, Sequence):
            found = get_args(found)[0]
        elif get_origin(found) in (dict, Mapping, typing.Mapping):
            found = get_args(found)[1]
        else:
            return None
    return _bare(found)


def _field_name(part: type[Part], key: str) -> str:
    """Return the attribute that a key of the file fills (`from` is a word of Python)."""
    for name, field in part.model_fields.items():
        if field.alias == key:
            return name
    return key


def _bare(annotation: Any) -> Any:
    """Return an annotation without Annotated and without `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            left = [a for a in get_args(annotation) if a is not type(None)]
            if len(left) != 1:
                return annotation
            annotation = left[0]
        else:
            return annotation


def known_keys(model: type[Part], path: Path) -> tuple[str, ...]:
    """Return the keys that the part at `path` knows.

    >>> from adjuvant.protocol.model import Protocol
    >>> known_keys(Protocol, ("population",))[:2]
    ('label', 'planned')
    """
    found = type_at(model, path)
    if isinstance(found, type) and issubclass(found, Part):
        return tuple(field.alias or name for name, field in found.model_fields.items())
    return ()


def choices(annotation: Any) -> tuple[str, ...]:
    """Return the values of a Literal as texts; none for any other type."""
    bare = _bare(annotation)
    return tuple(str(a) for a in get_args(bare)) if get_origin(bare) is typing.Literal else ()


def stand_in(annotation: Any) -> Any:
    """Return a value that lets the rest of the file be checked; None where there is none."""
    bare = _bare(annotation)
    if bare is str:
        return "?"
    allowed = choices(bare)
    if allowed:
        return allowed[0]
    return {float: 0.5, int: 1, bool: False}.get(bare)
