"""Parts of the protocol that map the columns of a finished trial's data."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from adjuvant.protocol.durations import Unit
from adjuvant.protocol.fields import Anything, Flag, Part

__all__ = ["ArmMapping", "CensoringMapping", "DataMapping", "EventMapping", "Variable"]


class ArmMapping(Part):
    """Which column holds the arm, and which of its values is which arm."""

    column: str
    values: Mapping[str, str] = Field(default_factory=dict)


class EventMapping(Part):
    """Where an event stands: a date (missing = it did not happen), or days and an indicator."""

    date: str | None = None
    days: str | None = None
    happened: str | None = None
    values: Mapping[str, str] = Field(default_factory=dict)  # stored value -> yes | no
    cause: str | None = None
    entered: str | None = None  # column: the day on which the event was typed
    coding: Literal["confirmed"] | None = None  # looked at: it is right though it looks reversed


class CensoringMapping(Part):
    """Where the last moment without the event stands: a date or days."""

    date: str | None = None
    days: str | None = None


class Variable(Part):
    """One baseline variable: a column, or a calculation over other variables."""

    label: str
    type: Literal["number", "choice", "text"]
    column: str | None = None
    calculated: str | None = None
    unit: str | None = None
    values: Mapping[str, str] = Field(default_factory=dict)  # stored value -> level
    levels: tuple[str, ...] = ()
    summary: Literal["mean_sd", "median_iqr"] = "mean_sd"
    missing: str | None = None  # a stored value that means missing, beside the empty field

    @property
    def all_levels(self) -> tuple[str, ...]:
        """The levels in print order: `levels`, else the order in which `values` names them."""
        return self.levels or tuple(dict.fromkeys(self.values.values()))


class LevelMapping(Part):
    """Which column holds a stratification factor as randomised, and its stored values' levels."""

    column: str
    values: Mapping[str, str] = Field(default_factory=dict)


class DataMapping(Part):
    """From the columns of a finished trial's data to events, arms and variables.

    `origin` maps the origin of an endpoint to a date column, or to `day_0` where the columns of
    events already count days (or `unit`s) from it.
    """

    file: str
    form: Literal["subjects", "adtte"] = "subjects"
    kind: Literal["real", "SYNTHETIC"] = "real"
    locked: Flag = True
    subject: str | None = None  # None: one row a person, named by its line
    arm: ArmMapping | None = None  # None: everybody is in the protocol's only arm
    received: ArmMapping | None = None
    unit: Unit = "day"
    origin: Mapping[str, str] = Field(default_factory=dict)
    events: Mapping[str, EventMapping] = Field(default_factory=dict)
    censoring: Mapping[str, CensoringMapping] = Field(default_factory=dict)
    variables: Mapping[str, Variable] = Field(default_factory=dict)
    strata: Mapping[str, LevelMapping] = Field(default_factory=dict)  # factor as randomised
    coding: Literal["confirmed"] | None = None  # of an adtte's CNSR, as an event's `coding`
    ineligible: str | None = None  # column: yes where a person was found ineligible, masked
    flow: Mapping[str, Anything] = Field(
        default_factory=dict
    )  # CONSORT numbers known only as counts
