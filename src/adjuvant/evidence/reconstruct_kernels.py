"""Compiled search: patients whose summary meets the printed numbers, near a plausible shape.

A state is two arms of patients, each sorted by day, events before censorings of the same day. A
move shifts one patient or exchanges event and censoring between two; it is accepted by Metropolis
on the likelihood of the member's own smooth hazards minus the distance from the printed intervals.
"""

import math

import numpy as np
from numba import njit

from adjuvant.core import Codes, Floats

__all__ = ["LOG_LOG", "PLAIN", "anneal", "statistics"]

LOG_LOG, PLAIN, LOG, LOGIT = 0, 1, 2, 3
# Order of the statistics after the milestones (three each): then p-values, then medians.
RATIO, FOLLOW_UP, FIXED = 0, 3, 6


@njit(cache=True, error_model="numpy")
def _shares(n: int) -> Floats:
    """Return 1 / r for each number r at risk up to n; 0 for nobody."""
    out = np.zeros(n + 1)
    for r in range(1, n + 1):
        out[r] = 1.0 / r
    return out


@njit(cache=True, error_model="numpy")
def _milestones(
    time: Codes, event: Codes, days: Codes, which: Codes, arm: int, scale: int, z: float,
    share: Floats, stat: Floats,
) -> None:  # fmt: skip
    """Fill value and limits of the milestones of an arm; its days ascend; share[r] is 1 / r."""
    n, i = time.size, 0
    survival, greenwood = 1.0, 0.0
    for m in range(days.size):
        if which[m] != arm:
            continue
        # Events of one day are taken one by one: the product and Greenwood's sum telescope.
        while i < n and time[i] <= days[m]:
            if event[i] == 1:
                survival *= 1.0 - share[n - i]
                greenwood += share[n - i] * share[n - i - 1]
            i += 1
        stat[3 * m] = survival
        low, high = _limits(survival, math.sqrt(greenwood), scale, z)
        stat[3 * m + 1] = low
        stat[3 * m + 2] = high


@njit(cache=True, error_model="numpy")
def _limits(s: float, relative: float, scale: int, z: float) -> tuple[float, float]:
    """Limits of a survival probability; `relative` is its standard error over itself."""
    if s <= 0.0 or s >= 1.0:
        return 2.0, 2.0
    half = z * relative
    if scale == 1:
        return max(s - half * s, 0.0), min(s + half * s, 1.0)
    if scale == 2:
        return s * math.exp(-half), min(s * math.exp(half), 1.0)
    if scale == 3:
        odds, shift = s / (1.0 - s), min(half / (1.0 - s), 700.0)
        low = odds * math.exp(-shift)
        high = odds * math.exp(shift)
        return low / (1.0 + low), high / (1.0 + high)
    log_s = math.log(s)
    shift = min(half / -log_s, 700.0)
    return math.exp(log_s * math.exp(shift)), math.exp(log_s * math.exp(-shift))


@njit(cache=True, error_model="numpy")
def _median(time: Codes, event: Codes) -> float:
    """First day at which half or fewer are event-free (mid-point where the curve rests at half)."""
    n, i = time.size, 0
    survival, rests = 1.0, -1.0
    while i < n:
        t, at_risk, d = time[i], n - i, 0
        while i < n and time[i] == t:
            d += event[i]
            i += 1
        if d > 0:
            survival *= (at_risk - d) / at_risk
            if rests >= 0.0:
                return float((rests + t) / 2.0)
            if abs(survival - 0.5) < 1e-9:
                rests = t
            elif survival < 0.5:
                return float(t)
    return float(rests) if rests >= 0.0 else 1e9


@njit(cache=True, error_model="numpy")
def _follow_up(
    t_time: Codes, t_event: Codes, c_time: Codes, c_event: Codes, out: Floats
) -> None:  # fmt: skip
    """Fill median (reverse Kaplan-Meier of both arms), shortest and longest follow-up."""
    n, i, j = t_time.size + c_time.size, 0, 0
    share = 1.0
    out[0] = 1e9
    out[1] = min(t_time[0], c_time[0])
    out[2] = max(t_time[-1], c_time[-1])
    while i < t_time.size or j < c_time.size:
        t = t_time[i] if i < t_time.size else c_time[j]
        if j < c_time.size:
            t = min(t, c_time[j])
        at_risk, d = n - i - j, 0
        while i < t_time.size and t_time[i] == t:
            d += 1 - t_event[i]
            i += 1
        while j < c_time.size and c_time[j] == t:
            d += 1 - c_event[j]
            j += 1
        if d > 0:
            share *= (at_risk - d) / at_risk
            if share <= 0.5 + 1e-9:
                out[0] = t
                return


