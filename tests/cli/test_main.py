"""The command line as a newcomer meets it: help, mistakes, exit codes."""

import json

import click
import pytest
from click.testing import CliRunner

from adjuvant.cli import main as entry
from adjuvant.core import EnvironmentProblem, InvalidInput, UsageError


def ended(args, capsys):
    with pytest.raises(SystemExit) as end:
        entry.main(args)
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_help_lists_every_verb_in_the_order_of_a_trials_life(capsys):
    code, out, _ = ended(["--help"], capsys)

    assert code == 0
    places = [out.index(f"\n  {verb} ") for verb in entry.VERBS]
    assert places == sorted(places)


@pytest.mark.parametrize("verb", list(entry.VERBS))
def test_every_verb_answers_help_and_takes_json(verb, capsys):
    code, out, _ = ended([verb, "--help"], capsys)

    assert code == 0
    assert "--json" in out


def test_unknown_verb_is_answered_with_the_nearest_known(capsys):
    code, out, err = ended(["analyze"], capsys)

    assert code == 2
    assert "Did you mean 'analyse'?" in err
    assert not out


def test_unknown_option_is_a_usage_error(capsys):
    code, _, err = ended(["studies", "--wrong"], capsys)

    assert code == 2
    assert "--wrong" in err


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (UsageError("use it so"), 2),
        (InvalidInput("the file is empty"), 3),
        (EnvironmentProblem("no such program"), 4),
        (ModuleNotFoundError("No module named 'typst'", name="typst"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_ending_has_its_exit_code_and_no_traceback(raised, code, capsys, monkeypatch):
    @click.command()
    def failing() -> None:
        raise raised

    monkeypatch.setattr(entry.adjuvant, "get_command", lambda _ctx, _name: failing)

    got, out, err = ended(["studies"], capsys)

    assert got == code
    assert err.strip()
    assert "Traceback" not in err
    assert not out


def test_missing_package_names_the_command_that_installs_it(capsys, monkeypatch):
    @click.command()
    def failing() -> None:
        raise ModuleNotFoundError("No module named 'typst'", name="typst")

    monkeypatch.setattr(entry.adjuvant, "get_command", lambda _ctx, _name: failing)

    _, _, err = ended(["studies"], capsys)

    assert "pip install 'adjuvant[all]'" in err


def test_doctor_prints_one_json_object():
    from adjuvant.cli.doctor import doctor

    done = CliRunner().invoke(doctor, ["--json"])

    answer = json.loads(done.stdout)
    assert answer["schema"] == "adjuvant/doctor/1"
    assert answer["healthy"] is (done.exit_code == 0)


def test_doctor_ends_with_4_when_something_needed_is_missing(monkeypatch):
    from adjuvant.cli import doctor as room

    monkeypatch.setattr(room, "find_spec", lambda name: None if name == "numba" else object())

    done = CliRunner().invoke(room.doctor)

    assert done.exit_code == 4
    assert "pip install adjuvant" in done.output
