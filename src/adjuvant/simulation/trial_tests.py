"""The tests a simulated trial may use; Z > 0 favours the experimental arm."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from adjuvant.core import InvalidInput, TimeToEvent

__all__ = [
    "CoxTest",
    "LogRankTest",
    "MaxComboTest",
    "MilestoneTest",
    "OwnTest",
    "RmstTest",
    "Test",
]


@dataclass(frozen=True)
class LogRankTest:
    """The log-rank test with weights S(t-)^rho (1 - S(t-))^gamma of the pooled Kaplan-Meier.

    rho, gamma   (0, 0) is the log-rank test itself.
    delay        instead of them: the modestly weighted test, 1 / max(S(t-), S(delay)).
    stratified   scores and variances are summed over the strata.
    Source       Fleming & Harrington 1991; Magirr & Burman 2019.

    >>> LogRankTest(gamma=1).delay is None
    True
    """

    rho: float = 0.0
    gamma: float = 0.0
    delay: float | None = None
    stratified: bool = False

    def __post_init__(self) -> None:
        for name in ("rho", "gamma"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected 0 or more")
        if self.delay is not None and (self.rho or self.gamma):
            raise InvalidInput("give rho and gamma, or a delay, not both")
        if self.delay is not None and not 0 <= self.delay < math.inf:
            raise InvalidInput(f"delay is {self.delay}; expected a time of 0 or later")


@dataclass(frozen=True)
class MaxComboTest:
    """The best of several Fleming-Harrington tests; Z is the normal quantile of 1 - p one-sided.

    >>> len(MaxComboTest().weights)
    2
    """

    weights: tuple[tuple[float, float], ...] = ((0.0, 0.0), (0.0, 1.0))
    stratified: bool = False

    def __post_init__(self) -> None:
        weights = tuple((float(rho), float(gamma)) for rho, gamma in self.weights)
        object.__setattr__(self, "weights", weights)
        if len(weights) < 2 or len(set(weights)) < len(weights):
            raise InvalidInput(f"weights are {list(weights)}; expected at least two, each once")
        if min(min(pair) for pair in weights) < 0:
            raise InvalidInput(f"weights are {list(weights)}; none may lie below 0")


@dataclass(frozen=True)
class RmstTest:
    """The difference in restricted mean survival to `horizon`, with Greenwood's variance.

    An arm whose follow-up ends before the horizon keeps its last survival up to it.
    """

    horizon: float

    def __post_init__(self) -> None:
        _above_zero("horizon", self.horizon)


@dataclass(frozen=True)
class MilestoneTest:
    """The difference in Kaplan-Meier survival at one time, with Greenwood's variance."""

    time: float

    def __post_init__(self) -> None:
        _above_zero("time", self.time)


@dataclass(frozen=True)
class CoxTest:
    """Wald's test of the hazard ratio in a Cox model with the arm alone (Efron's ties).

    null_hazard_ratio   1, or the margin that a non-inferiority trial excludes.

    >>> CoxTest(null_hazard_ratio=1.3).stratified
    False
    """

    stratified: bool = False
    null_hazard_ratio: float = 1.0

    def __post_init__(self) -> None:
        _above_zero("null_hazard_ratio", self.null_hazard_ratio)


@dataclass(frozen=True)
class OwnTest:
    """A test of your own: a function of the data at a look that returns Z > 0 for experimental.

    function   takes a TimeToEvent with arms 0 (control) and 1; must not draw random numbers.
    name       stands for it in the start of the random numbers and in kept chunks.

    >>> from adjuvant.survival import log_rank
    >>> OwnTest(lambda data: -log_rank(data).z, name="log-rank").name
    'log-rank'
    """

    function: Callable[[TimeToEvent], float] = field(compare=False)
    name: str


Test = LogRankTest | MaxComboTest | RmstTest | MilestoneTest | CoxTest | OwnTest


def _above_zero(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise InvalidInput(f"{name} is {value}; expected a number above 0")
