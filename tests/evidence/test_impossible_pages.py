"""Pages that no trial can print: one clear refusal through the command line, never a traceback."""

import pytest

from adjuvant.cli.main import main

HEAD = """format: published/1
case: example
title: An example
arms: {T: {label: new, role: experimental}, C: {label: old, role: control}}
sources: {a: {role: primary, text: the report}}
endpoints: {e: {label: time to the event}}
numbers:
"""
NUMBERS = {
    "n_t": "kind: n, arm: T, value: '30'",
    "n_c": "kind: n, arm: C, value: '30'",
    "events_t": "kind: events, endpoint: e, arm: T, what: event, count: '12', percent: '40'",
    "events_c": "kind: events, endpoint: e, arm: C, what: event, count: '18', percent: '60'",
    "free_t": "kind: milestone, endpoint: e, arm: T, time: '3', unit: years, what: event_free, "
    "value: '65'",
    "free_c": "kind: milestone, endpoint: e, arm: C, time: '3', unit: years, what: event_free, "
    "value: '45'",
    "ratio": "kind: hr, endpoint: e, ratio: T/C, value: '0.55', ci: ['0.26', '1.14'], level: '95'",
    "p": "kind: p, endpoint: e, value: '0.10', sides: 2, test: logrank",
    "dose": "kind: dose, arm: T, value: '7e10', unit: cells, per: patient, infusions: '5'",
    "follow_up": "kind: follow_up, stat: median, value: '4.0', unit: years",
    "shortest": "kind: follow_up, stat: min, value: '0.2', unit: years",
    "longest": "kind: follow_up, stat: max, value: '6.0', unit: years",
}


def page(number, old, new):
    rows = {**NUMBERS, number: NUMBERS[number].replace(old, new)}
    return HEAD + "".join(
        f"  - {{id: {id}, {row}, as_printed: {id}, source: a}}\n" for id, row in rows.items()
    )


def run(tmp_path, capsys, text, verb):
    file = tmp_path / "page.yaml"
    file.write_text(text, "utf-8")
    out = ["--members", "1", "--out", str(tmp_path / "sets")] if verb == "reconstruct" else []
    with pytest.raises(SystemExit) as ended:
        main(["evidence", verb, str(file), *out])
    return ended.value.code, capsys.readouterr()


@pytest.mark.journey
@pytest.mark.parametrize(
    ("number", "old", "new", "said"),
    [
        ("longest", "6.0", "0.0", "page.yaml:19:5: longest: a longest follow-up that rounds to 0"),
        ("free_t", "time: '3'", "time: '7'", "nobody was followed so long"),
        ("follow_up", "4.0", "9.0", "a median follow-up beyond the longest"),
        ("shortest", "0.2", "9.0", "a min follow-up beyond the longest"),
        (
            "longest",
            "6.0",
            "600",
            "times of a trial lie between 1 day and 36525 days; look at the unit",
        ),
        ("n_t", "30", "0", "arm T has 0 patients"),
        ("n_t", "30", "900000", "correct its line of kind n"),
        ("ratio", "0.55", "0.0", "a ratio that rounds to 0 has no logarithm"),
    ],
)
def test_page_that_no_patients_can_print_is_refused_with_its_remedy(
    tmp_path, capsys, number, old, new, said
):
    code, shown = run(tmp_path, capsys, page(number, old, new), "reconstruct")

    assert code == 3
    assert said in shown.err
    assert not (tmp_path / "sets").exists()


@pytest.mark.journey
@pytest.mark.parametrize("verb", ["check", "reconstruct"])
@pytest.mark.parametrize(
    ("number", "old", "new", "said"),
    [
        ("n_t", "30", "<30", "without '<'"),
        ("n_t", "30", "1e400", "a number of patients cannot be '1e400'"),
        ("events_t", "12", "<12", "a number of patients cannot be '<12'"),
        ("events_t", "40", "<40", "a percentage cannot be '<40'"),
        ("free_t", "time: '3'", "time: '<3'", "a time cannot be '<3'"),
        ("free_t", "65", "101", "a percentage cannot be '101'"),
        ("ratio", "0.55", "-0.55", "a hazard ratio cannot be '-0.55'"),
        ("ratio", "95", "0", "a level in percent cannot be '0'"),
        ("ratio", "95", "100", "a level in percent cannot be '100'"),
        ("p", "0.10", "2", "a p-value cannot be '2'"),
        ("dose", "7e10", "<7e10", "a dose cannot be '<7e10'"),
    ],
)
def test_value_that_cannot_be_is_named_with_its_line(
    tmp_path, capsys, verb, number, old, new, said
):
    code, shown = run(tmp_path, capsys, page(number, old, new), verb)

    line = 8 + list(NUMBERS).index(number)
    assert code == 3
    assert f"page.yaml:{line}:" in shown.err
    assert said in shown.err


@pytest.mark.journey
@pytest.mark.parametrize(
    ("old", "new"),
    [("'1.14'", "'0'"), ("'0.26', '1.14'", "'1', '0'"), ("'0.26', '1.14'", "'1.14', '0.26'"),
     ("'0.26'", "'0.0'")],
)  # fmt: skip
def test_limits_at_0_or_exchanged_are_findings(tmp_path, capsys, old, new):
    code, shown = run(tmp_path, capsys, page("ratio", old, new), "check")

    assert code == 1
    assert "impossible" in shown.out or "unlikely" in shown.out
