"""Compiled partial likelihood of Cox: value, score, information, and moments for residuals.

Columns come sorted, centred and scaled (`risk_sets`). One pass from the last time to the first
gathers the risk sets; the information's first part is then a weighted cross-product of the rows,
because every row is at risk for the hazard between its entry and its exit:

    I = sum_i r_i (H(exit_i) - H(entry_i)) z_i z_i'  -  sum_t zbar(t) zbar(t)' dN(t)

so that nothing of size p x p is kept per risk set and nothing is subtracted for late entry.

Source    Cox 1972; Efron 1977 for ties; Breslow 1974.
"""

import numpy as np
from numba import njit

from adjuvant.core import Floats
from adjuvant.survival.cox_exact_kernels import exact_denominators
from adjuvant.survival.cox_single_kernels import LEAST, single_denominators, tie_sums
from adjuvant.survival.risk_sets import RiskSets

__all__ = [
    "BRESLOW",
    "EFRON",
    "EXACT",
    "death_sums",
    "event_moments",
    "likelihood",
    "relative_risks",
    "weighted_second_moment",
]

BRESLOW, EFRON, EXACT = 0, 1, 2
_BLOCK = 2048
# Sums over many rows may be reordered (vectorised); sums that cancel never pass through here.
_REORDER = {"reassoc", "contract", "nsz"}


@njit(cache=True)
def relative_risks(z: Floats, beta: Floats, offset: Floats, weight: Floats, risk: Floats) -> float:
    """Fill risk (n,) with w exp(z'beta + offset - shift); return the shift that avoids overflow."""
    n = z.shape[1]
    top = -np.inf
    for first in range(0, n, _BLOCK):
        last = min(first + _BLOCK, n)
        top = max(top, _linear(z, beta, offset, weight, first, last, risk))
        _raise(risk, weight, first, last, 0.0)
    if top <= 300.0:
        return 0.0
    _linear(z, beta, offset, weight, 0, n, risk)
    _raise(risk, weight, 0, n, top)
    return top


@njit(cache=True, fastmath=_REORDER)
def _raise(risk: Floats, weight: Floats, first: int, last: int, shift: float) -> None:
    """Turn linear predictors into weighted relative risks; a row of weight 0 cannot overflow."""
    for i in range(first, last):
        risk[i] = weight[i] * np.exp(min(risk[i] - shift, 700.0))


@njit(cache=True, fastmath=_REORDER)
def _linear(
    z: Floats,
    beta: Floats,
    offset: Floats,
    weight: Floats,
    first: int,
    last: int,
    predictor: Floats,
) -> float:
    """Fill a block of the linear predictor; return its largest value among weighted rows."""
    late = offset.size > 0
    for i in range(first, last):
        predictor[i] = offset[i] if late else 0.0
    for a in range(beta.size):
        b = beta[a]
        for i in range(first, last):
            predictor[i] += b * z[a, i]
    top = -np.inf
    for i in range(first, last):
        top = max(top, predictor[i] if weight[i] > 0.0 else -np.inf)
    return top


@njit(cache=True)
def _two_sum(total: Floats, rest: Floats, k: int, x: float) -> None:
    """Add x to total[k] + rest[k] and keep what rounding loses (Knuth's two-sum)."""
    s = total[k] + x
    part = s - total[k]
    rest[k] += (total[k] - (s - part)) + (x - part)
    total[k] = s


@njit(cache=True, fastmath=_REORDER)
def _dot(x: Floats, z: Floats, a: int, first: int, last: int) -> float:
    total = 0.0
    for i in range(first, last):
        total += x[i] * z[a, i]
    return total


@njit(cache=True, fastmath=_REORDER)
def _sum(x: Floats, first: int, last: int) -> float:
    total = 0.0
    for i in range(first, last):
        total += x[i]
    return total


@njit(cache=True)
def _clear(x: Floats) -> None:
    for k in range(x.size):
        x[k] = 0.0