@njit(cache=True, error_model="numpy")
def _risk_sets(
    t_time: Codes, t_event: Codes, c_time: Codes, c_event: Codes, table: Floats
) -> int:  # fmt: skip
    """Fill (d_T, d, n_T, n) of each day with an event; return their number."""
    i, j, m = 0, 0, 0
    n_t, n_c = t_time.size, c_time.size
    while i < n_t or j < n_c:
        t = t_time[i] if i < n_t else c_time[j]
        if j < n_c:
            t = min(t, c_time[j])
        risk_t, risk_c, d_t, d_c = n_t - i, n_c - j, 0, 0
        while i < n_t and t_time[i] == t:
            d_t += t_event[i]
            i += 1
        while j < n_c and c_time[j] == t:
            d_c += c_event[j]
            j += 1
        if d_t + d_c > 0:
            table[m, 0] = d_t
            table[m, 1] = d_t + d_c
            table[m, 2] = risk_t
            table[m, 3] = risk_t + risk_c
            m += 1
    return m


@njit(cache=True, error_model="numpy")
def _cox(table: Floats, m: int, start: float) -> tuple[float, float]:
    """Return log hazard ratio and its standard error (Efron), by Newton's iteration."""
    beta, information = start, 0.0
    for _ in range(30):
        score, information = 0.0, 0.0
        r = math.exp(beta)
        for k in range(m):
            d_t, d = table[k, 0], table[k, 1]
            a, b = table[k, 2] * r, table[k, 3] - table[k, 2]
            score += d_t
            for step in range(int(d)):
                part = step / d
                top = a - part * d_t * r
                share = top / (top + b - part * (d - d_t))
                score -= share
                information += share * (1.0 - share)
        if information <= 1e-12:
            return beta, 1e9
        change = score / information
        beta += max(min(change, 1.0), -1.0)
        if abs(change) < 1e-7 or abs(beta) > 12.0:
            break
    return beta, 1.0 / math.sqrt(information)


@njit(cache=True, error_model="numpy")
def _log_rank_z(table: Floats, m: int) -> float:
    score, variance = 0.0, 0.0
    for k in range(m):
        d_t, d, n_t, n = table[k]
        share = n_t / n
        score += d_t - d * share
        if n > 1:
            variance += d * share * (1.0 - share) * (n - d) / (n - 1.0)
    return score / math.sqrt(variance) if variance > 0 else 0.0


@njit(cache=True, error_model="numpy")
def _arm_statistics(
    time: Codes, event: Codes, arm: int, days: Codes, which: Codes, median_arm: Codes,
    first_median: int, scale: int, z: float, share: Floats, stat: Floats,
) -> None:  # fmt: skip
    """Fill what is printed of one arm alone: its milestones and its median."""
    _milestones(time, event, days, which, arm, scale, z, share, stat)
    for k in range(median_arm.size):
        if median_arm[k] == arm:
            stat[first_median + k] = _median(time, event)


@njit(cache=True, error_model="numpy")
def _joint_statistics(
    t_time: Codes, t_event: Codes, c_time: Codes, c_event: Codes, first: int, p_test: Codes,
    p_z: Floats, z: float, beta: float, asks_follow_up: bool, table: Floats, stat: Floats,
) -> float:  # fmt: skip
    """Fill what is printed of both arms together; return the log hazard ratio."""
    rows = _risk_sets(t_time, t_event, c_time, c_event, table)
    log_ratio, se = _cox(table, rows, beta)
    stat[first] = math.exp(log_ratio)
    stat[first + 1] = math.exp(max(log_ratio - z * se, -700.0))
    stat[first + 2] = math.exp(min(log_ratio + z * se, 700.0))
    if asks_follow_up:
        _follow_up(t_time, t_event, c_time, c_event, stat[first + FOLLOW_UP : first + FIXED])
    if p_test.size > 0:
        by_rank, by_wald = abs(_log_rank_z(table, rows)), abs(log_ratio) / se
        for k in range(p_test.size):
            value = by_rank if p_test[k] == 0 else by_wald
            if p_test[k] == 2 and abs(by_rank - p_z[k]) < abs(by_wald - p_z[k]):
                value = by_rank
            stat[first + FIXED + k] = value
    return log_ratio


