"""Minimisation: the next arm is, with high probability, the one that leaves least imbalance.

Arms of unequal share are made of virtual arms: with 1:2 there are three, one of CTL and two of
IMM, minimised as if all were equal. Every virtual arm then has the same chance at every step, so
that each allocation keeps the ratio; the usual way (weighted totals with a fixed probability)
makes the chance swing from one allocation to the next (Kuznetsova and Tymofyeyev 2012).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from adjuvant.core import InvalidInput
from adjuvant.randomisation.strata import Factor, Ratio, checked_ratio, stratum_name
from adjuvant.randomisation.stream import DRAWS, random_draw

__all__ = [
    "Minimisation",
    "MinimisedAllocation",
    "Past",
    "Totals",
    "minimise",
    "minimised_by",
    "totals_used",
]

Totals = tuple[tuple[int, ...], ...]  # a row for each factor: patients of this level by virtual arm
STREAM = "minimisation"


@dataclass(frozen=True)
class Minimisation:
    """The rules of a minimisation, which stand in the sealed file.

    measure           of imbalance in a factor: range (largest total minus smallest) or variance
                      (divisor arms - 1), each after the patient is added to the arm considered.
    probability       of the arm with the least imbalance; the others share the rest equally. A
                      decimal text or fraction, so that it is exact; 1 is refused.
    tie               random: the arms that tie share their probabilities. overall: of these, the
                      arms with the smallest total over all patients are preferred, then random.
    after_correction  what a factor corrected later does to the totals of later allocations.
    Raises            InvalidInput for a rule that cannot be carried out or that can be foreseen.

    >>> rules = Minimisation((("CTL", 1), ("IMM", 2)), (Factor("stage", ("I-II", "III-IVA")),))
    >>> rules.virtual
    ('CTL', 'IMM', 'IMM')
    """

    ratio: Ratio
    factors: tuple[Factor, ...]
    measure: Literal["range", "variance"] = "range"
    probability: Fraction | str = field(default="0.8", repr=False)  # sealed
    tie: Literal["random", "overall"] = "random"
    after_correction: Literal["recompute", "keep"] = "recompute"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ratio", checked_ratio(dict(self.ratio)))
        object.__setattr__(self, "probability", Fraction(self.probability))
        if not self.factors or len({f.id for f in self.factors}) < len(self.factors):
            raise InvalidInput("minimisation needs one factor or more, each named once")
        p, k = self.p, len(self.virtual)
        if p >= 1:
            raise InvalidInput(
                f"probability is {float(p):g}: who knows the patients before could foresee every "
                "allocation; give less than 1, such as 0.8"
            )
        if p <= Fraction(1, k):
            raise InvalidInput(
                f"probability is {float(p):g}, no more than chance with {k} equal parts "
                f"({1 / k:.3f}); give more, such as 0.8"
            )

    @property
    def p(self) -> Fraction:
        """The probability of the arm preferred, exactly."""
        return Fraction(self.probability)

    @property
    def virtual(self) -> tuple[str, ...]:
        """The arm that each virtual arm belongs to, in the order of the ratio."""
        return tuple(arm for arm, share in self.ratio for _ in range(share))


@dataclass(frozen=True)
class Past:
    """One earlier allocation: levels as randomised, virtual arm, and levels as known now."""

    levels: Mapping[str, str]
    virtual: int
    corrected: Mapping[str, str] | None = None


@dataclass(frozen=True)
class MinimisedAllocation:
    """One allocation with everything that replays it.

    totals          a row a factor: earlier patients of this patient's level, by virtual arm
    overall         earlier patients by virtual arm
    scores          imbalance by virtual arm, if the patient were put there (exact)
    probabilities   by virtual arm, sum 1 (exact)
    drawn           0 to 10**12 - 1; drawn / 10**12 falls into the interval of the virtual arm
    """

    arm: str
    virtual: int
    totals: Totals
    overall: tuple[int, ...]
    scores: tuple[Fraction, ...]
    probabilities: tuple[Fraction, ...]
    drawn: int


def totals_used(
    rules: Minimisation, past: Sequence[Past], levels: Mapping[str, str]
) -> tuple[Totals, tuple[int, ...]]:
    """Return the totals that the next allocation uses, by factor and over all patients.

    A corrected level counts as corrected when the rules say `recompute`, else as randomised.

    >>> rules = Minimisation((("CTL", 1), ("IMM", 1)), (Factor("n", ("single", "multiple")),))
    >>> past = [Past({"n": "single"}, 1), Past({"n": "single"}, 0, corrected={"n": "multiple"})]
    >>> totals_used(rules, past, {"n": "single"})
    (((0, 1),), (1, 1))
    """
    stratum_name(rules.factors, levels)
    k = len(rules.virtual)
    rows = [[0] * k for _ in rules.factors]
    overall = [0] * k
    for one in past:
        known = one.levels
        if rules.after_correction == "recompute" and one.corrected is not None:
            known = one.corrected
        overall[one.virtual] += 1
        for row, factor in zip(rows, rules.factors, strict=True):
            row[one.virtual] += known[factor.id] == levels[factor.id]
    return tuple(tuple(row) for row in rows), tuple(overall)


def minimised_by(
    rules: Minimisation, totals: Totals, overall: tuple[int, ...], drawn: int
) -> MinimisedAllocation:
    """Return the allocation that totals and a random number give: the whole rule, without state.

    Source    Pocock and Simon 1975, Biometrics 31:103 (the score of an arm is the weighted sum
              of the factors' imbalances with the patient added there). Unequal shares: Han, Enas
              and McEntegart 2009, Stat Med 28:3329 (the chance of the arm preferred rises with its
              share); Kuznetsova and Tymofyeyev 2012, Stat Med 31:701 (equal virtual arms).

    >>> factors = tuple(Factor(f, ("yes", "no")) for f in ("single", "I-II", "S01"))
    >>> rules = Minimisation((("IMM", 1), ("CTL", 1)), factors)
    >>> one = minimised_by(rules, ((12, 10), (9, 10), (5, 4)), (26, 24), drawn=250_000_000_000)
    >>> [int(s) for s in one.scores], [float(p) for p in one.probabilities], one.arm
    ([5, 3], [0.2, 0.8], 'CTL')
    """
    k = len(rules.virtual)
    if len(totals) != len(rules.factors) or any(len(row) != k for row in (*totals, overall)):
        raise InvalidInput("the totals do not have a row a factor and a column a virtual arm")
    if not 0 <= drawn < DRAWS:
        raise InvalidInput(f"the number drawn is {drawn}; expected 0 to {DRAWS - 1}")
    scores = tuple(_score(rules, totals, candidate) for candidate in range(k))
    probabilities = _probabilities(rules, scores, overall)
    position, upper = Fraction(drawn, DRAWS), Fraction(0)
    virtual = k - 1
    for code, share in enumerate(probabilities):
        upper += share
        if position < upper:
            virtual = code
            break
    arm = rules.virtual[virtual]
    return MinimisedAllocation(arm, virtual, totals, overall, scores, probabilities, drawn)


def minimise(
    rules: Minimisation,
    seed: bytes,
    past: Sequence[Past],
    levels: Mapping[str, str],
) -> MinimisedAllocation:
    """Return the next allocation for a patient with these levels.

    The random number belongs to the place in the sequence (number of earlier allocations + 1), so
    the answer does not depend on who asks or when.

    >>> rules = Minimisation((("CTL", 1), ("IMM", 1)), (Factor("n", ("single", "multiple")),))
    >>> minimise(rules, bytes(32), [], {"n": "single"}).arm
    'CTL'
    """
    totals, overall = totals_used(rules, past, levels)
    return minimised_by(rules, totals, overall, random_draw(seed, STREAM, len(past) + 1))


def _score(rules: Minimisation, totals: Totals, candidate: int) -> Fraction:
    score = Fraction(0)
    for factor, row in zip(rules.factors, totals, strict=True):
        after = [n + (code == candidate) for code, n in enumerate(row)]
        if rules.measure == "range":
            imbalance = Fraction(max(after) - min(after))
        else:
            k = len(after)
            imbalance = Fraction(k * sum(n * n for n in after) - sum(after) ** 2, k * (k - 1))
        score += factor.weight * imbalance
    return score


def _probabilities(
    rules: Minimisation, scores: tuple[Fraction, ...], overall: tuple[int, ...]
) -> tuple[Fraction, ...]:
    k = len(scores)
    best = [code for code in range(k) if scores[code] == min(scores)]
    if rules.tie == "overall":
        fewest = min(overall[code] for code in best)
        best = [code for code in best if overall[code] == fewest]
    rest = (1 - rules.p) / (k - 1)
    # One of the tied arms is preferred, each equally likely: the mixture, drawn in one step.
    shared = (rules.p + (len(best) - 1) * rest) / len(best)
    return tuple(shared if code in best else rest for code in range(k))
