"""The command line as a newcomer meets it: help, mistakes, exit codes."""

import json
import os
import subprocess
import sys

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
        (OSError(28, "No space left on device"), 4),
        (PermissionError(13, "Permission denied", "report"), 4),
        (RuntimeError("cannot cache function: no locator available for file"), 4),
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


def process(*args, **options):
    line = "from adjuvant.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", line, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        **options,
    )  # fmt: skip


@pytest.mark.parametrize("args", [["--help"], ["studies"], ["check", "moertel1990"]])
def test_reader_of_a_pipe_may_leave(args):
    """`adjuvant ... | head -1` under `set -o pipefail` is no failure."""
    begun = process(*args)
    begun.stdout.close()

    with begun.stderr as stderr:
        err = stderr.read()

    assert begun.wait() == 0
    assert not err


def test_full_disk_behind_stdout_is_the_environment_and_no_traceback():
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        line = "from adjuvant.cli.main import main; main(['studies', '--json'])"
        done = subprocess.run(
            [sys.executable, "-c", line], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert done.returncode == 4
    assert done.stderr.startswith("No space left on device; ")


def test_no_color_is_obeyed_on_a_terminal(tmp_path, capsys, monkeypatch):
    broken = tmp_path / "broken.yaml"
    broken.write_text("x", "utf-8")
    monkeypatch.setattr("click._compat.isatty", lambda _stream: True)
    monkeypatch.setenv("NO_COLOR", "1")

    _, out, _ = ended(["check", str(broken)], capsys)

    assert "error P010" in out
    assert "\x1b[" not in out
