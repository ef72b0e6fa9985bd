import pytest
from click.testing import CliRunner

from adjuvant.cli.new import new
from adjuvant.core import EnvironmentProblem, InvalidInput, UsageError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    return CliRunner().invoke(new, list(args), standalone_mode=False)


def test_new_trial_has_a_protocol_with_its_own_id_that_checks_clean(here):
    from adjuvant.protocol import check_protocol

    done = run("my-trial")

    assert done.exception is None
    text = (here / "my-trial" / "protocol.yaml").read_text("utf-8")
    assert "id: MY-TRIAL" in text
    assert not [f for f in check_protocol(here / "my-trial/protocol.yaml") if f.severity == "error"]


def test_existing_folder_is_left_alone(here):
    (here / "my-trial").mkdir()

    done = run("my-trial")

    assert isinstance(done.exception, InvalidInput)
    assert not list((here / "my-trial").iterdir())


@pytest.mark.parametrize("name", ["1trial", "my trial", ".hidden", "x" * 65])
def test_name_that_cannot_be_a_trial_is_refused(here, name):
    done = run(name)

    assert isinstance(done.exception, UsageError)
    assert not list(here.iterdir())


def test_unknown_template_names_the_known(here):
    done = run("t", "--template", "nothing")

    assert isinstance(done.exception, UsageError)
    assert "adjuvant-drug" in str(done.exception)


def test_missing_parent_folder_is_named(here):
    done = run("no/where")

    assert isinstance(done.exception, InvalidInput)
    assert "does not exist; make it first" in str(done.exception)


def test_disk_that_cannot_be_written_leaves_nothing_and_is_said(here, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)

    done = run("my-trial")

    assert isinstance(done.exception, EnvironmentProblem)
    assert "my-trial cannot be written: No space left on device" in str(done.exception)
    assert not list(here.iterdir())
