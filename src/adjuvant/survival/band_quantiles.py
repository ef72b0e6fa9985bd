"""Critical values of simultaneous bands: suprema of the Brownian bridge, without simulation."""

from functools import lru_cache
from math import log, sqrt

import numpy as np

from adjuvant.core import Floats, InvalidData
from adjuvant.survival.root import falling_root

__all__ = ["equal_precision_value", "hall_wellner_value"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_BASIS = 32


@lru_cache(maxsize=256)
def hall_wellner_value(level: float, a: float, b: float) -> float:
    """Return h with P(sup of |bridge| over [a, b] <= h) = level; 0 <= a < b <= 1.

    Source    Hall & Wellner 1980 (Biometrika 67:133); over [0, 1] Kolmogorov's distribution.

    >>> round(hall_wellner_value(0.95, 0.0, 1.0), 4)
    1.3581
    """
    if not 0 <= a < b <= 1:
        raise InvalidData(f"a Hall-Wellner band needs 0 <= a < b <= 1; got {a} and {b}")
    _check_level(level)
    return falling_root(lambda h: level - _bridge_stays(h, a, b), 0.05, 6.0, 1e-11)


@lru_cache(maxsize=256)
def equal_precision_value(level: float, a: float, b: float) -> float:
    """Return e with P(sup over [a, b] of |bridge(x)| / sqrt(x (1 - x)) <= e) = level.

    a, b      0 < a <= b < 1; with a = b the pointwise normal quantile.
    Source    Nair 1984 (Technometrics 26:265). The ratio is a stationary Ornstein-Uhlenbeck
              process in the time log(x / (1 - x)) / 2; its exit is solved by eigenfunctions.

    >>> round(equal_precision_value(0.95, 0.15, 0.85) ** 2, 2)
    8.86
    """
    if not 0 < a <= b < 1:
        raise InvalidData(f"an equal-precision band needs 0 < a <= b < 1; got {a} and {b}")
    _check_level(level)
    span = 0.5 * log(b * (1 - a) / (a * (1 - b)))
    return falling_root(lambda e: level - _ratio_stays(e, span), 0.05, 12.0, 1e-11)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InvalidData(f"level is {level}; write a probability such as 0.95")


def _bridge_stays(h: float, a: float, b: float) -> float:
    """P(|bridge| <= h on [a, b]): integrate over both ends, the path between by reflections."""
    x, wx = _normal_nodes(np.zeros(1), sqrt(a * (1 - a)), h)
    x, wx = x[0], wx[0]
    centre = x * (1 - b) / (1 - a)
    y, wy = _normal_nodes(centre, sqrt((b - a) * (1 - b) / (1 - a)), h)
    u, v, span = x[:, None] + h, y + h, b - a
    stays = np.zeros_like(y)
    for k in range(-6, 7):
        direct = (v - u + 4 * k * h) ** 2 - (v - u) ** 2
        mirrored = (v + u + 4 * k * h) ** 2 - (v - u) ** 2
        stays += np.exp(-direct / (2 * span)) - np.exp(-mirrored / (2 * span))
    return float(wx @ (stays * wy).sum(axis=1))


def _normal_nodes(centre: Floats, spread: float, h: float) -> tuple[Floats, Floats]:
    """Return nodes in [-h, h] and weights, (len(centre), nodes), for normals with that spread."""
    if spread == 0:
        return np.clip(centre, -h, h)[:, None], np.ones((len(centre), 1))
    low = np.clip(centre - 9 * spread, -h, h)[:, None]
    high = np.clip(centre + 9 * spread, -h, h)[:, None]
    half = 0.5 * (high - low)
    nodes = low + half * (1 + _NODES)
    density = np.exp(-0.5 * ((nodes - centre[:, None]) / spread) ** 2)
    return nodes, half * _WEIGHTS * density / (spread * sqrt(2 * np.pi))


def _ratio_stays(e: float, span: float) -> float:
    """P(a stationary Ornstein-Uhlenbeck path stays in (-e, e) for the time `span`).

    The chance q(x, t) of staying solves q_t = q_xx - x q_x with q = 0 at +-e: Galerkin with
    (1 - s^2) P_2k(s), s = x / e, and the normal density as weight.
    """
    s, w, f, slope = _galerkin()
    weight = w * e * np.exp(-0.5 * (e * s) ** 2) / sqrt(2 * np.pi)
    mass = f.T @ (weight[:, None] * f)
    stiffness = slope.T @ (weight[:, None] * slope) / e**2
    root = np.linalg.inv(np.linalg.cholesky(mass))
    rates, modes = np.linalg.eigh(root @ stiffness @ root.T)
    start = modes.T @ root @ (f.T @ weight)
    return float(np.sum(start**2 * np.exp(-np.maximum(rates, 0.0) * span)))


@lru_cache(maxsize=1)
def _galerkin() -> tuple[Floats, Floats, Floats, Floats]:
    """Return nodes and weights (q,), the trial functions and their slopes in s (q, k)."""
    s, w = np.polynomial.legendre.leggauss(4 * _BASIS)
    one = np.eye(2 * _BASIS)[::2]
    values, slopes = [], []
    for coefficients in one:
        value = np.polynomial.legendre.legval(s, coefficients)
        slope = np.polynomial.legendre.legval(s, np.polynomial.legendre.legder(coefficients))
        values.append((1 - s * s) * value)
        slopes.append((1 - s * s) * slope - 2 * s * value)
    return s, w, np.column_stack(values), np.column_stack(slopes)
