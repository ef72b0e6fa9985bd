"""Each printed number predicted from the others: what the page repeats, and what it adds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from adjuvant.core import NotEnoughData, TimeToEvent
from adjuvant.evidence.printed import HazardRatio, Milestone, Number, Published, PValue
from adjuvant.evidence.reconstruct_ensemble import reconstruct
from adjuvant.evidence.reconstruct_targets import targets_of
from adjuvant.evidence.rounding import Range, days_of, printed_range
from adjuvant.evidence.statements import event_free
from adjuvant.evidence.unprinted import Band, band_of, curve_bands
from adjuvant.survival.cox import cox
from adjuvant.survival.log_rank import log_rank

__all__ = ["HeldOut", "held_out"]


@dataclass(frozen=True)
class HeldOut:
    """One printed number, and the band of sets that were built without it.

    band     over the members, in the printed number's own unit.
    inside   whether some value within the rounding of what is printed lies in the band.
    """

    number: str
    as_printed: str
    without: str
    band: Band
    inside: bool


def held_out(
    published: Published,
    *,
    endpoint: str | None = None,
    members: int = 20,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> tuple[HeldOut, ...]:
    """Return each printed percentage, ratio and log-rank p beside sets built from all else.

    What belongs together is left out together: the percentages of one time with their limits; the
    ratio with its limits, its reduction and its p. A number inside the band was no surprise; one
    outside says something that the others do not, or contradicts them.
    progress  called with the number of members that are ready, over all groups.

    >>> from adjuvant.evidence import read_published_text, summary_of
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> page = read_published_text(summary_of(truth, [1, 2, 3]))
    >>> found = held_out(page, members=2)
    >>> [h.without for h in found]
    ['1 year', '1 year', '2 years', '2 years', '3 years', '3 years', 'the ratio', 'the log-rank p']
    """
    chosen = targets_of(published, endpoint).endpoint
    primary = {id for id, report in published.sources.items() if report.role == "primary"}
    groups = list(_groups(published, chosen, primary))
    found: list[HeldOut] = []
    for place, (name, ids) in enumerate(groups):
        rest = tuple(n for n in published.numbers if n.id not in ids)
        page = published.model_copy(update={"numbers": rest})

        def moved(done: int, before: int = place * members) -> None:
            if progress is not None:
                progress(before + done)

        try:
            rebuilt = reconstruct(page, members=members, seed=seed, endpoint=chosen, progress=moved)
        except NotEnoughData:
            continue  # without these numbers the page says nothing over time
        sets = [m.data for m in rebuilt.members]
        for number in (published.number(id) for id in ids):
            if isinstance(number, Milestone):
                day = np.array([days_of(float(number.time), number.unit)])
                low, middle, high = (100 * curve_bands(rebuilt, day)[number.arm][:, 0]).tolist()
                found.append(_line(number, name, Band(low, middle, high), event_free(number)))
            elif isinstance(number, HazardRatio) and number.source in primary:
                found.append(_ratio_line(number, name, sets))
            elif isinstance(number, PValue) and number.test == "logrank":
                band = band_of([log_rank(s).p_value for s in sets])
                found.append(_line(number, name, band, printed_range(number.value)))
    return tuple(found)


def _ratio_line(number: HazardRatio, name: str, sets: list[TimeToEvent]) -> HeldOut:
    sign = 1 if number.ratio == "T/C" else -1
    band = band_of([float(cox(s).hazard_ratio[0]) ** sign for s in sets])
    return _line(number, name, band, printed_range(number.value))


def _line(number: Number, name: str, band: Band, span: Range) -> HeldOut:
    inside = span.meets(Range(band.low, band.high))
    return HeldOut(number.id, number.as_printed, name, band, inside)


def _groups(
    published: Published, endpoint: str, primary: set[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is left out together: its name, and the ids of its numbers."""
    own = [n for n in published.numbers if getattr(n, "endpoint", None) == endpoint]
    times = [n for n in own if isinstance(n, Milestone) and n.source in primary]
    for time, unit in dict.fromkeys((n.time, n.unit) for n in times):
        word = f"{float(time):g} {unit if float(time) != 1 else unit.removesuffix('s')}"
        yield word, tuple(n.id for n in times if (n.time, n.unit) == (time, unit))
    ratio = [n for n in own if n.kind in ("hr", "risk_reduction")]
    tests = [n for n in own if isinstance(n, PValue)]
    of_ratio = tuple(n.id for n in (*ratio, *tests) if getattr(n, "test", "") != "logrank")
    if any(n.kind == "hr" and n.source in primary for n in ratio):
        yield "the ratio", of_ratio
    logrank = tuple(n.id for n in tests if n.test == "logrank")
    if logrank:
        yield "the log-rank p", logrank
