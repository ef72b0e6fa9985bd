"""The big stick: a fair coin, unless one arm is ahead by a fixed number."""

from adjuvant.core import InvalidInput
from adjuvant.randomisation.strata import Ratio, checked_ratio
from adjuvant.randomisation.stream import Stream

__all__ = ["big_stick_list"]


def big_stick_list(
    ratio: Ratio, seed: bytes, stratum: str, n: int, *, most_ahead: int = 3
) -> tuple[str, ...]:
    """Return n arms by a fair coin; the arm that is `most_ahead` ahead is not drawn again.

    Raises    InvalidInput unless there are two arms 1:1 and most_ahead is 1 or more.

    The coin is not asked where the answer is forced.
    Source    Soares and Wu 1983, Commun Stat Theory Methods 12:2017.

    >>> arms = big_stick_list((("CTL", 1), ("IMM", 1)), bytes(32), "all", 50, most_ahead=2)
    >>> abs(arms.count("CTL") - arms.count("IMM")) <= 2
    True
    """
    shares = checked_ratio(dict(ratio))
    if len(shares) != 2 or shares[0][1] != shares[1][1]:
        raise InvalidInput("the big stick is made for two arms 1:1; use permuted blocks instead")
    if most_ahead < 1:
        raise InvalidInput(f"most_ahead is {most_ahead}; give 1 or more")
    stream, ahead = Stream(seed, stratum), 0
    arms = []
    for _ in range(n):
        forced = {most_ahead: 1, -most_ahead: 0}.get(ahead)
        code = stream.below(2) if forced is None else forced
        ahead += 1 - 2 * code
        arms.append(shares[code][0])
    return tuple(arms)
