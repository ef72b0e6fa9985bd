"""`adjuvant validate`: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from adjuvant.cli.main import main
from adjuvant.cli.validate import validate

CASE = {
    "id": "km/four",
    "quantity": "kaplan_meier",
    "data": "d.csv",
    "time": "time",
    "event": "event",
    "options": {"ci": "plain", "level": 0.95},
    "expected": {"groups": [{"group": {}, "survival": [0.75, 0.5, 0.25, 0]}]},
    "tolerance": {"relative": 1e-8, "absolute": 1e-12},
}
WRONG = CASE | {
    "id": "km/wrong",
    "expected": {"groups": [{"group": {}, "survival": [0.75, 0.5, 0.26, 0]}]},
}
STRANGE = CASE | {"id": "km/strange", "quantity": "win_loss"}


@pytest.fixture
def file(tmp_path):
    (tmp_path / "d.csv").write_text("time,event\n1,1\n2,1\n3,1\n4,1\n", "utf-8")

    def write(*cases):
        path = tmp_path / "cases.json"
        content = {"format": "adjuvant-reference/1", "cases": list(cases)}
        path.write_text(json.dumps(content), "utf-8")
        return str(path)

    return write


def run(*args):
    return CliRunner().invoke(validate, args)


def test_all_cases_agree_exit_0(file):
    done = run("--cases", file(CASE))

    assert done.exit_code == 0
    assert "1 passed, 0 failed, 0 unsupported" in done.stdout


def test_failure_is_named_with_field_expected_and_got_exit_1(file):
    done = run("--cases", file(CASE, WRONG))

    assert done.exit_code == 1
    assert "FAILED  km/wrong" in done.stdout
    assert "groups[0].survival[2]" in done.stdout
    assert "expected  0.26" in done.stdout
    assert "got       0.25" in done.stdout


def test_unsupported_case_is_listed_with_its_reason_exit_1(file):
    done = run("--cases", file(CASE, STRANGE))

    assert done.exit_code == 1
    assert "unsupported  km/strange: no quantity 'win_loss' is known" in done.stdout


def test_table_has_a_row_a_quantity(file):
    assert "kaplan_meier" in run("--cases", file(CASE)).stdout


def test_json_is_one_object_on_stdout(file):
    done = run("--json", "--cases", file(CASE, WRONG, STRANGE))

    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert found["schema"] == "adjuvant/validation/1"
    assert found["passed"] == ["km/four"]
    assert found["unsupported"] == ["km/strange"]
    (failure,) = found["failed"]
    assert (failure["id"], failure["field"]) == ("km/wrong", "groups[0].survival[2]")
    assert (failure["expected"], failure["got"]) == (0.26, 0.25)
    assert failure["relative_error"] == pytest.approx(0.01 / 0.26)


def test_cases_may_be_given_twice(file, tmp_path):
    first = file(CASE)
    second = tmp_path / "more.json"
    second.write_text(Path(first).read_text("utf-8").replace("km/four", "km/again"), "utf-8")

    found = json.loads(run("--json", "--cases", first, "--cases", str(second)).stdout)

    assert found["passed"] == ["km/four", "km/again"]


def test_unreadable_file_exit_3_without_traceback(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["validate", "--cases", str(tmp_path / "missing.json")])

    assert end.value.code == 3
    captured = capsys.readouterr()
    assert "cannot be read: No such file or directory" in captured.err
    assert captured.out == ""


def test_unknown_option_exit_2(capsys):
    with pytest.raises(SystemExit) as end:
        main(["validate", "--case", "x"])

    assert end.value.code == 2
