"""Every row of docs/explanation/survival-edges.md is true: one check a row, none left out."""

from pathlib import Path

import numpy as np
import pytest

import adjuvant.survival as s
from adjuvant.core import (
    InvalidData,
    NotEnoughData,
    NotEstimable,
    TimeToEvent,
)

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "survival-edges.md"
ARM = [0, 1] * 4
TIME = [3, 5, 8, 9, 12, 14, 20, 21]
EVENT = [1, 1, 0, 1, 1, 0, 1, 1]
X = np.array([1.0, 4, 2, 8, 5, 7, 1, 3])
ZERO_CELL = s.TwoByTwo(0, 10, 3, 10)


def arms(event=EVENT, time=TIME, **more):
    return TimeToEvent(time, event, **{"arm": ARM, "arm_labels": ("C", "T")} | more)


def plain(event=EVENT, time=TIME, **more):
    return TimeToEvent(time, event, **more)


NONE = arms([0] * 8)
SEPARATED = arms([1, 0] * 4)
ABSENT = arms(arm=[0] * 8)


def refused(kind, *calls, match=None):
    for call in calls:
        with pytest.raises(kind, match=match):
            call()


def no_row():
    empty = TimeToEvent([], [])
    refused(NotEnoughData, lambda: s.kaplan_meier(empty), lambda: s.nelson_aalen(empty),
            lambda: s.rmst(empty, 1))  # fmt: skip


def arm_without_row():
    calls = (s.log_rank, s.kaplan_meier, s.max_combo, lambda d: s.rmst_difference(d, 9))
    refused(NotEnoughData, *(lambda c=c: c(ABSENT) for c in calls), match="'T'")


def nobody_curves():
    assert (s.kaplan_meier(NONE).curves[0].survival == 1).all()
    assert (s.nelson_aalen(NONE)[0].cumulative_hazard == 0).all()
    mean = s.rmst(NONE, 15)[0]
    assert (mean.rmst, mean.std_error) == (15, 0)


def nobody_tests():
    calls = (s.log_rank, s.gray_test, s.cumulative_incidence, s.confidence_band, s.max_combo)
    refused(NotEnoughData, *(lambda c=c: c(NONE) for c in calls))


def one_arm_log_rank():
    found = s.log_rank(SEPARATED)
    assert found.observed[1] == 0
    assert found.expected[1] > 0
    assert 0 < found.p_value < 1


def one_arm_milestone():
    found = s.milestone_difference(SEPARATED, 10)
    assert found.test_log_log is None
    assert found.test_plain.p_value < 1
    assert found.test_log.p_value < 1


def one_arm_ratios():
    never = arms([1, 0] * 4, time=[3, 25, 8, 25, 12, 25, 20, 25])
    refused(NotEstimable, lambda: s.average_hazard_ratio(never, 10), lambda: s.win_ratio([never]))


def survival_zero():
    curve = s.kaplan_meier(TimeToEvent([1, 2], [1, 1])).curves[0]
    assert np.isnan([curve.std_error[-1], curve.lower[-1], curve.upper[-1]]).all()


def survival_one():
    data = TimeToEvent([1, 2], [0, 1])
    for ci, limits in (("log", 1), ("plain", 1), ("log-log", None), ("logit", None)):
        curve = s.kaplan_meier(data, ci=ci).curves[0]
        assert curve.lower[0] == 1 if limits else np.isnan(curve.lower[0])
        assert curve.upper[0] == 1 if limits else np.isnan(curve.upper[0])


def milestone_zero():
    refused(NotEstimable, lambda: s.milestone_difference(arms([1] * 8), 20))


def flat_stretch():
    four = TimeToEvent([1, 2, 3, 4], [1] * 4)
    assert s.survival_quantile(four)[0].quantile[0] == 2.5
    last = TimeToEvent([1, 2, 9], [1, 0, 0]), TimeToEvent([1, 2, 8, 9], [1, 1, 0, 0])
    assert s.survival_quantile(last[1])[0].quantile[0] == (2 + 9) / 2
    assert np.isnan(s.survival_quantile(last[1], convention="sas")[0].quantile[0])


