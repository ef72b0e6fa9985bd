"""A lot, its bags, and what somebody wants to do with them: values, valid or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from adjuvant.core import InvalidInput, StepRefused

__all__ = ["USED", "Actor", "Bag", "Entry", "Lot", "Step"]

USED = ("infusing", "infused", "partially_infused")


@dataclass(frozen=True)
class Actor:
    """Who acts: the id of one person, and the role in which she acts."""

    id: str
    role: str


@dataclass(frozen=True)
class Step:
    """What somebody wants to do now, with the facts that go with it.

    at        a moment with its time zone, taken from the server's clock.
    second    the second person, where the table asks for one.
    """

    name: str
    by: Actor
    at: datetime
    second: Actor | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise InvalidInput(f"step {self.name} has a time without zone; give it in UTC")


@dataclass(frozen=True)
class Entry:
    """What was done: one line of the chain of custody."""

    step: Step
    source: str
    target: str


@dataclass(frozen=True)
class Bag:
    """Container k of n of a lot."""

    id: str
    state: str = "filled"
    expires_at: datetime | None = None
    history: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Lot:
    """A lot as the rules need it.

    binding      HMAC of the subject's wristband in force now (binding.py); None: not bound
    allocated    cells, control, or None before allocation
    draw_before_allocation  the protocol and the consent allow a draw before allocation
    segregated   the donor carries hepatitis: the culture needs a slot of its own
    later_tests  the specification has tests whose result comes after release
    out_of_specification_allowed  off unless the protocol says so
    most_minutes_out  minutes outside the temperature range that a bag may have spent
    """

    id: str
    subject: str
    state: str = "planned"
    binding: str | None = None
    allocated: Literal["cells", "control"] | None = "cells"
    draw_before_allocation: bool = False
    segregated: bool = False
    later_tests: bool = True
    out_of_specification_allowed: bool = False
    most_minutes_out: float = 0
    bags: tuple[Bag, ...] = ()
    history: tuple[Entry, ...] = ()

    def bag(self, id: str) -> Bag:
        """Return the bag with this id."""
        found = next((bag for bag in self.bags if bag.id == id), None)
        if found is None:
            raise StepRefused(
                f"bag {id} of lot {self.id}", "this lot has no such bag", "scan the label again"
            )
        return found

    @property
    def used(self) -> bool:
        """Whether any of it has reached the patient."""
        return any(bag.state in USED for bag in self.bags)
