"""Chunks of 1,024 trials: each starts its own random numbers, nothing passes between them."""

from dataclasses import dataclass

import numpy as np

from adjuvant.core import AnalysisError, Codes, Floats, NotEnoughData, TimeToEvent
from adjuvant.simulation.fast import (
    COLUMNS,
    PER_LOOK,
    Room,
    cut_time,
    fast_trials,
    note_look,
    room_for,
)
from adjuvant.simulation.general import (
    Patients,
    cut_patients,
    draw_patients,
    general_trials,
    patients_for,
)
from adjuvant.simulation.plan import OWN, Plan, plan_of
from adjuvant.simulation.rng import Words, chunk_state
from adjuvant.simulation.scenario import Scenario
from adjuvant.simulation.truth import true_effect
from adjuvant.simulation.zscore import z_score

__all__ = [
    "CHUNK",
    "ChunkSums",
    "TrialOutcomes",
    "quantities",
    "run_chunks",
    "trial_outcomes",
    "trial_patients",
]

CHUNK = 1024
_Z95 = 1.959963984540054
_LABELS = ("control", "experimental")


@dataclass(frozen=True, eq=False)
class ChunkSums:
    """Of one chunk or several, for each quantity: how many trials have it, mean, squares about it.

    trials    all trials; n, mean, squares (q,) in the order of `quantities`.
    """

    trials: int
    n: Floats
    mean: Floats
    squares: Floats

    def plus(self, other: "ChunkSums") -> "ChunkSums":
        """Return the sums of both, without loss of digits (Chan, Golub & LeVeque 1983)."""
        n = self.n + other.n
        safe = np.maximum(n, 1)
        change = other.mean - self.mean
        return ChunkSums(
            self.trials + other.trials,
            n,
            self.mean + change * other.n / safe,
            self.squares + other.squares + change**2 * self.n * other.n / safe,
        )


_OF_LOOKS = ("reject", "futility", "performed", "time", "events", "patients")


def quantities(looks: int) -> tuple[str, ...]:
    """Return the names of what is summed over trials, in order.

    >>> quantities(1)[:3]
    ('reject', 'events', 'patients')
    """
    names = ["reject", "events", "patients", "duration", "unreached", "effect", "error", "covered"]
    for what in (*_OF_LOOKS, "z", "effect", "covered"):
        names += [f"{what}[{k}]" for k in range(looks)]
    return tuple(names)


def run_chunks(scenario: Scenario, seed: int, sizes: dict[int, int]) -> dict[int, ChunkSums]:
    """Simulate chunks (number -> trials) and return their sums; what a worker process does."""
    plan, truth, key = plan_of(scenario), true_effect(scenario), scenario.key
    return {
        chunk: _sums(_outcomes(scenario, plan, chunk_state(seed, key, chunk), trials), truth)
        for chunk, trials in sizes.items()
    }


def _outcomes(scenario: Scenario, plan: Plan, state: Words, trials: int) -> Floats:
    """Return the outcome of each trial of a chunk (trials, 4 + 7 K), as `fast_trials` writes it."""
    out = np.empty((trials, COLUMNS + PER_LOOK * len(scenario.looks)))
    if scenario.fast:
        fast_trials(state, plan, trials, room_for(plan.subjects), out)
    elif plan.test == OWN:
        _own_trials(scenario, plan, state, trials, patients_for(plan), out)
    else:
        general_trials(state, plan, trials, patients_for(plan), out)
    return out


@dataclass(frozen=True, eq=False)
class TrialOutcomes:
    """What each simulated trial saw: arrays (trials,), or (trials, looks) with NaN after the stop.

    stage      look at which the trial stopped, from 0; decision 1 efficacy, 2 futility, 0 neither.
    time, events, patients, z, effect, error   at each look performed; effect and its standard error
               are those of the test, or of the Cox model if the scenario has `estimate`.
    """

    stage: Codes
    decision: Codes
    time: Floats
    events: Floats
    patients: Floats
    z: Floats
    effect: Floats
    error: Floats


