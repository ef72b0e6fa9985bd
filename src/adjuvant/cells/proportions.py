"""Infusions given of scheduled, as a proportion that knows what its interval accounts for.

Infusions of one patient are not independent: who misses one misses others. From patients' data the
interval accounts for that (patients are the units); from a bare "370 of 380" there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from scipy.special import betaincinv

from adjuvant.core import Codes, InvalidData, NotEnoughData

__all__ = [
    "DoseProportion",
    "bootstrap_proportion",
    "exact_limits",
    "infusions_given",
    "summary_proportion",
]


@dataclass(frozen=True)
class DoseProportion:
    """Infusions given of scheduled; `ci` is None where the data cannot give one.

    method    how the interval was made; accounts_for_patients: whether it knows that infusions of
              one patient belong together.
    """

    given: int
    scheduled: int
    ci: tuple[float, float] | None
    level: float
    method: str
    accounts_for_patients: bool

    @property
    def proportion(self) -> float:
        """given / scheduled."""
        return self.given / self.scheduled


def summary_proportion(given: int, scheduled: int) -> DoseProportion:
    """Return a proportion known only as two numbers, without an interval.

    370 of 380 infusions may be ten patients who each missed one, or two who missed five: the
    interval differs, and the numbers do not say which. `exact_limits` gives what would hold if
    infusions were independent; it must be printed as that.

    >>> found = summary_proportion(370, 380)
    >>> round(found.proportion, 3), found.ci, found.method
    (0.974, None, 'no interval: infusions are clustered in patients, whose data were not given')
    """
    _counts(given, scheduled)
    words = "no interval: infusions are clustered in patients, whose data were not given"
    return DoseProportion(given, scheduled, None, 0.95, words, False)


def exact_limits(given: int, scheduled: int, level: float = 0.95) -> DoseProportion:
    """Return the exact interval that would hold if infusions were independent; marked as that.

    Source    Clopper and Pearson 1934, Biometrika 26:404; agrees with binom.test, R stats 4.2.

    >>> found = exact_limits(370, 380)
    >>> [round(limit, 4) for limit in found.ci], found.accounts_for_patients
    ([0.9521, 0.9873], False)
    """
    _counts(given, scheduled)
    tail, missed = (1 - level) / 2, scheduled - given
    low = 0.0 if given == 0 else float(betaincinv(given, missed + 1, tail))
    high = 1.0 if missed == 0 else float(betaincinv(given + 1, missed, 1 - tail))
    words = "exact (Clopper-Pearson), as if infusions were independent: too narrow in general"
    return DoseProportion(given, scheduled, (low, high), level, words, False)


def infusions_given(
    given: Sequence[int], scheduled: Sequence[int], level: float = 0.95
) -> DoseProportion:
    """Return infusions given of scheduled over patients, with a cluster-robust interval.

    given, scheduled   (patients,) whole numbers; a patient with nothing scheduled counts for none.
    Raises    InvalidData for given > scheduled or negative numbers; NotEnoughData under 2 patients.

    The variance is the sandwich of the ratio, n/(n-1) sum (given - p scheduled)^2 / (sum
    scheduled)^2 over n patients; limits are normal on the logit scale. Where it is zero it says
    nothing: for p of 1 or 0 the exact limits of n (or 0) of n patients are given; for patients who
    all have one share, those of independent infusions, and marked so.
    Source    Cochran 1977, Sampling Techniques, 6.3 (ratio estimate of a clustered proportion).

    >>> found = infusions_given([5, 5, 5, 2, 5, 4], [5, 5, 5, 5, 5, 5])
    >>> round(found.proportion, 3), [round(limit, 3) for limit in found.ci]
    (0.867, [0.549, 0.972])
    """
    g, m = _patients(given, scheduled)
    total, done = int(m.sum()), int(g.sum())
    n = len(g)
    if done in (0, total):
        all_or_none = exact_limits(n if done else 0, n, level)
        words = (
            "exact over patients: nobody missed any" if done else "exact over patients: none given"
        )
        return DoseProportion(done, total, all_or_none.ci, level, words, True)
    p = done / total
    variance = n / (n - 1) * float(((g - p * m) ** 2).sum()) / total**2
    # By what was given, in whole numbers: a difference of rounding is no variance.
    if np.all(g * total == m * done):
        alike = exact_limits(done, total, level)
        words = "exact, as if infusions were independent: every patient has the same share"
        return replace(alike, method=words)
    logit = np.log(p / (1 - p))
    half = NormalDist().inv_cdf(0.5 + level / 2) * variance**0.5 / (p * (1 - p))
    low, high = (float(1 / (1 + np.exp(-x))) for x in (logit - half, logit + half))
    words = "cluster-robust (sandwich over patients), logit"
    return DoseProportion(done, total, (low, high), level, words, True)


def bootstrap_proportion(
    given: Sequence[int],
    scheduled: Sequence[int],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    samples: int = 2000,
) -> DoseProportion:
    """Return infusions given of scheduled, with the percentile interval of resampled patients.

    >>> rng = np.random.default_rng(1)
    >>> found = bootstrap_proportion([5, 5, 5, 2, 5, 4], [5, 5, 5, 5, 5, 5], rng)
    >>> found.ci[0] < found.proportion < found.ci[1]
    True
    """
    g, m = _patients(given, scheduled)
    drawn = rng.integers(0, len(g), (samples, len(g)))
    shares = g[drawn].sum(axis=1) / m[drawn].sum(axis=1)
    tail = (1 - level) / 2
    low, high = (float(x) for x in np.quantile(shares, [tail, 1 - tail]))
    words = f"bootstrap of patients, percentiles of {samples} samples"
    return DoseProportion(int(g.sum()), int(m.sum()), (low, high), level, words, True)


def _counts(given: int, scheduled: int) -> None:
    if scheduled < 1:
        raise NotEnoughData("no infusion was scheduled; there is no proportion")
    if not 0 <= given <= scheduled:
        raise InvalidData(f"{given} given of {scheduled} scheduled; correct one of the two")


def _patients(given: Sequence[int], scheduled: Sequence[int]) -> tuple[Codes, Codes]:
    if len(given) != len(scheduled):
        raise InvalidData(f"{len(given)} patients given, {len(scheduled)} scheduled")
    for row, (g, m) in enumerate(zip(given, scheduled, strict=True), 1):
        if not 0 <= g <= m or int(g) != g or int(m) != m:
            raise InvalidData(f"patient {row}: {g} given of {m} scheduled; correct one of the two")
    pairs = [(int(g), int(m)) for g, m in zip(given, scheduled, strict=True) if m]
    if len(pairs) < 2:
        raise NotEnoughData(f"{len(pairs)} patients had infusions scheduled; give 2 or more")
    return np.array([g for g, _ in pairs]), np.array([m for _, m in pairs])
