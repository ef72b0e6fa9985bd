"""The check of proportional hazards as a line of the plan: what it tests, prints and refuses."""

import math
from collections.abc import Callable

import pytest

from adjuvant.analysis.claims import decide_claims
from adjuvant.analysis.plan import run_plan
from adjuvant.analysis.results import Result
from adjuvant.core import InvalidInput
from adjuvant.dataset import derive_time_to_event
from adjuvant.report.printing import text_of_test
from adjuvant.study import Study
from adjuvant.survival import cox, max_combo, proportional_hazards_test

from .conftest import EIGHT

One = Callable[..., Result]
LINE = "type: ph_check, endpoint: RFS, set: ITT"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.open("moertel1990")


def test_the_arm_alone_is_tested_once(one: One) -> None:
    found = one(LINE)

    assert [(t.name, t.df) for t in found.tests] == [("proportional hazards test", 1)]
    assert found.estimates == ()


def test_covariates_have_tests_of_their_own_after_the_one_of_all_terms(one: One) -> None:
    found = one(f"{LINE}, covariates: [age]")

    assert [(t.name, t.df) for t in found.tests] == [
        ("proportional hazards test", 2),
        ("proportional hazards test, term arm", 1),
        ("proportional hazards test, term age", 1),
    ]


def test_max_combo_has_a_p_and_no_chi_square(one: One) -> None:
    """Its statistic is the best of four: degrees of freedom would be an invention."""
    found = one(f"{LINE}, max_combo: true")
    test = found.tests[-1]

    assert (test.name, test.df, math.isnan(test.chi_square)) == ("MaxCombo test", 0, True)
    assert test.p == found.estimate("max_combo_z").p
    assert text_of_test(test).startswith("p")


def test_max_combo_of_three_arms_is_refused(study: Study) -> None:
    line = study.protocol.analysis("A_TTR_PH").model_copy(update={"max_combo": True})
    plan = study.protocol.model_copy(update={"analyses": (line,)})

    with pytest.raises(InvalidInput, match="MaxCombo compares two arms, here are 3"):
        run_plan(plan, study.snapshot())


def test_two_arms_of_three_and_strata_reach_the_model(study: Study) -> None:
    asked = {"max_combo": True, "arms": ("OBS", "LEV5FU"), "strata": "corrected"}
    line = study.protocol.analysis("A_TTR_PH").model_copy(update=asked)
    plan = study.protocol.model_copy(update={"analyses": (line,)})
    data = derive_time_to_event(
        study.snapshot(),
        study.protocol,
        "TTR",
        set="ITT",
        arms=["OBS", "LEV5FU"],
        competing="censor",
        strata="corrected",
    )

    found = run_plan(plan, study.snapshot()).results[0]

    held = proportional_hazards_test(cox(data), "km").global_test
    assert found.tests[0].chi_square == pytest.approx(held.chi_square, rel=1e-12)
    assert found.tests[1].p == pytest.approx(max_combo(data).p_two_sided, abs=1e-9)


def test_a_check_of_an_assumption_claims_nothing(study: Study) -> None:
    decisions = decide_claims(study.analyse(only=["A_TTR_PH"]), study.protocol)

    assert not decisions["A_TTR_PH"].allowed


def test_no_event_leaves_a_note_and_no_number(one: One) -> None:
    found = one(LINE, rows=EIGHT.replace(",yes,", ",no,"))

    assert found.tests == ()
    assert found.notes[0].startswith("Not estimable")
