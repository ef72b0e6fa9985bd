"""Which form is filled when, from the protocol alone."""

import pytest
from conduct_protocol import template

from adjuvant.conduct.protocols.visits import form_at, planned_visits
from adjuvant.core import StepRefused
from adjuvant.protocol import read_protocol_text


@pytest.fixture(scope="module")
def protocol():
    return read_protocol_text(template()).protocol


def test_series_of_visits_is_counted_to_its_end(protocol):
    codes = [visit.code for visit in planned_visits(protocol)]

    assert [code for code in codes if code.startswith("FU-")] == [f"FU-{n}" for n in range(1, 7)]
    assert codes[-1] == "unscheduled"


def test_visit_has_the_forms_of_its_activities(protocol):
    visits = {visit.code: visit for visit in planned_visits(protocol)}

    assert [form.id for form in visits["W4"].forms] == [
        "labs", "vitals", "adverse_event", "status",
    ]  # fmt: skip
    assert visits["RND"].forms == ()
    assert [form.id for form in visits["unscheduled"].forms] == [
        "imaging", "status", "adverse_event",
    ]  # fmt: skip


def test_forms_of_one_arm_are_hidden_until_the_arm_is_known():
    text = template().replace(
        "  - {id: W4, label: Week 4, epoch: treatment, at: 4 wk, window: [-7 d, +7 d], "
        "do: [labs, vitals, adverse_events, status]}",
        "  - {id: W4, label: Week 4, epoch: treatment, at: 4 wk, window: [-7 d, +7 d], "
        "do: [labs], also: {IMM: [vitals]}}\n"
        "  - {id: W5, label: Week 5, epoch: treatment, at: 5 wk, arms: [IMM], do: [labs]}",
    )
    visits = {v.code: v for v in planned_visits(read_protocol_text(text).protocol)}

    assert [form.id for form in visits["W4"].forms_of(None)] == ["labs"]
    assert [form.id for form in visits["W4"].forms_of("CTL")] == ["labs"]
    assert [form.id for form in visits["W4"].forms_of("IMM")] == ["labs", "vitals"]
    assert visits["W5"].forms_of(None) == ()
    assert [form.id for form in visits["W5"].forms_of("IMM")] == ["labs"]


@pytest.mark.parametrize(
    ("visit", "form", "repeat", "why"),
    [
        ("W4", "consent", 1, "Informed consent cannot be filled at W4"),
        ("W99", "labs", 1, "cannot be filled at W99"),
        ("SCR", "ghost", 1, "has no form ghost"),
        ("SCR", "consent", 2, "Informed consent cannot be filled a second time"),
    ],
)
def test_form_that_is_not_planned_is_refused(protocol, visit, form, repeat, why):
    with pytest.raises(StepRefused, match=why):
        form_at(protocol, visit, form, repeat)


def test_repeating_form_may_be_filled_again(protocol):
    assert form_at(protocol, "W4", "labs", 2).id == "labs"
