"""How fast are the estimators, beside R, lifelines and statsmodels, and beside floors of our own?

    python benchmarks/survival.py [--json] [--quick] [--no-peers]

Two sizes: a trial of 150 patients, and 1,000,000 rows tied on whole days. Each time is processor
time (wall clock lies on a busy machine) of one call on data made beforehand but never sorted: the
least of several runs, in this process after a warm-up. Peers get the same data in memory and the
same clock; R's is system.time()["user.self"]. lifelines and statsmodels fit Cox models only on the
small trial: at a million rows they take minutes. --quick leaves out 100 to 10,000,000 rows.

A ratio to the floor above 1 misses it; a ratio to a peer above 1 says how many times slower the
peer is.
"""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

from adjuvant.core import TimeToEvent
from adjuvant.survival import cox, kaplan_meier, log_rank, rerandomisation_test
from adjuvant.survival.log_rank_kernels import cell_counts, weighted_sums
from adjuvant.survival.stratified_cells import stratified_cells

# Seconds of one core that each call may take.
FLOORS = {
    ("log-rank", 150): 100e-6,
    ("log-rank kernel", 150): 5e-6,
    ("Cox, 1 covariate", 150): 150e-6,
    ("log-rank", 1_000_000): 0.050,
    ("Cox, 1 covariate", 1_000_000): 0.120,
    ("Cox, 8 covariates", 1_000_000): 0.350,
    ("Kaplan-Meier", 1_000_000): 0.040,
}
RERANDOMISED_PER_SECOND = 3_000_000
MEMORY = 3.0  # times the input

R = """
suppressMessages(library(survival))
column <- function(name, what) readBin(file.path("{folder}", name), what, n = {n})
d <- data.frame(time = column("time", "double"), event = column("event", "double"),
                arm = column("arm", "double"))
for (k in 1:8) d[[paste0("x", k)]] <- column(paste0("x", k), "double")
least <- function(f) {{ f(); best <- Inf
  for (i in 1:{runs}) {{ t <- system.time(for (k in 1:{inner}) f())[["user.self"]]
    best <- min(best, t / {inner}) }}
  best }}
cat(least(function() survdiff(Surv(time, event) ~ arm, d)),
    least(function() coxph(Surv(time, event) ~ arm, d)),
    least(function() coxph(Surv(time, event) ~ x1+x2+x3+x4+x5+x6+x7+x8, d)),
    least(function() survfit(Surv(time, event) ~ arm, d)))
"""
CALLS = ("log-rank", "Cox, 1 covariate", "Cox, 8 covariates", "Kaplan-Meier")


def columns(n: int) -> dict[str, np.ndarray]:
    """Return a trial of n patients: whole days up to 2000, two arms, eight covariates."""
    rng = np.random.default_rng(20260101)
    time_ = np.minimum(rng.exponential(900, n).astype(np.int64) + 1, 2000)
    found = {"time": time_, "event": (time_ < 2000).astype(np.int64), "arm": rng.integers(0, 2, n)}
    return found | {f"x{k}": rng.normal(size=n) for k in range(1, 9)}


def least(work: Callable[[TimeToEvent], object], make: Callable[[], TimeToEvent], runs: int):
    """Return the least processor time of a call on data that were never sorted."""
    best = float("inf")
    for run in range(runs + 1):
        data = make()
        start = time.process_time()
        work(data)
        taken = time.process_time() - start
        if run:  # the first warms up
            best = min(best, taken)
    return best


def ours(n: int, runs: int) -> dict[str, float]:
    """Return our seconds per call."""
    c = columns(n)
    x = {f"x{k}": c[f"x{k}"] for k in range(1, 9)}

    def armed():
        return TimeToEvent(c["time"], c["event"], arm=c["arm"])

    def bare():
        return TimeToEvent(c["time"], c["event"])

    work = (log_rank, cox, lambda data: cox(data, x), kaplan_meier)
    makers = (armed, armed, bare, armed)
    return {
        name: least(call, make, runs) for name, call, make in zip(CALLS, work, makers, strict=True)
    }


