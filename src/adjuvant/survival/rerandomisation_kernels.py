"""The compiled loop of the re-randomisation test."""

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["block_scores"]


@njit(cache=True)
def block_scores(
    sums: Floats, start: Codes, count: Codes, seed: np.ndarray, replicates: int
) -> Floats:
    """Return the treatment score (replicates,) with each block's arrangement drawn anew.

    sums      scores of all arrangements, block after block; start and count (blocks,).
    seed      (4,) uint64, not all 0: the state of a xoshiro256++ generator (Blackman & Vigna
              2021). One draw serves two blocks, 32 bits each.
    """
    s0, s1, s2, s3 = seed[0], seed[1], seed[2], seed[3]
    found = np.empty(replicates)
    half = np.uint64(0xFFFFFFFF)
    for r in range(replicates):
        score = 0.0
        bits = np.uint64(0)
        for b in range(len(count)):
            if b % 2 == 0:
                total = s0 + s3
                bits = ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0
                shifted = s1 << np.uint64(17)
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= shifted
                s3 = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
            else:
                bits >>= np.uint64(32)
            # The bias of this multiplication is below count / 2^32.
            place = ((bits & half) * np.uint64(count[b])) >> np.uint64(32)
            score += sums[start[b] + np.int64(place)]
        found[r] = score
    return found
