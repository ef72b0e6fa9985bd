"""Trials pooled: the formulas by hand, and what is never pooled."""

import json
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import adjuvant
from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.evidence import TrialEffect, one_stage, pooled, read_trials
from adjuvant.survival import cox

TABLE = Path(adjuvant.__file__).parent / "studies" / "sister_trials" / "trials.csv"


def effect(name, y, v, **more):
    return TrialEffect(name, name, more.pop("year", 2000), "rfs", y, sqrt(v), **more)


THREE = [effect("a", -0.6, 0.04), effect("b", -0.2, 0.02), effect("c", 0.3, 0.05)]


@pytest.mark.by_hand
def test_fixed_and_dersimonian_laird_on_three_trials():
    """w = 25, 50, 20: mean (-15 - 10 + 6)/95 = -0.2; Q = 25*0.16 + 0 + 20*0.25 = 9."""
    found = pooled(THREE)

    assert found.effects["fixed"].log_effect == pytest.approx(-0.2)
    assert found.effects["fixed"].se == pytest.approx(1 / sqrt(95))
    assert found.q == pytest.approx(9.0)
    assert found.i2 == pytest.approx(7 / 9)
    # 3525 is 625 + 2500 + 400, the sum of the squared weights.
    tau2 = 7 / (95 - 3525 / 95)
    w = [1 / (v + tau2) for v in (0.04, 0.02, 0.05)]
    mean = (w[0] * -0.6 + w[1] * -0.2 + w[2] * 0.3) / sum(w)
    assert found.effects["DL"].tau2 == pytest.approx(tau2)
    assert found.effects["DL"].log_effect == pytest.approx(mean)
    # Prediction: t on 1 df is 12.7062.
    half = 12.706204736 * sqrt(tau2 + 1 / sum(w))
    assert found.effects["DL"].prediction == pytest.approx((exp(mean - half), exp(mean + half)))


@pytest.mark.by_hand
def test_reml_with_equal_variances_is_the_sample_variance_less_the_mean_variance():
    trials = [effect(n, y, 0.04) for n, y in zip("abcd", (-0.9, -0.3, 0.1, 0.5), strict=True)]

    found = pooled(trials).effects["REML"]

    assert found.tau2 == pytest.approx(np.var([-0.9, -0.3, 0.1, 0.5], ddof=1) - 0.04, abs=1e-9)


def test_reml_maximises_the_restricted_likelihood():
    y = np.array([t.log_effect for t in THREE])
    v = np.array([t.se**2 for t in THREE])

    def likelihood(tau2):
        w = 1 / (v + tau2)
        mean = np.sum(w * y) / w.sum()
        return 0.5 * (np.sum(np.log(w)) - np.log(w.sum()) - np.sum(w * (y - mean) ** 2))

    tau2 = pooled(THREE).effects["REML"].tau2

    assert likelihood(tau2) >= max(likelihood(tau2 * f) for f in (0.99, 1.01))


@pytest.mark.by_hand
def test_hartung_knapp_uses_the_spread_of_the_trials_and_t():
    """Equal weights: se is that of a mean, t on 2 df is 4.30265."""
    trials = [effect(n, y, 0.01) for n, y in zip("abc", (-1.0, 0.0, 1.0), strict=True)]

    found = pooled(trials).effects["HK"]

    assert found.se == pytest.approx(1 / sqrt(3))
    assert log(found.ci[1]) == pytest.approx(4.30265273 / sqrt(3))


@pytest.mark.by_hand
def test_egger_finds_an_intercept_that_was_put_in():
    """y/se = 2 - 0.5/se holds exactly, so that the intercept is 2."""
    trials = [
        effect(n, 2 * s - 0.5, s * s) for n, s in zip("abcd", (0.1, 0.2, 0.3, 0.4), strict=True)
    ]

    egger = pooled(trials).egger

    assert egger is not None
    assert egger.intercept == pytest.approx(2.0)


@pytest.mark.by_hand
def test_members_are_pooled_with_the_variance_between_them():
    """Within 0.04, between var(-0.5, -0.7) = 0.02: total 0.04 + 1.5 * 0.02 = 0.07."""
    found = TrialEffect.from_members("t", "T", 2000, "rfs", [(-0.5, 0.2), (-0.7, 0.2)])

    assert found.log_effect == pytest.approx(-0.6)
    assert found.se**2 == pytest.approx(0.07)
    assert found.kind == "SYNTHETIC"


