"""Compiled: whole trials of the plain kind, several hundred thousand patients a millisecond.

One stratum, piecewise hazards, dropout, fixed sizes or blocks, the log-rank family. Patients are
drawn arm by arm; each look selects its cut, orders the times at risk and sums the score in one
pass. Nothing is approximated: only the order in which numbers are computed is chosen for speed.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats
from adjuvant.simulation.ordering import Small, count_up_to, largest_up_to, nth_smallest, sort_keys
from adjuvant.simulation.plan import EVENT, LOST, SIZES, Plan
from adjuvant.simulation.rng import Words, exponential, fill_exponentials, fill_uniforms, uniform
from adjuvant.simulation.scores import log_hazard_ratio, score_of_order

__all__ = ["COLUMNS", "PER_LOOK", "Room", "fast_trials", "room_for"]

# Columns of the outcome of a trial: stage stopped at (from 0), decision (1 efficacy, 2 futility,
# 0 neither), effect, its standard error; then for each look time, events, patients, reached, Z,
# effect, its standard error.
COLUMNS, PER_LOOK = 4, 7
BUCKETS = 512
_LARGEST = 1.7976931348623157e308
# Rows of the work array.
ARRIVAL, TIME, LIMIT, WHEN, _DRAWS, _KEYS = 0, 1, 2, 3, 4, 5


class Room(NamedTuple):
    """Arrays that are made once a chunk: six rows of numbers (6, n + 2), keys in order, buckets."""

    work: Floats
    ordered: Codes
    bucket: Small
    counts: Small


def room_for(subjects: int) -> Room:
    """Return the room that trials of so many patients need."""
    return Room(
        np.zeros((6, subjects + 2)),
        np.zeros(subjects + 2, dtype=np.int64),
        np.zeros(subjects + 2, dtype=np.int32),
        np.zeros(BUCKETS + 1, dtype=np.int32),
    )


@njit(cache=True)
def times_of(draws: Floats, table: Floats, out: Floats, low: int, high: int) -> None:
    """Put the times at which cumulative hazards are spent into out[low:high]; inf: never.

    table   (4, pieces) of `Plan.hazards`. Without branches: each piece adds what is spent in it.
    """
    # Unsigned indices: a signed one may be negative, which numba tests at every access.
    first, size = np.uint64(low), high - low
    for i in range(size):
        out[first + np.uint64(i)] = 0.0
    for j in range(table.shape[1]):
        start, width, rate = table[0, j], table[1, j], table[3, j]
        if start == np.inf:
            break
        if rate > 0.0:
            scale = 1.0 / rate
            for i in range(size):
                at = first + np.uint64(i)
                out[at] += max(0.0, min(draws[at] - start, width)) * scale
        else:
            last = j + 1 == table.shape[1] or table[0, j + 1] == np.inf
            jump = np.inf if last else table[2, j + 1] - table[2, j]
            for i in range(size):
                at = first + np.uint64(i)
                out[at] += jump if draws[at] > start else 0.0


@njit(cache=True)
def next_arm(state: Words, left: Codes, block: Codes) -> int:
    """Return the arm of the next patient of a block and take the place; a used block is renewed."""
    if left[0] + left[1] == 0:
        left[0], left[1] = block[0], block[1]
    arm = 1 if uniform(state) * (left[0] + left[1]) < left[1] else 0
    left[arm] -= 1
    return arm


@njit(cache=True)
def arrivals_in_order(
    state: Words, n: int, accrual: Floats, total: float, draws: Floats, out: Floats
) -> None:
    """Put n patients' calendar times of arrival, ascending, into out[:n]; see Plan.accrual."""
    fill_exponentials(state, draws, n)
    spent = 0.0
    for i in range(n):
        spent += draws[i]
        draws[i] = spent
    if total > 0.0:
        # Uniform order statistics are the running sums of n + 1 spacings over their total.
        scale = total / (spent + exponential(state))
        for i in range(n):
            draws[i] *= scale
    times_of(draws, accrual, out, 0, n)


