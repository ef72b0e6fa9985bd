"""Events, dropouts and patients to expect by calendar time, by exact integrals.

Under piecewise constant hazards and accrual every expectation is a sum of integrals of
exponentials over calendar time of entry; nothing is approximated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from adjuvant.core import Floats, InvalidInput, NotEstimable
from adjuvant.design.assumptions import (
    Accrual,
    PiecewiseHazard,
    TrialAssumptions,
    check_ratio,
    exponential_integral,
)
from adjuvant.design.roots import bracket, root

__all__ = [
    "AverageHazardRatio",
    "EventProbability",
    "ExpectedEvents",
    "average_hazard_ratio",
    "event_probability",
    "eventual_events",
    "expected_events_at",
    "time_of_events",
]


@dataclass(frozen=True)
class EventProbability:
    """Probability that a patient of the whole planned sample has had an event, by time.

    overall   weighted as the arms are allocated.
    """

    times: tuple[float, ...]
    experimental: tuple[float, ...]
    control: tuple[float, ...]
    overall: tuple[float, ...]


@dataclass(frozen=True)
class ExpectedEvents:
    """Expected numbers by calendar time since the first patient could enter."""

    times: tuple[float, ...]
    subjects: tuple[float, ...]
    events: tuple[float, ...]
    events_experimental: tuple[float, ...]
    events_control: tuple[float, ...]
    dropouts: tuple[float, ...]


@dataclass(frozen=True)
class AverageHazardRatio:
    """The hazard ratio that the trial averages by a calendar time, when it is not constant.

    average_hazard_ratio   geometric mean over hazard intervals, weighted by expected events.
    expected_events        of both arms.
    information            of the logarithm, at the alternative; information_h0 at no effect.
    """

    times: tuple[float, ...]
    average_hazard_ratio: tuple[float, ...]
    expected_events: tuple[float, ...]
    information: tuple[float, ...]
    information_h0: tuple[float, ...]


def event_probability(trial: TrialAssumptions, times: Sequence[float]) -> EventProbability:
    """Return the probability of an event by calendar times, per patient of the planned sample.

    Raises    InvalidInput for a time below 0.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.constant(0.1), 1.0,
    ...                                       Accrual.uniform(100, 1e-9))
    >>> round(event_probability(trial, [10]).overall[0], 6)
    0.632121
    """
    expected = expected_events_at(trial, times)
    n, q = trial.accrual.subjects, trial.experimental_share
    return EventProbability(
        times=expected.times,
        experimental=tuple(events / (n * q) for events in expected.events_experimental),
        control=tuple(events / (n * (1 - q)) for events in expected.events_control),
        overall=tuple(events / n for events in expected.events),
    )


def expected_events_at(trial: TrialAssumptions, times: Sequence[float]) -> ExpectedEvents:
    """Return the patients, events and dropouts to expect by calendar times.

    times     since the start of accrual.
    Raises    InvalidInput for a time below 0.
    Source    Lachin & Foulkes 1986, made piecewise; agrees with gsDesign2 1.1 and lrstat 0.3.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(expected_events_at(trial, [36]).events[0], 4)
    200.3282
    """
    moments = _moments(times)
    control = np.array([_control(trial, t).sum() for t in moments])
    experimental = np.array([_experimental(trial, t).sum() for t in moments])
    lost = np.array([_lost(trial, t) for t in moments])
    return ExpectedEvents(
        times=moments,
        subjects=tuple(trial.accrual.by(moments).tolist()),
        events=tuple((control + experimental).tolist()),
        events_experimental=tuple(experimental.tolist()),
        events_control=tuple(control.tolist()),
        dropouts=tuple(lost.tolist()),
    )


def average_hazard_ratio(trial: TrialAssumptions, times: Sequence[float]) -> AverageHazardRatio:
    """Return the average hazard ratio by calendar times, with its information.

    Hazard intervals are bounded by every time at which a hazard of the trial changes.
    Raises    InvalidInput for a time below 0; NotEstimable where no event is expected yet, or an
              interval has events in one arm alone.
    Source    Mukhopadhyay et al. 2020; agrees with gsDesign2 1.1 (ahr).

    >>> trial = TrialAssumptions(
    ...     control_hazard=PiecewiseHazard.with_median(12),
    ...     experimental_hazard=PiecewiseHazard((0, 4), (0.057762265, 0.034657359)),
    ...     accrual=Accrual.uniform(300, 24))
    >>> round(average_hazard_ratio(trial, [36]).average_hazard_ratio[0], 4)
    0.7038
    """
    moments, q = _moments(times), trial.experimental_share
    breaks = trial.breaks
    rows = []
    for time in moments:
        control, experimental = _control(trial, time), _experimental(trial, time)
        total = control + experimental
        seen = total > 0
        if not seen.any():
            raise NotEstimable(f"no event is expected by {time:g}: there is no hazard ratio yet")
        if not (control[seen] > 0).all() or not (experimental[seen] > 0).all():
            raise NotEstimable(
                f"an interval has events in one arm alone by {time:g}: its hazard ratio is 0 or "
                "infinite; give both arms a hazard above 0 there"
            )
        ratio = trial.experimental_hazard.at(breaks) / np.where(
            trial.control_hazard.at(breaks) > 0, trial.control_hazard.at(breaks), 1.0
        )
        log = np.sum(np.log(ratio[seen]) * total[seen]) / total.sum()
        information = np.sum(1 / (1 / experimental[seen] + 1 / control[seen]))
        rows.append((math.exp(log), total.sum(), information, total.sum() * q * (1 - q)))
    columns = [tuple(float(x) for x in column) for column in zip(*rows, strict=True)]
    return AverageHazardRatio(moments, *columns)


def time_of_events(trial: TrialAssumptions, events: float) -> float:
    """Return the calendar time at which the expected number of events reaches `events`.

    Raises    InvalidInput for no events, or for more than are ever expected.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> round(time_of_events(trial, 200), 4)
    35.9308
    """
    check_ratio("events", events)
    most = eventual_events(trial)
    if events >= most:
        raise InvalidInput(
            f"{events:g} events are never expected: {trial.accrual.subjects:g} patients have "
            f"{most:.4g} in the end under these hazards and dropout"
        )

    def excess(time: float) -> float:
        return float(_control(trial, time).sum() + _experimental(trial, time).sum()) - events

    step = trial.accrual.duration / 4
    return root(excess, *bracket(excess, 0.0, step, limit=1e12 * step, what="time of the events"))


def eventual_events(trial: TrialAssumptions) -> float:
    """Return the number of events expected if everybody is followed for ever.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.constant(0.1), 0.5,
    ...     Accrual.uniform(100, 5), control_dropout=0.1, experimental_dropout=0.05)
    >>> round(eventual_events(trial), 6)
    50.0
    """
    n, q = trial.accrual.subjects, trial.experimental_share
    clock = _clock(trial)
    return n * float((1 - q) * clock.control.full.sum() + q * clock.experimental.full.sum())


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Intervals of follow-up (k,) with constant hazards.

    total    sum of both hazards; share: that of the event in it.
    alive    probability of reaching the interval; full: of the event inside it.
    """

    starts: Floats
    widths: Floats
    total: Floats
    share: Floats
    alive: Floats
    full: Floats

    @classmethod
    def of(cls, breaks: Floats, hazard: PiecewiseHazard, competing: PiecewiseHazard) -> "_Pieces":
        widths = np.append(np.diff(breaks), np.inf)
        rate = hazard.at(breaks)
        total = rate + competing.at(breaks)
        share = np.divide(rate, total, out=np.zeros_like(rate), where=total > 0)
        alive = hazard.survival(breaks) * competing.survival(breaks)
        spent = np.where(total > 0, total, 0.0) * np.where(total > 0, widths, 1.0)
        return cls(breaks, widths, total, share, alive, share * alive * -np.expm1(-spent))


