"""What an ensemble says of quantities that were not used to build it, with bands over members."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from adjuvant.core import Codes, Floats, NotConverged, NotEnoughData, TimeToEvent
from adjuvant.evidence.printed import Published, PValue
from adjuvant.evidence.reconstruct_ensemble import Reconstruction
from adjuvant.evidence.rounding import printed_range
from adjuvant.survival.cox import cox
from adjuvant.survival.log_rank import log_rank

__all__ = ["Band", "Unprinted", "band_of", "curve_bands", "unprinted"]

YEAR = 365
_DEATHS = (0, 3, 6)


@dataclass(frozen=True)
class Band:
    """Lower limit, middle and upper limit of the middle 95% of the members.

    Order statistics, not interpolation: a median that is not reached stays infinite.
    """

    low: float
    middle: float
    high: float


def band_of(values: Sequence[float] | Floats) -> Band:
    """Return the band of one number a member; members without the number are left out.

    Raises    NotEnoughData where no member has it.

    >>> band_of([3.0, 1.0, 2.0])
    Band(low=1.0, middle=2.0, high=3.0)
    """
    found = np.asarray(values, dtype=np.float64)
    ordered = np.sort(found[~np.isnan(found)])
    if len(ordered) == 0:
        raise NotEnoughData("no member has this number")
    n = len(ordered) - 1
    places = (int(np.floor(0.025 * n)), n // 2, int(np.ceil(0.975 * n)))
    return Band(*(float(ordered[k]) for k in places))


@dataclass(frozen=True)
class Unprinted:
    """A quantity that did not build the ensemble.

    kind      percent, points, days, ratio or p: how it is printed.
    printed   what some text prints of it, "" where none does.
    remark    what must be supposed, or why nothing can be said.
    band      None where the ensemble cannot say anything.
    agreeing  share of members that round to what is printed; None where nothing is.
    """

    name: str
    kind: str
    band: Band | None
    printed: str = ""
    remark: str = ""
    agreeing: float | None = None


def curve_bands(rebuilt: Reconstruction, days: Codes) -> dict[str, Floats]:
    """Return per arm (C, T) the band of the event-free shares on each day: (3, days).

    >>> from adjuvant.evidence import read_published_text, reconstruct, summary_of
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> rebuilt = reconstruct(read_published_text(summary_of(truth, [1, 2])), members=2)
    >>> curve_bands(rebuilt, np.array([0, 365]))["C"][:, 0].tolist()
    [1.0, 1.0, 1.0]
    """
    found = {}
    for code, arm in enumerate(("C", "T")):
        curves = np.array([_event_free(_arm(m.data, code), days) for m in rebuilt.members])
        bands = [band_of(column) for column in curves.T]
        found[arm] = np.array([[b.low, b.middle, b.high] for b in bands]).T
    return found


def unprinted(rebuilt: Reconstruction, published: Published) -> tuple[Unprinted, ...]:
    """Return what the ensemble says where the page is silent.

    Event-free shares at 1 year, the difference in restricted mean time, the hazard ratio in the
    first year and after it, and the p-values of endpoints that were not rebuilt.

    >>> from adjuvant.evidence import read_published_text, reconstruct, summary_of
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> page = read_published_text(summary_of(truth, [2, 3]))
    >>> [u.name for u in unprinted(reconstruct(page, members=2), page)][:2]
    ['event-free at 1 year, T', 'event-free at 1 year, C']
    """
    members = [m.data for m in rebuilt.members]
    found = _rates(rebuilt, members)
    tau = _horizon(rebuilt, members)
    areas = [_area(_arm(d, 1), tau) - _area(_arm(d, 0), tau) for d in members]
    found.append(
        Unprinted(
            f"restricted mean, first {_years(tau)}: difference T less C", "days", band_of(areas)
        )
    )
    found += [
        _ratio("hazard ratio in the first year, T against C", [_early(d) for d in members]),
        _ratio("hazard ratio after the first year, T against C", [_late(d) for d in members]),
    ]
    found += _medians(rebuilt, members)
    found += _other_p_values(rebuilt, published, members)
    return tuple(found)


def _rates(rebuilt: Reconstruction, members: Sequence[TimeToEvent]) -> list[Unprinted]:
    if any(m.day <= YEAR + 1 for m in rebuilt.targets.milestones):
        return []  # the page prints this or something before it
    year = np.array([YEAR])
    rates = {
        arm: np.array([_event_free(_arm(d, code), year)[0] for d in members])
        for code, arm in enumerate(("C", "T"))
    }
    return [
        *(
            Unprinted(f"event-free at 1 year, {a}", "percent", band_of(rates[a]))
            for a in ("T", "C")
        ),
        Unprinted("event-free at 1 year, difference T less C", "points",
                  band_of(rates["T"] - rates["C"])),
    ]  # fmt: skip


def _horizon(rebuilt: Reconstruction, members: Sequence[TimeToEvent]) -> int:
    """The last printed time, within the follow-up of both arms of every member."""
    last = max((m.day for m in rebuilt.targets.milestones), default=10**9)
    reached = min(int(_arm(d, code)[0].max()) for d in members for code in (0, 1))
    return min(last, reached)


def _years(days: int) -> str:
    years = days / 365.25
    return f"{round(years)} years" if abs(years - round(years)) < 0.01 else f"{days} days"


def _ratio(name: str, values: Sequence[float]) -> Unprinted:
    known = [v for v in values if v == v]
    remark = "" if len(known) == len(values) else f"{len(values) - len(known)} sets have none"
    return Unprinted(name, "ratio", band_of(known) if known else None, "", remark)


def _early(data: TimeToEvent) -> float:
    kept = np.minimum(data.time, YEAR)
    event = np.where(data.time <= YEAR, data.event, 0)
    return _hazard_ratio(TimeToEvent(kept, event, arm=data.arm, arm_labels=("C", "T")))


def _late(data: TimeToEvent) -> float:
    later = data.where(np.asarray(data.time > YEAR))
    if len(np.unique(np.asarray(later.arm))) < 2:
        return float("nan")
    # Time since the first year: everybody still followed enters at the same moment.
    return _hazard_ratio(
        TimeToEvent(later.time - YEAR, later.event, arm=later.arm, arm_labels=("C", "T"))
    )


def _hazard_ratio(data: TimeToEvent) -> float:
    try:
        return float(cox(data).hazard_ratio[0])
    except (NotEnoughData, NotConverged):
        return float("nan")


def _medians(rebuilt: Reconstruction, members: Sequence[TimeToEvent]) -> list[Unprinted]:
    """Medians that no text prints, or only approximately."""
    found = []
    for code, arm in ((1, "T"), (0, "C")):
        target = next((m for m in rebuilt.targets.medians if m.arm == arm), None)
        if target is not None and not target.about:
            continue
        band = band_of([_median(_arm(d, code)) for d in members])
        remark = "" if target is None else "printed as approximate: sought, not required"
        printed = "" if target is None else target.as_printed
        found.append(Unprinted(f"median, {arm}", "days", band, printed, remark))
    return found


def _other_p_values(
    rebuilt: Reconstruction, published: Published, members: Sequence[TimeToEvent]
) -> list[Unprinted]:
    own = published.endpoints[rebuilt.targets.endpoint]
    found = []
    for number in published.numbers:
        if not isinstance(number, PValue) or number.endpoint == rebuilt.targets.endpoint:
            continue
        other = published.endpoints[number.endpoint]
        name = f"{other.label}, p"
        if own.event and (other.event or "").startswith(f"{own.event} or death"):
            found += [_with_deaths(name, number, members, rebuilt.seed, k) for k in _DEATHS]
        else:
            found.append(
                Unprinted(name, "p", None, number.as_printed,
                          "neither a percentage nor a ratio is printed: nothing can be said")
            )  # fmt: skip
    return found


def _with_deaths(
    name: str, number: PValue, members: Sequence[TimeToEvent], seed: int, deaths: int
) -> Unprinted:
    """The log-rank p if so many censored patients, drawn at random, had died on that day."""
    span = printed_range(number.value)
    rng = np.random.default_rng((seed, 2000, deaths))
    p = []
    for data in members:
        event = np.array(data.event)
        censored = np.flatnonzero(event == 0)
        event[rng.choice(censored, min(deaths, len(censored)), replace=False)] = 1
        p.append(log_rank(TimeToEvent(data.time, event, arm=data.arm)).p_value)
    supposed = "nobody" if deaths == 0 else f"{deaths} patients"
    agreeing = float(np.mean([span.holds(v) for v in p]))
    return Unprinted(
        f"{name}, had {supposed} died without the event", "p", band_of(p), number.as_printed,
        "log-rank; the deaths were put on censored patients at random", agreeing,
    )  # fmt: skip


def _arm(data: TimeToEvent, code: int) -> tuple[Codes, Codes]:
    part = data.where(np.asarray(data.arm == code))
    return part.time.astype(np.int64), part.event


def _steps(arm: tuple[Codes, Codes]) -> tuple[Codes, Floats]:
    time, event = arm
    found, count = np.unique(time[event == 1], return_counts=True)
    days = np.asarray(found, dtype=np.int64)
    at_risk = len(time) - np.searchsorted(np.sort(time), days, side="left")
    return days, np.asarray(np.cumprod(1.0 - count / at_risk), dtype=np.float64)


def _event_free(arm: tuple[Codes, Codes], at: Codes) -> Floats:
    days, survival = _steps(arm)
    whole = np.concatenate([[1.0], survival])
    return np.asarray(whole[np.searchsorted(days, at, side="right")])


def _area(arm: tuple[Codes, Codes], tau: int) -> float:
    days, survival = _steps(arm)
    edges = np.concatenate([[0], np.minimum(days, tau), [tau]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1.0], survival])))


def _median(arm: tuple[Codes, Codes]) -> float:
    days, survival = _steps(arm)
    below = np.flatnonzero(survival <= 0.5 + 1e-9)
    return float(days[below[0]]) if len(below) else inf
