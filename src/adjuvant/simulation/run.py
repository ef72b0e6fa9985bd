"""Simulating many trials: cut in chunks, over processes or a cluster, interruptible, resumable."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from adjuvant.core import InvalidInput
from adjuvant.simulation.chunks import CHUNK, ChunkSums, run_chunks
from adjuvant.simulation.kept import KeptChunks
from adjuvant.simulation.results import OperatingCharacteristics, characteristics
from adjuvant.simulation.scenario import Scenario
from adjuvant.simulation.truth import true_effect

__all__ = ["Progress", "simulate"]

# Longer than this, the rest is worth the start of worker processes.
_WORTH_SECONDS = 2.0
# What one task should take: short enough to be interrupted, long enough to be worth sending.
_TASK_SECONDS = 0.5
_AHEAD = 3
# How long an interrupted run waits for the tasks under way.
_LAST_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    """How far a simulation is: trials done of all, and the seconds since it began.

    kept      of those done, which an earlier run had left.

    >>> Progress(done=5_000, trials=20_000, seconds=1.0).remaining
    3.0
    """

    done: int
    trials: int
    seconds: float
    kept: int = 0

    @property
    def rate(self) -> float:
        """Trials per second so far, without those of an earlier run."""
        return (self.done - self.kept) / self.seconds if self.seconds else 0.0

    @property
    def remaining(self) -> float:
        """Seconds still needed at this rate."""
        return (self.trials - self.done) / self.rate if self.rate else float("inf")


def simulate(
    scenario: Scenario,
    *,
    trials: int = 100_000,
    seed: int = 1,
    executor: Executor | None = None,
    workers: int | None = None,
    keep: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> OperatingCharacteristics:
    """Simulate whole trials of a scenario and say how it behaves, each number with its error.

    trials     cut in chunks of 1,024; a chunk's random numbers start from (seed, scenario, chunk),
               so that any executor and any number of workers give the same digits.
    executor   anything with `submit` like concurrent.futures (Dask: `cluster_executor`); it is not
               shut down. None: `workers` processes of this machine (default: its processors), or
               this process alone when the rest takes less than two seconds.
    keep       a file to which each chunk is added when done: a run that was interrupted goes on
               where it stopped, and no chunk is ever run twice.
    progress   called with a Progress after each task.
    Raises     InvalidInput for trials, seed or workers that make no sense, or a `keep` file of
               another scenario or seed; KeyboardInterrupt passes, chunks done stay kept.

    >>> from adjuvant.design import PiecewiseHazard
    >>> from adjuvant.simulation import Look, ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.with_median(12)
    >>> trial = Scenario(subjects=300, strata=one_stratum(rate, rate.times_ratio(0.7)),
    ...     accrual=ScheduledAccrual(24), looks=(Look(events=200),), efficacy_bounds=(1.96,))
    >>> found = simulate(trial, trials=10_000, seed=1)
    >>> abs(found.power.value - 0.71) < 4 * found.power.standard_error
    True
    """
    _check(trials, seed, workers)
    kept = KeptChunks(scenario, seed, keep)
    sizes = {c: min(CHUNK, trials - c * CHUNK) for c in range(-(-trials // CHUNK))}
    done = {c: sums for c, n in sizes.items() if (sums := kept.get(c, n)) is not None}
    begun, earlier = perf_counter(), sum(sums.trials for sums in done.values())

    def took(found: dict[int, ChunkSums]) -> None:
        kept.add(found)
        done.update(found)
        if progress is not None:
            here = sum(sums.trials for sums in done.values())
            progress(Progress(here, trials, perf_counter() - begun, earlier))

    left = {c: n for c, n in sizes.items() if c not in done}
    if left:
        _run(scenario, seed, left, executor, workers, took)
    total = done[0]
    for chunk in range(1, len(sizes)):
        total = total.plus(done[chunk])
    return characteristics(scenario, seed, total, true_effect(scenario))


def _run(
    scenario: Scenario,
    seed: int,
    left: dict[int, int],
    executor: Executor | None,
    workers: int | None,
    took: Callable[[dict[int, ChunkSums]], None],
) -> None:
    """Run the chunks that are left, here or elsewhere, and hand each task's sums on."""
    if executor is not None:
        _spread(scenario, seed, _tasks(left, 16), executor, 2 * _AHEAD, took)
        return
    rest = dict(left)
    # The first chunk compiles or loads the kernels, the second is timed.
    seconds = 0.0
    for chunk in list(left)[:2]:
        start = perf_counter()
        took(run_chunks(scenario, seed, {chunk: rest.pop(chunk)}))
        seconds = perf_counter() - start
    size = max(1, min(256, int(_TASK_SECONDS / max(seconds, 1e-6))))
    workers = workers or _processors()
    short = seconds * len(rest) < _WORTH_SECONDS
    if workers == 1 or short or not _can_be_sent(scenario):
        for task in _tasks(rest, size):
            took(run_chunks(scenario, seed, task))
        return
    with _processes(workers) as pool:
        _spread(scenario, seed, _tasks(rest, size), pool, _AHEAD * workers, took)


def _spread(
    scenario: Scenario,
    seed: int,
    tasks: Iterator[dict[int, int]],
    executor: Executor,
    ahead: int,
    took: Callable[[dict[int, ChunkSums]], None],
) -> None:
    """Keep so many tasks with the executor until all are done."""
    waiting: set[Future[dict[int, ChunkSums]]] = set()
    try:
        for task in tasks:
            waiting.add(executor.submit(run_chunks, scenario, seed, task))
            if len(waiting) >= ahead:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                _take(finished, took)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            _take(finished, took)
    except KeyboardInterrupt:
        # What is being computed is nearly done: it is waited for and kept.
        begun = {future for future in waiting if not future.cancel()}
        _take(wait(begun, timeout=_LAST_SECONDS).done, took)
        raise
    finally:
        for future in waiting:
            future.cancel()


def _take(
    finished: set[Future[dict[int, ChunkSums]]], took: Callable[[dict[int, ChunkSums]], None]
) -> None:
    for future in finished:
        took(future.result())


def _tasks(left: dict[int, int], size: int) -> Iterator[dict[int, int]]:
    chunks = list(left.items())
    for at in range(0, len(chunks), size):
        yield dict(chunks[at : at + size])


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    # A forked child has the compiled kernels at once; with other threads about it is not safe.
    fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if fork else "spawn")
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread, also of the idle ones of a numerical library.
        warnings.simplefilter("ignore", DeprecationWarning)
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that sent the work: it says one sentence, the workers none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _can_be_sent(scenario: Scenario) -> bool:
    """A test of the user's own, typed at a prompt, may not travel to another process."""
    try:
        pickle.dumps(scenario)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check(trials: int, seed: int, workers: int | None) -> None:
    if not (isinstance(trials, int) and trials > 0):
        raise InvalidInput(f"trials is {trials}; expected a whole number above 0")
    if not (isinstance(seed, int) and 0 <= seed < 2**64):
        raise InvalidInput(f"seed is {seed}; expected a whole number from 0 to 2**64 - 1")
    if workers is not None and not (isinstance(workers, int) and workers > 0):
        raise InvalidInput(f"workers is {workers}; expected a whole number above 0")
