"""Arms with their ratio, stratification factors with their levels, and the names of strata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd

from adjuvant.core import InvalidInput

__all__ = ["Factor", "Ratio", "all_strata", "checked_ratio", "stratum_name"]

Ratio = tuple[tuple[str, int], ...]
_MOST_STRATA = 10_000


@dataclass(frozen=True)
class Factor:
    """A stratification or minimisation factor: its levels, and its weight in minimisation.

    Raises    InvalidInput for fewer than two levels, a level named twice, a level with one of the
              signs that separate names ("/", "#"), or a weight that is not above 0.

    >>> Factor("stage_group", ("I-II", "III-IVA")).levels
    ('I-II', 'III-IVA')
    """

    id: str
    levels: tuple[str, ...]
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if len(set(self.levels)) < max(2, len(self.levels)):
            raise InvalidInput(f"factor {self.id} has levels {self.levels}; give two or more, once")
        for level in self.levels:
            if not level or set(level) & set("/#") or not level.isprintable():
                raise InvalidInput(
                    f"factor {self.id}: level {level!r} cannot be part of a stratum's name; "
                    "leave out '/', '#' and signs that cannot be printed"
                )
        object.__setattr__(self, "weight", Fraction(self.weight))
        if self.weight <= 0:
            raise InvalidInput(f"factor {self.id} has weight {self.weight}; give a number above 0")


def checked_ratio(allocation: Mapping[str, int]) -> Ratio:
    """Return arms and their shares in lowest terms, in the order given.

    Raises    InvalidInput for fewer than two arms or a share that is not a whole number above 0.

    >>> checked_ratio({"CTL": 2, "IMM": 4})
    (('CTL', 1), ('IMM', 2))
    """
    if len(allocation) < 2:
        raise InvalidInput(f"{len(allocation)} arms are given; randomisation needs two or more")
    for arm, share in allocation.items():
        if isinstance(share, bool) or not isinstance(share, int) or share < 1:
            raise InvalidInput(f"arm {arm} has share {share!r}; give a whole number above 0")
    divisor = gcd(*allocation.values())
    return tuple((arm, share // divisor) for arm, share in allocation.items())


def stratum_name(factors: Sequence[Factor], levels: Mapping[str, str]) -> str:
    """Return the name of a stratum: the levels in the order of the factors, joined by "/".

    Raises    InvalidInput for a level that is missing or not one of the factor's.
    Without factors there is one stratum, named "all".

    >>> number = Factor("number", ("single", "multiple"))
    >>> stage = Factor("stage", ("I-II", "III-IVA"))
    >>> stratum_name((number, stage), {"stage": "I-II", "number": "single"})
    'single/I-II'
    """
    for factor in factors:
        level = levels.get(factor.id)
        if level not in factor.levels:
            raise InvalidInput(
                f"{factor.id} is {level!r}; it must be one of {', '.join(factor.levels)}"
            )
    return "/".join(levels[factor.id] for factor in factors) or "all"


def all_strata(factors: Sequence[Factor]) -> tuple[str, ...]:
    """Return the names of all strata, the last factor running fastest.

    >>> all_strata((Factor("a", ("x", "y")), Factor("b", ("1", "2"))))
    ('x/1', 'x/2', 'y/1', 'y/2')
    """
    names = tuple("/".join(levels) for levels in product(*(f.levels for f in factors)))
    if len(names) > _MOST_STRATA:
        raise InvalidInput(f"{len(names)} strata; use fewer factors, or minimisation")
    return names if factors else ("all",)
