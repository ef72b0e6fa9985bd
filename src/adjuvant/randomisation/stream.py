"""Random numbers of an allocation list: a stream of bytes that holds for decades.

The stream is HMAC-SHA256 in counter mode, and every number is read from it by rejection, so that
each is exactly uniform. Nothing depends on the machine, on a library's generator, or on who asks.
docs/explanation/randomisation-stream.md describes it byte by byte; tests/randomisation/vectors.json
holds the numbers that it must always give.
"""

import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from adjuvant.core import InvalidInput

__all__ = ["DRAWS", "SEED_BYTES", "Stream", "random_draw", "stream_block"]

SEED_BYTES = 32
DRAWS = 10**12  # a draw is one of this many equally likely whole numbers: twelve decimals
_DOMAIN = b"adjuvant/randomisation/1\x00"
_WORD = 2**64

T = TypeVar("T")


def stream_block(seed: bytes, label: str, counter: int) -> bytes:
    """Return 32 bytes of the stream: HMAC-SHA256 of domain, label and counter under the seed.

    seed      32 bytes, the key. label names the stream, such as a stratum (NFC, UTF-8).
    counter   0, 1, 2, ... number of the block.
    Raises    InvalidInput for a seed that is not 32 bytes, a label over 65535 bytes.

    The message is the domain (25 bytes), the length of the label (2 bytes, big-endian), the label,
    and the counter (8 bytes, big-endian).
    Source    HMAC: RFC 2104; SHA-256: FIPS 180-4.

    >>> stream_block(bytes(32), "S01/single/I-II", 0).hex()[:16]
    'cce0c756ce918b14'
    """
    if len(seed) != SEED_BYTES:
        raise InvalidInput(f"the seed has {len(seed)} bytes; give {SEED_BYTES} random bytes")
    name = unicodedata.normalize("NFC", label).encode("utf-8")
    if len(name) > 0xFFFF:
        raise InvalidInput(f"the label has {len(name)} bytes; give at most 65535")
    message = _DOMAIN + len(name).to_bytes(2, "big") + name + counter.to_bytes(8, "big")
    return hmac.new(seed, message, sha256).digest()


@dataclass
class Stream:
    """One stream of random whole numbers, read from its beginning; the only state is the place.

    >>> dice = Stream(bytes(32), "example")
    >>> [dice.below(6) + 1 for _ in range(5)]
    [3, 5, 6, 6, 6]
    """

    seed: bytes = field(repr=False)
    label: str
    word: int = 0  # 8-byte words used so far
    _block: bytes = field(default=b"", repr=False)
    _counter: int = -1

    def next_word(self) -> int:
        """Return the next 8 bytes as a whole number, big-endian."""
        counter, place = divmod(self.word, 4)
        if counter != self._counter:
            self._block, self._counter = stream_block(self.seed, self.label, counter), counter
        self.word += 1
        return int.from_bytes(self._block[8 * place : 8 * place + 8], "big")

    def below(self, n: int) -> int:
        """Return a whole number 0..n-1, each equally likely.

        Words of 2**64 - (2**64 mod n) and above are passed over: without that the small numbers
        would come more often.
        Raises    InvalidInput unless 1 <= n <= 2**32 or n is the number of draws (10**12).
        """
        if not (1 <= n <= 2**32 or n == DRAWS):
            raise InvalidInput(f"a number below {n} was asked; give 1 to 4294967296")
        limit = _WORD - _WORD % n
        while (value := self.next_word()) >= limit:
            pass
        return value % n

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order, each order equally likely (Fisher and Yates).

        From the last place to the second: exchange with the place `below(place)` counted from 0.
        """
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def random_draw(seed: bytes, label: str, number: int) -> int:
    """Return the random number of one allocation, 0 to 10**12 - 1, from a stream of its own.

    number    1, 2, 3, ...: the place of the allocation in its stream.

    The number belongs to the allocation's place alone: it is the same whoever asks, whenever, and
    whatever was asked before.

    >>> 0 <= random_draw(bytes(32), "minimisation", 1) < DRAWS
    True
    """
    if number < 1:
        raise InvalidInput(f"allocation {number} was asked; allocations count from 1")
    return Stream(seed, f"{label}#{number}").below(DRAWS)
