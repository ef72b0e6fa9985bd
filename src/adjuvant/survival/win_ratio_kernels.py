"""The compiled comparison of all pairs of the win ratio."""

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats, Mask

__all__ = ["compare_pairs"]


@njit(cache=True)
def compare_pairs(
    time: Floats, event: Mask, treated: Codes, arm: Codes
) -> tuple[Floats, Floats, Floats]:
    """Return, per row, pairs the treated patient won and lost (n,), and both per outcome (k, 2).

    time, event  (k, n), the most important outcome first; arm (n,) 0 or 1.
    """
    outcomes, n = time.shape
    wins = np.zeros(n)
    losses = np.zeros(n)
    by_outcome = np.zeros((outcomes, 2))
    for i in treated:
        for j in range(n):
            if arm[j] == 1:
                continue
            for k in range(outcomes):
                # An event precedes a censoring of the same time.
                mine, theirs = time[k, i], time[k, j]
                won = event[k, j] and (mine > theirs or (mine == theirs and not event[k, i]))
                lost = event[k, i] and (theirs > mine or (mine == theirs and not event[k, j]))
                if won:
                    wins[i] += 1
                    wins[j] += 1
                    by_outcome[k, 0] += 1
                elif lost:
                    losses[i] += 1
                    losses[j] += 1
                    by_outcome[k, 1] += 1
                if won or lost:
                    break
    return wins, losses, by_outcome