@njit(cache=True, error_model="numpy")
def statistics(
    t_time: Codes, t_event: Codes, c_time: Codes, c_event: Codes,
    days: Codes, which: Codes, p_test: Codes, median_arm: Codes,
    scale: int, z: float, p_z: Floats, stat: Floats,
) -> float:  # fmt: skip
    """Fill every statistic that a page may print; return the log hazard ratio.

    days, which  (m,) milestones: day, arm (1 = T), ascending within an arm. p_test (p,) 0
                 log-rank, 1 Wald, 2 either: then the one nearer to p_z (p,). median_arm (q,).
    stat         (3 m + 6 + p + q,): value and limits of each milestone; ratio and limits;
                 follow-up median, shortest, longest; sizes of z; medians.
    """
    first = 3 * days.size
    last = first + FIXED + p_test.size
    table = np.zeros((t_time.size + c_time.size, 4))
    share = _shares(max(t_time.size, c_time.size))
    _arm_statistics(t_time, t_event, 1, days, which, median_arm, last, scale, z, share, stat)
    _arm_statistics(c_time, c_event, 0, days, which, median_arm, last, scale, z, share, stat)
    return _joint_statistics(
        t_time, t_event, c_time, c_event, first, p_test, p_z, z, 0.0, True, table, stat
    )


@njit(cache=True, error_model="numpy")
def distance(
    stat: Floats, low: Floats, high: Floats, unit: Floats, first: int, last: int
) -> float:  # fmt: skip
    """Return how far statistics lie outside their intervals, in half widths; 0 when all met."""
    total = 0.0
    for k in range(first, last):
        if unit[k] > 0.0:
            out = max(low[k] - stat[k], stat[k] - high[k]) / unit[k]
            if out > 0.0:
                out = min(out, 1e4)
                total += out + min(out, 10.0) * out
    return total


@njit(cache=True, error_model="numpy")
def _place(time: Codes, event: Codes, i: int, t: int, e: int) -> int:
    """Move patient i to (t, e), keeping the order by day and events first; return its new index."""
    n = time.size
    while i > 0 and (time[i - 1] > t or (time[i - 1] == t and event[i - 1] < e)):
        time[i] = time[i - 1]
        event[i] = event[i - 1]
        i -= 1
    while i < n - 1 and (time[i + 1] < t or (time[i + 1] == t and event[i + 1] > e)):
        time[i] = time[i + 1]
        event[i] = event[i + 1]
        i += 1
    time[i] = t
    event[i] = e
    return i


@njit(cache=True, error_model="numpy")
def _pick(event: Codes, wanted: int) -> int:
    for _ in range(60):
        i = np.random.randint(event.size)
        if event[i] == wanted:
            return i
    return -1


@njit(cache=True, error_model="numpy")
def _find(time: Codes, event: Codes, t: int, e: int, other: int) -> int:
    """Return the index of a patient (t, e) other than `other`, or `other` itself."""
    lo, hi = 0, time.size
    while lo < hi:
        mid = (lo + hi) // 2
        if time[mid] < t or (time[mid] == t and event[mid] > e):
            lo = mid + 1
        else:
            hi = mid
    if lo == other and lo + 1 < time.size and time[lo + 1] == t and event[lo + 1] == e:
        return lo + 1
    return lo


@njit(cache=True, error_model="numpy")
def _of_arm(
    unit: Floats, which: Codes, median_arm: Codes, arm: int, own: int, ends: int
) -> Floats:  # fmt: skip
    """Return half widths with 0 (not asked) for all that is not printed of this arm alone."""
    out = np.zeros(unit.size)
    for m in range(which.size):
        if which[m] == arm:
            out[3 * m : 3 * m + 3] = unit[3 * m : 3 * m + 3]
    for k in range(median_arm.size):
        if median_arm[k] == arm:
            out[ends + k] = unit[ends + k]
    return out


@njit(cache=True, error_model="numpy")
def _undo(
    time: Codes, event: Codes, k: int, k2: int, t_i: int, e_i: int, t_j: int, e_j: int
) -> None:  # fmt: skip
    """Take a move back: one patient at k, or the two that exchanged event and censoring."""
    if k2 < 0:
        _place(time, event, k, t_i, e_i)
        return
    back = _place(time, event, k2, t_j, e_j)
    _place(time, event, _find(time, event, t_i, e_j, back), t_i, e_i)