@njit(cache=True)
def _enter(z: Floats, risk: Floats, first: int, last: int, total: Floats, rest: Floats) -> None:
    """Add the rows of a group to S0 (index 0) and S1 (1..p)."""
    _two_sum(total, rest, 0, _sum(risk, first, last))
    for a in range(z.shape[0]):
        _two_sum(total, rest, a + 1, _dot(risk, z, a, first, last))


@njit(cache=True)
def _enter_one(z: Floats, risk: Floats, i: int, sign: float, total: Floats, rest: Floats) -> None:
    """Add a row to S0 and S1, or take it away; what was added so leaves without a remainder."""
    _two_sum(total, rest, 0, sign * risk[i])
    for a in range(z.shape[0]):
        _two_sum(total, rest, a + 1, sign * (risk[i] * z[a, i]))


@njit(cache=True)
def _dying(z: Floats, risk: Floats, first: int, last: int, d: Floats) -> None:
    """Fill d with S0 and S1 over the deaths of a group."""
    d[0] = _sum(risk, first, last)
    for a in range(z.shape[0]):
        d[a + 1] = _dot(risk, z, a, first, last)


@njit(cache=True)
def _at_event(
    p: int,
    s: Floats,
    d: Floats,
    step: Floats,
    mean_weight: float,
    score: Floats,
    info: Floats,
) -> None:
    """Subtract one event time's weighted means from the score and from the information."""
    s0 = s[0]
    h, e = mean_weight * step[0], mean_weight * step[1]
    aa, bb, cc = mean_weight * step[2], mean_weight * step[3], mean_weight * step[4]
    for a in range(p):
        # Divided one by one: the square of a small S0 would be zero.
        sa, da = s[a + 1] / s0, d[a + 1] / s0
        score[a] -= h * sa - e * da
        for b in range(a + 1):
            sb, db = s[b + 1] / s0, d[b + 1] / s0
            info[a, b] -= aa * sa * sb - bb * (sa * db + da * sb) + cc * da * db


@njit(cache=True)
def _keep(
    kept: Floats, g: int, p: int, s: Floats, d: Floats, step: Floats, mean_weight: float
) -> None:
    for a in range(p + 1):
        kept[g, a], kept[g, p + 1 + a] = s[a], d[a]
    for k in range(5):
        kept[g, 2 * p + 2 + k] = step[k]
    kept[g, 2 * p + 7] = mean_weight


@njit(cache=True)
def _scan(
    z: Floats,
    risk: Floats,
    sets: RiskSets,
    efron: bool,
    hazard: Floats,
    tied: Floats,
    score: Floats,
    info: Floats,
    kept: Floats,
) -> float:
    """Pass over all groups; fill each group's hazard; return the sum of log denominators.

    Infinity is returned, and the pass ends, where a denominator is too small for a double beside
    the largest risk: no step is taken there.

    hazard    (groups,) dH for a row at risk; tied (groups,) dH for a row dying at that time.
    kept      (groups, 2p + 8) to keep S0, S1 (p + 1), the same over deaths (p + 1), Efron's sums
              (5) and the mean weight of a death; or (0, 0) to keep nothing.
    """
    p = z.shape[0]
    total, rest, d, s = np.zeros(p + 1), np.zeros(p + 1), np.zeros(p + 1), np.zeros(p + 1)
    step = np.zeros(5)
    logs, logs_rest = np.zeros(1), np.zeros(1)
    late = sets.leaver.size > 0
    for stratum in range(sets.stratum_first.size - 1):
        _clear(total)
        _clear(rest)
        begin, end = sets.stratum_first[stratum], sets.stratum_first[stratum + 1]
        gone = sets.group_first[begin]
        for g in range(begin, end):
            first, last = sets.group_first[g], sets.group_first[g + 1]
            if not late:
                _enter(z, risk, first, last, total, rest)
            else:
                # Row by row: the rounding of a group's sum would outlive its large risks.
                for i in range(first, last):
                    _enter_one(z, risk, i, 1.0, total, rest)
                while gone < last and sets.entry_group[sets.leaver[gone]] <= g:
                    _enter_one(z, risk, sets.leaver[gone], -1.0, total, rest)
                    gone += 1
                if gone == last:
                    _clear(total)
                    _clear(rest)
            hazard[g], tied[g] = 0.0, 0.0
            deaths, weight = sets.deaths[g], sets.death_weight[g]
            if deaths == 0:
                continue
            _dying(z, risk, first, first + deaths, d)
            for k in range(p + 1):
                s[k] = total[k] + rest[k]
            if not s[0] > LEAST:
                return np.inf
            mean_weight = weight / deaths
            _two_sum(logs, logs_rest, 0, weight * np.log(s[0]))
            if efron and deaths > 1:
                _two_sum(logs, logs_rest, 0, mean_weight * tie_sums(deaths, d[0] / s[0], step))
            else:
                _clear(step)
                step[0], step[2] = deaths, deaths
            hazard[g] = mean_weight * step[0] / s[0]
            tied[g] = mean_weight * (step[0] - step[1]) / s[0]
            _at_event(p, s, d, step, mean_weight, score, info)
            if kept.size:
                _keep(kept, g, p, s, d, step, mean_weight)
    return float(logs[0] + logs_rest[0])


