"""Words claim only what the plan's order allows."""

import math
from dataclasses import replace

import pytest

from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.results import Estimate, Test
from adjuvant.report.prose import Teller
from adjuvant.report.views import page_scale
from adjuvant.report.words import event_words, lowered


@pytest.fixture
def told(protocol):
    def tell(results, protocol=protocol, endpoint="TTR"):
        teller = Teller(results, protocol, decide_claims(results, protocol), page_scale(results))
        return teller.statements(endpoint)

    return tell


def test_confirmatory_result_that_its_order_allows_is_claimed_as_a_hazard(results, told):
    effect = told(results)[0]

    assert effect.standing == "claim"
    assert effect.text.startswith(
        "Levamisole + fluorouracil reduced the hazard of recurrence compared with observation: "
        "the hazard was reduced by 41% (hazard ratio 0.59, 95% CI 0.35–0.996;"
    )
    assert "risk" not in effect.text


def test_arm_that_is_not_shown_is_told_without_a_claim(results, told):
    text = told(results)[0].text

    assert "No difference in the hazard of recurrence was shown between levamisole and" in text
    assert "compatible with a hazard from 40% lower to 54% higher" in text


def test_sequence_that_stopped_makes_the_next_result_descriptive(results, changed, told):
    stopped = changed(results, "A_TTR_COX", tests=(Test("log-rank test", 1.2, 2, 0.55),))

    assert told(stopped)[0].standing == "not_shown"
    assert told(stopped)[0].text.startswith("Not shown at the level")
    assert told(stopped, endpoint="OS")[0].standing == "descriptive"
    assert "reduced the hazard" not in told(stopped, endpoint="OS")[0].text


def test_no_claim_stands_in_a_sentence_that_the_order_does_not_allow(results, changed, told):
    stopped = changed(results, "A_TTR_COX", tests=(Test("log-rank test", 1.2, 2, 0.55),))

    text = told(stopped)[0].text
    assert "The plan's order allows no claim on levamisole + fluorouracil" in text


def test_replication_is_called_replication(results, changed, told):
    again = changed(results, "A_TTR_COX", claim="replication")

    effect = told(again)[0]
    assert effect.standing == "replication"
    assert "the hazard of recurrence was reduced by 41% compared with observation" in effect.text


@pytest.mark.parametrize("flag", ["dummy_arms", "synthetic"])
def test_dummy_arms_and_synthetic_patients_support_no_claim(results, told, flag):
    statements = told(replace(results, **{flag: True}))

    assert {s.standing for s in statements} == {"no_claim"}
    assert statements[0].text.startswith("No claim is made.")
    assert "reduced" not in " ".join(s.text for s in statements)


def test_hazard_ratio_above_one_is_told_as_an_increase(results, changed, told):
    worse = Estimate(
        "hazard_ratio L5F v CTL", "hazard_ratio", 1.4, 1.1, 1.8, 0.001, arm="L5F", versus="CTL"
    )

    text = told(changed(results, "A_TTR_COX", estimates=(worse,)))[0].text
    assert "increased the hazard of recurrence" in text
    assert "increased by 40%" in text


def test_limits_that_do_not_exist_do_not_stop_the_words(results, changed, told):
    unknown = Estimate(
        "hazard_ratio L5F v CTL", "hazard_ratio", 0.8, math.nan, math.nan, math.nan,
        arm="L5F", versus="CTL",
    )  # fmt: skip

    text = told(changed(results, "A_TTR_COX", estimates=(unknown,), claim="descriptive"))[0].text
    assert "No difference in the hazard of recurrence was shown" in text


def test_difference_that_prints_as_zero_is_neither_longer_nor_shorter(results, told):
    means = next(s for s in told(results) if s.result == "A_RMST")

    assert "about the same with levamisole as with observation" in means.text
    assert "0.64 years longer with levamisole + fluorouracil than with observation" in means.text


def test_competing_event_is_named_beside_the_cumulative_incidence(results, told):
    incidence = next(s for s in told(results) if s.result == "A_CIF")

    assert incidence.text.startswith("Counting death from any cause as a competing event, ")


def test_composite_event_is_named_by_its_parts(protocol):
    assert event_words(protocol.endpoint("RFS"), protocol) == "recurrence or death from any cause"


def test_abbreviation_keeps_its_capitals_in_a_sentence():
    assert lowered("BCG alone") == "BCG alone"
    assert lowered("5-FU") == "5-FU"


def test_one_group_is_told_without_an_arm(results, protocol, told):
    alone = protocol.model_copy(update={"arms": protocol.arms[:1]})

    curve = next(s for s in told(results, alone) if s.result == "A_TTR_KM")
    assert "with observation" not in curve.text