@dataclass(frozen=True, eq=False)
class _Clock:
    """The intervals of each arm's events and dropouts, made once for a trial."""

    control: _Pieces
    experimental: _Pieces
    control_lost: _Pieces
    experimental_lost: _Pieces


@lru_cache(maxsize=64)
def _clock(trial: TrialAssumptions) -> _Clock:
    breaks = trial.breaks
    control = trial.control_hazard, trial.control_dropout
    experimental = trial.experimental_hazard, trial.experimental_dropout
    return _Clock(
        control=_Pieces.of(breaks, *control),
        experimental=_Pieces.of(breaks, *experimental),
        control_lost=_Pieces.of(breaks, *control[::-1]),
        experimental_lost=_Pieces.of(breaks, *experimental[::-1]),
    )


def _by_interval(accrual: Accrual, pieces: _Pieces, time: float) -> Floats:
    """Return the expected events by a calendar time, by interval of follow-up, of one arm alone."""
    begins, ends = np.asarray(accrual.times)[:, None], accrual.ends[:, None]
    starts, stops = pieces.starts, pieces.starts + pieces.widths
    # Entered between `early` and `late`, a patient is inside the interval at `time`.
    late = np.clip(time - starts, begins, ends)
    early = np.clip(time - stops, begins, ends)
    here = exponential_integral(0.0, -accrual.shape, early, late)
    decay = -pieces.total * (time - starts)
    gone = exponential_integral(decay, pieces.total - accrual.shape, early, late)
    inside = np.asarray(accrual.rates) @ (here - gone) * pieces.share * pieces.alive
    events: Floats = inside + accrual.by(np.maximum(time - stops, 0.0)) * pieces.full
    return events


def _control(trial: TrialAssumptions, time: float) -> Floats:
    share = 1 - trial.experimental_share
    return share * _by_interval(trial.accrual, _clock(trial).control, time)


def _experimental(trial: TrialAssumptions, time: float) -> Floats:
    share = trial.experimental_share
    return share * _by_interval(trial.accrual, _clock(trial).experimental, time)


def _lost(trial: TrialAssumptions, time: float) -> float:
    q, clock = trial.experimental_share, _clock(trial)
    control = _by_interval(trial.accrual, clock.control_lost, time).sum()
    experimental = _by_interval(trial.accrual, clock.experimental_lost, time).sum()
    return float((1 - q) * control + q * experimental)


def _moments(times: Sequence[float]) -> tuple[float, ...]:
    moments = tuple(float(time) for time in times)
    if not all(0 <= time < math.inf for time in moments):
        raise InvalidInput(f"times are {list(moments)}; expected numbers from 0 on")
    return moments