@njit(cache=True, error_model="numpy")
def _proposed(
    time: Codes, event: Codes, fit: Floats, first: int, last: int, far: float
) -> tuple[int, int, int, float]:  # fmt: skip
    """Return a move: patients i, j, the new day of i, the gain in likelihood; i < 0: no move.

    A new day below 0: i and j exchange event and censoring.
    """
    i = np.random.randint(time.size)
    t, e = time[i], event[i]
    if np.random.random() < 0.2:
        j = _pick(event, 1 - e)
        if j < 0 or time[j] == t:
            return -1, -1, -1, 0.0
        return i, j, -1, fit[1 - e, t] + fit[e, time[j]] - fit[e, t] - fit[1 - e, time[j]]
    reach = far * 10.0 ** (-2.0 * np.random.random())
    new = t + int(np.rint(np.random.normal() * reach))
    if new < first or new > last or new == t:
        return -1, -1, -1, 0.0
    return i, i, new, fit[e, new] - fit[e, t]


@njit(cache=True, nogil=True, error_model="numpy")
def anneal(
    t_time: Codes, t_event: Codes, c_time: Codes, c_event: Codes,
    days: Codes, which: Codes, p_test: Codes, median_arm: Codes,
    scale: int, z: float, p_z: Floats, low: Floats, high: Floats, unit: Floats,
    fit: Floats, first: int, last: int, moves: int, mixing: int, hot: float, cold: float,
    far: float, only: int, seed: int,
) -> float:  # fmt: skip
    """Change the four arrays in place; return the distance that is left (0 = all met).

    fit          (2, 2, days) log-likelihood of a patient: arm (1 = T), event, day.
    first, last  days that patients may have.
    moves        at most; the search ends when all is met after `mixing` moves.
    far          largest scale of a shift in days.
    only         1 or 0: move patients of T or C alone, by what is printed of that arm alone; -1:
                 both arms, by everything.
    """
    np.random.seed(seed)
    own, ends = 3 * days.size, 3 * days.size + FIXED + p_test.size
    width = ends + median_arm.size
    stat, trial = np.zeros(width), np.zeros(width)
    table = np.zeros((t_time.size + c_time.size, 4))
    share = _shares(max(t_time.size, c_time.size))
    asks_follow_up = unit[own + FOLLOW_UP : own + FIXED].sum() > 0.0
    beta = statistics(
        t_time, t_event, c_time, c_event, days, which, p_test, median_arm, scale, z, p_z, stat
    )
    if only >= 0:
        unit = _of_arm(unit, which, median_arm, only, own, ends)
    energy = distance(stat, low, high, unit, 0, width)
    for move in range(moves):
        if energy == 0.0 and move >= mixing:
            break
        heat = hot * (cold / hot) ** min(move / (0.8 * moves), 1.0)
        arm = np.random.randint(2) if only < 0 else only
        if arm == 1:
            time, event = t_time, t_event
        else:
            time, event = c_time, c_event
        i, j, new, gain = _proposed(time, event, fit[arm], first, last, far)
        if i < 0:
            continue
        k2, t_i, e_i, t_j, e_j = -1, time[i], event[i], time[j], event[j]
        # What the new distance may be at most; nothing is calculated for a hopeless move.
        allowed = energy + heat * (gain - math.log(max(np.random.random(), 1e-300)))
        if allowed < 0.0:
            continue
        if new < 0:
            k = _place(time, event, i, t_i, e_j)
            k2 = _place(time, event, _find(time, event, t_j, e_j, k), t_j, e_i)
        else:
            k = _place(time, event, i, new, e_i)
        trial[:] = stat
        _arm_statistics(time, event, arm, days, which, median_arm, ends, scale, z, share, trial)
        then = distance(trial, low, high, unit, 0, own) + distance(
            trial, low, high, unit, ends, width
        )
        moved = beta
        if only < 0 and then <= allowed:
            moved = _joint_statistics(
                t_time, t_event, c_time, c_event, own, p_test, p_z, z, beta, asks_follow_up,
                table, trial,
            )  # fmt: skip
            then += distance(trial, low, high, unit, own, ends)
        if then <= allowed:
            energy, beta = then, moved
            stat[:] = trial
        else:
            _undo(time, event, k, k2, t_i, e_i, t_j, e_j)
    return energy
