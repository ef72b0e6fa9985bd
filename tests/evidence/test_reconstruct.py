"""Patients rebuilt from a printed page: they print it again, and say what it leaves open."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import adjuvant
from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.evidence import (
    ensemble_spread,
    read_published,
    read_published_text,
    reconstruct,
    summary_of,
    write_reconstruction,
)
from adjuvant.survival import cox, log_rank, survival_at

STUDY = Path(adjuvant.__file__).parent / "studies" / "takayama2000" / "published.yaml"


def simulated(seed, n=60):
    rng = np.random.default_rng(seed)
    arm = np.arange(2 * n) % 2
    time = rng.exponential(1100 / np.where(arm == 1, 0.6, 1.0))
    leaving = rng.uniform(1200, 2400, 2 * n)
    return TimeToEvent(
        np.maximum(np.ceil(np.minimum(time, leaving)), 1).astype(np.int64),
        (time <= leaving).astype(np.int64),
        arm=arm,
        arm_labels=("C", "T"),
    )


@pytest.fixture(scope="module")
def reference():
    return reconstruct(read_published(STUDY), members=4, seed=1)


@pytest.mark.published
def test_members_print_every_number_of_the_reference_study(reference):
    """Held against the house's own estimators, which the search does not use."""
    assert reference.complete >= 3

    member = next(m for m in reference.members if all(m.met))
    arms = {a.label: a for a in survival_at(member.data, [1096, 1826], ci=member.scale)}
    printed = {"T": ((48, 37, 59), (38, 22, 54)), "C": ((33, 22, 43), (22, 11, 34))}
    for label, rows in printed.items():
        for k, (value, low, high) in enumerate(rows):
            at = arms[label]
            assert abs(100 * at.survival[k] - value) <= 0.5
            assert abs(100 * at.lower[k] - low) <= 0.5
            assert abs(100 * at.upper[k] - high) <= 0.5
    fit = cox(member.data)
    assert f"{fit.hazard_ratio[0]:.2f} {fit.hr_ci[0][0]:.2f} {fit.hr_ci[0][1]:.2f}" == (
        "0.59 0.40 0.88"
    )
    assert round(log_rank(member.data).p_value, 3) == 0.008
    assert [int((member.data.event[member.data.arm == a]).sum()) for a in (1, 0)] == [45, 57]


@pytest.mark.published
def test_log_and_logit_intervals_are_refused_with_what_they_cannot_print(reference):
    assert set(reference.scales) == {"log-log", "plain"}
    assert set(reference.refused) == {"log", "logit"}


def test_same_seed_gives_the_same_patients(reference):
    again = reconstruct(read_published(STUDY), members=2, seed=1)

    for a, b in zip(again.members, reference.members, strict=False):
        assert np.array_equal(a.data.time, b.data.time)
        assert np.array_equal(a.data.event, b.data.event)


@pytest.mark.property
@pytest.mark.parametrize("seed", range(6))
def test_summary_of_any_data_can_be_rebuilt(seed):
    truth = simulated(seed)

    page = read_published_text(summary_of(truth, [1, 3], ci=("log-log", "plain")[seed % 2]))
    rebuilt = reconstruct(page, members=2, seed=seed)

    assert rebuilt.complete >= 1
    ratio = float(cox(truth).hazard_ratio[0])
    assert abs(rebuilt.members[0].ratio - ratio) < 0.01


def test_spread_is_narrow_where_the_page_speaks_and_wide_where_it_is_silent(reference):
    spread = ensemble_spread(reference)

    assert spread["hazard_ratio"]["high"] - spread["hazard_ratio"]["low"] < 0.011
    assert spread["year_1"]["C"]["high"] > spread["year_1"]["C"]["low"]


def test_every_row_and_file_is_marked_synthetic(reference, tmp_path):
    out = write_reconstruction(reference, tmp_path / "out", case="takayama2000")

    rows = list(csv.DictReader((out / "member_000.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 150
    assert {r["kind"] for r in rows} == {"SYNTHETIC"}
    assert {r["arm"] for r in rows} == {"T", "C"}
    assert {r["interval"] for r in rows} <= {"log-log", "plain"}
    assert all(r["days"].isdigit() for r in rows)
    assert json.loads((out / "summary.json").read_text("utf-8"))["kind"] == "SYNTHETIC"
    assert (out / "README.txt").read_text("utf-8").startswith("SYNTHETIC")
    with pytest.raises(InvalidInput, match="left alone"):
        write_reconstruction(reference, out, case="takayama2000")


def test_folder_of_something_else_is_never_replaced(reference, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", "utf-8")

    with pytest.raises(InvalidInput, match="left alone"):
        write_reconstruction(reference, tmp_path / "mine", case="x", replace=True)

    assert (tmp_path / "mine" / "notes.txt").exists()


def test_page_without_anything_over_time_is_refused():
    text = summary_of(simulated(1), [1])
    kept = [x for x in text.splitlines() if "milestone" not in x]

    with pytest.raises(NotEnoughData, match="nothing says when"):
        reconstruct(read_published_text("\n".join(kept)), members=1)


def test_numbers_that_contradict_each_other_are_said_not_met():
    text = summary_of(simulated(2), [1, 3])
    ratio = next(x for x in text.splitlines() if "kind: hr" in x)
    value = ratio.split("value: '")[1].split("'")[0]
    text = text.replace(f"value: '{value}', ci", "value: '2.90', ci")

    rebuilt = reconstruct(read_published_text(text), members=1)

    assert rebuilt.complete == 0
    missed = [a.what for a, ok in zip(rebuilt.asked, rebuilt.members[0].met, strict=True) if not ok]
    assert any("hazard ratio" in what for what in missed)


@pytest.mark.journey
def test_command_writes_the_sets_and_prints_one_json_object(tmp_path):
    from adjuvant.cli.evidence import evidence

    out = tmp_path / "rebuilt"

    done = CliRunner().invoke(
        evidence,
        ["reconstruct", "takayama2000", "--members", "2", "--out", str(out), "--json"],
    )

    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["kind"] == "SYNTHETIC"
    assert len(answer["members"]) == 2
    assert sorted(p.name for p in out.iterdir()) == [
        "README.txt", "member_000.csv", "member_001.csv", "summary.json"
    ]  # fmt: skip


def test_number_of_threads_and_of_members_changes_no_set(monkeypatch):
    page = read_published_text(summary_of(simulated(3), [1, 3]))
    many = reconstruct(page, members=12, seed=4)
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    one = reconstruct(page, members=10, seed=4)

    for a, b in zip(one.members, many.members, strict=False):
        assert np.array_equal(a.data.time, b.data.time)
        assert np.array_equal(a.data.event, b.data.event)
