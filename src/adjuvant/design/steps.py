"""One notation for values that change in time: `1@0-6,0.55@6-` is 1 for six months, then 0.55."""

import math
import re
from itertools import pairwise

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import PiecewiseHazard

__all__ = ["steps_of", "steps_text"]

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_STEP = re.compile(rf"({_NUMBER})@({_NUMBER})-({_NUMBER})?")


def steps_of(text: str | float, name: str) -> PiecewiseHazard:
    """Return the steps that a text or a single number describes.

    Raises    InvalidInput naming `name` for a text in another form, or steps with gaps.

    >>> steps_of("1@0-6,0.55@6-", "hr")
    PiecewiseHazard(times=(0.0, 6.0), rates=(1.0, 0.55))
    >>> steps_of(0.7, "hr").rates
    (0.7,)
    """
    try:
        single = float(text)
    except ValueError:
        pass
    else:
        if not 0 <= single < math.inf:
            raise InvalidInput(f"{name} is {text}; expected a number from 0 on")
        return PiecewiseHazard.constant(single)
    parts = [part.strip() for part in str(text).split(",")]
    found = [_STEP.fullmatch(part) for part in parts]
    wrong = [part for part, match in zip(parts, found, strict=True) if match is None]
    if wrong:
        raise InvalidInput(
            f"{name}: {wrong[0]!r} is not a step; write a number such as 0.7, or steps in months "
            "such as 1@0-6,0.55@6-"
        )
    steps = [(float(m[2]), float(m[3]) if m[3] else None, float(m[1])) for m in found if m]
    for k, (before, after) in enumerate(pairwise(steps)):
        if before[1] != after[0]:
            end = "for ever" if before[1] is None else f"until {before[1]:g}"
            raise InvalidInput(
                f"{name}: step {k + 1} lasts {end} and the next begins at {after[0]:g}; each step "
                "begins where the one before ends"
            )
    if steps[0][0] != 0 or steps[-1][1] is not None:
        raise InvalidInput(
            f"{name}: {text} begins at {steps[0][0]:g} and ends at {steps[-1][1]}; begin at 0 and "
            "leave the last step open, such as 1@0-6,0.55@6-"
        )
    return PiecewiseHazard(tuple(s[0] for s in steps), tuple(s[2] for s in steps))


def steps_text(steps: PiecewiseHazard) -> str:
    """Return steps in the same notation; a single one is a number.

    >>> steps_text(steps_of("1@0-6,0.55@6-", "hr"))
    '1@0-6,0.55@6-'
    """
    if len(steps.rates) == 1:
        return f"{steps.rates[0]:.10g}"
    ends = [f"{t:.10g}" for t in steps.times[1:]] + [""]
    return ",".join(
        f"{rate:.10g}@{start:.10g}-{end}"
        for start, end, rate in zip(steps.times, ends, steps.rates, strict=True)
    )
