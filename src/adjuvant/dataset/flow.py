"""The numbers of the participant flow: counted where the data have them, never invented."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adjuvant.core import Finding, Place
from adjuvant.dataset.canonical import Canonical
from adjuvant.dataset.codes import finding
from adjuvant.dataset.sets import members, set_named
from adjuvant.dataset.values import number_of
from adjuvant.protocol.model import AnalysisSet, Protocol

if TYPE_CHECKING:
    from adjuvant.dataset.snapshot import Snapshot

__all__ = ["FlowCount", "check_flow", "flow_counts"]

_LABELS = {
    "assessed": "Assessed for eligibility",
    "excluded": "Excluded before randomisation",
    "randomised": "Randomised",
    "not_in_data": "Randomised, not in the data",
    "allocated": "Allocated",
    "received": "Received the allocated intervention",
    "not_received": "Did not receive the allocated intervention",
    "lost": "Lost to follow-up",
    "discontinued": "Discontinued the intervention",
    "analysed": "Analysed",
    "not_analysed": "Excluded from the analysis",
}


@dataclass(frozen=True)
class FlowCount:
    """One number of the flow.

    box       assessed, excluded, randomised, not_in_data, allocated, received, not_received,
              lost, discontinued, analysed, not_analysed, or a key of the protocol's `data.flow`.
    n         None where the number was not reported.
    arm       the arm's id; None: over all arms.
    set       the analysis set that an `analysed` or `not_analysed` number belongs to.
    reasons   (reason, number), in the order written.
    """

    box: str
    label: str
    n: int | None
    arm: str | None = None
    set: str | None = None
    reasons: tuple[tuple[str, int], ...] = ()


def flow_counts(snapshot: "Snapshot", protocol: Protocol) -> tuple[FlowCount, ...]:
    """Return the numbers of the flow: those only known as counts, then those of the data.

    Whoever is in the data and not in an analysis set is counted, with the reason.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> [(c.box, c.arm, c.n) for c in flow_counts(snapshot, protocol)][:3]
    [('randomised', None, 6), ('allocated', 'OLD', 3), ('allocated', 'NEW', 3)]
    """
    data = snapshot.canonical
    stated = list(_stated(protocol))
    boxes = {count.box for count in stated}
    counts = [c for c in stated if c.box in ("assessed", "excluded")]
    counts += _randomised(data, stated)
    arms = [arm.id for arm in protocol.ordered_arms]
    column = data.columns["arm"]
    counts += [
        FlowCount("allocated", _LABELS["allocated"], sum(a == arm for a in column), arm)
        for arm in arms
    ]
    if data.get("received") is not None and not boxes & {"received", "not_received"}:
        counts += _received(data, arms)
    done = {"assessed", "excluded", "randomised", "not_in_data", "allocated"}
    counts += [c for c in stated if c.box not in done]
    for part in _used_sets(protocol):
        counts += _analysed(data, protocol, part, arms)
    return tuple(counts)


def check_flow(data: Canonical, protocol: Protocol) -> list[Finding]:
    """Return what is wrong with the protocol's `data.flow`.

    >>> check_flow(Canonical({"subject": ("1",)}), __import__(
    ...     "adjuvant.dataset.examples", fromlist=["x"]).six_patients()[1])
    []
    """
    findings = []
    file = str((data.get("source.file") or ("data",))[0])
    for key, value in (protocol.data.flow if protocol.data else {}).items():
        place = Place(file, 0, 0, f"data.flow.{key}")
        for text in _leaves(value):
            if _count(text) is None and not _unreported(text):
                message = f"flow {key} is {text!r}, not a number of patients"
                hint = "write a whole number, or `not reported`"
                findings.append(finding("D074", place, message, hint))
        if key == "randomised":
            number = _count(value)
            if number is not None and number < data.n:
                message = f"{number} randomised by the flow, {data.n} in the data"
                findings.append(finding("D074", place, message, "correct one of the two"))
    return findings


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value


def _unreported(value: object) -> bool:
    return value is None or str(value).strip().casefold() in ("", "not reported", "null")


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = number_of(value)
    return number if isinstance(number, int) and number >= 0 else None


def _stated(protocol: Protocol) -> Iterator[FlowCount]:
    """Yield the numbers that the protocol states: a count, one per arm, or a count with reasons."""
    arms = {arm.id for arm in protocol.arms}
    for box, value in (protocol.data.flow if protocol.data else {}).items():
        label = _LABELS.get(box, box.replace("_", " ").capitalize())
        if not isinstance(value, Mapping):
            yield FlowCount(box, label, _count(value))
        elif set(value) <= arms:
            for arm, own in value.items():
                yield _with_reasons(box, label, own, arm)
        else:
            yield _with_reasons(box, label, value, None)


def _with_reasons(box: str, label: str, value: object, arm: str | None) -> FlowCount:
    if not isinstance(value, Mapping):
        return FlowCount(box, label, _count(value), arm)
    listed = value.get("reasons", {})
    pairs = listed.items() if isinstance(listed, Mapping) else ()
    counted = [(str(reason), _count(n)) for reason, n in pairs]
    reasons = tuple((reason, n) for reason, n in counted if n is not None)
    return FlowCount(box, label, _count(value.get("n")), arm, reasons=reasons)


def _randomised(data: Canonical, stated: list[FlowCount]) -> Iterator[FlowCount]:
    total = next((c.n for c in stated if c.box == "randomised" and c.n is not None), data.n)
    yield FlowCount("randomised", _LABELS["randomised"], total)
    if total != data.n:
        reasons = next((c.reasons for c in stated if c.box == "not_in_data"), ())
        yield FlowCount("not_in_data", _LABELS["not_in_data"], total - data.n, reasons=reasons)


def _received(data: Canonical, arms: list[str]) -> Iterator[FlowCount]:
    pairs = list(zip(data.columns["arm"], data.columns["received"], strict=True))
    for arm in arms:
        own = [got for allocated, got in pairs if allocated == arm]
        yield FlowCount("received", _LABELS["received"], sum(got == arm for got in own), arm)
        others = [got for got in own if got != arm]
        reasons = {got: others.count(got) for got in dict.fromkeys(others)}
        named = tuple((f"received {got or 'neither'}", n) for got, n in reasons.items())
        yield FlowCount("not_received", _LABELS["not_received"], len(others), arm, reasons=named)


def _used_sets(protocol: Protocol) -> list[AnalysisSet]:
    used = dict.fromkeys(analysis.set for analysis in protocol.analyses)
    return [set_named(protocol, id) for id in used if id in {s.id for s in protocol.analysis_sets}]


def _analysed(
    data: Canonical, protocol: Protocol, part: AnalysisSet, arms: list[str]
) -> Iterator[FlowCount]:
    answers = members(data, protocol, part)
    column = data.columns["arm"]
    for arm in arms:
        own = [row for row in range(data.n) if column[row] == arm]
        left_out: dict[str, int] = {}
        for row in own:
            if answers[row] is not True:
                reason = _why_not(data, answers[row], row)
                left_out[reason] = left_out.get(reason, 0) + 1
        number = len(own) - sum(left_out.values())
        yield FlowCount("analysed", _LABELS["analysed"], number, arm, part.id)
        yield FlowCount(
            "not_analysed",
            _LABELS["not_analysed"],
            sum(left_out.values()),
            arm,
            part.id,
            tuple(left_out.items()),
        )


def _why_not(data: Canonical, answer: bool | None, row: int) -> str:
    if answer is None:
        return "the set's rule cannot be decided: a value is missing"
    if (data.get("ineligible") or ("no",) * data.n)[row] == "yes":
        return "found ineligible"
    return "not in the set by its rule"
