"""Who is analysed, and what the flow says of everybody else."""

import pytest
from dataset_trials import DAY_COLUMNS, DAYS, built, protocol, warned

from adjuvant.core import DataError
from adjuvant.dataset import derive_time_to_event, flow_counts, in_set, variable
from adjuvant.protocol import AnalysisSet

CSV = (
    DAY_COLUMNS.strip()
    + ",age,stage,bad,given,stage_then\n"
    + (
        "1,CTL,5,0,9,0,51,I,no,CTL,I\n"
        "2,IMM,5,0,9,0,73,II,no,IMM,I\n"
        "3,CTL,5,1,9,1,,II,yes,CTL,II\n"
        "4,IMM,5,0,9,0,64,I,,CTL,I\n"
        "5,IMM,7,0,9,0,58,II,no,,II\n"
    )
)
VARIABLES = """\
  ineligible: bad
  received: {column: given}
  variables:
    age: {column: age, label: Age, type: number, unit: years}
    stage: {column: stage, label: Stage, type: choice, levels: [I, II]}
    old: {label: Over 60, type: choice, levels: ["no", "yes"], calculated: age >= 60}
  strata:
    stage: {column: stage_then}
  flow: {assessed: 9, randomised: 7, excluded: {n: 2, reasons: {declined: 2}},
         not_in_data: {n: 2, reasons: {arm not reported: 2}}, lost: {CTL: 1, IMM: not reported}}
"""
PARTS = """\
randomisation:
  allocation: {CTL: 1, IMM: 1}
  method: permuted_blocks
  strata: [{id: stage, label: Stage, source: stage, levels: [I, II]}]
analysis_sets:
  - {id: ITT, label: Intention to treat, rule: randomised, primary: true}
  - {id: ELIG, label: Eligible, rule: randomised and not ineligible_before_randomisation}
  - {id: YOUNG, label: Under 60, rule: age < 60}
  - {id: SAF, label: Safety, rule: randomised, group_by: received}
"""
MORE = "  - {id: K4, type: kaplan_meier, endpoint: OS, set: ELIG}\n" + PARTS
DATA = DAYS + VARIABLES


@pytest.fixture
def trial():
    snapshot = built(CSV, DATA, more=MORE)
    return snapshot, protocol(DATA, more=MORE).protocol


def test_intention_to_treat_is_everybody_randomised(trial):
    assert in_set(*trial, "ITT").tolist() == [True] * 5


def test_eligible_set_leaves_out_who_was_found_ineligible(trial):
    assert in_set(*trial, "ELIG").tolist() == [True, True, False, True, True]


def test_rule_that_cannot_be_decided_leaves_the_subject_out_and_says_so(trial):
    snapshot, _ = trial

    assert in_set(*trial, "YOUNG").tolist() == [True, False, False, False, True]
    assert [code for code, place in warned(snapshot) if place == "trial.csv:4"] == ["D073"]


def test_unknown_set_is_refused_with_the_one_that_was_meant(trial):
    with pytest.raises(DataError, match="did you mean 'ELIG'"):
        in_set(*trial, "ELIGI")


@pytest.mark.parametrize("rule", ["death", "recurrence == 'yes'", "event_time < 30"])
def test_set_by_what_happened_after_randomisation_is_refused(trial, rule):
    snapshot, part = trial
    biased = AnalysisSet(id="PP", rule=rule)
    part = part.model_copy(update={"analysis_sets": (*part.analysis_sets, biased)})

    with pytest.raises(DataError, match="no baseline variable"):
        in_set(snapshot, part, "PP")


def test_set_by_eligibility_without_the_column_is_refused():
    snapshot = built(DAY_COLUMNS + "1,CTL,5,0,9,0\n2,IMM,5,0,9,0\n", DAYS)
    part = protocol(DAYS).protocol
    sets = (*part.analysis_sets, AnalysisSet(id="ELIG", rule="eligible"))

    with pytest.raises(DataError, match="do not say who was ineligible"):
        in_set(snapshot, part.model_copy(update={"analysis_sets": sets}), "ELIG")


