"""Whole simulated trials against lrstat, rpact and simtrial: each within four combined errors."""

import json
from pathlib import Path

import pytest

from adjuvant.validation import read_cases, validate

CASES = Path(__file__).parents[1] / "reference" / "data" / "simulation.json"
QUICK = ("simulation/a01", "simulation/a13", "simulation/a19")


@pytest.mark.reference
def test_one_trial_one_group_sequential_and_one_restricted_mean_agree(tmp_path):
    cases = json.loads(CASES.read_text())
    cases["cases"] = [case for case in cases["cases"] if case["id"] in QUICK]
    (tmp_path / "few.json").write_text(json.dumps(cases))

    assert sorted(validate([tmp_path / "few.json"]).passed) == sorted(QUICK)


@pytest.mark.slow
@pytest.mark.reference
def test_every_case_agrees():
    report = validate([CASES])

    assert report.ok, report.failed
    assert len(report.passed) == len(read_cases(CASES).cases) == 20
