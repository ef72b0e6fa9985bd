"""Objects of USDM with their ids, and parts of a protocol as the plain values of an extension."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adjuvant.protocol.model import Part
from adjuvant.standards.usdm_terms import PREFIX, TERMS

__all__ = ["Maker", "Object", "plain_values"]

Object = dict[str, Any]


@dataclass
class Maker:
    """Makes objects of the model with their ids, the same ids for the same protocol."""

    used: dict[str, int] = field(default_factory=dict)

    def make(self, kind: str, **values: Any) -> Object:
        """Return an object of a class of the model, with an id of its own."""
        self.used[kind] = self.used.get(kind, 0) + 1
        return {"id": f"{kind}_{self.used[kind]}", "instanceType": kind, **values}

    def code(self, term: str) -> Object:
        """Return one of `TERMS` as a code object."""
        code, decode = TERMS[term]
        return self.make(
            "Code",
            code=code,
            codeSystem="http://www.cdisc.org",
            codeSystemVersion="2024-09-27",
            decode=decode,
        )

    def more(self, values: Mapping[str, Any]) -> list[Object]:
        """Return extension attributes for what USDM has no place for; empty values are left out."""
        return [
            self.make("ExtensionAttribute", url=PREFIX + key, valueString=_text(value))
            for key, value in values.items()
            if value not in (None, (), {}, "", False, [])
        ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain_values(value: Any) -> Any:
    """Return a part of a protocol as it would be written: keys that were set, lengths as text.

    >>> from adjuvant.protocol.model import Endpoint
    >>> plain_values(Endpoint(id="OS", label="Survival", level="primary", event=("death",)))
    {'id': 'OS', 'label': 'Survival', 'level': 'primary', 'event': ['death']}
    """
    if isinstance(value, Part):
        fields = type(value).model_fields
        return {
            fields[name].alias or name: plain_values(getattr(value, name))
            for name in fields
            if name in value.model_fields_set
        }
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_values(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
