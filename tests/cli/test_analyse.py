"""`adjuvant analyse`, `report`, `demo`, `studies`: what a statistician types, and gets."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from adjuvant.cli.analyse import analyse
from adjuvant.cli.report import report
from adjuvant.cli.studies import studies
from adjuvant.core import InvalidInput, UsageError

TRIAL = """id,arm,months,relapse,stage
1,CTL,2.5,1,I
2,CTL,4.0,1,II
3,CTL,9.5,0,I
4,CTL,3.0,1,II
5,IMM,8.0,1,I
6,IMM,12.0,0,II
7,IMM,11.5,0,I
8,IMM,6.5,1,II
"""
COLUMNS = ["--time", "months", "--unit", "month", "--event", "relapse", "--arm", "arm",
           "--control", "CTL"]  # fmt: skip
ADTTE = """USUBJID,TRTP,PARAMCD,PARAM,AVAL,CNSR
a,P,OS,Overall Survival,10,0
b,P,OS,Overall Survival,30,1
c,X,OS,Overall Survival,20,0
d,X,OS,Overall Survival,40,1
a,P,PFS,Progression,5,0
b,P,PFS,Progression,30,1
c,X,PFS,Progression,20,1
d,X,PFS,Progression,15,0
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial.csv").write_text(TRIAL, "utf-8")
    (tmp_path / "adtte.csv").write_text(ADTTE, "utf-8")
    return tmp_path


def run(command, *args):
    return CliRunner().invoke(command, [str(a) for a in args], standalone_mode=False)


def numbers(done):
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def estimates(answer, result):
    found = next(r for r in answer["results"] if r["id"] == result)
    return {e["term"]: e["value"] for e in found["estimates"]}


@pytest.mark.by_hand
def test_csv_without_protocol_gives_its_medians_and_events(here):
    answer = numbers(run(analyse, "trial.csv", *COLUMNS, "--json"))

    # CTL: 3/4 at 2.5, 2/4 at 3.0, 1/4 at 4.0. The curve meets one half at 3.0 and leaves it at 4.0.
    # IMM: 3/4 at 6.5, 2/4 at 8.0, then flat to the last time, 12.0: the middle is 10.0.
    medians = estimates(answer, "KM")
    assert medians["median CTL"] == 3.5
    assert medians["median IMM"] == 10.0
    arms = {c["arm"]: c["events"] for c in answer["results"][0]["counts"]}
    assert arms == {"CTL": 3, "IMM": 2}


@pytest.mark.journey
def test_written_protocol_reproduces_every_number(here):
    options = ["--strata", "stage", "--at", "3,6", "--rmst", "6"]
    first = numbers(run(analyse, "trial.csv", *COLUMNS, *options, "--out", "out", "--json"))

    from_protocol = numbers(run(analyse, "out/protocol.yaml", "--json"))
    from_snapshot = numbers(run(analyse, "out/snapshot", "--json"))

    assert (here / "out" / "report.html").is_file()
    assert json.loads((here / "out/results.json").read_text("utf-8"))["schema"] == first["schema"]
    for result in (r["id"] for r in first["results"]):
        assert estimates(from_protocol, result) == estimates(first, result)
        assert estimates(from_snapshot, result) == estimates(first, result)


@pytest.mark.by_hand
def test_adam_data_are_read_as_they_stand(here):
    common = ["--arm", "TRTP", "--control", "P", "--json"]

    os = numbers(run(analyse, "adtte.csv", "--param", "OS", *common))
    pfs = numbers(run(analyse, "adtte.csv", "--param", "PFS", *common))

    assert [c["events"] for c in os["results"][0]["counts"]] == [1, 1]
    assert os["results"][0]["endpoint_label"] == "Overall Survival"
    # PFS, arm P: event at 5 of 2, then flat at one half to 30: the middle is 17.5.
    assert estimates(pfs, "KM")["median P"] == 17.5


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (["nothing-here"], UsageError, "no file, folder or shipped study 'nothing-here'"),
        (["moertel199"], UsageError, "moertel1990"),
        (["trial.csv"], UsageError, "--time COLUMN and --event COLUMN"),
        (["trial.csv", "--time", "months"], UsageError, "--event COLUMN"),
        (["trial.csv", "--time", "m", "--event", "relapse"], InvalidInput, "months"),
        (["trial.csv", "--time", "months", "--event", "stage"], InvalidInput, "coded 0/1"),
        (["moertel1990", "--time", "x"], UsageError, "belong to a data file"),
        (["adtte.csv", "--param", "XX"], InvalidInput, "found OS, PFS"),
        (["adtte.csv", "--param", "OS", "--time", "AVAL"], UsageError, "leave out --time"),
        (["trial.csv", *COLUMNS[:-1], "NONE"], InvalidInput, "found CTL, IMM"),
    ],
)
def test_mistake_is_answered_with_what_to_do_and_nothing_is_written(here, args, error, message):
    before = sorted(here.iterdir())

    done = run(analyse, *args, "--out", "out")

    assert isinstance(done.exception, error), done.exception
    assert message in str(done.exception)
    assert sorted(here.iterdir()) == before


def test_every_fault_of_a_file_is_named_in_one_run(here):
    lines = TRIAL.splitlines()
    lines[2], lines[4], lines[6] = "2,CTL,-4.0,1,II", "4,CTL,abc,1,II", "6,IMM,,0,II"
    (here / "trial.csv").write_text("\n".join(lines) + "\n", "utf-8")

    done = run(analyse, "trial.csv", *COLUMNS, "--subject", "id", "--out", "out")

    places = {(f.place.line, f.place.column) for f in done.exception.findings}
    assert places >= {(3, 3), (5, 3), (7, 3)}
    assert not (here / "out").exists()


def test_report_folder_of_somebody_else_is_left_alone(here):
    (here / "out").mkdir()
    (here / "out" / "thesis.txt").write_text("mine", "utf-8")

    done = run(analyse, "trial.csv", *COLUMNS, "--out", "out", "--replace")

    assert isinstance(done.exception, UsageError)
    assert [p.name for p in (here / "out").iterdir()] == ["thesis.txt"]


@pytest.mark.journey
def test_copied_study_is_reported_like_the_shipped_one(here):
    copied = run(studies, "moertel1990", "--out", "colon")
    assert copied.exception is None

    done = run(report, "colon/protocol.yaml", "--out", "out", "--json")

    page = Path(numbers(done)["report"]).read_text("utf-8")
    assert "0.60 (0.47–0.76)" in page
    assert "119 / 304" in page


@pytest.mark.journey
def test_death_moved_before_the_recurrence_is_refused_on_its_line(here):
    run(studies, "moertel1990", "--out", "colon")
    file = here / "colon" / "data" / "patients.csv"
    rows = file.read_text("utf-8").splitlines()
    cells = rows[1].split(",")
    cells[rows[0].split(",").index("death_days")] = "900"  # its recurrence is on day 968
    rows[1] = ",".join(cells)
    file.write_text("\n".join(rows) + "\n", "utf-8")

    done = run(analyse, "colon/protocol.yaml")

    (finding,) = [f for f in done.exception.findings if f.severity == "error"]
    assert finding.place.line == 2
    assert "968" in finding.message
    assert "900" in finding.message


def test_study_is_copied_whole_or_not_at_all(here):
    (here / "colon").mkdir()

    done = run(studies, "moertel1990", "--out", "colon")

    assert isinstance(done.exception, InvalidInput)
    assert not list((here / "colon").iterdir())
    shutil.rmtree(here / "colon")
    assert run(studies, "moertel1990", "--out", "colon").exception is None
    assert (here / "colon/data/LICENSE").is_file()
