"""Plausible smooth hazards that print the printed numbers: the prior on shape, and draws from it.

Log hazards of events and of censoring are Gaussian processes: smooth in time, of unknown level,
the two arms alike up to a smooth log hazard ratio; censoring comes late, as when patients enter
over a period and are followed to one date. A draw is moved onto the printed numbers by randomised
maximum likelihood (Kitanidis 1995; Oliver 1996): the smallest change, in the metric of the prior,
that prints them.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjuvant.core import Codes, Floats
from adjuvant.evidence.reconstruct_shape_kernels import expected, slopes
from adjuvant.evidence.reconstruct_targets import Targets
from adjuvant.evidence.rounding import Range

__all__ = ["Prior", "Shape", "ShapeModel", "relative_error"]

_CELLS = 30
# Steps of Gauss-Newton, at most.
_STEPS = 25


@dataclass(frozen=True)
class Prior:
    """How far hazards may wander: standard deviations of log hazards, lengths as share of time.

    level, tilt       of the events' log hazard: its height, and its slope over the follow-up.
    wave, wave_length of its smooth departures from a line.
    rough             times the chance of counts in a cell, 1 / sqrt(events expected there): by so
                      much the trial that was drawn departs from the smooth hazard, at most by 1.
    ratio_tilt, ratio_wave, ratio_length  the same for the log hazard ratio.
    censoring, censoring_length, censoring_arms  of the log censoring hazard, common and by arm.
    start             share of the follow-up within which the hazard rises from near 0.
    """

    level: float = 2.0
    tilt: float = 2.0
    wave: float = 0.45
    wave_length: float = 0.3
    rough: float = 1.0
    ratio_tilt: float = 0.5
    ratio_wave: float = 0.25
    ratio_length: float = 0.3
    censoring: float = 1.0
    censoring_length: float = 0.15
    censoring_arms: float = 0.3
    start: float = 0.015


@dataclass(frozen=True)
class Shape:
    """One member's smooth hazards: log hazard per day (4, cells) over edges (cells + 1,) days.

    Rows: events of T, events of C, censoring of T, censoring of C.
    """

    edges: Floats
    log_hazard: Floats

    def log_likelihood(self, longest: int) -> Floats:
        """Return the log-likelihood of a patient: (2, 2, longest + 1) arm (1 = T), event, day."""
        days = np.arange(longest + 1)
        cell = np.clip(np.searchsorted(self.edges, days, side="left") - 1, 0, None)
        cell = np.minimum(cell, self.log_hazard.shape[1] - 1)
        daily = np.exp(self.log_hazard[:, cell])
        total = np.cumsum(daily, axis=1)
        out = np.empty((2, 2, longest + 1))
        for arm in (0, 1):
            event, censored = (1 - arm), (3 - arm)
            gone = total[event] + total[censored]
            out[arm, 1] = self.log_hazard[event, cell] - gone
            out[arm, 0] = self.log_hazard[censored, cell] - gone
        return out


class ShapeModel:
    """Draws smooth hazards that print the numbers of a page."""

    def __init__(self, targets: Targets, prior: Prior | None = None) -> None:
        self.targets = targets
        self.prior = prior or Prior()
        self.longest = targets.longest
        self.edges = np.linspace(0.0, self.longest, _CELLS + 1)
        self.n = np.array([targets.arms["T"].n, targets.arms["C"].n], dtype=np.float64)
        self.days: Codes = np.array([m.day for m in targets.milestones], dtype=np.int64)
        self.which = _codes([m.arm for m in targets.milestones])
        self.median_days = np.array([_middle(m.days) for m in targets.medians])
        self.median_arm = _codes([m.arm for m in targets.medians])
        follow_up = targets.follow_up.get("median")
        self.follow_up = -1.0 if follow_up is None else _middle(follow_up)
        self.mean = self._prior_mean()
        self.covariance = self._prior_covariance()
        self.root = np.linalg.cholesky(self.covariance + 1e-6 * np.eye(len(self.covariance)))
        self.whiten = np.linalg.inv(self.root)
        self._modes: dict[int, Floats] = {}

    def central(self, scale: int) -> Shape:
        """Return the likeliest hazards: the smallest departure from the prior's mean."""
        return self._shape(self._likeliest(scale))

    def draw(self, rng: np.random.Generator, scale: int) -> Shape:
        """Return hazards drawn from the prior and moved onto the printed numbers."""
        start = self.root @ rng.standard_normal(4 * _CELLS)
        # From the likeliest hazards the way is short; from the draw itself it may not be found.
        return self._shape(self._fitted(start, self._likeliest(scale), *self._asked(rng, scale)))

    def _likeliest(self, scale: int) -> Floats:
        if scale not in self._modes:
            zero = np.zeros(4 * _CELLS)
            self._modes[scale] = self._fitted(zero, zero, *self._asked(None, scale))
        return self._modes[scale]

    def _shape(self, f: Floats) -> Shape:
        return Shape(self.edges, (self.mean + f).reshape(4, _CELLS))

    @property
    def _page(self) -> Any:
        """What the kernels need to know of the page."""
        return (
            self.edges,
            self.n,
            self.days,
            self.which,
            self.median_days,
            self.median_arm,
            self.follow_up,
        )

    def _fitted(self, start: Floats, first: Floats, wanted: Floats, variance: Floats) -> Floats:
        """Return the f nearest to `start` in the prior's metric that gives what is wanted.

        Gauss-Newton from `first`, each step halved until it lowers the sum of squares.
        """
        f = first.copy()
        use = np.isfinite(wanted)
        wanted, variance = wanted[use], variance[use]

        def at(f: Floats) -> tuple[Floats, float]:
            now = expected((self.mean + f).reshape(4, _CELLS), *self._page)
            apart = self.whiten @ (f - start)
            return now, float(apart @ apart + np.sum((wanted - now[use]) ** 2 / variance))

        now, badness = at(f)
        for _ in range(_STEPS):
            jacobian = slopes((self.mean + f).reshape(4, _CELLS), now, *self._page)[use]
            gain = self.covariance @ jacobian.T
            system = jacobian @ gain + np.diag(variance)
            residual = wanted - now[use] + jacobian @ (f - start)
            change = start + gain @ np.linalg.solve(system, residual) - f
            share = min(1.0, 2.0 / max(float(np.abs(change).max()), 1e-12))
            for _ in range(8):
                new = np.clip(f + share * change, -12.0, 8.0)
                then, worse = at(new)
                if worse < badness:
                    break
                share /= 2
            else:
                break
            gained = badness - worse
            f, now, badness = new, then, worse
            if gained < 0.5:
                break
        return f

    def _asked(self, rng: np.random.Generator | None, scale: int) -> tuple[Floats, Floats]:
        """Return the numbers wanted of `expected` and their variances, rounding drawn anew."""
        t = self.targets
        shares = [float(np.clip(_drawn(m.value, rng), 0.002, 0.998)) for m in t.milestones]
        hazards = [-math.log(s) for s in shares]
        greenwood = [
            _greenwood(s, m.low, m.high, scale, t.z, rng)
            for s, m in zip(shares, t.milestones, strict=True)
        ]
        events = [
            math.log(max(c.events, 0.5)) if c.events is not None else math.nan
            for c in (t.arms["T"], t.arms["C"])
        ]
        ratio = math.nan if t.ratio is None else math.log(_drawn(t.ratio[0], rng))
        half = math.log(0.5) if "median" in t.follow_up else math.nan
        wanted = [*hazards, *greenwood, *[math.log(2)] * len(t.medians), half, *events, ratio]
        spread = [
            *[1e-6] * len(hazards), *[2e-3] * len(greenwood),
            *[4e-2 if m.about else 1e-4 for m in t.medians], 4e-3, 1e-4, 1e-4, 1e-5,
        ]  # fmt: skip
        return np.array(wanted), np.array(spread)

    def _prior_mean(self) -> Floats:
        x = (self.edges[:-1] + self.edges[1:]) / 2
        events = np.log(1e-9 + 1.0 - np.exp(-x / (self.prior.start * self.longest)))
        events = events + math.log(0.7 / self.longest)
        median = self.follow_up if self.follow_up > 0 else 0.7 * self.longest
        begin = min(max(2 * median - self.longest, 0.05 * self.longest), 0.95 * self.longest)
        width = self.longest / _CELLS
        ramp = 1.0 / (1.0 + np.exp(-(x - begin) / width))
        leaving = 0.03 / self.longest + ramp / (1.01 * self.longest - x)
        return np.concatenate([events, events, np.log(leaving), np.log(leaving)])

    def _prior_covariance(self) -> Floats:
        p = self.prior
        x = ((self.edges[:-1] + self.edges[1:]) / 2) / self.longest
        gap = x[:, None] - x[None, :]
        line = (x - 0.4)[:, None] * (x - 0.4)[None, :]

        def smooth(sd: float, length: float) -> Floats:
            return np.asarray(sd**2 * np.exp(-0.5 * (gap / length) ** 2))

        base = p.level**2 + p.tilt**2 * line + smooth(p.wave, p.wave_length)
        ratio = 1.0 + p.ratio_tilt**2 * line + smooth(p.ratio_wave, p.ratio_length)
        unit = np.eye(len(x))
        t, c = (p.rough**2 * _CELLS / max(e, 1.0) for e in self._counts())
        t_gone, c_gone = (
            p.rough**2 * _CELLS / max(n - e, 1.0)
            for n, e in zip(self.n, self._counts(), strict=True)
        )
        common = 0.5**2 + smooth(p.censoring, p.censoring_length)
        apart = smooth(p.censoring_arms, 2 * p.censoring_length)
        zero = np.zeros_like(base)
        same, other = base + ratio / 4, base - ratio / 4
        return np.block([
            [same + min(t, 1.0) * unit, other, zero, zero],
            [other, same + min(c, 1.0) * unit, zero, zero],
            [zero, zero, common + apart + min(t_gone, 1.0) * unit, common],
            [zero, zero, common, common + apart + min(c_gone, 1.0) * unit],
        ])  # fmt: skip

    def _counts(self) -> list[float]:
        """Events of T and of C; half of the patients where no count is printed."""
        arms = (self.targets.arms["T"], self.targets.arms["C"])
        return [0.5 * a.n if a.events is None else float(a.events) for a in arms]


