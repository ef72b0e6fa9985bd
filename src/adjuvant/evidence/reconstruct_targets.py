"""What a printed page asks of a set of patients: each number as an interval that must be met."""

from dataclasses import dataclass
from math import inf
from typing import Literal, NoReturn

from adjuvant.core import NotEnoughData
from adjuvant.evidence.check_ratios import z_of_p
from adjuvant.evidence.printed import FollowUp, Median, Milestone, Published, PValue
from adjuvant.evidence.rounding import MONTHS, Range, days_of, printed_range
from adjuvant.evidence.statements import Statements, event_free

__all__ = ["ArmCount", "MedianTarget", "MilestoneTarget", "PTarget", "Targets", "targets_of"]

Arm = Literal["T", "C"]
# A century of follow-up; more patients than any trial of an adjuvant treatment has in an arm.
_LONGEST, _LARGEST_ARM = 36_525, 20_000


@dataclass(frozen=True)
class ArmCount:
    """Patients of an arm, and how many have the event; None where no count is printed."""

    n: int
    events: int | None


@dataclass(frozen=True)
class MilestoneTarget:
    """Event-free share of an arm on a day, 0 to 1, with its limits where they are printed."""

    id: str
    as_printed: str
    arm: Arm
    day: int
    value: Range
    low: Range | None
    high: Range | None


@dataclass(frozen=True)
class MedianTarget:
    """Median of an arm in days."""

    id: str
    as_printed: str
    arm: Arm
    days: Range
    about: bool


@dataclass(frozen=True)
class PTarget:
    """A p-value as the size of z; test says which statistic must meet it."""

    id: str
    as_printed: str
    z: Range
    test: Literal["logrank", "wald", "unknown"]


@dataclass(frozen=True)
class Targets:
    """Everything printed of one endpoint that patients can meet.

    ratio        value, lower and upper limit of T against C; z its normal quantile.
    follow_up    median, min, max in days.
    """

    endpoint: str
    arms: dict[Arm, ArmCount]
    milestones: tuple[MilestoneTarget, ...]
    medians: tuple[MedianTarget, ...]
    p_values: tuple[PTarget, ...]
    ratio: tuple[Range, Range | None, Range | None] | None
    ratio_id: str
    ratio_printed: str
    z: float
    follow_up: dict[str, Range]
    follow_up_ids: dict[str, str]

    @property
    def longest(self) -> float:
        """The longest follow-up in days: printed, or a fifth beyond the last printed time."""
        if "max" in self.follow_up:
            return (self.follow_up["max"].low + self.follow_up["max"].high) / 2
        last = [float(m.day) for m in self.milestones] + [m.days.high for m in self.medians]
        if "median" in self.follow_up:
            last.append(1.4 * self.follow_up["median"].high)
        return 1.2 * max(last)


def targets_of(published: Published, endpoint: str | None = None) -> Targets:
    """Return what the printed numbers of an endpoint ask of patients.

    endpoint  default: the first endpoint with a milestone, median or ratio.
    Raises    NotEnoughData where the page does not say how many patients each arm has, or gives
              nothing about the course over time.

    >>> from adjuvant.evidence.published import read_published_text
    >>> targets_of(read_published_text("format: published/1\\ncase: a\\ntitle: b\\narms: {}\\n"
    ...                                "sources: {}"))
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.NotEnoughData: no endpoint has a percentage at a time, a median or a ...
    """
    said = Statements(published)
    chosen = endpoint or _first_endpoint(published)
    if chosen is None or chosen not in published.endpoints:
        raise NotEnoughData(
            "no endpoint has a percentage at a time, a median or a hazard ratio; patients cannot "
            "be rebuilt from counts alone"
            if endpoint is None
            else f"there is no endpoint {endpoint!r}; choose {', '.join(published.endpoints)}"
        )
    milestones = tuple(sorted(_milestones(said, chosen), key=lambda m: m.day))
    medians = tuple(_medians(said, chosen))
    ratios = said.ratios(chosen)
    if not milestones and not medians:
        raise NotEnoughData(
            f"{chosen}: neither a percentage at a time nor a median is printed, so nothing says "
            "when the events came"
        )
    first = ratios[0] if ratios else None
    follow_up, ids = _follow_up(said)
    targets = Targets(
        chosen,
        {"T": _arm(said, chosen, "T"), "C": _arm(said, chosen, "C")},
        milestones,
        medians,
        tuple(_p_values(said, chosen)),
        None if first is None else (first.value, first.low, first.high),
        first.number.id if first else "",
        first.number.as_printed if first else "",
        first.z if first else 1.959963984540054,
        follow_up,
        ids,
    )
    _refuse_impossible(published, targets)
    return targets


