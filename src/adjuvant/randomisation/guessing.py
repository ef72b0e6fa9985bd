"""How often can the next arm be foreseen by somebody who knows every allocation before?

Two guessers: one counts and names the arm that is behind its share; the other knows the method
with all its settings, but not the seed, and names the most probable arm. Nobody can do better than
the second: her rate of hits is the mean of the largest probability.
"""

import numpy as np

from adjuvant.core import Codes, Floats, InvalidInput
from adjuvant.randomisation.blocks import PermutedBlocks

__all__ = ["best_guess_in_blocks", "counting_guess"]


def best_guess_in_blocks(design: PermutedBlocks, arms: Codes) -> Floats:
    """Return the largest probability of an arm before each slot, given all slots before it.

    arms      (lists, n) int64 codes into the ratio's order: allocations of permuted blocks.
    Returns   (lists, n) probabilities: the chance of a hit for who knows the ratio and the sizes.
    Raises    InvalidInput for a row that blocks of these sizes cannot give.

    Bayes' rule over where the present block began and how large it is.

    >>> design = PermutedBlocks((("CTL", 1), ("IMM", 1)), (2,))
    >>> best_guess_in_blocks(design, np.array([[0, 1, 1, 0]])).tolist()
    [[0.5, 1.0, 0.5, 1.0]]
    """
    lists, n = arms.shape
    shares = np.array([share for _, share in design.ratio]) / design.unit
    seen = np.zeros((n + 1, len(shares), lists))
    for code in range(len(shares)):
        seen[1:, code] = np.cumsum(code == arms.T, axis=0)
    # weight[b][j]: that the present block has size b and j of its slots are filled.
    weight = {size: np.zeros((size, lists)) for size in design.sizes}
    for size in design.sizes:
        weight[size][0] = 1 / len(design.sizes)
    best = np.empty((lists, n))
    for t in range(n):
        chance = np.zeros((len(shares), lists))
        ended = np.zeros(lists)
        for size in design.sizes:
            old, new = weight[size], np.zeros((size, lists))
            for filled in range(min(size, t + 1)):
                left = size * shares[:, None] - (seen[t] - seen[t - filled])
                p = np.clip(left, 0, None) / (size - filled)
                chance += old[filled] * p
                now = old[filled] * np.take_along_axis(p, arms[None, :, t], axis=0)[0]
                if filled + 1 < size:
                    new[filled + 1] = now
                else:
                    ended += now
            weight[size] = new
        for size in design.sizes:
            weight[size][0] = ended / len(design.sizes)
        best[:, t] = chance.max(axis=0)
        total = sum(w.sum(axis=0) for w in weight.values())
        if not np.all(total > 0):
            row = int(np.flatnonzero(~(np.asarray(total) > 0))[0])
            raise InvalidInput(f"row {row + 1} cannot come from blocks of {design.sizes}")
        for size in design.sizes:
            weight[size] /= total
    return best


def counting_guess(arms: Codes, shares: Floats) -> Floats:
    """Return the chance of a hit at each slot for who names the arm most behind its share.

    arms      (lists, n) int64 codes; shares (arms,) that sum to 1.
    Returns   (lists, n): 1 a hit, 0 a miss, 1/m where the right arm is one of m equally behind.
    Source    Blackwell and Hodges 1957, Ann Math Stat 28:449 (the convergence strategy).

    >>> counting_guess(np.array([[0, 1, 1, 0]]), np.array([0.5, 0.5])).tolist()
    [[0.5, 1.0, 0.5, 1.0]]
    """
    lists, n = arms.shape
    seen = np.zeros((lists, len(shares)))
    hit = np.empty((lists, n))
    rows = np.arange(lists)
    for t in range(n):
        behind = shares * t - seen
        most = behind >= behind.max(axis=1, keepdims=True) - 1e-9
        hit[:, t] = most[rows, arms[:, t]] / most.sum(axis=1)
        seen[rows, arms[:, t]] += 1
    return hit
