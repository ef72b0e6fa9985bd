"""Rules on a list: does it belong to the protocol, is it long enough, can it be foreseen?"""

from collections.abc import Iterator
from math import ceil

from adjuvant.core import Finding, InvalidInput, Place
from adjuvant.protocol.model import Protocol
from adjuvant.randomisation.codes import finding
from adjuvant.randomisation.sealed_list import SealedList
from adjuvant.randomisation.strata import Factor, all_strata, checked_ratio

__all__ = ["check_list", "expected_unfilled", "factors_of"]

_PLACE = Place("sealed list")
_MANY = 0.25  # share of patients in blocks never filled, from which a warning is given


def factors_of(protocol: Protocol) -> tuple[Factor, ...]:
    """Return the stratification factors of a protocol; a factor without levels is the site.

    Raises    InvalidInput for a factor without levels that is not the site.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> trial = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    >>> [factor.id for factor in factors_of(read_protocol(trial).protocol)]
    ['tumour_number', 'stage_group']
    """
    found = []
    for factor in protocol.randomisation.strata:
        levels = factor.levels
        if not levels and factor.source == "site":
            levels = tuple(site.id for site in protocol.trial.sites)
        if not levels:
            raise InvalidInput(f"factor {factor.id} has no levels; write them in the protocol")
        found.append(Factor(factor.id, levels))
    return tuple(found)


def expected_unfilled(strata: int, patients: int, sizes: tuple[int, ...]) -> float:
    """Return how many patients are expected in blocks that recruitment leaves unfilled.

    In a long stratum the end falls into a block of mean size E[B^2]/E[B], evenly over its places:
    (E[B^2] - E[B]) / (2 E[B]) patients lie in it. A stratum cannot hold more than it has.

    >>> round(expected_unfilled(24, 150, (4, 6, 8)), 1)
    65.3
    """
    mean = sum(sizes) / len(sizes)
    square = sum(size * size for size in sizes) / len(sizes)
    return strata * min((square - mean) / (2 * mean), patients / strata)


def check_list(sealed: SealedList, protocol: Protocol) -> tuple[Finding, ...]:
    """Return what speaks against using a list for a protocol; an error means: do not seal it.

    Only the person who seals may read the answer: it speaks of block sizes.
    Raises    InvalidInput for a protocol whose factors have no levels.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> trial = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    >>> protocol = read_protocol(trial).protocol
    >>> from adjuvant.randomisation import make_list
    >>> made = make_list(protocol.trial.id, "permuted_blocks", ratio=(("CTL", 1), ("IMM", 1)),
    ...                  factors=factors_of(protocol), seed=bytes(32), slots_per_stratum=300,
    ...                  options={"block_sizes": "4"})
    >>> [finding.code for finding in check_list(made, protocol)]
    ['L007']
    """
    return (*_belongs(sealed, protocol), *_length(sealed, protocol), *_foreseen(sealed, protocol))


def _belongs(sealed: SealedList, protocol: Protocol) -> Iterator[Finding]:
    plan = protocol.randomisation
    if sealed.trial != protocol.trial.id:
        words = f"made for trial {sealed.trial}, the protocol is {protocol.trial.id}"
        yield finding("L001", _PLACE, words, "seal the list of this trial")
    planned = dict(checked_ratio(plan.allocation)) if len(plan.allocation) > 1 else {}
    if dict(sealed.ratio) != planned:
        words = "arms or ratio are not those of the protocol"
        yield finding("L002", _PLACE, words, "make the list anew with the allocation")
    mine = [(f.id, f.levels) for f in sealed.factors]
    if mine != [(f.id, f.levels) for f in factors_of(protocol)]:
        words = "factors or levels are not those of the protocol, in its order"
        yield finding("L003", _PLACE, words, "make the list anew with the strata")
    elif sealed.method != "minimisation" and set(sealed.slots) != set(all_strata(sealed.factors)):
        words = "the list does not have every stratum once"
        yield finding("L003", _PLACE, words, "make the list anew with the strata")
    if sealed.method not in ("imported", plan.method):
        words = f"made by {sealed.method}, the protocol says {plan.method}"
        yield finding("L004", _PLACE, words, "use the method of the protocol")


def _length(sealed: SealedList, protocol: Protocol) -> Iterator[Finding]:
    planned = protocol.population.planned
    if planned is None or not sealed.slots:
        return
    slots = [len(arms) for arms in sealed.slots.values()]
    if sum(slots) < planned:
        words = f"{sum(slots)} slots for {planned} patients"
        yield finding("L005", _PLACE, words, "make the list longer")
        return
    wanted = min(planned, ceil(4 * planned / len(slots)))
    if min(slots) < wanted:
        words = f"a stratum has {min(slots)} slots; {planned / len(slots):.1f} patients expected"
        hint = f"give every stratum {wanted}: strata fill unevenly, and a full one stops a patient"
        yield finding("L006", _PLACE, words, hint)


def _foreseen(sealed: SealedList, protocol: Protocol) -> Iterator[Finding]:
    sizes = tuple(sorted({size for blocks in sealed.blocks.values() for size in blocks}))
    if not sizes:
        return
    unit = sum(share for _, share in sealed.ratio)
    if len(sizes) == 1:
        words = "all blocks have one size: who counts knows the last of each block"
        yield finding("L007", _PLACE, words, "use two sizes or more")
    if unit in sizes:
        words = f"blocks of {unit}: after the first of a block the rest may be known"
        yield finding("L008", _PLACE, words, f"use blocks of {2 * unit} and more")
    planned = protocol.population.planned
    if planned:
        strata = len(sealed.slots)
        unfilled = expected_unfilled(strata, planned, sizes)
        if unfilled >= _MANY * planned:
            words = (
                f"{strata} strata for {planned} patients: about {unfilled:.0f} of them in blocks "
                "that are never filled, so that the arms may differ as if nothing were stratified"
            )
            hint = "use smaller blocks, fewer factors, or minimisation"
            yield finding("L009", _PLACE, words, hint)
