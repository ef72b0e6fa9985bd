"""Where a profile likelihood has fallen far enough: one crossing of zero, searched outwards."""

from collections.abc import Callable

from adjuvant.core import NotConverged

__all__ = ["crossing"]


def crossing(fall: Callable[[float], float], start: float, step: float, what: str) -> float:
    """Return where `fall`, negative at start, first crosses 0 in the direction of step.

    Raises    NotConverged where it stays negative; `what` names the limit in the message.

    >>> round(crossing(lambda x: x * x - 4, 0.0, -1.0, "limit"), 12)
    -2.0
    """
    inside, outside = start, start + step
    for _ in range(60):
        if fall(outside) > 0:
            return _root(fall, inside, outside)
        inside, outside = outside, outside + 2 * (outside - inside)
    raise NotConverged(f"no {what} within {outside}")


def _root(f: Callable[[float], float], a: float, b: float) -> float:
    """Return the root between a (f < 0) and b (f > 0): false position with Illinois' rule.

    Source    Dowell & Jarratt 1971.
    """
    fa, fb = f(a), f(b)
    last, x = a, b
    for _ in range(100):
        x = (a * fb - b * fa) / (fb - fa)
        fx = f(x)
        if fx == 0 or abs(x - last) <= 1e-13 * max(1.0, abs(x)):
            return x
        if fx > 0:
            b, fb, fa = x, fx, (fa / 2 if last == b else fa)
        else:
            a, fa, fb = x, fx, (fb / 2 if last == a else fb)
        last = x
    return x
