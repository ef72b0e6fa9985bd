"""The reading door: a path or a name, a protocol, a snapshot folder, or a plain data file."""

import random
from pathlib import Path

import pytest

from adjuvant.analysis.results import Results, plain
from adjuvant.core import DataError, InvalidInput, ProtocolError, UsageError
from adjuvant.dataset import write_snapshot
from adjuvant.study import Study, shipped_studies

ARMS = ("CTL", "IMM")


def _rows(n: int = 120) -> list[dict[str, object]]:
    rng = random.Random(20260305)
    rows = []
    for i in range(n):
        arm = ARMS[i % 2]
        time = rng.expovariate(0.03 if arm == "CTL" else 0.02)
        rows.append(
            {
                "id": f"S{i:03d}",
                "months": round(min(time, 60.0), 1),
                "relapse": int(time < 60),
                "arm": arm,
                "stage": rng.choice(["I", "II"]),
                "age": rng.randint(30, 75),
            }
        )
    return rows


def _csv(path: Path, rows: list[dict[str, object]], *without: str) -> Path:
    names = [name for name in rows[0] if name not in without]
    lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    return _csv(tmp_path / "trial.csv", _rows())


OPTIONS = {
    "time": "months",
    "event": "relapse",
    "arm": "arm",
    "control": "CTL",
    "unit": "month",
    "strata": ["stage"],
    "covariates": ["age"],
    "at": [12, 24],
    "rmst": 36,
}


def _same_numbers(a: Results, b: Results) -> bool:
    return [plain((r.id, r.estimates, r.tests)) for r in a.results] == [
        plain((r.id, r.estimates, r.tests)) for r in b.results
    ]


def test_the_shipped_studies_have_names_and_titles() -> None:
    assert "moertel1990" in shipped_studies()


def test_a_misspelt_name_is_answered_with_the_one_meant() -> None:
    with pytest.raises(UsageError, match="did you mean 'moertel1990'"):
        Study.open("moertel1980")


def test_an_existing_path_wins_over_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("moertel1990").write_text("format: adjuvant/1\n", "utf-8")

    with pytest.raises(ProtocolError):
        Study.open("moertel1990")


def test_a_data_file_is_sent_to_from_table(trial: Path) -> None:
    with pytest.raises(UsageError, match="from_table"):
        Study.open(trial)


def test_a_snapshot_folder_gives_the_results_of_its_study(tmp_path: Path) -> None:
    study = Study.open("moertel1990")
    folder = write_snapshot(study.snapshot(), tmp_path / "snapshot")

    opened = Study.open(folder)

    assert opened.snapshot().sha256 == study.snapshot().sha256
    only = ["A_TTR_COX"]
    assert _same_numbers(opened.analyse(only=only), study.analyse(only=only))


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without a snapshot"):
        Study.open(tmp_path)


def test_the_folder_of_a_report_opens_the_snapshot_it_was_made_from(
    trial: Path, tmp_path: Path
) -> None:
    study = Study.from_table(trial, **OPTIONS)
    results = study.analyse(only=["COX"])
    out = tmp_path / "out"

    page = study.report(out, results)

    assert page == out / "report.html"
    assert _same_numbers(Study.open(out).analyse(only=["COX"]), results)
    assert _same_numbers(Study.open(out / "protocol.yaml").analyse(only=["COX"]), results)


def test_a_table_is_analysed_through_the_protocol_it_becomes(trial: Path) -> None:
    study = Study.from_table(trial, **OPTIONS)

    found = study.analyse()

    assert "type: kaplan_meier" in study.protocol_text
    assert [r.type for r in found.results] == [
        "follow_up",
        "kaplan_meier",
        "log_rank",
        "cox",
        "cox",
        "milestone",
        "rmst",
    ]
    assert found.result("COX").tests[0].name.startswith("stratified log-rank test")
    assert {e.at for e in found.result("KM").estimates if e.measure == "survival"} == {12.0, 24.0}
    assert {e.unit for e in found.result("RMST").estimates} == {"month"}


def test_the_written_protocol_reproduces_the_results(trial: Path, tmp_path: Path) -> None:
    study = Study.from_table(trial, **OPTIONS)
    out = tmp_path / "out"
    out.mkdir()

    again = Study.open(study.write_protocol(out))

    assert _same_numbers(study.analyse(), again.analyse())


def test_the_hazard_ratio_of_a_table_is_the_control_s_denominator(trial: Path) -> None:
    one = Study.from_table(trial, time="months", event="relapse", arm="arm", control="CTL")
    other = Study.from_table(trial, time="months", event="relapse", arm="arm", control="IMM")

    a = one.analyse().result("COX").estimate("hazard_ratio")
    b = other.analyse().result("COX").estimate("hazard_ratio")

    assert (a.arm, a.versus, b.arm, b.versus) == ("IMM", "CTL", "CTL", "IMM")
    assert a.value * b.value == pytest.approx(1, rel=1e-9)


