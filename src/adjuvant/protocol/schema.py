"""The format as JSON Schema, so that an editor completes keys and marks faults while one types."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from adjuvant.protocol.durations import Duration
from adjuvant.protocol.fields import Amount, Part
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.tree import ORIGINS

__all__ = ["json_schema"]

Schema = dict[str, Any]
_LENGTH = r"^[+-]?\d+(\.\d+)?\s*(h|d|wk|mo|y)$"
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_PROVENANCE: Schema = {
    "type": "object",
    "properties": {
        "from": {"enum": list(ORIGINS)},
        "at": {"type": ["string", "null"]},
        "confirmed": {
            "anyOf": [
                {"type": "null"},
                {
                    "type": "object",
                    "properties": {"by": {"type": "string"}, "on": {"type": "string"}},
                    "required": ["by", "on"],
                    "additionalProperties": False,
                },
            ]
        },
    },
    "required": ["from"],
    "additionalProperties": False,
}


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a protocol file.

    Any value may be wrapped as `{value, from, at, confirmed}`, and any mapping may carry
    `provenance`. An editor that knows the schema checks shape; the rules need `adjuvant check`.

    >>> json_schema()["required"]
    ['format', 'trial', 'arms', 'endpoints', 'analyses']
    """
    parts: dict[str, Schema] = {}
    root = _part(Protocol, parts)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "adjuvant/1: a randomised trial in one file",
        **root,
        "$defs": {"provenance": _PROVENANCE, **parts},
    }


def _part(model: type[Part], parts: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = {}
    required = []
    for name, found in model.model_fields.items():
        key = found.alias or name
        properties[key] = _wrapped(_type(found.annotation, parts))
        if found.is_required():
            required.append(key)
    if model is not Protocol:
        properties["provenance"] = {"$ref": "#/$defs/provenance"}
    return {
        "type": "object",
        "description": " ".join((model.__doc__ or "").split("\n\n")[0].split()),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _wrapped(schema: Schema) -> Schema:
    """Return a schema for the value itself, or the value with its provenance around it."""
    around = {
        "type": "object",
        "properties": {"value": schema, **_PROVENANCE["properties"]},
        "required": ["value", "from"],
        "additionalProperties": False,
    }
    return {"anyOf": [schema, around]}


def _type(annotation: Any, parts: dict[str, Schema]) -> Schema:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _type(inner[0], parts)
    if origin in (typing.Union, types.UnionType):
        options = [{"type": "null"} if a is type(None) else _type(a, parts) for a in inner]
        return {"anyOf": options}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in (tuple, list, Sequence):
        items = {"type": "array", "items": _wrapped(_type(inner[0], parts))}
        # A single word is read as a list of one where the format says so.
        return {"anyOf": [items, _TEXT]} if inner[0] is str else items
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _wrapped(_type(inner[1], parts))}
    return _simple(annotation, parts)


def _simple(annotation: Any, parts: dict[str, Schema]) -> Schema:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        name = annotation.__name__
        if name not in parts:
            parts[name] = {}  # the place is taken first: parts may hold each other
            parts[name] = _part(annotation, parts)
        return {"$ref": f"#/$defs/{name}"}
    schemas: dict[Any, Schema] = {
        str: _TEXT,
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number"},
        Duration: {"type": "string", "pattern": _LENGTH},
        Amount: {"type": ["number", "string"]},
    }
    return schemas.get(annotation, {})
