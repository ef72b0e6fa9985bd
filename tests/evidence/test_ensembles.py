"""An ensemble as data of its trial, what it says where the page is silent, and how it is pooled."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import adjuvant
from adjuvant.analysis.ensemble import run_plan_on_members
from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.evidence import (
    one_stage_members,
    read_patient_trial,
    read_published,
    write_reconstruction,
)
from adjuvant.evidence.unprinted import Band, band_of, curve_bands, unprinted
from adjuvant.report import CopyCheck, EnsembleReport, write_ensemble_report
from adjuvant.study import Study
from adjuvant.survival import cox, survival_at

FOLDER = Path(adjuvant.__file__).parent / "studies" / "takayama2000"


@pytest.fixture(scope="module")
def trial():
    return Study.open("takayama2000").rebuild(members=3, seed=1)


@pytest.fixture(scope="module")
def page():
    return read_published(FOLDER / "published.yaml")


@pytest.fixture(scope="module")
def results(trial):
    return run_plan_on_members(trial.protocol, trial.snapshots())


def test_plan_is_carried_out_where_the_page_answers_and_left_out_with_a_reason(trial):
    plan = {a.id for a in Study.open("takayama2000").protocol.analyses}

    kept = {a.id for a in trial.protocol.analyses}

    assert kept == {"A1", "A2", "A3", "A7"}
    assert kept | set(trial.left_out) == plan
    assert "155" in trial.left_out["S1"]
    assert "neither a percentage nor a ratio" in trial.left_out["A6"]


def test_every_member_is_a_synthetic_snapshot_of_the_150(trial):
    snapshots = list(trial.snapshots())

    assert [s.n for s in snapshots] == [150, 150, 150]
    assert {s.kind for s in snapshots} == {"SYNTHETIC"}


@pytest.mark.published
def test_plan_on_the_members_gives_what_is_printed(results):
    ratio = results.of("A3", "hazard_ratio", "IMM")
    assert (round(ratio.low, 2), round(ratio.high, 2)) == (0.59, 0.59)
    assert [round(v, 2) for v in ratio.pooled] == pytest.approx([0.59, 0.40, 0.88], abs=0.011)
    assert results.of("A7", "risk", "IMM").middle == 45 / 76
    assert round(100 * results.of("A1", "survival", "CTL", 1826.0).middle) == 22
    assert results.to_dict()["kind"] == "SYNTHETIC"


def test_real_rows_are_no_ensemble(trial):
    real = Study.open("moertel1990")

    with pytest.raises(InvalidInput, match="SYNTHETIC sets alone"):
        run_plan_on_members(real.protocol, [real.snapshot()])
    with pytest.raises(InvalidInput, match="at least one"):
        run_plan_on_members(trial.protocol, [])


@pytest.mark.by_hand
def test_band_is_made_of_order_statistics():
    """Of 41 values 0..40 the places are floor(1) = 1, 20, ceil(39) = 39."""
    assert band_of(list(range(41))) == Band(1.0, 20.0, 39.0)
    assert band_of([1.0, float("nan"), float("inf")]).high == float("inf")
    with pytest.raises(NotEnoughData):
        band_of([float("nan")])


def test_silent_quantities_are_those_of_the_members(trial, page):
    """Held against the house's own Kaplan-Meier estimator."""
    found = {u.name: u for u in unprinted(trial.rebuilt, page)}

    rates = [survival_at(m.data, [365])[1].survival[0] for m in trial.rebuilt.members]
    assert found["event-free at 1 year, T"].band.middle == pytest.approx(sorted(rates)[1])
    bands = curve_bands(trial.rebuilt, np.array([365]))
    assert bands["T"][:, 0].tolist() == pytest.approx(sorted(rates))
    assert found["overall survival, p"].band is None
    nobody = found["recurrence-free survival, p, had nobody died without the event"]
    assert 0.0075 <= nobody.band.low <= nobody.band.high <= 0.0085


def test_early_and_late_effect_are_cox_models_of_the_two_parts(trial, page):
    found = {u.name: u for u in unprinted(trial.rebuilt, page)}
    late = []
    for member in trial.rebuilt.members:
        d = member.data
        late.append(float(cox(d.where(np.asarray(d.time > 365))).hazard_ratio[0]))

    band = found["hazard ratio after the first year, T against C"].band

    assert band.middle == pytest.approx(sorted(late)[1])


