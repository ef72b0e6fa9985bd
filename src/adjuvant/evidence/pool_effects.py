"""Trials pooled: fixed and random effects, heterogeneity, prediction, influence, small studies."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from adjuvant.core import Floats, InvalidInput, NotConverged, NotEnoughData
from adjuvant.evidence.pool_trials import TrialEffect

__all__ = ["Egger", "Influence", "Pooled", "PooledEffect", "pooled"]

METHODS = ("fixed", "DL", "REML")


@dataclass(frozen=True)
class PooledEffect:
    """A pooled effect on the log scale, with limits as ratios.

    tau2       variance between trials; 0 for the fixed effect.
    prediction limits for the effect of a new trial (t on k - 2); None for fewer than 3 trials.
    """

    method: str
    log_effect: float
    se: float
    tau2: float
    ratio: float
    ci: tuple[float, float]
    p_value: float
    prediction: tuple[float, float] | None = None


@dataclass(frozen=True)
class Influence:
    """What leaving out one trial does to the random-effects estimate.

    residual   of the trial against the others, over its standard deviation.
    """

    left_out: str
    without: PooledEffect
    weight: float
    residual: float


@dataclass(frozen=True)
class Egger:
    """Egger's regression of effect/se on 1/se: an intercept away from 0 speaks of small studies."""

    intercept: float
    se: float
    p_value: float


@dataclass(frozen=True)
class Pooled:
    """Everything that is said of a pooled set of trials.

    effects       fixed, DL (DerSimonian-Laird), REML, HK (Hartung-Knapp on REML).
    q, q_p        Cochran's heterogeneity on k - 1; i2 share of variation beyond chance (0 to 1).
    cumulative    REML estimates of the first 1, 2, ... trials by year.
    """

    trials: tuple[TrialEffect, ...]
    effects: dict[str, PooledEffect]
    q: float
    q_p: float
    i2: float
    influence: tuple[Influence, ...]
    egger: Egger | None
    cumulative: tuple[tuple[str, PooledEffect], ...]
    kind: str


def pooled(trials: Sequence[TrialEffect], *, level: float = 0.95) -> Pooled:
    """Return the trials pooled, one row per trial and endpoint, by inverse variance.

    Raises    InvalidInput where a trial stands twice (the same patients at a later follow-up),
              endpoints or measures differ, or SYNTHETIC trials stand beside real ones;
              NotEnoughData for fewer than two trials.

    Source    DerSimonian & Laird 1986; Viechtbauer 2005 (REML by Fisher scoring); Hartung & Knapp
              2001; Higgins, Thompson & Spiegelhalter 2009 (prediction); Egger et al. 1997.

    >>> a = TrialEffect.from_ci("a", "A", 2000, "rfs", 0.59, 0.40, 0.88)
    >>> b = TrialEffect.from_ci("b", "B", 2015, "rfs", 0.63, 0.43, 0.94)
    >>> round(pooled([a, b]).effects["fixed"].ratio, 3)
    0.61
    """
    _refuse(trials)
    ordered = tuple(sorted(trials, key=lambda t: (t.year, t.label)))
    y, v = _arrays(ordered)
    q = _cochran(y, v)
    df = len(y) - 1
    effects = {m: _effect(y, v, m, level) for m in METHODS}
    effects["HK"] = _hartung_knapp(y, v, effects["REML"].tau2, level)
    return Pooled(
        ordered,
        effects,
        q,
        float(chdtrc(df, q)),
        max(0.0, (q - df) / q) if q > 0 else 0.0,
        tuple(_influence(ordered, i, level) for i in range(len(ordered)) if df >= 2),
        _egger(y, v) if df >= 2 else None,
        tuple(
            (t.label, _effect(y[: i + 1], v[: i + 1], "REML", level))
            for i, t in enumerate(ordered)
        ),
        ordered[0].kind,
    )  # fmt: skip


def _refuse(trials: Sequence[TrialEffect]) -> None:
    seen: dict[str, TrialEffect] = {}
    for trial in trials:
        if trial.trial_id in seen:
            raise InvalidInput(
                f"{trial.label} and {seen[trial.trial_id].label} are the same patients "
                f"({trial.trial_id}); pool one row per trial, the first or the latest report"
            )
        seen[trial.trial_id] = trial
    for what in ("kind", "measure", "endpoint"):
        values = sorted({str(getattr(t, what)) for t in trials})
        if len(values) > 1:
            raise InvalidInput(
                f"trials of different {what} are not pooled: {', '.join(values)}"
                + ("; name the endpoints that count as one" if what == "endpoint" else "")
            )
    if len(trials) < 2:
        raise NotEnoughData(f"{len(trials)} trial is no pool; two are needed")


