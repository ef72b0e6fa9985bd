"""What an amendment does: its changes in words, whether it needs a new list or a signed plan.

Pure: two texts of the protocol in, one answer out. Values are compared as the file states them,
without comments and provenance, so that a later release of the software judges alike.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adjuvant.conduct.audit.chain import canonical
from adjuvant.protocol import Change, ReadProtocol, protocol_diff, read_protocol_text
from adjuvant.protocol.source import Source
from adjuvant.protocol.tree import Tree

__all__ = ["Amendment", "amendment_of", "plan_digest"]

# What the analysis plan rests on; a change of it after data by arm were seen is marked so.
PLAN = ("time", "events", "endpoints", "estimands", "design", "analysis_sets", "analyses")


@dataclass(frozen=True)
class Amendment:
    """From one version of a protocol to the next.

    changes        every change, in the order of the new file
    list_changes   those that touch arms, ratio, method, strata or the sealed file
    plan_changed   whether the analysis plan differs
    """

    changes: tuple[Change, ...]
    list_changes: tuple[Change, ...]
    plan_changed: bool

    def in_words(self) -> tuple[str, ...]:
        """Return one sentence a change; the number and date of the version go without saying."""
        own = ("trial.version", "trial.date")
        return tuple(change.in_words() for change in self.changes if change.path not in own)

    @property
    def touches(self) -> tuple[str, ...]:
        """The parts of the trial that are touched: consent, forms, list, analysis and so on."""
        found = {what: None for change in self.changes for what in change.touches if what != "list"}
        return (*found, "list") if self.list_changes else tuple(found)


def amendment_of(before: str, after: str) -> Amendment:
    """Return what changes from one protocol's text to another's.

    Raises    ProtocolError where one of them has errors.

    >>> from importlib.resources import files
    >>> shipped = files("adjuvant.studies") / "moertel1990" / "protocol.yaml"
    >>> text = shipped.read_text("utf-8")
    >>> found = amendment_of(text, text.replace("planned: 929", "planned: 950"))
    >>> found.in_words(), found.list_changes, found.plan_changed
    (('population planned: 929 becomes 950',), (), False)
    """
    old, new = read_protocol_text(before), read_protocol_text(after)
    changes = protocol_diff(old, new)
    touched = tuple(change for change in changes if _touches_list(change))
    return Amendment(changes, touched, plan_digest(old) != plan_digest(new))


def plan_digest(read: ReadProtocol) -> str:
    """Return the SHA-256 of the analysis plan: the parts of the file on which an analysis rests.

    >>> from importlib.resources import files
    >>> shipped = files("adjuvant.studies") / "moertel1990" / "protocol.yaml"
    >>> text = shipped.read_text("utf-8")
    >>> one, other = (read_protocol_text(t) for t in (text, text.replace("929", "950")))
    >>> plan_digest(one) == plan_digest(other)
    True
    """
    data = Tree.of(Source.from_text(read.text, "protocol.yaml")).data
    parts = {key: _texts(data[key]) for key in PLAN if key in data}
    return hashlib.sha256(canonical(parts).encode("utf-8")).hexdigest()


def _texts(value: Any) -> Any:
    """Return the values of the file as plain texts, lists and mappings."""
    if isinstance(value, dict):
        return {str(key): _texts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(part) for part in value]
    return None if value is None else str(value)


def _touches_list(change: Change) -> bool:
    """Say whether the list of allocations made for the old version cannot serve the new one.

    A label alone may change; an arm that comes or goes, the ratio, the method, a stratum's rule or
    levels, the sealed file itself may not.
    """
    steps = change.path.split(".")
    if steps[0] == "arms":
        return len(steps) <= 2 or steps[2] == "id"
    if steps[0] != "randomisation" or steps[-1] == "label":
        return False
    if len(steps) > 1 and steps[1] == "sealed":
        return len(steps) == 2 or steps[2] == "file_commitment"
    return len(steps) == 1 or steps[1] in ("allocation", "method", "strata")


def in_sentences(lines: Iterable[str]) -> str:
    """Return changes as a printed list, one a line.

    >>> print(in_sentences(["a becomes b"]))
    - a becomes b
    """
    return "\n".join(f"- {line}" for line in lines)
