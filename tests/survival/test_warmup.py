"""`adjuvant warmup` leaves no kernel of this room to be compiled by a user's first analysis."""

import subprocess
import sys

# A process that warms up, analyses, and prints the signatures that only the analysis needed.
CODE = """
import pkgutil
from importlib import import_module

import numpy as np
from numba.core.dispatcher import Dispatcher

import adjuvant.survival as room
from adjuvant.core import TimeToEvent
from adjuvant.survival.warmup import compile_kernels


def signatures():
    found = set()
    for file in pkgutil.iter_modules(room.__path__):
        for name, thing in vars(import_module(f"adjuvant.survival.{file.name}")).items():
            if isinstance(thing, Dispatcher):
                found |= {f"{name}{signature}" for signature in thing.overloads}
    return found


compile_kernels()
warm = signatures()
rng = np.random.default_rng(1)
n = 60
arms = dict(arm=rng.integers(0, 2, n), arm_labels=("a", "b"))
time = rng.exponential(9, n).round(1) + 0.1
whole = TimeToEvent(np.arange(1, n + 1), rng.integers(0, 2, n), **arms)
data = TimeToEvent(time, rng.integers(0, 3, n), **arms)
one = data.any_event()
late = TimeToEvent(time, one.event, entry=time / 3, **arms)
weighted = TimeToEvent(time, one.event, weight=rng.random(n), **arms)
x = {"age": rng.normal(size=n), "sex": room.Factor(["m", "f"] * (n // 2), ("m", "f"))}
for rows in (whole, one, late, weighted, one.with_strata(list("xxyy") * (n // 4))):
    for ties in ("efron", "breslow") + (("exact",) if rows is not weighted else ()):
        room.cox(rows, x, ties=ties).concordance
    fit = room.cox(rows, x, robust=True)
    fit.hr_ci, room.proportional_hazards_test(fit), room.profile_likelihood_ci(fit)
    room.predicted_survival(fit, {"arm": "a", "age": 0.0, "sex": "f"})
    room.cox_firth(rows, x), room.kaplan_meier(rows)
    if rows is not weighted:
        room.log_rank(rows), room.max_combo(rows)
for rows in (whole, one):
    room.win_ratio([rows, rows]), room.rerandomisation_test(rows, [6] * 10, rng=rng, replicates=9)
room.gray_test(data), room.aalen_johansen(data), room.fine_gray(data, x)
room.average_hazard_ratio(one, 5), room.rmst_difference(one, 5), room.confidence_band(one)
room.parametric_survival(one, x)
print("\\n".join(sorted(signatures() - warm)))
"""


def test_a_first_analysis_after_it_compiles_nothing():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