@njit(cache=True)
def _independent_arrivals(
    state: Words, n: int, accrual: Floats, total: float, draws: Floats, arrival: Floats
) -> None:
    """Draw a scheduled accrual into arms of fixed sizes: no order is needed."""
    fill_uniforms(state, draws, n)
    for i in range(n):
        draws[i] *= total
    times_of(draws, accrual, arrival, 0, n)


@njit(cache=True)
def _allocate(
    state: Words, n: int, ordered: Floats, left: Codes, block: Codes, draws: Floats, arrival: Floats
) -> int:
    """Put ordered arrivals into arms, control first; return the number of control patients."""
    left[0], left[1] = block[0], block[1]
    control, experimental = 0, 0
    for i in range(n):
        arm = next_arm(state, left, block)
        # Written to both places; only the arm's own counter moves on.
        arrival[control], draws[experimental] = ordered[i], ordered[i]
        control += 1 - arm
        experimental += arm
    for i in range(experimental):
        arrival[control + i] = draws[i]
    return control


@njit(cache=True)
def cut_time(
    looks: Floats, k: int, when: Floats, n: int, last_arrival: float, before: float, hints: Floats
) -> float:
    """Return the calendar time of look k; not before the look `before`.

    when    (n,) calendar times of the events, inf for none. Too few events: the last event.
    hints   (K, 2) guess and width of a rank for the selection; they learn, and change no result.
    """
    by_events, wanted = 0.0, np.int64(looks[k, 0])
    if wanted > 0:
        if count_up_to(when, n, _LARGEST) >= wanted:
            by_events, slope = nth_smallest(when, n, int(wanted), hints[k, 0], hints[k, 1])
            hints[k, 0] += 0.05 * (by_events - hints[k, 0])
            hints[k, 1] += 0.05 * (slope - hints[k, 1])
        else:
            by_events = largest_up_to(when, n, _LARGEST)
            by_events = last_arrival if by_events == 0.0 else by_events
    time = by_events
    if not np.isnan(looks[k, 1]):
        time = looks[k, 1]
        if wanted > 0:
            time = max(by_events, time) if looks[k, 2] > 0.0 else min(by_events, time)
    bounded: float = max(min(time, looks[k, 3]), before)
    return bounded


@njit(cache=True)
def _times_at_risk(
    arrival: Floats, time: Floats, when: Floats, n: int, cut: float, at_risk: Floats
) -> None:
    for i in range(n):
        at_risk[i] = time[i] if when[i] <= cut else cut - arrival[i]


@njit(cache=True)
def _lost_before(limit: Floats, when: Floats, n: int, cut: float, at_risk: Floats) -> None:
    for i in range(n):
        at_risk[i] = min(at_risk[i], limit[i]) if when[i] > cut else at_risk[i]


@njit(cache=True)
def _make_keys(
    at_risk: Floats,
    keys: Codes,
    when: Floats,
    bucket: Small,
    n: int,
    control: int,
    cut: float,
) -> tuple[int, int]:
    """Make the patients' keys at a cut; return how many of each arm had entered.

    A key is the bits of the time at risk with, in the two lowest, 2 for censored and the arm.
    Bucket 0 holds those alone who had not entered. keys and at_risk share their memory. The loops
    have no branches and no mixed types, so that the compiler takes four patients at a time.
    """
    scale = (BUCKETS - 2) / cut
    entered, experimental = 0, 0
    for i in range(n):
        bucket[i] = np.int32(max(at_risk[i] * scale + 1.0, 0.0))
    for i in range(n):
        entered += at_risk[i] >= 0.0
        experimental += (at_risk[i] >= 0.0) & (i >= control)
    for i in range(n):
        at_risk[i] = max(at_risk[i], 0.0)
    code = ~np.int64(3)
    for i in range(n):
        keys[i] = (keys[i] & code) | (np.int64(when[i] > cut) << 1) | np.int64(i >= control)
    return entered - experimental, experimental


