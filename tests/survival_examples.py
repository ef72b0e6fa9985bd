"""One result of every class of `adjuvant.survival`, for the tests that walk through all of them."""

import numpy as np

import adjuvant.survival as room
from adjuvant.core import TimeToEvent

RNG = np.random.default_rng(12)
N = 60
TIME, ARM = RNG.integers(1, 900, N), np.arange(N) % 2
EVENT, AGE = (RNG.random(N) < 0.7).astype(int), RNG.normal(60, 9, N).round(1)
DATA = TimeToEvent(TIME, EVENT, arm=ARM, arm_labels=("Control", "Treated"))
CAUSES = TimeToEvent(
    TIME, EVENT * RNG.integers(1, 3, N), arm=ARM, arm_labels=("Control", "Treated")
)
VISITS = room.IntervalCensored(
    TIME // 90 * 90, np.where(EVENT, TIME // 90 * 90 + 90.0, np.inf), arm=ARM
)
RECURRENT = TimeToEvent(
    [4, 9, 12, 7, 15], [1, 1, 0, 1, 0], entry=[0, 4, 9, 0, 7], subject=("a", "a", "a", "b", "b")
)
TABLE = room.TwoByTwo(12, 40, 21, 41)


def examples():
    """Return class name -> a result, or the tuple of results that its function returns."""
    fit = room.cox(DATA, {"age": AGE})
    made = [
        room.aalen_johansen(CAUSES), room.at_risk_table(DATA, [0, 300]),
        room.average_hazard_ratio(DATA), room.cox_baseline_hazard(fit), room.chi_square(TABLE),
        room.confidence_band(DATA), fit, room.nelson_aalen(DATA),
        room.cumulative_incidence(CAUSES), room.fine_gray(CAUSES), room.cox_firth(DATA),
        room.fisher_exact(TABLE), room.gray_test(CAUSES),
        room.cumulative_incidence(CAUSES).at([100, 300]),
        room.interaction_test(DATA, {"age": AGE}, [("arm", "age")]), room.kaplan_meier(DATA),
        room.log_rank(DATA), room.cochran_mantel_haenszel([TABLE, TABLE]), room.max_combo(DATA),
        room.mean_cumulative_function(RECURRENT), room.milestone_difference(DATA, 300),
        room.parametric_survival(DATA, {"age": AGE}), room.predicted_survival(
            fit, {"arm": "Treated", "age": 60}), room.profile_likelihood_ci(fit),
        (room.risk_difference(TABLE), room.newcombe(TABLE), room.miettinen_nurminen(TABLE)),
        room.proportional_hazards_test(fit), room.survival_quantile(DATA),
        room.rerandomisation_test(DATA, [4] * 15, rng=np.random.default_rng(1), replicates=99),
        room.rmst(DATA, 400), room.rmst_difference(DATA, 400, covariates={"age": AGE}),
        room.survival_at(DATA, [100, 300]), room.kaplan_meier(DATA).curves,
        room.trend_log_rank(DATA, [0, 1]), room.turnbull(VISITS),
        room.weighted_log_rank(DATA, room.FlemingHarrington(0, 1)), room.win_ratio([DATA]),
    ]  # fmt: skip
    return {type(one[0] if isinstance(one, tuple) else one).__name__: one for one in made}
