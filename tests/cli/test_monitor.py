"""`adjuvant monitor`: what a statistician types at an interim look, and what is refused."""

import json

import pytest
from click.testing import CliRunner
from monitored_trial import CUT_OFF, PROTOCOL, trial

from adjuvant.cli.monitor import monitor
from adjuvant.core import SnapshotError, UsageError
from adjuvant.dataset import write_snapshot


def run(*args: str):
    done = CliRunner().invoke(monitor, list(args))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshots")
    write_snapshot(trial("true")[0], folder / "true")
    write_snapshot(trial("dummy", signed=False)[0], folder / "dummy")
    return folder


@pytest.mark.published
def test_story_11_is_typed_in_one_line():
    first = json.loads(run("--looks", "54,81,107", "--events", "46", "--json").stdout)
    text = run("--looks", "54,81,107", "--events", "46,81,98", "--final").output

    assert [round(z, 4) for z in first["bounds"]["critical_values"]] == [3.2251, 2.3346, 2.0147]
    assert "1.9959" in text
    assert "0.02500" in text


@pytest.mark.journey
def test_a_snapshot_without_true_arms_gives_bounds_forecast_and_late_entries(snapshots):
    found = run(str(snapshots / "dummy"), "--cut-off", CUT_OFF, "--json").output

    told = json.loads(found)
    assert told["counted"]["cut_off"] == CUT_OFF
    assert told["bounds"]["events"][0] == told["counted"]["events"]
    assert [one["events"] for one in told["forecast"]] == [54, 81, 107]
    assert told["counted"]["late"]
    assert "closed" not in told
    assert "conditional" not in found


@pytest.mark.journey
def test_conditional_power_is_refused_without_true_arms(snapshots):
    with pytest.raises(SnapshotError, match="dummy ones"):
        run(str(snapshots / "dummy"), "--cut-off", CUT_OFF, "--closed")
    with pytest.raises(UsageError, match="counts without arms give bounds alone"):
        run("--looks", "54,81,107", "--events", "46", "--closed")


@pytest.mark.journey
def test_the_closed_report_keeps_its_key_apart(snapshots, tmp_path):
    key = tmp_path / "key.json"

    text = run(str(snapshots / "true"), "--cut-off", CUT_OFF, "--closed", "--key", str(key)).output

    assert "CLOSED REPORT" in text
    assert "conditional power, planned effect" in text
    assert "CTL" not in text
    assert "EXP" not in text
    assert sorted(json.loads(key.read_text()).values()) == ["CTL", "EXP"]
    with pytest.raises(UsageError, match="exists already"):
        run(str(snapshots / "true"), "--cut-off", CUT_OFF, "--closed", "--key", str(key))


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "name a snapshot or a protocol"),
        (("--looks", "54,107"), "--events 46"),
        (("--looks", "54,107", "--events", "46", "--cut-off", "2027-01-01"), "is for a snapshot"),
        (("--looks", "54,107", "--events", "46", "--key", "k"), "belongs to --closed"),
        (("adjuvant-drug", "--looks", "54,107", "--events", "46"), "the protocol says this itself"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_what_to_do(args, words):
    with pytest.raises(UsageError) as refused:
        run(*args)

    assert words in str(refused.value)


@pytest.mark.journey
def test_a_protocol_with_counts_gives_the_bounds_of_its_design(tmp_path):
    file = tmp_path / "protocol.yaml"
    file.write_text(PROTOCOL.split("data:")[0], "utf-8")

    told = json.loads(run(str(file), "--events", "46", "--json").stdout)

    assert round(told["bounds"]["critical_values"][0], 4) == 3.2251
    assert told["forecast"] == []
