"""Cox regression by hand, its edges, and the laws it obeys."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from survival_strategies import rows, shuffled, survival_data

from adjuvant.core import (
    AdjuvantError,
    InvalidData,
    NotConverged,
    NotEnoughData,
    NotEstimable,
    TimeToEvent,
    UsageError,
)
from adjuvant.survival import Factor, cox, log_rank

SIX = TimeToEvent.of(
    [6, 7, 10, 13, 16, 22],
    [1, 1, 1, 1, 0, 1],
    arm=["CTL", "IMM", "CTL", "CTL", "IMM", "IMM"],
    control="CTL",
)


def fitted(data, covariates=None, **options):
    """The fit, or None where the data do not allow one."""
    try:
        fit = cox(data, covariates, **options)
    except (NotEstimable, NotEnoughData, NotConverged):
        return None
    return fit if fit.converged else None


def close(a, b, tolerance=1e-7):
    return np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.by_hand
def test_partial_likelihood_of_six_patients():
    """At risk: 3+3, 2+3, 2+2, 1+2 and 0+1 of CTL+IMM; deaths C, I, C, C, I; r = exp(b)."""

    def log_likelihood(b):
        r = math.exp(b)
        return (
            math.log(1 / (3 + 3 * r))
            + math.log(r / (2 + 3 * r))
            + math.log(1 / (2 + 2 * r))
            + math.log(1 / (1 + 2 * r))
            + math.log(r / r)
        )

    fit = cox(SIX)
    b = float(fit.coef[0])

    assert fit.log_likelihood[0] == pytest.approx(-math.log(6 * 5 * 4 * 3), abs=1e-12)
    assert fit.log_likelihood[1] == pytest.approx(log_likelihood(b), abs=1e-12)
    assert log_likelihood(b) >= max(log_likelihood(b - 1e-4), log_likelihood(b + 1e-4))


@pytest.mark.by_hand
def test_score_and_information_at_zero_of_six_patients():
    """Shares of IMM at risk: 3/6, 3/5, 2/4, 2/3, 1. U = 2 - their sum; I = sum p(1-p)."""
    shares = [3 / 6, 3 / 5, 2 / 4, 2 / 3, 1]
    score = 2 - sum(shares)
    information = sum(p * (1 - p) for p in shares)

    fit = cox(SIX)

    assert fit.score.chi_square == pytest.approx(score**2 / information, rel=1e-12)
    assert fit.score.df == 1


@pytest.mark.by_hand
def test_two_tied_deaths_under_three_rules():
    """Four rows, x = 1 0 0 1; the first two die together. At b the sum of risks is 2 + 2r."""
    data = TimeToEvent([1, 1, 2, 3], [1, 1, 0, 0])
    x = [1, 0, 0, 1]
    four, pair = 4, 2

    breslow = cox(data, {"x": x}, ties="breslow").log_likelihood[0]
    efron = cox(data, {"x": x}, ties="efron").log_likelihood[0]
    exact = cox(data, {"x": x}, ties="exact").log_likelihood[0]

    assert breslow == pytest.approx(-2 * math.log(four))
    assert efron == pytest.approx(-math.log(four) - math.log(four - pair / 2))
    assert exact == pytest.approx(-math.log(math.comb(4, 2)))


@pytest.mark.by_hand
def test_late_entry_is_open_on_the_left():
    """The row that enters on day 2 is not at risk for the death on day 2: risk sets 2, 2."""
    data = TimeToEvent([2, 4, 5], [1, 1, 0], entry=[0, 2, 0])

    fit = cox(data, {"x": [0, 1, 0]}, ties="breslow")

    assert fit.log_likelihood[0] == pytest.approx(-math.log(2) - math.log(2))


@pytest.mark.by_hand
def test_concordance_of_four_patients():
    """x = 3 1 2 0, deaths on days 1 2 4, censored on 3: pairs 3+2 of which 3+1 have x higher."""
    data = TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1])

    fit = cox(data, {"x": [3, 1, 2, 0]})

    assert fit.coef[0] > 0
    assert fit.concordance.estimate == pytest.approx(4 / 5)


@pytest.mark.by_hand
def test_offset_is_a_known_part_of_the_log_hazard():
    """Hazards 1, 3 and 4 by offset: the first dies with chance 1/8, then the second with 3/7."""
    data = TimeToEvent([1, 2, 3], [1, 1, 0])

    fit = cox(data, {"x": [1, 0, 1]}, offset=np.log([1.0, 3.0, 4.0]))

    assert fit.log_likelihood[0] == pytest.approx(math.log(1 / 8) + math.log(3 / 7))


def test_no_event_in_an_arm_is_an_infinite_coefficient_not_a_number():
    """A finite number with an interval here would be read as an estimate."""
    data = TimeToEvent.of(
        [1, 2, 3, 4, 5, 6], [1, 1, 0, 0, 1, 0], arm=["C", "C", "T", "T", "C", "T"], control="C"
    )

    fit = cox(data)

    assert not fit.converged
    assert fit.coef[0] == -np.inf
    assert fit.hazard_ratio[0] == 0
    assert fit.hr_ci[0].tolist() == [0, np.inf]
    assert math.isnan(fit.p_values[0])
    assert math.isnan(fit.wald.p_value)
    assert 0 < fit.score.p_value < 1
    assert "not finite" in repr(fit)


def test_infinite_coefficient_under_late_entry_is_never_a_number():
    """The rounding of large risks that have left once stood for those still at risk: HR 2e19."""
    data = TimeToEvent(
        [2, 2, 2, 1, 1, 1],
        [0, 1, 1, 0, 1, 1],
        arm=[0, 1, 1, 0, 0, 0],
        arm_labels=("A", "B"),
        stratum=[0, 0, 1, 0, 0, 1],
        stratum_labels=("s0", "s1"),
        entry=[1, 1, 1, 0, 0, 0],
    )
    swapped = TimeToEvent(
        data.time,
        data.event,
        arm=1 - data.arm,
        arm_labels=("A", "B"),
        stratum=data.stratum,
        stratum_labels=("s0", "s1"),
        entry=data.entry,
    )

    assert cox(data).coef[0] == np.inf
    assert cox(swapped).coef[0] == -np.inf
    assert math.isnan(cox(data).p_values[0])


def test_covariate_that_orders_the_deaths_is_infinite_and_not_a_crash():
    """The risk of late deaths is then so small beside the first that its square is zero."""
    time = np.arange(3, 33, 1.5)
    data = TimeToEvent(time, np.arange(20) % 3 != 0, arm=np.arange(20) % 2, arm_labels=("C", "T"))

    fit = cox(data, {"time": time})

    assert fit.coef[1] == -np.inf
    assert fit.infinite.tolist() == [False, True]


def test_separation_leaves_the_other_coefficient_its_limit():
    """z alone is separated; x then has the estimate of the risk sets in which z is 0."""
    time, event = [1, 2, 2, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1, 1, 0]
    x = np.array([0, 1, 0, 1, 1, 0, 1, 0])
    z = np.array([0, 0, 0, 0, 1, 0, 0, 1])
    data = TimeToEvent(time, event)

    fit = cox(data, {"x": x, "z": z})
    alone = cox(data.where(z == 0), {"x": x[z == 0]})

    assert fit.coef.tolist()[1] == -np.inf
    assert fit.coef[0] == pytest.approx(alone.coef[0], rel=1e-8)
    assert fit.se[0] == pytest.approx(alone.se[0], rel=1e-8)
    assert fit.log_likelihood[1] == pytest.approx(alone.log_likelihood[1], rel=1e-10)


@pytest.mark.parametrize("robust", [False, True])
def test_huge_and_tiny_scales_give_the_same_test(robust):
    x = np.array([0.0, 1, 0, 1, 1, 0, 1, 0])
    data = TimeToEvent([1, 2, 2, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1, 1, 0])

    plain = cox(data, {"x": x}, robust=robust)
    huge = cox(data, {"x": 1e9 + 1e8 * x}, robust=robust)
    tiny = cox(data, {"x": 1e-9 * x}, robust=robust)

    assert huge.z[0] == pytest.approx(plain.z[0], rel=1e-9)
    assert tiny.z[0] == pytest.approx(plain.z[0], rel=1e-9)
    assert huge.coef[0] * 1e8 == pytest.approx(plain.coef[0], rel=1e-9)


@pytest.mark.parametrize(
    ("covariates", "named"),
    [
        ({"x": [0, 1, 0, 1], "k": [7, 7, 7, 7]}, "k is constant"),
        ({"x": [0, 1, 0, 1], "y": [1, -1, 1, -1]}, "y does not vary"),
        ({"f": Factor(["a", "b", "a", "b"], levels=("a", "b", "c"))}, "f=c is constant"),
    ],
)
def test_constant_and_collinear_terms_are_named(covariates, named):
    with pytest.raises(NotEstimable, match=named):
        cox(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 0]), covariates)


def test_a_covariate_constant_within_every_stratum_is_refused():
    data = TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1], stratum=[0, 0, 1, 1])

    with pytest.raises(NotEstimable, match="x does not vary"):
        cox(data, {"x": [0, 0, 1, 1]})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"covariates": {"x": [0, 1, np.nan, 1]}}, InvalidData, "row 3: x is missing"),
        ({"covariates": {"x": ["a", "b", "a", "b"]}}, InvalidData, r"write Factor\("),
        ({"covariates": {"x": [0, 1]}}, InvalidData, "x has 2 rows, the data have 4"),
        ({"covariates": {}}, InvalidData, "needs a covariate"),
        ({"ties": "average"}, UsageError, "ties is 'average'"),
        ({"level": 95}, InvalidData, "level is 95"),
        ({"offset": [0, 0]}, InvalidData, "offset must be 4 finite numbers"),
        ({"interactions": [("x", "y")]}, InvalidData, "no covariate 'y'"),
        ({"ties": "exact", "robust": True}, UsageError, "no sandwich variance"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(change, error, message):
    data = TimeToEvent([1, 2, 3, 4], [1, 1, 1, 0])

    with pytest.raises(error, match=message):
        cox(data, **{"covariates": {"x": [0, 1, 0, 1]}, **change})


def test_no_event_is_refused():
    with pytest.raises(NotEnoughData, match="no event among 2 rows"):
        cox(TimeToEvent([1, 2], [0, 0]), {"x": [0, 1]})


def test_competing_causes_must_be_chosen():
    """Counting a competing death as the event, silently, would change the question asked."""
    with pytest.raises(InvalidData, match="causes 1, 2"):
        cox(TimeToEvent([1, 2, 3], [1, 2, 0]), {"x": [0, 1, 0]})


def test_an_arm_without_rows_is_refused():
    data = TimeToEvent([1, 2], [1, 1], arm=[0, 0], arm_labels=("CTL", "IMM"))

    with pytest.raises(NotEnoughData, match="no row in arm IMM"):
        cox(data)


def test_one_member_strata_add_nothing():
    data = TimeToEvent([1, 2, 2, 3, 4], [1, 1, 0, 1, 1], stratum=[0, 0, 0, 0, 0])
    lonely = TimeToEvent([1, 2, 2, 3, 4, 9, 8], [1, 1, 0, 1, 1, 1, 1], stratum=[0] * 5 + [1, 2])
    x = [0, 1, 0, 1, 0]

    assert close(cox(data, {"x": x}).coef, cox(lonely, {"x": [*x, 1, 0]}).coef)


def test_rows_of_weight_zero_are_absent():
    weights = np.array([1, 0, 2, 1, 0, 3, 1.5, 1])
    data = TimeToEvent([1, 2, 2, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1, 1, 0], weight=weights)
    x = np.array([0.0, 1e6, 0, 1, 1, 0, 1, 0])
    keep = weights > 0

    fit, expected = cox(data, {"x": x}), cox(data.where(keep), {"x": x[keep]})

    assert (fit.n, fit.events) == (6, 5)
    assert close(fit.coef, expected.coef)
    assert fit.concordance.estimate == pytest.approx(expected.concordance.estimate)


def test_interaction_columns_let_the_levels_of_the_first_vary_fastest():
    a = Factor(["p", "q", "r", "p", "q", "r"])
    b = Factor(["u", "v", "w", "v", "w", "u"])

    data = TimeToEvent([1, 2, 3, 4, 5, 6], [1] * 6)
    with pytest.raises(NotEstimable):
        cox(data, {"a": a, "b": b}, interactions=[("a", "b")])
    many = rows(data, np.tile(np.arange(6), 20))
    design = {
        "a": Factor(a.values * 20),
        "b": Factor([b.values[(i + i // 6) % 6] for i in range(120)]),
    }
    shifted = TimeToEvent(np.random.default_rng(1).permutation(120), many.event)

    fit = cox(shifted, design, interactions=[("a", "b")])

    assert fit.terms[-4:] == ("a=q:b=v", "a=r:b=v", "a=q:b=w", "a=r:b=w")


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(strata=2, entry=True))
def test_swapping_arms_inverts_the_hazard_ratio(data):
    fit = fitted(data)
    assume(fit is not None)
    swapped = TimeToEvent(
        data.time, data.event, arm=1 - data.arm, arm_labels=("B", "A"),
        stratum=data.stratum, stratum_labels=data.stratum_labels, entry=data.entry,
    )  # fmt: skip

    assert close(cox(swapped).hazard_ratio * fit.hazard_ratio, 1)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(strata=2, entry=True), st.sampled_from(["efron", "breslow", "exact"]))
def test_an_increasing_change_of_time_leaves_cox_alone(data, ties):
    fit = fitted(data, ties=ties)
    assume(fit is not None)
    changed = TimeToEvent(
        data.time**3 + 5, data.event, arm=data.arm, arm_labels=data.arm_labels,
        stratum=data.stratum, stratum_labels=data.stratum_labels,
        entry=np.where(data.entry > 0, data.entry**3 + 5, 0),
    )  # fmt: skip

    again = cox(changed, ties=ties)

    assert close(again.coef, fit.coef)
    assert close(again.log_likelihood, fit.log_likelihood)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(strata=3, entry=True, weights=True))
def test_the_order_of_rows_does_not_matter(data):
    fit = fitted(data, robust=True)
    assume(fit is not None)

    other = cox(shuffled(data), robust=True)

    assert close(other.coef, fit.coef)
    assert close(other.variance, fit.variance)
    assert close(other.score.chi_square, fit.score.chi_square)
    assert close(other.concordance.std_error, fit.concordance.std_error)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(entry=True, strata=2, weights=True))
def test_a_weight_of_two_is_the_row_twice_under_breslow(data):
    fit = fitted(data, ties="breslow")
    assume(fit is not None)
    repeated = rows(data, np.repeat(np.arange(data.n), data.weight.astype(int)))
    repeated = TimeToEvent(
        repeated.time, repeated.event, arm=repeated.arm, arm_labels=data.arm_labels,
        stratum=repeated.stratum, stratum_labels=data.stratum_labels, entry=repeated.entry,
    )  # fmt: skip

    again = cox(repeated, ties="breslow")

    assert close(again.coef, fit.coef)
    assert close(again.variance, fit.variance)
    assert close(again.score.chi_square, fit.score.chi_square)
    assert close(again.concordance.estimate, fit.concordance.estimate)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(tied=False, arms=3, strata=2))
def test_the_score_test_without_ties_is_the_log_rank_test(data):
    fit = fitted(data)
    assume(fit is not None)

    assert close(fit.score.chi_square, log_rank(data).chi_square)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data())
def test_the_exact_score_test_is_the_log_rank_test_with_ties(data):
    """The discrete likelihood's information at 0 is the hypergeometric variance."""
    fit = fitted(data, ties="exact")
    assume(fit is not None)

    assert close(fit.score.chi_square, log_rank(data).chi_square)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(tied=False, entry=True))
