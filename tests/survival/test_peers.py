"""lifelines and statsmodels agree where they are right; each known difference is still there.

The page docs/explanation/differences.md lists both halves.
"""

import csv
import warnings
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

import adjuvant.survival as s
from adjuvant.core import TimeToEvent

pytestmark = pytest.mark.reference

lifelines = pytest.importorskip("lifelines")
statsmodels = pytest.importorskip("statsmodels.duration.api")
pd = pytest.importorskip("pandas")


def trial():
    text = (files("adjuvant.studies") / "moertel1990/data/patients.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["rx"] != "Lev"]
    numbers = {k: np.array([int(row[k]) for row in rows])
               for k in ("recurrence_days", "recurrence", "age", "node4")}  # fmt: skip
    data = TimeToEvent.of(
        numbers["recurrence_days"], numbers["recurrence"],
        arm=[row["rx"] for row in rows], control="Obs",
    )  # fmt: skip
    return data, {"age": numbers["age"], "node4": numbers["node4"]}


DATA, X = trial()
FRAME = pd.DataFrame({"t": DATA.time, "e": DATA.event, "arm": DATA.arm, **X})
HALVES = [FRAME[FRAME["arm"] == k] for k in (0, 1)]
LATE = replace(DATA, entry=DATA.time // 3)
LATE_FRAME = FRAME.assign(entry=FRAME["t"] // 3)


@pytest.fixture(autouse=True)
def _quiet_peers():
    # Their deprecations are no part of the question; and lifelines' Kaplan-Meier calls np.seterr,
    # which would hide our own warnings from every later test.
    with warnings.catch_warnings(), np.errstate():
        warnings.simplefilter("ignore")
        yield


def lifelines_cox(frame, **options):
    return lifelines.CoxPHFitter().fit(frame, "t", "e", **options)


def in_lifelines_test(**options):
    from lifelines.statistics import logrank_test

    a, b = HALVES
    return logrank_test(a["t"], b["t"], a["e"], b["e"], **options).test_statistic


def phreg(frame, **options):
    columns = frame[["arm", "age", "node4"]]
    return statsmodels.PHReg(frame["t"], columns, frame["e"], ties="efron", **options).fit()


def test_kaplan_meier_with_log_log_limits_agrees_with_lifelines():
    for half, curve in zip(HALVES, s.kaplan_meier(DATA, ci="log-log").curves, strict=True):
        peer = lifelines.KaplanMeierFitter().fit(half["t"], half["e"])

        at = peer.survival_function_.iloc[1:, 0]
        assert at.to_numpy() == pytest.approx(curve.survival, rel=1e-9)
        limits = peer.confidence_interval_.iloc[-1].tolist()
        assert limits == pytest.approx([curve.lower[-1], curve.upper[-1]], rel=1e-9)


def test_greenwood_agrees_with_statsmodels():
    for half, curve in zip(HALVES, s.kaplan_meier(DATA).curves, strict=True):
        peer = statsmodels.SurvfuncRight(half["t"], half["e"])

        assert peer.surv_prob[-1] == pytest.approx(curve.survival[-1], rel=1e-12)
        assert peer.surv_prob_se[-1] == pytest.approx(curve.std_error[-1], rel=1e-12)


def test_nelson_aalen_agrees_with_lifelines():
    for half, curve in zip(HALVES, s.nelson_aalen(DATA), strict=True):
        fitter = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=False)
        peer = fitter.fit(half["t"], half["e"])

        found = curve.cumulative_hazard[-1]
        assert peer.cumulative_hazard_.iloc[-1, 0] == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(
    ("weight", "options", "peer"),
    [
        (s.FlemingHarrington(0, 0), {}, {}),
        (
            s.FlemingHarrington(1, 0),
            {"weightings": "fleming-harrington", "p": 1, "q": 0},
            {"weight_type": "fh", "fh_p": 1},
        ),
        (s.FlemingHarrington(0, 1), {"weightings": "fleming-harrington", "p": 0, "q": 1}, None),
        (s.Gehan(), {"weightings": "wilcoxon"}, {"weight_type": "gb"}),
        (s.TaroneWare(), {"weightings": "tarone-ware"}, {"weight_type": "tw"}),
    ],
    ids=["log-rank", "early", "late", "Gehan", "Tarone-Ware"],
)
def test_weighted_log_ranks_agree_with_both(weight, options, peer):
    found = s.weighted_log_rank(DATA, weight).chi_square

    assert in_lifelines_test(**options) == pytest.approx(found, rel=1e-9)
    if peer is not None:
        other = statsmodels.survdiff(FRAME["t"], FRAME["e"], FRAME["arm"], **peer)[0]
        assert other == pytest.approx(found, rel=1e-9)


def test_the_stratified_log_rank_agrees_with_statsmodels():
    found = s.log_rank(DATA.with_strata(X["node4"].tolist())).chi_square

    peer = statsmodels.survdiff(FRAME["t"], FRAME["e"], FRAME["arm"], strata=FRAME["node4"])[0]

    assert peer == pytest.approx(found, rel=1e-9)


def test_cox_agrees_with_both_without_entry_times():
    fit = s.cox(DATA, X)

    close, closer = lifelines_cox(FRAME), phreg(FRAME)

    assert close.params_.to_numpy() == pytest.approx(fit.coef, rel=1e-4)
    assert close.standard_errors_.to_numpy() == pytest.approx(fit.se, rel=1e-4)
    assert closer.params == pytest.approx(fit.coef, rel=1e-7)
    assert closer.bse == pytest.approx(fit.se, rel=1e-7)
    assert closer.llf == pytest.approx(fit.log_likelihood[1], rel=1e-9)


def test_the_stratified_cox_agrees_with_lifelines():
    fit = s.cox(DATA.with_strata(X["node4"].tolist()), {"age": X["age"]})

    peer = lifelines_cox(FRAME, strata=["node4"])

    assert peer.params_.to_numpy() == pytest.approx(fit.coef, rel=1e-4)


def test_cox_with_entry_times_agrees_with_lifelines_but_its_robust_error_does_not():
    fit = s.cox(LATE, X, robust=True)

    peer = lifelines_cox(LATE_FRAME, entry_col="entry", robust=True)

    assert peer.params_.to_numpy() == pytest.approx(fit.coef, rel=1e-4)
    # R: coxph(Surv(en, time, status) ~ rx + age + node4, cluster = 1:n), survival 3.5-3.
    assert fit.se == pytest.approx([0.0631247972, 0.0024363752, 0.0653686903], rel=1e-8)
    assert peer.standard_errors_.iloc[0] == pytest.approx(0.1212, abs=1e-4)


def test_the_robust_error_with_ties_differs_in_lifelines():
    fit = s.cox(DATA, X, robust=True)

    peer = lifelines_cox(FRAME, robust=True)

    assert fit.se[0] == pytest.approx(0.12005349, rel=1e-7)  # R, on the page of estimators
    assert peer.standard_errors_.iloc[0] == pytest.approx(0.120032, abs=1e-6)


def test_cox_with_entry_times_differs_in_statsmodels():
    fit = s.cox(LATE, X)

    peer = phreg(LATE_FRAME, entry=LATE_FRAME["entry"])

    assert fit.coef[0] == pytest.approx(-0.2325899106, rel=1e-8)  # R, as above
    assert peer.params[0] == pytest.approx(-0.23334, abs=1e-5)


def test_the_median_on_a_flat_stretch_differs_in_both():
    four = TimeToEvent([1, 2, 3, 4], [1] * 4)

    assert s.survival_quantile(four)[0].quantile[0] == 2.5
    peer = lifelines.KaplanMeierFitter().fit([1, 2, 3, 4], [1] * 4)
    assert peer.median_survival_time_ == 2
    assert statsmodels.SurvfuncRight([1, 2, 3, 4], [1] * 4).quantile(0.5) == 3


def test_the_variance_of_the_restricted_mean_differs_in_lifelines():
    from lifelines.utils import restricted_mean_survival_time

    half = HALVES[0]
    fitter = lifelines.KaplanMeierFitter().fit(half["t"], half["e"])
    found = s.rmst(DATA, 1826)[0]

    mean, variance = restricted_mean_survival_time(fitter, 1826, return_variance=True)

    assert mean == pytest.approx(found.rmst, rel=1e-12)
    # R: summary(survfit(...), rmean = 1826)$table gives 41.19884.
    assert found.std_error == pytest.approx(41.19884, rel=1e-7)
    assert variance > 300 * found.std_error**2


def test_the_proportional_hazards_test_differs_in_lifelines():
    from lifelines.statistics import proportional_hazard_test

    found = [t.chi_square for t in s.proportional_hazards_test(s.cox(DATA, X)).terms]

    peer = proportional_hazard_test(lifelines_cox(FRAME), FRAME, time_transform="km")

    assert found[1] == pytest.approx(1.1025624, rel=1e-6)  # R, on the page of estimators
    assert peer.summary.loc["age", "test_statistic"] == pytest.approx(0.649, abs=1e-3)


def test_the_weibull_regression_agrees_with_lifelines():
    fit = s.parametric_survival(DATA.without_arms(), {"node4": X["node4"]})

    peer = lifelines.WeibullAFTFitter().fit(FRAME[["t", "e", "node4"]], "t", "e")

    slope, intercept, log_shape = peer.params_
    assert [intercept, slope] == pytest.approx(fit.coef, rel=1e-4)
    assert np.exp(-log_shape) == pytest.approx(fit.scale, rel=1e-4)
    assert peer.log_likelihood_ == pytest.approx(fit.log_likelihood[1], rel=1e-9)


def test_without_ties_the_peers_agree_on_what_ties_make_differ():
    """So the page names the right cause."""
    jitter = np.random.default_rng(1).permutation(DATA.n) / 1000
    time = DATA.time + jitter
    late = replace(DATA, time=time, entry=np.floor(time / 3))
    frame = FRAME.assign(t=time, entry=late.entry)

    robust = lifelines_cox(frame.drop(columns="entry"), robust=True).standard_errors_.to_numpy()

    assert robust == pytest.approx(s.cox(replace(DATA, time=time), X, robust=True).se, rel=1e-4)
    assert phreg(frame, entry=frame["entry"]).params == pytest.approx(s.cox(late, X).coef, rel=1e-7)
