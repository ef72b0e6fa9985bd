"""Residuals, baseline hazard and predicted curves, by hand and by their laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from survival_strategies import survival_data

from adjuvant.core import (
    InvalidData,
    NotConverged,
    NotEnoughData,
    NotEstimable,
    TimeToEvent,
    UsageError,
)
from adjuvant.survival import cox, cox_baseline_hazard, residuals
from adjuvant.survival.cox_residuals import predicted_survival


def fitted(data, **options):
    try:
        fit = cox(data, **options)
    except (NotEstimable, NotEnoughData, NotConverged):
        return None
    return fit if fit.converged else None


FOUR = TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1])
FIT = cox(FOUR, {"x": [1, 0, 1, 0]})
R = math.exp(float(FIT.coef[0]))
JUMPS = [1 / (2 + 2 * R), 1 / (2 + R), 1.0]  # on days 1, 2 and 4


@pytest.mark.by_hand
def test_baseline_hazard_adds_one_over_the_risks():
    hazard = cox_baseline_hazard(FIT)[0]

    expected = [JUMPS[0], sum(JUMPS[:2]), sum(JUMPS[:2]), sum(JUMPS)]
    assert hazard.time.tolist() == [1, 2, 3, 4]
    assert np.allclose(hazard.cumulative_hazard, expected, rtol=1e-12)


@pytest.mark.by_hand
def test_martingale_residual_is_seen_minus_expected():
    lived = [R * JUMPS[0], sum(JUMPS[:2]), R * sum(JUMPS[:2]), sum(JUMPS)]

    assert np.allclose(residuals(FIT, "martingale"), np.array([1, 1, 0, 1]) - lived, rtol=1e-10)


@pytest.mark.by_hand
def test_schoenfeld_residual_is_the_dead_minus_the_mean_at_risk():
    means = [2 * R / (2 + 2 * R), R / (2 + R), 0.0]

    expected = np.array([1, 0, 0]) - means
    assert np.allclose(residuals(FIT, "schoenfeld")[:, 0], expected, atol=1e-12)


@pytest.mark.by_hand
def test_predicted_curve_is_the_baseline_raised_to_the_relative_risk():
    curve = predicted_survival(FIT, {"x": 1})[0]

    assert np.allclose(curve.survival, np.exp(-R * cox_baseline_hazard(FIT)[0].cumulative_hazard))
    assert (curve.lower <= curve.survival).all()


def test_predicted_curves_of_arms_need_a_value_for_every_covariate():
    data = TimeToEvent.of([1, 2, 3, 4], [1, 1, 0, 1], arm=list("CTTC"), control="C")
    fit = cox(data, {"age": [50, 60, 40, 55]})

    assert len(predicted_survival(fit, {"arm": "T", "age": 50})[0].time) == 4
    with pytest.raises(InvalidData, match="wrong or absent: arm"):
        predicted_survival(fit, {"age": 50})
    with pytest.raises(InvalidData, match="its levels are C, T"):
        predicted_survival(fit, {"arm": "X", "age": 50})


def test_an_infinite_coefficient_has_no_curve():
    fit = cox(TimeToEvent([1, 2, 3], [1, 1, 1]), {"x": [3, 2, 1]})

    with pytest.raises(NotEstimable, match="coefficient of x is infinite"):
        cox_baseline_hazard(fit)
    with pytest.raises(NotEstimable, match="dfbeta"):
        residuals(fit, "dfbeta")
    with pytest.raises(UsageError, match="no residuals 'pearson'"):
        residuals(fit, "pearson")


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(
    survival_data(arms=3, strata=2, entry=True, weights=True),
    st.sampled_from(["efron", "breslow"]),
)
def test_weighted_residuals_sum_to_zero(data, ties):
    """Martingale within each stratum; score and Schoenfeld over all rows."""
    fit = fitted(data, ties=ties)
    assume(fit is not None)

    martingale = residuals(fit, "martingale") * data.weight
    for stratum in range(2):
        assert martingale[data.stratum == stratum].sum() == pytest.approx(0, abs=1e-8)
    assert np.allclose(data.weight @ residuals(fit, "score"), 0, atol=1e-7)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=3, strata=2, entry=True))
def test_without_weights_schoenfeld_residuals_sum_to_zero_and_dfbeta_squares_to_the_sandwich(data):
    fit = fitted(data, robust=True)
    assume(fit is not None)

    dfbeta = residuals(fit, "dfbeta")

    assert np.allclose(residuals(fit, "schoenfeld").sum(axis=0), 0, atol=1e-7)
    assert np.allclose(dfbeta.T @ dfbeta, fit.variance, rtol=1e-8)


@pytest.mark.property
@settings(max_examples=40, deadline=None)
@given(survival_data(strata=2))
def test_deviance_residuals_have_the_sign_of_the_martingale(data):
    fit = fitted(data)
    assume(fit is not None)

    deviance, martingale = residuals(fit, "deviance"), residuals(fit, "martingale")

    assert np.isfinite(deviance).all()
    assert (np.sign(deviance) * np.sign(martingale) >= 0).all()


def test_baseline_hazard_far_from_the_data_overflows_without_a_warning():
    """The year of birth 0 lies so far away that the hazard there is 1e200, or has no number."""
    rng = np.random.default_rng(3)
    year = 1990 + rng.integers(0, 10, 60)
    time = (1 + rng.exponential(1.0, 60) * np.exp(0.35 * (year - 1990)) * 20).astype(int)
    fit = cox(TimeToEvent(time, np.ones(60, dtype=int)), {"year": year})
    steep = cox(TimeToEvent(time, np.ones(60, dtype=int)), {"year": 1e3 * (year - 1988)})

    baseline = cox_baseline_hazard(fit)[0].cumulative_hazard
    here = predicted_survival(fit, {"year": 1995})[0]
    gone = predicted_survival(steep, {"year": -9e6})[0]

    assert np.isfinite(baseline).all()
    assert baseline[-1] > 1e150
    ratio = np.exp(fit.coef[0] * 1995)
    assert -np.log(here.survival) == pytest.approx(baseline * ratio, rel=1e-8)
    assert (gone.survival == 0).all()
    assert (gone.std_error == 0).all()
