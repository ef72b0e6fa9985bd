"""Words for endpoints and arms inside a sentence, made from the protocol's own labels."""

from collections.abc import Sequence

from adjuvant.analysis.results import Result
from adjuvant.analysis.words import lowered
from adjuvant.protocol.model import Endpoint, Protocol

__all__ = ["event_words", "free_of", "joined", "lowered", "upper_first"]


def upper_first(text: str) -> str:
    """Return the text with a capital first letter and all others as they are.

    >>> upper_first("log-rank test of LEV")
    'Log-rank test of LEV'
    """
    return text[:1].upper() + text[1:]


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Return the parts as a list in a sentence.

    >>> joined(["a", "b", "c"]), joined(["recurrence", "death"], "or")
    ('a, b and c', 'recurrence or death')
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def event_words(endpoint: Endpoint, protocol: Protocol) -> str:
    """Return what counts as the event, in words: `recurrence or death from any cause`.

    The endpoint's own label where it names no event, as with an ADTTE taken as it stands.
    """
    labels = []
    for id in endpoint.event:
        part = protocol.events.get(id)
        labels.append(lowered(part.label if part and part.label else id))
    return joined(labels, "or") or f"the event of {lowered(endpoint.label)}"


def free_of(result: Result, protocol: Protocol | None) -> str | None:
    """Return what a survival curve of the result counts: `Alive`, or `Free of recurrence`.

    >>> free_of(Result("KM", "kaplan_meier", "ITT", 9, "", ""), None) is None
    True
    """
    if protocol is None or result.endpoint is None:
        return result.endpoint_label
    endpoint = next((e for e in protocol.endpoints if e.id == result.endpoint), None)
    if endpoint is None or not endpoint.event:
        return result.endpoint_label
    if endpoint.event == ("death",):
        return "Alive"
    words = event_words(endpoint, protocol)
    if "recurrence" in endpoint.event and "death" in endpoint.event and len(endpoint.event) == 2:
        return "Alive without recurrence"
    return f"Free of {words}"