def _codes(arms: list[str]) -> Codes:
    return np.array([1 if arm == "T" else 0 for arm in arms], dtype=np.int64)


def _middle(span: Range) -> float:
    return (span.low + span.high) / 2


def _drawn(span: Range, rng: np.random.Generator | None) -> float:
    return _middle(span) if rng is None else float(rng.uniform(span.low, span.high))


def _greenwood(
    s: float,
    low: Range | None,
    high: Range | None,
    scale: int,
    z: float,
    rng: np.random.Generator | None,
) -> float:
    """Return the log of Greenwood's sum that prints the limits around s; NaN without limits."""
    widths = [
        relative_error(s, _drawn(limit, rng), scale, z)
        for limit in (low, high)
        if limit is not None
    ]
    usable = [w for w in widths if w > 0]
    return 2 * math.log(sum(usable) / len(usable)) if usable else math.nan


def relative_error(s: float, limit: float, scale: int, z: float) -> float:
    """Return the standard error over s for which `limit` is a limit of s; 0 where there is none."""
    if not 0 < limit < 1 or not 0 < s < 1:
        return 0.0
    if scale == 1:
        return abs(limit - s) / (z * s)
    if scale == 2:
        return abs(math.log(limit / s)) / z
    if scale == 3:
        return abs(math.log(limit / (1 - limit)) - math.log(s / (1 - s))) * (1 - s) / z
    return abs(math.log(math.log(limit) / math.log(s))) * -math.log(s) / z
