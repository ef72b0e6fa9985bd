"""Events known only to lie between two visits: Turnbull's curve and parametric regression."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from adjuvant.core import (
    Codes,
    Floats,
    InvalidData,
    NotConverged,
    NotEnoughData,
    TimeToEvent,
    encode,
)
from adjuvant.survival.design_matrix import Covariates, design_matrix
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.location_scale import Distribution, Observations
from adjuvant.survival.parametric import ParametricFit, regression

__all__ = ["IntervalCensored", "TurnbullCurve", "interval_censored_survival", "turnbull"]

# Mass that is rounding: the certificate of the maximum is a million times coarser.
_ROUNDING = 1e-15


@dataclass(frozen=True, eq=False, repr=False)
class IntervalCensored:
    """n subjects whose event lies in (lower, upper], valid or refused.

    lower     (n,) last visit without the event, >= 0; 0 where the first visit found it.
    upper     (n,) first visit with it; +inf where it was never seen; equal to lower where the
              time is known exactly.
    arm       (n,) codes into arm_labels, 0 the control; weight (n,) >= 0.
    Raises    InvalidData naming the first offending row.

    >>> IntervalCensored([0, 6, 12], [6, 12, float("inf")])
    IntervalCensored(n=3, events=2, unit='day')
    """

    lower: Floats
    upper: Floats
    arm: Codes | None = None
    arm_labels: tuple[str, ...] = ()
    weight: Floats | None = None
    unit: str = "day"

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "weight"):
            if getattr(self, name) is not None:
                column = np.array(getattr(self, name), dtype=np.float64)
                column.flags.writeable = False
                object.__setattr__(self, name, column)
        if self.arm is not None:
            object.__setattr__(self, "arm", np.array(self.arm, dtype=np.int64))
        for field in fields(self):
            column = getattr(self, field.name)
            if isinstance(column, np.ndarray) and column.shape != self.lower.shape:
                raise InvalidData(f"{field.name} has {column.size} rows, lower has {self.n}")
        _refuse("lower", self.lower, ~(np.isfinite(self.lower) & (self.lower >= 0)))
        _refuse("upper", self.upper, ~(self.upper >= self.lower))
        if self.weight is not None:
            _refuse("weight", self.weight, ~(np.isfinite(self.weight) & (self.weight >= 0)))

    @classmethod
    def of(
        cls,
        lower: ArrayLike,
        upper: ArrayLike,
        *,
        arm: Sequence[Hashable] | None = None,
        control: Hashable = None,
        **more: Any,
    ) -> Self:
        """Return the data with arms given as labels; `control` becomes code 0."""
        if arm is not None:
            more["arm"], more["arm_labels"] = encode("arm", arm, first=control)
        return cls(lower, upper, **more)  # type: ignore[arg-type]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.lower)

    @property
    def weights(self) -> Floats:
        """Case weights, 1 each where none were given."""
        return np.ones(self.n) if self.weight is None else self.weight

    def __repr__(self) -> str:
        events = int(np.isfinite(self.upper).sum())
        return f"IntervalCensored(n={self.n}, events={events}, unit={self.unit!r})"


def _refuse(name: str, values: Floats, bad: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        raise InvalidData(
            f"row {rows[0] + 1}: {name} is {values[rows[0]]} ({rows.size} rows in all); "
            "expected 0 <= lower <= upper, with upper = inf where the event was never seen"
        )


@dataclass(frozen=True, eq=False)
class TurnbullCurve:
    """One arm's maximum-likelihood curve: mass on the intervals (left, right].

    Within an interval the curve is not determined; `survival` is its value from `right` on. The
    last interval may reach to infinity: survival is then what is left before it, and 0 after.
    """

    label: str
    left: Floats
    right: Floats
    mass: Floats
    survival: Floats
    log_likelihood: float
    unit: str = "day"

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def turnbull(data: IntervalCensored) -> tuple[TurnbullCurve, ...]:
    """Return the nonparametric maximum-likelihood curve of each arm.

    Intervals without mass are left out. The maximum is certified: no direction raises the log
    likelihood by more than 1e-9 per unit of mass moved.
    Raises    NotEnoughData for an arm without rows; NotConverged where no certificate is found.
    Source    Turnbull 1976; Wang 2007 for the constrained Newton method; agrees with survfit of
              R survival 3.5-3 on Surv(type = "interval2").

    >>> curve = turnbull(IntervalCensored([0, 6, 12], [6, 12, float("inf")]))[0]
    >>> curve.right.tolist(), curve.survival.round(4).tolist()
    ([6.0, 12.0, inf], [0.6667, 0.3333, 0.0])
    """
    labels = data.arm_labels or ("",)
    curves = []
    for code, label in enumerate(labels):
        keep = data.weights > 0
        if data.arm is not None:
            keep &= data.arm == code
        if not keep.any():
            raise NotEnoughData(f"no row in arm {label!r}; a curve needs rows")
        curve = _curve(label, data.lower[keep], data.upper[keep], data.weights[keep])
        curves.append(replace(curve, unit=data.unit))
    return tuple(curves)


def _curve(label: str, lower: Floats, upper: Floats, weight: Floats) -> TurnbullCurve:
    pairs, place = np.unique(np.column_stack([lower, upper]), axis=0, return_inverse=True)
    left, right = _innermost(pairs)
    inside = _contains(pairs, left, right).astype(np.float64)
    mass, value = _most_likely(
        inside, np.bincount(place.reshape(-1), weights=weight).astype(np.float64)
    )
    keep = mass > _ROUNDING
    kept = mass[keep]
    later = np.cumsum(kept[::-1])[::-1] - kept
    later[-1] = 0.0
    return TurnbullCurve(label, left[keep], right[keep], kept, later, value)


def _innermost(pairs: Floats) -> tuple[Floats, Floats]:
    """Return the intervals that can carry mass: a left end directly followed by a right end.

    Order at one time: right ends of (l, t], then exact times [t, t], then left ends (t, r].
    """
    exact = pairs[:, 0] == pairs[:, 1]
    ends = [(t, 1 if e else 2, 0) for t, e in zip(pairs[:, 0], exact, strict=True)]
    ends += [(t, 1 if e else 0, 1) for t, e in zip(pairs[:, 1], exact, strict=True)]
    ends = sorted(set(ends))
    found = [(a[0], b[0]) for a, b in pairwise(ends) if a[2] == 0 and b[2] == 1]
    return np.array([f[0] for f in found]), np.array([f[1] for f in found])


def _contains(pairs: Floats, left: Floats, right: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return whether each row's interval (rows, m) holds each innermost interval."""
    lower, upper = pairs[:, :1], pairs[:, 1:]
    point = left == right
    within = (left >= lower) & (right <= upper)
    # A point at an open left end lies outside, unless the row is that point itself.
    return np.asarray(within & ~(point & (left == lower) & (lower < upper)))