def test_report_says_synthetic_everywhere(trial, page, results, tmp_path):
    from adjuvant.evidence import check_published

    checks = [CopyCheck("The published numbers", check_published(page))]
    copy = read_published(FOLDER / "copies" / "web_page.yaml")
    printed = {n.id: n.as_printed for n in copy.numbers}
    checks.append(CopyCheck("A web page", check_published(copy), printed))
    made = EnsembleReport(trial, page, results, checks, unprinted(trial.rebuilt, page))

    out = write_ensemble_report(made, tmp_path / "report").parent

    text = (out / "report.html").read_text("utf-8")
    assert text.count("SYNTHETIC") > 6
    assert "Recurrence - 23%" in text
    assert "23% event-free" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    for table in (out / "tables").iterdir():
        rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
        assert {r["kind"] for r in rows} == {"SYNTHETIC"}, table.name
    for member in (out / "rebuilt").glob("member_*.csv"):
        rows = list(csv.DictReader(member.read_text("utf-8").splitlines()))
        assert {r["kind"] for r in rows} == {"SYNTHETIC"}
    svg = (out / "figures" / "ensemble_SYNTHETIC.svg").read_text("utf-8")
    assert "SYNTHETIC PATIENTS" in svg
    assert json.loads((out / "results.json").read_text("utf-8"))["kind"] == "SYNTHETIC"


@pytest.mark.parametrize("copy", ["web_page", "abstract_as_indexed"])
def test_shipped_copy_has_the_fault_that_it_is_shipped_for(copy):
    from adjuvant.evidence import check_published

    page = read_published(FOLDER / "copies" / f"{copy}.yaml")

    assert set(check_published(page).codes) == {e.code for e in page.expected}


def patients(path, seed, kind=None):
    rng = np.random.default_rng(seed)
    head = "arm,days,event" + (",kind" if kind else "")
    rows = [
        f"{'CT'[i % 2]},{rng.integers(1, 900)},{rng.integers(0, 2)}" + (f",{kind}" if kind else "")
        for i in range(80)
    ]
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_two_files_of_patients_are_pooled_and_analysed_in_one_stage(tmp_path):
    a, b = patients(tmp_path / "a.csv", 1), patients(tmp_path / "b.csv", 2)
    trials = [read_patient_trial(p, endpoint="rfs") for p in (a, b)]

    found = one_stage_members(trials)

    both = TimeToEvent(
        np.concatenate([t.sets[0].time for t in trials]),
        np.concatenate([t.sets[0].event for t in trials]),
        arm=np.concatenate([t.sets[0].arm for t in trials]),
        arm_labels=("C", "T"),
        stratum=np.repeat([0, 1], 80),
    )
    assert found.log_effect == pytest.approx(float(cox(both).coef[0]))
    assert found.kind == "real"


def test_real_and_synthetic_patients_are_never_in_one_model(trial, tmp_path):
    rebuilt = write_reconstruction(trial.rebuilt, tmp_path / "sets", case="takayama2000")
    real = read_patient_trial(patients(tmp_path / "a.csv", 1), endpoint="rfs")
    ensemble = read_patient_trial(rebuilt, endpoint="rfs")

    assert len(ensemble.sets) == 3
    assert ensemble.effect().kind == "SYNTHETIC"
    within = float(cox(ensemble.sets[0]).se[0])
    assert ensemble.effect().se >= within - 1e-3
    with pytest.raises(InvalidInput, match="different kinds"):
        one_stage_members([real, ensemble])
    with pytest.raises(InvalidInput, match="twice"):
        one_stage_members([ensemble, ensemble])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("arm,days\nT,3\n", "lacks event"),
        ("arm,days,event\nX,3,1\n", "bad.csv:2: arm 'X'"),
        ("arm,days,event\nT,-3,1\n", "a time of 0 or more"),
        ("arm,days,event\nT,3,1\n", "one arm only"),
        ("arm,days,event,kind\nT,3,1,SYNTHETIC\nC,3,1,real\n", "different kinds"),
        ("arm,days,event,kind\nT,3,1,SYNTHETIC\nC,3,1,SYNTHETIC\n", "one SYNTHETIC set"),
    ],
)
def test_file_of_patients_is_refused_with_place_and_reason(text, fault, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")

    with pytest.raises(InvalidInput, match=fault):
        read_patient_trial(path, endpoint="rfs")


@pytest.mark.journey
def test_sister_trials_are_pooled_by_one_command_into_a_report(tmp_path):
    from adjuvant.cli.evidence import evidence

    out = tmp_path / "pool"

    done = CliRunner().invoke(evidence, ["pool", "sister_trials", "--out", str(out), "--json"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["report"] == str(out / "report.html")
    text = (out / "report.html").read_text("utf-8")
    assert "Two trials say next to nothing" in text
    assert {p.name for p in (out / "figures").glob("*.svg")} == {
        "forest.svg", "funnel.svg", "cumulative.svg"
    }  # fmt: skip


@pytest.mark.journey
def test_command_pools_patients_and_says_what_it_cannot(tmp_path, monkeypatch):
    from adjuvant.cli.evidence import evidence

    monkeypatch.chdir(tmp_path)
    patients(tmp_path / "a.csv", 1)
    patients(tmp_path / "b.csv", 2)

    done = CliRunner().invoke(evidence, ["pool", "a.csv", "b.csv", "--year", "a=2001"])

    assert done.exit_code == 0, done.output
    assert "one stage, stratified by trial" in done.output
    unnamed = CliRunner().invoke(evidence, ["pool", "sister_trials", "a.csv"])
    assert "--endpoint" in str(unnamed.exception)