@njit(cache=True)
def _exposure(sets: RiskSets, hazard: Floats, tied: Floats, risk: Floats) -> None:
    """Turn each row's risk into risk times the hazard it lived through, from the beginning."""
    for stratum in range(sets.stratum_first.size - 1):
        before = 0.0
        begin, end = sets.stratum_first[stratum], sets.stratum_first[stratum + 1]
        for g in range(end - 1, begin - 1, -1):
            at = before + hazard[g]
            own = before + tied[g]
            middle = sets.group_first[g] + sets.deaths[g]
            for i in range(sets.group_first[g], middle):
                risk[i] *= own
            for i in range(middle, sets.group_first[g + 1]):
                risk[i] *= at
            before = at


@njit(cache=True)
def _late_exposure(sets: RiskSets, hazard: Floats, tied: Floats, risk: Floats) -> None:
    """As `_exposure`, with the hazard before each row's entry taken away.

    H is kept with what rounding loses: a row that enters after most of the hazard would otherwise
    be left with the rounding of H instead of its own part.
    """
    groups = hazard.size
    high, low = np.zeros(groups + 1), np.zeros(groups + 1)
    for stratum in range(sets.stratum_first.size - 1):
        begin, end = sets.stratum_first[stratum], sets.stratum_first[stratum + 1]
        for g in range(end - 1, begin - 1, -1):
            earlier = g + 1 if g + 1 < end else groups
            high[g], low[g] = high[earlier], low[earlier]
            _two_sum(high, low, g, hazard[g])
            for i in range(sets.group_first[g], sets.group_first[g + 1]):
                entry = sets.entry_group[i]
                before = (high[earlier] - high[entry]) + (low[earlier] - low[entry])
                dies = i < sets.group_first[g] + sets.deaths[g]
                risk[i] *= before + (tied[g] if dies else hazard[g])


@njit(cache=True)
def _live(sets: RiskSets, hazard: Floats, tied: Floats, risk: Floats) -> None:
    if sets.leaver.size:
        _late_exposure(sets, hazard, tied, risk)
    else:
        _exposure(sets, hazard, tied, risk)


@njit(cache=True)
def _cross_products(z: Floats, exposure: Floats, info: Floats) -> None:
    """Add sum_i exposure_i z_i z_i' to the lower triangle of info, block by block."""
    p, n = z.shape
    scaled = np.empty(n if n < _BLOCK else _BLOCK)
    for first in range(0, n, _BLOCK):
        size = min(_BLOCK, n - first)
        for a in range(p):
            for i in range(size):
                scaled[i] = z[a, first + i] * exposure[first + i]
            b = 0
            while b < a:
                one, two = _two_dots(scaled, z, b, first, size)
                info[a, b] += one
                info[a, b + 1] += two
                b += 2
            if b == a:
                info[a, a] += _two_dots(scaled, z, a, first, size)[0]


