"""Who is at risk, who has an event and who leaves, per distinct time and arm."""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, Mask, NotEnoughData, Numbers, TimeToEvent
from adjuvant.survival.ordering import ordering

__all__ = ["RiskTable", "at_times", "check_times", "last_step", "require_two_arms", "risk_table"]


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Counts at each distinct time (m) of the data in each arm (k; one column without arms).

    times     (m,) distinct times, ascending, as stored.
    at_risk   (m, k) sum of weights of rows with entry < t <= time.
    events    (m, k) sum of weights of rows with an event (of any cause) at t.
    censored  (m, k) sum of weights of rows censored at t.
    present   (m, k) whether the arm has a row that ends at t.
    all_fail  (m, k) whether every row at risk (of positive weight) has its event at t; from
              counts of rows, so that weights cannot blur it.
    labels    (k,) arm labels, ("",) without arms.
    """

    times: Numbers
    at_risk: Floats
    events: Floats
    censored: Floats
    present: Mask
    all_fail: Mask
    labels: tuple[str, ...]


def risk_table(data: TimeToEvent) -> RiskTable:
    """Return the counts of `data` per distinct time and arm.

    Raises    NotEnoughData when there is no row, or an arm has a label but no row.

    >>> table = risk_table(TimeToEvent([5, 3, 5], [1, 1, 0]))
    >>> table.at_risk.ravel().tolist(), table.events.ravel().tolist()
    ([3.0, 2.0], [1.0, 1.0])
    """
    order = ordering(data)
    labels = data.arm_labels if data.arm is not None else ("",)
    m, k = len(order.times), len(labels)
    column = order.rank if data.arm is None else order.rank * k + data.arm
    rows = _leaving(column, data.event, None, m, k)
    present = rows.sum(axis=2) > 0
    require_rows(labels, present.any(axis=0))
    if data.weight is None:
        weighted = rows
    else:
        weighted = _leaving(column, data.event, data.weight, m, k)
        rows = _leaving(column, data.event, (data.weight > 0).astype(np.float64), m, k)
    entering = None
    if order.entry_rank is not None:
        entering = order.entry_rank if data.arm is None else order.entry_rank * k + data.arm
    count = _at_risk(rows, entering, None if data.weight is None else data.weight > 0, m, k)
    at_risk = count if data.weight is None else _at_risk(weighted, entering, data.weight, m, k)
    if data.weight is not None:
        at_risk = np.where(count > 0, at_risk, 0.0)  # Sums of fractions do not return to 0.
    all_fail = (rows[:, :, 1] == count) & (count > 0)
    return RiskTable(
        order.times, at_risk, weighted[:, :, 1], weighted[:, :, 0], present, all_fail, labels
    )


def _leaving(column: Codes, event: Codes, weight: Floats | None, m: int, k: int) -> Floats:
    """Return (m, k, 2) sums of weights per time and arm: censored, with an event."""
    cell = column * 2
    cell += event > 0
    return np.bincount(cell, weight, minlength=2 * m * k).astype(np.float64).reshape(m, k, 2)


def _at_risk(
    leaving: Floats, entering: Codes | None, weight: Floats | Mask | None, m: int, k: int
) -> Floats:
    later: Floats = leaving.sum(axis=2)[::-1].cumsum(axis=0)[::-1]
    if entering is None:
        return later
    entries = np.bincount(entering, weight, minlength=m * k).astype(np.float64).reshape(m, k)
    not_yet: Floats = entries[::-1].cumsum(axis=0)[::-1] - entries
    return later - not_yet


def require_rows(labels: tuple[str, ...], has_rows: Mask) -> None:
    """Refuse data without a row, or with an arm that has none.

    >>> require_rows(("CTL", "IMM"), np.array([True, True]))
    """
    if has_rows.all() and has_rows.size:
        return
    if len(labels) == 1:
        raise NotEnoughData("there is no row to analyse; give at least one subject")
    empty = ", ".join(repr(name) for name, ok in zip(labels, has_rows, strict=True) if not ok)
    raise NotEnoughData(f"arm {empty} has no row; drop the label, or choose the arms with pair()")


def require_two_arms(data: TimeToEvent, what: str) -> None:
    """Refuse data that do not have exactly two arms, each with a row.

    >>> require_two_arms(TimeToEvent([1, 2], [1, 1], arm=[0, 1]), "the score")
    """
    if data.arm is None or len(data.arm_labels) != 2:
        raise InvalidData(
            f"{what} compares two arms; got {len(data.arm_labels)}. Choose them with pair()"
        )
    require_rows(data.arm_labels, np.bincount(data.arm, minlength=2) > 0)


def check_times(times: object) -> Floats:
    """Return the times (q,) asked for as float64; refuse missing ones.

    >>> check_times([365, 730]).tolist()
    [365.0, 730.0]
    """
    asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if asked.ndim != 1 or np.isnan(asked).any():
        raise InvalidData(f"times must be one list of numbers; got {times!r}")
    return asked


def last_step(curve_time: Numbers, times: Floats) -> Codes:
    """Return for each time (q,) the index of the last step at or before it, -1 before the first.

    >>> last_step(np.array([2.0, 5.0]), np.array([1.0, 2.0, 9.0])).tolist()
    [-1, 0, 1]
    """
    return (np.searchsorted(curve_time, times, side="right") - 1).astype(np.int64)


def at_times(values: Floats, steps: Codes, before: float) -> Floats:
    """Return a step function's values (m,) at the steps (q,), `before` where the step is -1.

    >>> at_times(np.array([0.5, 0.25]), np.array([-1, 1]), 1.0).tolist()
    [1.0, 0.25]
    """
    return np.concatenate(([before], values))[steps + 1]
