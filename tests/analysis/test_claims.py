"""Claims: prose may say only what the plan's order allows at its alpha."""

import math
from typing import Any

import pytest

from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.results import Estimate, Result, Results, Test
from adjuvant.protocol import read_protocol_text
from adjuvant.protocol.model import Protocol

PLAN = """
format: adjuvant/1
trial: {id: T, title: A trial}
arms:
  - {id: CTL, label: Control, role: no_treatment_control}
  - {id: A, label: Arm A, role: experimental}
endpoints:
  - {id: X, label: Time to X, level: secondary, event: [x]}
events: {x: {}}
analyses:
  - {id: R1, type: cox, endpoint: X, set: ITT}
"""


def _protocol(design: dict[str, Any]) -> Protocol:
    base = read_protocol_text(PLAN).protocol
    read = Protocol.model_validate({**base.model_dump(), "design": design})
    assert read.design is not None
    return read


def _plan(*order: str, alpha: float = 0.05, sided: int = 2, method: str = "fixed_sequence") -> Any:
    return _protocol(
        {
            "hypothesis": {"endpoint": "X", "alpha": alpha, "sided": sided},
            "multiplicity": {"method": method, "order": list(order)},
        }
    )


def _result(id: str, p: float, *ratios: tuple[str, float, float], claim: str = "confirmatory"):
    estimates = tuple(
        Estimate(f"hazard_ratio {arm} v CTL", "hazard_ratio", value, p=own, arm=arm, versus="CTL")
        for arm, value, own in ratios
    )
    test = Test("log-rank test", 1.0, 1, p)
    return Result(id, "cox", "ITT", 100, "", "", claim=claim, estimates=estimates, tests=(test,))


def _results(*results: Result, dummy: bool = False) -> Results:
    return Results("", "", "T", "A trial", tuple(results), dummy_arms=dummy)


@pytest.mark.by_hand
def test_the_sequence_stops_at_the_first_p_above_alpha() -> None:
    results = _results(
        _result("R1", 0.01, ("A", 0.6, 0.01)),
        _result("R2", 0.20, ("A", 0.9, 0.20)),
        _result("R3", 0.001, ("A", 0.5, 0.001)),
    )

    found = decide_claims(results, _plan("R1", "R2", "R3"))

    assert [found[id].allowed for id in ("R1", "R2", "R3")] == [True, False, False]
    assert "stopped at R2" in found["R3"].reason


def test_a_result_outside_the_order_is_descriptive_however_small_its_p() -> None:
    results = _results(_result("R1", 0.01, ("A", 0.6, 0.01)), _result("S1", 1e-9, ("A", 0.1, 1e-9)))

    found = decide_claims(results, _plan("R1"))

    assert not found["S1"].allowed


def test_the_claim_rests_on_the_test_of_the_plan_not_on_the_wald_p() -> None:
    results = _results(_result("R1", 0.06, ("A", 0.6, 0.04)))

    assert not decide_claims(results, _plan("R1"))["R1"].allowed


@pytest.mark.by_hand
def test_with_two_arms_against_the_control_each_has_half_of_alpha() -> None:
    results = _results(_result("R1", 0.001, ("A", 0.6, 0.024), ("B", 0.7, 0.026)))

    found = decide_claims(results, _plan("R1"))["R1"]

    assert (found.allowed, found.arms, found.alpha) == (True, ("A",), 0.025)


def test_an_arm_that_failed_is_not_claimed_later_in_the_order() -> None:
    results = _results(
        _result("R1", 0.001, ("A", 0.6, 0.001), ("B", 0.9, 0.5)),
        _result("R2", 0.001, ("A", 0.6, 0.001), ("B", 0.6, 0.001)),
    )

    assert decide_claims(results, _plan("R1", "R2"))["R2"].arms == ("A",)


def test_a_test_without_an_answer_stops_the_sequence() -> None:
    results = _results(
        _result("R1", math.nan, ("A", 0.6, 0.001)), _result("R2", 0.001, ("A", 0.6, 0.001))
    )

    found = decide_claims(results, _plan("R1", "R2"))

    assert not found["R1"].allowed
    assert not found["R2"].allowed


@pytest.mark.by_hand
def test_a_one_sided_hypothesis_never_claims_harm() -> None:
    plan = _plan("R1", alpha=0.025, sided=1)

    harm = decide_claims(_results(_result("R1", 0.001, ("A", 1.6, 0.001))), plan)["R1"]
    benefit = decide_claims(_results(_result("R1", 0.04, ("A", 0.6, 0.04))), plan)["R1"]

    assert (harm.allowed, benefit.allowed) == (False, True)


def test_dummy_arms_allow_no_claim() -> None:
    results = _results(_result("R1", 0.001, ("A", 0.6, 0.001)), dummy=True)

    assert "dummies" in decide_claims(results, _plan("R1"))["R1"].reason


def test_without_a_hypothesis_everything_is_descriptive() -> None:
    results = _results(_result("R1", 0.001, ("A", 0.6, 0.001)))

    assert not decide_claims(results, _protocol({}))["R1"].allowed


def test_several_claims_without_an_order_are_descriptive() -> None:
    several = _results(_result("R1", 0.001, ("A", 0.6, 0.001)), _result("R2", 0.5, ("A", 1, 0.5)))
    single = _results(_result("R1", 0.001, ("A", 0.6, 0.001)))

    assert not decide_claims(several, _plan(method="none"))["R1"].allowed
    assert decide_claims(single, _plan(method="none"))["R1"].allowed
