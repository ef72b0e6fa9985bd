"""Every shape of hazard, dropout and accrual against the plain simulator, trial by trial."""

import numpy as np
import pytest
from simulation.scenarios import CONTROL

from adjuvant.design import PiecewiseHazard
from adjuvant.simulation import (
    Course,
    CoxTest,
    FixedSizes,
    LogRankTest,
    Look,
    MaxComboTest,
    MilestoneTest,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    ProductFailure,
    RmstTest,
    Scenario,
    ScheduledAccrual,
    Sites,
    Stratum,
    VisitSchedule,
    WeibullHazard,
    plain_trial,
    trial_outcomes,
)

RATE = CONTROL.rates[0]
BOTH = Look(events=40, time=20, rule="later", latest=26)
PLAIN = 120


def scenario(control=None, experimental=None, **more):
    strata = (Stratum(control or Course(CONTROL), experimental or Course(CONTROL)),)
    chosen = {
        "subjects": 80,
        "strata": strata,
        "accrual": ScheduledAccrual(15),
        "looks": (Look(events=30), Look(events=50)),
        "efficacy_bounds": (9.0, 9.0),
        "test": LogRankTest(),
    }
    return Scenario(**{**chosen, **more})


def steps(*pairs):
    return PiecewiseHazard(tuple(t for t, _ in pairs), tuple(RATE * x for _, x in pairs))


LATE_LOSS = PiecewiseHazard((0, 6), (0.0, 0.05))
SHAPES = {
    "crossing": scenario(experimental=Course(steps((0, 1.6), (5, 0.4)))),
    "waning": scenario(experimental=Course(steps((0, 0.4), (6, 0.8), (12, 1.2)))),
    "dropout that begins late": scenario(Course(CONTROL, LATE_LOSS), Course(CONTROL, LATE_LOSS)),
    "Weibull": scenario(
        Course(WeibullHazard(0.7, 15), LATE_LOSS), Course(WeibullHazard(1.4, 20), LATE_LOSS)
    ),
    "cure mixture": scenario(
        Course(steps((0, 1.5)), cured=0.2), Course(steps((0, 1.5)), cured=0.4),
        looks=(Look(events=25), Look(time=30)),
    ),
    "competing death": scenario(
        Course(CONTROL, death=LATE_LOSS), Course(steps((0, 0.6)), death=LATE_LOSS),
        looks=(Look(events=20), Look(events=35)),
    ),
    "sites with frailty, minimisation": scenario(
        experimental=Course(steps((0, 0.6))), sites=Sites(5, 0.5), allocation=Minimisation(0.8)
    ),
    "never started, stopping": scenario(
        experimental=Course(steps((0, 0.3))),
        product_failure=ProductFailure(0.3, PiecewiseHazard((0, 2), (0.3, 0.02))),
    ),
    "visits, later of both with a maximum": scenario(
        experimental=Course(steps((0, 0.6))), visits=VisitSchedule((2, 4), 3),
        looks=(BOTH, Look(events=70, time=30, rule="earlier")),
    ),
    "Poisson accrual in steps, two to one": scenario(
        experimental=Course(steps((0, 0.6))), accrual=PoissonAccrual((2, 9), (0, 6)),
        allocation=PermutedBlocks(1, 2),
    ),
    "unequal sizes, shaped accrual": scenario(
        allocation=FixedSizes(0.5), accrual=ScheduledAccrual(20, (0, 5, 12), (1, 4, 2))
    ),
    "Fleming-Harrington": scenario(
        experimental=Course(steps((0, 1), (4, 0.5))), test=LogRankTest(gamma=1)
    ),
    "modestly weighted": scenario(
        experimental=Course(steps((0, 1), (4, 0.5))), test=LogRankTest(delay=6)
    ),
    "MaxCombo": scenario(experimental=Course(steps((0, 1), (4, 0.5))), test=MaxComboTest()),
    "restricted mean": scenario(experimental=Course(steps((0, 0.6))), test=RmstTest(9)),
    "milestone": scenario(experimental=Course(steps((0, 0.6))), test=MilestoneTest(9)),
    "Cox against a margin": scenario(test=CoxTest(null_hazard_ratio=1.4)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_simulated_as_the_plain_simulator_does(name):
    """Mean time, events, patients and Z at both looks within 4 Monte-Carlo errors."""
    trial, rng = SHAPES[name], np.random.default_rng(20251125)
    plain = [plain_trial(trial, rng) for _ in range(PLAIN)]
    seen = trial_outcomes(trial, seed=3, trials=4_096)

    for k in range(2):
        for column in ("time", "events", "patients", "z"):
            a = np.array([getattr(looks[k], column) for looks in plain], dtype=float)
            b = getattr(seen, column)[:, k]
            error = np.sqrt(a.var() / len(a) + b.var() / len(b)) + 1e-9
            assert abs(a.mean() - b.mean()) < 4 * error, (k, column, a.mean(), b.mean())
