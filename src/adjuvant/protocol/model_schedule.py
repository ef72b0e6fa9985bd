"""Parts of the protocol that say what happens when: interventions, infusions, visits, forms."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from adjuvant.protocol.fields import Flag, Length, Part, Quantity, Texts

__all__ = [
    "Activity",
    "Form",
    "Infusion",
    "Intervention",
    "Item",
    "Schedule",
    "Visit",
    "Window",
]

Window = Annotated[tuple[Length, ...], Field(min_length=2, max_length=2)]
Quantities = Annotated[tuple[Quantity, ...], Field(min_length=2, max_length=2)]


class Intervention(Part):
    """What an arm receives: a product with its route, how it is changed, what goes with it."""

    id: str
    label: str
    kind: Literal["cell_infusion", "drug", "procedure", "radiotherapy", "other"] = "other"
    product: str | None = None  # id of a cell product
    route: str | None = None
    regimen: str | None = None
    manual: str | None = None
    discontinue_if: Texts = ()
    adherence: str | None = None
    concomitant: Mapping[str, Texts] = Field(default_factory=dict)  # allowed, forbidden


class Infusion(Part):
    """One planned administration, a treatment of its arm: when, how near, and what if late."""

    id: str
    of: str  # id of an intervention
    at: Length
    window: Window | None = None
    anchor: str | None = None
    min_gap: Length | None = None
    if_late: Literal["skip", "shift", "ask"] = "skip"
    latest: Length | None = None

    @property
    def earliest(self) -> int:
        """The first day on which it may be given, counted from its anchor."""
        return self.at.calendar_days() + (self.window[0].calendar_days() if self.window else 0)

    @property
    def last_day(self) -> int:
        """The last day on which it may be given without a shift, counted from its anchor."""
        return self.at.calendar_days() + (self.window[1].calendar_days() if self.window else 0)


class Activity(Part):
    """One thing done at visits: what it is, the form it fills, the events it can discover."""

    label: str
    form: str | None = None
    records: Texts = ()
    collects_harms: Flag = False
    cdisc: str | None = None


class Visit(Part):
    """One visit, or a series of them: when, for which arms, and what is done."""

    id: str
    label: str | None = None
    epoch: str | None = None
    anchor: str | None = None
    at: Length | None = None
    every: Length | None = None
    start: Length | None = None
    until: str | None = None  # a length of time, or end_of_trial
    window: Window | None = None
    arms: Texts = ("all",)
    do: Texts = ()
    also: Mapping[str, Texts] = Field(default_factory=dict)  # arm -> activities of that arm alone
    by: Literal["site", "phone", "home", "registry", "video"] = "site"

    def activities(self, arm: str) -> tuple[str, ...]:
        """Return what is done with a patient of this arm; empty when the arm has no such visit."""
        if "all" not in self.arms and arm not in self.arms:
            return ()
        return (*self.do, *self.also.get(arm, ()))

    @property
    def first_day(self) -> int | None:
        """The day of the first occurrence, counted from the anchor; None when unplanned."""
        first = self.at or self.start or self.every
        return None if first is None else first.calendar_days()


class Schedule(Part):
    """What all visits share: the day they are counted from, the epochs, unplanned contacts."""

    anchor: str = "randomisation"
    epochs: Texts = ()
    unscheduled: Texts = ()
    same_assessments: Flag = True  # equal assessment of events in every arm


class Item(Part):
    """One field of a form: its type, limits, when it is asked, and its CDISC variable."""

    id: str
    label: str
    type: Literal[
        "text",
        "number",
        "whole_number",
        "yes_no",
        "choice",
        "choices",
        "date",
        "partial_date",
        "time",
        "file",
    ]
    unit: str | None = None
    range: Quantities | None = None  # a value outside is a warning
    limit: Quantities | None = None  # a value outside is refused
    choices: Mapping[str, str] = Field(default_factory=dict)  # stored value -> words
    required: Flag = False
    required_if: str | None = None
    ask_if: str | None = None
    calculated: str | None = None
    not_done: Flag = False
    identifying: Flag = False
    cdisc: str | None = None
    help: str | None = None


class Form(Part):
    """One case report form."""

    id: str
    label: str
    repeating: Flag = False
    signed_by: str | None = None
    items: tuple[Item, ...] = Field(min_length=1)
