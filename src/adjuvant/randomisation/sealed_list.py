"""The allocation list as bytes, and the commitment that is published before the first patient.

The list is canonical JSON: the same list is the same bytes on every machine, for ever. What is
published is SHA-256(nonce || list). The nonce of 256 bits is sealed with the list: without it, the
few hundred thousand possible lists of a small stratum could be tried one after the other.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, get_args

from adjuvant.core import InvalidInput
from adjuvant.randomisation.big_stick import big_stick_list
from adjuvant.randomisation.blocks import PermutedBlocks, permuted_blocks
from adjuvant.randomisation.minimisation import Minimisation
from adjuvant.randomisation.simple import simple_list
from adjuvant.randomisation.strata import Factor, Ratio, all_strata, checked_ratio
from adjuvant.randomisation.stream import SEED_BYTES

__all__ = [
    "NONCE_BYTES",
    "ListMethod",
    "SealedList",
    "commitment",
    "list_bytes",
    "made_again",
    "make_list",
    "matches_commitment",
    "read_list",
]

ListMethod = Literal["permuted_blocks", "minimisation", "simple", "big_stick", "imported"]
FORMAT = "adjuvant-list/1"
NONCE_BYTES = 32
_KEYS = ("format", "trial", "method", "ratio", "factors", "options", "seed", "replaces", "strata")


@dataclass(frozen=True)
class SealedList:
    """Everything that decides the allocations of a trial: what the unblinded statistician seals.

    slots     stratum -> arms in order; empty under minimisation, whose arms depend on the patients
    blocks    stratum -> sizes of its blocks in order (permuted blocks, or an imported list)
    options   settings of the method: block_sizes, most_ahead, or those of minimisation, as texts
    seed      32 bytes; None for a list that was made elsewhere
    replaces  commitment of the list that this one follows (after an amendment)
    """

    trial: str
    method: ListMethod
    ratio: Ratio
    factors: tuple[Factor, ...] = ()
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    seed: bytes | None = None
    replaces: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "ratio", checked_ratio(dict(self.ratio)))
        if self.method not in get_args(ListMethod):
            raise InvalidInput(f"the list's method is {self.method!r}, which is not known")
        if (self.seed is None) != (self.method == "imported"):
            raise InvalidInput(f"a list by {self.method} has {'no' if not self.seed else 'a'} seed")
        if self.seed is not None and len(self.seed) != SEED_BYTES:
            raise InvalidInput(f"the seed has {len(self.seed)} bytes; expected {SEED_BYTES}")
        known = {arm for arm, _ in self.ratio}
        for stratum, arms in self.slots.items():
            if not set(arms) <= known:
                raise InvalidInput(f"stratum {stratum} holds arms that the ratio does not name")
            if stratum in self.blocks and sum(self.blocks[stratum]) != len(arms):
                raise InvalidInput(f"stratum {stratum}: its blocks do not sum to its slots")

    def __repr__(self) -> str:
        # Neither arms nor seed: a representation ends in logs and error pages.
        return f"SealedList(trial={self.trial!r}, method={self.method!r}, sealed)"

    @property
    def minimisation(self) -> Minimisation:
        """The rules of minimisation that the options hold."""
        if self.method != "minimisation":
            raise InvalidInput(f"the list was made by {self.method}, not by minimisation")
        options: dict[str, Any] = dict(self.options)
        return Minimisation(self.ratio, self.factors, **options)


def make_list(
    trial: str,
    method: ListMethod,
    *,
    ratio: Ratio,
    factors: tuple[Factor, ...],
    seed: bytes,
    slots_per_stratum: int = 0,
    options: Mapping[str, str] | None = None,
    replaces: str | None = None,
) -> SealedList:
    """Return the list that a seed gives.

    options   permuted_blocks: block_sizes, such as "4,6". big_stick: most_ahead. minimisation:
              measure, probability, tie, after_correction (all have defaults).
    Raises    InvalidInput for an option that the method does not read, or any refusal of it.

    >>> made = make_list("T1", "permuted_blocks", ratio=(("CTL", 1), ("IMM", 1)), factors=(),
    ...                  seed=bytes(32), slots_per_stratum=10, options={"block_sizes": "2,4"})
    >>> {stratum: len(arms) for stratum, arms in made.slots.items()}, made
    ({'all': 10}, SealedList(trial='T1', method='permuted_blocks', sealed))
    """
    given = _options(method, options or {})
    slots: dict[str, tuple[str, ...]] = {}
    blocks: dict[str, tuple[int, ...]] = {}
    for stratum in () if method == "minimisation" else all_strata(factors):
        if method == "permuted_blocks":
            sizes = tuple(int(size) for size in given["block_sizes"].split(","))
            made = permuted_blocks(PermutedBlocks(ratio, sizes), seed, stratum, slots_per_stratum)
            slots[stratum], blocks[stratum] = made.arms, made.blocks
        elif method == "big_stick":
            most = int(given["most_ahead"])
            slots[stratum] = big_stick_list(
                ratio, seed, stratum, slots_per_stratum, most_ahead=most
            )
        else:
            slots[stratum] = simple_list(ratio, seed, stratum, slots_per_stratum)
    found = SealedList(trial, method, ratio, factors, slots, blocks, given, seed, replaces)
    if method == "minimisation":
        _ = found.minimisation
    return found


def _options(method: ListMethod, options: Mapping[str, str]) -> dict[str, str]:
    defaults: dict[str, dict[str, str]] = {
        "permuted_blocks": {"block_sizes": ""},
        "big_stick": {"most_ahead": "3"},
        "minimisation": {
            "measure": "range",
            "probability": "0.8",
            "tie": "random",
            "after_correction": "recompute",
        },
        "simple": {},
    }
    if method not in defaults:
        raise InvalidInput(f"a list cannot be made by {method}; see import_list")
    unknown = sorted(set(options) - set(defaults[method]))
    if unknown:
        raise InvalidInput(f"{method} does not read the option {', '.join(unknown)}")
    given = {**defaults[method], **options}
    if method == "permuted_blocks" and not given["block_sizes"]:
        raise InvalidInput("permuted blocks need block_sizes, such as '4,6'")
    return given


def made_again(sealed: SealedList) -> bool:
    """Return whether the seed still gives the same list: a check of the list against its seed.

    Raises    InvalidInput for an imported list, which has no seed.

    >>> made = make_list("T1", "simple", ratio=(("CTL", 1), ("IMM", 1)), factors=(),
    ...                  seed=bytes(32), slots_per_stratum=5)
    >>> made_again(made)
    True
    """
    if sealed.seed is None:
        raise InvalidInput("an imported list has no seed; only its bytes can be verified")
    n = max((len(arms) for arms in sealed.slots.values()), default=1)
    again = make_list(
        sealed.trial,
        sealed.method,
        ratio=sealed.ratio,
        factors=sealed.factors,
        seed=sealed.seed,
        slots_per_stratum=n,
        options=sealed.options,
        replaces=sealed.replaces,
    )
    return all(
        again.slots[stratum][: len(arms)] == arms for stratum, arms in sealed.slots.items()
    ) and set(again.slots) == set(sealed.slots)


def list_bytes(sealed: SealedList) -> bytes:
    """Return the list as canonical JSON: keys sorted, no blanks, ASCII, no floats.

    >>> made = make_list("T1", "simple", ratio=(("A", 1), ("B", 1)), factors=(),
    ...                  seed=bytes(32), slots_per_stratum=2)
    >>> list_bytes(made)[:49]
    b'{"factors":[],"format":"adjuvant-list/1","method"'
    """
    content = {
        "format": FORMAT,
        "trial": sealed.trial,
        "method": sealed.method,
        "ratio": [[arm, share] for arm, share in sealed.ratio],
        "factors": [[f.id, list(f.levels), str(f.weight)] for f in sealed.factors],
        "options": dict(sealed.options),
        "seed": None if sealed.seed is None else sealed.seed.hex(),
        "replaces": sealed.replaces,
        "strata": {
            stratum: {"arms": list(arms), "blocks": list(sealed.blocks.get(stratum, ()))}
            for stratum, arms in sealed.slots.items()
        },
    }
    return _canonical(content)


def read_list(data: bytes) -> SealedList:
    """Return the list that these bytes hold; only the canonical form is accepted.

    Raises    InvalidInput where the bytes are not a list, or not written canonically (then the
              digest would belong to other bytes than those that `list_bytes` gives).

    >>> made = make_list("T1", "simple", ratio=(("A", 1), ("B", 1)), factors=(),
    ...                  seed=bytes(32), slots_per_stratum=2)
    >>> read_list(list_bytes(made)) == made
    True
    """
    try:
        content = json.loads(data)
        if set(content) != set(_KEYS) or content["format"] != FORMAT:
            raise InvalidInput(f"this is not a list of the format {FORMAT}; look for another file")
        strata = content["strata"]
        sealed = SealedList(
            trial=content["trial"],
            method=content["method"],
            ratio=tuple((arm, share) for arm, share in content["ratio"]),
            factors=tuple(Factor(id, tuple(ls), weight) for id, ls, weight in content["factors"]),
            slots={name: tuple(part["arms"]) for name, part in strata.items()},
            blocks={n: tuple(part["blocks"]) for n, part in strata.items() if part["blocks"]},
            options=content["options"],
            seed=None if content["seed"] is None else bytes.fromhex(content["seed"]),
            replaces=content["replaces"],
        )
    except (ValueError, TypeError, KeyError, AttributeError) as reason:
        # Not the reason's own words: they may quote the list.
        kind = type(reason).__name__
        raise InvalidInput(f"the list cannot be read ({kind}); look for an intact copy") from None
    if list_bytes(sealed) != data:
        raise InvalidInput("the list is not in canonical form; look for the copy that was sealed")
    return sealed


def commitment(nonce: bytes, data: bytes) -> str:
    """Return SHA-256(nonce || list) in hexadecimal: the digest that the protocol publishes.

    nonce     32 random bytes, kept sealed with the list.

    >>> commitment(bytes(32), b"list")[:16]
    'e21a8e3c86bb38ec'
    """
    if len(nonce) != NONCE_BYTES:
        raise InvalidInput(f"the nonce has {len(nonce)} bytes; give {NONCE_BYTES} random bytes")
    return sha256(nonce + data).hexdigest()


def matches_commitment(published: str, nonce: bytes, data: bytes) -> bool:
    """Return whether nonce and list are those that were committed to before the first patient.

    >>> matches_commitment(commitment(bytes(32), b"list"), bytes(32), b"list")
    True
    """
    return hmac.compare_digest(published.strip().lower(), commitment(nonce, data))


def _canonical(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")
