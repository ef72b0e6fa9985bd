"""One small run of each engine, so that no first simulation waits for the compiler."""

from collections.abc import Callable

from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.simulation.chunks import trial_patients
from adjuvant.simulation.patients import ScheduledAccrual
from adjuvant.simulation.run import simulate
from adjuvant.simulation.scenario import Look, Scenario, one_stratum
from adjuvant.simulation.trial_tests import LogRankTest, RmstTest, Test

__all__ = ["warm_up"]


def warm_up(progress: Callable[[str], None] | None = None) -> int:
    """Compile every kernel of the room; return how many kinds of run were made.

    progress   called with a line for print before each.

    Both engines have one signature a kernel, whatever the scenario: two runs compile everything.
    Numba keeps what it compiles beside the package, or in NUMBA_CACHE_DIR.

    >>> warm_up()
    2
    """
    runs: dict[str, Test] = {
        "the fast engine of trials": LogRankTest(),
        "the general engine": RmstTest(6),
    }
    for name, test in runs.items():
        if progress is not None:
            progress(f"simulation: {name}")
        scenario = _small(test)
        simulate(scenario, trials=2, workers=1)
        trial_patients(scenario, seed=1, trial=0)
    return len(runs)


def _small(test: Test) -> Scenario:
    rate = PiecewiseHazard.with_median(6)
    return Scenario(
        subjects=20,
        strata=one_stratum(rate, rate),
        accrual=ScheduledAccrual(6),
        looks=(Look(events=10),),
        efficacy_bounds=(1.96,),
        test=test,
        estimate=True,
    )
