"""The participant flow of CONSORT 2025: its identities, enforced before anything is drawn.

Source    Hopewell S et al. 2025, BMJ 389:e081123.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adjuvant.analysis.results import FlowBox
from adjuvant.core import AnalysisError

__all__ = ["PHASES", "FlowNode", "box_of", "check_flow", "flow_nodes"]

PHASES = ("Enrolment", "Allocation", "Follow-up", "Analysis")
_WHOLE = ("assessed", "excluded", "randomised")
_LINES = {  # phase -> its box per arm, then the lines inside the box
    "Allocation": ("allocated", "received", "not_received"),
    "Follow-up": ("followup", "lost_to_followup", "discontinued"),
    "Analysis": ("analysed", "excluded_from_analysis"),
}


@dataclass(frozen=True)
class FlowNode:
    """One drawn box: its phase, its arm (None above the split), and lines of text and number."""

    phase: str
    arm: str | None
    lines: tuple[FlowBox, ...]
    side: bool = False


def box_of(flow: Sequence[FlowBox], box: str, arm: str | None = None) -> FlowBox | None:
    """Return the box with this id (and arm), None where the flow does not hold it.

    >>> box_of([FlowBox("randomised", "Randomised", 929)], "randomised").n
    929
    """
    return next((b for b in flow if b.box == box and b.arm == arm), None)


def check_flow(flow: Sequence[FlowBox]) -> None:
    """Check the identities of the flow diagram; a number not reported leaves its own unchecked.

    Raises    AnalysisError naming the identity that fails, with the numbers on both sides.

    >>> check_flow([FlowBox("randomised", "", 10), FlowBox("allocated", "", 4, "A"),
    ...             FlowBox("allocated", "", 5, "B")])
    Traceback (most recent call last):
    adjuvant.core.errors.AnalysisError: flow: randomised = sum over arms of allocated: 10 is not \
4 + 5 = 9; correct the numbers of the flow
    """
    for b in flow:
        _reasons(b)
    arms = tuple(dict.fromkeys(b.arm for b in flow if b.arm is not None))
    _equal(flow, "assessed = excluded + randomised", ("assessed", None),
           [("excluded", None), ("randomised", None)])  # fmt: skip
    if arms:
        for box in ("allocated", "received", "analysed"):
            whole = "randomised" if box == "allocated" else box
            _equal(flow, f"{whole} = sum over arms of {box}", (whole, None),
                   [(box, arm) for arm in arms])  # fmt: skip
    for arm in (None, *arms):
        of = f" in arm {arm}" if arm else ""
        _equal(flow, f"allocated = received + not received{of}", ("allocated", arm),
               [("received", arm), ("not_received", arm)])  # fmt: skip
        _equal(flow, f"allocated = analysed + excluded from analysis{of}", ("allocated", arm),
               [("analysed", arm), ("excluded_from_analysis", arm)])  # fmt: skip


def _equal(
    flow: Sequence[FlowBox],
    identity: str,
    left: tuple[str, str | None],
    right: Sequence[tuple[str, str | None]],
) -> None:
    whole = box_of(flow, *left)
    parts = [box_of(flow, *key) for key in right]
    numbers = [b.n for b in parts if b is not None and b.n is not None]
    if whole is None or whole.n is None or len(numbers) < len(parts):
        return
    if whole.n != sum(numbers):
        terms = " + ".join(str(n) for n in numbers)
        raise AnalysisError(
            f"flow: {identity}: {whole.n} is not {terms} = {sum(numbers)}; "
            "correct the numbers of the flow"
        )


def _reasons(b: FlowBox) -> None:
    where = f" in arm {b.arm}" if b.arm else ""
    if b.n is not None and b.n < 0:
        raise AnalysisError(f"flow: {b.box}{where} is {b.n}; a number of patients is 0 or more")
    total = sum(n for _, n in b.reasons)
    if b.n is not None and b.reasons and total != b.n:
        raise AnalysisError(
            f"flow: sum of reasons = {b.box}{where}: the reasons sum to {total}, the box says "
            f"{b.n}; correct one of them"
        )


def flow_nodes(flow: Sequence[FlowBox], arms: Sequence[str]) -> tuple[FlowNode, ...]:
    """Return the boxes to draw, top to bottom and arm by arm; only what the flow holds.

    >>> [n.phase for n in flow_nodes([FlowBox("randomised", "Randomised", 9)], [])]
    ['Enrolment']
    """
    nodes = []
    for id in _WHOLE:
        b = box_of(flow, id)
        if b is not None:
            nodes.append(FlowNode("Enrolment", None, (b,), side=id == "excluded"))
    for phase, ids in _LINES.items():
        for arm in arms:
            lines = tuple(b for b in (box_of(flow, id, arm) for id in ids) if b is not None)
            if lines:
                nodes.append(FlowNode(phase, arm, lines))
        loose = tuple(b for b in (box_of(flow, id) for id in ids[1:]) if b is not None)
        if loose:
            nodes.append(FlowNode(phase, None, loose, side=True))
    return tuple(nodes)
