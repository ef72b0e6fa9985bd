"""What no given case holds, against independent programs: visits, bands, pairs of patients."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from adjuvant import survival
from adjuvant.core import TimeToEvent
from adjuvant.survival.cox_firth import cox_firth
from adjuvant.validation.table import read_table

DATA = Path(__file__).parent / "data"
R = json.loads((DATA / "beyond.json").read_text("utf-8"))
BANDS = [name for name in R if name.startswith("band ")]
pytestmark = pytest.mark.reference


def table(name):
    found = read_table(name, (DATA / name).read_bytes())
    return {column: np.array(found.cells(column)) for column in found.columns}


def visits():
    d = table("visits.csv")
    upper = np.array([math.inf if value is None else value for value in d["upper"]])
    lower = d["lower"].astype(float)
    return d, survival.IntervalCensored.of(lower, upper, arm=list(d["arm"]))


@pytest.mark.parametrize("law", ["weibull", "exponential", "log_normal", "log_logistic"])
def test_regression_on_times_between_visits_agrees_with_survreg(law):
    expected = R[f"interval {law}"]
    d, data = visits()

    fit = survival.interval_censored_survival(data, {"x": d["x"].astype(float)}, distribution=law)

    assert fit.coef == pytest.approx(expected["coef"], rel=1e-7)
    assert fit.scale == pytest.approx(expected["scale"], rel=1e-7)
    assert np.asarray(fit.variance) == pytest.approx(np.array(expected["variance"]), rel=1e-7)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-9)


@pytest.mark.parametrize("arm", [0, 1])
def test_turnbull_curve_is_the_one_a_long_em_reaches(arm):
    expected = R[f"turnbull {arm}"]

    curve = survival.turnbull(visits()[1])[arm]

    assert curve.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-6)
    right = [math.inf if value == "Infinity" else value for value in expected["right"]]
    mass = dict(zip(curve.right.tolist(), curve.mass.tolist(), strict=True))
    # EM creeps to 0 where there is no mass: after 400,000 rounds 1e-5 is left.
    assert [mass.get(at, 0.0) for at in right] == pytest.approx(expected["mass"], abs=2e-5)
    assert curve.log_likelihood >= expected["log_likelihood"] - 1e-9
    assert set(mass) <= set(right)


@pytest.mark.parametrize("name", BANDS)
def test_critical_values_of_bands_agree_with_another_numerical_method(name):
    """Equal precision there by a grid on the process, here by eigenfunctions."""
    from adjuvant.survival.band_quantiles import equal_precision_value, hall_wellner_value

    expected = R[name]
    at = expected["level"], expected["a"], expected["b"]

    assert equal_precision_value(*at) == pytest.approx(expected["equal_precision"], abs=2e-5)
    assert hall_wellner_value(*at) == pytest.approx(expected["hall_wellner"], abs=1e-7)


def test_win_ratio_is_the_count_over_all_pairs():
    expected = R["win ratio"]
    d = table("rotterdam.csv")
    row = {pid: at for at, pid in enumerate(d["pid"])}
    rows = [row[pid] for pid in expected["ids"]]
    arm = d["hormon"][rows]
    death = TimeToEvent(d["dtime"][rows], d["death"][rows], arm=arm)
    recurrence = TimeToEvent(d["rtime"][rows], d["recur"][rows], arm=arm)

    found = survival.win_ratio([death, recurrence])

    assert found.wins == pytest.approx(expected["wins"], rel=1e-12)
    assert found.losses == pytest.approx(expected["losses"], rel=1e-12)
    assert found.ratio.estimate == pytest.approx(expected["ratio"], rel=1e-12)
    # The jackknife by arm is another estimate of the same standard error.
    assert found.ratio.std_error == pytest.approx(expected["log_ratio_se"], rel=0.1)
    assert found.net_benefit.std_error == pytest.approx(expected["benefit_se"], rel=0.1)


def test_average_hazard_ratio_is_the_ratio_of_the_integrals():
    expected = R["average hazard ratio"]
    d = {column: values[:300] for column, values in table("gbsg.csv").items()}
    data = TimeToEvent(d["rfstime"], d["status"], arm=d["hormon"])

    found = survival.average_hazard_ratio(data, expected["tau"])

    assert found.ratio.estimate == pytest.approx(expected["ratio"], rel=1e-10)
    assert found.ratio.std_error == pytest.approx(expected["log_ratio_se"], rel=0.1)


@pytest.mark.parametrize("rule", ["breslow", "efron"])
@pytest.mark.parametrize("name", ["arm_without_event", "separated", "ovarian", "ties strata"])
def test_firth_estimate_is_the_maximum_of_the_penalised_likelihood(name, rule):
    expected = R[f"firth {name} {rule}"]
    data, covariates = firth_data(name)

    fit = cox_firth(data, covariates, ties=rule)

    assert fit.coef == pytest.approx(expected["coef"], rel=1e-5)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-9)
    assert fit.lower == pytest.approx(expected["lower"], rel=1e-5)
    assert fit.upper == pytest.approx(expected["upper"], rel=1e-5)
    assert fit.p_values == pytest.approx(expected["p_values"], rel=1e-5)


def firth_data(name):
    if name == "ovarian":
        d = table("ovarian.csv")
        return TimeToEvent(d["futime"], d["fustat"]), {"rx": d["rx"], "age": d["age"]}
    if name == "ties strata":
        d = {column: values[:80] for column, values in table("ties.csv").items()}
        data = TimeToEvent(d["time"].astype(int), d["event"].astype(int))
        covariates = {"treated": d["treated"].astype(float), "x": d["x"].astype(float)}
        return data.with_strata(list(d["stage"])), covariates
    d = table("edges.csv")
    rows = d["set"] == name
    data = TimeToEvent(d["time"][rows].astype(float), d["event"][rows].astype(int))
    return data, {"arm": d["arm"][rows].astype(float)}
