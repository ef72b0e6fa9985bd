"""One small call of every kind, so that no first analysis waits for the compiler."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from adjuvant.core import TimeToEvent
from adjuvant.survival.competing_risks import aalen_johansen
from adjuvant.survival.cox import cox
from adjuvant.survival.cox_firth import cox_firth
from adjuvant.survival.cox_residuals import cox_baseline_hazard, residuals
from adjuvant.survival.cox_tests import profile_likelihood_ci, proportional_hazards_test
from adjuvant.survival.fine_gray import fine_gray
from adjuvant.survival.gray_test import gray_test
from adjuvant.survival.log_rank import log_rank
from adjuvant.survival.log_rank_kernels import two_arm_log_rank
from adjuvant.survival.max_combo import max_combo
from adjuvant.survival.ordering import ordering
from adjuvant.survival.rerandomisation import rerandomisation_test
from adjuvant.survival.weighted_log_rank import FlemingHarrington, weighted_log_rank
from adjuvant.survival.win_ratio import win_ratio

__all__ = ["compile_kernels"]


def compile_kernels() -> int:
    """Call every compiled kernel of the room once; return how many kinds of call were made.

    Numba keeps what it compiles in a cache beside the package, or in NUMBA_CACHE_DIR where the
    package's folder cannot be written.

    >>> compile_kernels() > 10
    True
    """
    calls = _calls(_data())
    for call in calls:
        call()
    return len(calls)


def _data() -> TimeToEvent:
    rng = np.random.default_rng(7)
    n = 40
    time = rng.integers(2, 30, n)
    return TimeToEvent(
        time,
        rng.integers(0, 3, n),
        arm=np.arange(n) % 2,
        stratum=np.arange(n) // 20,
        entry=time // 3,
    )


def _calls(data: TimeToEvent) -> list[Callable[[], object]]:
    late = data.any_event()
    plain = replace(late, entry=None)
    single = plain.without_strata()
    x = {"x": (np.arange(data.n) * 7 % 11).astype(np.float64)}
    order, arm = ordering(single), single.arm
    assert arm is not None

    def models() -> None:
        weight = np.full(data.n, 0.5)
        for rows in (plain, late, single, *(replace(d, weight=weight) for d in (late, single))):
            fit = cox(rows, x, offset=np.zeros(data.n), robust=True)
            _ = fit.hr_ci, fit.robust_score, fit.concordance, cox_baseline_hazard(fit)
            residuals(fit, "dfbeta")
            proportional_hazards_test(fit)
            profile_likelihood_ci(fit)

    return [
        models,
        lambda: cox(single, x, ties="exact"),
        lambda: cox(late, x, ties="exact"),
        lambda: cox(single, x, ties="breslow"),
        lambda: cox_firth(single, x),
        lambda: log_rank(late),
        lambda: weighted_log_rank(plain, FlemingHarrington(0, 1)),
        lambda: max_combo(single),
        lambda: two_arm_log_rank(order.rank, single.event, arm, len(order.times)),
        lambda: win_ratio([single]),
        lambda: rerandomisation_test(single, [4] * 10, rng=np.random.default_rng(1), replicates=10),
        lambda: aalen_johansen(data),
        lambda: gray_test(replace(data, entry=None)),
        lambda: fine_gray(replace(data, entry=None, stratum=None, stratum_labels=()), x),
    ]
