from adjuvant.core import Finding, InvalidInput, Place, render, worst


def test_caret_stands_under_the_column():
    finding = Finding(
        "P012", "error", Place("p.yaml", 3, 7), "unknown key 'labl'", "did you mean 'label'?",
        "    labl: x",
    )  # fmt: skip

    lines = render(finding).split("\n")

    assert lines[0] == "p.yaml:3:7: error P012: unknown key 'labl'"
    assert lines[2].index("^") - lines[1].index("l") == 2


def test_place_of_a_whole_file_has_no_line():
    assert str(Place("trial.csv")) == "trial.csv"


def test_worst_is_the_gravest():
    note, error = (Finding("P1", s, Place("f"), "m") for s in ("note", "error"))

    assert worst([note, error]) == "error"
    assert worst([note]) == "note"


def test_refusal_lists_every_finding():
    findings = [Finding(f"D00{k}", "error", Place("f", k), f"fault {k}") for k in (1, 2)]

    text = str(InvalidInput("two faults", findings))

    assert "fault 1" in text
    assert "fault 2" in text


def test_finding_as_json_names_place_and_field():
    finding = Finding("D001", "warning", Place("t.csv", 4, 2, "rx"), "m", "h")

    assert finding.to_dict() == {
        "code": "D001", "severity": "warning", "file": "t.csv", "line": 4, "column": 2,
        "field": "rx", "message": "m", "hint": "h",
    }  # fmt: skip
