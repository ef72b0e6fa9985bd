"""Options that the format of the cases cannot say, against R: levels, offsets, curves, trend."""

import json
from pathlib import Path

import numpy as np
import pytest

from adjuvant import survival
from adjuvant.core import TimeToEvent
from adjuvant.validation.table import read_table

DATA = Path(__file__).parent / "data"
R = json.loads((DATA / "more.json").read_text("utf-8"))
CI = ("log", "log-log", "plain", "logit", "arcsin")
pytestmark = pytest.mark.reference


def table(name):
    found = read_table(name, (DATA / name).read_bytes())
    return {column: np.array(found.cells(column)) for column in found.columns}


def close(got, expected):
    expected = np.array(expected, dtype=float)  # null becomes NaN
    return np.allclose(
        np.asarray(got, dtype=float), expected, rtol=1e-8, atol=1e-12, equal_nan=True
    )


def ties(entry=False, stage=False):
    d = table("ties.csv")
    data = TimeToEvent(
        d["time"].astype(int),
        d["event"].astype(int),
        entry=d["entry"].astype(int) if entry else None,
    )
    return d, data.with_strata(list(d["stage"])) if stage else data


def lung():
    d = table("lung.csv")
    return d, TimeToEvent(d["time"].astype(int), d["dead"].astype(int))


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
@pytest.mark.parametrize("ci", CI)
def test_limits_of_a_curve_and_its_median_follow_the_level(level, ci):
    expected = R[f"kaplan_meier {level:g} {ci}"]
    _, data = lung()

    curve = survival.kaplan_meier(data, ci=ci, level=level).curves[0]
    median = survival.survival_quantile(data, ci=ci, level=level)[0]

    assert close(curve.lower, expected["lower"])
    assert close(curve.upper, expected["upper"])
    assert close(median.quantile, [expected["median"]])
    assert close(median.lower, [expected["median_lower"]])
    assert close(median.upper, [expected["median_upper"]])


def test_limits_of_a_hazard_ratio_follow_the_level():
    d, data = lung()

    fit = survival.cox(data, {"age": d["age"], "sex": d["sex"]}, level=0.9)

    assert close(fit.hr_ci, R["cox level"]["hr_ci"])


@pytest.mark.parametrize("rule", ["efron", "breslow"])
@pytest.mark.parametrize("entry", [False, True])
def test_offset_is_a_known_effect(rule, entry):
    expected = R[f"cox offset {'entry ' if entry else ''}{rule}"]
    d, data = ties(entry=entry, stage=not entry)

    fit = survival.cox(
        data, {"treated": d["treated"]}, ties=rule, offset=0.4 * d["x"].astype(float)
    )

    assert close(fit.coef, expected["coef"])
    assert close(fit.variance, expected["variance"])
    assert close(fit.log_likelihood, expected["log_likelihood"])
    assert close(fit.score.chi_square, expected["score"])
    assert close(fit.wald.chi_square, expected["wald"])


@pytest.mark.parametrize("rule", ["efron", "breslow"])
@pytest.mark.parametrize("ci", ["log", "log-log"])
def test_predicted_curve_of_one_patient_in_each_stratum(rule, ci):
    expected = R[f"predicted strata {rule} {ci}"]
    d, data = ties(stage=True)
    covariates = {"treated": d["treated"].astype(float), "x": d["x"].astype(float)}
    fit = survival.cox(data, covariates, ties=rule)

    curves = survival.predicted_survival(fit, {"treated": 1, "x": 0.5}, ci=ci)

    assert [curve.label for curve in curves] == expected["strata"]
    assert [len(curve.time) for curve in curves] == expected["size"]
    for name in ("time", "survival", "std_error", "lower", "upper"):
        assert close(np.concatenate([getattr(c, name) for c in curves]), expected[name]), name


@pytest.mark.parametrize("rule", ["efron", "breslow"])
@pytest.mark.parametrize("ci", ["log", "log-log"])
def test_predicted_curve_with_late_entry(rule, ci):
    expected = R[f"predicted entry {rule} {ci}"]
    d = table("heart.csv")
    data = TimeToEvent(d["stop"], d["event"].astype(int), entry=d["start"])
    fit = survival.cox(data, {"age": d["age"], "transplant": d["transplant"]}, ties=rule)

    (curve,) = survival.predicted_survival(fit, {"age": -5, "transplant": 1}, ci=ci)

    for name in ("time", "survival", "std_error", "lower", "upper"):
        assert close(getattr(curve, name), expected[name]), name


