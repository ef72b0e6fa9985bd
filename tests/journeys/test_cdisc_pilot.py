"""The CDISC pilot's ADTTE as it stands gives every number of its study report and of R."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjuvant.analysis.results import Result, Results
from adjuvant.dataset import derive_time_to_event
from adjuvant.study import Study
from adjuvant.survival import FlemingHarrington, at_risk_table, cox, log_rank, weighted_log_rank

PILOT = Path(__file__).parents[2] / ".." / "shared" / "data" / "cdisc_pilot"
PROTOCOL = """
format: adjuvant/1
trial: {id: CDISCPILOT01, title: The CDISC pilot study, status: historical}
arms:
  - {id: PBO, label: Placebo, role: placebo_control}
  - {id: LOW, label: Xanomeline Low Dose, role: experimental}
  - {id: HIGH, label: Xanomeline High Dose, role: experimental}
endpoints:
  - {id: TTDE, label: Time to first dermatologic event, level: secondary, param: TTDE}
analysis_sets:
  - {id: SAF, label: Safety population, primary: true}
analyses:
  - {id: PLAIN, type: kaplan_meier, endpoint: TTDE, set: SAF, ci: plain}
  - {id: LOG, type: kaplan_meier, endpoint: TTDE, set: SAF, ci: log}
  - {id: LOGLOG, type: kaplan_meier, endpoint: TTDE, set: SAF, ci: log-log}
  - {id: LR, type: log_rank, endpoint: TTDE, set: SAF, strata: none}
  - {id: EFRON, type: cox, endpoint: TTDE, set: SAF, ties: efron, test: likelihood_ratio}
  - {id: BRESLOW, type: cox, endpoint: TTDE, set: SAF, ties: breslow, test: likelihood_ratio}
  - {id: PH, type: ph_check, endpoint: TTDE, set: SAF, ties: efron}
data:
  file: adtte.json
  form: adtte
  subject: USUBJID
  arm: {column: TRTA, values: {Placebo: PBO, Xanomeline Low Dose: LOW, Xanomeline High Dose: HIGH}}
"""
ARMS = {"Placebo": "PBO", "Xanomeline Low Dose": "LOW", "Xanomeline High Dose": "HIGH"}
pytestmark = [pytest.mark.journey, pytest.mark.published]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    if not (PILOT / "expected.json").is_file():
        pytest.skip("the CDISC pilot's data are not on this machine")
    return json.loads((PILOT / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def study(expected: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("pilot")
    shutil.copy(PILOT / "adtte.json", folder)
    (folder / "protocol.yaml").write_text(PROTOCOL, "utf-8")
    return Study.open(folder / "protocol.yaml")


@pytest.fixture(scope="module")
def results(study: Study) -> Results:
    return study.analyse()


@pytest.fixture(scope="module")
def data(study: Study) -> Any:
    return derive_time_to_event(study.snapshot(), study.protocol, "TTDE", set="SAF")


def _label(curve: Any) -> str:
    return next(label for label, arm in ARMS.items() if arm == curve.arm)


def _median(result: Result, arm: str) -> list[float]:
    found = result.estimate("median", arm)
    return [found.value, found.lower, found.upper]


def test_patients_and_events_are_those_of_the_report(
    results: Results, expected: dict[str, Any]
) -> None:
    counts = {c.label: (c.n, c.events) for c in results.result("PLAIN").counts}

    published = expected["published"]
    assert counts == {a: (published["n"][a], published["events"][a]) for a in ARMS}


def test_the_printed_medians_come_from_the_plain_transform(
    results: Results, expected: dict[str, Any]
) -> None:
    for label, arm in ARMS.items():
        printed = expected["published"]["median_days_95ci"][label]
        found = _median(results.result("PLAIN"), arm)

        assert np.isnan(found[0]) if printed is None else found == printed


@pytest.mark.parametrize(("id", "ci"), [("PLAIN", "plain"), ("LOG", "log"), ("LOGLOG", "loglog")])
def test_the_limits_of_the_medians_follow_the_transform(
    results: Results, expected: dict[str, Any], id: str, ci: str
) -> None:
    held = expected["computed_R_survival_3.5.3"]["median_ci"][ci]

    assert _median(results.result(id), "LOW") == held["low"]
    assert _median(results.result(id), "HIGH") == held["high"]


def test_the_log_rank_test_is_that_of_r(
    results: Results, data: Any, expected: dict[str, Any]
) -> None:
    held = expected["computed_R_survival_3.5.3"]
    test = results.result("LR").tests[0]

    assert (test.chi_square, test.df) == (pytest.approx(held["logrank_chisq"], abs=1e-8), 2)
    assert test.p == pytest.approx(held["p"], rel=1e-5)
    assert log_rank(data).expected == pytest.approx(held["expected"], abs=1e-8)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_hazard_ratios_follow_the_ties(
    results: Results, data: Any, expected: dict[str, Any], ties: str
) -> None:
    held = expected["computed_R_survival_3.5.3"][f"cox_{ties}"]
    result, fit = results.result(ties.upper()), cox(data, ties=ties)

    for arm, key in (("LOW", "low"), ("HIGH", "high")):
        found = result.estimate("hazard_ratio", arm)
        assert found.value == pytest.approx(held[key]["HR"], rel=1e-7)
        assert [found.lower, found.upper] == pytest.approx(held[key]["ci"], rel=1e-6)
    assert fit.lrt.chi_square == pytest.approx(held["LR"], rel=1e-7)
    assert fit.score.chi_square == pytest.approx(held["score"], rel=1e-6)
    assert result.tests[0].chi_square == pytest.approx(held["LR"], rel=1e-7)
    if ties == "efron":
        assert fit.coef == pytest.approx([held[k]["coef"] for k in ("low", "high")], rel=1e-6)
        assert fit.se == pytest.approx([held[k]["se"] for k in ("low", "high")], rel=1e-6)


def test_numbers_at_risk_are_counted_just_before_the_tick(
    data: Any, expected: dict[str, Any]
) -> None:
    table = at_risk_table(data, np.arange(0, 201, 20))

    for label, arm in ARMS.items():
        found = next(row for row in table if row.label == arm)
        assert found.at_risk.tolist() == expected["published_at_risk"][label]


def test_the_table_under_the_figure_is_the_published_one(
    results: Results, expected: dict[str, Any]
) -> None:
    for curve in results.result("PLAIN").curves:
        # Nobody was followed to day 200, where the published table ends.
        assert curve.at_risk_times == tuple(range(0, 181, 20))
        assert [*curve.at_risk, 0] == expected["published_at_risk"][_label(curve)]


def test_the_peto_prentice_test_is_that_of_r(data: Any, expected: dict[str, Any]) -> None:
    held = expected["computed_R_survival_3.5.3"]["peto_prentice_rho1_chisq"]

    found = weighted_log_rank(data, FlemingHarrington(1, 0))

    assert found.chi_square == pytest.approx(held, abs=1e-7)


def test_the_test_of_proportional_hazards_is_that_of_r(
    results: Results, expected: dict[str, Any]
) -> None:
    held = expected["computed_R_survival_3.5.3"]["cox_zph_global"]

    test = results.result("PH").tests[0]

    assert test.df == 2
    assert test.chi_square == pytest.approx(held["chisq"], abs=0.005)
    assert test.p == pytest.approx(held["p"], abs=0.005)