def not_reached():
    assert np.isnan(s.survival_quantile(NONE)[0].quantile[0])


def risk_set_of_one():
    data = TimeToEvent([1, 2], [1, 1], arm=[0, 1])
    found = s.log_rank(data)
    assert found.expected[1] == 0.5 + 1
    assert found.variance[1, 1] == 0.25


def all_at_once():
    refused(NotEstimable, lambda: s.log_rank(arms([1] * 8, time=[5] * 8)), match="separates")


def three_arms():
    data = TimeToEvent([1, 2, 3, 4, 0.5], [1, 1, 1, 1, 0], arm=[0, 1, 0, 1, 2])
    assert s.log_rank(data).df == 1


def strata_of_one_arm():
    alone = arms(stratum=ARM)
    refused(NotEstimable, lambda: s.log_rank(alone))
    both = TimeToEvent([*TIME, 4], [*EVENT, 1], arm=[*ARM, 0], stratum=[0] * 8 + [1])
    assert s.log_rank(both).chi_square == pytest.approx(s.log_rank(arms()).chi_square)


def weight_without_spread():
    refused(NotEstimable, lambda: s.max_combo(arms([1] * 4 + [0] * 4, time=[5] * 4 + [9] * 4)),
            match="0, 1")  # fmt: skip


def dependent_weights():
    found = s.max_combo(arms(), [(0, 0), (0, 1), (1, 0)])
    assert 0 < found.p_two_sided < 1


def entry_at_exit():
    refused(InvalidData, lambda: plain(entry=TIME), match="not before")


def late_refill():
    data = TimeToEvent([1, 2, 8, 9], [1, 1, 1, 0], entry=[0, 0, 3, 3])
    assert s.kaplan_meier(data).curves[0].survival.tolist() == [0.5, 0, 0, 0]


def weight_zero_curves():
    data = TimeToEvent([1, 2, 3], [1, 1, 1], weight=[1, 0, 1])
    curve = s.kaplan_meier(data).curves[0]
    assert (curve.time.tolist(), curve.survival.tolist()) == ([1, 2, 3], [0.5, 0.5, 0])
    assert s.aalen_johansen(data).curves[0].time.tolist() == [1, 2, 3]


def fractions():
    data = TimeToEvent([1, 2], [1, 0], weight=[0.5, 1.5])
    curve = s.kaplan_meier(data).curves[0]
    assert curve.survival[0] == 0.75
    assert curve.std_error[0] == pytest.approx(0.75 * (0.5 / (2 * 1.5)) ** 0.5)


def weights_refused():
    data = arms(weight=[2.0] * 8)
    calls = (s.log_rank, s.gray_test, lambda d: s.win_ratio([d]), s.confidence_band)
    refused(InvalidData, *(lambda c=c: c(data) for c in calls))


def horizon():
    late = 30
    calls = (lambda: s.rmst(NONE, late), lambda: s.milestone_difference(NONE, late))
    refused(NotEnoughData, *calls, lambda: s.average_hazard_ratio(arms([1] * 6 + [0] * 2), late))
    assert s.rmst(TimeToEvent([1, 3], [1, 1]), late)[0].rmst == 2


def no_time_lost():
    found = s.rmst_difference(arms([1, 0] * 4), 10)
    assert found.rmtl_ratio is None
    assert found.difference.estimate > 0


def nothing_before_tau():
    refused(NotEnoughData, lambda: s.rmst_difference(arms(), 2))


def adjusted_rmst():
    for bad in ({"a": np.ones(8)}, {"a": X, "b": 2 * X}):
        refused(NotEstimable, lambda b=bad: s.rmst_difference(arms(), 15, covariates=b))