@pytest.mark.parametrize("rule", ["efron", "breslow"])
def test_baseline_hazard_of_each_stratum(rule):
    expected = R[f"baseline strata {rule}"]
    d, data = ties(stage=True)
    covariates = {"treated": d["treated"].astype(float), "x": d["x"].astype(float)}

    curves = survival.cox_baseline_hazard(survival.cox(data, covariates, ties=rule))

    assert [curve.label for curve in curves for _ in curve.time] == expected["strata"]
    assert close(np.concatenate([c.time for c in curves]), expected["time"])
    assert close(np.concatenate([c.cumulative_hazard for c in curves]), expected["hazard"])


@pytest.mark.parametrize("name", ["lung", "ties strata"])
def test_trend_over_ordered_arms(name):
    expected = R[f"trend {name}"]
    if name == "lung":
        d = table("lung.csv")
        known = np.array([value is not None for value in d["ph_ecog"]])
        time, event = d["time"][known].astype(int), d["dead"][known].astype(int)
        data = TimeToEvent.of(time, event, arm=list(d["ph_ecog"][known]))
    else:
        d, plain = ties()
        data = TimeToEvent.of(plain.time, plain.event, arm=list(d["stage"]))
        data = data.with_strata(list(d["centre"]))

    found = survival.trend_log_rank(data, expected["scores"])

    for field in ("statistic", "variance", "z", "chi_square"):
        assert close(getattr(found, field), expected[field]), field


@pytest.mark.parametrize("weights", ["1 0", "0 1", "0.5 2"])
def test_weights_across_strata_are_another_test(weights):
    expected = R[f"across strata {weights}"]
    d, plain = ties()
    data = TimeToEvent.of(plain.time, plain.event, arm=list(d["arm"]), stratum=list(d["stage"]))
    weight = survival.FlemingHarrington(expected["rho"], expected["gamma"])

    found = survival.weighted_log_rank(data.pair("A", "B"), weight, across_strata=True)

    assert close(found.score, expected["score"])
    assert close(found.variance[1, 1], expected["variance"])
    assert close(found.z, expected["z"])


def test_stratified_counts_agree_with_mantelhaen():
    expected = R["cmh"]
    cells = np.array(expected["cells"], dtype=int).reshape(3, 2, 2)  # stratum, arm, event/no event
    tables = [
        survival.TwoByTwo(int(s[0, 0]), int(s[0].sum()), int(s[1, 0]), int(s[1].sum()))
        for s in cells
    ]

    found = survival.cochran_mantel_haenszel(tables)

    assert close(found.test.chi_square, expected["chi_square"])
    assert close(found.corrected.chi_square, expected["corrected"])
    assert close(found.odds_ratio.estimate, expected["odds_ratio"])
    assert close(found.odds_ratio.ci, expected["ci"])


@pytest.mark.parametrize("arm", [0, 1])
def test_table_under_the_curves_counts_just_before_each_tick(arm):
    expected = R[f"at risk {arm}"]
    d = table("gbsg.csv")
    data = TimeToEvent.of(d["rfstime"], d["status"], arm=list(d["hormon"]))

    found = survival.at_risk_table(data, expected["times"])[arm]

    assert found.label == str(arm)
    for field in ("at_risk", "censored", "events"):
        assert getattr(found, field).tolist() == expected[field]


@pytest.mark.parametrize("ci", ["log-log", "plain"])
def test_limits_of_state_probabilities_follow_scale_and_level(ci):
    expected = R[f"aalen_johansen {ci}"]
    d = table("risks.csv")

    (curve,) = survival.aalen_johansen(TimeToEvent(d["time"], d["cause"]), ci=ci, level=0.9).curves

    possible = curve.probability > 1e-15
    for name in ("lower", "upper"):
        limits = np.where(possible, np.array(expected[name], dtype=float), np.nan)
        assert close(getattr(curve, name), limits), name
