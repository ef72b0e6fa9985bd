"""How long the report of a real trial takes, with all figures in three forms and all tables.

Target: moertel1990 (929 patients, three arms, six figures) in less than 5 seconds of wall time.
The floor is the same page without figures. The first run of a process also loads matplotlib.
Run: python benchmarks/report.py [--json]
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from adjuvant import Study
from adjuvant.report import write_report

RUNS = 5


def seconds(job: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print the first run, the median of the later ones, and the page without figures."""
    study = Study.open("moertel1990")
    results, snapshot = study.analyse(), study.snapshot()
    bare = replace(
        results,
        results=tuple(replace(r, curves=(), subgroups=(), flow=()) for r in results.results),
    )
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:

        def write(held: object, name: str) -> None:
            write_report(held, study.protocol, Path(folder) / name, snapshot=snapshot)

        found["first run"] = seconds(lambda: write(results, "first"))
        later = [seconds(lambda i=i: write(results, f"again{i}")) for i in range(RUNS)]
        found["median of later runs"] = (
            statistics.median(w for w, _ in later),
            statistics.median(c for _, c in later),
        )
        found["without figures"] = seconds(lambda: write(bare, "bare"))
    if "--json" in sys.argv:
        print(json.dumps({name: {"wall": w, "cpu": c} for name, (w, c) in found.items()}))
        return
    for name, (wall, cpu) in found.items():
        print(f"{name:<22} {wall:6.2f} s wall {cpu:6.2f} s CPU   target 5 s")


if __name__ == "__main__":
    main()
