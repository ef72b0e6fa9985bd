"""The plan by hand: eight patients, a death before the first imaging in each arm."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from adjuvant.analysis import run_plan
from adjuvant.analysis.results import Result, Results
from adjuvant.core import InvalidInput, UsageError
from adjuvant.dataset import build_snapshot, six_patients, six_patients_read

from .conftest import EIGHT, Run

One = Callable[..., Result]


@pytest.mark.by_hand
def test_deaths_compete_in_the_cumulative_incidence(one: One) -> None:
    found = one("type: cumulative_incidence, endpoint: TTR, set: ITT, at: [365 d]")

    held = {e.term: e.value for e in found.estimates}
    assert held == pytest.approx(
        {
            "cumulative_incidence recurrence CTL at day 365": 0.5,
            "cumulative_incidence death CTL at day 365": 0.25,
            "cumulative_incidence recurrence IMM at day 365": 0.25,
            "cumulative_incidence death IMM at day 365": 0.25,
        }
    )
    assert [(c.arm, c.events, c.competing) for c in found.counts] == [("CTL", 2, 1), ("IMM", 1, 1)]


@pytest.mark.by_hand
def test_one_minus_kaplan_meier_is_larger_and_carries_a_warning(one: One) -> None:
    found = one("type: kaplan_meier, endpoint: TTR, set: ITT, competing: censor, at: [365 d]")

    assert 1 - found.estimate("survival", "IMM").value == pytest.approx(1 / 3)
    assert 1 - found.estimate("survival", "CTL").value == pytest.approx(0.625)
    assert "overstates" in found.notes[0]


@pytest.mark.by_hand
def test_hazard_ratios_and_log_rank_tests_of_the_story(one: One) -> None:
    ttr = one("type: cox, endpoint: TTR, set: ITT, competing: censor, test: log_rank")
    rfs = one("type: cox, endpoint: RFS, set: ITT, test: log_rank, report: risk_reduction")

    assert ttr.estimate("hazard_ratio").value == pytest.approx(0.474445, abs=5e-7)
    assert ttr.tests[0].chi_square == pytest.approx(0.3801722, abs=5e-8)
    assert rfs.estimate("hazard_ratio").value == pytest.approx(0.648238, abs=5e-7)
    assert rfs.tests[0].chi_square == pytest.approx(0.2262436, abs=5e-8)
    assert rfs.estimate("hazard_reduction").value == pytest.approx(1 - 0.648238, abs=5e-7)


def test_limits_of_a_reduction_are_those_of_the_ratio_turned_round(one: One) -> None:
    found = one("type: cox, endpoint: RFS, set: ITT, report: risk_reduction")

    ratio, reduction = found.estimate("hazard_ratio"), found.estimate("hazard_reduction")
    assert (reduction.lower, reduction.upper) == (1 - ratio.upper, 1 - ratio.lower)


def test_few_events_are_pointed_out(one: One) -> None:
    found = one("type: cox, endpoint: RFS, set: ITT")

    assert any("Only 5 events for 1 term" in note for note in found.notes)


def test_a_horizon_beyond_the_follow_up_gives_a_note_and_no_number(one: One) -> None:
    found = one("type: rmst, endpoint: RFS, set: ITT, tau: 5 y")

    assert found.estimates == ()
    assert found.n == 8
    assert "beyond the follow-up" in found.notes[0]


def test_a_milestone_beyond_the_follow_up_gives_a_note_and_no_number(one: One) -> None:
    found = one("type: kaplan_meier, endpoint: RFS, set: ITT, at: [200 d, 2 y]")

    assert {e.at for e in found.estimates if e.measure == "survival"} == {200.0}
    assert sum("day 731" in note for note in found.notes) == 2


def test_an_arm_without_events_has_no_hazard_ratio_and_says_so(one: One) -> None:
    rows = EIGHT.replace("1,IMM,60,no,60,yes", "1,IMM,60,no,60,no")
    rows = rows.replace("2,IMM,120,yes", "2,IMM,120,no")

    found = one("type: cox, endpoint: RFS, set: ITT, test: wald", rows=rows)

    assert found.estimates == ()
    assert found.tests == ()
    assert any("No finite estimate for arm=IMM" in note for note in found.notes)


def test_no_event_at_all_gives_a_note_and_no_number(one: One) -> None:
    rows = EIGHT.replace(",yes,", ",no,")

    found = one("type: log_rank, endpoint: RFS, set: ITT", rows=rows)

    assert found.tests == ()
    assert found.notes[0].startswith("Not estimable: no event")


def test_the_python_of_a_line_that_has_no_answer_is_there_all_the_same(one: One) -> None:
    found = one("type: rmst, endpoint: RFS, set: ITT, tau: 5 y")

    assert "only=" in found.python


def test_covariates_cost_the_patients_without_a_value_and_say_how_many(one: One) -> None:
    found = one("type: cox, endpoint: RFS, set: ITT, covariates: [grade, age]")

    assert (found.n, sum(c.n for c in found.counts)) == (7, 7)
    assert any(note.startswith("1 patient without a value of grade") for note in found.notes)
    terms = [e.term for e in found.estimates]
    assert terms == [
        "hazard_ratio IMM v CTL",
        "hazard_ratio grade=high",
        "hazard_ratio age",
    ]


def test_the_plan_s_strata_stratify_the_test_and_are_named(one: One) -> None:
    found = one("type: log_rank, endpoint: RFS, set: ITT, strata: as_randomised")

    assert found.tests[0].name == "stratified log-rank test (within strata of stage)"
    assert found.tests[0].strata == ("stage",)


def test_a_stratified_test_without_strata_is_refused(one: One) -> None:
    with pytest.raises(InvalidInput, match="add `strata: as_randomised`"):
        one("type: cox, endpoint: RFS, set: ITT, test: stratified_log_rank")


def test_a_set_restricts_who_is_analysed(one: One) -> None:
    found = one("type: kaplan_meier, endpoint: RFS, set: OLD")

    assert (found.n, found.set_label) == (4, "Sixty or over")


@pytest.mark.by_hand
def test_a_proportion_counts_the_event_itself_not_the_first_of_several(one: One) -> None:
    found = one("type: proportion, of: recurrence, set: ITT")

    assert [(c.arm, c.events, c.n) for c in found.counts] == [("CTL", 2, 4), ("IMM", 1, 4)]
    assert found.estimate("risk_difference").value == pytest.approx(-0.25)
    assert found.estimate("risk_ratio").value == pytest.approx(0.5)


def test_a_proportion_of_an_unknown_event_is_refused(one: One) -> None:
    with pytest.raises(InvalidInput, match="P033"):
        one("type: proportion, of: metastasis, set: ITT")


def test_only_chosen_lines_are_carried_out() -> None:
    protocol = six_patients()[1]
    snapshot = build_snapshot(six_patients_read(), table=six_patients()[0])

    found = run_plan(protocol, snapshot, only=["K3"])

    assert [r.id for r in found.results] == ["K3"]
    with pytest.raises(UsageError, match="no analysis 'K9'"):
        run_plan(protocol, snapshot, only=["K9"])


def test_synthetic_patients_are_marked_on_the_results(run: Run) -> None:
    found = run(kind="SYNTHETIC")

    assert found.synthetic
    assert found.notes[0].startswith("SYNTHETIC")


def test_dummy_arms_are_marked_on_the_results() -> None:
    read = six_patients_read()
    snapshot = build_snapshot(
        read, table=six_patients()[0], arms="dummy", rng=np.random.default_rng(20260305)
    )

    found = run_plan(read.protocol, snapshot)

    assert found.dummy_arms
    assert "no comparison of them is real" in found.notes[0]


def test_the_risk_table_adds_up_to_the_arm_at_every_tick(one: One) -> None:
    found = one("type: kaplan_meier, endpoint: RFS, set: ITT")

    for curve in found.curves:
        columns = (curve.at_risk, curve.cumulative_censored, curve.cumulative_events)
        assert {sum(row) for row in zip(*columns, strict=True)} == {4}
        assert curve.at_risk_times[0] == 0


def test_ids_terms_and_types_are_unique_within_their_result(run: Run) -> None:
    found: Results = run(
        "id: A, type: follow_up, endpoint: RFS, set: ITT",
        "id: B, type: milestone, endpoint: RFS, set: ITT, at: [100 d, 200 d]",
        "id: C, type: rmst, endpoint: RFS, set: ITT, tau: 300 d",
    )

    for result in found.results:
        terms = [e.term for e in result.estimates]
        assert len(set(terms)) == len(terms)
    assert not any(math.isnan(e.value) for e in found.result("C").estimates)


def test_a_curve_that_leaves_deaths_implied_is_refused_before_anything_runs(one: One) -> None:
    with pytest.raises(InvalidInput, match="competing"):
        one("type: kaplan_meier, endpoint: TTR, set: ITT")


@pytest.mark.parametrize(
    "line",
    [
        "type: rmst, endpoint: RFS, set: ITT, tau: 300 d, strata: as_randomised",
        "type: milestone, endpoint: RFS, set: ITT, at: [200 d], strata: as_randomised",
        "type: subgroups, endpoint: RFS, set: ITT, by: [stage], covariates: [age]",
    ],
)
def test_a_key_that_would_not_be_obeyed_is_refused(one: One, line: str) -> None:
    with pytest.raises(InvalidInput, match=r"takes no (strata|covariates)"):
        one(line)


def test_recorded_factors_that_stand_in_for_those_at_randomisation_are_named(one: One) -> None:
    found = one("type: log_rank, endpoint: RFS, set: ITT, strata: as_randomised")

    assert any("do not hold stage as used at randomisation" in note for note in found.notes)


def test_a_hazard_ratio_beside_an_interaction_says_where_it_holds(one: One) -> None:
    found = one(
        "type: cox, endpoint: RFS, set: ITT, covariates: [stage], interactions: [[arm, stage]]"
    )

    assert any("at the first level of each" in note for note in found.notes)


def test_the_limits_of_an_incidence_follow_the_scale_of_the_plan(one: One) -> None:
    line = "type: cumulative_incidence, endpoint: TTR, set: ITT, at: [365 d], ci: {}"
    log, plain = one(line.format("log")), one(line.format("plain"))

    a, b = log.estimate("cumulative_incidence"), plain.estimate("cumulative_incidence")
    assert a.value == b.value
    assert a.lower != b.lower
    assert "plain scale" in plain.convention


def test_warnings_of_the_snapshot_stand_on_the_results(run: Run) -> None:
    rows = "".join(line for line in EIGHT.splitlines(keepends=True) if ",IMM," not in line)

    found = run(rows=rows)

    assert any(note == "D025: no subject is in arm IMM" for note in found.notes)
    assert found.result("MAIN").notes[0].startswith("Not estimable")


def test_whoever_received_no_arm_s_treatment_is_counted(run: Run) -> None:
    rows = EIGHT.replace("I,low,IMM", "I,low,CTL").replace("II,,IMM", "II,,")

    found = run("id: X, type: kaplan_meier, endpoint: RFS, set: SAF", rows=rows).result("X")

    assert [(c.arm, c.n) for c in found.counts] == [("CTL", 6), ("IMM", 1)]
    assert "Of this set 1 patient received no arm's treatment." in found.notes
