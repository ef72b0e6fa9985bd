"""Proportional hazards, interaction and profile limits, by hand and by their laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from survival_strategies import shuffled, survival_data

from adjuvant.core import NotConverged, NotEnoughData, NotEstimable, TimeToEvent, UsageError
from adjuvant.survival import (
    Factor,
    cox,
    interaction_test,
    profile_likelihood_ci,
    proportional_hazards_test,
)

DATA = TimeToEvent([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 0, 1, 1, 1, 0, 1])
X = np.array([1, 0, 1, 1, 0, 0, 1, 0])


def fitted(data, **options):
    try:
        fit = cox(data, **options)
    except (NotEstimable, NotEnoughData, NotConverged):
        return None
    return fit if fit.converged else None


@pytest.mark.by_hand
def test_proportional_hazards_score_test_with_arithmetic_in_sight():
    """Add x g(t), g = t - mean event time, to the model: U'I^-1 U at the fit of x alone."""
    fit = cox(DATA, {"x": X})
    risk = np.exp(fit.coef[0] * X)
    score, info = np.zeros(2), np.zeros((2, 2))
    times = DATA.time[DATA.event > 0]
    for t in times:
        at_risk = DATA.time >= t
        p = (risk * at_risk)[X == 1].sum() / (risk * at_risk).sum()
        died = X[(DATA.time == t) & (DATA.event > 0)][0]
        g = np.array([1.0, t - times.mean()])
        score += g * (died - p)
        info += np.outer(g, g) * p * (1 - p)
    expected = score @ np.linalg.solve(info, score)

    test = proportional_hazards_test(fit, "identity")

    assert abs(score[0]) < 1e-10
    assert test.terms[0].chi_square == pytest.approx(expected, rel=1e-9)
    assert test.global_test.chi_square == pytest.approx(expected, rel=1e-9)


@pytest.mark.by_hand
def test_kaplan_meier_and_rank_transforms_are_what_they_say():
    """Without ties or censoring km is (rank - 1)/n, so both differ from rank by a linear map."""
    data = TimeToEvent([2, 3, 5, 7, 11, 13], [1] * 6)
    fit = cox(data, {"x": [1, 0, 1, 1, 0, 0]})

    km = proportional_hazards_test(fit, "km").global_test.chi_square
    rank = proportional_hazards_test(fit, "rank").global_test.chi_square

    assert km == pytest.approx(rank, rel=1e-9)


@pytest.mark.by_hand
def test_profile_limits_of_a_single_binary_covariate():
    """Where twice the fall of the partial likelihood is 1.959964^2, and nowhere inside."""

    def log_likelihood(b):
        total, risk = 0.0, np.exp(b * X)
        for row in np.flatnonzero(DATA.event):
            total += b * X[row] - math.log(risk[DATA.time >= DATA.time[row]].sum())
        return total

    fit = cox(DATA, {"x": X})
    limits = profile_likelihood_ci(fit)

    for limit in (limits.lower[0], limits.upper[0]):
        fall = 2 * (log_likelihood(fit.coef[0]) - log_likelihood(limit))
        assert fall == pytest.approx(1.959963984540054**2, rel=1e-9)
    assert limits.lower[0] < fit.coef[0] < limits.upper[0]


def test_profile_limits_of_several_terms_hold_the_others_at_their_best():
    y = np.array([0.3, -1.0, 0.5, 2.0, 0.1, -0.7, 0.0, 1.0])
    fit = cox(DATA, {"x": X, "y": y})

    limits = profile_likelihood_ci(fit, level=0.9)
    held = cox(DATA, {"y": y}, offset=limits.upper[0] * X)

    fall = 2 * (fit.log_likelihood[1] - held.log_likelihood[1])
    assert fall == pytest.approx(1.6448536269514722**2, rel=1e-8)


