"""The calendar of a cell product: from which days of randomisation is the infusion reached?"""

from collections.abc import Iterator
from dataclasses import dataclass

from adjuvant.protocol.model import CellProduct, Infusion, Protocol

__all__ = ["Feasibility", "draw_days", "feasible_days"]


@dataclass(frozen=True)
class Feasibility:
    """The days of randomisation that are allowed, and those from which the infusion is reached.

    making     days from the draw to the released lot, by the target of each step
    last_day   last day of the infusion's window
    Days are counted from the anchor of randomisation.
    """

    infusion: Infusion
    product: CellProduct
    making: int
    last_day: int
    allowed: tuple[int, ...]
    works: tuple[int, ...]


def feasible_days(protocol: Protocol) -> tuple[Feasibility, ...]:
    """Return the feasible days for the first infusion of each product drawn after randomisation.

    A draw on the day of randomisation at the earliest, the target time of each step, the release:
    the lot must be there on the last day of the window. Nothing is returned where the protocol
    lacks the timing of randomisation, the times of the steps, or the window.

    With surgery on day 0, 14 days of culture, 1 of release, and week 2 with a window to day 17,
    randomisation on day 0, 1 or 2 of the 15 days allowed works.
    """
    timing = protocol.randomisation.timing
    if timing is None:
        return ()
    first, last = (length.calendar_days() for length in timing.window)
    if not 0 <= last - first <= 3660:
        return ()
    allowed = tuple(range(first, last + 1))
    found = []
    for infusion, product in _first_infusions(protocol):
        making = product.making_days()
        if making is None:
            continue
        end = infusion.last_day
        own = infusion.anchor or protocol.schedule.anchor
        works = tuple(r for r in allowed if (r if own == timing.anchor else 0) + making <= end)
        found.append(Feasibility(infusion, product, making, end, allowed, works))
    return tuple(found)


def draw_days(protocol: Protocol) -> tuple[tuple[Infusion, CellProduct, int, int], ...]:
    """Return, for the first infusion of each product, the days of the draw that its rule names.

    The days are counted from the anchor of the infusion: [-16 d, -13 d] before day 14 is -2 to 1.
    """
    found = []
    for infusion, product in _first_infusions(protocol):
        if product.draw is not None and product.draw.before_infusion is not None:
            early, late = (length.calendar_days() for length in product.draw.before_infusion)
            at = infusion.at.calendar_days()
            found.append((infusion, product, at + early, at + late))
    return tuple(found)


def _first_infusions(protocol: Protocol) -> Iterator[tuple[Infusion, CellProduct]]:
    products = {part.id: part for part in protocol.cell_products}
    given = {part.id: part.product for part in protocol.interventions}
    seen = set()
    for infusion in sorted(protocol.infusions, key=lambda i: i.earliest):
        product = products.get(given.get(infusion.of) or "")
        if product is None or product.id in seen:
            continue
        if product.draw is not None and product.draw.before_randomisation:
            continue
        seen.add(product.id)
        yield infusion, product
