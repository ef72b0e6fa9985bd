"""Many trials by minimisation at once, for looking at its balance and how well it is foreseen.

The arithmetic is that of `minimised_by`, on arrays: the same totals and the same random number give
the same arm (a test says so). Real allocations never come from here.
"""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import Codes, Floats, InvalidInput
from adjuvant.randomisation.minimisation import Minimisation
from adjuvant.randomisation.stream import DRAWS

__all__ = ["SimulatedTrials", "simulated_minimisation"]


@dataclass(frozen=True, eq=False)
class SimulatedTrials:
    """Allocations of many trials, and how well each could be foreseen.

    virtual   (trials, n) codes into the rules' virtual arms
    arms      (trials, n) codes into the rules' ratio
    best      (trials, n) the largest probability of an arm before the allocation
    chance    (arms,) the mean probability of each arm over all trials, by place (n, arms)
    """

    virtual: Codes
    arms: Codes
    best: Floats
    chance: Floats


def simulated_minimisation(rules: Minimisation, levels: Codes, drawn: Codes) -> SimulatedTrials:
    """Return the allocations of many trials by the rules.

    levels    (trials, n, factors) int64 codes into the levels of each factor
    drawn     (trials, n) int64, 0 to 10**12 - 1
    Raises    InvalidInput for weights that are not whole numbers (exact ties need them).

    >>> from adjuvant.randomisation.strata import Factor
    >>> rules = Minimisation((("CTL", 1), ("IMM", 1)), (Factor("stage", ("I", "II")),))
    >>> two = simulated_minimisation(rules, np.zeros((1, 2, 1), int), np.array([[0, 10**11]]))
    >>> two.arms.tolist(), two.best.tolist()
    ([[0, 0]], [[0.5, 0.8]])
    """
    weights = np.array([int(f.weight) for f in rules.factors])
    if any(f.weight.denominator != 1 for f in rules.factors):
        raise InvalidInput("the simulation needs whole weights; multiply all by one number")
    trials, n, factors = levels.shape
    k = len(rules.virtual)
    names = [arm for arm, _ in rules.ratio]
    arm_of = np.array([names.index(arm) for arm in rules.virtual])
    totals = np.zeros((trials, factors, max(len(f.levels) for f in rules.factors), k), np.int64)
    overall = np.zeros((trials, k), np.int64)
    virtual = np.empty((trials, n), np.int64)
    best, chance = np.empty((trials, n)), np.empty((n, len(names)))
    rows, columns = np.arange(trials), np.arange(factors)
    for t in range(n):
        row = totals[rows[:, None], columns, levels[:, t]]  # (trials, factors, k)
        p = _probabilities(rules, _scores(rules, row, weights), overall)
        edge = np.floor(np.cumsum(p, axis=1) * DRAWS + 0.5)  # whole for p with 12 decimals
        virtual[:, t] = np.minimum((drawn[:, t, None] >= edge).sum(axis=1), k - 1)
        by_arm = np.stack([p[:, arm_of == a].sum(axis=1) for a in range(len(names))], axis=1)
        best[:, t], chance[t] = by_arm.max(axis=1), by_arm.mean(axis=0)
        totals[rows[:, None], columns, levels[:, t], virtual[:, t, None]] += 1
        overall[rows, virtual[:, t]] += 1
    return SimulatedTrials(virtual, arm_of[virtual], best, chance)


def _scores(rules: Minimisation, row: Codes, weights: Codes) -> Codes:
    k = row.shape[2]
    after = row[:, :, None, :] + np.eye(k, dtype=np.int64)  # (trials, factors, candidate, k)
    if rules.measure == "range":
        imbalance = after.max(axis=3) - after.min(axis=3)
    else:
        imbalance = k * (after * after).sum(axis=3) - after.sum(axis=3) ** 2
    scores: Codes = (imbalance * weights[:, None]).sum(axis=1)
    return scores


def _probabilities(rules: Minimisation, scores: Codes, overall: Codes) -> Floats:
    k = scores.shape[1]
    best = scores == scores.min(axis=1, keepdims=True)
    if rules.tie == "overall":
        held = np.where(best, overall, np.iinfo(np.int64).max)
        best = held == held.min(axis=1, keepdims=True)
    p, ties = float(rules.p), best.sum(axis=1, keepdims=True)
    rest = (1 - p) / (k - 1)
    found: Floats = np.where(best, (p + (ties - 1) * rest) / ties, rest)
    return found
