"""Arms and intervals: the two smallest values that every room shares."""

from dataclasses import dataclass

__all__ = ["Arm", "Interval"]


@dataclass(frozen=True)
class Arm:
    """An arm of the trial: its id in the protocol, its label in print, whether it is the control.

    >>> Arm("CTL", "No adjuvant treatment", control=True).id
    'CTL'
    """

    id: str
    label: str
    control: bool = False


@dataclass(frozen=True)
class Interval:
    """A closed interval with its confidence level; a limit may be NaN (not reached) or infinite.

    >>> 0.59 in Interval(0.40, 0.88)
    True
    """

    lower: float
    upper: float
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError(f"lower limit {self.lower} lies above upper limit {self.upper}")
        if not 0 < self.level < 1:
            raise ValueError(f"level is {self.level}; expected a probability such as 0.95")

    def __contains__(self, value: float) -> bool:
        return self.lower <= value <= self.upper