def _most_likely(inside: Floats, weight: Floats) -> tuple[Floats, float]:
    """Return the mass (m,) that maximises sum w log(inside @ mass), and the maximum."""
    mass = inside.T @ (weight / inside.sum(axis=1)) / weight.sum()
    total = weight.sum()
    value = float(weight @ np.log(inside @ mass))
    for _ in range(1000):
        slope = inside / (inside @ mass)[:, None]
        gain = slope.T @ weight / total - 1.0
        if gain.max() <= 1e-9 and np.abs(gain[mass > 0]).max() <= 1e-9:
            return mass, value
        target = _newton_target(slope, weight, total)
        mass, value = _uphill(inside, weight, mass, target, value)
    raise NotConverged("Turnbull's curve did not settle; look for rows that contradict each other")


def _newton_target(slope: Floats, weight: Floats, total: float) -> Floats:
    """Return the maximum on the simplex of the quadratic that osculates the log likelihood."""
    root = np.sqrt(weight / total)
    rows = np.vstack([root[:, None] * slope, np.full((1, slope.shape[1]), 1e5)])
    right = np.append(2 * root, 1e5)
    found = nnls(rows, right, maxiter=100 * slope.shape[1])[0]
    return np.asarray(found / found.sum())


def _uphill(
    inside: Floats, weight: Floats, mass: Floats, target: Floats, value: float
) -> tuple[Floats, float]:
    """Return the first of target, half way there, ... that is better; else one step of EM."""
    for half in range(40):
        trial = mass + 0.5**half * (target - mass)
        chance = inside @ trial
        if (chance > 0).all():
            reached = float(weight @ np.log(chance))
            if reached > value:
                return trial, reached
    trial = mass * ((inside / (inside @ mass)[:, None]).T @ weight) / weight.sum()
    return trial, float(weight @ np.log(inside @ trial))


def interval_censored_survival(
    data: IntervalCensored,
    covariates: Covariates | None = None,
    *,
    distribution: Distribution = "weibull",
    level: float = 0.95,
) -> ParametricFit:
    """Fit an accelerated failure time model to interval-censored times.

    data          lower = 0 means found at the first visit; arms come first as in `cox`.
    Raises        as `parametric_survival`; InvalidData for an exact time 0.
    Source        as survreg(Surv(lower, upper, type = "interval2")) of R survival 3.5-3.

    >>> data = IntervalCensored([0, 6, 12, 6], [6, 12, float("inf"), 18])
    >>> fit = interval_censored_survival(data, distribution="exponential")
    >>> fit.events
    3
    """
    _refuse("upper", data.upper, data.upper == 0)
    with np.errstate(divide="ignore"):
        lower, upper = np.log(data.lower), np.log(data.upper)
    observed = Observations(lower, upper, np.full(data.n, -np.inf), data.weights)
    design = None
    if covariates or len(data.arm_labels) > 1:
        # The columns need rows and arms only; the times that stand in are never read.
        rows = TimeToEvent(
            data.lower, np.isfinite(data.upper), arm=data.arm, arm_labels=data.arm_labels
        )
        design = design_matrix(rows, covariates)
    fit = regression(observed, design, distribution, level)
    return replace(fit, data=data, design=design)
