"""Newton's climb to the maximum of a log likelihood of few parameters."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from adjuvant.core import Floats, Mask, NotConverged, NotEstimable

__all__ = ["Summit", "climb"]

Evaluate = Callable[[Floats], tuple[float, Floats, Floats]]


class Summit(NamedTuple):
    """Where the climb ended; `infinite` marks parameters that grow without end."""

    at: Floats
    start_value: float
    value: float
    score: Floats
    information: Floats
    infinite: Mask
    towards: Floats


def climb(
    evaluate: Evaluate,
    start: Floats,
    what: str,
    *,
    events: float,
    base: Floats | None = None,
    rounds: int = 100,
) -> Summit:
    """Return the maximum of a log likelihood, with step halving.

    evaluate  parameters (p,) -> value, score (p,), information (p, p). Parameters are on a scale
              on which 1 is a large step (columns of unit variance).
    events    number of events: the decrement must fall below 1e-22 per event.
    base      information to measure later information by; default that at the start, which must
              then be positive definite.
    Raises    NotEstimable where the information at the start is singular; NotConverged where the
              climb stops short. `what` names the model in the message.

    The rules for an infinite parameter are those of the Cox model (`newton_kernels.newton`).

    >>> top = climb(lambda x: (float(-x @ x), -2 * x, 2 * np.eye(1)), np.ones(1), "", events=1)
    >>> top.at.tolist()
    [0.0]
    """
    at = start.astype(np.float64)
    value, score, information = evaluate(at)
    first, last = value, np.inf
    if base is None:
        base = information
        _refuse_singular(information, what)
    for _ in range(rounds):
        step = _step(score, information, base)
        decrement = float(score @ step)
        faded = decrement < 1e-5 * float(step @ base @ step)
        reach = float(np.abs(step).max())
        if faded and reach > 0.01 and decrement <= 1e-13 * max(1.0, abs(value)):
            infinite = np.abs(step) > 0.01
            return Summit(at, first, value, score, information, infinite, step)
        stalled = not faded and decrement <= 1e-10 and decrement > 0.25 * last
        if decrement <= 1e-22 * events or stalled:
            finite = np.zeros(len(at), dtype=np.bool_)
            return Summit(at + step, first, value, score, information, finite, step)
        last = decrement
        found = _better(evaluate, at, step * min(1.0, 10.0 / reach), value)
        if found is None:
            break
        at, value, score, information = found
    raise NotConverged(f"{what} stopped short at log likelihood {value}; check the covariates")


def _better(
    evaluate: Evaluate, at: Floats, step: Floats, value: float
) -> tuple[Floats, float, Floats, Floats] | None:
    """Return the first of step, step/2, step/4 ... that does not lower the value."""
    slack = 1e-13 * max(1.0, abs(value))
    for half in range(50):
        trial = at + step * 0.5**half
        found = evaluate(trial)
        if found[0] >= value - slack and np.isfinite(found[2]).all():
            return trial, *found
    return None


def _step(score: Floats, information: Floats, base: Floats) -> Floats:
    """Return the Newton step; uphill also where the information is not positive definite."""
    size = np.sqrt(np.diag(base))
    scaled = information / size[:, None] / size[None, :]
    values, vectors = np.linalg.eigh(scaled)
    values = np.maximum(np.abs(values), 1e-14 * max(np.abs(values).max(), 1e-300))
    return np.asarray(vectors @ ((vectors.T @ (score / size)) / values) / size)


def _refuse_singular(information: Floats, what: str) -> None:
    size = np.sqrt(np.maximum(np.diag(information), 0.0))
    if (size > 0).all():
        scaled = information / size[:, None] / size[None, :]
        if np.linalg.eigvalsh(scaled)[0] > 1e-11:
            return
    raise NotEstimable(f"{what}: a covariate is constant or a combination of others; leave it out")
