"""Dose accounting: cells and infusions given, late, partial, and why the others were not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, stdev

from adjuvant.cells.proportions import DoseProportion, infusions_given
from adjuvant.core import InvalidData, NotEnoughData

__all__ = ["BagGiven", "DoseAccount", "MeanSd", "Scheduled", "dose_account"]

MeanSd = tuple[float, float | None]


@dataclass(frozen=True)
class BagGiven:
    """A bag that reached the patient: its cells, and the part of it that was given (0-1)."""

    cells: float
    part: float = 1.0
    markers: Mapping[str, float] = field(default_factory=dict)  # per cent, such as CD3+HLA-DR+


@dataclass(frozen=True)
class Scheduled:
    """One scheduled infusion of a patient: its bags, days late, or the reason it was not given."""

    subject: str
    infusion: str
    bags: tuple[BagGiven, ...] = ()
    days_late: int = 0
    reason: str | None = None
    out_of_specification: bool = False

    def __post_init__(self) -> None:
        if not self.bags and not self.reason:
            raise InvalidData(
                f"{self.subject}, {self.infusion}: not given, and no reason; enter the reason"
            )
        for bag in self.bags:
            if not (0 < bag.part <= 1 and bag.cells > 0):
                raise InvalidData(
                    f"{self.subject}, {self.infusion}: {bag.cells:g} cells, part {bag.part:g}; "
                    "cells are above 0, the part is 0 to 1"
                )


@dataclass(frozen=True)
class DoseAccount:
    """The doses of an arm. Means are over patients, or over infusions where said; SD with n - 1
    (None for a single one).

    relative_intensity   infusions given of scheduled, each partial one by its part
    """

    patients: int
    infusions: DoseProportion
    cells_per_patient: MeanSd
    cells_per_infusion: MeanSd
    markers: Mapping[str, MeanSd]
    late: Mapping[int, int]
    partial: int
    out_of_specification: int
    reasons: Mapping[str, int]
    relative_intensity: float


def dose_account(scheduled: Sequence[Scheduled], late_days: Sequence[int] = (3, 7)) -> DoseAccount:
    """Return the doses of an arm, from every scheduled infusion down to its bags.

    late_days   "more than so many days late" is counted for each.
    Raises      InvalidData for an infusion listed twice; NotEnoughData under two patients.

    >>> rows = [Scheduled("1", "W2", (BagGiven(1.4e10),)), Scheduled("1", "W3", reason="fever"),
    ...         Scheduled("2", "W2", (BagGiven(1.6e10),)),
    ...         Scheduled("2", "W3", (BagGiven(1.2e10, part=0.5),), days_late=4)]
    >>> account = dose_account(rows)
    >>> account.infusions.given, account.late, account.partial, account.relative_intensity
    (3, {3: 1, 7: 0}, 1, 0.625)
    """
    twice = [k for k, n in Counter((s.subject, s.infusion) for s in scheduled).items() if n > 1]
    if twice:
        raise InvalidData(f"{twice[0][0]}, {twice[0][1]} is listed twice; keep one")
    given = [s for s in scheduled if s.bags]
    subjects = list(dict.fromkeys(s.subject for s in scheduled))
    done = Counter(s.subject for s in given)
    planned = Counter(s.subject for s in scheduled)
    cells = dict.fromkeys(subjects, 0.0)
    for one in given:
        cells[one.subject] += _cells(one)
    names = dict.fromkeys(name for s in given for bag in s.bags for name in bag.markers)
    markers = {
        name: _mean_sd([bag.markers[name] for s in given for bag in s.bags if name in bag.markers])
        for name in names
    }
    intensity = sum(_part(s) for s in given) / len(scheduled) if scheduled else 0.0
    return DoseAccount(
        patients=len(subjects),
        infusions=infusions_given([done[s] for s in subjects], [planned[s] for s in subjects]),
        cells_per_patient=_mean_sd(list(cells.values())),
        cells_per_infusion=_mean_sd([_cells(s) for s in given]),
        markers=markers,
        late={days: sum(s.days_late > days for s in given) for days in late_days},
        partial=sum(_part(s) < 1 for s in given),
        out_of_specification=sum(s.out_of_specification for s in given),
        reasons=dict(Counter(s.reason for s in scheduled if not s.bags and s.reason)),
        relative_intensity=intensity,
    )


def _cells(one: Scheduled) -> float:
    return sum(bag.cells * bag.part for bag in one.bags)


def _part(one: Scheduled) -> float:
    return _cells(one) / sum(bag.cells for bag in one.bags)


def _mean_sd(values: Sequence[float]) -> MeanSd:
    if not values:
        raise NotEnoughData("no infusion was given; there are no cells to count")
    return mean(values), stdev(values) if len(values) > 1 else None
