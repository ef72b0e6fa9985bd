"""Patients rebuilt from a printed page: an ensemble of sets that all print the same numbers."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adjuvant.core import Codes, Floats, InvalidInput, TimeToEvent
from adjuvant.evidence.digitised import DigitisedCurve, patients_of_curve
from adjuvant.evidence.printed import Published
from adjuvant.evidence.reconstruct_kernels import FIXED, FOLLOW_UP, anneal, distance, statistics
from adjuvant.evidence.reconstruct_shape import Prior, Shape, ShapeModel, relative_error
from adjuvant.evidence.reconstruct_targets import MilestoneTarget, Targets, targets_of
from adjuvant.evidence.rounding import MONTHS, Range

__all__ = ["SCALES", "Asked", "Member", "Reconstruction", "reconstruct"]

# Types of interval in the order of the kernels' codes.
SCALES = ("log-log", "plain", "log", "logit")
# Search aims at the inner part of each interval, so that no reader's last bit matters.
_INNER = 0.96
_ATTEMPTS = 20
# So many members find out which type of interval the page can be met with.
_LEARNING = 8
# Four arrays are passed as one; numba's types would need each by itself.
_ANNEAL: Any = anneal
_STATISTICS: Any = statistics


@dataclass(frozen=True)
class Asked:
    """One printed number and the interval that it stands for, in the unit of the statistics.

    soft  about: an approximate number, sought but not counted.
    """

    id: str
    what: str
    as_printed: str
    span: Range
    soft: bool = False


@dataclass(frozen=True, eq=False)
class Member:
    """One SYNTHETIC set of patients and how it meets the page.

    data     arms C (code 0) and T (code 1), whole days.
    scale    the type of interval under which the milestones' limits were sought.
    found    (k,) the statistic of each printed number asked; met (k,) whether it rounds to it.
    ratio    hazard ratio of T against C (Cox, Efron).
    """

    data: TimeToEvent
    scale: str
    found: Floats
    met: tuple[bool, ...]
    ratio: float


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """An ensemble of SYNTHETIC sets that print the numbers of one page.

    members  member 0 is the central one: the smoothest hazards; the others are drawn.
    asked    the printed numbers, in the order of each member's `found` and `met`.
    scales   types of interval that can print all limits; refused: the others, each with the
             number that it cannot print.
    """

    targets: Targets
    asked: tuple[Asked, ...]
    members: tuple[Member, ...]
    scales: tuple[str, ...]
    refused: dict[str, str]
    seed: int

    @property
    def complete(self) -> int:
        """Number of members that meet every printed number which is not approximate."""
        hard = [i for i, a in enumerate(self.asked) if not a.soft]
        return sum(all(m.met[i] for i in hard) for m in self.members)


def reconstruct(
    published: Published,
    *,
    members: int = 100,
    seed: int = 1,
    endpoint: str | None = None,
    prior: Prior | None = None,
    progress: Callable[[int], None] | None = None,
) -> Reconstruction:
    """Return SYNTHETIC sets of patients that print the numbers of a page, each in its own way.

    endpoint  default: the first endpoint with a percentage at a time, a median or a ratio.
    prior     how smooth hazards are; see `Prior`.
    progress  called with the number of members that are ready.
    Raises    NotEnoughData where the page does not determine anything over time; InvalidInput for
              less than one member.

    The same seed gives the same sets. A number that no set was found to meet is said by `met`.

    >>> from adjuvant.evidence.published import read_published_text
    >>> from adjuvant.evidence.summarise import summary_of
    >>> days = list(range(40, 1640, 40))
    >>> truth = TimeToEvent(days, [1, 1, 0, 1] * 10, arm=[0, 1] * 20, arm_labels=("C", "T"))
    >>> page = read_published_text(summary_of(truth, [1, 2]))
    >>> rebuilt = reconstruct(page, members=2)
    >>> [m.data.n for m in rebuilt.members]
    [40, 40]
    """
    if members < 1:
        raise InvalidInput(f"{members} members are no ensemble; ask for at least 1")
    targets = targets_of(published, endpoint)
    scales, refused = possible_scales(targets)
    search = _Search(targets, prior)
    search.curves = _curves(published, targets)
    found: list[Member] = []

    def make(i: int) -> Member:
        return search.member(np.random.default_rng((seed, i)), scales, i)

    def keep(ready: Iterable[Member]) -> None:
        for member in ready:
            found.append(member)
            if progress is not None:
                progress(len(found))

    keep(map(make, range(min(members, _LEARNING))))
    # From here on no member learns from another: any number of threads gives the same sets.
    search.learning = False
    # A page that none of them met is tried once more by each of the others.
    search.attempts = _ATTEMPTS if search.hits.sum() > 0 else 1
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        keep(threads.map(make, range(len(found), members)))
    return Reconstruction(targets, search.asked, tuple(found), scales, refused, seed)


def possible_scales(targets: Targets) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the types of interval that can print every limit, and why the others cannot.

    A type can print a milestone when some value within its rounding and some standard error give
    limits within theirs. Where none can, log-log and plain are sought all the same.
    """
    refused = {}
    for code, name in enumerate(SCALES):
        for m in targets.milestones:
            if m.low is not None and m.high is not None and not _printable(m, code, targets.z):
                refused[name] = m.as_printed
                break
    able = tuple(name for name in SCALES if name not in refused)
    usual = tuple(name for name in able if name in ("log-log", "plain"))
    return usual or able or ("log-log", "plain"), refused


