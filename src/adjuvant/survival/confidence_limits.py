"""Pointwise confidence limits of a survival probability on five scales."""

from typing import Literal, get_args

import numpy as np

from adjuvant.core import Floats, InvalidData
from adjuvant.survival.results import normal_quantile

__all__ = ["Scale", "check_scale", "confidence_limits", "limits_at"]

Scale = Literal["log", "log-log", "plain", "logit", "arcsin"]


def check_scale(ci: str) -> None:
    """Refuse a scale that does not exist.

    >>> check_scale("log-log")
    """
    if ci not in get_args(Scale):
        raise InvalidData(f"no confidence limits {ci!r}; choose {', '.join(get_args(Scale))}")


def confidence_limits(
    survival: Floats, std_error: Floats, ci: Scale = "log", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return lower and upper limits (m,) of survival (m,) with its standard error (m,).

    ci        the scale on which the estimate is taken as normal: log (R's default), log-log
              (SAS's default), plain, logit, arcsin of the square root.
    Returns   limits cut to [0, 1]. NaN (undefined) where S = 0 on every scale, and where S = 1
              on log-log, logit and arcsin; log and plain give 1, 1 there.
    Raises    InvalidData for an unknown scale or a level outside (0, 1).

    Source    Kalbfleisch & Prentice 2002, section 1.4; Borgan & Liestoel 1990; agrees with
              survfit(conf.type=), R survival 3.5-3.

    >>> lower, upper = confidence_limits(np.array([0.5]), np.array([0.25]), "plain")
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.01], [0.99])
    """
    check_scale(ci)
    return limits_at(survival, normal_quantile(level) * std_error, ci)


def limits_at(survival: Floats, half_width: Floats, ci: Scale) -> tuple[Floats, Floats]:
    """Return limits (m,) of survival (m,) from half-widths (m,) on the plain scale.

    The delta method carries the half-width to the scale `ci`; undefined where
    `confidence_limits` is.

    >>> limits_at(np.array([0.5]), np.array([0.2]), "plain")[0].tolist()
    [0.3]
    """
    lower = np.full(survival.shape, np.nan)
    upper = np.full(survival.shape, np.nan)
    inside = (survival > 0) & (survival < 1)
    lower[inside], upper[inside] = _limits(survival[inside], half_width[inside], ci)
    if ci in ("log", "plain"):
        lower[survival == 1] = 1.0
        upper[survival == 1] = 1.0
    return lower, upper


def _limits(s: Floats, half: Floats, ci: Scale) -> tuple[Floats, Floats]:
    """Limits for 0 < s < 1; `half` is the half-width on the plain scale (delta method)."""
    if ci == "plain":
        return np.maximum(s - half, 0.0), np.minimum(s + half, 1.0)
    if ci == "log":
        return s * np.exp(-half / s), np.minimum(s * np.exp(half / s), 1.0)
    if ci == "log-log":
        log_s = np.log(s)
        # Beyond exp(700) the limit is 0 (or 1) to the last digit.
        shift = np.minimum(half / (s * -log_s), 700.0)
        return np.exp(log_s * np.exp(shift)), np.exp(log_s * np.exp(-shift))
    if ci == "logit":
        odds, shift = s / (1 - s), np.minimum(half / (s * (1 - s)), 700.0)
        low, high = odds * np.exp(-shift), odds * np.exp(shift)
        return low / (1 + low), 1 - 1 / (1 + high)
    angle, shift = np.arcsin(np.sqrt(s)), half / (2 * np.sqrt(s * (1 - s)))
    low, high = np.maximum(angle - shift, 0.0), np.minimum(angle + shift, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2
