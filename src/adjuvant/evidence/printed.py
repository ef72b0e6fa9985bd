"""The printed numbers of a trial report as values: exactly as precise as they were printed.

The format is published/1: one file is one report, every number one entry of `numbers`, and each
value a text whose digits carry the rounding. `compare` says which result of an analysis each
printed number is held against.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from adjuvant.core import Place as FilePlace
from adjuvant.protocol.fields import Anything, Flag, Part, Whole
from adjuvant.protocol.fields import Number as Decimals

__all__ = ["KINDS", "Comparison", "Number", "Published", "printed_interval", "printed_value"]

_PRINTED = re.compile(r"<?[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
Place = Literal["T", "C"]


def _printed(value: Any) -> Any:
    if not isinstance(value, str) or not _PRINTED.fullmatch(value):
        raise PydanticCustomError("a_number", "{found}", {"found": str(value)})
    return str(value)


Printed = Annotated[str, BeforeValidator(_printed)]
Limits = tuple[Printed | None, Printed | None]


def printed_interval(text: str) -> tuple[float, float]:
    """Return the closed interval that a printed number stands for: half a last digit each way.

    "<x" stands for 0 to x.

    >>> printed_interval("0.40"), printed_interval("<0.001")
    ((0.395, 0.405), (0.0, 0.001))
    """
    if text.startswith("<"):
        return 0.0, float(text[1:])
    value = Decimal(text)
    half = Decimal(1).scaleb(int(value.as_tuple().exponent)) / 2
    return float(value - half), float(value + half)


def printed_value(number: "Number") -> str | None:
    """Return the text of a printed number that can be compared, None where it is no number."""
    for name in ("value", "count", "percent"):
        text = getattr(number, name, None)
        if isinstance(text, str) and _PRINTED.fullmatch(text):
            return text
    return None


class Number(Part):
    """One printed number; what more it holds depends on its kind."""

    id: str
    kind: str
    as_printed: str
    source: str


class Patients(Number):
    """Patients of an arm (n), or in all (n_total, n_allocated, n_excluded)."""

    arm: Place | None = None
    value: Printed


class AnalysedSet(Number):
    """Which set the report says it analysed."""

    value: Literal["itt", "mitt", "pp"]


class Events(Number):
    """A count of patients with or without the event, with the percentage printed beside it."""

    endpoint: str
    arm: Literal["T", "C", "all"]
    what: Literal["event", "event_free"]
    count: Printed
    percent: Printed | None = None


class Crude(Number):
    """A percentage of patients with or without the event, printed without its count."""

    endpoint: str
    arm: Literal["T", "C", "all"]
    what: Literal["event", "event_free"]
    percent: Printed


class HazardRatio(Number):
    """A ratio of hazards with its interval."""

    endpoint: str
    ratio: Literal["T/C", "C/T"]
    value: Printed
    ci: Limits | None = None
    level: Printed = "95"
    adjusted: Flag = False


class PValue(Number):
    """A p-value, one- or two-sided."""

    endpoint: str
    value: Printed
    sides: Annotated[Literal[1, 2], BeforeValidator(lambda v: int(v) if v in ("1", "2") else v)] = 2
    test: Literal["logrank", "wald", "unknown"] = "unknown"


class RiskReduction(Number):
    """The percentage by which the treatment reduces the hazard or risk, as printed."""

    endpoint: str
    value: Printed
    ci: Limits | None = None


class Difference(Number):
    """A difference of percentages, at a time or over the whole follow-up."""

    endpoint: str
    what: Literal["event", "event_free"]
    value: Printed
    scale: Literal["percentage_points"]
    time: Printed | None = None
    unit: str | None = None


class Milestone(Number):
    """The percentage with or without the event at a time."""

    endpoint: str
    arm: Place
    time: Printed
    unit: str
    what: Literal["event", "event_free", "unstated"]
    value: Printed
    ci: Limits | None = None


class Median(Number):
    """The median time to the event; either a value or `not_reached`."""

    endpoint: str
    arm: Place
    value: Printed | None = None
    not_reached: Flag = False
    unit: str | None = None
    ci: Limits | None = None
    about: Flag = False


class FollowUp(Number):
    """How long patients were followed."""

    stat: Literal["median", "min", "max"]
    value: Printed
    unit: str


class Dose(Number):
    """A dose given, per infusion, cycle or patient."""

    arm: Place
    value: Printed
    unit: str
    per: Literal["infusion", "cycle", "patient"]
    infusions: Printed | None = None


class Fact(Number):
    """Anything else that two texts may state differently."""

    name: str
    value: Anything


KINDS: Mapping[str, type[Number]] = {
    **dict.fromkeys(("n", "n_total", "n_allocated", "n_excluded"), Patients),
    "analysis_set": AnalysedSet,
    "events": Events,
    "crude": Crude,
    "hr": HazardRatio,
    "p": PValue,
    "risk_reduction": RiskReduction,
    "difference": Difference,
    "milestone": Milestone,
    "median": Median,
    "follow_up": FollowUp,
    "dose": Dose,
    "fact": Fact,
}


class PublishedArm(Part):
    """What T or C is in the report."""

    label: str
    role: Literal["experimental", "control"]


class Report(Part):
    """A text that states numbers: the report itself, or one that restates it."""

    role: Literal["primary", "secondary"]
    text: str


class PublishedEndpoint(Part):
    """The words for having and not having the event."""

    label: str
    event: str | None = None
    event_free: str | None = None


class Comparison(Part):
    """Which result a printed number is held against.

    number      id of the printed number.
    result, measure, arm, at  which estimate of the analysis: `at` in the unit of its data.
    scale       what the estimate is multiplied with before it is compared; 100 for a percentage.
    tolerance   how far apart the two may lie, in the printed number's own unit; a printed "<x"
                agrees with everything below x.
    expected_to_differ  why the two are known not to agree; the comparison then says so.
    """

    number: str
    result: str
    measure: str
    arm: str | None = None
    at: Decimals | None = None
    scale: Decimals = 1.0
    tolerance: Annotated[Decimals, Field(ge=0)]
    note: str | None = None
    expected_to_differ: str | None = None


class Curve(Part):
    """A digitised Kaplan-Meier curve of one arm with its numbers at risk.

    time, event_free    points read from the curve; event_free as shares, 0 to 1.
    risk_time, at_risk  the table below the curve; the first time is 0.
    """

    endpoint: str
    arm: Place
    unit: str
    time: tuple[Decimals, ...]
    event_free: tuple[Decimals, ...]
    risk_time: tuple[Decimals, ...]
    at_risk: tuple[Whole, ...]


class Expected(Part):
    """A finding that a consistency check must report."""

    code: str
    why: str | None = None


class Published(Part):
    """One trial report: its printed numbers, and what an analysis of the data is held against.

    methods  what the report says, or does not say, of how its numbers were calculated.
    truth    where patient-level data are, if anywhere.
    """

    format: Literal["published/1"]
    case: str
    title: str
    synthetic: str | None = None
    arms: Mapping[Place, PublishedArm]
    sources: Mapping[str, Report]
    endpoints: Mapping[str, PublishedEndpoint] = Field(default_factory=dict)
    numbers: tuple[Number, ...] = ()
    expected: tuple[Expected, ...] = ()
    compare: tuple[Comparison, ...] = ()
    curves: tuple[Curve, ...] = ()
    methods: Anything = None
    truth: Anything = None
    _file: str = PrivateAttr(default="")
    _spots: Mapping[str, tuple[int, int]] = PrivateAttr(default_factory=dict)

    def stands_in(self, file: str, spots: Mapping[str, tuple[int, int]]) -> None:
        """Remember the file, and line and column of each number in it, for findings."""
        self._file = file
        self._spots = dict(spots)

    def place(self, id: str) -> FilePlace:
        """Return where the number with this id stands."""
        line, column = self._spots.get(id, (0, 0))
        return FilePlace(self._file, line, column, id)

    def number(self, id: str) -> Number:
        """Return the printed number with this id; KeyError names what there is."""
        for number in self.numbers:
            if number.id == id:
                return number
        raise KeyError(f"{id!r} is not among {', '.join(n.id for n in self.numbers)}")
