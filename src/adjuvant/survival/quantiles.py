"""Quantiles of Kaplan-Meier curves with confidence limits, in R's and in SAS's convention."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from adjuvant.core import Floats, InvalidData, Numbers, TimeToEvent
from adjuvant.survival.confidence_limits import Scale
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import SurvivalCurve, kaplan_meier

__all__ = ["Convention", "Quantiles", "reverse_kaplan_meier", "survival_quantile"]

Convention = Literal["r", "sas"]

# Rounding of a product limit: S counts as equal to 1 - p within this distance (R survival).
_EQUAL = 1.5e-8


@dataclass(frozen=True, eq=False)
class Quantiles:
    """One arm's quantiles (q,) with limits, in the data's unit; NaN means not reached.

    of        the time to the event ("survival"), or to the end of the follow-up.
    """

    label: str
    probability: Floats
    quantile: Floats
    lower: Floats
    upper: Floats
    unit: str = "day"
    of: Literal["survival", "follow_up"] = "survival"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def survival_quantile(
    data: TimeToEvent,
    probabilities: Sequence[float] = (0.5,),
    *,
    ci: Scale = "log",
    level: float = 0.95,
    convention: Convention = "r",
) -> tuple[Quantiles, ...]:
    """Return each arm's times by which a fraction p of subjects has had the event.

    probabilities  (q,) each in (0, 1]; 0.5 is the median.
    convention     "r": the smallest t with S(t) <= 1 - p; where S equals 1 - p on a stretch,
                   the middle of the stretch, which ends at the next fall of S or, without one,
                   at the last time. "sas": the same, but a stretch without a later fall has no
                   end, so the quantile is not reached. The two also differ for a limit curve
                   that rises again: "sas" takes the first time at or below 1 - p, "r" the
                   highest step at or below it.
    Returns        quantiles with limits: the same rule on the lower and upper limit curves,
                   which inverts the pointwise interval (Brookmeyer-Crowley). NaN = not reached.
    Raises         InvalidData for a probability outside (0, 1]; NotEnoughData as kaplan_meier.

    Source    Brookmeyer & Crowley 1982; agrees with quantile(survfit()), R survival 3.5-3.

    >>> survival_quantile(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1]))[0].quantile.tolist()
    [2.5]
    """
    asked = _check_probabilities(probabilities)
    if convention not in ("r", "sas"):
        raise InvalidData(f"no quantile convention {convention!r}; choose 'r' or 'sas'")
    found = kaplan_meier(data, ci=ci, level=level)
    return tuple(_of_curve(curve, asked, convention, data.unit) for curve in found.curves)


def reverse_kaplan_meier(
    data: TimeToEvent,
    probabilities: Sequence[float] = (0.5,),
    *,
    ci: Scale = "log",
    level: float = 0.95,
) -> tuple[Quantiles, ...]:
    """Return each arm's quantiles of follow-up: events and censorings exchanged.

    A subject who had the event counts as censored then, because its follow-up would have gone on.
    Source    Schemper & Smith 1996; agrees with survfit(Surv(time, 1 - status)).

    >>> reverse_kaplan_meier(TimeToEvent([2, 4, 6], [1, 0, 0]))[0].quantile.tolist()
    [5.0]
    """
    found = survival_quantile(data.censoring_as_event(), probabilities, ci=ci, level=level)
    return tuple(replace(arm, of="follow_up") for arm in found)


def _check_probabilities(probabilities: Sequence[float]) -> Floats:
    asked = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    bad = asked[~((asked > 0) & (asked <= 1))]
    if bad.size:
        raise InvalidData(f"probability {bad[0]} is outside (0, 1]; the median is 0.5")
    return asked


def _of_curve(curve: SurvivalCurve, asked: Floats, convention: Convention, unit: str) -> Quantiles:
    quantile, lower, upper = (
        np.array([_crossing(curve.time, values, 1 - p, convention) for p in asked])
        for values in (curve.survival, curve.lower, curve.upper)
    )
    return Quantiles(curve.label, asked, quantile, lower, upper, unit)


def _crossing(time: Numbers, values: Floats, target: float, convention: Convention) -> float:
    """Return where a falling step function reaches `target`; undefined steps are left out."""
    defined = ~np.isnan(values)
    time, values = time[defined], values[defined]
    if convention == "r":
        # With few left at risk a limit curve can rise again (log scale). R walks the steps by
        # height, not by time: the limit is the highest step at or below the target.
        falling = np.argsort(-values, kind="stable")
        time, values = time[falling], values[falling]
    reached = np.flatnonzero(values <= target + _EQUAL)
    if not reached.size:
        return float("nan")
    first = reached[0]
    if values[first] < target - _EQUAL:
        return float(time[first])
    falls = np.flatnonzero(values < target - _EQUAL)
    if falls.size:
        return float(time[first] + time[falls[0]]) / 2
    # R finds the end of the stretch only where the curve is defined to its last time.
    open_end = convention == "sas" or not defined[-1]
    return float("nan") if open_end else float(time[first] + time.max()) / 2
