"""Spending functions: how much error may have been spent by each look."""

import math
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri

from adjuvant.core import Floats, InvalidInput

__all__ = ["SpendingFunction", "SpendingName", "cumulative_spending"]

SpendingName = Literal[
    "lan_demets_obrien_fleming", "lan_demets_pocock", "kim_demets", "hwang_shih_decani"
]
# The share of the whole error spent when the share t of the information is there.
SpendingFunction = Callable[[float], float]
_LARGEST_GAMMA = 500.0


def cumulative_spending(
    spending: SpendingName | SpendingFunction,
    times: Sequence[float],
    total: float,
    *,
    parameter: float | None = None,
    sided: int = 1,
) -> Floats:
    """Return the error spent by each of the times (shares of the maximum, ascending); (k,).

    spending   lan_demets_obrien_fleming 2s(1 - Phi(z_(a/2s) / sqrt(t))) with s = sided;
               lan_demets_pocock a ln(1 + (e - 1)t); kim_demets a t^rho; hwang_shih_decani
               a (1 - exp(-gamma t)) / (1 - exp(-gamma)); or a function of t giving the share of
               the total, 0 at 0 and 1 at 1, that never falls.
    total      a: the level (of both sides), or beta.
    parameter  rho > 0 or gamma; of no other function.
    Raises     InvalidInput for an unknown name, a missing or unwanted parameter, or a function
               that falls or leaves 0 to 1.
    Source     Lan & DeMets 1983; Kim & DeMets 1987; Hwang, Shih & DeCani 1990.

    Times of 1 and more have spent the total.

    >>> cumulative_spending("lan_demets_obrien_fleming", (0.5, 1), 0.025).round(6).tolist()
    [0.001525, 0.025]
    >>> cumulative_spending(lambda t: t**2, (0.5, 1), 0.02).tolist()
    [0.005, 0.02]
    """
    at = np.minimum(np.asarray(times, dtype=float), 1.0)
    if callable(spending):
        spent = total * _shares(spending, at)
    else:
        check_spending(spending, parameter)
        spent = _named(spending, at, total, parameter, sided)
    return np.where(at == 1.0, total, spent)


def check_spending(spending: object, parameter: float | None) -> None:
    """Refuse an unknown spending function, or one with a parameter that it does not have."""
    if spending not in get_args(SpendingName):
        known = ", ".join(get_args(SpendingName))
        raise InvalidInput(f"no spending function {spending!r}; expected one of {known}")
    wants = {"kim_demets": "rho above 0", "hwang_shih_decani": "gamma"}.get(str(spending))
    if wants is None:
        if parameter is not None:
            raise InvalidInput(f"{spending} has no parameter; {parameter} was given")
        return
    if parameter is None or not math.isfinite(parameter):
        raise InvalidInput(f"{spending} needs its parameter ({wants}); found {parameter}")
    if spending == "kim_demets" and parameter <= 0:
        raise InvalidInput(f"kim_demets needs rho above 0; found {parameter}")
    if spending == "hwang_shih_decani" and abs(parameter) > _LARGEST_GAMMA:
        raise InvalidInput(f"gamma is {parameter}; expected -{_LARGEST_GAMMA:.0f} to 500")


def _named(spending: str, at: Floats, total: float, parameter: float | None, sided: int) -> Floats:
    spent: Floats
    if spending == "lan_demets_obrien_fleming":
        spent = 2 * sided * ndtr(ndtri(total / (2 * sided)) / np.sqrt(at))
    elif spending == "lan_demets_pocock":
        spent = total * np.log1p((math.e - 1) * at)
    elif spending == "kim_demets":
        assert parameter is not None
        spent = total * at**parameter
    else:
        assert parameter is not None
        spent = total * _truncated_exponential(at, parameter)
    return spent


def _truncated_exponential(at: Floats, gamma: float) -> Floats:
    share: Floats = at if gamma == 0 else np.expm1(-gamma * at) / math.expm1(-gamma)
    return share


def _shares(function: SpendingFunction, at: Floats) -> Floats:
    shares = np.array([float(function(float(t))) for t in at])
    end = float(function(1.0))
    if not np.isclose(end, 1.0, rtol=0, atol=1e-12):
        raise InvalidInput(f"the spending function gives {end} at 1; expected 1: all is spent")
    if not np.isfinite(shares).all() or (np.diff([0.0, *shares, 1.0]) < -1e-15).any():
        raise InvalidInput(
            f"the spending function gives {shares.tolist()} at {at.tolist()}; "
            "expected shares from 0 to 1 that never fall"
        )
    return shares