def test_an_infinite_coefficient_still_has_one_profile_limit():
    """No event in arm T: the data exclude hazard ratios above some value."""
    data = TimeToEvent.of(
        [1, 2, 3, 4, 5, 6], [1, 1, 0, 0, 1, 0], arm=["C", "C", "T", "T", "C", "T"], control="C"
    )

    limits = profile_likelihood_ci(cox(data))

    assert limits.lower[0] == -np.inf
    assert np.isfinite(limits.upper[0])


@pytest.mark.by_hand
def test_interaction_is_twice_the_difference_of_two_fits():
    y = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    time = TimeToEvent(np.tile(DATA.time, 3) + np.repeat([0, 3, 5], 8), np.tile(DATA.event, 3))
    covariates = {"x": np.tile(X, 3), "y": Factor(np.roll(np.tile(y, 3), 3))}

    test = interaction_test(time, covariates, [("x", "y")])
    main = cox(time, covariates)
    full = cox(time, covariates, interactions=[("x", "y")])

    gain = full.log_likelihood[1] - main.log_likelihood[1]
    assert test.lrt.chi_square == pytest.approx(2 * gain)
    assert test.lrt.df == 1


def test_what_has_no_answer_is_refused():
    exact = cox(DATA, {"x": X}, ties="exact")
    infinite = cox(TimeToEvent([1, 2, 3], [1, 1, 1]), {"x": [3, 2, 1]})
    at_zero = cox(TimeToEvent([0, 1, 2, 3], [1, 1, 1, 1]), {"x": [0, 1, 0, 1]})
    one_time = cox(TimeToEvent([3, 3, 4, 4], [1, 1, 0, 0]), {"x": [0, 1, 1, 0]})

    with pytest.raises(UsageError, match="exact ties"):
        proportional_hazards_test(exact)
    with pytest.raises(UsageError, match="no transform 'sqrt'"):
        proportional_hazards_test(at_zero, "sqrt")
    with pytest.raises(NotEstimable, match="infinite"):
        proportional_hazards_test(infinite)
    with pytest.raises(NotEstimable, match="time 0 has no logarithm"):
        proportional_hazards_test(at_zero, "log")
    with pytest.raises(NotEstimable, match="constant over the events"):
        proportional_hazards_test(one_time)
    with pytest.raises(UsageError, match="give the pairs"):
        interaction_test(DATA, {"x": X}, [])


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=3, strata=2, entry=True, weights=True, min_size=10))
def test_proportional_hazards_tests_ignore_the_order_of_rows(data):
    fit = fitted(data)
    assume(fit is not None)
    for transform in ("km", "rank", "identity", "log"):
        try:
            one = proportional_hazards_test(fit, transform)
        except NotEstimable:
            continue
        two = proportional_hazards_test(cox(shuffled(data)), transform)

        assert one.global_test.chi_square == pytest.approx(two.global_test.chi_square, rel=1e-5)
        assert one.terms[0].df == 2


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(strata=2))
def test_profile_limits_enclose_the_estimate_and_widen_with_the_level(data):
    fit = fitted(data)
    assume(fit is not None)

    narrow, wide = profile_likelihood_ci(fit, 0.8), profile_likelihood_ci(fit, 0.95)

    assert wide.lower[0] < narrow.lower[0] < fit.coef[0] < narrow.upper[0] < wide.upper[0]


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize(
    ("stratum", "entry", "weight"),
    [
        ([1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1], [0] * 5 + [1] + [0] * 5, [1] * 5 + [2] + [1] * 5),
        ([1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0] * 11, [1] * 11),
    ],
)
def test_information_that_is_only_rounding_is_refused(transform, stratum, entry, weight):
    """Once the chi-square of such rounding was returned, or the root of -1e-17 taken."""
    data = TimeToEvent(
        [3, 1, 3, 1, 1, 2, 1, 2, 1, 1, 1], [0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0],
        arm=[0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0], stratum=stratum, entry=entry, weight=weight,
    )  # fmt: skip

    with pytest.raises(NotEstimable, match="too few event times"):
        proportional_hazards_test(cox(data), transform)
