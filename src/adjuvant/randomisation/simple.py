"""Simple randomisation: each allocation by itself, as a fair (or fairly loaded) coin."""

from adjuvant.randomisation.strata import Ratio, checked_ratio
from adjuvant.randomisation.stream import Stream

__all__ = ["simple_list"]


def simple_list(ratio: Ratio, seed: bytes, stratum: str, n: int) -> tuple[str, ...]:
    """Return n arms, each drawn by the ratio alone, whatever came before.

    Nobody can guess better than by the ratio, and nothing keeps the arms balanced: of 150
    patients 1:1 the difference between the arms has a standard deviation of 12.

    >>> simple_list((("CTL", 1), ("IMM", 1)), bytes(32), "all", 6)
    ('CTL', 'IMM', 'IMM', 'IMM', 'CTL', 'CTL')
    """
    stream = Stream(seed, stratum)
    arms = [arm for arm, share in checked_ratio(dict(ratio)) for _ in range(share)]
    return tuple(arms[stream.below(len(arms))] for _ in range(n))