def trial_outcomes(scenario: Scenario, *, seed: int, trials: int) -> TrialOutcomes:
    """Return what each of the first trials of `simulate(scenario, ..., seed=seed)` saw.

    For questions that the operating characteristics do not answer; it runs in this process alone.

    >>> from adjuvant.design import PiecewiseHazard
    >>> from adjuvant.simulation import Look, ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=60, strata=one_stratum(rate, rate), accrual=ScheduledAccrual(12),
    ...     looks=(Look(events=20), Look(events=40)), efficacy_bounds=(2.5, 2.0))
    >>> trial_outcomes(trial, seed=1, trials=3).events[:, 0].tolist()
    [20.0, 20.0, 20.0]
    """
    plan, key = plan_of(scenario), scenario.key
    parts = [
        _outcomes(
            scenario, plan, chunk_state(seed, key, first // CHUNK), min(CHUNK, trials - first)
        )
        for first in range(0, trials, CHUNK)
    ]
    out = np.vstack(parts)
    by_look = out[:, COLUMNS:].reshape(len(out), len(scenario.looks), PER_LOOK)
    columns = [by_look[:, :, column] for column in (0, 1, 2, 4, 5, 6)]
    return TrialOutcomes(out[:, 0].astype(np.int64), out[:, 1].astype(np.int64), *columns)


def trial_patients(
    scenario: Scenario, *, seed: int, trial: int, look: int | None = None
) -> TimeToEvent:
    """Return the patients of one simulated trial as they are seen at one of its looks.

    trial    its number, from 0, in `simulate(scenario, ..., seed=seed)`: the very same trial.
    look     number of the look, from 0; None: the one at which the trial stopped.
    Returns  times since entry in the scenario's unit, events 1 (2: competing death), arms
             "control" and "experimental", the stratum where there are several.
    Raises   NotEnoughData for a look that the trial did not live to see.

    >>> from adjuvant.design import PiecewiseHazard
    >>> from adjuvant.simulation import Look, ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=60, strata=one_stratum(rate, rate), accrual=ScheduledAccrual(12),
    ...     looks=(Look(events=40),), efficacy_bounds=(1.96,))
    >>> trial_patients(trial, seed=1, trial=7).events
    40
    """
    plan, within = plan_of(scenario), trial % CHUNK
    state = chunk_state(seed, scenario.key, trial // CHUNK)
    out = np.empty((within + 1, COLUMNS + PER_LOOK * len(scenario.looks)))
    patients = patients_for(plan)
    if scenario.fast:
        room = room_for(plan.subjects)
        control = fast_trials(state, plan, within + 1, room, out)
        _from_fast(room, plan, control, patients)
    elif plan.test == OWN:
        _own_trials(scenario, plan, state, within + 1, patients, out)
    else:
        general_trials(state, plan, within + 1, patients, out)
    stopped = int(out[within, 0])
    chosen = stopped if look is None else look
    if not 0 <= chosen <= stopped:
        raise NotEnoughData(f"trial {trial} stopped at look {stopped}; there is no look {chosen}")
    size = cut_patients(plan, patients, out[within, COLUMNS + PER_LOOK * chosen])
    return _seen(scenario, patients, size, len(scenario.strata) > 1)


def _from_fast(room: Room, plan: Plan, control: int, p: Patients) -> None:
    """Copy the patients of a fast trial into the general room."""
    n = plan.subjects
    arrival, time, limit, when = (room.work[row][:n] for row in range(4))
    p.arrival[:n], p.when[:n], p.seen[:n] = arrival, when, when
    p.found[:n] = np.where(when < np.inf, time, np.inf)
    p.cause[:n] = when < np.inf
    p.lost[:n] = limit if plan.dropout else np.inf
    p.arm[:n] = np.arange(n) >= control
    p.stratum[:n] = 0


def _own_trials(
    scenario: Scenario, plan: Plan, state: Words, trials: int, p: Patients, out: Floats
) -> None:
    """Simulate trials whose test is asked outside the compiled code, at each look."""
    n, looks = plan.subjects, len(scenario.looks)
    hints = np.ones((looks, 2))
    stratified = bool(getattr(scenario.test, "stratified", False))
    for trial in range(trials):
        draw_patients(state, plan, p)
        cut = 0.0
        for k in range(looks):
            cut = cut_time(plan.looks, k, p.when, n, p.arrival[n - 1], cut, hints)
            size = cut_patients(plan, p, cut)
            events = int(np.count_nonzero(p.event[:size] == 1))
            try:
                z = z_score(scenario.test, _seen(scenario, p, size, stratified))
            except AnalysisError:
                z = 0.0  # Nothing to compare yet, as in the compiled tests.
            effect = error = np.nan
            if note_look(
                out, trial, plan.looks, plan.bounds, k, cut, events, size, z, effect, error
            ):
                break


def _seen(scenario: Scenario, p: Patients, size: int, stratified: bool) -> TimeToEvent:
    entered = p.entered[:size]
    strata = tuple(f"stratum {s + 1}" for s in range(len(scenario.strata)))
    return TimeToEvent(
        p.time[:size],
        p.event[:size],
        arm=p.arm[entered],
        arm_labels=_LABELS,
        stratum=p.stratum[entered] if stratified else None,
        stratum_labels=strata if stratified else (),
        unit="time",
    )


def _sums(out: Floats, truth: float | None) -> ChunkSums:
    trials, looks = len(out), (out.shape[1] - COLUMNS) // PER_LOOK
    stage, decision, effect, error = out[:, 0].astype(int), out[:, 1], out[:, 2], out[:, 3]
    by_look = out[:, COLUMNS:].reshape(trials, looks, PER_LOOK)
    last = by_look[np.arange(trials), stage]
    effects = by_look[:, :, 5]
    covered_at = _covered(effects, by_look[:, :, 6], truth)
    covered = covered_at[np.arange(trials), stage]
    at = stage == np.arange(looks)[:, None]
    table = np.vstack(
        [
            *(decision == 1, last[:, 1], last[:, 2], last[:, 0], last[:, 3] == 0),
            *(effect, error, covered),
            at & (decision == 1),
            at & (decision == 2),
            stage >= np.arange(looks)[:, None],
            *(by_look[:, :, column].T for column in (0, 1, 2, 4)),
            *(effects.T, covered_at.T),
        ]
    )
    # A quantity that a trial does not have (a look not performed) is NaN there, and not counted.
    here = np.isfinite(table)
    n = here.sum(axis=1).astype(float)
    mean = np.where(here, table, 0.0).sum(axis=1) / np.maximum(n, 1)
    squares = np.where(here, table - mean[:, None], 0.0)
    return ChunkSums(trials, n, mean, np.square(squares).sum(axis=1))


def _covered(effect: Floats, error: Floats, truth: float | None) -> Floats:
    """Return 1 where the 95% interval holds the truth, 0 where not, NaN where there is none."""
    covered = np.full(effect.shape, np.nan)
    if truth is not None:
        known = np.isfinite(effect) & np.isfinite(error)
        covered[known] = np.abs(effect - truth)[known] <= _Z95 * error[known]
    return covered
