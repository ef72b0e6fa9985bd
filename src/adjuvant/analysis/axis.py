"""The times of the table under a figure: even ticks that a reader can divide in her head."""

from bisect import bisect_left

__all__ = ["axis_ticks"]

_MOST = 10  # intervals; more would not fit under a figure
_STEPS: dict[str, tuple[float, ...]] = {
    "hour": (1, 2, 4, 6, 12, 24, 48, 72, 168),
    "week": (1, 2, 4, 8, 13, 26, 52, 104, 260),
    "month": (1, 2, 3, 6, 12, 24, 60, 120),
    "year": (0.25, 0.5, 1, 2, 5, 10),
}
_DAY_STEPS = (1, 2, 5, 10, 20, 50, 100)
_YEAR_STEPS = (0.5, 1, 2, 5, 10)
_DAYS_A_YEAR = 365.25


def axis_ticks(last: float, unit: str = "day") -> tuple[float, ...]:
    """Return the times from 0 to at most `last` under which a figure counts patients.

    last      the longest follow-up, in `unit`.
    Days become half, whole or several years (as whole days: 0, 365, 731, 1096 ...) from 18 months
    of follow-up on, and round numbers of days below that.

    >>> axis_ticks(1500, "day")
    (0.0, 183.0, 365.0, 548.0, 731.0, 913.0, 1096.0, 1278.0, 1461.0)
    >>> axis_ticks(200, "day")[:3], axis_ticks(40, "month")
    ((0.0, 20.0, 40.0), (0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0))
    """
    if unit == "day" and last >= 1.5 * _DAYS_A_YEAR:
        step = _step(_YEAR_STEPS, last / _DAYS_A_YEAR)
        whole = (int(step * i * _DAYS_A_YEAR + 0.5) for i in range(_MOST + 1))
        return tuple(float(day) for day in whole if day <= last)
    step = _step(_STEPS.get(unit, _DAY_STEPS), last)
    return tuple(step * i for i in range(int(last / step) + 1))


def _step(steps: tuple[float, ...], last: float) -> float:
    """Return the smallest step that gives at most `_MOST` intervals, doubling the last one."""
    place = bisect_left(steps, last / _MOST)
    step = float(steps[min(place, len(steps) - 1)])
    while last / step > _MOST:
        step *= 2
    return step