@pytest.mark.by_hand
def test_risk_ratio_of_the_reference_study():
    found = TrialEffect.from_counts("t", "T", 2000, "ttr", (45, 76), (57, 74))

    assert found.ratio == pytest.approx((45 / 76) / (57 / 74))
    assert found.se**2 == pytest.approx(1 / 45 - 1 / 76 + 1 / 57 - 1 / 74)


@given(st.floats(-1, 1), st.permutations(THREE))
def test_order_changes_nothing_and_a_shift_shifts(shift, trials):
    moved = [effect(t.trial_id, t.log_effect + shift, t.se**2) for t in trials]

    a, b = pooled(THREE), pooled(moved)

    for method in ("fixed", "DL", "REML", "HK"):
        assert b.effects[method].log_effect == pytest.approx(a.effects[method].log_effect + shift)


def test_leaving_one_out_is_the_pool_of_the_others():
    found = pooled(THREE)

    without = next(i for i in found.influence if i.left_out == "b").without
    assert without.log_effect == pytest.approx(
        pooled([THREE[0], THREE[2]]).effects["REML"].log_effect
    )
    assert sum(i.weight for i in found.influence) == pytest.approx(1.0)
    assert found.cumulative[-1][1].log_effect == found.effects["REML"].log_effect


def test_same_patients_mixed_kinds_and_single_trials_are_refused():
    with pytest.raises(InvalidInput, match="same patients"):
        pooled([THREE[0], THREE[0]])
    with pytest.raises(InvalidInput, match="different kind"):
        pooled([THREE[0], effect("d", 0.1, 0.1, kind="SYNTHETIC")])
    with pytest.raises(NotEnoughData):
        pooled(THREE[:1])


def test_p_of_unknown_sides_is_refused():
    with pytest.raises(InvalidInput, match="one- or two-sided"):
        TrialEffect.from_p("t", "T", 2000, "rfs", 0.6, 0.03, None)

    two = TrialEffect.from_p("t", "T", 2000, "rfs", 0.6, 0.05, 2)
    assert two.se == pytest.approx(-log(0.6) / 1.959964, rel=1e-6)


def test_later_reports_of_the_same_patients_need_a_choice():
    endpoints = ["RFS", "time to first recurrence"]
    with pytest.raises(InvalidInput, match="same patients"):
        read_trials(TABLE, endpoints=endpoints)

    first, left = read_trials(TABLE, endpoints=endpoints, take="first")

    assert [t.trial_id for t in first] == ["takayama2000", "nct00699816"]
    assert any("context" in x.why for x in left)


def test_one_stage_is_the_cox_model_stratified_by_trial():
    rng = np.random.default_rng(4)
    arm = np.arange(80) % 2

    def trial():
        return TimeToEvent(
            rng.integers(1, 900, 80), rng.integers(0, 2, 80), arm=arm, arm_labels=("C", "T")
        )

    a, b = trial(), trial()

    found = one_stage({"a": a, "b": b}, {"a": "real", "b": "real"})

    both = TimeToEvent(
        np.concatenate([a.time, b.time]), np.concatenate([a.event, b.event]),
        arm=np.concatenate([arm, arm]), arm_labels=("C", "T"),
        stratum=np.repeat([0, 1], 80), stratum_labels=("a", "b"),
    )  # fmt: skip
    assert found.log_effect == pytest.approx(float(cox(both).coef[0]))


@pytest.mark.journey
def test_command_pools_the_sister_trials():
    from adjuvant.cli.evidence import evidence

    args = ["pool", "sister_trials", "--endpoint", "RFS", "--endpoint", "time to first recurrence"]
    done = CliRunner().invoke(evidence, [*args, "--take", "latest", "--json"])

    answer = json.loads(done.stdout)
    assert answer["effects"]["fixed"]["ratio"] < 0.8
    assert answer["left_out"]
    assert CliRunner().invoke(evidence, [*args, "--take", "first"]).exit_code == 0
