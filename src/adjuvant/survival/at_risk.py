"""The table under a Kaplan-Meier figure: at risk, censored and events per arm and tick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import number_at_risk
from adjuvant.survival.risk_table import check_times, require_rows

__all__ = ["AtRisk", "at_risk_table"]


@dataclass(frozen=True, eq=False)
class AtRisk:
    """One arm's numbers just before each time (q,), sums of weights where rows have weights.

    at_risk   rows with entry < t <= time.
    censored  rows censored before t, cumulative.
    events    rows with an event of any cause before t, cumulative.
    """

    label: str
    time: Floats
    at_risk: Floats
    censored: Floats
    events: Floats

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def at_risk_table(data: TimeToEvent, times: ArrayLike) -> tuple[AtRisk, ...]:
    """Count each arm's rows at risk, censored and with an event just before the given times (q,).

    The three add up to the rows that have entered: without late entry, to the arm's size.
    Raises    NotEnoughData when there is no row, or an arm has none.
    Source    Morris et al. 2019, the KMunicate table (BMJ Open 9:e030215).

    >>> table = at_risk_table(TimeToEvent([2, 4, 6], [1, 0, 1]), [0, 4, 6])[0]
    >>> table.at_risk.tolist(), table.censored.tolist(), table.events.tolist()
    ([3.0, 2.0, 1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0])
    """
    asked = check_times(times)
    labels = data.arm_labels if data.arm is not None else ("",)
    arm = np.zeros(data.n, dtype=np.int64) if data.arm is None else data.arm
    require_rows(labels, np.bincount(arm, minlength=len(labels)) > 0)
    return tuple(
        AtRisk(
            label,
            asked,
            number_at_risk(data, code, asked),
            _ended_before(data, (arm == code) & (data.event == 0), asked),
            _ended_before(data, (arm == code) & (data.event > 0), asked),
        )
        for code, label in enumerate(labels)
    )


def _ended_before(data: TimeToEvent, chosen: np.ndarray, times: Floats) -> Floats:
    order = np.argsort(data.time[chosen], kind="stable")
    total = np.concatenate(([0.0], np.cumsum(data.weights[chosen][order])))
    return total[np.searchsorted(data.time[chosen][order], times, side="left")]
