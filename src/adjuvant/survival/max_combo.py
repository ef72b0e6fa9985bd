"""MaxCombo: the best of several Fleming-Harrington tests, with an exact joint p-value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.log_rank import arm_counts
from adjuvant.survival.normal_orthant import probability_outside
from adjuvant.survival.risk_table import require_two_arms
from adjuvant.survival.weighted_log_rank import FlemingHarrington, cell_weights

__all__ = ["MaxCombo", "max_combo"]


@dataclass(frozen=True, eq=False)
class MaxCombo:
    """Weighted scores of the treatment arm (j,), their joint law, and the p-value of the best.

    p_two_sided  P(some |Z| > max_abs_z); p_one_sided  P(some Z < min z): treatment better.
    """

    weights: tuple[tuple[float, float], ...]
    score: Floats
    covariance: Floats
    z: Floats
    correlation: Floats
    max_abs_z: float
    p_two_sided: float
    p_one_sided: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def max_combo(
    data: TimeToEvent,
    weights: Sequence[tuple[float, float]] = ((0, 0), (0, 1), (1, 0), (1, 1)),
) -> MaxCombo:
    """Test two arms by the largest of several Fleming-Harrington (rho, gamma) statistics.

    The p-value comes from the multivariate normal law of the statistics by deterministic
    quadrature (error below 1e-9), not by simulation; the default four are linearly dependent
    (1 = S + (1 - S)), which it allows. Strata are used as in `weighted_log_rank`.
    Raises    as `log_rank`; NotEstimable when a weight leaves no variance.
    Source    Lee 2007; Karrison 2016 (Stata J 16:678).

    >>> data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], arm=[0, 0, 1, 0, 1, 1])
    >>> 0 < max_combo(data).p_two_sided < 1
    True
    """
    require_two_arms(data, "MaxCombo")
    chosen = [FlemingHarrington(float(rho), float(gamma)) for rho, gamma in weights]
    if not chosen or len(set(chosen)) < len(chosen):
        raise InvalidData("give at least one (rho, gamma), each of them once")
    counts = arm_counts(data)
    w = np.stack([cell_weights(data, counts, weight) for weight in chosen])
    n, d = counts.at_risk.sum(axis=1), counts.events.sum(axis=1)
    if not d.any():
        raise NotEnoughData("no event was seen; MaxCombo needs at least one")
    share = counts.at_risk[:, 1] / n
    spread = d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1)
    score: Floats = w @ (counts.events[:, 1] - d * share)
    covariance: Floats = (w * spread) @ w.T
    deviation = np.sqrt(np.diag(covariance))
    for weight, sd in zip(chosen, deviation, strict=True):
        if sd == 0:
            raise NotEstimable(
                f"weight ({weight.rho:g}, {weight.gamma:g}) leaves no event time that separates "
                "the arms; leave it out"
            )
    correlation = covariance / np.outer(deviation, deviation)
    z = score / deviation
    best = float(np.abs(z).max())
    everywhere = np.full(len(z), np.inf)
    limit = np.full(len(z), best)
    return MaxCombo(
        tuple((weight.rho, weight.gamma) for weight in chosen),
        score,
        covariance,
        z,
        correlation,
        best,
        probability_outside(correlation, -limit, limit),
        probability_outside(correlation, np.full(len(z), float(z.min())), everywhere),
    )
