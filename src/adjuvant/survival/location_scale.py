"""Log time as location + scale x error: the likelihood of exact, censored and interval times.

Source    Kalbfleisch & Prentice 2002, chapter 3; the derivatives are written out here.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.special import expit, log_ndtr

from adjuvant.core import Floats, Mask, NotEstimable
from adjuvant.survival.climb import Summit, climb

__all__ = ["Distribution", "Observations", "fit_location_scale"]

Distribution = Literal["weibull", "exponential", "log_normal", "log_logistic"]
_NARROW = 1e-4  # of log time
_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


class Observations(NamedTuple):
    """What is known of each row's log time.

    lower, upper    log times between which the event lies; equal for an exact time, upper +inf
                    for right censoring, lower -inf for left censoring.
    entry           log entry time, -inf from the beginning.
    weight          case weights.
    """

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats


class _Terms(NamedTuple):
    """Of a function of w: log density and log survival with two derivatives each."""

    density: Floats
    density1: Floats
    density2: Floats
    survival: Floats
    survival1: Floats
    survival2: Floats


def _terms(w: Floats, distribution: Distribution) -> _Terms:
    if distribution == "log_normal":
        survival = log_ndtr(-w)
        density = -0.5 * w * w - _HALF_LOG_TWO_PI
        h = np.exp(density - survival)
        return _Terms(density, -w, np.full_like(w, -1.0), survival, -h, -h * (h - w))
    if distribution == "log_logistic":
        p = expit(w)
        survival = -np.logaddexp(0.0, w)
        return _Terms(w + 2 * survival, 1 - 2 * p, -2 * p * (1 - p), survival, -p, -p * (1 - p))
    e = np.exp(np.minimum(w, 300.0))
    return _Terms(w - e, 1 - e, -e, -e, -e, -e)


class _Row(NamedTuple):
    """A row's log likelihood and its derivatives in w at lower (a) and upper (b)."""

    value: Floats
    a: Floats
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats


def _rows(observed: Observations, wa: Floats, wb: Floats, distribution: Distribution) -> _Row:
    """Return the contributions of all rows; w is 0 where a limit is infinite (and not used)."""
    fa, fb = _terms(wa, distribution), _terms(wb, distribution)
    zero = np.zeros_like(wa)
    exact, right = observed.lower == observed.upper, np.isposinf(observed.upper)
    value = np.where(exact, fa.density, fa.survival)
    a = np.where(exact, fa.density1, fa.survival1)
    aa = np.where(exact, fa.density2, fa.survival2)
    row = _Row(value, a, zero, aa, zero, zero)
    between = ~(exact | right)
    if not between.any():
        return row
    inner = _between(fa, fb, np.isneginf(observed.lower))
    return _Row(*(np.where(between, new, old) for new, old in zip(inner, row, strict=True)))


def _between(fa: _Terms, fb: _Terms, left: Mask) -> _Row:
    """Return log(S(a) - S(b)) and its derivatives, for a < b; S(a) = 1 where `left`."""
    log_a = np.where(left, 0.0, fa.survival)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = log_a + np.log(-np.expm1(np.minimum(fb.survival - log_a, 0.0)))
        ga = np.where(left, 0.0, np.exp(fa.density - value))
        gb = np.exp(fb.density - value)
        rows = _Row(value, -ga, gb, -ga * fa.density1 - ga**2, gb * fb.density1 - gb**2, ga * gb)
    return rows


