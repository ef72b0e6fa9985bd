"""The Nelson-Aalen estimate of the cumulative hazard."""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import Floats, Numbers, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.risk_table import risk_table

__all__ = ["CumulativeHazard", "nelson_aalen"]


@dataclass(frozen=True, eq=False)
class CumulativeHazard:
    """One arm's cumulative hazard and its standard error at all its distinct times."""

    label: str
    time: Numbers
    number_at_risk: Floats
    events: Floats
    cumulative_hazard: Floats
    std_error: Floats
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def nelson_aalen(data: TimeToEvent) -> tuple[CumulativeHazard, ...]:
    """Estimate each arm's cumulative hazard as the sum of d/n, variance the sum of d/n^2.

    Raises    NotEnoughData when there is no row, or an arm has none.
    Source    Nelson 1972; Aalen 1978; agrees with survfit()$cumhaz, R survival 3.5-3.

    >>> nelson_aalen(TimeToEvent([1, 2, 2, 4], [1, 1, 0, 0]))[0].cumulative_hazard.round(4).tolist()
    [0.25, 0.5833, 0.5833]
    """
    table = risk_table(data)
    found = []
    for arm, label in enumerate(table.labels):
        keep = table.present[:, arm]
        n, d = table.at_risk[keep, arm], table.events[keep, arm]
        at_risk = np.where(n > 0, n, 1.0)  # Rows of weight 0 alone: d is 0 as well.
        hazard: Floats = np.cumsum(d / at_risk)
        variance: Floats = np.cumsum(d / at_risk**2)
        error = np.sqrt(variance)
        found.append(CumulativeHazard(label, table.times[keep], n, d, hazard, error, data.unit))
    return tuple(found)
