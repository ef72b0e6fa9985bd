"""Release: every missing or failing test is named, units are never guessed."""

import pytest
from cells.lots import AT_RELEASE, GROWTH, IN_PROCESS, PRODUCT, STERILE, decision

from adjuvant.cells import Dose, Result, expected_rejections, judgement, release_decision
from adjuvant.core import InvalidInput
from adjuvant.protocol.model import CellProduct, Release, ReleaseTest

ENDOTOXIN = ReleaseTest(id="endotoxin", due="at_release", unit="EU/kg/h", max=5)


def changed(**values):
    return [Result(r.test, values.get(r.test, r.value), r.unit) for r in AT_RELEASE]


@pytest.mark.by_hand
def test_endotoxin_per_kg_and_hour_by_hand():
    """1.5 EU/mL x 200 mL / 60 kg = 5 EU/kg; in one hour 5 EU/kg/h, in two hours 2.5."""
    result = Result("endotoxin", 1.5, "EU/mL")

    assert judgement(ENDOTOXIN, result, Dose(200, 60, 1)).status == "passed"
    assert judgement(ENDOTOXIN, Result("endotoxin", 1.51, "EU/mL"), Dose(200, 60, 1)).status == (
        "failed"
    )
    assert Dose(200, 60, 2).per("EU/kg/h", 1.5) == 2.5
    assert Dose(200, 60, 2).per("EU/kg", 1.5) == 5


def test_endotoxin_without_weight_and_time_is_not_judged():
    found = judgement(ENDOTOXIN, Result("endotoxin", 0.1, "EU/mL"))

    assert found.status == "missing"
    assert "volume, weight and time are missing" in found.sentence


@pytest.mark.parametrize("unit", ["EU/kg", "EU", None, "EU/mL/h"])
def test_result_in_another_unit_is_never_compared(unit):
    found = judgement(ENDOTOXIN, Result("endotoxin", 0.1, unit), Dose(200, 60, 1))

    assert found.status == "missing"


@pytest.mark.parametrize("dose", [(0, 60, 1), (200, -1, 1), (200, 60, float("nan"))])
def test_dose_that_cannot_be_is_refused(dose):
    with pytest.raises(InvalidInput, match="give a number above 0"):
        Dose(*dose)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (5, "passed"), (5.0001, "failed"), ("<5", "passed"), ("< 0.05", "passed"),
        ("<10", "missing"), (">6", "failed"), (">4", "missing"), ("5", "passed"),
        ("none seen", "missing"), (float("nan"), "missing"), ("nan", "missing"),
        ("inf", "missing"), ("", "missing"), (True, "missing"),
    ],
)  # fmt: skip
def test_result_as_a_laboratory_reports_it(value, status):
    assert judgement(ENDOTOXIN, Result("endotoxin", value, "EU/kg/h")).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("No growth ", "passed"),
        ("growth", "failed"),
        ("", "missing"),
        ("no growth to date", "failed"),
    ],
)
def test_words_must_be_those_of_the_protocol(value, status):
    test = ReleaseTest(id="sterility", due="after_release", accept="no growth")

    assert judgement(test, Result("sterility", value)).status == status


def test_test_without_any_limit_is_never_passed():
    test = ReleaseTest(id="odd", due="at_release")

    assert judgement(test, Result("odd", 1.0)).status == "missing"


def test_complete_results_release_conditionally_then_certify():
    assert decision("in_process", IN_PROCESS).verdict == "proceed"
    assert decision("at_release", AT_RELEASE).verdict == "conditional_release"
    assert decision("at_release", AT_RELEASE).pending == ("sterility_final",)
    assert decision("at_release", [*AT_RELEASE, STERILE]).verdict == "release"
    assert decision("after_release", [*AT_RELEASE, STERILE]).verdict == "certify"
    assert decision("after_release", AT_RELEASE).verdict == "incomplete"


@pytest.mark.parametrize("lacking", range(len(AT_RELEASE)))
def test_any_missing_result_is_named_and_releases_nothing(lacking):
    results = AT_RELEASE[:lacking] + AT_RELEASE[lacking + 1 :]

    found = decision("at_release", results)

    assert found.verdict == "incomplete"
    assert found.reason == f"{AT_RELEASE[lacking].test} has no result"


def test_failures_decide_by_what_the_protocol_says():
    assert decision("at_release", changed(viability=69.9)).verdict == "reject"
    assert decision("at_release", changed(purity=49.9)).verdict == "quarantine"
    assert decision("at_release", changed(sterility_ip="growth")).verdict == "reject"
    assert decision("in_process", [Result("sterility_ip", "growth")]).verdict == "reject"
    assert decision("at_release", changed(cd3_hladr=2)).verdict == "conditional_release"


def test_every_failing_and_missing_test_is_named():
    results = [r for r in changed(viability=10, purity=20) if r.test != "endotoxin"]

    reason = decision("at_release", results).reason

    assert "viability 10 %, the limit is at least 70" in reason
    assert "purity 20 %" in reason
    assert "endotoxin has no result" in reason


def test_late_growth_is_a_defect_with_its_name():
    found = decision("after_release", [*AT_RELEASE, GROWTH])

    assert found.verdict == "defect"
    assert found.failed_later == ("sterility_final",)
    assert "'growth'" in found.reason


def test_early_growth_of_a_late_test_stops_the_release():
    assert decision("at_release", [*AT_RELEASE, GROWTH]).verdict == "quarantine"


def test_conditional_release_needs_the_protocols_word():
    strict = CellProduct(
        id="c",
        label="C",
        release=Release(tests=PRODUCT.release.tests, decisions=("release", "reject")),
    )

    found = release_decision(strict, "L", "at_release", AT_RELEASE)

    assert found.verdict == "incomplete"
    assert found.reason == "sterility_final has no result"


def test_result_of_an_unknown_test_or_two_of_one_is_refused():
    with pytest.raises(InvalidInput, match="not in the release specification"):
        decision("at_release", [Result("sterilty", "no growth")])
    with pytest.raises(InvalidInput, match="has two results"):
        decision("at_release", [*AT_RELEASE, AT_RELEASE[0]])


@pytest.mark.by_hand
def test_expected_rejections_are_the_tails():
    """1e10 is one SD under 1.42e10 (SD 0.42e10): 16% of lots. Both tails of two SD: 4.6%."""
    assert expected_rejections(1.42e10, 0.42e10, minimum=1e10) == pytest.approx(0.158655, abs=1e-6)
    assert expected_rejections(0, 1, minimum=-2, maximum=2) == pytest.approx(0.0455003, abs=1e-7)


@pytest.mark.by_hand
def test_lognormal_is_matched_to_mean_and_sd():
    """Mean e^(1/2) and SD sqrt((e - 1) e) belong to log mean 0 and log SD 1: half lie under 1."""
    mean, sd = 2.718281828459045**0.5, ((2.718281828459045 - 1) * 2.718281828459045) ** 0.5

    share = expected_rejections(mean, sd, minimum=1, distribution="lognormal")

    assert share == pytest.approx(0.5)


@pytest.mark.parametrize(
    "given", [{}, {"minimum": 1, "sd": 0}, {"minimum": -1, "distribution": "lognormal"}]
)
def test_expectation_that_cannot_be_is_refused(given):
    with pytest.raises(InvalidInput):
        expected_rejections(1.0, given.pop("sd", 1.0), **given)
