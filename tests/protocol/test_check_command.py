"""`adjuvant check`, as a user calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from adjuvant.cli.check import check
from adjuvant.core import ProtocolError

BASE = (Path(__file__).parent / "base.yaml").read_text("utf-8")


def run(*args: str):
    return CliRunner().invoke(check, args)


@pytest.mark.journey
def test_a_faulty_file_ends_with_1_and_shows_line_caret_and_hint(tmp_path):
    file = tmp_path / "protocol.yaml"
    file.write_text(BASE.replace("type: rmst", "type: rmts"), "utf-8")

    ended = run(str(file))

    assert ended.exit_code == 1
    assert "protocol.yaml:37:24: error P015: type is 'rmts'" in ended.output
    assert "hint: did you mean 'rmst'?" in ended.output
    assert "1 error, 0 warnings, 0 notes" in ended.output


@pytest.mark.journey
def test_json_is_one_object_with_its_schema(tmp_path):
    file = tmp_path / "protocol.yaml"
    file.write_text(BASE.replace(", tau: 5 y", ""), "utf-8")

    ended = run(str(file), "--json")

    found = json.loads(ended.stdout)
    assert ended.exit_code == 1
    assert (found["schema"], found["errors"]) == ("adjuvant/check/1", 1)
    assert found["findings"][0]["code"] == "P050"
    assert found["findings"][0]["field"] == "analyses.A_RMST"


def test_a_shipped_study_is_checked_by_its_name():
    assert run("moertel1990").exit_code == 0


def test_strict_turns_an_unconfirmed_choice_into_an_error():
    ended = run("moertel1990", "--strict")

    assert ended.exit_code == 1
    assert "error P070: our choice, confirmed by nobody" in ended.output


def test_a_confirmed_choice_passes_strict(tmp_path):
    file = tmp_path / "protocol.yaml"
    who = "{by: A. Statistician, on: 2026-01-05}"
    status = f"status: {{value: draft, from: our_choice, confirmed: {who}}}"
    file.write_text(BASE.replace("status: draft", status), "utf-8")

    assert "P070" not in run(str(file), "--strict").output


def test_a_missing_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert isinstance(run().exception, ProtocolError)
    assert "adjuvant new NAME" in str(run().exception)
