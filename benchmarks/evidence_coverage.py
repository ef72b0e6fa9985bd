"""How well patients rebuilt from a summary resemble the true ones, and how honest the envelope is.

Each truth is a two-arm trial whose patients are known: simulated ones, resampled halves of the
shipped trial moertel1990, and any of a file given with --extra (columns set, time in days, event,
arm 0/1). Only its printed summary is read. Printed are, over all truths: the average distance of
Kaplan-Meier curves, errors of the RMST difference and of the log hazard ratio, numbers met, and the
share of 20 times at which the envelope of the middle 95% of the members holds the true curve.

Run: python benchmarks/evidence_coverage.py [--truths 200] [--members 39] [--extra FILE]
"""

import argparse
import csv
import gzip
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

import adjuvant
from adjuvant import TimeToEvent
from adjuvant.evidence import read_published_text, reconstruct, summary_of
from adjuvant.survival import cox

LABELS = ("C", "T")


def simulated(rng):
    """A trial of random size, shape, effect, accrual and dropout."""
    n = int(rng.integers(60, 300))
    arm = np.arange(2 * n) % 2
    shape, scale = rng.uniform(0.7, 1.5), rng.uniform(500, 2500)
    effect = np.exp(-rng.uniform(-0.2, 0.9))
    time = scale * (rng.exponential(size=2 * n) / np.where(arm == 1, effect, 1.0)) ** (1 / shape)
    kind = rng.integers(4)
    if kind == 1:  # a cured share
        time[rng.uniform(size=2 * n) < rng.uniform(0.1, 0.4)] = 1e9
    if kind == 2:  # a late effect
        base = scale * rng.exponential(size=2 * n) ** (1 / shape)
        late = rng.uniform(100, 400)
        time = np.where((arm == 1) & (base > late), late + (base - late) / effect, base)
    if kind == 3:  # visits every quarter, where recurrences are found
        time = np.ceil(time / 91) * 91 + rng.integers(-7, 8, 2 * n)
    accrual, follow = rng.uniform(400, 1200), rng.uniform(1000, 2000)
    leaving = np.minimum(rng.uniform(follow, follow + accrual, 2 * n),
                         rng.exponential(1 / rng.uniform(1e-6, 1e-4), 2 * n))  # fmt: skip
    days = np.maximum(np.ceil(np.minimum(time, leaving)), 1).astype(np.int64)
    event = (time <= leaving).astype(np.int64)
    return TimeToEvent(days, event, arm=arm, arm_labels=LABELS)


def resampled(rng):
    """A random share of two arms of moertel1990, recurrence or death."""
    file = Path(adjuvant.__file__).parent / "studies" / "moertel1990" / "data" / "patients.csv"
    rows = [r for r in csv.DictReader(file.open(encoding="utf-8")) if r["rx"] != "Lev"]
    kept = rng.choice(len(rows), int(rng.integers(150, 500)), replace=False)
    rows = [rows[i] for i in kept]
    what = "recurrence" if rng.uniform() < 0.5 else "death"
    days = [int(r[f"{what}_days"]) for r in rows]
    return TimeToEvent(
        days, [int(r[what]) for r in rows], arm=[int(r["rx"] != "Obs") for r in rows],
        arm_labels=LABELS,
    )  # fmt: skip


