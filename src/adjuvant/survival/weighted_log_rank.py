"""Weighted log-rank tests: which part of the follow-up counts, chosen before the data are seen."""

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.log_rank import ArmCounts, arm_counts, quadratic_test, treatment_score
from adjuvant.survival.log_rank_kernels import survival_before, weighted_sums
from adjuvant.survival.ordering import ordering

__all__ = [
    "FlemingHarrington",
    "Gehan",
    "ModestlyWeighted",
    "ModifiedPetoPeto",
    "PetoPeto",
    "TaroneWare",
    "Weight",
    "WeightedLogRank",
    "weighted_log_rank",
]


@dataclass(frozen=True)
class FlemingHarrington:
    """Weight S(t-)^rho (1 - S(t-))^gamma of the pooled Kaplan-Meier; (0, 0) is the log-rank test.

    rho > 0 stresses early differences, gamma > 0 late ones. Both must be at least 0.
    """

    rho: float = 0.0
    gamma: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("rho", self.rho), ("gamma", self.gamma)):
            if not (value >= 0 and isfinite(value)):
                raise InvalidData(f"{name} is {value}; Fleming-Harrington weights need 0 or more")


@dataclass(frozen=True)
class Gehan:
    """Weight n, the number at risk (generalised Wilcoxon)."""


@dataclass(frozen=True)
class TaroneWare:
    """Weight sqrt(n), n the number at risk."""


@dataclass(frozen=True)
class PetoPeto:
    """Weight P(t), the product of 1 - d / (n + 1) up to and including t."""


@dataclass(frozen=True)
class ModifiedPetoPeto:
    """Weight P(t) n / (n + 1) (Andersen)."""


@dataclass(frozen=True)
class ModestlyWeighted:
    """Weight 1 / max(S(t-), S(delay)): rises until `delay`, in the data's unit, then stays."""

    delay: float

    def __post_init__(self) -> None:
        if not (self.delay >= 0 and isfinite(self.delay)):
            raise InvalidData(f"delay is {self.delay}; give a time of 0 or later")


Weight = FlemingHarrington | Gehan | TaroneWare | PetoPeto | ModifiedPetoPeto | ModestlyWeighted


@dataclass(frozen=True, eq=False)
class WeightedLogRank:
    """Weighted observed and expected events per arm (k,) and their test.

    variance        (k, k) of observed - expected.
    across_strata   True when one pooled weight function served all strata.
    score, score_variance, z  two arms only: the treatment arm's (code 1) observed - expected,
                    its variance, and z; negative favours the treatment arm. None with more arms.
    """

    weight: Weight
    across_strata: bool
    groups: tuple[str, ...]
    n: Codes
    observed: Floats
    expected: Floats
    variance: Floats
    chi_square: float
    df: int
    p_value: float
    strata: int
    score: float | None = None
    score_variance: float | None = None
    z: float | None = None

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def weighted_log_rank(
    data: TimeToEvent, weight: Weight, *, across_strata: bool = False
) -> WeightedLogRank:
    """Test whether the arms share one hazard, event times weighted by `weight`.

    across_strata  False: the weights come from the pooled arms within each stratum (survdiff).
                   True: from all strata pooled, a different test. No matter without strata.
    Raises         as `log_rank`; NotEstimable when the modest weight is 1 / 0.

    Source    Fleming & Harrington 1991; Gehan 1965; Tarone & Ware 1977; Peto & Peto 1972;
              Andersen 1982; Magirr & Burman 2019. Agrees with survdiff(rho=), R survival 3.5-3.

    >>> data = TimeToEvent([1, 2, 3, 4], [1, 1, 1, 0], arm=[0, 1, 0, 1])
    >>> weighted_log_rank(data, Gehan()).score
    -2.0
    """
    counts = arm_counts(data)
    w = cell_weights(data, counts, weight, across_strata)
    observed, expected, variance = weighted_sums(counts.at_risk, counts.events, w)
    test = quadratic_test(observed, expected, variance)
    score, z = treatment_score(observed, expected, variance)
    return WeightedLogRank(
        weight,
        across_strata,
        data.arm_labels,
        counts.n,
        observed,
        expected,
        variance,
        test.chi_square,
        test.df,
        test.p_value,
        len(counts.cells.start) - 1,
        score,
        None if score is None else float(variance[1, 1]),
        z,
    )


def cell_weights(
    data: TimeToEvent, counts: ArmCounts, weight: Weight, across_strata: bool = False
) -> Floats:
    """Return the weight (cells,) at each distinct time of each stratum.

    >>> data = TimeToEvent([1, 2], [1, 1], arm=[0, 1])
    >>> cell_weights(data, arm_counts(data), Gehan()).tolist()
    [2.0, 1.0]
    """
    times = ordering(data).times[counts.cells.time_index].astype(np.float64)
    if across_strata and data.stratum is not None:
        pooled = arm_counts(data.without_strata())
        return cell_weights(data.without_strata(), pooled, weight)[counts.cells.time_index]
    start = counts.cells.start
    n: Floats = counts.at_risk.sum(axis=1)
    d: Floats = counts.events.sum(axis=1)
    match weight:
        case Gehan():
            return n
        case TaroneWare():
            root: Floats = np.sqrt(n)
            return root
        case PetoPeto():
            return _peto(n, d, start)
        case ModifiedPetoPeto():
            return _peto(n, d, start) * n / (n + 1)
    before = survival_before(counts.at_risk, counts.events, start)
    if isinstance(weight, FlemingHarrington):
        found: Floats = before**weight.rho * (1 - before) ** weight.gamma
        return found
    return _modest(before, times, n, d, start, weight.delay)


def _peto(n: Floats, d: Floats, start: Codes) -> Floats:
    factor = 1 - d / (n + 1)
    return np.concatenate([np.multiply.accumulate(factor[a:b]) for a, b in pairwise(start)])


def _modest(
    before: Floats, times: Floats, n: Floats, d: Floats, start: Codes, delay: float
) -> Floats:
    floor = np.empty(len(before))
    for a, b in pairwise(start):
        last = int(np.searchsorted(times[a:b], delay, side="right")) + a - 1
        at_delay = 1.0 if last < a else before[last] * (n[last] - d[last]) / n[last]
        floor[a:b] = at_delay
    highest = np.maximum(before, floor)
    if (highest[d > 0] <= 0).any():
        raise NotEstimable("survival is 0 before the delay and at later events: weight is 1 / 0")
    return 1 / np.where(highest > 0, highest, 1.0)
