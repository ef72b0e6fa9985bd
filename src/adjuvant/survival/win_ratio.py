"""The win ratio: pairs of patients compared by their outcomes in order of importance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.results import Effect
from adjuvant.survival.risk_table import require_two_arms
from adjuvant.survival.win_ratio_kernels import compare_pairs

__all__ = ["WinRatio", "win_ratio"]


@dataclass(frozen=True)
class WinRatio:
    """Shares of all treatment x control pairs that the treated patient wins, loses, or ties.

    wins, losses, ties  shares that add up to 1; by_outcome: (wins, losses) decided by each.
    ratio               wins / losses; odds counts a tie half to each; both tested on the log
                        scale. net_benefit is wins - losses.
    """

    pairs: int
    level: float
    wins: float
    losses: float
    ties: float
    by_outcome: tuple[tuple[float, float], ...]
    ratio: Effect
    odds: Effect
    net_benefit: Effect

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def win_ratio(outcomes: Sequence[TimeToEvent], *, level: float = 0.95) -> WinRatio:
    """Compare every treated patient with every control by prioritised outcomes.

    outcomes  the most important first (such as death, then recurrence), each with the same rows
              in the same order and the same two arms; one row per subject.
    Returns   for each pair the first outcome that decides it: a patient wins when the other is
              known to have had the event earlier. Variance of a two-sample U-statistic.
    Raises    InvalidData when rows, arms or columns do not fit; NotEstimable when no pair is won
              or none is lost.

    Source    Pocock et al. 2012 (Eur Heart J 33:176); variance Bebu & Lachin 2016
              (Biostatistics 17:178); win odds Brunner et al. 2021.

    >>> death = TimeToEvent([2, 9, 5, 9], [1, 0, 1, 0], arm=[0, 0, 1, 1])
    >>> found = win_ratio([death])
    >>> found.wins, found.losses, found.ties
    (0.5, 0.25, 0.25)
    """
    _check(outcomes)
    arm = outcomes[0].arm
    assert arm is not None
    time = np.stack([outcome.time for outcome in outcomes]).astype(np.float64)
    event = np.stack([outcome.event > 0 for outcome in outcomes])
    wins, losses, by_outcome = compare_pairs(time, event, np.flatnonzero(arm), arm)
    n1, n0 = int((arm == 1).sum()), int((arm == 0).sum())
    pairs = n1 * n0
    won, lost = float(by_outcome[:, 0].sum()) / pairs, float(by_outcome[:, 1].sum()) / pairs
    if won == 0 or lost == 0:
        raise NotEstimable("every decided pair goes to one arm; the win ratio is 0 or infinite")
    # Each row's share of pairs won by the treated patient of the pair, and lost.
    size = np.where(arm == 1, n0, n1)
    shares = wins / size - won, losses / size - lost
    covariance = _covariance(*shares, arm, n1, n0)
    return WinRatio(
        pairs,
        level,
        won,
        lost,
        1 - won - lost,
        tuple((float(w) / pairs, float(x) / pairs) for w, x in by_outcome),
        _log_effect(won / lost, np.array([1 / won, -1 / lost]), covariance, level),
        _win_odds(won, lost, covariance, level),
        Effect.of_difference(won - lost, _spread(np.array([1.0, -1.0]), covariance), level),
    )


def _check(outcomes: Sequence[TimeToEvent]) -> None:
    if not outcomes:
        raise InvalidData("give at least one outcome, the most important first")
    first = outcomes[0]
    require_two_arms(first, "the win ratio")
    assert first.arm is not None
    for number, outcome in enumerate(outcomes, 1):
        if outcome.arm is None or not np.array_equal(outcome.arm, first.arm):
            raise InvalidData(f"outcome {number} has other rows or arms than the first")
        if outcome.weight is not None or outcome.entry is not None:
            raise InvalidData("the win ratio takes neither case weights nor late entry")


def _covariance(wins: Floats, losses: Floats, arm: np.ndarray, n1: int, n0: int) -> Floats:
    """Return the covariance (2, 2) of the shares won and lost."""
    both = np.stack((wins, losses))
    treated, controls = both[:, arm == 1], both[:, arm == 0]
    found: Floats = treated @ treated.T / n1**2 + controls @ controls.T / n0**2
    return found


def _spread(slope: Floats, covariance: Floats) -> float:
    variance = float(slope @ covariance @ slope)
    if variance <= 0:
        raise NotEstimable("all patients of an arm fare alike; the win ratio has no variance")
    return sqrt(variance)


def _log_effect(ratio: float, slope: Floats, covariance: Floats, level: float) -> Effect:
    return Effect.of_log_ratio(log(ratio), _spread(slope, covariance), level)


def _win_odds(won: float, lost: float, covariance: Floats, level: float) -> Effect:
    better = won + 0.5 * (1 - won - lost)
    slope = np.array([0.5, -0.5]) / (better * (1 - better))
    return _log_effect(better / (1 - better), slope, covariance, level)
