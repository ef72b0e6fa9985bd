"""Compiled: whole trials of any kind, patient by patient, with ties, visits, sites and strata.

The same distributions as `fast`, drawn the plain way: slower, and the measure of it. A patient has
a course (recurrence, death, loss); what of it is seen by a date is decided at each look.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats
from adjuvant.simulation.cell_tests import statistic
from adjuvant.simulation.fast import BUCKETS, arrivals_in_order, cut_time, next_arm, note_look
from adjuvant.simulation.ordering import Small, sort_keys
from adjuvant.simulation.plan import DEATH, EVENT, LOST, MINIMISED, SIZES, STOP, Plan
from adjuvant.simulation.rng import Words, exponential, gamma, uniform

__all__ = ["Patients", "cut_patients", "draw_patients", "general_trials", "patients_for"]


class Patients(NamedTuple):
    """Room for one trial, each (n,) unless said otherwise.

    arrival    calendar time of entry; arm, stratum, site: codes.
    found      time since entry at which the first event would be seen, inf for none; cause 1 of
               interest, 2 competing, 0 none; seen: arrival + found; when: seen if of interest.
    lost       time since entry at which the patient is lost.
    time, event, entered   what is seen at the last cut, of those who had entered by then.
    cells      (5, n + 1) times with events: time, at risk in each arm, events in each arm, of one
               stratum after the other; first (strata + 1,) where each begins.
    """

    arrival: Floats
    found: Floats
    seen: Floats
    when: Floats
    lost: Floats
    draws: Floats
    time: Floats
    arm: Codes
    stratum: Codes
    site: Codes
    cause: Codes
    event: Codes
    entered: Codes
    keys: Codes
    ordered: Codes
    bucket: Small
    counts: Small
    cells: Floats
    first: Codes


def patients_for(plan: Plan) -> Patients:
    """Return the room that a trial of this plan needs."""
    size = plan.subjects + 2
    bucket, counts = np.zeros(size, dtype=np.int32), np.zeros(BUCKETS + 1, dtype=np.int32)
    first = np.zeros(len(plan.strata) + 1, dtype=np.int64)
    parts = [
        *np.zeros((7, size)),
        *np.zeros((8, size), dtype=np.int64),
        *(bucket, counts, np.zeros((5, size)), first),
    ]
    return Patients._make(parts)


@njit(cache=True)
def spent_until(time: float, table: Floats) -> float:
    """Return the cumulative hazard at a time."""
    total = 0.0
    for j in range(table.shape[1]):
        if table[2, j] >= time:
            break
        last = j + 1 == table.shape[1] or table[2, j + 1] >= time
        total += ((time if last else table[2, j + 1]) - table[2, j]) * table[3, j]
    return total


@njit(cache=True)
def time_when_spent(spent: float, table: Floats) -> float:
    """Return the time at which a cumulative hazard is spent, inf for never."""
    j = 0
    while j + 1 < table.shape[1] and table[0, j + 1] <= spent:
        j += 1
    if table[3, j] == 0.0:
        return np.inf
    return table[2, j] + (spent - table[0, j]) / table[3, j]


@njit(cache=True)
def first_visit(time: float, visits: Floats, every: float) -> float:
    """Return the first visit at or after a time; inf if there is none."""
    for visit in visits:
        if visit >= time:
            return visit
    if every == 0.0 or time == np.inf:
        return np.inf
    number = math.ceil((time - visits[-1]) / every)
    if visits[-1] + number * every < time:
        number += 1
    return visits[-1] + number * every


@njit(cache=True)
def last_visit(time: float, visits: Floats, every: float) -> float:
    """Return the last visit at or before a time; 0 if there is none."""
    if time >= visits[-1]:
        if every == 0.0 or time == np.inf:
            return visits[-1]
        number = math.floor((time - visits[-1]) / every)
        if visits[-1] + number * every > time:
            number -= 1
        return visits[-1] + number * every
    found = 0.0
    for visit in visits:
        if visit <= time:
            found = visit
    return found


@njit(cache=True)
def _minimised_arm(state: Words, probability: float, at_stratum: int, at_site: int) -> int:
    """Return the arm of Pocock and Simon's rule; given: experimental minus control so far."""
    experimental = abs(at_stratum + 1) + abs(at_site + 1)
    control = abs(at_stratum - 1) + abs(at_site - 1)
    u = uniform(state)
    if experimental == control:
        return 1 if u < 0.5 else 0
    better = 1 if experimental < control else 0
    return better if u < probability else 1 - better


