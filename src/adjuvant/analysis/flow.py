"""The flow of participants (CONSORT 2025): how many were where, with what was not reported."""

from collections.abc import Iterator
from dataclasses import replace

from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import one_line_of_the_plan
from adjuvant.analysis.results import ArmCount, FlowBox, Result
from adjuvant.analysis.sources import cite
from adjuvant.core import InvalidInput
from adjuvant.dataset import flow_counts

__all__ = ["check_boxes", "flow_line"]

Box = tuple[str, str | None]  # its id, and the arm or None
_BOXES = {"lost": "lost_to_followup", "not_analysed": "excluded_from_analysis"}
_ASKED = {"assessed": "Assessed for eligibility", "excluded": "Excluded before randomisation"}


def flow_line(line: Line) -> Result:
    """Return the boxes of the flow diagram; None in a box means that it was not reported.

    Where more were randomised than the data hold, and their arms are not known, no arm's number
    allocated is known either: it is shown as not reported rather than too small.
    Raises    InvalidInput where the numbers do not add up.
    """
    boxes = _boxes(line)
    check_boxes(boxes)
    unknown = dict.fromkeys(box.label for box in boxes if box.n is None)
    notes = [f"Not reported: {', '.join(unknown)}."] if unknown else []
    if away := _not_in_data(boxes):
        notes.append(f"{away} randomised are not in the data; their arms were not reported.")
    arms = [arm for arm, member in zip(line.arm_column(), line.inside(), strict=True) if member]
    return line.result(
        n=len(arms),
        counts=tuple(ArmCount(a, line.label(a), arms.count(a)) for a in line.arm_ids),
        method="Counts of participants from assessment to analysis",
        convention="CONSORT 2025; a number that was not reported is not filled in",
        flow=tuple(boxes),
        notes=notes,
        sources=cite("consort"),
        python=one_line_of_the_plan(line),
    )


def check_boxes(boxes: list[FlowBox]) -> None:
    """Refuse a flow that does not add up; a number not reported leaves its identity unchecked.

    >>> check_boxes([FlowBox("allocated", "", 9, "A"), FlowBox("analysed", "", 8, "A"),
    ...              FlowBox("excluded_from_analysis", "", 0, "A")])
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: the flow does not add up in arm A: allocated 9 is not \
analysed 8 + excluded_from_analysis 0; correct the counts under `data.flow`
    """
    n = {(box.box, box.arm): box.n for box in boxes}
    for whole, parts in _identities(boxes):
        known = {part: n[part] for part in parts if n.get(part) is not None}
        total = n.get(whole)
        if total is None or len(known) < len(parts) or total == sum(k or 0 for k in known.values()):
            continue
        where = f" in arm {whole[1]}" if whole[1] else ""
        added = " + ".join(f"{part[0]} {number}" for part, number in known.items())
        raise InvalidInput(
            f"the flow does not add up{where}: {whole[0]} {total} is not {added}; "
            "correct the counts under `data.flow`"
        )


def _boxes(line: Line) -> list[FlowBox]:
    counts = [
        count
        for count in flow_counts(line.snapshot, line.protocol)
        if count.set in (None, line.analysis.set)
    ]
    boxes = [FlowBox(_BOXES.get(c.box, c.box), c.label, c.n, c.arm, c.reasons) for c in counts]
    present = {box.box for box in boxes}
    asked = [FlowBox(box, label, None) for box, label in _ASKED.items() if box not in present]
    if _not_in_data(boxes):
        boxes = [replace(box, n=None) if box.box == "allocated" else box for box in boxes]
    return [*asked, *boxes]


def _not_in_data(boxes: list[FlowBox]) -> int:
    return next((box.n or 0 for box in boxes if box.box == "not_in_data"), 0)


def _identities(boxes: list[FlowBox]) -> Iterator[tuple[Box, list[Box]]]:
    """Yield each box that is the sum of others, with those."""
    arms = list(dict.fromkeys(box.arm for box in boxes))
    yield ("assessed", None), [("excluded", None), ("randomised", None)]
    allocated: list[Box] = [("allocated", arm) for arm in arms if arm is not None]
    if allocated:
        yield ("randomised", None), allocated
    for arm in arms:
        yield ("allocated", arm), [("received", arm), ("not_received", arm)]
        yield ("allocated", arm), [("analysed", arm), ("excluded_from_analysis", arm)]
