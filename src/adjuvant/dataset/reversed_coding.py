"""Whether an event indicator looks coded the wrong way round.

Where 1 stands for censored, the "events" are those who were followed to the end: they are later
than the "censorings", and nearly all of the longest times are events. In a trial coded rightly
the longest times are mostly censored ones.

The limits were set after looking at 15 data sets of the R package survival and the CDISC pilot,
so their record on new trials is not known. None of the 16 is called reversed as it stands (the
nearest is `kidney`, share 0.69); 9 are when the indicator is turned round, and 7 are missed
(aml, kidney, lung, mgus2, myeloma, stanford2, veteran). No warning is therefore no proof.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["looks_reversed", "share_later"]

_FEWEST = 10  # of either kind: below that, chance alone can do it
_SHARE = 0.72
_LONGEST = 0.1
_OF_LONGEST = 0.8


def share_later(time: Sequence[float], event: Sequence[bool]) -> float:
    """Return the share of (event, censoring) pairs in which the event is the later; ties half.

    >>> share_later([5, 9, 1, 2], [True, True, False, False])
    1.0
    """
    times, happened = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    censored = np.sort(times[~happened])
    below = np.searchsorted(censored, times[happened], side="left")
    upto = np.searchsorted(censored, times[happened], side="right")
    return float(np.mean((below + upto) / 2) / censored.size)


def looks_reversed(time: Sequence[float], event: Sequence[bool]) -> bool:
    """Return whether the events are so late that the indicator is probably reversed.

    time, event   (n,) of all subjects.
    It asks for at least 10 of either kind, for events later than censorings in at least 72% of
    the pairs, and for at least 80% events among the longest tenth of the times.

    >>> late = [100 + day for day in range(50)]
    >>> looks_reversed([*range(20), *late], [False] * 20 + [True] * 50)
    True
    >>> looks_reversed([*range(20), *late], [True] * 20 + [False] * 50)
    False
    """
    events = sum(event)
    if min(events, len(event) - events) < _FEWEST:
        return False
    longest = np.argsort(np.asarray(time, dtype=np.float64), kind="stable")
    top = longest[-max(5, int(len(event) * _LONGEST)) :]
    among = sum(event[row] for row in top) / len(top)
    return among >= _OF_LONGEST and share_later(time, event) >= _SHARE
