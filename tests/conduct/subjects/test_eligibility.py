"""Eligibility by hand: a missing value is never a pass, an exclusion that is true excludes."""

import pytest
from conduct_protocol import template

from adjuvant.conduct.subjects.eligibility import check_eligibility, is_eligible
from adjuvant.protocol import read_protocol_text

pytestmark = pytest.mark.by_hand
GOOD = {
    "age": 61, "ecog": 1, "child_pugh": "A", "days_since_surgery": 20, "metastasis": "no",
    "hiv": "no", "htlv1": "no", "autoimmune": "no", "steroids": "no", "sex": "F",
    "histology": "HCC", "residual": "R0", "tumour_count": 1, "stage": "II",
    "surgery_date": "2026-08-12", "hepatitis": ["NONE"], "haemoglobin": 12.1, "platelets": 160,
    "bilirubin": 0.8, "afp": 4, "consent_signed": "yes", "consent_date": "2026-08-25",
}  # fmt: skip


@pytest.fixture(scope="module")
def protocol():
    return read_protocol_text(template()).protocol


def judged(protocol, **changed):
    return check_eligibility(protocol, {**GOOD, **changed})


def open_ones(results):
    return {r.id: r.passed for r in results if not r.passed}


def test_everybody_who_meets_every_criterion_is_eligible(protocol):
    assert is_eligible(judged(protocol))


def test_every_criterion_that_lacks_its_value_is_not_met(protocol):
    read = {name for r in judged(protocol) for name in r.values}

    for name in sorted(read):
        left = {k: v for k, v in GOOD.items() if k != name}
        results = check_eligibility(protocol, left)
        missing = [r for r in results if r.passed is None]
        assert not is_eligible(results), name
        assert any(f"{name} is missing" in r.sentence for r in missing), name


def test_an_exclusion_that_is_true_excludes_and_says_what_was_read(protocol):
    results = judged(protocol, hiv="yes")
    (found,) = [r for r in results if not r.passed]

    assert (found.kind, found.passed, is_eligible(results)) == ("exclusion", False, False)
    assert "the record says hiv = yes" in found.sentence


def test_the_limit_itself_is_met_and_one_below_is_not(protocol):
    rule = next(r for r in judged(protocol) if "age" in r.values)

    assert "18" in rule.rule
    assert is_eligible(judged(protocol, age=18))
    assert open_ones(judged(protocol, age=17)) == {rule.id: False}


def test_a_value_of_another_kind_than_the_rule_compares_is_no_pass(protocol):
    results = judged(protocol, age="sixty")

    assert list(open_ones(results).values()) == [None]


def test_without_criteria_nobody_is_eligible():
    assert not is_eligible(())
