"""`adjuvant demo` and `evidence report`: from a printed page to patients, and to two pages."""

import json

import pytest
from click.testing import CliRunner

from adjuvant.cli.demo import demo
from adjuvant.cli.evidence import evidence
from adjuvant.cli.warmup import warmup


@pytest.mark.journey
def test_demo_checks_rebuilds_and_reports_both_trials(tmp_path):
    out = tmp_path / "demo"

    done = CliRunner().invoke(demo, ["--out", str(out), "--members", "2"])

    assert done.exit_code == 0, done.output
    assert "must be read as: 45 [59%]" in done.output
    assert "must be read as: 23% event-free" in done.output
    assert "That such sets exist is all" in done.output
    assert "met" in done.output
    for study in ("takayama2000", "moertel1990"):
        assert (out / study / "report.html").is_file()
        assert str(out / study / "report.html") in done.output
    page = (out / "takayama2000" / "report.html").read_text("utf-8")
    assert "SYNTHETIC" in page
    again = CliRunner().invoke(demo, ["--out", str(out), "--members", "2", "--json"])
    assert json.loads(again.stdout)["printed"]["kind"] == "SYNTHETIC"


def test_demo_leaves_a_foreign_folder_alone(tmp_path):
    (tmp_path / "demo" / "takayama2000").mkdir(parents=True)
    (tmp_path / "demo" / "takayama2000" / "mine.txt").write_text("mine", "utf-8")

    done = CliRunner().invoke(demo, ["--out", str(tmp_path / "demo")])

    assert done.exit_code == 1
    assert "holds no report" in str(done.exception)


@pytest.mark.journey
def test_report_predicts_each_number_from_the_others_when_asked(tmp_path):
    out = tmp_path / "report"
    args = ["report", "takayama2000", "--members", "2", "--held-out", "2", "--out", str(out)]

    done = CliRunner().invoke(evidence, args)

    assert done.exit_code == 0, done.output
    assert "Each number from the others" in (out / "report.html").read_text("utf-8")
    rows = (out / "tables" / "held_out.csv").read_text("utf-8").splitlines()
    assert len(rows) == 7


def test_study_without_printed_numbers_is_refused_with_a_remedy(tmp_path):
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text(
        "format: adjuvant/1\ntrial: {id: T, title: A trial}\n"
        "arms: [{id: A, label: Old, role: no_treatment_control},"
        " {id: B, label: New, role: experimental}]\n"
        "events: {death: {label: Death}}\n"
        "endpoints: [{id: OS, label: Survival, level: primary, event: [death],"
        " censor_at: last_seen}]\n"
        "analyses: [{id: K, type: kaplan_meier, endpoint: OS, set: ITT}]\n",
        "utf-8",
    )

    done = CliRunner().invoke(evidence, ["report", str(protocol), "--out", str(tmp_path / "x")])

    assert "published: FILE" in str(done.exception)


def test_warmup_says_what_it_compiled():
    answer = json.loads(CliRunner().invoke(warmup, ["--json"]).stdout)

    assert set(answer["parts"]) == {"estimators", "a report", "reconstruction", "simulation"}
