"""What became of every lot: the table that must balance."""

from collections.abc import Sequence
from typing import Literal

from adjuvant.cells.lot import Lot

__all__ = ["Disposition", "disposition"]

Disposition = Literal["infused", "partially_infused", "destroyed", "cancelled", "open"]


def disposition(lots: Sequence[Lot]) -> dict[Disposition, int]:
    """Return what became of lots: each in exactly one row, so that the rows sum to the lots.

    infused             every bag was given whole
    partially_infused   some of it was given, the rest not
    destroyed           nothing was given, everything destroyed
    cancelled           never drawn
    open                anything of it is still on its way

    >>> disposition([Lot("S01-0042-L03-6", "S01-0042-S", state="destroyed")])["destroyed"]
    1
    """
    rows: dict[Disposition, int] = {
        "infused": 0, "partially_infused": 0, "destroyed": 0, "cancelled": 0, "open": 0,
    }  # fmt: skip
    for lot in lots:
        rows[_end(lot)] += 1
    return rows


def _end(lot: Lot) -> Disposition:
    states = {bag.state for bag in lot.bags}
    if states - {"infused", "partially_infused", "destroyed"}:
        return "open"
    if states == {"infused"}:
        return "infused"
    if states & {"infused", "partially_infused"}:
        return "partially_infused"
    if states or lot.state == "destroyed":
        return "destroyed"
    return "cancelled" if lot.state == "cancelled" else "open"