def zero_cell():
    refused(NotEstimable, lambda: s.relative_risk(ZERO_CELL), lambda: s.odds_ratio(ZERO_CELL))
    assert s.fisher_exact(ZERO_CELL).p_value < 1
    assert s.miettinen_nurminen(ZERO_CELL).estimate == -0.3


def one_margin():
    for table in (s.TwoByTwo(0, 5, 0, 5), s.TwoByTwo(5, 5, 5, 5)):
        calls = (s.fisher_exact, s.chi_square, lambda t: s.cochran_mantel_haenszel([t]))
        refused(NotEnoughData, *(lambda c=c, t=table: c(t) for c in calls))


def overlap():
    data = TimeToEvent([5, 9], [1, 0], entry=[0, 3], subject=("a", "a"))
    refused(InvalidData, lambda: s.mean_cumulative_function(data))


def one_patient():
    curve = s.kaplan_meier(TimeToEvent([3], [1])).curves[0]
    assert curve.survival.tolist() == [0]
    assert np.isnan([curve.std_error[0], curve.lower[0], curve.upper[0]]).all()


def missing_values():
    refused(InvalidData, lambda: plain(time=[*TIME[:7], np.nan]),
            lambda: plain(weight=[np.nan] * 8),
            lambda: plain(time=[-1, *TIME[1:]]), lambda: plain([np.nan, *EVENT[1:]]),
            lambda: TimeToEvent.of([1, 2], [1, 1], arm=["a", None]), match="row")  # fmt: skip


def day_zero():
    data = TimeToEvent([0, *TIME], [1, *EVENT], arm=[0, *ARM])
    assert s.kaplan_meier(data).curves[0].survival[0] == 0.8
    assert s.log_rank(data).observed.sum() == s.log_rank(arms()).observed.sum() + 1


def beyond():
    found = s.survival_at(TimeToEvent([3, 4], [1, 0]), [9])[0]
    assert (found.survival[0], found.number_at_risk[0]) == (0.5, 0)


def separated_cox():
    fit = s.cox(SEPARATED)
    assert (fit.coef[0], fit.se[0], fit.converged) == (-np.inf, np.inf, False)
    assert fit.hr_ci.tolist() == [[0, np.inf]]
    assert fit.score.p_value < 0.05
    assert fit.lrt.p_value < 0.05
    assert np.isnan([fit.wald.p_value, fit.p_values[0]]).all()


def separated_profile():
    found = s.profile_likelihood_ci(s.cox(SEPARATED))
    assert found.lower[0] == -np.inf
    assert -np.inf < found.upper[0] < 0


def separated_firth():
    fit = s.cox_firth(SEPARATED)
    assert np.isfinite([fit.coef, fit.lower, fit.upper, fit.se]).all()


def separated_fine_gray():
    fit = s.fine_gray(arms([1, 2] * 4))
    assert (fit.coef[0], fit.converged) == (-np.inf, False)


def separated_parametric():
    for distribution in ("weibull", "exponential", "log_normal", "log_logistic"):
        refused(
            NotEstimable, lambda d=distribution: s.parametric_survival(SEPARATED, distribution=d)
        )


def separated_others():
    fit = s.cox(SEPARATED)
    refused(NotEstimable, lambda: s.cox_baseline_hazard(fit), lambda: s.residuals(fit, "dfbeta"),
            lambda: s.predicted_survival(fit, {"arm": "C"}),
            lambda: s.proportional_hazards_test(fit), match="infinite")  # fmt: skip


def many_terms():
    fit = s.cox(plain([1, 0, 0, 0, 0, 0, 1, 0]), {"a": X, "b": X**2, "c": np.sin(X)})
    assert not fit.converged
    assert np.isinf(fit.coef).any()
    assert 0 < fit.lrt.p_value < 1


def no_event_models():
    calls = (s.cox, s.cox_firth, s.fine_gray, s.parametric_survival)
    refused(NotEnoughData, *(lambda c=c: c(NONE) for c in calls))


def no_cause():
    refused(NotEnoughData, lambda: s.fine_gray(arms([2, 0] * 4)), match="found")