def _arrays(trials: Sequence[TrialEffect]) -> tuple[Floats, Floats]:
    return np.array([t.log_effect for t in trials]), np.array([t.se**2 for t in trials])


def _cochran(y: Floats, v: Floats) -> float:
    w = 1 / v
    return float(np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2))


def _tau2(y: Floats, v: Floats, method: str) -> float:
    if method == "fixed" or len(y) < 2:
        return 0.0
    w = 1 / v
    scale = float(w.sum() - np.sum(w**2) / w.sum())
    start = max(0.0, (_cochran(y, v) - (len(y) - 1)) / scale)
    return start if method == "DL" else _reml(y, v, start)


def _reml(y: Floats, v: Floats, tau2: float) -> float:
    """Fisher scoring for the restricted likelihood, halved where it would leave the parameter."""
    for _ in range(200):
        w = 1 / (v + tau2)
        P = np.diag(w) - np.outer(w, w) / w.sum()
        Py = P @ y
        step = float((Py @ Py - np.trace(P)) / np.sum(P * P))
        new = max(0.0, tau2 + step)
        if abs(new - tau2) < 1e-12:
            return new
        tau2 = new
    raise NotConverged("REML did not settle after 200 steps; use DL, and look at the trials")


def _effect(y: Floats, v: Floats, method: str, level: float) -> PooledEffect:
    tau2 = _tau2(y, v, method)
    w = 1 / (v + tau2)
    mean, se = float(np.sum(w * y) / w.sum()), float(1 / sqrt(w.sum()))
    z = float(ndtri(0.5 + level / 2))
    p = float(2 * ndtr(-abs(mean) / se))
    prediction = None
    if len(y) >= 3 and method != "fixed":
        half = float(stdtrit(len(y) - 2, 0.5 + level / 2)) * sqrt(tau2 + se**2)
        prediction = (exp(mean - half), exp(mean + half))
    ci = (exp(mean - z * se), exp(mean + z * se))
    return PooledEffect(method, mean, se, tau2, exp(mean), ci, p, prediction)


def _hartung_knapp(y: Floats, v: Floats, tau2: float, level: float) -> PooledEffect:
    w = 1 / (v + tau2)
    df = len(y) - 1
    mean = float(np.sum(w * y) / w.sum())
    se = sqrt(float(np.sum(w * (y - mean) ** 2)) / df / float(w.sum()))
    half = float(stdtrit(df, 0.5 + level / 2)) * se
    p = float(2 * stdtr(df, -abs(mean) / se)) if se > 0 else 0.0
    prediction = None
    if len(y) >= 3:
        wide = float(stdtrit(len(y) - 2, 0.5 + level / 2)) * sqrt(tau2 + se**2)
        prediction = (exp(mean - wide), exp(mean + wide))
    ci = (exp(mean - half), exp(mean + half))
    return PooledEffect("HK", mean, se, tau2, exp(mean), ci, p, prediction)


def _influence(trials: Sequence[TrialEffect], i: int, level: float) -> Influence:
    y, v = _arrays(trials)
    whole = _effect(y, v, "REML", level)
    w = 1 / (v + whole.tau2)
    others = np.arange(len(y)) != i
    without = _effect(y[others], v[others], "REML", level)
    spread = sqrt(float(v[i]) + without.tau2 + without.se**2)
    return Influence(
        trials[i].label, without, float(w[i] / w.sum()), float(y[i] - without.log_effect) / spread
    )


def _egger(y: Floats, v: Floats) -> Egger | None:
    se = np.sqrt(v)
    X = np.column_stack([np.ones(len(y)), 1 / se])
    if np.ptp(se) == 0:
        return None
    coef, *_ = np.linalg.lstsq(X, y / se, rcond=None)
    df = len(y) - 2
    residual = y / se - X @ coef
    variance = float(residual @ residual) / df * np.linalg.inv(X.T @ X)
    error = sqrt(max(float(variance[0, 0]), 0.0))
    p = float(2 * stdtr(df, -abs(float(coef[0])) / error)) if error > 0 else 0.0
    return Egger(float(coef[0]), error, p)
