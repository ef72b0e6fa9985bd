"""Can the printed numbers be true? Every code as defined, and never a false alarm."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import TimeToEvent
from adjuvant.evidence import (
    CODES,
    check_published,
    read_published,
    read_published_text,
    summary_of,
)

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CORRECTED = (Path(__file__).parent / "cases" / "takayama_corrected.yaml").read_text("utf-8")


def codes_of(text: str) -> set[str]:
    return set(check_published(read_published_text(text)).codes)


def with_lines(*lines: str) -> str:
    source = "  b2: {role: secondary, text: another text}\nendpoints:"
    text = CORRECTED.replace("endpoints:", source, 1)
    return text.replace("expected: []", "".join(f"  - {line}\n" for line in lines))


@pytest.mark.published
@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_case_gives_exactly_the_expected_codes(case):
    published = read_published(case)

    check = check_published(published)

    assert set(check.codes) == {e.code for e in published.expected}
    for finding in check.findings:
        assert finding.sum
        assert finding.allowance
        assert finding.place.line > 0


def test_every_code_is_explained():
    assert len(CODES) == 17
    assert all(c.title and c.arithmetic for c in CODES.values())


def test_swapped_count_is_answered_with_the_exchanged_pair():
    case = read_published(Path(__file__).parent / "cases" / "takayama_abstract_swap.yaml")

    corrections = [f.correction for f in check_published(case).findings]

    assert corrections == ["45 [59%]", "57 [77%]"]


MILESTONE = (
    "{{id: m{0}, kind: milestone, endpoint: ttr, arm: {1}, time: '{2}', unit: {3}, what: {4}, "
    "value: '{5}', as_printed: x, source: b2}}"
)
P = "{{id: q, kind: p, endpoint: ttr, value: '{}', sides: {}, as_printed: x, source: {}}}"
RATIO = (
    "{{id: h, kind: hr, endpoint: ttr, ratio: {}, value: '{}', ci: ['{}', '{}'], as_printed: x, "
    "source: b2}}"
)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Restated milestones: other arm, other kind, both, neither, complement, other unit.
        ([MILESTONE.format(1, "T", 3, "years", "event_free", 33),
          MILESTONE.format(2, "C", 3, "years", "event_free", 48)], {"arms_swapped"}),
        ([MILESTONE.format(1, "T", 3, "years", "event", 48),
          MILESTONE.format(2, "C", 3, "years", "event", 33)],
         {"milestone_called_recurrence_but_is_recurrence_free"}),
        ([MILESTONE.format(1, "T", 3, "years", "event_free", 44)], {"restated_value_differs"}),
        ([MILESTONE.format(1, "T", 36, "months", "event", 52),
          MILESTONE.format(2, "C", 36, "months", "event", 67)], set()),
        ([MILESTONE.format(1, "T", 3, "years", "unstated", 48)], {"milestone_kind_not_stated"}),
        # A new time in another text, above the report's earlier percentage: nothing explains it.
        ([MILESTONE.format(1, "T", 4, "years", "event_free", 70)],
         {"median_does_not_match_milestones"}),
        ([MILESTONE.format(1, "T", 4, "years", "event", 42)],
         {"milestone_called_recurrence_but_is_recurrence_free"}),
        ([MILESTONE.format(1, "T", 4, "years", "event_free", 42)], set()),
        # The ratio turned round, and turned round wrongly.
        ([RATIO.format("C/T", "1.69", "1.14", "2.50")], set()),
        ([RATIO.format("T/C", "1.69", "1.14", "2.50")], {"restated_value_differs"}),
        ([RATIO.format("T/C", "0.6", "0.4", "0.9")], set()),
        ([P.format("<0.05", 2, "b2")], set()),
        ([P.format("0.03", 2, "b2")], {"restated_value_differs"}),
        # p against the interval: z = 2.62 allows two-sided p from 0.0026 to 0.020 or so.
        ([P.format("0.005", 2, "a")], set()),
        ([P.format("<0.001", 2, "a")], {"p_does_not_match_ci"}),
        ([P.format("0.2", 2, "a")], {"p_does_not_match_ci"}),
        ([P.format("0.004", 1, "a")], set()),
        (["{id: c, kind: crude, endpoint: ttr, arm: T, what: event, percent: '41', "
          "as_printed: x, source: b2}"], {"crude_called_recurrence_but_is_recurrence_free"}),
        (["{id: c, kind: crude, endpoint: ttr, arm: T, what: event_free, percent: '40.8', "
          "as_printed: x, source: b2}"], set()),
        (["{id: d, kind: dose, arm: T, value: '1.5e+10', unit: cells, per: infusion, infusions: "
          "'5', as_printed: x, source: b2}"], set()),
        (["{id: d, kind: dose, arm: T, value: '2.5e+10', unit: cells, per: infusion, infusions: "
          "'5', as_printed: x, source: b2}"], {"dose_per_cycle_vs_per_patient"}),
        (["{id: d, kind: difference, endpoint: ttr, what: event_free, value: '15', scale: "
          "percentage_points, time: '3', unit: years, as_printed: x, source: b2}"], set()),
        (["{id: d, kind: difference, endpoint: ttr, what: event_free, value: '18', scale: "
          "percentage_points, time: '3', unit: years, as_printed: x, source: b2}"],
         {"difference_does_not_match"}),
        (["{id: s, kind: analysis_set, value: mitt, as_printed: x, source: a}",
          "{id: z, kind: n_excluded, value: '5', as_printed: x, source: b2}"], set()),
        (["{id: s, kind: analysis_set, value: itt, as_printed: x, source: a}",
          "{id: z, kind: n_excluded, value: '0', as_printed: x, source: b2}"], set()),
        (["{id: f, kind: fact, name: land, value: Japan, as_printed: x, source: a}",
          "{id: g, kind: fact, name: land, value: ' japan', as_printed: x, source: b2}"], set()),
    ],
)  # fmt: skip
def test_statement_beside_the_corrected_abstract(lines, expected):
    assert codes_of(with_lines(*lines)) == expected


def test_crossing_curves_do_not_alarm():
    """The ratio favours T; at 3 years C is a little ahead, within its standard error."""
    text = CORRECTED.replace("value: '48', ci: ['37', '59']", "value: '33', ci: ['22', '44']")
    text = text.replace("value: '33', ci: ['22', '43']", "value: '40', ci: ['29', '51']")
    text = text.replace("value: '38', ci: ['22', '54']", "value: '20', ci: ['9', '35']")

    assert codes_of(text) == set()


def test_percentages_that_favour_the_wrong_arm_at_every_time_are_swapped():
    text = CORRECTED
    for now, then in (("48", "18"), ("33", "52"), ("38", "12"), ("22", "42")):
        text = re.sub(rf"what: event_free, value: '{now}', ci: \[[^]]*\]",
                      f"what: event_free, value: '{then}'", text, count=1)  # fmt: skip

    assert codes_of(text) == {"arms_swapped"}


@st.composite
def trials(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(40, 250))
    arm = np.arange(2 * n) % 2
    ratio = draw(st.floats(0.45, 1.5))
    shape = draw(st.floats(0.7, 1.4))
    scale = draw(st.floats(700, 2500))
    event_time = scale * (rng.exponential(size=2 * n) / np.where(arm == 1, ratio, 1)) ** (1 / shape)
    leaving = rng.uniform(1100, 2600, 2 * n)
    time = np.ceil(np.minimum(event_time, leaving)).astype(np.int64)
    return TimeToEvent(
        time, (event_time <= leaving).astype(np.int64), arm=arm, arm_labels=("C", "T")
    )


@pytest.mark.property
@given(trials(), st.sampled_from(["log-log", "plain"]))
@settings(max_examples=80, deadline=None)
def test_summary_of_any_data_is_consistent(data, ci):
    assert codes_of(summary_of(data, [1, 3], ci=ci)) == set()


CORRUPTED = {
    "n_arms_do_not_sum": (r"(kind: n_total, value: ')(\d+)", 3),
    "percent_does_not_match_count": (r"(count: '\d+', percent: ')(\d+)", 3),
    "hr_ci_asymmetric": (r"(kind: hr.*?ci: \['[\d.]+', ')([\d.]+)", 1.5),
    "restated_value_differs": (r"(kind: hr.*?value: ')([\d.]+)", -0.2),
}


@pytest.mark.property
@pytest.mark.parametrize("code", CORRUPTED)
@given(trials())
@settings(max_examples=25, deadline=None)
def test_corrupting_one_number_beyond_its_rounding_is_found(code, data):
    text = summary_of(data, [1, 3])
    pattern, change = CORRUPTED[code]
    where = re.search(pattern, text)
    assert where is not None
    digits = len(where.group(2).partition(".")[2])
    altered = f"{float(where.group(2)) + change:.{digits}f}"
    if code == "restated_value_differs":
        line = next(x for x in text.splitlines() if "kind: hr" in x)
        line = line.replace("source: a", "source: b").replace("id: x", "id: y")
        line = re.sub(r"(value: ')([\d.]+)", rf"\g<1>{float(where.group(2)) + 0.2:.2f}", line)
        text = text.replace("numbers:\n", "numbers:\n" + line + "\n")
        text = text.replace("endpoints:", "  b: {role: secondary, text: other}\nendpoints:")
    else:
        text = text[: where.start(2)] + altered + text[where.end(2) :]

    assert code in codes_of(text)


@pytest.mark.journey
def test_command_prints_findings_as_json_and_ends_with_1():
    from adjuvant.cli.evidence import evidence

    case = str(Path(__file__).parent / "cases" / "takayama_abstract_swap.yaml")

    done = CliRunner().invoke(evidence, ["check", case, "--json"])

    answer = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {f["code"] for f in answer["findings"]} == {"count_and_percent_swapped"}
    assert {"code", "severity", "place", "message"} <= set(answer["findings"][0])
    assert answer["findings"][0]["severity"] == "impossible"
    assert isinstance(answer["notes"], list)


def test_consistent_file_ends_with_0_and_says_what_relative_risk_is():
    from adjuvant.cli.evidence import evidence

    case = str(Path(__file__).parent / "cases" / "takayama_corrected.yaml")

    done = CliRunner().invoke(evidence, ["check", case])

    assert done.exit_code == 0
    assert "59.2/77.0 = 0.77" in done.output


def test_unreadable_file_ends_with_3(tmp_path, capsys):
    from adjuvant.cli.main import main

    (tmp_path / "a.yaml").write_text("format: published/1\n", "utf-8")

    with pytest.raises(SystemExit) as end:
        main(["evidence", "check", str(tmp_path / "a.yaml")])

    assert end.value.code == 3


@pytest.mark.published
def test_reference_study_s_corrected_numbers_are_consistent():
    import adjuvant

    file = Path(adjuvant.__file__).parent / "studies" / "takayama2000" / "published.yaml"

    check = check_published(read_published(file))

    assert check.codes == ()
