"""The snapshot: whole or not at all, and nothing in it can be changed unnoticed."""

import json

import numpy as np
import pytest
from dataset_trials import DATES, GOOD, MOERTEL, built, protocol

from adjuvant.core import SnapshotError, UsageError
from adjuvant.dataset import (
    Signature,
    build_snapshot,
    derive_time_to_event,
    open_snapshot,
    write_snapshot,
)
from adjuvant.dataset.manifest import digest, manifest_of
from adjuvant.dataset.read_csv import csv_table
from adjuvant.protocol import read_protocol, read_protocol_text

UNLOCKED = DATES + "  locked: false\n"
SIGNED = Signature("unblinded_statistician", "U", "2026-03-05T10:00:00Z", "interim look 1")


@pytest.fixture
def folder(tmp_path):
    return write_snapshot(built(GOOD), tmp_path / "snapshot")


def test_folder_holds_data_protocol_findings_and_manifest(folder):
    names = sorted(p.name for p in folder.iterdir())

    assert names == ["findings.ndjson", "manifest.json", "protocol.yaml", "subjects.json"]


def test_opened_snapshot_equals_the_one_that_was_built(folder):
    snapshot = built(GOOD)

    opened = open_snapshot(folder)

    assert opened.sha256 == snapshot.sha256
    assert opened.subjects == snapshot.subjects
    assert opened.manifest == snapshot.manifest
    assert opened.findings == snapshot.findings
    assert opened.protocol_text == snapshot.protocol_text


def test_same_data_give_the_same_bytes(tmp_path):
    one, two = built(GOOD), built(GOOD)

    write_snapshot(one, tmp_path / "one")
    write_snapshot(two, tmp_path / "two")

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_instant_given_stands_in_the_manifest_and_changes_the_hash():
    read, table = protocol(), csv_table(GOOD.encode(), "trial.csv")

    dated = build_snapshot(read, table=table, created="2026-03-05T10:00:00Z")

    assert dated.manifest.created == "2026-03-05T10:00:00Z"
    assert dated.sha256 != built(GOOD).sha256


def test_one_changed_cell_changes_the_hash():
    assert built(GOOD).sha256 != built(GOOD.replace("2020-10-27", "2020-10-28")).sha256


