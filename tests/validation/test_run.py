"""What becomes of a case: it agrees, it is named with what is wrong, or it is unsupported."""

import gzip
import json
import math
from importlib.resources import files

import pytest

from adjuvant.core import CaseError, NotConverged
from adjuvant.validation import run, shipped_cases, validate

CSV = "time,event,arm,x\n1,1,a,1\n2,1,b,2\n3,1,a,2\n4,1,b,5\n"
# Four events, no censoring: S = 3/4, 1/2, 1/4, 0.
SURVIVAL = [0.75, 0.5, 0.25, 0]
CASE = {
    "id": "km/four",
    "quantity": "kaplan_meier",
    "data": "d.csv",
    "time": "time",
    "event": "event",
    "options": {"ci": "plain", "level": 0.95},
    "expected": {"groups": [{"group": {}, "survival": SURVIVAL}]},
    "tolerance": {"relative": 1e-8, "absolute": 1e-12},
}
COX = {
    **CASE,
    "id": "cox",
    "quantity": "cox",
    "covariates": [{"name": "x", "kind": "numeric"}],
    "options": {"ties": "efron", "robust": False, "level": 0.95},
}


def report(folder, *cases, csv=CSV):
    (folder / "d.csv").write_text(csv, "utf-8")
    path = folder / "cases.json"
    content = {"format": "adjuvant-reference/1", "cases": list(cases)}
    path.write_text(json.dumps(content), "utf-8")
    return validate([path])


def but(**changes):
    return {**CASE, **changes}


def test_case_that_agrees_passes(tmp_path):
    found = report(tmp_path, CASE)

    assert found.passed == ("km/four",)
    assert found.ok


def test_wrong_expected_value_is_found_and_named(tmp_path):
    wrong = {"groups": [{"group": {}, "survival": [0.75, 0.5, 0.2500001, 0]}]}

    found = report(tmp_path, CASE, but(id="wrong", expected=wrong))

    (failure,) = found.failed
    assert found.passed == ("km/four",)
    assert (failure.id, failure.field) == ("wrong", "groups[0].survival[2]")
    assert (failure.expected, failure.got) == (0.2500001, 0.25)
    assert failure.relative_error == pytest.approx(4e-7, rel=1e-5)
    assert not found.ok


def test_case_that_raises_fails_with_class_and_message(tmp_path):
    found = report(tmp_path, but(where={"arm": "c"}), CASE | {"id": "next"})

    (failure,) = found.failed
    assert failure.field == "error"
    assert failure.got.startswith("NotEnoughData: ")
    assert found.passed == ("next",)


def test_data_that_are_no_numbers_fail_their_case_only(tmp_path):
    found = report(tmp_path, but(event="arm"), CASE | {"id": "next"})

    assert found.failed[0].got == (
        "CaseError: d.csv: column 'arm' must hold numbers; row 1 holds 'a' "
        "(a missing value is an empty field)"
    )
    assert found.passed == ("next",)


def test_impossible_analysis_must_be_refused_by_name(tmp_path):
    impossible = {"expected": {"error": True}}

    found = report(
        tmp_path, but(id="refused", where={"arm": "c"}, **impossible), but(id="done", **impossible)
    )

    assert found.passed == ("refused",)
    assert (found.failed[0].id, found.failed[0].expected) == ("done", True)


def test_error_in_the_case_is_no_refusal_of_the_analysis(tmp_path):
    found = report(tmp_path, but(event="arm", expected={"error": True}))

    assert not found.passed


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (but(quantity="win_loss"), "no quantity 'win_loss' is known"),
        (but(strata=["arm"]), "kaplan_meier uses no strata"),
        (but(options={"ci": "plain", "bands": True}), "kaplan_meier has no option 'bands'"),
        (COX | {"options": {"ties": "average"}}, "cox: ties may be 'efron', 'breslow', 'exact'"),
    ],
)
def test_what_no_function_computes_is_unsupported_and_says_why(tmp_path, case, why):
    found = report(tmp_path, case)

    (reason,) = found.unsupported.values()
    assert why in reason
    assert not found.ok


