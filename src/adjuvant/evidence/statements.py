"""The printed numbers of a report, sorted by what they state, for the checks to ask."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from scipy.special import ndtri

from adjuvant.evidence.finding import EvidenceFinding
from adjuvant.evidence.printed import Events, HazardRatio, Milestone, Number, Patients, Published
from adjuvant.evidence.rounding import Range, printed_range

__all__ = ["ArmEvents", "Ratio", "Statements", "accuse", "event_free", "other"]

N = TypeVar("N", bound=Number)
Arm = Literal["T", "C"]


@dataclass(frozen=True)
class ArmEvents:
    """Patients with the event among n of an arm, as printed or after exchanging count and percent.

    count  with the event; None where the count is of the event-free and n is not printed.
    """

    number: Events
    count: float | None
    n: int | None
    swapped: bool = False

    @property
    def percent(self) -> float | None:
        """100 count/n, None where either is missing."""
        return 100 * self.count / self.n if self.count is not None and self.n else None


@dataclass(frozen=True)
class Ratio:
    """A hazard ratio turned to T against C, with the rounding of value and limits."""

    number: HazardRatio
    value: Range
    low: Range | None
    high: Range | None
    z: float

    @classmethod
    def of(cls, number: HazardRatio) -> "Ratio":
        """Return the ratio of a printed number."""
        limits = [None if v is None else printed_range(v) for v in number.ci or (None, None)]
        value = printed_range(number.value)
        if number.ratio == "C/T":
            value = value.inverse()
            limits = [None if v is None else v.inverse() for v in reversed(limits)]
        z = float(ndtri(0.5 + float(number.level) / 200))
        return cls(number, value, limits[0], limits[1], z)

    @property
    def se(self) -> Range | None:
        """Standard error of the log ratio from its limits; None without both."""
        if self.low is None or self.high is None:
            return None
        width = self.high.log().minus(self.low.log())
        return Range(max(width.low, 0.0) / (2 * self.z), width.high / (2 * self.z))

    @property
    def favours(self) -> Arm | None:
        """The arm that the whole interval favours; None where it holds 1 or is not printed."""
        if self.high is not None and self.high.high < 1:
            return "T"
        if self.low is not None and self.low.low > 1:
            return "C"
        return None


@dataclass(frozen=True)
class Statements:
    """The numbers of a report: `primary` from the report itself, `secondary` from texts on it.

    A file without any primary source has nothing to be compared with: its one source then counts
    as the primary; with several, only facts are compared.
    """

    published: Published

    @cached_property
    def primary_sources(self) -> frozenset[str]:
        """Ids of the primary sources."""
        sources = self.published.sources
        found = frozenset(id for id, report in sources.items() if report.role == "primary")
        return found or (frozenset(sources) if len(sources) == 1 else frozenset())

    def is_primary(self, number: Number) -> bool:
        """Whether the report itself states the number."""
        return number.source in self.primary_sources

    def all(self, kind: type[N]) -> Iterator[N]:
        """Return the numbers of a kind, in the order written."""
        return (n for n in self.published.numbers if isinstance(n, kind))

    def primary(self, kind: type[N]) -> Iterator[N]:
        """Return the numbers of a kind that the report itself states."""
        return (n for n in self.all(kind) if self.is_primary(n))

    def secondary(self, kind: type[N]) -> Iterator[N]:
        """Return the numbers of a kind that other texts state."""
        return (n for n in self.all(kind) if not self.is_primary(n))

    def patients(self, kind: str, arm: str | None = None) -> Patients | None:
        """Return the first statement of a number of patients, the report's before others'."""
        every = [*self.primary(Patients), *self.secondary(Patients)]
        return next((n for n in every if n.kind == kind and n.arm == arm), None)

    def n(self, arm: str) -> int | None:
        """Return the patients of an arm, or of both ("all"); None where not printed."""
        if arm != "all":
            stated = self.patients("n", arm)
            return None if stated is None else int(float(stated.value))
        stated = self.patients("n_total")
        if stated is not None:
            return int(float(stated.value))
        n_t, n_c = self.n("T"), self.n("C")
        return None if n_t is None or n_c is None else n_t + n_c

    def events(self, endpoint: str, arm: str) -> ArmEvents | None:
        """Return the report's patients with the event, count and percent in their right place."""
        for number in self.primary(Events):
            if number.endpoint == endpoint and number.arm == arm:
                return self.arm_events(number)
        return None

    def arm_events(self, number: Events) -> ArmEvents:
        """Return a statement of events as a count of patients with the event."""
        n = self.n(number.arm)
        swapped = _is_swapped(number, n)
        count: float | None = float((number.percent or number.count) if swapped else number.count)
        if number.what == "event_free":
            count = None if n is None or count is None else n - count
        return ArmEvents(number, count, n, swapped)

    def ratios(self, endpoint: str) -> list[Ratio]:
        """Return the report's hazard ratios of an endpoint."""
        return [Ratio.of(n) for n in self.primary(HazardRatio) if n.endpoint == endpoint]

    def endpoints(self) -> Iterable[str]:
        """Return the ids of the endpoints."""
        return self.published.endpoints


def _is_swapped(number: Events, n: int | None) -> bool:
    if n is None or n == 0 or number.percent is None:
        return False
    count, percent = float(number.count), float(number.percent)
    if printed_range(number.percent).holds(100 * count / n):
        return False
    whole = percent == int(percent)
    return whole and printed_range(number.count).holds(100 * percent / n)


def event_free(number: Milestone) -> Range:
    """Return the event-free percentage of a milestone, as its printed kind says."""
    value = printed_range(number.value)
    return value.complement() if number.what == "event" else value


def other(arm: str) -> Arm:
    """Return the other arm."""
    return "C" if arm == "T" else "T"


def accuse(
    published: Published,
    code: str,
    numbers: Iterable[Number],
    message: str,
    *,
    sum: str,
    allowance: str,
    correction: str = "",
) -> EvidenceFinding:
    """Return a finding that stands at the first of the numbers."""
    ids = tuple(dict.fromkeys(n.id for n in numbers))
    place = published.place(ids[0])
    return EvidenceFinding(code, place, message, ids, sum, allowance, correction)