def log_rank_kernel(n: int, runs: int) -> float:
    """Return the seconds of the compiled log-rank alone: counts sorted once, then their sums.

    A thousand replays are made inside one compiled loop: what is left is the kernel.
    """
    c = columns(n)
    data = TimeToEvent(c["time"], c["event"], arm=c["arm"])
    cells = stratified_cells(data)
    assert data.arm is not None
    given = (cells.cell, cells.entry_cell, data.event, data.arm, cells.start)
    repeat = max(1, 150_000 // n)
    _replayed(*given, 1)
    best = float("inf")
    for _ in range(max(5, min(runs, 50))):
        start = time.process_time()
        _replayed(*given, repeat)
        best = min(best, (time.process_time() - start) / repeat)
    return best


@njit
def _replayed(cell, entry_cell, event, arm, start, repeat):
    """Return a sum of log-rank scores, so that no replay can be left out."""
    total = 0.0
    for _ in range(repeat):
        at_risk, events = cell_counts(cell, entry_cell, event, arm, start, 2)
        weight = np.ones(len(at_risk))
        observed, expected, variance = weighted_sums(at_risk, events, weight)
        total += (observed[1] - expected[1]) / np.sqrt(variance[1, 1])
    return total


def in_r(n: int, runs: int) -> dict[str, float]:
    """Return R's seconds per call, {} where R or its survival package is absent."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, column in columns(n).items():
            column.astype(np.float64).tofile(Path(folder) / name)
        code = R.format(folder=folder, n=n, runs=runs, inner=1 if n > 10_000 else 50)
        done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if done.returncode:
        return {}
    return dict(zip(CALLS, map(float, done.stdout.split()), strict=True))


def in_lifelines(n: int, runs: int) -> dict[str, float]:
    """Return lifelines' seconds per call, {} where it is not installed."""
    if find_spec("lifelines") is None:
        return {}
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    c = columns(n)
    frame = pd.DataFrame(c)
    first = frame["arm"] == 0
    a, b = frame[first], frame[~first]
    eight = [f"x{k}" for k in range(1, 9)]
    work = {
        "log-rank": lambda: logrank_test(a["time"], b["time"], a["event"], b["event"]),
        "Kaplan-Meier": lambda: [KaplanMeierFitter().fit(g["time"], g["event"]) for g in (a, b)],
    }
    if n <= 10_000:
        one, all8 = frame[["time", "event", "arm"]], frame[["time", "event", *eight]]
        work["Cox, 1 covariate"] = lambda: CoxPHFitter().fit(one, "time", "event")
        work["Cox, 8 covariates"] = lambda: CoxPHFitter().fit(all8, "time", "event")
    return {name: _timed(call, runs) for name, call in work.items()}


def in_statsmodels(n: int, runs: int) -> dict[str, float]:
    """Return statsmodels' seconds per call, {} where it is not installed."""
    if find_spec("statsmodels") is None:
        return {}
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    c = columns(n)
    eight = np.column_stack([c[f"x{k}"] for k in range(1, 9)])
    halves = [(c["time"][c["arm"] == k], c["event"][c["arm"] == k]) for k in (0, 1)]
    work = {
        "log-rank": lambda: survdiff(c["time"], c["event"], c["arm"]),
        "Kaplan-Meier": lambda: [SurvfuncRight(*half) for half in halves],
    }
    if n <= 10_000:
        for name, x in (("Cox, 1 covariate", c["arm"][:, None]), ("Cox, 8 covariates", eight)):
            work[name] = lambda x=x: PHReg(c["time"], x, c["event"], ties="efron").fit()
    return {name: _timed(call, runs) for name, call in work.items()}


def _timed(call: Callable[[], object], runs: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a peer's own warnings are no part of the question
        return least(lambda _: call(), lambda: None, runs)


def rerandomised_per_second() -> float:
    """Return re-drawn log-rank scores a second: 152 patients in 38 blocks of 4."""
    c = columns(152)
    draws = 300_000

    def draw(data):
        return rerandomisation_test(data, [4] * 38, rng=np.random.default_rng(1), replicates=draws)

    return draws / least(draw, lambda: TimeToEvent(c["time"], c["event"], arm=c["arm"]), 7)


def memory_per_input(eight: bool) -> float:
    """Return the peak memory of one Cox model on 1,000,000 rows, as multiples of its input."""
    code = f"import survival; print(survival.peak({eight}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def peak(eight: bool) -> float:
    """Fit in this process, which has done nothing else, and compare the peak with before."""
    small, big = columns(100), columns(1_000_000)
    names = [f"x{k}" for k in range(1, 9 if eight else 2)]

    def fit(c):
        cox(TimeToEvent(c["time"], c["event"]), {name: c[name] for name in names})

    fit(small)
    given = sum(big[name].nbytes for name in ("time", "event", *names))
    before = high_water()
    fit(big)
    return (high_water() - before) / given


def high_water() -> int:
    """Return the most bytes this process has held; the kernel's own account, not a parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def measure(sizes: dict[int, int], peers: bool) -> list[dict]:
    """Return one row per size and call."""
    rows = []
    for n, runs in sizes.items():
        found = ours(n, runs)
        few = min(runs, 3) if n > 10_000 else 20
        others = {}
        if peers:
            others = {"R": in_r(n, few), "lifelines": in_lifelines(n, few),
                      "statsmodels": in_statsmodels(n, few)}  # fmt: skip
        kernel = {
            "n": n, "call": "log-rank kernel", "seconds": log_rank_kernel(n, few),
            "floor": FLOORS.get(("log-rank kernel", n)), "peers": {},
        }  # fmt: skip
        rows.append(kernel)
        for name in CALLS:
            rows.append({
                "n": n, "call": name, "seconds": found[name], "floor": FLOORS.get((name, n)),
                "peers": {peer: got[name] for peer, got in others.items() if name in got},
            })  # fmt: skip
    return rows


def text(seconds: float) -> str:
    """Return a time in the unit that fits."""
    return f"{1e6 * seconds:.0f} us" if seconds < 1e-3 else f"{1e3 * seconds:.1f} ms"


def show(found: dict) -> None:
    """Print the table."""
    print(f"load of the machine at the start: {found['load']:.1f} on {found['cores']} cores")
    for row in found["calls"]:
        floor = row["floor"]
        against = f"floor {text(floor)} x{row['seconds'] / floor:.2f}" if floor else ""
        peers = ", ".join(
            f"{peer} {text(s)} x{s / row['seconds']:.0f}" for peer, s in row["peers"].items()
        )
        print(f"{row['n']:>10,} {row['call']:<18} {text(row['seconds']):>9}  {against:<22} {peers}")
    rate = found["rerandomised_per_second"]
    print(f"re-randomised log-ranks a second: {rate:,.0f}, floor {RERANDOMISED_PER_SECOND:,} "
          f"x{RERANDOMISED_PER_SECOND / rate:.2f}")  # fmt: skip
    for name, times in found["memory"].items():
        print(
            f"memory of Cox, {name}, 1,000,000 rows: {times:.1f} times the input (floor {MEMORY})"
        )


def main() -> None:
    """Measure and print."""
    load = os.getloadavg()[0]
    peers = "--no-peers" not in sys.argv
    rows = measure({150: 2000, 1_000_000: 7}, peers)
    if "--quick" not in sys.argv:
        sizes = {10**k: 5 if k > 4 else 200 for k in range(2, 8)}
        rows += measure(sizes, peers=False)
    found = {
        "load": load, "cores": os.cpu_count(), "calls": rows,
        "rerandomised_per_second": rerandomised_per_second(),
        "memory": {"1 covariate": memory_per_input(False), "8 covariates": memory_per_input(True)},
    }  # fmt: skip
    if "--json" in sys.argv:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