def test_the_three_rules_agree_without_ties(data):
    fits = [fitted(data, ties=ties) for ties in ("efron", "breslow", "exact")]
    assume(fits[0] is not None)

    assert close(fits[0].coef, fits[1].coef)
    assert close(fits[0].coef, fits[2].coef)
    assert close(fits[0].variance, fits[2].variance)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(strata=2), st.data())
def test_splitting_a_row_in_two_intervals_changes_nothing(data, draw):
    """Andersen-Gill with time-constant covariates is Cox, also in the sandwich by subject."""
    fit = fitted(data, robust=True)
    assume(fit is not None)
    cut = np.array([draw.draw(st.integers(0, int(t) - 1)) for t in data.time])
    split = np.flatnonzero(cut > 0)
    index = np.concatenate([np.arange(data.n), split])
    parts = rows(data, index)
    halves = TimeToEvent(
        np.concatenate([data.time, cut[split]]),
        np.concatenate([data.event, np.zeros(len(split), dtype=int)]),
        entry=np.concatenate([cut, np.zeros(len(split), dtype=int)]),
        arm=parts.arm, arm_labels=data.arm_labels,
        stratum=parts.stratum, stratum_labels=data.stratum_labels,
        subject=[f"s{i}" for i in index],
    )  # fmt: skip

    again = cox(halves, robust=True)

    assert close(again.coef, fit.coef)
    assert close(again.variance, fit.variance)
    assert close(again.concordance.estimate, fit.concordance.estimate)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(arms=0, min_size=8), st.integers(0, 2**32 - 1))
def test_a_linear_change_of_a_covariate_changes_its_coefficient_alone(data, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=data.n), rng.integers(0, 3, data.n)
    fit = fitted(data, {"x": x, "y": y})
    assume(fit is not None)

    again = cox(data, {"y": y, "x": 40 - 12.5 * x})

    assert close(again.coef * [1, -12.5], fit.coef[::-1], 1e-6)
    assert close(again.log_likelihood, fit.log_likelihood)
    assert close(again.lrt.chi_square, fit.lrt.chi_square, 1e-6)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=3, strata=2, entry=True, weights=True, max_size=12))
def test_tiny_data_give_an_answer_or_a_named_refusal(data):
    """Never a NaN that is not documented, never a warning."""
    try:
        fit = cox(data, robust=True)
        lines = repr(fit)
    except AdjuvantError:
        return

    finite = ~fit.infinite
    assert lines.startswith("CoxFit(")
    assert np.isfinite(fit.coef[finite]).all()
    assert np.isfinite(fit.se[finite]).all()
    assert np.isfinite(fit.log_likelihood).all()
    assert (fit.converged, np.isinf(fit.coef).any()) in [(True, False), (False, True)]
