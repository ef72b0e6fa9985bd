"""A two-by-two table, events among all in a treatment and a control arm, and an effect of it."""

from dataclasses import dataclass
from typing import Literal

from adjuvant.core import InvalidData, NotEnoughData
from adjuvant.survival.export import EXPORTS

__all__ = ["Measure", "Proportion", "TwoByTwo"]

Measure = Literal["difference", "ratio", "odds_ratio"]


@dataclass(frozen=True)
class TwoByTwo:
    """Events and totals in two arms; effects are treatment v control.

    Raises    InvalidData unless 0 <= events <= n, whole numbers; NotEnoughData for an empty arm.

    >>> TwoByTwo(45, 76, 57, 74).risk_treatment.__round__(4)
    0.5921
    """

    events_treatment: int
    n_treatment: int
    events_control: int
    n_control: int

    def __post_init__(self) -> None:
        for arm in ("treatment", "control"):
            events, n = getattr(self, f"events_{arm}"), getattr(self, f"n_{arm}")
            if int(events) != events or int(n) != n or not 0 <= events <= n:
                raise InvalidData(f"{arm}: {events} events among {n}; give whole numbers, 0 to n")
            if n == 0:
                raise NotEnoughData(f"the {arm} arm is empty; there is no risk to compare")

    @property
    def risk_treatment(self) -> float:
        """Events / n in the treatment arm."""
        return self.events_treatment / self.n_treatment

    @property
    def risk_control(self) -> float:
        """Events / n in the control arm."""
        return self.events_control / self.n_control

    @property
    def events(self) -> int:
        """Events in both arms."""
        return self.events_treatment + self.events_control

    @property
    def n(self) -> int:
        """Subjects in both arms."""
        return self.n_treatment + self.n_control


@dataclass(frozen=True)
class Proportion:
    """An effect on risks with its confidence limits; a limit of a ratio may be infinite.

    measure   of risks the "difference" or "ratio", or the "odds_ratio".
    """

    estimate: float
    ci: tuple[float, float]
    level: float
    method: str
    measure: Measure = "difference"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS
