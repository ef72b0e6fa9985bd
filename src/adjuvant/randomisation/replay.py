"""Replay: every allocation that was told follows from the sealed list, the strata and the order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adjuvant.core import InvalidInput
from adjuvant.randomisation.minimisation import (
    STREAM,
    Past,
    Totals,
    minimised_by,
    totals_used,
)
from adjuvant.randomisation.sealed_list import SealedList
from adjuvant.randomisation.stream import random_draw

__all__ = ["Correction", "Replay", "ToldMinimised", "ToldSlot", "next_slot", "verify_allocations"]


@dataclass(frozen=True)
class ToldSlot:
    """An allocation told from a list: the number in the trial (1, 2, ...), subject, slot and arm.

    commitment   digest of the list that it was told from.
    """

    number: int
    subject: str
    stratum: str
    slot: int
    arm: str
    commitment: str


@dataclass(frozen=True)
class ToldMinimised:
    """An allocation told by minimisation, with the totals and the random number it used."""

    number: int
    subject: str
    levels: Mapping[str, str]
    totals: Totals
    overall: tuple[int, ...]
    drawn: int
    virtual: int
    arm: str
    commitment: str


@dataclass(frozen=True)
class Correction:
    """Levels of a subject that were corrected after allocation `after` had been told."""

    subject: str
    after: int
    levels: Mapping[str, str]


@dataclass(frozen=True)
class Replay:
    """How many allocations follow from the list, and a sentence for each fault.

    >>> str(Replay(42, 42, ()))
    '42 of 42 allocations verified'
    """

    verified: int
    total: int
    faults: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every allocation was verified and nothing else is at fault."""
        return self.verified == self.total and not self.faults

    def __str__(self) -> str:
        return f"{self.verified} of {self.total} allocations verified"


def next_slot(sealed: SealedList, stratum: str, used: int) -> tuple[int, str]:
    """Return number and arm of the next slot of a stratum, `used` slots having been told.

    Raises    InvalidInput for a stratum that the list lacks, or one that is used up.

    >>> sealed = SealedList("T", "imported", (("A", 1), ("B", 1)), slots={"all": ("A", "B")})
    >>> next_slot(sealed, "all", 1)
    (2, 'B')
    """
    if stratum not in sealed.slots:
        raise InvalidInput(f"the list has no stratum {stratum!r}; check the factors' levels")
    if not 0 <= used < len(sealed.slots[stratum]):
        raise InvalidInput(
            f"stratum {stratum} has no slot {used + 1}: the list is used up; "
            "the unblinded statistician must seal a longer one"
        )
    return used + 1, sealed.slots[stratum][used]


def verify_allocations(
    lists: Mapping[str, SealedList],
    told: Sequence[ToldSlot | ToldMinimised],
    corrections: Sequence[Correction] = (),
) -> Replay:
    """Return how many allocations follow from the sealed lists, and what is wrong with the others.

    lists     commitment -> list; each allocation names the list that it was told from
    told      all allocations of the trial, in any order
    corrections  what changed the totals of later allocations (minimisation, `recompute`)

    Checked are: the numbers 1 to n, each once; no subject twice; in each stratum the slots from 1
    without a hole, in the order of the numbers; the arm of each slot. Under minimisation: the
    totals that the earlier allocations give, the random number that the seed gives, and the arm
    that both give. A sentence names subjects and slots, never another arm than the one told.

    >>> sealed = SealedList("T", "imported", (("A", 1), ("B", 1)), slots={"all": ("A", "B")})
    >>> told = [ToldSlot(1, "S01-0001", "all", 1, "A", "d"),
    ...         ToldSlot(2, "S01-0002", "all", 2, "A", "d")]
    >>> replay = verify_allocations({"d": sealed}, told)
    >>> print(replay, *replay.faults, sep="; ")
    1 of 2 allocations verified; S01-0002: slot 2 of all holds another arm than was told
    """
    ordered = sorted(told, key=lambda one: one.number)
    faults = list(_order_faults(ordered))
    used: dict[tuple[str, str], int] = {}
    past: dict[str, list[ToldMinimised]] = {}
    verified = 0
    for one in ordered:
        sealed = lists.get(one.commitment)
        if sealed is None:
            found = [f"{one.subject}: told from a list that was not given"]
        elif isinstance(one, ToldSlot):
            place = (one.commitment, one.stratum)
            used[place] = used.get(place, 0) + 1
            found = list(_slot_faults(sealed, one, used[place]))
        else:
            earlier = past.setdefault(one.commitment, [])
            found = list(_minimised_faults(sealed, one, earlier, corrections))
            earlier.append(one)
        verified += not found
        faults += found
    return Replay(verified, len(ordered), tuple(faults))


def _order_faults(ordered: Sequence[ToldSlot | ToldMinimised]) -> Iterator[str]:
    subjects: set[str] = set()
    for place, one in enumerate(ordered, 1):
        if one.number != place:
            yield f"allocation {place} is missing or told twice (found number {one.number})"
            break
    for one in ordered:
        if one.subject in subjects:
            yield f"{one.subject} was allocated twice"
        subjects.add(one.subject)


def _slot_faults(sealed: SealedList, one: ToldSlot, expected: int) -> Iterator[str]:
    arms = sealed.slots.get(one.stratum)
    if arms is None:
        yield f"{one.subject}: the list has no stratum {one.stratum}"
    elif one.slot != expected:
        yield f"{one.subject}: told slot {one.slot} of {one.stratum}, slot {expected} was next"
    elif one.slot > len(arms):
        yield f"{one.subject}: the list has no slot {one.slot} of {one.stratum}"
    elif arms[one.slot - 1] != one.arm:
        yield f"{one.subject}: slot {one.slot} of {one.stratum} holds another arm than was told"


def _minimised_faults(
    sealed: SealedList,
    one: ToldMinimised,
    earlier: Sequence[ToldMinimised],
    corrections: Sequence[Correction],
) -> Iterator[str]:
    if sealed.method != "minimisation" or sealed.seed is None:
        yield f"{one.subject}: told by minimisation, the list was made by {sealed.method}"
        return
    rules = sealed.minimisation
    past = [Past(e.levels, e.virtual, _known(e, one.number, corrections)) for e in earlier]
    if totals_used(rules, past, one.levels) != (one.totals, one.overall):
        yield f"{one.subject}: the stored totals are not those of the earlier allocations"
        return
    if one.drawn != random_draw(sealed.seed, STREAM, len(earlier) + 1):
        yield f"{one.subject}: the stored random number is not the seed's"
        return
    made = minimised_by(rules, one.totals, one.overall, one.drawn)
    if (made.virtual, made.arm) != (one.virtual, one.arm):
        yield f"{one.subject}: totals and random number give another arm than was told"


def _known(
    one: ToldMinimised, number: int, corrections: Sequence[Correction]
) -> dict[str, str] | None:
    mine = [c for c in corrections if c.subject == one.subject and c.after < number]
    if not mine:
        return None
    levels = dict(one.levels)
    for correction in sorted(mine, key=lambda c: c.after):
        levels.update(correction.levels)
    return levels
