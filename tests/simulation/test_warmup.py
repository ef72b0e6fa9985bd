"""`adjuvant warmup` leaves no kernel of this room to be compiled by a user's first simulation."""

import subprocess
import sys

# A process that warms up, simulates, and prints the signatures that only the simulation needed.
CODE = """
import pkgutil
import sys
from importlib import import_module

from numba.core.dispatcher import Dispatcher

import adjuvant.simulation as room
from adjuvant.design import PiecewiseHazard

sys.path.insert(0, "tests")
from simulation.scenarios import W1, W2, W3, everything, plain_trial_of


def signatures():
    found = set()
    for file in pkgutil.iter_modules(room.__path__):
        for name, thing in vars(import_module(f"adjuvant.simulation.{file.name}")).items():
            if isinstance(thing, Dispatcher):
                found |= {f"{name}{signature}" for signature in thing.overloads}
    return found


said = []
assert room.warm_up(said.append) == len(said) == 2
warm = signatures()
tests = (room.MaxComboTest(), room.MilestoneTest(9), room.CoxTest(), room.LogRankTest(delay=3))
for scenario in (W1, W2, W3, *(everything(test=test) for test in tests)):
    room.simulate(scenario, trials=2)
room.simulate(everything(allocation=room.Minimisation(0.8)), trials=2)
weibull = room.WeibullHazard(1.2, 9)
room.simulate(plain_trial_of(weibull, estimate=True, accrual=room.PoissonAccrual((9,))), trials=2)
room.simulate(plain_trial_of(estimate=True, allocation=room.PermutedBlocks(1, 1)), trials=2)
room.trial_patients(W2, seed=1, trial=1)
print("\\n".join(sorted(signatures() - warm)))
"""


def test_a_first_simulation_after_it_compiles_nothing():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