def extra(file):
    """The trials of a file of patients."""
    content = file.read_bytes()
    text = (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8")
    sets = {}
    for row in csv.DictReader(text.splitlines()):
        sets.setdefault(row["set"], []).append(
            (float(row["time"]), int(row["event"]), int(row["arm"]))
        )
    for rows in sets.values():
        time, event, arm = (np.array(x) for x in zip(*rows, strict=True))
        # Whatever the unit, the longest follow-up becomes 2000 days.
        days = np.maximum(np.rint(time * 2000 / time.max()), 1).astype(np.int64)
        yield TimeToEvent(days, event.astype(np.int64), arm=arm.astype(np.int64), arm_labels=LABELS)


def curve(data, arm, at):
    """Kaplan-Meier of an arm at days (ascending)."""
    one = data.where(data.arm == arm)
    out, survival = [], 1.0
    deaths = {}
    for t in one.time[one.event == 1].tolist():
        deaths[t] = deaths.get(t, 0) + 1
    times = iter(sorted(deaths))
    following = next(times, None)
    for day in at:
        while following is not None and following <= day:
            survival *= 1 - deaths[following] / int((one.time >= following).sum())
            following = next(times, None)
        out.append(survival)
    return np.array(out)


def scores(truth, members, rng, ci):
    """The scores of one truth, or None where a summary cannot be printed."""
    last = min(int(truth.time[truth.arm == a].max()) for a in (0, 1))
    years = [round(share * last / 365.25 * 2) / 2 for share in (0.4, 0.7)]
    if years[0] <= 0 or years[0] == years[1]:
        years = [round(share * last / 365.25, 1) for share in (0.4, 0.7)]
    page = read_published_text(summary_of(truth, years, ci=ci))
    start = perf_counter()
    rebuilt = reconstruct(page, members=members, seed=int(rng.integers(2**31)))
    seconds = perf_counter() - start
    grid = np.linspace(0, last, 201)[1:]
    true = np.array([curve(truth, a, grid) for a in (0, 1)])
    found = np.array([[curve(m.data, a, grid) for a in (0, 1)] for m in rebuilt.members])
    apart = np.abs(found - true).mean(axis=(1, 2))
    rmst = (found[:, 1] - found[:, 0]).mean(axis=1) - (true[1] - true[0]).mean()
    log_ratio = float(cox(truth).coef[0])
    ratios = np.array([float(cox(m.data).coef[0]) for m in rebuilt.members[:5]])
    at = np.linspace(9, 199, 20).astype(int)
    # Of 39 draws like the truth, smallest and largest hold it in 38 of 40 cases: 95%.
    ordered = np.sort(found[:, :, at], axis=0)
    cut = round(0.025 * (members + 1)) - 1
    low, high = ordered[max(cut, 0)], ordered[-1 - max(cut, 0)]
    inside = (true[:, at] >= low - 1e-9) & (true[:, at] <= high + 1e-9)
    middle = found.mean(axis=0)
    return {
        "central apart": apart[0], "member apart": apart[1:].mean() if members > 1 else apart[0],
        "mean apart": np.abs(middle - true).mean(),
        "central rmst": abs(rmst[0]), "member rmst": np.abs(rmst).mean(),
        "log ratio": np.abs(ratios - log_ratio).mean(),
        "all met": rebuilt.complete / len(rebuilt.members), "inside": inside.mean(),
        "early": inside[:, :6].mean(), "late": inside[:, 14:].mean(),
        "seconds": seconds,
    }  # fmt: skip


def main():
    """Print the scores."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--truths", type=int, default=200)
    ask.add_argument("--members", type=int, default=39)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--extra", type=Path)
    asked = ask.parse_args()
    rng = np.random.default_rng(asked.seed)
    groups = {
        "simulated": [simulated(rng) for _ in range(asked.truths * 3 // 4)],
        "moertel1990": [resampled(rng) for _ in range(asked.truths // 4)],
    }
    if asked.extra:
        groups["extra"] = list(extra(asked.extra))
    everything = []
    for name, truths in groups.items():
        found = [
            scores(truth, asked.members, rng, ("log-log", "plain")[i % 2])
            for i, truth in enumerate(truths)
        ]
        everything += found
        report(name, found)
    report("all", everything)
    return 0


def report(name, found):
    """Print averages, and the worst of the first two."""
    if not found:
        return
    print(f"{name}: {len(found)} truths")
    for key in found[0]:
        values = np.array([f[key] for f in found])
        print(f"  {key:<14} mean {values.mean():.4f}   worst {values.max():.4f}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
