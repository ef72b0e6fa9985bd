"""The checker: reads a protocol and asks every rule, so that one run shows every fault."""

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from adjuvant.core import Finding, ProtocolError
from adjuvant.protocol import (
    rules_cells,
    rules_data,
    rules_design,
    rules_forms,
    rules_governance,
    rules_names,
    rules_plan,
    rules_schedule,
    rules_strict,
    rules_trial,
)
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.reader import MOST, Draft, ReadProtocol, draft_of, in_order
from adjuvant.protocol.source import MAX_BYTES, Source
from adjuvant.protocol.tree import path_name

__all__ = ["check_bytes", "check_protocol", "check_text", "read_protocol", "read_protocol_text"]

Rule = Callable[[Draft, Protocol], Iterable[Finding]]
RULES: tuple[Rule, ...] = (
    *rules_names.RULES,
    *rules_trial.RULES,
    *rules_plan.RULES,
    *rules_data.RULES,
    *rules_schedule.RULES,
    *rules_forms.RULES,
    *rules_cells.RULES,
    *rules_governance.RULES,
    *rules_design.RULES,
)


def read_protocol(path: Path | str) -> ReadProtocol:
    """Return the protocol written in a file.

    Raises    ProtocolError, carrying every finding of the run, when one of them is an error or
              the file cannot be opened.

    >>> from importlib.resources import files
    >>> read = read_protocol(files("adjuvant.studies") / "moertel1990" / "protocol.yaml")
    >>> read.protocol.trial.id, read.provenance["trial.phase"].origin
    ('MOERTEL1990', 'our_choice')
    """
    file = Path(path)
    return _checked(_source(file)).read(file)


def read_protocol_text(text: str, name: str = "protocol.yaml") -> ReadProtocol:
    """Return the protocol written in `text`; findings name the file `name`.

    Raises    ProtocolError, carrying every finding of the run, when one of them is an error.

    >>> read_protocol_text("trial: {id: A}")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.ProtocolError: protocol.yaml cannot be used: 5 errors
    ...
    """
    return _checked(Source.from_text(text, name)).read(Path(name))


def check_protocol(path: Path | str, *, strict: bool = False) -> tuple[Finding, ...]:
    """Return every finding about a protocol file, in the order of its lines.

    strict    unconfirmed choices, and gaps that an ethics board would ask about, become errors.
    Raises    ProtocolError when there is no such file or it cannot be opened.

    >>> from importlib.resources import files
    >>> shipped = files("adjuvant.studies") / "takayama2000" / "protocol.yaml"
    >>> sorted({f.code for f in check_protocol(shipped) if f.severity == "warning"})
    ['P072', 'P073', 'P090']
    """
    return _all_findings(_source(Path(path)), strict)


def check_text(
    text: str, name: str = "protocol.yaml", *, strict: bool = False
) -> tuple[Finding, ...]:
    """Return every finding about the text of a protocol.

    >>> [f.code for f in check_text("[1, 2")]
    ['P006']
    """
    return _all_findings(Source.from_text(text, name), strict)


def check_bytes(content: bytes, name: str) -> tuple[Finding, ...]:
    """Return every finding about the bytes of a protocol file.

    >>> [f.code for f in check_bytes(b"caf\\xe9", "a.yaml")]
    ['P001']
    """
    return _all_findings(Source.from_bytes(content, name), strict=False)


def _all_findings(source: Source, strict: bool) -> tuple[Finding, ...]:
    draft = _checked(source)
    if strict and draft.protocol is not None and not source.unread:
        draft.findings[:] = rules_strict.stricter(draft)
    return tuple(in_order(draft.findings))


def _source(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as reason:
        raise ProtocolError(f"{path} cannot be opened: {reason.strerror}; check the name") from None
    return Source.from_bytes(content, path.name)


def _checked(source: Source) -> Draft:
    draft = draft_of(source)
    # A part that could not be read would make every name in it look undeclared.
    if draft.protocol is not None and not source.unread:
        gaps, invented = _doubtful(draft)
        for rule in RULES:
            draft.findings.extend(
                f
                for f in islice(rule(draft, draft.protocol), MOST)
                if f.place.field not in gaps and not f"{f.place.field}.".startswith(invented)
            )
    return draft


def _doubtful(draft: Draft) -> tuple[set[str], tuple[str, ...]]:
    """Return the places about which a rule would only repeat a fault that is already reported.

    A stand-in speaks for nobody, so nothing is said about its item; of an item from which a value
    was taken, nothing is said about what the item as a whole lacks.
    """
    data = draft.tree.data
    gaps = {
        path_name(data, path[:n]) for path in draft.repaired for n in (2, max(2, len(path) - 1))
    }
    return gaps, tuple({f"{path_name(data, path[:-1])}." for path in draft.invented})