def _curves(published: Published, targets: Targets) -> dict[str, DigitisedCurve]:
    """Return the digitised curves in days, of both arms or none."""
    found: dict[str, DigitisedCurve] = {}
    for c in published.curves:
        if c.endpoint == targets.endpoint and c.unit in MONTHS:
            per_unit = MONTHS[c.unit] * 30.4375
            found[c.arm] = DigitisedCurve(
                [t * per_unit for t in c.time], c.event_free,
                [t * per_unit for t in c.risk_time], c.at_risk,
                events=targets.arms[c.arm].events,
            )  # fmt: skip
    return found if len(found) == 2 else {}


def _printable(m: MilestoneTarget, code: int, z: float) -> bool:
    assert m.low is not None
    assert m.high is not None
    for s in np.linspace(m.value.low, m.value.high, 41):
        errors = []
        for span in (m.low, m.high):
            ends = [relative_error(float(s), float(v), code, z) for v in (span.low, span.high)]
            errors.append(Range(min(ends), max(ends)))
        if errors[0].meets(errors[1]) and errors[0].high > 0:
            return True
    return False


class _Search:
    """The search for members of one page."""

    def __init__(self, targets: Targets, prior: Prior | None) -> None:
        self.targets = targets
        self.model = ShapeModel(targets, prior)
        self.longest = int(targets.longest)
        if "max" in targets.follow_up:
            self.longest = int(targets.follow_up["max"].high)
        self.shortest = 1
        if "min" in targets.follow_up:
            self.shortest = max(1, int(np.ceil(targets.follow_up["min"].low)))
        self.slots, self.asked = _asked(targets)
        self.curves: dict[str, DigitisedCurve] = {}
        self.low, self.high, self.unit = self._bounds()
        self.learning, self.attempts = True, _ATTEMPTS
        self.tries, self.hits = np.zeros(len(SCALES)), np.zeros(len(SCALES))
        tests = {"logrank": 0, "wald": 1, "unknown": 2}
        self.p_test = np.array([tests[p.test] for p in targets.p_values], dtype=np.int64)
        self.p_z = np.array(
            [p.z.low if p.z.high > 50 else (p.z.low + p.z.high) / 2 for p in targets.p_values]
        )

    def member(self, rng: np.random.Generator, scales: Sequence[str], i: int) -> Member:
        """Return a member; types of interval take turns, and a stuck search starts again."""
        if self.curves:
            return self._from_curves(rng, scales, even=i == 0)
        best: Member | None = None
        left = np.inf
        attempts = self.attempts
        for attempt in range(attempts):
            code = SCALES.index(self._scale(scales, rng))
            central = i == 0 and attempt < 6
            shape = self.model.central(code) if central else self.model.draw(rng, code)
            # The central set begins cold: what a hot search shuffles is further from its shape.
            hot = min(0.1 * 3.0**attempt, 3.0) if central else 3.0
            # A shape that resists the page counts for less at every new attempt.
            weight = max(0.3 * 0.6**attempt, 0.1)
            last = attempt == attempts - 1 and best is None
            arms, distance = self._patients(shape, code, rng, central, hot, weight, last)
            if distance < left:
                best, left = self._described(arms, code), distance
                # Within the rounding, though not in the inner part that the search aims at.
                left = 0.0 if all(best.met) else left
            if self.learning:
                self.tries[code] += 1
                self.hits[code] += left == 0.0
            if left == 0.0:
                break
        assert best is not None
        return best

    def _from_curves(
        self, rng: np.random.Generator, scales: Sequence[str], *, even: bool
    ) -> Member:
        """Return patients who draw the digitised curves again, then meet the printed numbers.

        Readings err by 0.2 points; the search may shift patients by about 2% of the follow-up.
        """
        best: Member | None = None
        for name in scales:
            arms: list[Codes] = []
            for arm in ("T", "C"):
                curve = self.curves[arm]
                read = np.asarray(curve.survival)
                if not even:
                    read = np.clip(read + rng.normal(0, 0.002, len(read)) * (read < 1), 0, 1)
                points = np.minimum.accumulate(read).tolist()
                days, event = patients_of_curve(replace(curve, survival=points))
                arms += [np.clip(days, 1, self.longest), event]
            code = SCALES.index(name)
            flat = np.zeros((2, 2, self.longest + 1))
            steps = (40_000 + 40 * len(arms[0]), 0, 1.0, 0.05, 0.02 * self.longest, -1)
            self._search(arms, code, self.unit, flat, steps, rng)
            found = self._described(arms, code)
            if best is None or sum(found.met) > sum(best.met):
                best = found
        assert best is not None
        return best

    def _scale(self, scales: Sequence[str], rng: np.random.Generator) -> str:
        """Return a type of interval; one that seldom meets the page is tried less often."""
        codes = [SCALES.index(name) for name in scales]
        chance = ((self.hits[codes] + 1) / (self.tries[codes] + 1)) ** 2
        return scales[int(rng.choice(len(scales), p=chance / chance.sum()))]

    def _patients(
        self,
        shape: Shape,
        code: int,
        rng: np.random.Generator,
        central: bool,
        hot: float,
        weight: float,
        last_chance: bool,
    ) -> tuple[list[Codes], float]:
        """Meet first what is printed of each arm alone, then all of it, near to the shape."""
        fit = weight * shape.log_likelihood(self.longest)
        arms: list[Codes] = []
        for arm in (0, 1):
            own, distance_left = self._one_arm(shape, fit, arm, code, rng, central, hot)
            if distance_left > 0.0 and not last_chance:
                return [], np.inf
            arms += own
        self._move_follow_up(arms, code)
        unit = self.unit.copy()
        # What each arm meets alone is held firmly while the two are brought together.
        first = 3 * len(self.model.days)
        unit[:first] /= 20.0
        unit[first + FOLLOW_UP] /= 5.0
        n = len(arms[0]) + len(arms[2])
        moves = max(8_000, 40 * n)
        far = (0.03 if central else 0.15) * self.longest
        self._search(arms, code, unit, fit, (moves, 0, hot, min(hot / 2, 0.1), far, -1), rng)
        found = np.zeros(len(self.unit))
        self._statistics(arms, code, found)
        return arms, float(distance(found, self.low, self.high, self.unit, 0, len(found)))

    def _move_follow_up(self, arms: list[Codes], code: int) -> None:
        """Stretch the days of censoring until the median follow-up is the printed one."""
        span = self.targets.follow_up.get("median")
        if span is None:
            return
        wanted = float(np.clip((span.low + span.high) / 2, 1.0, self.longest - 1.0))
        found = np.zeros(len(self.unit))
        for _ in range(6):
            self._statistics(arms, code, found)
            now = float(found[3 * len(self.model.days) + FOLLOW_UP])
            if span.low < now < span.high or not 0 < now < self.longest:
                return
            for k in (0, 2):
                days, event = arms[k], arms[k + 1]
                ends = [0.0, now, self.longest], [0.0, wanted, self.longest]
                later = np.rint(np.interp(days, *ends)).clip(self.shortest, self.longest)
                moved = np.where(event == 0, later.astype(np.int64), days)
                order = np.lexsort((-event, moved))
                arms[k], arms[k + 1] = moved[order], event[order]

    def _one_arm(
        self, shape: Shape, fit: Floats, arm: int, code: int, rng: np.random.Generator,
        central: bool, hot: float,
    ) -> tuple[list[Codes], float]:  # fmt: skip
        best: list[Codes] = []
        left = np.inf
        nobody = [np.array([1], dtype=np.int64), np.array([0], dtype=np.int64)]
        for attempt in range(6):
            own = self._start(shape, arm, rng, even=central)
            arms = [*own, *nobody] if arm == 0 else [*nobody, *own]
            moves = (5_000 if attempt == 0 else 12_000) + 20 * len(own[0])
            far = (0.03 if attempt == 0 else 0.15) * self.longest
            steps = (moves, 0, hot / 3, min(hot / 4, 0.3), far, 1 - arm)
            distance = self._search(arms, code, self.unit, fit, steps, rng)
            if distance < left:
                best, left = own, distance
            if distance == 0.0:
                break
        return best, left

    def _search(
        self, arms: Any, code: int, unit: Floats, fit: Floats,
        steps: tuple[int, int, float, float, float, int], rng: np.random.Generator,
    ) -> float:  # fmt: skip
        moves, mixing, hot, cold, far, only = steps
        return float(
            _ANNEAL(
                *arms, self.model.days, self.model.which, self.p_test, self.model.median_arm,
                code, self.targets.z, self.p_z, self.low, self.high, unit, fit,
                self.shortest, self.longest, moves, mixing, hot, cold, far, only,
                int(rng.integers(2**31)),
            )
        )  # fmt: skip

    def _statistics(self, arms: Any, code: int, out: Floats) -> None:
        _STATISTICS(
            *arms, self.model.days, self.model.which, self.p_test, self.model.median_arm,
            code, self.targets.z, self.p_z, out,
        )  # fmt: skip

    def _start(self, shape: Shape, arm: int, rng: np.random.Generator, even: bool) -> list[Codes]:
        """Return days and events of an arm (0 = T) drawn from smooth hazards.

        Events and censorings fall by their expected densities; `even` puts them at quantiles.
        """
        count = self.targets.arms["T" if arm == 0 else "C"]
        h, c = np.exp(shape.log_hazard[arm]), np.exp(shape.log_hazard[2 + arm])
        width = np.diff(shape.edges)
        gone = np.concatenate([[0.0], np.cumsum((h + c) * width)])
        alive = np.exp(-gone[:-1]) - np.exp(-gone[1:])
        by_event, by_censoring = alive * h / (h + c), alive * c / (h + c)
        by_censoring[-1] += np.exp(-gone[-1])
        events = count.events
        if events is None:
            events = round(count.n * by_event.sum() / (by_event.sum() + by_censoring.sum()))
        days = [
            _spread(shape.edges, by_event, events, rng, even),
            _spread(shape.edges, by_censoring, count.n - events, rng, even),
        ]
        time = np.clip(np.rint(np.concatenate(days)), self.shortest, self.longest).astype(np.int64)
        event = np.repeat(np.array([1, 0]), [events, count.n - events])
        self._mark_range(time, event, arm)
        order = np.lexsort((-event, time))
        return [time[order], event[order]]

    def _mark_range(self, time: Codes, event: Codes, arm: int) -> None:
        """Put the shortest and the longest follow-up where they are printed."""
        spans = self.targets.follow_up
        if "max" in spans and arm == 0 and len(time) > 2:
            time[-1] = int((spans["max"].low + spans["max"].high) / 2)
        if "min" in spans and arm == 1 and len(time) > 2:
            middle = int(np.ceil((spans["min"].low + spans["min"].high) / 2))
            time[np.argmin(time)] = max(middle, self.shortest)

    def _bounds(self) -> tuple[Floats, Floats, Floats]:
        """Return what the kernels compare: inner low, inner high, half width; 0 = not asked."""
        width = self._width()
        low, high, unit = np.zeros(width), np.zeros(width), np.zeros(width)
        for slot, asked in zip(self.slots, self.asked, strict=True):
            middle, half = (asked.span.low + asked.span.high) / 2, asked.span.high - asked.span.low
            if not np.isfinite(half) or half > 50:
                low[slot], high[slot], unit[slot] = asked.span.low + 1e-6, 1e12, 0.05
                continue
            half = max(half / 2, 1e-9)
            low[slot], high[slot] = middle - _INNER * half, middle + _INNER * half
            unit[slot] = half * (2.0 if asked.soft else 1.0)
        return low, high, unit

    def _width(self) -> int:
        t = self.targets
        return 3 * len(t.milestones) + FIXED + len(t.p_values) + len(t.medians)

    def _described(self, arms: list[Codes], code: int) -> Member:
        stat = np.zeros(self._width())
        self._statistics(arms, code, stat)
        found = stat[self.slots]
        met = tuple(bool(a.span.holds(float(v))) for a, v in zip(self.asked, found, strict=True))
        time = np.concatenate([arms[2], arms[0]])
        event = np.concatenate([arms[3], arms[1]])
        arm = np.repeat(np.array([0, 1]), [len(arms[2]), len(arms[0])])
        data = TimeToEvent(time, event, arm=arm, arm_labels=("C", "T"))
        ratio = float(stat[3 * len(self.targets.milestones)])
        return Member(data, SCALES[code], found, met, ratio)