@pytest.mark.parametrize("name", ["subjects.json", "protocol.yaml", "findings.ndjson"])
def test_altered_file_is_named(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(SnapshotError, match=f"{name} was altered"):
        open_snapshot(folder)


@pytest.mark.parametrize("name", ["subjects.json", "protocol.yaml", "findings.ndjson"])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(SnapshotError, match=f"lacks {name}"):
        open_snapshot(folder)


def test_extra_file_is_named(folder):
    (folder / "notes.txt").write_text("x")

    with pytest.raises(SnapshotError, match=r"notes\.txt is not part of the snapshot"):
        open_snapshot(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "other"}, "expected 'adjuvant/snapshot/1'"),
        ({"kind": "synthetic"}, "is unknown"),
        ({"kind": "SYNTHETIC"}, "never analysed together"),
        ({"locked": "yes"}, "expected true or false"),
        ({"locked": False}, "not locked"),
        ({"subjects": 3}, "2 subjects, the manifest says 3"),
        ({"files": {}}, "does not list subjects.json"),
        ({"files": {"../x": "0" * 64}}, "not a file of this folder"),
        ({"surprise": 1}, "incomplete"),
        (
            {"signature": {"role": "sponsor", "name": "S", "signed_at": "t", "reason": "r"}},
            "sponsor",
        ),
    ],
)
def test_manifest_that_lies_is_refused(folder, change, words):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(SnapshotError, match=words):
        open_snapshot(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_broken_manifest_is_refused_without_a_traceback(folder, content):
    (folder / "manifest.json").write_bytes(content)

    with pytest.raises(SnapshotError):
        open_snapshot(folder)


def test_folder_without_manifest_is_no_snapshot(tmp_path):
    with pytest.raises(SnapshotError, match="not a snapshot"):
        open_snapshot(tmp_path)


def test_snapshot_is_never_overwritten(folder):
    with pytest.raises(SnapshotError, match="never overwritten"):
        write_snapshot(built(GOOD), folder)


def test_nothing_is_left_behind_when_writing_fails(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(SnapshotError, match="No space left"):
        write_snapshot(built(GOOD), tmp_path / "snapshot")
    assert list(tmp_path.iterdir()) == []


def test_true_arms_before_lock_need_the_unblinded_statistician():
    with pytest.raises(SnapshotError, match="unblinded statistician"):
        built(GOOD, UNLOCKED)


def test_true_arms_before_lock_open_with_that_persons_signature(tmp_path):
    table = csv_table(GOOD.encode(), "trial.csv")
    snapshot = build_snapshot(protocol(UNLOCKED), table=table, signature=SIGNED)

    opened = open_snapshot(write_snapshot(snapshot, tmp_path / "s"))

    assert opened.manifest.signature == SIGNED
    assert (opened.arms, opened.locked) == ("true", False)


@pytest.mark.parametrize("field", ["name", "signed_at", "reason"])
def test_signature_without_who_when_or_why_is_refused(field):
    parts = {"role": SIGNED.role, "name": "U", "signed_at": "t", "reason": "r", field: " "}

    with pytest.raises(SnapshotError, match=f"lacks {field}"):
        Signature(**parts)


def many(n=40):
    lines = [
        f"{i},{'CTL' if i % 2 else 'IMM'},2020-01-01,,,2020-02-01,2020-03-01\n" for i in range(n)
    ]
    return GOOD.splitlines(keepends=True)[0] + "".join(lines)


def test_dummy_arms_keep_the_counts_and_are_marked(tmp_path):
    table = csv_table(many().encode(), "trial.csv")
    rng = np.random.default_rng(20260305)

    snapshot = build_snapshot(protocol(UNLOCKED), table=table, arms="dummy", rng=rng)

    arms = open_snapshot(write_snapshot(snapshot, tmp_path / "s")).subjects.columns["arm"]
    assert snapshot.arms == "dummy"
    assert sorted(arms) == ["CTL"] * 20 + ["IMM"] * 20
    assert arms != tuple("CTL" if i % 2 else "IMM" for i in range(40))


def test_dummy_arms_without_a_generator_are_refused():
    with pytest.raises(UsageError, match="rng"):
        build_snapshot(
            protocol(UNLOCKED), table=csv_table(GOOD.encode(), "trial.csv"), arms="dummy"
        )


def test_synthetic_patients_carry_the_word_in_every_row_and_in_the_manifest(tmp_path):
    snapshot = built(GOOD, DATES + "  kind: SYNTHETIC\n")

    opened = open_snapshot(write_snapshot(snapshot, tmp_path / "s"))

    assert opened.kind == "SYNTHETIC"
    assert opened.subjects.columns["kind"] == ("SYNTHETIC", "SYNTHETIC")


def test_hashes_of_manifest_are_those_of_the_files(folder):
    manifest = manifest_of((folder / "manifest.json").read_bytes())

    assert manifest.files == {n: digest((folder / n).read_bytes()) for n in manifest.files}
    assert manifest.made_by.startswith("adjuvant ")


@pytest.mark.journey
def test_analysis_from_the_snapshot_equals_the_one_from_the_file_bit_for_bit(tmp_path):
    read = read_protocol(MOERTEL)
    snapshot = build_snapshot(read)
    opened = open_snapshot(write_snapshot(snapshot, tmp_path / "s"))
    again = read_protocol_text(opened.protocol_text, "protocol.yaml")

    for endpoint in ("TTR", "OS", "RFS"):
        one = derive_time_to_event(snapshot, read.protocol, endpoint, strata="corrected")
        two = derive_time_to_event(opened, again.protocol, endpoint, strata="corrected")
        for name in ("time", "event", "arm", "stratum"):
            a, b = getattr(one, name), getattr(two, name)
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes()
        assert one.source == two.source
        assert one.stratum_labels == two.stratum_labels


def test_manifest_names_the_column_and_number_that_each_cell_came_from():
    snapshot = build_snapshot(read_protocol(MOERTEL))

    assert snapshot.manifest.stored_in["event.recurrence.time"] == ("recurrence_days", 13)
    assert list(snapshot.manifest.data) == ["patients.csv"]
    assert str(snapshot.canonical.place(0, "event.recurrence.time")) == "patients.csv:2:13"