@njit(cache=True)
def _time_of(
    spent: float,
    state: Words,
    hazards: Floats,
    weibull: Floats,
    stratum: int,
    arm: int,
    stops: bool,
) -> float:
    """Return when the event of interest comes that a cumulative hazard of `spent` brings."""
    shape, scale = weibull[stratum, arm, 0], weibull[stratum, arm, 1]
    if shape > 0.0:
        return scale * spent ** (1.0 / shape)
    own = hazards[stratum, arm, EVENT]
    if arm == 1 and stops:
        stopped = time_when_spent(exponential(state), hazards[stratum, 1, STOP])
        if stopped < np.inf:
            before = spent_until(stopped, own)
            if before < spent:
                control = hazards[stratum, 0, EVENT]
                return time_when_spent(spent - before + spent_until(stopped, control), control)
    return time_when_spent(spent, own)


@njit(cache=True)
def draw_patients(state: Words, plan: Plan, p: Patients) -> None:
    """Draw one trial's patients, in the order of their arrival."""
    # The tuples are taken apart once: handing one on copies all of it.
    n, sites, allocation, block = plan.subjects, plan.sites, plan.allocation, plan.block
    shares, hazards, weibull, cured = plan.strata, plan.hazards, plan.weibull, plan.cured
    arm, at_stratum, at_site = p.arm, p.stratum, p.site
    strata, groups = len(shares), max(sites, 1)
    arrivals_in_order(state, n, plan.accrual, plan.accrual_total, p.draws, p.arrival)
    left, tally = np.zeros((strata, 2), dtype=np.int64), np.zeros(strata, dtype=np.int64)
    frailty, site_tally = np.ones(groups), np.zeros(groups, dtype=np.int64)
    for site in range(sites):
        frailty[site] = max(gamma(state, 1.0 / plan.frailty) * plan.frailty, 1e-300)
    for i in range(n):
        u, stratum = uniform(state), 0
        while stratum + 1 < strata and u > shares[stratum]:
            stratum += 1
        site = int(uniform(state) * sites)
        if allocation == MINIMISED:
            # Without sites their tally adds the same to both arms.
            here = site_tally[site] if sites > 0 else 0
            arm[i] = _minimised_arm(state, plan.minimisation, tally[stratum], here)
            tally[stratum] += 2 * arm[i] - 1
            site_tally[site] += 2 * arm[i] - 1
        else:
            arm[i] = next_arm(state, left[0 if allocation == SIZES else stratum], block)
        at_stratum[i], at_site[i], course = stratum, site, arm[i]
        if course == 1 and plan.never_started > 0.0 and uniform(state) < plan.never_started:
            course = 0
        recurrence = np.inf
        if uniform(state) >= cured[stratum, course]:
            spent = exponential(state) / frailty[site]
            recurrence = _time_of(spent, state, hazards, weibull, stratum, course, plan.stops)
        p.found[i] = recurrence
        p.lost[i] = time_when_spent(exponential(state), hazards[stratum, course, LOST])
        p.draws[i] = time_when_spent(exponential(state), hazards[stratum, course, DEATH])
    _note_courses(
        n, p.arrival, p.found, p.draws, p.lost, p.cause, p.seen, p.when,
        plan.visits, plan.then_every, plan.death_counts,
    )  # fmt: skip


@njit(cache=True)
def _note_courses(
    n: int,
    arrival: Floats,
    found: Floats,
    death: Floats,
    lost: Floats,
    cause: Codes,
    seen: Floats,
    when: Floats,
    visits: Floats,
    every: float,
    death_counts: bool,
) -> None:
    """Decide what of each course would be seen, were the trial never cut; found: recurrence."""
    for i in range(n):
        recurrence = found[i]
        if len(visits) > 0:
            recurrence = first_visit(recurrence, visits, every)
        found[i], cause[i] = np.inf, 0
        if recurrence < np.inf and recurrence <= death[i] and recurrence <= lost[i]:
            found[i], cause[i] = recurrence, 1
        elif death[i] < np.inf and death[i] <= lost[i]:
            found[i], cause[i] = death[i], 1 if death_counts else 2
        seen[i] = arrival[i] + found[i]
        when[i] = seen[i] if cause[i] == 1 else np.inf


