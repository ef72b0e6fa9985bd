"""Permuted blocks of random sizes: the commonest way to make an allocation list."""

from dataclasses import dataclass, field

from adjuvant.core import InvalidInput
from adjuvant.randomisation.strata import Ratio, checked_ratio
from adjuvant.randomisation.stream import Stream

__all__ = ["BlockList", "PermutedBlocks", "permuted_blocks"]


@dataclass(frozen=True)
class PermutedBlocks:
    """Blocks within which the ratio is exact, each of a size chosen at random from `sizes`.

    Raises    InvalidInput for a size that the ratio does not divide, or no size.

    >>> PermutedBlocks((("CTL", 1), ("IMM", 2)), (3, 6)).unit
    3
    >>> PermutedBlocks((("CTL", 1), ("IMM", 2)), (4,))
    Traceback (most recent call last):
        ...
    adjuvant.core.errors.InvalidInput: a block of 4 cannot hold 1:2; give multiples of 3
    """

    ratio: Ratio
    sizes: tuple[int, ...] = field(repr=False)  # sealed

    def __post_init__(self) -> None:
        object.__setattr__(self, "ratio", checked_ratio(dict(self.ratio)))
        if not self.sizes or len(set(self.sizes)) < len(self.sizes):
            raise InvalidInput(f"the block sizes are {self.sizes}; give one or more, each once")
        for size in self.sizes:
            if size < 1 or size % self.unit:
                words = ":".join(str(share) for _, share in self.ratio)
                raise InvalidInput(
                    f"a block of {size} cannot hold {words}; give multiples of {self.unit}"
                )
        object.__setattr__(self, "sizes", tuple(sorted(self.sizes)))

    @property
    def unit(self) -> int:
        """The sum of the ratio: the smallest block."""
        return sum(share for _, share in self.ratio)

    def block(self, size: int) -> tuple[str, ...]:
        """Return the arms of one block before they are shuffled, in the order of the ratio."""
        times = size // self.unit
        return tuple(arm for arm, share in self.ratio for _ in range(share * times))


@dataclass(frozen=True)
class BlockList:
    """The list of one stratum: the arm of each slot in order, and the size of each block."""

    arms: tuple[str, ...] = field(repr=False)
    blocks: tuple[int, ...] = field(repr=False)


def permuted_blocks(design: PermutedBlocks, seed: bytes, stratum: str, n: int) -> BlockList:
    """Return the list of a stratum with at least n slots, ended by a whole block.

    seed      32 secret bytes. stratum: the name, which chooses the stream.

    For each block the stream gives first the size (`below(number of sizes)`, sizes ascending; not
    asked when there is one), then the order (`shuffled`). A longer list begins with the shorter.
    Source    Zelen 1974, J Chronic Dis 27:365; Matts and Lachin 1988, Control Clin Trials 9:327.

    >>> design = PermutedBlocks((("CTL", 1), ("IMM", 1)), (2, 4))
    >>> made = permuted_blocks(design, bytes(32), "S01", 9)
    >>> len(made.arms), sum(made.blocks), made.arms.count("IMM")
    (10, 10, 5)
    """
    if n < 1:
        raise InvalidInput(f"a list of {n} slots was asked; give 1 or more")
    stream = Stream(seed, stratum)
    arms: list[str] = []
    blocks: list[int] = []
    while len(arms) < n:
        one = len(design.sizes) == 1
        size = design.sizes[0 if one else stream.below(len(design.sizes))]
        arms += stream.shuffled(design.block(size))
        blocks.append(size)
    return BlockList(tuple(arms), tuple(blocks))
