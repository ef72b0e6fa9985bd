"""Simultaneous confidence bands of a Kaplan-Meier curve: Hall-Wellner and equal precision."""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np

from adjuvant.core import Floats, InvalidData, NotEnoughData, NotEstimable, Numbers, TimeToEvent
from adjuvant.survival.band_quantiles import equal_precision_value, hall_wellner_value
from adjuvant.survival.confidence_limits import Scale, check_scale, limits_at
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import SurvivalCurve, kaplan_meier
from adjuvant.survival.results import normal_quantile

__all__ = ["BandMethod", "ConfidenceBand", "confidence_band"]

BandMethod = Literal["hall_wellner", "equal_precision"]


@dataclass(frozen=True, eq=False)
class ConfidenceBand:
    """One arm's band over a range of time: the whole curve lies inside with probability `level`.

    time             distinct times (m,) of the range; the first may lie before it, when the range
                     begins inside a step.
    critical_value   what takes the place of the normal quantile (Hall-Wellner: of the bridge).
    a_lower, a_upper n s^2 / (1 + n s^2) at the ends of the range, s^2 Greenwood's sum.
    """

    label: str
    method: BandMethod
    ci: Scale
    level: float
    time: Numbers
    survival: Floats
    lower: Floats
    upper: Floats
    critical_value: float
    a_lower: float
    a_upper: float
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def confidence_band(
    data: TimeToEvent,
    method: BandMethod = "equal_precision",
    *,
    ci: Scale = "log-log",
    level: float = 0.95,
    between: tuple[float, float] | None = None,
) -> tuple[ConfidenceBand, ...]:
    """Return a band per arm that holds the whole survival curve over a range of time.

    method    equal_precision (Nair): pointwise limits widened by one factor; hall_wellner:
              half-width proportional to S (1 + n s^2), narrower late than early.
    ci        scale of the limits, as in `kaplan_meier`.
    between   first and last time of the range, in the data's unit; None: from the first event
              to the last event before the curve reaches 0.
    Raises    NotEnoughData when an arm has no event in the range (or no row); NotEstimable when
              an equal-precision range begins before the first event; InvalidData for weights,
              late entry, an unknown method or an empty range.

    Source    Hall & Wellner 1980; Nair 1984; Borgan & Liestoel 1990; Klein & Moeschberger 2003,
              section 4.4. Critical values are computed, not taken from tables.

    >>> data = TimeToEvent([2, 4, 6, 8, 9, 12], [1, 1, 0, 1, 1, 0])
    >>> band = confidence_band(data)[0]
    >>> band.time.tolist(), round(band.critical_value, 3)
    ([2, 4, 6, 8, 9], 2.943)
    """
    check_scale(ci)
    if method not in ("hall_wellner", "equal_precision"):
        raise InvalidData(f"no band {method!r}; choose hall_wellner or equal_precision")
    if data.weight is not None or data.entry is not None:
        raise InvalidData("simultaneous bands take neither case weights nor late entry")
    if between is not None and not between[0] <= between[1]:
        raise InvalidData(f"the range {between[0]} to {between[1]} is empty")
    curves = kaplan_meier(data).curves
    return tuple(
        replace(_band(curve, method, ci, level, between), unit=data.unit) for curve in curves
    )


def _band(
    curve: SurvivalCurve,
    method: BandMethod,
    ci: Scale,
    level: float,
    between: tuple[float, float] | None,
) -> ConfidenceBand:
    n = float(curve.number_at_risk[0])
    used = _range(curve, between)
    survival, std_error = curve.survival[used], curve.std_error[used]
    scaled = n * (std_error / survival) ** 2
    share = scaled / (1 + scaled)
    a, b = float(share[0]), float(share[-1])
    if method == "equal_precision":
        if a <= 0:
            raise NotEstimable(
                f"an equal-precision band of arm {curve.label!r} must begin at an event: "
                f"the first is at {curve.time[curve.events > 0][0]:g}"
            )
        value = equal_precision_value(level, a, b)
        half = value * std_error
    else:
        # A range of one step is one normal value: the bridge at a single place.
        single = normal_quantile(level) * sqrt(a * (1 - a))
        value = hall_wellner_value(level, a, b) if a < b else single
        half = value * survival * (1 + scaled) / sqrt(n)
    lower, upper = limits_at(survival, half, ci)
    return ConfidenceBand(
        curve.label, method, ci, level, curve.time[used], survival, lower, upper, value, a, b
    )


def _range(curve: SurvivalCurve, between: tuple[float, float] | None) -> np.ndarray:
    """Return the indices of the times inside the range at which the curve is above 0."""
    events = np.flatnonzero((curve.events > 0) & (curve.survival > 0))
    if between is None:
        used = np.arange(events[0], events[-1] + 1) if events.size else events
    else:
        inside = (curve.time >= between[0]) & (curve.time <= between[1])
        used = np.flatnonzero(inside & (curve.survival > 0))
        # The curve keeps its last value between its times: the range begins inside a step.
        first = int(np.searchsorted(curve.time, between[0], side="right")) - 1
        if first >= 0 and used.size and used[0] == first + 1 and curve.time[first] < between[0]:
            used = np.concatenate(([first], used))
    if not used.size or not (curve.std_error[used] > 0).any():
        who = f" of arm {curve.label!r}" if curve.label else ""
        raise NotEnoughData(f"no event{who} lies in the range of the band; widen the range")
    return used