@njit(cache=True)
def cut_patients(plan: Plan, p: Patients, cut: float) -> int:
    """Put what is seen by a date into time and event (0, 1, 2); return how many had entered.

    `entered` holds their numbers; arm, stratum and site are asked through it.
    """
    visits, every, n, size = plan.visits, plan.then_every, plan.subjects, 0
    arrival, found, seen, lost, cause = p.arrival, p.found, p.seen, p.lost, p.cause
    time, event, entered = p.time, p.event, p.entered
    by_visits = len(visits) > 0
    for i in range(n):
        followed = cut - arrival[i]
        if followed < 0.0:
            continue
        if seen[i] <= cut:
            time[size], event[size] = found[i], cause[i]
        else:
            last = min(followed, lost[i])
            time[size] = last_visit(last, visits, every) if by_visits else last
            event[size] = 0
        entered[size] = i
        size += 1
    return size


@njit(cache=True)
def make_cells(plan: Plan, p: Patients, size: int) -> int:
    """Count at risk and events at each time with events, by stratum; return all events."""
    groups = len(plan.strata) if plan.stratified else 1
    time, event, entered, arm, stratum = p.time, p.event, p.entered, p.arm, p.stratum
    keys, bucket, ordered, counts, cells = p.keys, p.bucket, p.ordered, p.counts, p.cells
    bits = np.empty(1, dtype=np.int64)
    number = bits.view(np.float64)
    longest, cell, events = 0.0, 0, 0
    for j in range(size):
        longest = max(longest, time[j])
    scale = (BUCKETS - 2) / max(longest, 1e-300)
    for g in range(groups):
        p.first[g] = cell
        k, n1 = 0, 0
        for j in range(size):
            i = entered[j]
            if groups > 1 and stratum[i] != g:
                continue
            number[0] = time[j]
            censored = 0 if event[j] == 1 else 2
            keys[k] = (bits[0] & ~np.int64(3)) | censored | arm[i]
            bucket[k] = np.int32(time[j] * scale)
            n1 += arm[i]
            k += 1
        sort_keys(keys, bucket, k, counts, ordered)
        cell, seen = _cells_of_order(ordered, cells, k, k - n1, n1, cell)
        events += seen
    p.first[groups] = cell
    return events


@njit(cache=True)
def _cells_of_order(
    ordered: Codes, cells: Floats, k: int, n0: int, n1: int, cell: int
) -> tuple[int, int]:
    """Add one stratum's cells from its ordered keys; return the next cell and the events."""
    bits = np.empty(1, dtype=np.int64)
    number = bits.view(np.float64)
    events, j = 0, 1
    while j <= k:
        now = ordered[j] >> 2
        leaving0, leaving1, d0, d1 = 0, 0, 0, 0
        while j <= k and ordered[j] >> 2 == now:
            arm = ordered[j] & 1
            event = 1 - ((ordered[j] >> 1) & 1)
            leaving1 += arm
            leaving0 += 1 - arm
            d1 += arm * event
            d0 += (1 - arm) * event
            j += 1
        if d0 + d1 > 0:
            bits[0] = now << 2
            cells[0, cell] = number[0]
            cells[1, cell], cells[2, cell] = n0, n1
            cells[3, cell], cells[4, cell] = d0, d1
            cell += 1
            events += d0 + d1
        n0 -= leaving0
        n1 -= leaving1
    return cell, events


@njit(cache=True)
def general_trials(state: Words, plan: Plan, trials: int, p: Patients, out: Floats) -> None:
    """Simulate trials one after the other into out (trials, 4 + 7 K), as `fast_trials` does."""
    n, looks = plan.subjects, len(plan.looks)
    hints = np.ones((looks, 2))
    for trial in range(trials):
        draw_patients(state, plan, p)
        cut = 0.0
        for k in range(looks):
            cut = cut_time(plan.looks, k, p.when, n, p.arrival[n - 1], cut, hints)
            size = cut_patients(plan, p, cut)
            events = make_cells(plan, p, size)
            z, effect, error = statistic(plan, p.cells, p.first)
            if note_look(
                out, trial, plan.looks, plan.bounds, k, cut, events, size, z, effect, error
            ):
                break


# Compiled with 3060ac73: cell_tests, fast, ordering, rng
