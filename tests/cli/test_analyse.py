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
    (tmp_path / "book.xlsx").write_bytes(b"PK")
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
        (["trial.csv", *COLUMNS, "--rmst", "nan"], UsageError, "the horizon is a time above 0"),
        (["trial.csv", *COLUMNS, "--at", "inf"], UsageError, "a milestone is a time of 0 or later"),
        (["trial.csv", *COLUMNS, "--level", "nan"], UsageError, "such as 0.95"),
        (
            ["trial.csv", *COLUMNS, "--strata", "arm"],
            UsageError,
            "'arm' is given as strata and arm",
        ),
        (["trial.csv", *COLUMNS, "--strata", "stage,stage"], UsageError, "as strata twice"),
        (["trial.csv", *COLUMNS, "--covariates", "relapse"], UsageError, "covariates and event"),
        (["book.xlsx", *COLUMNS], UsageError, "save it as CSV UTF-8"),
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


def odd_trial(here, text):
    (here / "odd.csv").write_text(text, "utf-8")
    return ["odd.csv", *COLUMNS, "--json"]


def test_value_with_a_space_behind_it_is_no_arm_of_its_own(here):
    """Once `CTL ` was a second control, empty, beside the real one."""
    answer = numbers(run(analyse, *odd_trial(here, TRIAL.replace("CTL,2.5", "CTL ,2.5"))))

    assert [(a["arm"], a["n"]) for a in answer["arms"]] == [("CTL", 4), ("IMM", 4)]


@pytest.mark.parametrize("column", ["arm", "stage"])
def test_a_word_for_missing_is_no_arm_and_no_stratum(here, column):
    old, new = ("1,CTL", "1,NA") if column == "arm" else ("1,I\n", "1,NA\n")

    done = run(analyse, *odd_trial(here, TRIAL.replace(old, new, 1)), "--strata", "stage")

    assert isinstance(done.exception, InvalidInput)
    assert "odd.csv:2" in str(done.exception)


def test_trial_without_an_event_is_answered_and_reported(here):
    """The event column then holds zeros alone; what a 1 would mean is known all the same."""
    text = "\n".join(line.replace(",1,", ",0,") for line in TRIAL.splitlines()[1:])

    done = run(analyse, *odd_trial(here, TRIAL.splitlines()[0] + "\n" + text), "--out", "out")

    answer = numbers(done)
    cox = next(r for r in answer["results"] if r["id"] == "COX")
    assert "no event among 8 rows" in cox["notes"][0]
    assert (here / "out" / "report.html").is_file()


def test_indicator_and_arm_written_as_decimals_are_what_they_mean(here):
    """A program that knows NaN writes 1 as 1.0."""
    text = TRIAL.replace("CTL", "0.0").replace("IMM", "1.0").replace(",1,", ",1.0,")
    columns = [*COLUMNS[:-1], "0"]
    (here / "odd.csv").write_text(text.replace(",0,", ",0.0,"), "utf-8")

    answer = numbers(run(analyse, "odd.csv", *columns, "--json"))

    assert [c["events"] for c in answer["results"][0]["counts"]] == [3, 2]


def test_every_time_of_zero_is_drawn_without_a_warning(here):
    rows = [line.split(",") for line in TRIAL.splitlines()]
    text = "\n".join(",".join([*r[:2], "0" if n else r[2], *r[3:]]) for n, r in enumerate(rows))

    done = run(analyse, *odd_trial(here, text), "--out", "out")

    assert done.exception is None
    assert not [line for line in done.stderr.splitlines() if "Warning" in line]


def test_long_horizon_keeps_its_digits(here):
    answer = numbers(run(analyse, "trial.csv", *COLUMNS, "--rmst", "3.1234567", "--json"))

    rmst = next(r for r in answer["results"] if r["id"] == "RMST")
    assert rmst["estimates"][0]["at"] == 3.1234567


def test_two_covariates_whose_names_have_no_latin_letter_stay_two(here):
    """Both names once became X_, and one column was adjusted for twice."""
    head, *rows = TRIAL.splitlines()
    rows = [f"{line},{n % 3},{n % 2}" for n, line in enumerate(rows)]
    (here / "odd.csv").write_text("\n".join([head + ",\u5e74\u9f62,\u6027\u5225", *rows]), "utf-8")

    answer = numbers(
        run(analyse, "odd.csv", *COLUMNS, "--covariates", "\u5e74\u9f62,\u6027\u5225", "--json")
    )

    method = next(r["method"] for r in answer["results"] if r["id"] == "COX_ADJUSTED")
    assert "adjusted for \u5e74\u9f62, \u6027\u5225" in method
    adjusted = estimates(answer, "COX_ADJUSTED")
    assert len([term for term in adjusted if term.startswith("hazard_ratio")]) == 3


def test_printed_python_opens_what_was_typed(here):
    """A line that cannot be run where the command was typed shows nothing."""
    table = run(analyse, "trial.csv", *COLUMNS)
    (here / "deep").mkdir()
    run(analyse, "trial.csv", *COLUMNS, "--out", "deep/out")
    protocol = run(analyse, "deep/out/protocol.yaml")

    assert "study = Study.from_table('trial.csv', time='months'," in table.stdout
    assert "study = Study.open('deep/out/protocol.yaml')" in protocol.stdout


def test_upper_limit_that_is_not_reached_is_said_in_words(here):
    done = run(analyse, "trial.csv", *COLUMNS)

    assert "2.5 to not reached" in done.stdout


def test_baseline_table_in_the_terminal_names_its_arms():
    done = run(analyse, "moertel1990")

    head = next(line for line in done.stdout.splitlines() if line.rstrip().endswith("total"))
    assert head.split() == ["OBS", "LEV", "LEV5FU", "total"]


def test_one_group_is_followed_from_the_start_and_not_from_randomisation(here):
    run(analyse, "trial.csv", "--time", "months", "--unit", "month", "--event", "relapse",
        "--out", "out")  # fmt: skip

    page = (here / "out" / "report.html").read_text("utf-8")
    assert "since the start" in page
    assert "since randomisation" not in page
