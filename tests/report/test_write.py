"""The report folder: whole or not at all, the same bytes each time, and nothing of others lost."""

import hashlib
import json
import re
from dataclasses import replace

import pytest

from adjuvant.core import AnalysisError, EnvironmentProblem, UsageError
from adjuvant.report.write import write_report


def test_report_holds_page_results_tables_and_figures_in_three_forms(results, report):
    names = {p.relative_to(report.parent).as_posix() for p in report.parent.rglob("*")}

    assert report.name == "report.html"
    assert {"results.json", "tables/efficacy.csv", "tables/numbers_at_risk.csv"} <= names
    assert {f"figures/kaplan_meier_A_TTR_KM.{form}" for form in ("svg", "pdf", "png")} <= names
    assert json.loads((report.parent / "results.json").read_text()) == results.to_dict()


def test_two_runs_give_the_same_bytes(results, protocol, report, tmp_path):
    folders = [report.parent, write_report(results, protocol, tmp_path / "two").parent]

    held = [
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders
    ]
    assert held[0] == held[1]


def test_manifest_holds_the_hash_of_every_file(small, protocol, tmp_path):
    folder = write_report(small, protocol, tmp_path / "out").parent

    listed = json.loads((folder / "report.json").read_text())["files"]
    found = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file() and p.name != "report.json"
    }
    assert listed == found


def test_page_needs_nothing_from_outside(report):
    text = report.read_text()

    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert "<link" not in text
    assert "<script" not in text
    assert "@import" not in text
    assert "<img" not in text
    assert not [x for x in links if not x.startswith(("#", "figures/"))]


def test_ids_in_the_page_are_unique_and_every_anchor_has_its_place(report):
    text = report.read_text()

    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert {x[1:] for x in re.findall(r'href="(#[^"]*)"', text)} <= set(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_earlier_report_is_replaced_only_when_asked(small, protocol, tmp_path):
    out = tmp_path / "out"
    write_report(small, protocol, out)

    with pytest.raises(UsageError, match="holds an earlier report; replace it"):
        write_report(small, protocol, out)
    other = replace(small, title="Another title", trial="EX2")
    write_report(other, protocol, out, replace=True)
    assert json.loads((out / "results.json").read_text())["trial"] == "EX2"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_folder_of_somebody_else_is_refused_even_with_replace(small, protocol, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")

    with pytest.raises(UsageError, match="holds no report"):
        write_report(small, protocol, out, replace=True)
    assert (out / "thesis.txt").read_text() == "years of work"


def test_file_put_beside_an_earlier_report_is_never_deleted(small, protocol, tmp_path):
    out = tmp_path / "out"
    write_report(small, protocol, out)
    (out / "notes.txt").write_text("mine")

    with pytest.raises(UsageError, match=r"holds notes\.txt, which no report wrote"):
        write_report(small, protocol, out, replace=True)
    assert (out / "notes.txt").read_text() == "mine"


def test_nothing_is_left_behind_when_the_flow_contradicts_itself(
    small, protocol, changed, tmp_path
):
    flow = small.result("F1").flow
    wrong = tuple(replace(b, n=181) if b.box == "randomised" else b for b in flow)

    with pytest.raises(AnalysisError, match=r"assessed = excluded \+ randomised: 200 is not 20"):
        write_report(changed(small, "F1", flow=wrong), protocol, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_a_part_cannot_be_written(small, protocol, tmp_path):
    def fails(path):
        raise OSError(28, "No space left on device")

    with pytest.raises(EnvironmentProblem, match="No space left on device"):
        write_report(small, protocol, tmp_path / "out", also={"snapshot": fails})
    assert list(tmp_path.iterdir()) == []
