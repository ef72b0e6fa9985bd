"""The root of a falling function, by bisection to the last digit."""

from collections.abc import Callable

__all__ = ["falling_root"]


def falling_root(f: Callable[[float], float], lower: float, upper: float) -> float:
    """Return x in [lower, upper] with f(x) = 0, f falling; an end where f does not change sign.

    >>> round(falling_root(lambda x: 2 - x * x, 0.0, 2.0), 12)
    1.414213562373
    """
    while True:
        middle = 0.5 * (lower + upper)
        if not lower < middle < upper:
            return middle
        if f(middle) > 0:
            lower = middle
        else:
            upper = middle
