"""One root of a continuous function of one variable, to the last digits of a float."""

import math
from collections.abc import Callable

from adjuvant.core import NotConverged

__all__ = ["bracket", "root"]

_STEPS = 200


def root(
    function: Callable[[float], float],
    low: float,
    high: float,
    *,
    tolerance: float = 1e-14,
    residual: float = 0.0,
) -> float:
    """Return where `function` is 0 between low and high, at which its signs differ.

    tolerance   of the answer, relative above 1 and absolute below.
    residual    a value of the function that is as good as 0.
    Raises      NotConverged when the signs do not differ, or after 200 steps.
    Source      Chandrupatla 1997 (inverse quadratic steps where they are safe, else bisection).

    >>> round(root(lambda x: x * x - 2, 0, 2), 12)
    1.414213562373
    """
    b, a = low, high
    fb, fa = function(b), function(a)
    if fb == 0 or fa == 0:
        return b if fb == 0 else a
    if (fa > 0) == (fb > 0) or math.isnan(fa) or math.isnan(fb):
        raise NotConverged(
            f"no solution between {low:.6g} and {high:.6g}: the function is {fb:.3g} and {fa:.3g}"
        )
    c, fc, share = a, fa, 0.5
    for _ in range(_STEPS):
        x = a + share * (b - a)
        fx = function(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best, at_best = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        smallest = tolerance * max(1.0, abs(best)) / abs(b - a)
        if abs(at_best) <= residual or smallest >= 0.5:
            return best
        share = min(max(_next_share(a, b, c, fa, fb, fc), smallest), 1 - smallest)
    raise NotConverged(f"no solution after {_STEPS} steps; the last was {a!r}")


def _next_share(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if not (phi * phi < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    return fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)


def bracket(
    function: Callable[[float], float], start: float, step: float, *, limit: float, what: str
) -> tuple[float, float]:
    """Return an interval of growing steps from `start` on which `function` changes its sign.

    step       its sign is the direction; each step is twice the one before.
    limit      how far from `start` to look.
    Raises     NotConverged naming `what` was sought, when there is no change within the limit.

    >>> bracket(lambda x: x - 5, 0, 1, limit=100, what="x")
    (3, 7)
    """
    low, at_low = start, function(start)
    if at_low == 0:
        return low, low + step
    while abs(low - start) < limit:
        high = low + step
        at_high = function(high)
        if (at_high > 0) != (at_low > 0) or at_high == 0:
            return low, high
        low, at_low, step = high, at_high, 2 * step
    raise NotConverged(f"{what}: no solution between {start:.6g} and {low:.6g}")
