"""What tests and intervals share: a chi-square with its p-value, the normal quantile of a level."""

from dataclasses import dataclass
from math import exp
from typing import ClassVar

from scipy.special import chdtrc, ndtr, ndtri

from adjuvant.core import InvalidData

__all__ = ["Effect", "TestResult", "normal_quantile", "one_sided_p", "two_sided_p"]


@dataclass(frozen=True)
class TestResult:
    """A test's chi-square, its degrees of freedom and its p-value (two-sided by construction).

    >>> round(TestResult.of(3.841459, 1).p_value, 6)
    0.05
    """

    __test__: ClassVar[bool] = False  # The name starts with "Test"; pytest must not collect it.

    chi_square: float
    df: int
    p_value: float

    @classmethod
    def of(cls, chi_square: float, df: int) -> "TestResult":
        """Return the test of `chi_square` (>= 0) on `df` >= 1 degrees of freedom."""
        return cls(float(chi_square), int(df), float(chdtrc(df, chi_square)))


@dataclass(frozen=True)
class Effect:
    """An effect with its confidence limits and two-sided p-value.

    std_error  on the scale of the test: of a difference as it stands, of a ratio's logarithm.

    >>> Effect.of_difference(-0.2, 0.1, 0.95).p_value < 0.05
    True
    """

    estimate: float
    std_error: float
    ci: tuple[float, float]
    p_value: float

    @classmethod
    def of_difference(cls, estimate: float, std_error: float, level: float) -> "Effect":
        """Return the effect of a normal estimate with standard error > 0."""
        half = normal_quantile(level) * std_error
        p_value = two_sided_p(estimate / std_error)
        return cls(float(estimate), float(std_error), (estimate - half, estimate + half), p_value)

    @classmethod
    def of_log_ratio(cls, log_ratio: float, std_error: float, level: float) -> "Effect":
        """Return the ratio whose logarithm is normal with standard error > 0."""
        log = cls.of_difference(log_ratio, std_error, level)
        limits = (exp(log.ci[0]), exp(log.ci[1]))
        return cls(exp(log_ratio), float(std_error), limits, log.p_value)


def normal_quantile(level: float) -> float:
    """Return z with P(|Z| <= z) = level; 0.95 gives 1.959964.

    Raises    InvalidData unless 0 < level < 1.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < level < 1:
        raise InvalidData(f"level is {level}; write a probability such as 0.95")
    return float(ndtri(0.5 + level / 2))


def two_sided_p(z: float) -> float:
    """Return P(|Z| >= |z|) for a standard normal Z.

    >>> round(two_sided_p(-1.959964), 4)
    0.05
    """
    return float(2 * ndtr(-abs(z)))


def one_sided_p(z: float) -> float:
    """Return P(Z <= z): small when z is far below 0 (the treatment arm has fewer events).

    >>> round(one_sided_p(-1.959964), 4)
    0.025
    """
    return float(ndtr(z))