def test_without_arms_there_are_curves_and_follow_up_only(trial: Path) -> None:
    found = Study.from_table(trial, time="months", event="relapse", at=[12], rmst=24).analyse()

    assert [r.type for r in found.results] == ["follow_up", "kaplan_meier", "rmst"]
    assert len(found.result("KM").curves) == 1


def test_an_arm_column_with_one_value_compares_nothing(tmp_path: Path) -> None:
    rows = [row for row in _rows() if row["arm"] == "CTL"]
    path = _csv(tmp_path / "one.csv", rows)

    found = Study.from_table(path, time="months", event="relapse", arm="arm", control="CTL")

    assert [r.type for r in found.analyse().results] == ["follow_up", "kaplan_meier"]


def test_three_arms_are_each_compared_with_the_control(tmp_path: Path) -> None:
    rows = [{**row, "arm": ["CTL", "Low", "High"][i % 3]} for i, row in enumerate(_rows())]
    path = _csv(tmp_path / "three.csv", rows)

    cox = Study.from_table(path, time="months", event="relapse", arm="arm", control="CTL")

    assert [e.arm for e in cox.analyse().result("COX").estimates] == ["High", "Low"]


def test_rows_without_a_subject_column_are_named_by_their_line(tmp_path: Path) -> None:
    path = _csv(tmp_path / "trial.csv", _rows(), "id")

    study = Study.from_table(path, time="months", event="relapse", arm="arm", control="CTL")

    assert study.snapshot().subjects.columns["subject"][:2] == ("row 2", "row 3")


def test_a_subject_that_stands_twice_is_refused(trial: Path) -> None:
    text = trial.read_text("utf-8").replace("S001", "S000")
    trial.write_text(text, "utf-8")
    study = Study.from_table(trial, time="months", event="relapse", subject="id")

    with pytest.raises(DataError, match="stands already"):
        study.analyse()


@pytest.mark.parametrize("words", [("0", "1"), ("false", "true"), ("No", "Yes"), ("FALSE", "TRUE")])
def test_an_event_may_be_coded_in_numbers_or_words(tmp_path: Path, words: tuple[str, str]) -> None:
    rows = [{**row, "relapse": words[int(str(row["relapse"]))]} for row in _rows()]
    path = _csv(tmp_path / "trial.csv", rows)

    found = Study.from_table(path, time="months", event="relapse").analyse()

    assert found.result("KM").events == sum(int(str(row["relapse"])) for row in _rows())


def test_an_event_coded_1_and_2_is_refused_because_it_could_mean_either(tmp_path: Path) -> None:
    rows = [{**row, "relapse": int(str(row["relapse"])) + 1} for row in _rows()]
    path = _csv(tmp_path / "trial.csv", rows)

    with pytest.raises(InvalidInput, match="0/1, true/false or yes/no"):
        Study.from_table(path, time="months", event="relapse")


def test_a_control_that_no_row_has_is_refused_with_what_there_is(trial: Path) -> None:
    with pytest.raises(InvalidInput, match="found CTL, IMM"):
        Study.from_table(trial, time="months", event="relapse", arm="arm", control="Control")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"arm": "arm"}, "without control"),
        ({"strata": ["stage"]}, "without arm"),
        ({"unit": "days"}, "unit is 'days'"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    trial: Path, more: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Study.from_table(trial, time="months", event="relapse", **more)


def test_a_column_that_is_not_there_is_named_with_the_one_meant(trial: Path) -> None:
    with pytest.raises(DataError, match="did you mean 'relapse'"):
        Study.from_table(trial, time="months", event="relapsed")


def test_columns_with_unusual_names_and_values_are_analysed(tmp_path: Path) -> None:
    renamed = {"months": "Time (months)", "relapse": "1st relapse?", "stage": "TNM stage"}
    rows = [
        {renamed.get(k, k): ("Lev+5FU" if v == "IMM" else v) for k, v in row.items()}
        for row in _rows()
    ]
    path = _csv(tmp_path / "my trial.csv", rows)

    study = Study.from_table(
        path,
        time="Time (months)",
        event="1st relapse?",
        arm="arm",
        control="CTL",
        strata=["TNM stage"],
    )

    cox = study.analyse().result("COX")
    assert [c.label for c in cox.counts] == ["CTL", "Lev+5FU"]
    assert len(cox.estimates) == 1


def test_a_data_frame_is_analysed_like_its_file(trial: Path) -> None:
    pandas = pytest.importorskip("pandas")

    frame = Study.from_table(pandas.read_csv(trial), **OPTIONS)

    assert _same_numbers(frame.analyse(), Study.from_table(trial, **OPTIONS).analyse())
    with pytest.raises(InvalidInput, match="data frame"):
        frame.write_protocol(trial.parent)


def test_opening_the_package_loads_neither_numba_nor_numpy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, adjuvant; from adjuvant import Study; Study.open('moertel1990'); "
        "print([m for m in ('numba', 'scipy.stats', 'matplotlib', 'pandas') if m in sys.modules])"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"
