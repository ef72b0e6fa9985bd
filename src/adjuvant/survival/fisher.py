"""Fisher's exact test and the conditional odds ratio of a two-by-two table."""

from dataclasses import dataclass
from math import exp, inf

import numpy as np
from scipy.special import gammaln

from adjuvant.core import Floats, InvalidData, NotEnoughData
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.root import falling_root
from adjuvant.survival.two_by_two import TwoByTwo

__all__ = ["FisherExact", "fisher_exact"]

# Two tables count as equally likely within this factor: their probabilities carry rounding.
_AS_LIKELY = 1 + 1e-7


@dataclass(frozen=True)
class FisherExact:
    """Two-sided p-value, conditional maximum-likelihood odds ratio and its exact limits."""

    p_value: float
    odds_ratio: float
    ci: tuple[float, float]
    level: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def fisher_exact(table: TwoByTwo, level: float = 0.95) -> FisherExact:
    """Return Fisher's exact test: tables as likely as this one or less, margins fixed.

    Returns   the odds ratio that makes the observed count the expected one, 0 or infinite at the
              ends of its range, with limits whose tails hold (1 - level) / 2 each.
    Raises    NotEnoughData when nobody or everybody has the event.
    Source    Fisher 1935; Cornfield 1956; agrees with fisher.test, R 4.2.

    >>> round(fisher_exact(TwoByTwo(45, 76, 57, 74)).p_value, 6)
    0.023212
    """
    if not 0 < level < 1:
        raise InvalidData(f"level is {level}; write a probability such as 0.95")
    if table.events in (0, table.n):
        raise NotEnoughData("nobody or everybody has the event; there is nothing to test")
    counts, log_weight = _conditional(table)
    x = table.events_treatment
    chances = _chances(log_weight, counts, 0.0)
    here = chances[int(x - counts[0])]
    p_value = min(float(chances[chances <= here * _AS_LIKELY].sum()), 1.0)
    half = (1 - level) / 2
    lower = upper = estimate = None
    if x == counts[0]:
        lower, estimate = 0.0, 0.0
    if x == counts[-1]:
        upper, estimate = inf, inf

    def mean(log_odds: float) -> float:
        return x - float(_chances(log_weight, counts, log_odds) @ counts)

    def above(log_odds: float) -> float:
        return half - float(_chances(log_weight, counts, log_odds)[counts >= x].sum())

    def below(log_odds: float) -> float:
        return float(_chances(log_weight, counts, log_odds)[counts <= x].sum()) - half

    return FisherExact(
        p_value,
        exp(falling_root(mean, -700.0, 700.0)) if estimate is None else estimate,
        (
            exp(falling_root(above, -700.0, 700.0)) if lower is None else lower,
            exp(falling_root(below, -700.0, 700.0)) if upper is None else upper,
        ),
        level,
    )


def _conditional(table: TwoByTwo) -> tuple[Floats, Floats]:
    """Return the counts possible in the treatment arm given the margins, and log weights."""
    n1, n0, events = table.n_treatment, table.n_control, table.events
    k = np.arange(max(0, events - n0), min(n1, events) + 1, dtype=np.float64)
    log_weight: Floats = -(
        gammaln(k + 1)
        + gammaln(n1 - k + 1)
        + gammaln(events - k + 1)
        + gammaln(n0 - events + k + 1)
    )
    return k, log_weight


def _chances(log_weight: Floats, counts: Floats, log_odds: float) -> Floats:
    """Return the probability of each count (non-central hypergeometric)."""
    log_chance = log_weight + counts * log_odds
    chance: Floats = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    return chance
