"""One arm's state probabilities and their infinitesimal-jackknife standard errors."""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import Codes, Floats, Mask, Numbers, TimeToEvent
from adjuvant.survival.confidence_limits import Scale, confidence_limits
from adjuvant.survival.kaplan_meier import product_limit
from adjuvant.survival.ordering import ordering
from adjuvant.survival.risk_table import RiskTable

__all__ = ["StateCurve", "arm_states"]

_ZERO = 1e-15


@dataclass(frozen=True, eq=False)
class StateCurve:
    """One arm's state probabilities at all its distinct times: arrays (times, states)."""

    label: str
    time: Numbers
    number_at_risk: Floats
    probability: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class _Rows:
    """One arm's rows: first time at risk, last time, event; weights squared, (n,) each."""

    entry: Codes
    rank: Codes
    event: Codes
    square: Floats


def arm_states(
    data: TimeToEvent,
    table: RiskTable,
    arm: int,
    events: Floats,
    causes: tuple[int, ...],
    *,
    ci: Scale,
    level: float,
) -> StateCurve:
    """Return the curve of column `arm`; events (times, causes) are that arm's.

    >>> from adjuvant.survival.risk_table import risk_table
    >>> data = TimeToEvent([1, 2], [1, 0])
    >>> events = np.array([[1.0], [0.0]])
    >>> arm_states(data, risk_table(data), 0, events, (1,), ci="log", level=0.95).std_error.round(4)
    array([[0.3536, 0.3536],
           [0.3536, 0.3536]])
    """
    n = np.where(table.at_risk[:, arm] > 0, table.at_risk[:, arm], 1.0)
    d = table.events[:, arm]
    survival, _ = product_limit(n, d, table.all_fail[:, arm])
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before[:, None] * events / n[:, None], axis=0)
    rows = _rows(data, arm)
    # A late entry after the curve has reached 0 cannot move it any more.
    ratio = np.divide(before, survival, out=np.zeros(len(n)), where=survival > 0)
    std_error = [_survival_error(rows, survival, ratio, n, d)]
    for j, cause in enumerate(causes):
        own = _Own(incidence[:, j], before, events[:, j], rows.event == cause)
        std_error.append(_incidence_error(rows, own, ratio, n, d))
    keep = table.present[:, arm]
    probability = np.column_stack((survival, incidence))[keep]
    errors = np.column_stack(std_error)[keep]
    positive = np.where(probability < _ZERO, 0.0, np.minimum(probability, 1.0))
    lower, upper = confidence_limits(positive, errors, ci, level)
    return StateCurve(
        table.labels[arm],
        table.times[keep],
        table.at_risk[keep, arm],
        probability,
        errors,
        lower,
        upper,
    )


def _rows(data: TimeToEvent, arm: int) -> _Rows:
    order = ordering(data)
    mine = np.ones(data.n, dtype=np.bool_) if data.arm is None else data.arm == arm
    rank = order.rank[mine]
    entry = np.zeros_like(rank) if order.entry_rank is None else order.entry_rank[mine]
    return _Rows(entry, rank, data.event[mine], data.weights[mine] ** 2)


@dataclass(frozen=True, eq=False)
class _Own:
    """The cause of interest: its incidence, survival before, its events (m,); its rows (n,)."""

    incidence: Floats
    before: Floats
    events: Floats
    failed: Mask


def _survival_error(rows: _Rows, survival: Floats, ratio: Floats, n: Floats, d: Floats) -> Floats:
    """Influence of a row on S(t): S(t) (B(min(t, exit)) - B(entry) - [failed] ratio / n)."""
    hazard = _from_zero(ratio * d / n**2)
    start, stop = hazard[rows.entry], hazard[rows.rank + 1]
    done = stop - start - (rows.event > 0) * (ratio / n)[rows.rank]
    m = len(n)
    finished = _finished(rows, done**2, m)
    current = _current(rows, np.ones(len(done)), m) * hazard[1:] ** 2
    current -= 2 * hazard[1:] * _current(rows, start, m)
    current += _current(rows, start**2, m)
    error: Floats = survival * np.sqrt(np.maximum(finished + current, 0.0))
    return error


def _incidence_error(rows: _Rows, own: _Own, ratio: Floats, n: Floats, d: Floats) -> Floats:
    """Influence of a row on F(t), which is linear in F(t): a + F(t) b, frozen once it has left.

    While at risk at u the row moves F(t) by -S(u-) d_j / n^2 + (F(t) - F(u)) ratio d / n^2; its
    own failure adds S(u-) / n for the cause of interest, and -(F(t) - F(u)) ratio / n for any.
    """
    m, f = len(n), own.incidence
    constant = _from_zero(own.before * own.events / n**2 + f * ratio * d / n**2)
    slope = _from_zero(ratio * d / n**2)
    start_a, start_b = constant[rows.entry], slope[rows.entry]
    failed = rows.event > 0
    jump = own.failed * (own.before / n)[rows.rank] + failed * (f * ratio / n)[rows.rank]
    a = start_a - constant[rows.rank + 1] + jump
    b = slope[rows.rank + 1] - start_b - failed * (ratio / n)[rows.rank]
    here = f * slope[1:] - constant[1:]
    parts = [
        _finished(rows, a * a, m),
        2 * f * _finished(rows, a * b, m),
        f * f * _finished(rows, b * b, m),
        here * here * _current(rows, np.ones(len(a)), m),
        2 * here * (_current(rows, start_a, m) - f * _current(rows, start_b, m)),
        _current(rows, start_a**2, m) - 2 * f * _current(rows, start_a * start_b, m),
        f * f * _current(rows, start_b**2, m),
    ]
    total, scale = np.sum(parts, axis=0), np.sum(np.abs(parts), axis=0)
    # Where the moments cancel, as when everybody has failed of one cause, add row by row.
    for j in np.flatnonzero(total < 1e-7 * scale):
        influence = np.where(rows.rank <= j, a + f[j] * b, here[j] + start_a - f[j] * start_b)
        total[j] = np.sum((rows.square * influence**2)[rows.entry <= j])
    error: Floats = np.sqrt(np.maximum(total, 0.0))
    return error


def _from_zero(steps: Floats) -> Floats:
    """Return running sums (m + 1,), beginning with 0 before the first time."""
    return np.concatenate(([0.0], np.cumsum(steps)))


def _finished(rows: _Rows, values: Floats, m: int) -> Floats:
    """Return sums (m,) over rows that ended at or before each time."""
    total: Floats = np.cumsum(np.bincount(rows.rank, rows.square * values, minlength=m))
    return total


def _current(rows: _Rows, values: Floats, m: int) -> Floats:
    """Return sums (m,) over rows at risk at each time that end after it."""
    started = np.bincount(rows.entry, rows.square * values, minlength=m)
    ended = np.bincount(rows.rank, rows.square * values, minlength=m)
    total: Floats = np.cumsum(started - ended)
    return total