def absent_models():
    refused(NotEnoughData, lambda: s.cox(ABSENT), lambda: s.fine_gray(ABSENT), match="arm T")


def constant():
    refused(NotEstimable, lambda: s.cox(TimeToEvent([3], [1]), {"age": [1.0]}),
            lambda: s.cox(plain(), {"age": np.ones(8)}), match="age is constant")  # fmt: skip


def constant_others():
    flat = {"age": np.ones(8)}
    calls = (s.cox_firth, s.fine_gray, s.parametric_survival)
    refused(NotEstimable, *(lambda c=c: c(plain(), flat) for c in calls), match="age")


def empty_level():
    factor = s.Factor(list("aabbaabb"), ("a", "b", "c"))
    refused(NotEstimable, lambda: s.cox(plain(), {"g": factor}), match="g=c")


def collinear():
    refused(NotEstimable, lambda: s.cox(plain(), {"a": X, "b": 2 * X + 1}), match="^b ")


def between_strata():
    data = plain(stratum=[0, 0, 1, 1, 2, 2, 3, 3])
    refused(NotEstimable, lambda: s.cox(data, {"a": [1, 1, 2, 2, 3, 3, 4, 4]}))


def single_strata():
    refused(NotEstimable, lambda: s.cox(plain(stratum=range(8)), {"a": X}))


def single_stratum():
    more = TimeToEvent([*TIME, 7], [*EVENT, 1], stratum=[0] * 8 + [1])
    assert s.cox(more, {"a": [*X, 3]}).coef == pytest.approx(s.cox(plain(), {"a": X}).coef)


def equal_all_fail():
    assert s.cox(arms([1] * 8, time=[5] * 8)).hazard_ratio == pytest.approx([1])


def equal_some_fail():
    data = arms([1, 1, 1, 0, 0, 1, 1, 0], time=[5] * 8)
    values = {round(float(s.cox(data, ties=t).coef[0]), 6) for t in ("efron", "breslow", "exact")}
    assert len(values) == 3


def one_event_time():
    fit = s.cox(arms([1, 1, 1, 0, 0, 1, 1, 0], time=[5] * 8))
    refused(NotEstimable, lambda: s.proportional_hazards_test(fit))


def scales():
    base = s.cox(plain(), {"a": X})
    for k in (1e-200, 1e-8, 1e8, 1e200):
        fit = s.cox(plain(), {"a": X * k})
        assert fit.z == pytest.approx(base.z, rel=1e-9)
        assert fit.coef * k == pytest.approx(base.coef, rel=1e-9)
    assert s.cox(plain(), {"a": X + 1e9}).z == pytest.approx(base.z, rel=1e-9)


def weight_zero_cox():
    data = TimeToEvent([*TIME, 1, 2], [*EVENT, 1, 1], weight=[1] * 8 + [0, 0])
    fit = s.cox(data, {"a": [*X, 1e6, -1e6]})
    assert fit.coef == pytest.approx(s.cox(plain(), {"a": X}).coef, rel=1e-12)


def weights_all_zero():
    refused(NotEnoughData, lambda: s.cox(arms(weight=[0.0] * 8)))


def one_huge_weight():
    data = plain(weight=[1e15] + [1] * 7)
    refused(NotEstimable, lambda: s.cox(data, {"a": X}))


def bad_covariates():
    for bad in (np.nan, np.inf):
        column = {"a": [bad, *X[1:]]}
        calls = (s.cox, s.cox_firth, s.fine_gray, s.parametric_survival)
        refused(InvalidData, *(lambda c=c, x=column: c(plain(), x) for c in calls), match="row 1")
    refused(InvalidData, lambda: s.cox(plain(), {"a": X}, offset=[np.nan] * 8))


def text_covariate():
    calls = (s.cox, s.cox_firth, s.fine_gray, s.parametric_survival)
    text = {"g": list("aabbaabb")}
    refused(InvalidData, *(lambda c=c: c(plain(), text) for c in calls), match=r"Factor\(")


