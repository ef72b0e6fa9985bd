"""How many events a log-rank test needs, and what a number of events can show."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from scipy.special import ndtr, ndtri

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import check_ratio
from adjuvant.design.characteristics import design_characteristics
from adjuvant.design.group_sequential import GroupSequentialDesign, check_level, check_power
from adjuvant.design.roots import bracket, root

__all__ = [
    "EventFormula",
    "RequiredEvents",
    "detectable_hazard_ratio",
    "event_factor",
    "events_power",
    "required_events",
    "shift_for",
]

EventFormula = Literal["schoenfeld", "freedman", "hsieh_freedman"]


@dataclass(frozen=True)
class RequiredEvents:
    """A number of events as the formula gives it; `whole` is what a protocol writes."""

    formula: str
    events: float

    @property
    def whole(self) -> int:
        """Smallest whole number of events that is enough."""
        return math.ceil(self.events - 1e-9)


def required_events(
    hazard_ratio: float,
    *,
    formula: EventFormula = "schoenfeld",
    alpha: float = 0.025,
    sided: int = 1,
    power: float = 0.8,
    allocation_ratio: float = 1.0,
    null_hazard_ratio: float = 1.0,
    design: GroupSequentialDesign | None = None,
) -> RequiredEvents:
    """Return the events (both arms together) at which a log-rank test has its power.

    hazard_ratio       experimental / control, the one to detect.
    null_hazard_ratio  1 for superiority; the margin for non-inferiority (schoenfeld only).
    allocation_ratio   experimental : control.
    design             a group-sequential design: alpha and sided are then its own, and the events
                       are those of its last look.
    Raises             InvalidInput for a hazard ratio equal to the null one, or an option that is
                       none.
    Source             Schoenfeld 1981; Freedman 1982; Hsieh 1992.

    The formulas approximate: they hold for hazard ratios near 1 and proportional hazards.

    >>> required_events(0.7).whole
    247
    """
    shift = shift_for(alpha, sided, power, design)
    factor = event_factor(hazard_ratio, formula, allocation_ratio, null_hazard_ratio)
    return RequiredEvents(formula, shift * factor)


def shift_for(
    alpha: float, sided: int, power: float, design: GroupSequentialDesign | None
) -> float:
    """Return the squared drift with the power: (z_alpha + z_beta)^2 for a single look."""
    if design is not None:
        return design_characteristics(design, power).shift
    check_level(alpha, sided)
    check_power(power, alpha / sided)
    return float(ndtri(alpha / sided) + ndtri(1 - power)) ** 2


def event_factor(
    hazard_ratio: float, formula: str, allocation_ratio: float, null_hazard_ratio: float = 1.0
) -> float:
    """Return the events per unit of squared drift."""
    check_ratio("hazard_ratio", hazard_ratio)
    check_ratio("null_hazard_ratio", null_hazard_ratio)
    check_ratio("allocation_ratio", allocation_ratio)
    h, r = hazard_ratio, allocation_ratio
    if h == null_hazard_ratio:
        raise InvalidInput(
            f"hazard_ratio is that of the null, {h}: no number of events shows no effect"
        )
    if formula == "schoenfeld":
        return (1 + r) ** 2 / (r * math.log(h / null_hazard_ratio) ** 2)
    if formula not in get_args(EventFormula):
        raise InvalidInput(
            f"no formula {formula!r}; expected one of {', '.join(get_args(EventFormula))}"
        )
    if null_hazard_ratio != 1:
        raise InvalidInput(f"{formula} tests against 1; use schoenfeld for a margin")
    if formula == "freedman":
        return (1 + r * h) ** 2 / (r * (1 - h) ** 2)
    return (1 + r) ** 2 * (1 + h) ** 2 / (4 * r * (1 - h) ** 2)


def events_power(
    hazard_ratio: float,
    events: float,
    *,
    formula: EventFormula = "schoenfeld",
    alpha: float = 0.025,
    sided: int = 1,
    allocation_ratio: float = 1.0,
    null_hazard_ratio: float = 1.0,
) -> float:
    """Return the power of a single log-rank test in the direction of the effect.

    Raises    InvalidInput as `required_events`.

    >>> round(events_power(0.7, 200), 4)
    0.713
    """
    check_level(alpha, sided)
    check_ratio("events", events)
    factor = event_factor(hazard_ratio, formula, allocation_ratio, null_hazard_ratio)
    return float(ndtr(math.sqrt(events / factor) + ndtri(alpha / sided)))


def detectable_hazard_ratio(
    events: float,
    *,
    formula: EventFormula = "schoenfeld",
    alpha: float = 0.025,
    sided: int = 1,
    power: float = 0.8,
    allocation_ratio: float = 1.0,
    null_hazard_ratio: float = 1.0,
    design: GroupSequentialDesign | None = None,
) -> float:
    """Return the hazard ratio below the null one that so many events detect with the power.

    Raises    InvalidInput as `required_events`; NotConverged where no hazard ratio is detected.

    >>> round(detectable_hazard_ratio(102), 3)
    0.574
    """
    check_ratio("events", events)
    shift = shift_for(alpha, sided, power, design)

    def excess(log_ratio: float) -> float:
        h = null_hazard_ratio * math.exp(log_ratio)
        needed = shift * event_factor(h, formula, allocation_ratio, null_hazard_ratio)
        return math.log(needed / events)

    found = root(excess, *bracket(excess, -1e-6, -0.1, limit=200, what="hazard ratio"))
    return null_hazard_ratio * math.exp(found)