def _refuse_impossible(published: Published, targets: Targets) -> None:
    """Refuse what no set of patients can print, and what no search can go through."""

    def refuse(id: str, why: str, remedy: str) -> NoReturn:
        number = published.number(id)
        raise NotEnoughData(f"{published.place(id)}: {number.as_printed}: {why}; {remedy}")

    spans, ids = targets.follow_up, targets.follow_up_ids
    begins = [(m.id, float(m.day)) for m in targets.milestones]
    begins += [(m.id, m.days.low) for m in targets.medians]
    longest = spans.get("max")
    one = "correct one of the two, or leave it out"
    if longest is not None:
        if longest.low <= 0:
            why = "a longest follow-up that rounds to 0 says of no time that anybody was followed"
            refuse(ids["max"], why, "print it in months or days, or leave the line out")
        for stat in ("median", "min"):
            if stat in spans and spans[stat].low > longest.high:
                refuse(ids[stat], f"a {stat} follow-up beyond the longest", one)
        for id, begin in begins:
            if begin > longest.high:
                limit = f"the longest follow-up is at most {longest.high:.0f} days"
                refuse(id, f"nobody was followed so long: {limit}", one)
    if not 1 <= targets.longest <= _LONGEST:
        id = ids.get("max") or ids.get("median") or begins[0][0]
        remedy = f"the times of a trial lie between 1 day and {_LONGEST} days; look at the unit"
        refuse(id, f"patients would be followed for {targets.longest:.3g} days", remedy)
    if targets.ratio is not None and not 0 < targets.ratio[0].low <= targets.ratio[0].high < inf:
        why = "a ratio that rounds to 0 has no logarithm"
        refuse(targets.ratio_id, why, "print it with more digits, or leave the line out")


def _first_endpoint(published: Published) -> str | None:
    kinds = ("milestone", "median", "hr")
    for number in published.numbers:
        if number.kind in kinds:
            return str(getattr(number, "endpoint"))  # noqa: B009
    return None


def _arm(said: Statements, endpoint: str, arm: Arm) -> ArmCount:
    n = said.n(arm)
    if n is None:
        raise NotEnoughData(f"the number of patients in arm {arm} is not printed")
    if not 1 <= n <= _LARGEST_ARM:
        raise NotEnoughData(
            f"arm {arm} has {n} patients; an arm that can be rebuilt has 1 to {_LARGEST_ARM}: "
            f"correct its line of kind n"
        )
    events = said.events(endpoint, arm)
    count = None if events is None or events.count is None else round(events.count)
    if count is not None and count > n:
        raise NotEnoughData(
            f"arm {arm} has {count} events among {n} patients; run 'adjuvant evidence check' first"
        )
    return ArmCount(n, count)


def _milestones(said: Statements, endpoint: str) -> list[MilestoneTarget]:
    found = []
    for m in said.primary(Milestone):
        if m.endpoint != endpoint or m.what == "unstated" or m.unit not in MONTHS:
            continue
        low, high = (None if v is None else printed_range(v) for v in m.ci or (None, None))
        if m.what == "event":
            low, high = (None if v is None else v.complement() for v in (high, low))
        found.append(
            MilestoneTarget(
                m.id, m.as_printed, m.arm, days_of(float(m.time), m.unit),
                event_free(m).times(0.01),
                None if low is None else low.times(0.01),
                None if high is None else high.times(0.01),
            )
        )  # fmt: skip
    return found


def _medians(said: Statements, endpoint: str) -> list[MedianTarget]:
    """The report's medians, and another text's where the report gives none."""
    found: dict[str, MedianTarget] = {}
    for m in [*said.primary(Median), *said.secondary(Median)]:
        if m.endpoint != endpoint or m.value is None or (m.unit or "") not in MONTHS:
            continue
        days = printed_range(m.value).times(MONTHS[m.unit or ""] * 30.4375)
        found.setdefault(m.arm, MedianTarget(m.id, m.as_printed, m.arm, days, m.about))
    return list(found.values())


def _p_values(said: Statements, endpoint: str) -> list[PTarget]:
    return [
        PTarget(p.id, p.as_printed, z_of_p(p), p.test)
        for p in said.primary(PValue)
        if p.endpoint == endpoint
    ]


def _follow_up(said: Statements) -> tuple[dict[str, Range], dict[str, str]]:
    found: dict[str, Range] = {}
    ids: dict[str, str] = {}
    numbers: list[FollowUp] = [*said.primary(FollowUp), *said.secondary(FollowUp)]
    for number in numbers:
        if number.stat not in found and number.unit in MONTHS:
            days = printed_range(number.value).times(MONTHS[number.unit] * 30.4375)
            found[number.stat] = days
            ids[number.stat] = number.id
    return found, ids
