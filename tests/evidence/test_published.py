"""Printed numbers: read with every fault on its line, compared within their tolerance."""

from pathlib import Path

import pytest

import adjuvant
from adjuvant.core import InvalidInput
from adjuvant.evidence import (
    compare_published,
    printed_interval,
    read_published,
    read_published_text,
)

STUDIES = Path(adjuvant.__file__).parent / "studies"
EVIDENCE = Path(__file__).parents[2] / ".." / "shared" / "evidence"
HEAD = """
format: published/1
case: example
title: An example
arms: {T: {label: new, role: experimental}, C: {label: old, role: control}}
sources: {a: {role: primary, text: the report}}
endpoints: {os: {label: overall survival}}
"""


def _with(*lines: str) -> str:
    return HEAD + "numbers:\n" + "".join(f"  - {line}\n" for line in lines)


def test_the_digits_of_a_printed_number_are_kept() -> None:
    published = read_published(STUDIES / "moertel1990" / "published.yaml")

    assert [n.value for n in published.numbers] == ["40", "33", "41"]


def test_every_case_of_printed_numbers_can_be_read() -> None:
    files = sorted((EVIDENCE / "cases").glob("*.yaml"))
    if not files:
        pytest.skip("the cases of printed numbers are not on this machine")

    for file in [*files, EVIDENCE / "published.yaml"]:
        assert read_published(file).numbers


def test_all_faults_are_named_in_one_run_with_their_lines() -> None:
    text = _with(
        "{id: a, kind: hr, endpoint: os, ratio: T/C, value: '0,59', as_printed: x, source: a}",
        "{id: b, kind: hazard, as_printed: x, source: a}",
        "{id: c, kind: p, endpoint: dfs, value: '0.01', as_printed: x, source: b}",
    )

    with pytest.raises(InvalidInput) as refused:
        read_published_text(text)

    found = [(f.place.line, f.code) for f in refused.value.findings]
    assert (9, "P014") in found
    assert (10, "P015") in found


def test_a_number_of_an_unknown_source_or_endpoint_is_refused() -> None:
    text = _with("{id: c, kind: p, endpoint: dfs, value: '0.01', as_printed: x, source: b}")

    with pytest.raises(InvalidInput, match="no source 'b'") as refused:
        read_published_text(text)

    assert len(refused.value.findings) == 2


def test_a_comparison_needs_a_number_that_exists_and_has_a_value() -> None:
    number = "{id: s, kind: analysis_set, value: itt, as_printed: x, source: a}"
    compare = "compare:\n  - {number: %s, result: A, measure: m, tolerance: 1}\n"

    with pytest.raises(InvalidInput, match="no printed value"):
        read_published_text(_with(number) + compare % "s")
    with pytest.raises(InvalidInput, match="no number 't'"):
        read_published_text(_with(number) + compare % "t")


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.yaml"):
        read_published(tmp_path / "none.yaml")


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("text", "interval"),
    [("0.59", (0.585, 0.595)), ("40", (39.5, 40.5)), ("7.1e+10", (7.05e10, 7.15e10))],
)
def test_a_printed_number_stands_for_half_a_last_digit_each_way(
    text: str, interval: tuple[float, float]
) -> None:
    assert printed_interval(text) == pytest.approx(interval)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.404, "agrees"), (0.41, "differs"), (None, "not_available")],
)
def test_a_result_agrees_within_the_tolerance(value: float | None, verdict: str) -> None:
    published = read_published(STUDIES / "moertel1990" / "published.yaml")
    estimates = [{"measure": "hazard_reduction", "arm": "LEV5FU", "at": None, "value": value}]
    results = {"results": [{"id": "A_TTR_COX", "estimates": estimates}]}

    found = compare_published(published, results)

    assert found[0].verdict == verdict


def test_a_known_difference_is_called_known_and_says_why() -> None:
    published = read_published(STUDIES / "moertel1990" / "published.yaml")
    estimates = [{"measure": "hazard_reduction", "arm": "LEV5FU", "at": None, "value": 0.3105}]
    results = {"results": [{"id": "A_OS_COX", "estimates": estimates}]}

    death = compare_published(published, results)[1]

    assert death.verdict == "differs_as_known"
    assert "covariates" in death.why


def test_a_printed_p_below_a_bound_agrees_with_every_smaller_one() -> None:
    number = "{id: p, kind: p, endpoint: os, value: '<0.001', as_printed: p<0.001, source: a}"
    compare = "compare:\n  - {number: p, result: A, measure: p, tolerance: 0}\n"
    published = read_published_text(_with(number) + compare)

    def verdict(p: float) -> str:
        estimates = [{"measure": "p", "value": p}]
        return compare_published(published, {"results": [{"id": "A", "estimates": estimates}]})[
            0
        ].verdict

    assert (verdict(1e-7), verdict(0.002)) == ("agrees", "differs")