@njit(cache=True, fastmath=_REORDER)
def _two_dots(x: Floats, z: Floats, a: int, first: int, size: int) -> tuple[float, float]:
    """Return x'z_a and x'z_(a+1) over a block; reading x once for two saves a third of the time."""
    one, two = 0.0, 0.0
    b = min(a + 1, z.shape[0] - 1)
    for i in range(size):
        one += x[i] * z[a, first + i]
        two += x[i] * z[b, first + i]
    return one, two


@njit(cache=True)
def death_sums(z: Floats, offset: Floats, sets: RiskSets) -> tuple[Floats, float, float]:
    """Return sum of w z (p,), of w offset and of w over the deaths."""
    p = z.shape[0]
    sums, offsets, weights = np.zeros(p), 0.0, 0.0
    for g in range(sets.deaths.size):
        weights += sets.death_weight[g]
        first = sets.group_first[g]
        last = first + sets.deaths[g]
        if offset.size:
            for i in range(first, last):
                offsets += sets.weight[i] * offset[i]
        for a in range(p):
            sums[a] += _dot(sets.weight, z, a, first, last)
    return sums, offsets, weights


@njit(cache=True)
def _denominators(
    z: Floats, risk: Floats, sets: RiskSets, efron: bool, score: Floats, info: Floats
) -> float:
    """Return the sum of log denominators with their derivatives; risk is overwritten."""
    if z.shape[0] == 1 and sets.leaver.size == 0:
        return single_denominators(z[0], risk, sets, efron, score, info)
    groups = sets.group_rank.size
    hazard, tied = np.empty(groups), np.empty(groups)
    logs = _scan(z, risk, sets, efron, hazard, tied, score, info, np.empty((0, 0)))
    if logs == np.inf:
        return logs
    _live(sets, hazard, tied, risk)
    _cross_products(z, risk, info)
    return logs


@njit(cache=True)
def likelihood(
    z: Floats,
    offset: Floats,
    sets: RiskSets,
    ties: int,
    beta: Floats,
    sums: tuple[Floats, float, float],
    score: Floats,
    info: Floats,
) -> float:
    """Return the log partial likelihood at beta; fill score (p,) and information (p, p)."""
    p, n = z.shape
    risk = np.empty(n)
    shift = relative_risks(z, beta, offset, sets.weight, risk)
    for a in range(p):
        score[a] = sums[0][a]
        for b in range(p):
            info[a, b] = 0.0
    if ties == EXACT:
        logs = exact_denominators(z, risk, sets, score, info)
    else:
        logs = _denominators(z, risk, sets, ties == EFRON, score, info)
    for a in range(p):
        for b in range(a):
            info[b, a] = info[a, b]
    total = sums[1] - sums[2] * shift - logs
    for a in range(p):
        total += beta[a] * sums[0][a]
    return total


@njit(cache=True)
def event_moments(
    z: Floats, offset: Floats, sets: RiskSets, efron: bool, beta: Floats
) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Return at beta what each group keeps (see `_scan`), its hazards, the rows' risks, the shift.

    Risks and sums are on the scale exp(z'beta + offset - shift) of `relative_risks`; hazards
    times risks are free of it. Groups without a death keep zeros.
    """
    p, n = z.shape
    risk, groups = np.empty(n), sets.group_rank.size
    hazard, tied = np.empty(groups), np.empty(groups)
    kept = np.zeros((groups, 2 * p + 8))
    score, info = np.zeros(p), np.zeros((p, p))
    shift = relative_risks(z, beta, offset, sets.weight, risk)
    _scan(z, risk, sets, efron, hazard, tied, score, info, kept)
    return kept, hazard, tied, risk, shift


@njit(cache=True)
def weighted_second_moment(
    z: Floats, sets: RiskSets, risk: Floats, hazard: Floats, tied: Floats
) -> Floats:
    """Return sum over rows of (hazard lived through) z z' (p, p), for any hazard per group."""
    p = z.shape[0]
    info, exposure = np.zeros((p, p)), risk.copy()
    _live(sets, hazard, tied, exposure)
    _cross_products(z, exposure, info)
    for a in range(p):
        for b in range(a):
            info[b, a] = info[a, b]
    return info


# Compiled with b4b86ed2: cox_exact_kernels, cox_single_kernels, risk_sets