def _likelihood(
    theta: Floats, x: Floats, observed: Observations, distribution: Distribution
) -> tuple[float, Floats, Floats]:
    """Return value, score and observed information in (beta, log scale)."""
    p = x.shape[1]
    tau = 0.0 if distribution == "exponential" else float(np.clip(theta[p], -50.0, 50.0))
    sigma, eta, weight = np.exp(tau), x @ theta[:p], observed.weight
    wa, wb, wc = (_standard(limit, eta, sigma) for limit in observed[:3])
    row = _rows(observed, wa, wb, distribution)
    late, entered = np.isfinite(observed.entry), _terms(wc, distribution)
    exact = observed.lower == observed.upper
    value = row.value - np.where(late, entered.survival, 0.0)
    value -= np.where(exact, tau + np.where(exact, observed.lower, 0.0), 0.0)
    c, cc = late * -entered.survival1, late * -entered.survival2
    first = row.a + row.b + c
    by_scale = row.a * wa + row.b * wb + c * wc
    ee = row.aa + row.bb + cc + 2 * row.ab
    es = row.aa * wa + row.bb * wb + cc * wc + row.ab * (wa + wb) + first
    ss = row.aa * wa**2 + row.bb * wb**2 + cc * wc**2 + 2 * row.ab * wa * wb + by_scale
    score = np.append(-(x.T @ (weight * first)) / sigma, -np.sum(weight * (by_scale + exact)))
    info = np.empty((p + 1, p + 1))
    info[:p, :p] = -(x.T * (weight * ee)) @ x / sigma**2
    info[:p, p] = info[p, :p] = -(x.T @ (weight * es)) / sigma
    info[p, p] = -np.sum(weight * ss)
    size = p if distribution == "exponential" else p + 1
    return float(np.sum(weight * value)), score[:size], info[:size, :size]


def _standard(limit: Floats, eta: Floats, sigma: float) -> Floats:
    """Return (limit - eta) / sigma, 0 where the limit is infinite."""
    finite = np.isfinite(limit)
    return np.asarray(np.where(finite, (np.where(finite, limit, 0.0) - eta) / sigma, 0.0))


def fit_location_scale(
    x: Floats, observed: Observations, distribution: Distribution, what: str
) -> Summit:
    """Return the maximum in (beta, log scale); beta alone for the exponential.

    x         (n, p) design: a column of ones, then columns of mean 0 and variance 1.
    Raises    NotEstimable where columns depend on each other or a coefficient is infinite;
              NotConverged where the climb stops short.

    >>> logs, one = np.log([1.0, 2.0, 4.0]), np.ones((3, 1))
    >>> known = Observations(logs, logs, np.full(3, -np.inf), np.ones(3))
    >>> round(float(np.exp(fit_location_scale(one, known, "exponential", "").at[0])), 6)
    2.333333
    """
    if np.linalg.svd(x, compute_uv=False)[-1] < 1e-6 * np.sqrt(len(x)):
        raise NotEstimable(f"{what}: a covariate is constant or a combination of others")
    observed, widths = _narrow_as_exact(observed)
    finite = np.where(np.isfinite(observed.upper), observed.upper, observed.lower)
    middle = np.where(np.isfinite(observed.lower), (observed.lower + finite) / 2, finite)
    start = np.zeros(x.shape[1] + (distribution != "exponential"))
    start[0] = np.average(middle, weights=observed.weight)
    if distribution != "exponential":
        start[-1] = np.log(max(float(np.std(middle)), 1e-3))
    events = float(np.sum(observed.weight * np.isfinite(observed.upper)))
    # A trial step may leave the range of doubles; its value is then NaN and it is not taken.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        top = climb(
            lambda theta: _likelihood(theta, x, observed, distribution),
            start, what, events=events, base=max(events, 1.0) * np.eye(len(start)),
        )  # fmt: skip
    if top.infinite.any():
        raise NotEstimable(f"{what}: a coefficient is infinite (no event in a group?)")
    return top._replace(start_value=top.start_value + widths, value=top.value + widths)


def _narrow_as_exact(observed: Observations) -> tuple[Observations, float]:
    """Return the rows with narrow intervals known at their middle, and their log widths' sum.

    S(a) - S(b) of two nearly equal numbers loses its digits, and its second derivative all of
    them; density times width differs from it by less than 1e-9 below this width.
    """
    with np.errstate(invalid="ignore"):
        width = observed.upper - observed.lower
    narrow = (width > 0) & (width < _NARROW)
    if not narrow.any():
        return observed, 0.0
    middle = observed.lower[narrow] + width[narrow] / 2
    lower, upper = observed.lower.copy(), observed.upper.copy()
    lower[narrow] = upper[narrow] = middle
    # An exact row is counted per unit of time: its middle is taken off there and added here.
    widths = float(np.sum(observed.weight[narrow] * (np.log(width[narrow]) + middle)))
    return observed._replace(lower=lower, upper=upper), widths