def test_variable_stored_and_calculated(trial):
    age, old = variable(*trial, "age"), variable(*trial, "old")

    assert (age.values, age.unit, age.missing) == ((51, 73, None, 64, 58), "years", 1)
    assert (old.values, old.levels) == (("no", "yes", None, "yes", "no"), ("no", "yes"))


def test_unknown_variable_is_refused_with_the_one_that_was_meant(trial):
    with pytest.raises(DataError, match="did you mean 'stage'"):
        variable(*trial, "stagee")


def test_stratum_as_randomised_and_corrected_differ(trial):
    snapshot, part = trial

    as_randomised = derive_time_to_event(snapshot, part, "OS", strata="as_randomised")
    corrected = derive_time_to_event(snapshot, part, "OS", strata="corrected")

    assert as_randomised.stratum_labels == corrected.stratum_labels == ("I", "II")
    assert as_randomised.stratum.tolist() == [0, 0, 1, 0, 1]
    assert corrected.stratum.tolist() == [0, 1, 1, 0, 1]


def test_without_stratification_factors_a_stratified_analysis_is_refused():
    snapshot = built(DAY_COLUMNS + "1,CTL,5,0,9,0\n2,IMM,5,0,9,0\n", DAYS)

    with pytest.raises(DataError, match="names no stratification factor"):
        derive_time_to_event(snapshot, protocol(DAYS).protocol, "OS", strata="corrected")


def test_safety_set_is_grouped_by_the_treatment_received(trial):
    data = derive_time_to_event(*trial, "OS", set="SAF")

    assert data.subject == ("1", "2", "3", "4")
    assert data.arm.tolist() == [0, 1, 0, 0]


def test_chosen_arms_keep_the_control_first_and_nobody_else(trial):
    data = derive_time_to_event(*trial, "OS", arms=["IMM"])

    assert data.arm_labels == ("IMM",)
    assert data.subject == ("2", "4", "5")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"endpoint": "PFS"}, "no endpoint 'PFS'"),
        ({"endpoint": "OS", "arms": ["IMN"]}, "did you mean 'IMM'"),
        ({"endpoint": "OS", "set": "PP"}, "no analysis set 'PP'"),
    ],
)
def test_unknown_name_is_refused(trial, options, words):
    with pytest.raises(DataError, match=words):
        derive_time_to_event(*trial, **options)


def test_flow_counts_everybody_and_says_why_somebody_is_missing(trial):
    counts = [(c.box, c.arm, c.set, c.n, c.reasons) for c in flow_counts(*trial)]

    assert counts == [
        ("assessed", None, None, 9, ()),
        ("excluded", None, None, 2, (("declined", 2),)),
        ("randomised", None, None, 7, ()),
        ("not_in_data", None, None, 2, (("arm not reported", 2),)),
        ("allocated", "CTL", None, 2, ()),
        ("allocated", "IMM", None, 3, ()),
        ("received", "CTL", None, 2, ()),
        ("not_received", "CTL", None, 0, ()),
        ("received", "IMM", None, 1, ()),
        ("not_received", "IMM", None, 2, (("received CTL", 1), ("received neither", 1))),
        ("lost", "CTL", None, 1, ()),
        ("lost", "IMM", None, None, ()),
        ("analysed", "CTL", "ITT", 2, ()),
        ("not_analysed", "CTL", "ITT", 0, ()),
        ("analysed", "IMM", "ITT", 3, ()),
        ("not_analysed", "IMM", "ITT", 0, ()),
        ("analysed", "CTL", "ELIG", 1, ()),
        ("not_analysed", "CTL", "ELIG", 1, (("found ineligible", 1),)),
        ("analysed", "IMM", "ELIG", 3, ()),
        ("not_analysed", "IMM", "ELIG", 0, ()),
    ]


@pytest.mark.parametrize("flow", ["{randomised: 1}", "{assessed: many}", "{lost: {CTL: -1}}"])
def test_flow_that_contradicts_the_data_is_refused(flow):
    csv = DAY_COLUMNS + "1,CTL,5,0,9,0\n2,IMM,5,0,9,0\n"

    with pytest.raises(DataError) as caught:
        built(csv, DAYS + f"  flow: {flow}\n")

    assert "D074" in {f.code for f in caught.value.findings}
