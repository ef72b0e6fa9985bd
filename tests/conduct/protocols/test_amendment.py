"""What an amendment changes, and whether the sealed list and the plan still fit."""

import pytest
from conduct_protocol import template

from adjuvant.conduct.protocols.amendment import amendment_of, plan_digest
from adjuvant.protocol import read_protocol_text


def amend(*changes):
    text = template()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return amendment_of(template(), text)


def test_wider_window_and_new_exclusion_are_said_in_words():
    found = amend(
        ("version: 0.1.0\n", "version: 0.2.0\n"),
        ("at: 4 wk, window: [-7 d, +7 d], if_late", "at: 4 wk, window: [-7 d, +9 d], if_late"),
        ('check: "hiv or htlv1"}', 'check: "hiv or htlv1"}\n    - {id: E4, text: TACE before}'),
    )

    assert found.in_words() == (
        "population exclusion E4: new, TACE before",
        "infusions INF1 window: [-7 d, +7 d] becomes [-7 d, +9 d]",
    )
    assert found.list_changes == ()
    assert not found.plan_changed
    assert {"consent", "forms", "schedule"} <= set(found.touches)


@pytest.mark.parametrize(
    "change",
    [
        ("allocation: {CTL: 1, IMM: 1}", "allocation: {CTL: 1, IMM: 2}"),
        ("method: permuted_blocks", "method: minimisation"),
        ("levels: [single, multiple]", "levels: [single, multiple, unknown]"),
        ("'single' if tumour_count == 1", "'single' if tumour_count <= 2"),
        ("file_commitment: null", f"file_commitment: {'cd' * 32}"),
    ],
)  # fmt: skip
def test_change_of_ratio_method_strata_arms_or_sealed_file_touches_the_list(change):
    found = amend(change)

    assert found.list_changes
    assert "list" in found.touches


@pytest.mark.parametrize(
    "change",
    [
        ("label: Number of tumours, source", "label: How many tumours, source"),
        ("label: Adoptive immunotherapy", "label: Autologous cells"),
        ("timing: {anchor: surgery, window: [0 d, 42 d]}",
         "timing: {anchor: surgery, window: [0 d, 40 d]}"),
        ("custodian: unblinded_statistician", "custodian: pharmacist"),
        ("after_error: keep_slot", "after_error: keep_slot  # as agreed"),
    ],
)  # fmt: skip
def test_words_and_timing_leave_the_list_alone(change):
    assert amend(change).list_changes == ()


def test_plan_changes_with_its_own_parts_alone():
    assert amend(("tau: 5 y", "tau: 3 y")).plan_changed
    assert amend(("order: 2, estimand", "order: 3, estimand")).plan_changed
    assert not amend(("label: Haemoglobin, type", "label: Hb, type")).plan_changed
    assert not amend(("format: adjuvant/1", "# a comment\nformat: adjuvant/1")).plan_changed


def test_digest_of_the_plan_knows_no_spacing_and_no_provenance():
    one = template()
    other = one.replace("tau: 5 y", "tau:  5 y").replace(
        "power: {value: 0.90, from: our_choice, at: usual}", "power: 0.90"
    )

    assert one != other
    assert plan_digest(read_protocol_text(one)) == plan_digest(read_protocol_text(other))


def test_new_arm_touches_the_list():
    control = "  - {id: CTL, label: No adjuvant treatment, role: no_treatment_control, "
    found = amend(
        (control, "  - {id: NEW, label: New, role: experimental}\n" + control),
        ("treatment: {CTL: no", "treatment: {NEW: new, CTL: no"),
        ("allocation: {CTL: 1, IMM: 1}", "allocation: {NEW: 1, CTL: 1, IMM: 1}"),
        ("survival: {value: {CTL", "survival: {value: {NEW: {3 y: 0.4}, CTL"),
    )

    assert "arms NEW: new, New" in [change.in_words() for change in found.list_changes]