def causes_in_cox():
    refused(InvalidData, lambda: s.cox(arms([1, 2] * 4)), match=r"data.cause\(k\)")


def exact_weights():
    refused(InvalidData, lambda: s.cox(arms(weight=[2.0] * 8), ties="exact"))


def few_clusters():
    fit = s.cox(plain(subject=tuple("aabbaabb")), {"a": X, "b": X**2, "c": np.sin(X)})
    assert np.isfinite(fit.se).all()
    assert np.isnan(fit.wald.p_value)


def day_zero_cox():
    data = TimeToEvent([0, *TIME], [1, *EVENT])
    assert s.cox(data, {"a": [2, *X]}).events == sum(EVENT) + 1


def time_zero_parametric():
    data = TimeToEvent([0, *TIME], [1, *EVENT])
    refused(InvalidData, lambda: s.parametric_survival(data, {"a": [2, *X]}), match="logarithm")


def tiny_unit():
    base = s.parametric_survival(plain(), {"a": X}).coef[1]
    tiny = s.parametric_survival(plain(time=np.array(TIME) * 1e-300), {"a": X}).coef[1]
    assert tiny == pytest.approx(base, rel=1e-9)


def late_landmark():
    refused(NotEnoughData, lambda: s.landmark(plain(), 99))


def never_seen():
    curve = s.turnbull(s.IntervalCensored([1, 2], [np.inf, np.inf]))[0]
    assert (curve.left.tolist(), curve.mass.tolist()) == ([2], [1])


def turned_interval():
    refused(InvalidData, lambda: s.IntervalCensored([3], [2]), match="row 1")


def bad_level():
    calls = (lambda: s.cox(arms(), level=95), lambda: s.kaplan_meier(arms(), level=0),
             lambda: s.newcombe(ZERO_CELL, 1.0))  # fmt: skip
    refused(InvalidData, *calls, match="level")


# In the order of the page: what an edge is called there, and its check.
CHECKS = (
    no_row, arm_without_row, nobody_curves, nobody_tests, one_arm_log_rank, one_arm_milestone,
    one_arm_ratios, survival_zero, survival_one, milestone_zero, flat_stretch, not_reached,
    risk_set_of_one, all_at_once, three_arms, strata_of_one_arm, weight_without_spread,
    dependent_weights, entry_at_exit, late_refill, weight_zero_curves, fractions, weights_refused,
    horizon, no_time_lost, nothing_before_tau, adjusted_rmst, zero_cell, one_margin, overlap,
    one_patient, missing_values, day_zero, beyond,
    separated_cox, separated_profile, separated_firth, separated_fine_gray, separated_parametric,
    separated_others, many_terms, no_event_models, no_cause, absent_models, constant,
    constant_others, empty_level, collinear, between_strata, single_strata, single_stratum,
    equal_all_fail, equal_some_fail, one_event_time, scales, weight_zero_cox, weights_all_zero,
    one_huge_weight, bad_covariates, text_covariate, causes_in_cox, exact_weights, few_clusters,
    day_zero_cox, time_zero_parametric, tiny_unit, late_landmark, never_seen, turned_interval,
    bad_level,
)  # fmt: skip
LINES = [
    line.strip("| ").split(" | ")
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| Edge", "|---"))
]


def test_the_page_has_one_check_a_row():
    assert len(LINES) == len(CHECKS)
    assert len(set(CHECKS)) == len(CHECKS)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("row", "check"),
    list(zip(LINES, CHECKS, strict=False)),
    ids=[f"{row[0]}: {row[1]}" for row in LINES[: len(CHECKS)]],
)
def test_the_row_is_true(row, check):
    check()

    # The page names the refusal that the check expects.
    names = check.__code__.co_names
    for kind in ("NotEnoughData", "NotEstimable", "InvalidData"):
        if kind in names:
            assert f"`{kind}`" in row[2]
