"""How many whole trials a second, and how far from the floor of the random numbers alone?

W1  300 patients 1:1 in 24 months, control median 12 months, hazard ratio 0.7, log-rank test at
    the 200th event.
W2  the same with looks at 67, 134 and 200 events, Lan-DeMets O'Brien-Fleming bounds, stopping.
W3  hazard ratio 1 for 4 months, then 0.6, Fleming-Harrington (0, 1).

trials_per_second is of one core, in processor seconds (wall clock lies on a busy machine): the
median of three runs after a warm-up. ratio is to the rate at which numpy's standard_exponential
fills 600 numbers a trial, measured in turns with the trials. Beside them: the general engine,
what two processes gain, a part of a grid of 1,000 scenarios with its measured cost per scenario,
and the R packages lrstat and rpact where they are installed.

    python benchmarks/simulation.py [--json]
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from itertools import product

import numpy as np

from adjuvant.design import GroupSequentialDesign, PiecewiseHazard, group_sequential_boundaries
from adjuvant.simulation import (
    Course,
    LogRankTest,
    Look,
    MaxComboTest,
    PermutedBlocks,
    RmstTest,
    Scenario,
    ScheduledAccrual,
    Stratum,
    VisitSchedule,
    one_stratum,
    simulate,
)
from adjuvant.simulation.chunks import CHUNK, run_chunks

CONTROL = PiecewiseHazard.with_median(12)
BETTER = CONTROL.times_ratio(0.7)
DELAYED = PiecewiseHazard((0, 4), (CONTROL.rates[0], 0.6 * CONTROL.rates[0]))
CHUNKS, TASK = 64, 8
PEERS = {
    "lrstat": (
        "lrstat::lrsim(kMax=1, criticalValues=1.959964, accrualIntensity=12.5, "
        "lambda1=0.7*log(2)/12, lambda2=log(2)/12, n=300, plannedEvents=200, "
        "maxNumberOfIterations=20000, seed=1)"
    ),
    "rpact": (
        "rpact::getSimulationSurvival(median2=12, hazardRatio=0.7, directionUpper=FALSE, "
        "accrualTime=c(0,24), accrualIntensity=12.5, plannedEvents=200, "
        "maxNumberOfSubjects=300, maxNumberOfIterations=20000, seed=1)"
    ),
}


def scenario(experimental, looks=(200,), bounds=(1.959963984540054,), **more):
    """Return one of the three."""
    return Scenario(
        subjects=300,
        strata=more.pop("strata", None) or one_stratum(CONTROL, experimental),
        accrual=ScheduledAccrual(24),
        looks=tuple(Look(events=d) for d in looks),
        efficacy_bounds=bounds,
        **more,
    )


def looks_of_w2():
    """Return W2 with the bounds of its design."""
    design = GroupSequentialDesign(
        spending="lan_demets_obrien_fleming", information_rates=(67 / 200, 134 / 200, 1.0)
    )
    bounds = group_sequential_boundaries(design).critical_values
    return scenario(BETTER, (67, 134, 200), tuple(bounds))


FAST = {
    "W1": scenario(BETTER),
    "W2": looks_of_w2(),
    "W3": scenario(DELAYED, test=LogRankTest(gamma=1)),
}
_TWO = tuple(
    Stratum(Course(CONTROL.times_ratio(x)), Course(BETTER.times_ratio(x)), share)
    for x, share in ((0.7, 0.4), (1.5, 0.6))
)
GENERAL = {
    "stratified, blocks": scenario(
        BETTER, strata=_TWO, test=LogRankTest(stratified=True), allocation=PermutedBlocks(2, 2)
    ),
    "visits every 3 months": scenario(BETTER, visits=VisitSchedule((3,), 3)),
    "MaxCombo of two": scenario(DELAYED, test=MaxComboTest()),
    "restricted mean to 18": scenario(BETTER, test=RmstTest(18)),
}


def floor(chunks):
    """Draw the random numbers of as many trials as these chunks hold, with numpy."""
    rng, out = np.random.default_rng(1), np.empty(600)
    for _ in range(chunks * CHUNK):
        rng.standard_exponential(out=out)


def measured(trial, chunks):
    """Return the rate of one scenario and its ratio to the floor, measured in turns."""
    run_chunks(trial, 1, {0: CHUNK})
    rates, ratios = [], []
    for run in range(3):
        trials, numbers = 0.0, 0.0
        for first in range(run * chunks, (run + 1) * chunks, TASK):
            start = time.process_time()
            run_chunks(trial, 1, dict.fromkeys(range(first, first + TASK), CHUNK))
            middle = time.process_time()
            floor(TASK)
            trials, numbers = trials + middle - start, numbers + time.process_time() - middle
        rates.append(chunks * CHUNK / trials)
        ratios.append(numbers / trials)
    return {
        "trials_per_second": statistics.median(rates),
        "ratio_to_random_numbers": statistics.median(ratios),
    }


def grid():
    """Return 1,000 scenarios: effect, control, accrual, dropout and delay crossed."""
    crossed = product(
        (0.6, 0.65, 0.7, 0.75, 0.8), (9, 12, 18, 24), (12, 18, 24, 30, 36), (0.0, 0.01),
        (0, 3, 6, 9, 12),
    )  # fmt: skip
    for ratio, median, accrual, dropout, delay in crossed:
        control = PiecewiseHazard.with_median(median)
        rate = control.rates[0]
        better = PiecewiseHazard((0, delay), (rate, ratio * rate)) if delay else None
        yield Scenario(
            subjects=300,
            strata=one_stratum(
                control,
                better or control.times_ratio(ratio),
                control_dropout=dropout,
                experimental_dropout=dropout,
            ),
            accrual=ScheduledAccrual(accrual),
            looks=tuple(Look(events=d) for d in (67, 134, 200)),
            efficacy_bounds=FAST["W2"].efficacy_bounds,
        )


def grid_in_part(every=25, chunks=10):
    """Run one scenario in 25 with 10,240 trials; return the cost of one of 100,000 trials."""
    scenarios = list(grid())
    run_chunks(scenarios[-1], 1, {0: CHUNK})
    spent = []
    for scenario_ in scenarios[::every]:
        start = time.process_time()
        run_chunks(scenario_, 1, dict.fromkeys(range(chunks), CHUNK))
        spent.append((time.process_time() - start) * 100_000 / (chunks * CHUNK))
    return {
        "scenarios": len(scenarios),
        "run": len(spent),
        "trials_a_scenario": chunks * CHUNK,
        "seconds_a_scenario_of_100000": statistics.mean(spent),
        "dearest": max(spent),
        "whole_grid_hours_of_one_core": statistics.mean(spent) * len(scenarios) / 3600,
    }


def scaling(trial, trials=2_000_000):
    """Return what two processes gain over one by the clock, and what they cost in processor time.

    The gain tells something on an idle machine only; `processor_seconds` (two over one) near 1 says
    that nothing is lost by spreading the work.
    """
    seconds, spent = [], []
    for workers in (1, 2):
        clock, before = time.perf_counter(), sum(os.times()[:4])
        simulate(trial, trials=trials, seed=1, workers=workers)
        seconds.append(time.perf_counter() - clock)
        spent.append(sum(os.times()[:4]) - before)
    return {
        "processes": 2,
        "gain": seconds[0] / seconds[1],
        "processor_seconds": spent[1] / spent[0],
        "load": os.getloadavg()[0],
    }


def peer(package, call):
    """Return the trials per second of an R package for W1, None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    code = (
        f"if (!requireNamespace('{package}', quietly=TRUE)) quit(status=3);"
        f"t <- system.time(invisible({call})); cat(20000 / (t[['user.self']] + t[['sys.self']]))"
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def main():
    """Measure and print."""
    found = {name: measured(trial, CHUNKS) for name, trial in FAST.items()}
    found["general"] = {name: measured(trial, 8) for name, trial in GENERAL.items()}
    found["scaling"] = scaling(FAST["W1"])
    found["grid"] = grid_in_part()
    found["peers_W1_trials_per_second"] = {name: peer(name, call) for name, call in PEERS.items()}
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    for name, row in [*((n, found[n]) for n in FAST), *found["general"].items()]:
        ratio = row["ratio_to_random_numbers"]
        print(f"{name:24s} {row['trials_per_second']:9,.0f} trials/s   {ratio:5.2f} of the floor")
    gain = found["scaling"]
    cost = gain["processor_seconds"]
    print(
        f"two processes            {gain['gain']:9.2f} times one by the clock, "
        f"{cost:.2f} times its processor time; load {gain['load']:.1f}"
    )
    part = found["grid"]
    print(
        f"grid of {part['scenarios']:,} scenarios     {part['seconds_a_scenario_of_100000']:9.2f} "
        f"processor seconds for 100,000 trials of one; all of it "
        f"{part['whole_grid_hours_of_one_core']:.2f} hours of one core"
    )
    for name, speed in found["peers_W1_trials_per_second"].items():
        text = "not installed" if speed is None else f"{speed:9,.0f} trials/s"
        print(f"{name:24s} {text}")


if __name__ == "__main__":
    main()
