"""When the d-th event will come: before the trial from assumptions, during it from pooled data.

No arm is needed during the trial. Bands are exact for the stated model: patients have events
independently, so the number of events by a day is a sum of independent coin tosses, and the d-th
event comes by that day exactly when the sum is at least d.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc, gammaincinv

from adjuvant.core import Floats, InvalidInput, NotEstimable
from adjuvant.design.assumptions import TrialAssumptions, check_ratio, mean_decay
from adjuvant.design.piecewise import event_probability
from adjuvant.design.roots import bracket, root

__all__ = ["EventForecast", "PooledSnapshot", "forecast_events", "planned_event_time"]

_QUADRATURE = 64


@dataclass(frozen=True)
class EventForecast:
    """When a number of events will be there.

    median         calendar time by which they are there with probability one half; None when that
                   is less probable than one half for ever.
    lower, upper   the band; upper is None when they may never come with that probability.
    level          probability that the band holds.
    never          probability that so many events never come.
    """

    events: int
    median: float | None
    lower: float | None
    upper: float | None
    level: float
    never: float


@dataclass(frozen=True)
class PooledSnapshot:
    """What is known on a day of the trial without knowing any arm.

    time          calendar time since the first patient could enter.
    events        events so far.
    followed      patients still at risk.
    exposure      patient-time so far, over all patients.
    to_enter      patients still to be accrued, at one rate until `accrual_end`.
    accrual_end   calendar time at which the last is in; None when none is to come.
    dropout       hazard of loss.
    """

    time: float
    events: int
    followed: int
    exposure: float
    to_enter: int = 0
    accrual_end: float | None = None
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_ratio("time", self.time)
        check_ratio("exposure", self.exposure)
        if min(self.events, self.followed, self.to_enter, self.dropout) < 0:
            raise InvalidInput("events, followed, to_enter and dropout may not lie below 0")
        if self.to_enter and not (self.accrual_end or 0) > self.time:
            raise InvalidInput(
                f"{self.to_enter} patients are still to enter, and accrual ends at "
                f"{self.accrual_end}; expected a time after {self.time:g}"
            )


def planned_event_time(
    trial: TrialAssumptions, events: int, *, level: float = 0.9
) -> EventForecast:
    """Return when the trial reaches so many events if the assumptions hold, before it begins.

    The numbers of patients per arm are rounded to whole ones. The band shows chance alone: it is
    as wrong as the hazards and the accrual are.
    Raises    InvalidInput for no events, more than patients, or a level that is none.

    >>> from adjuvant.design import Accrual, PiecewiseHazard
    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> forecast = planned_event_time(trial, 200)
    >>> round(forecast.lower, 1), round(forecast.median, 1), round(forecast.upper, 1)
    (33.2, 35.8, 38.7)
    """
    n = round(trial.accrual.subjects)
    experimental = round(n * trial.experimental_share)
    _check(events, n, level)

    def reached(time: float) -> float:
        p = event_probability(trial, [time])
        return _at_least(
            events, ((n - experimental, p.control[0]), (experimental, p.experimental[0]))
        )

    return _forecast(reached, events, level, 0.0, _end(trial))


def forecast_events(
    snapshot: PooledSnapshot,
    events: int,
    *,
    level: float = 0.9,
    prior_events: float = 0.0,
    prior_exposure: float = 0.0,
) -> EventForecast:
    """Return when the trial will reach so many events, from pooled events and exposure.

    The pooled hazard is taken as constant and unknown: after `events` in `exposure` it has a gamma
    distribution, over which the forecast is averaged.
    level         probability of the band.
    prior_*       what is believed before: so many events in so much patient-time (none).
    Raises        InvalidInput for a number of events already reached, or beyond the patients;
                  NotEstimable when no event was seen and none is believed.
    Source        Bagiella & Heitjan 2001.

    >>> now = PooledSnapshot(time=24, events=125, followed=175, exposure=2500.0)
    >>> forecast = forecast_events(now, 200)
    >>> forecast.lower < forecast.median < forecast.upper
    True
    """
    if events <= snapshot.events:
        raise InvalidInput(
            f"{snapshot.events} events are there already; ask for more than that, not {events}"
        )
    missing = events - snapshot.events
    _check(missing, snapshot.followed + snapshot.to_enter, level)
    shape = snapshot.events + prior_events
    if not shape > 0:
        raise NotEstimable("no event was seen: the hazard is unknown; give prior_events")
    if prior_exposure < 0 or prior_events < 0:
        raise InvalidInput("prior_events and prior_exposure may not lie below 0")
    # Gauss-Legendre over the gamma distribution's probability, so that its tails are not missed.
    points, weights = np.polynomial.legendre.leggauss(_QUADRATURE)
    hazards = gammaincinv(shape, 0.5 * (points + 1)) / (snapshot.exposure + prior_exposure)

    def reached(time: float) -> float:
        now, later = _chances(snapshot, hazards, time)
        chances = [
            _at_least(missing, ((snapshot.followed, p), (snapshot.to_enter, r)))
            for p, r in zip(now.tolist(), later.tolist(), strict=True)
        ]
        return float(0.5 * np.dot(weights, chances))

    slowest = snapshot.dropout + float(hazards[0])
    horizon = max(snapshot.time, snapshot.accrual_end or 0.0) + 60.0 / slowest
    return _forecast(reached, events, level, snapshot.time, horizon)


def _end(trial: TrialAssumptions) -> float:
    """Return a time after which nothing happens any more: exp(-60) of what may is left."""
    last = trial.accrual.duration + float(trial.breaks[-1])
    rates = (
        trial.control_hazard.rates[-1] + trial.control_dropout.rates[-1],
        trial.experimental_hazard.rates[-1] + trial.experimental_dropout.rates[-1],
    )
    return last + max((60.0 / rate for rate in rates if rate > 0), default=1.0)


def _chances(snapshot: PooledSnapshot, hazards: Floats, time: float) -> tuple[Floats, Floats]:
    """Return, per hazard, the probability of an event by `time` if followed, and if to come."""
    total = hazards + snapshot.dropout
    share, wait = hazards / total, time - snapshot.time
    now = share * -np.expm1(-total * wait)
    if not snapshot.to_enter or snapshot.accrual_end is None:
        return now, np.zeros_like(now)
    duration = snapshot.accrual_end - snapshot.time
    entered = min(wait, duration)
    # Mean over uniform entries of 1 - exp(-total * follow-up); those not yet in have none.
    gone = entered * np.exp(-total * (wait - entered)) * mean_decay(total * entered)
    return now, share * (entered - gone) / duration


def _at_least(wanted: int, groups: Sequence[tuple[int, float]]) -> float:
    """Return the probability of at least `wanted` events in two groups of independent patients."""
    (n, p), (m, r) = groups
    first = _binomial(n, min(max(p, 0.0), 1.0))
    needed = wanted - np.arange(n + 1)
    rest = np.where(needed <= 0, 1.0, 0.0)
    possible = (needed > 0) & (needed <= m)
    rest[possible] = bdtrc(needed[possible] - 1.0, m, min(max(r, 0.0), 1.0))
    return float(first @ rest)


def _binomial(n: int, p: float) -> Floats:
    """Return the probabilities of 0..n events of n."""
    tails = np.ones(n + 1)
    tails[1:] = bdtrc(np.arange(0.0, n), n, p)
    probabilities: Floats = tails - np.append(tails[1:], 0.0)
    return probabilities


def _forecast(
    reached: Callable[[float], float], events: int, level: float, start: float, horizon: float
) -> EventForecast:
    ever = reached(horizon)

    def time_at(probability: float) -> float | None:
        if probability >= ever:
            return None

        def excess(time: float) -> float:
            return reached(time) - probability

        step = (horizon - start) / 64
        found = bracket(excess, start, step, limit=2 * (horizon - start), what="event time")
        return root(excess, *found, tolerance=1e-10)

    tail = (1 - level) / 2
    return EventForecast(
        events=events,
        median=time_at(0.5),
        lower=time_at(tail),
        upper=time_at(1 - tail),
        level=level,
        never=max(0.0, 1.0 - ever),
    )


def _check(events: int, patients: int, level: float) -> None:
    if not 0 < level < 1:
        raise InvalidInput(f"level is {level}; expected a probability such as 0.9")
    if events != int(events) or not 1 <= events <= patients:
        raise InvalidInput(
            f"{events} events of {patients} patients who may have one; expected a whole number "
            "from 1 to that"
        )