@njit(cache=True)
def fast_trials(state: Words, plan: Plan, trials: int, room: Room, out: Floats) -> int:
    """Simulate trials one after the other; return the control patients of the last.

    The last trial's patients stay in room.work. out (trials, 4 + 7 K) as described above.
    """
    # Everything is taken out of the tuples here: a view made in a loop costs more than its use.
    n, looks, block, total = plan.subjects, plan.looks, plan.block, plan.accrual_total
    weights, inverse, delay, bounds = plan.weights, plan.inverse, plan.delay, plan.bounds
    control_event, control_lost = plan.hazards[0, 0, EVENT], plan.hazards[0, 0, LOST]
    experimental_event, experimental_lost = plan.hazards[0, 1, EVENT], plan.hazards[0, 1, LOST]
    accrual, dropout, estimate = plan.accrual, plan.dropout, plan.estimate
    independent = plan.allocation == SIZES and total > 0.0
    arrival, time, limit = room.work[ARRIVAL], room.work[TIME], room.work[LIMIT]
    when, draws, at_risk = room.work[WHEN], room.work[_DRAWS], room.work[_KEYS]
    keys, ordered, bucket, count = at_risk.view(np.int64), room.ordered, room.bucket, room.counts
    left, hints, control = np.zeros(2, dtype=np.int64), np.ones((len(looks), 2)), block[0]
    for trial in range(trials):
        if independent:
            _independent_arrivals(state, n, accrual, total, draws, arrival)
        else:
            arrivals_in_order(state, n, accrual, total, draws, when)
            control = _allocate(state, n, when, left, block, draws, arrival)
        fill_exponentials(state, draws, n)
        times_of(draws, control_event, time, 0, control)
        times_of(draws, experimental_event, time, control, n)
        for i in range(n):
            when[i] = arrival[i] + time[i]
        if dropout:
            fill_exponentials(state, draws, n)
            times_of(draws, control_lost, limit, 0, control)
            times_of(draws, experimental_lost, limit, control, n)
            for i in range(n):
                when[i] = when[i] if time[i] <= limit[i] else np.inf
        last_arrival = largest_up_to(arrival, n, _LARGEST)
        cut = 0.0
        for k in range(len(looks)):
            cut = cut_time(looks, k, when, n, last_arrival, cut, hints)
            _times_at_risk(arrival, time, when, n, cut, at_risk)
            if dropout:
                _lost_before(limit, when, n, cut, at_risk)
            n0, n1 = _make_keys(at_risk, keys, when, bucket, n, control, cut)
            sort_keys(keys, bucket, n, count, ordered)
            start = n - n0 - n1 + 1
            score, variance, events = score_of_order(
                ordered, start, n, n1, weights[0, 0], weights[0, 1], delay, inverse
            )
            z = score / math.sqrt(variance) if variance > 0.0 else 0.0
            effect, error = np.nan, np.nan
            if estimate:
                # What the patients were drawn from and their keys are no longer needed.
                effect, error = log_hazard_ratio(ordered, start, n, n0, n1, draws, at_risk)
            if note_look(out, trial, looks, bounds, k, cut, events, n0 + n1, z, effect, error):
                break
    return control


@njit(cache=True)
def note_look(
    out: Floats,
    trial: int,
    looks: Floats,
    bounds: Floats,
    k: int,
    time: float,
    events: int,
    entered: int,
    z: float,
    effect: float,
    error: float,
) -> bool:
    """Write a look into the outcome of its trial; return whether the trial ends there."""
    if k == 0:
        for column in range(out.shape[1]):
            out[trial, column] = np.nan
    at = COLUMNS + PER_LOOK * k
    out[trial, at], out[trial, at + 1], out[trial, at + 2] = time, events, entered
    out[trial, at + 3] = 1.0 if events >= looks[k, 0] else 0.0
    out[trial, at + 4], out[trial, at + 5], out[trial, at + 6] = z, effect, error
    decision = 0.0
    if z >= bounds[k, 0]:
        decision = 1.0
    elif k + 1 < len(looks) and z < bounds[k, 1]:
        decision = 2.0
    out[trial, 0], out[trial, 1], out[trial, 2], out[trial, 3] = k, decision, effect, error
    return bool(decision > 0.0 or k + 1 == len(looks))


# Compiled with 395e55d0: ordering, rng, scores
