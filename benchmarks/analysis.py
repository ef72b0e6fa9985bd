"""How long does the plan of moertel1990 take, beside R for its three main models alone?

Run: python benchmarks/analysis.py
Prints seconds of processor time (wall clock lies on a busy machine): the median of several runs
after a warm-up, in this process.
"""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from functools import partial

import adjuvant
from adjuvant.study import Study

R = """
library(survival)
d <- subset(colon, etype == 1)
one <- function() {
  coxph(Surv(time, status) ~ rx, d); survfit(Surv(time, status) ~ rx, d)
  survdiff(Surv(time, status) ~ rx, d)
}
invisible(one()); t <- replicate(20, system.time(one())["user.self"]); cat(median(t))
"""


def seconds(work: Callable[[], object], runs: int = 9) -> float:
    """Return the median of several runs, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    study = Study.open("moertel1990")
    snapshot = study.snapshot()
    plan = seconds(lambda: study.analyse(snapshot))
    whole = seconds(lambda: Study.open("moertel1990").analyse(), runs=5)
    lines = len(study.protocol.analyses)
    print(f"adjuvant {adjuvant.__version__}")
    print(f"the plan ({lines} lines, 929 patients)              {plan:.3f} s   target < 0.3 s")
    print(f"the same with reading protocol and data       {whole:.3f} s")
    ids = ["A_TTR_COX", "A_TTR_KM", "A_TTR_LR"]
    three = seconds(lambda: study.analyse(snapshot, only=ids))
    print(f"Cox, Kaplan-Meier and log-rank of recurrence  {three:.3f} s")
    if shutil.which("Rscript"):
        out = subprocess.run(["Rscript", "-e", R], capture_output=True, text=True, check=True)
        print(f"the same three calls in R survival            {float(out.stdout):.3f} s")
    for line in study.protocol.analyses:
        each = seconds(partial(study.analyse, snapshot, only=[line.id]), runs=3)
        print(f"  {line.id:<14} {1000 * each:7.1f} ms")


if __name__ == "__main__":
    main()
