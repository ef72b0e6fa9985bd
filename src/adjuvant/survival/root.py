"""The root of a falling function, by bisection."""

from collections.abc import Callable

__all__ = ["falling_root"]


def falling_root(
    f: Callable[[float], float], lower: float, upper: float, tolerance: float = 0.0
) -> float:
    """Return x in [lower, upper] with f(x) = 0, f falling; an end where f does not change sign.

    tolerance  width of the last bracket; 0 goes on until no number lies between.

    >>> round(falling_root(lambda x: 2 - x * x, 0.0, 2.0), 12)
    1.414213562373
    """
    while True:
        middle = 0.5 * (lower + upper)
        if not lower < middle < upper or upper - lower < tolerance:
            return middle
        if f(middle) > 0:
            lower = middle
        else:
            upper = middle