def test_function_that_is_not_there_makes_its_cases_unsupported(tmp_path, monkeypatch):
    def absent(room, name):
        raise run.Unsupported(f"adjuvant.{room} has no {name!r}")

    monkeypatch.setattr("adjuvant.validation.survival_curves.public", absent)

    assert report(tmp_path, CASE).unsupported == {
        "km/four": "adjuvant.survival has no 'kaplan_meier'"
    }


def test_diverged_fit_is_held_to_what_it_determines(tmp_path):
    """Deaths in the order of x: the likelihood rises for ever, to 0; the score is finite."""
    csv = "time,event,x\n1,1,4\n2,1,3\n3,1,2\n4,1,1\n"
    expected = {"converged": False, "log_likelihood": [-math.log(24), 0.0], "coef": [99.0]}
    loose = {"relative": 1e-7, "absolute": 1e-7}

    found = report(tmp_path, COX | {"expected": expected, "tolerance": loose}, csv=csv)

    assert found.failed == ()
    assert found.passed == ("cox",)


def test_fit_that_converges_is_no_diverged_fit(tmp_path):
    csv = "time,event,x\n1,1,3\n2,1,1\n3,1,4\n4,1,2\n"

    found = report(tmp_path, COX | {"expected": {"converged": False}}, csv=csv)

    assert found.failed[0].field == "converged"


def test_refusal_for_want_of_convergence_answers_a_case_that_asks_no_number(tmp_path, monkeypatch):
    def refuse(*_):
        raise NotConverged("did not reach its maximum")

    monkeypatch.setattr(run, "compute", refuse)
    bare = COX | {"expected": {"converged": False, "terms": ["x"]}}
    more = COX | {"id": "score", "expected": {"converged": False, "score": {"df": 1}}}

    found = report(tmp_path, bare, more)

    assert found.passed == ("cox",)
    assert [failure.id for failure in found.failed] == ["score"]


def test_numpy_warning_fails_its_case(tmp_path, monkeypatch):
    import numpy as np

    monkeypatch.setattr(run, "compute", lambda *_: {"x": np.float64(1) / np.float64(0)})

    failure = report(tmp_path, CASE).failed[0]

    assert failure.got == "RuntimeWarning: divide by zero encountered in scalar divide"


def test_summary_counts_by_quantity(tmp_path):
    wrong = but(id="wrong", expected={"groups": [{"group": {}, "survival": [1, 1, 1, 1]}]})

    found = report(tmp_path, CASE, wrong, but(id="odd", strata=["arm"]))

    (summary,) = found.quantities
    assert (summary.cases, summary.agree, summary.failed, summary.unsupported) == (3, 1, 1, 1)
    assert summary.largest_relative_error == 1.0


def test_report_is_one_json_object_without_nan(tmp_path):
    zero = but(id="zero", expected={"groups": [{"group": {}, "survival": [0, 0.5, 0.25, 0]}]})

    found = json.loads(json.dumps(report(tmp_path, CASE, zero).to_dict(), allow_nan=False))

    assert found["schema"] == "adjuvant/validation/1"
    assert found["passed"] == ["km/four"]
    assert found["failed"][0]["relative_error"] == "Infinity"
    assert found["unsupported"] == []


def test_progress_counts_every_case(tmp_path):
    report(tmp_path, CASE, CASE | {"id": "2"})
    seen = []

    validate([tmp_path / "cases.json"], progress=lambda done, total: seen.append((done, total)))

    assert seen == [(1, 2), (2, 2)]


def test_unreadable_file_stops_before_any_case_is_run(tmp_path):
    report(tmp_path, CASE)

    with pytest.raises(CaseError):
        validate([tmp_path / "cases.json", tmp_path / "missing.json"])


def test_shipped_cases_come_with_data_and_licence():
    folder = files("adjuvant.validation") / "cases"
    (file,) = shipped_cases()
    cases = json.loads(gzip.decompress(file.read_bytes()))["cases"]

    assert len(cases) == 427
    assert all((folder / case["data"]).is_file() for case in cases if case["data"])
    assert "LGPL" in (folder / "LICENSE.survival").read_text("utf-8")


@pytest.mark.reference
def test_every_shipped_case_agrees():
    """The user's operational qualification: this installation computes what R computes."""
    found = validate()

    assert found.failed == ()
    assert found.unsupported == {}
    assert len(found.passed) == 427