def _spread(edges: Floats, share: Floats, n: int, rng: np.random.Generator, even: bool) -> Floats:
    """Return n days of a density given by its mass per cell (cells,): random, or at quantiles."""
    if n == 0:
        return np.zeros(0)
    at = np.concatenate([[0.0], np.cumsum(share)])
    chance = (np.arange(n) + (0.5 if even else rng.uniform(size=n))) / n
    return np.asarray(np.interp(chance * at[-1], at, edges))


def _asked(t: Targets) -> tuple[Codes, tuple[Asked, ...]]:
    """Return the printed numbers, each with its place among the statistics."""
    m, found, slots = len(t.milestones), [], []

    def ask(slot: int, asked: Asked) -> None:
        slots.append(slot)
        found.append(asked)

    for j, mile in enumerate(t.milestones):
        where = f"arm {mile.arm}, day {mile.day}"
        for k, (what, span) in enumerate(
            (("event-free", mile.value), ("lower limit", mile.low), ("upper limit", mile.high))
        ):
            if span is not None:
                ask(3 * j + k, Asked(mile.id, f"{what}, {where}", mile.as_printed, span))
    if t.ratio is not None:
        names = ("hazard ratio", "hazard ratio, lower limit", "hazard ratio, upper limit")
        for k, (name, span) in enumerate(zip(names, t.ratio, strict=True)):
            if span is not None:
                ask(3 * m + k, Asked(t.ratio_id, name, t.ratio_printed, span))
    for k, stat in enumerate(("median", "min", "max")):
        if stat in t.follow_up:
            span = t.follow_up[stat]
            asked = Asked(t.follow_up_ids[stat], f"follow-up, {stat}, days", "", span)
            ask(3 * m + 3 + k, asked)
    for k, p in enumerate(t.p_values):
        what = {"logrank": "log-rank", "wald": "Wald", "unknown": "log-rank or Wald"}[p.test]
        ask(3 * m + FIXED + k, Asked(p.id, f"size of z, {what} test", p.as_printed, p.z))
    for k, median in enumerate(t.medians):
        slot = 3 * m + FIXED + len(t.p_values) + k
        name = f"median, arm {median.arm}, days"
        ask(slot, Asked(median.id, name, median.as_printed, median.days, median.about))
    return np.array(slots, dtype=np.int64), tuple(found)
