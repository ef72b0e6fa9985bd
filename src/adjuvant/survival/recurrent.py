"""The mean cumulative function: expected number of recurrent events per subject."""

from dataclasses import dataclass, replace

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, Numbers, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.ordering import ordering
from adjuvant.survival.risk_table import RiskTable, risk_table

__all__ = ["MeanCumulative", "mean_cumulative_function"]


@dataclass(frozen=True, eq=False)
class MeanCumulative:
    """One arm's mean number of events per subject by each of its distinct times."""

    label: str
    time: Numbers
    number_at_risk: Floats
    events: Floats
    mean: Floats
    std_error: Floats
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def mean_cumulative_function(data: TimeToEvent) -> tuple[MeanCumulative, ...]:
    """Estimate the mean number of events per subject over time, in each arm.

    data      one row per interval (entry, time] of a subject, event 1 if it ends in an event;
              subject (n,) names the rows of one subject (None: every row its own).
    Returns   the sum of d / n, with the robust standard error that lets events of one subject
              be correlated.
    Raises    InvalidData when intervals of a subject overlap, a subject is in two arms, or rows
              have weights; NotEnoughData for an arm without a row.

    Source    Nelson 1988; Lawless & Nadeau 1995.

    >>> data = TimeToEvent([2, 5, 4], [1, 0, 0], entry=[0, 2, 0], subject=("a", "a", "b"))
    >>> mean_cumulative_function(data)[0].mean.tolist()
    [0.5, 0.5, 0.5]
    """
    if data.weight is not None:
        raise InvalidData("the mean cumulative function takes no case weights")
    table = risk_table(data)
    rows = _sorted_rows(data)
    arms = range(len(table.labels))
    return tuple(replace(_arm(table, rows, arm), unit=data.unit) for arm in arms)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Intervals by subject and time, (n,): first and last time index, event, arm, subject.

    gap_ends  time index at which the same subject's next interval begins; beyond the last time
              for a subject's last interval.
    """

    entry: Codes
    rank: Codes
    event: Floats
    arm: Codes
    first: np.ndarray
    gap_ends: Codes


def _sorted_rows(data: TimeToEvent) -> _Rows:
    order = ordering(data)
    rank = order.rank
    entry = np.zeros_like(rank) if order.entry_rank is None else order.entry_rank
    if data.subject is None:
        subject = np.arange(data.n)
    else:
        subject = np.unique(np.array(data.subject), return_inverse=True)[1].reshape(-1)
    arm = np.zeros_like(rank) if data.arm is None else data.arm
    by = np.lexsort((rank, subject))
    subject, entry, rank, arm = subject[by], entry[by], rank[by], arm[by]
    same = subject[1:] == subject[:-1]
    if (same & (arm[1:] != arm[:-1])).any():
        raise InvalidData("a subject has rows in two arms; give each subject one arm")
    if (same & (entry[1:] <= rank[:-1])).any():
        raise InvalidData(
            "intervals of a subject overlap; give entry and time of consecutive intervals"
        )
    gap_ends = np.full(data.n, len(order.times))
    gap_ends[:-1][same] = entry[1:][same]
    first = np.concatenate(([True], ~same))
    return _Rows(entry, rank, (data.event[by] > 0).astype(np.float64), arm, first, gap_ends)


def _arm(table: RiskTable, rows: _Rows, arm: int) -> MeanCumulative:
    keep = table.present[:, arm]
    n, d = table.at_risk[:, arm], table.events[:, arm]
    at_risk = np.where(n > 0, n, 1.0)
    mean = np.cumsum(d / at_risk)
    std_error = np.sqrt(np.maximum(_robust_variance(rows, arm, at_risk, d), 0.0))
    return MeanCumulative(
        table.labels[arm], table.times[keep], n[keep], d[keep], mean[keep], std_error[keep]
    )


def _robust_variance(rows: _Rows, arm: int, n: Floats, d: Floats) -> Floats:
    """Return at each time the sum over subjects of their squared influence on the mean.

    A subject's influence falls by d / n^2 at each time it is at risk and jumps by 1 / n at its
    own events. While at risk it equals K - G(t), with K constant within the interval and G the
    running sum of d / n^2; between intervals and after the last it stands still.
    """
    mine = rows.arm == arm
    entry, rank, first = rows.entry[mine], rows.rank[mine], rows.first[mine]
    fall: Floats = np.concatenate(([0.0], np.cumsum(d / n**2))).astype(np.float64)
    change = fall[entry] - fall[rank + 1] + rows.event[mine] / n[rank]
    running = np.cumsum(change)
    owner = np.cumsum(first) - 1
    at_start = (running - change)[first]
    after = running - at_start[owner]
    level = after - change + fall[entry]
    m = len(n)

    def total(start: Codes, stop: Codes, values: Floats) -> Floats:
        steps = np.bincount(start, values, minlength=m + 1)
        steps = steps - np.bincount(stop, values, minlength=m + 1)
        found: Floats = np.add.accumulate(steps)[:m].astype(np.float64)
        return found

    fallen = fall[1:]
    active: Floats = total(entry, rank, level**2) - 2 * fallen * total(entry, rank, level)
    active += fallen**2 * total(entry, rank, np.ones(len(level)))
    still: Floats = total(rank, rows.gap_ends[mine], after**2)
    return active + still
