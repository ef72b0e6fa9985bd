"""Every number of the printed table can be traced to one estimate of one result."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

from adjuvant.analysis.results import Test
from adjuvant.report.files import csv_text, table_files
from adjuvant.report.numbers import p_value
from adjuvant.report.printing import estimate_text, text_of_test
from adjuvant.report.tables import efficacy_rows
from adjuvant.report.views import page_scale

CELL = re.compile(r'<td[^>]*data-result="([^"]*)" data-term="([^"]*)"[^>]*>([^<]*)</td>')


def _expected(results, id, term):
    """What the estimate of this term prints, computed from the results alone."""
    r = results.result(id)
    sizes = {c.arm: c.n for c in r.counts}
    if term == "counts":
        return {f"{c.events} / {c.n}" for c in r.counts}
    if term == "test":
        return {text_of_test(t) for t in r.tests}
    if term.startswith("p "):
        return {p_value(e.p) for e in r.estimates if e.term == term[2:]}
    n = {e.term: min(sizes[a] for a in (e.arm, e.versus) if a) for e in r.estimates}
    scale = page_scale(results)
    return {estimate_text(e, n[term], scale) for e in r.estimates if e.term == term}


def test_every_number_in_the_printed_table_is_the_one_of_its_result(results, report):
    table = re.search(r'<table id="efficacy".*?</table>', report.read_text(), re.S)[0]

    cells = [tuple(unescape(x) for x in found) for found in CELL.findall(table)]
    assert len(cells) > 30
    for id, term, text in cells:
        assert text in _expected(results, id, term), (id, term)


def test_no_number_stands_in_the_table_without_a_result(report):
    table = re.search(r'<table id="efficacy".*?</table>', report.read_text(), re.S)[0]

    untraced = re.findall(r"<td(?![^>]*data-result)[^>]*>([^<]*)</td>", table)
    assert not [text for text in untraced if re.search(r"\d", text)]


def test_every_row_links_to_the_methods_entry_of_its_result(results, report):
    text = report.read_text()

    for row in re.findall(r'<a class="rid" href="#([^"]*)"', text):
        assert f'<article class="method" id="{row}">' in text


def test_two_arm_comparison_decided_by_log_rank_prints_one_p(results, protocol, changed):
    cox = results.result("A_OS_COX")
    two = changed(
        results, "A_OS_COX", counts=cox.counts[::2], estimates=cox.estimates[1:],
        tests=(cox.tests[0].__class__("log-rank test", 8.1, 1, 0.0044),),
    )  # fmt: skip

    kinds = [r.kind for r in efficacy_rows(two, protocol) if r.result == "A_OS_COX"]
    assert kinds == ["hazard_ratio", "test"]


def test_milestone_that_repeats_the_curve_is_printed_once(results, protocol, changed):
    again = changed(results, "A_RMST", estimates=results.result("A_TTR_KM").estimates[3:])

    rows = [r for r in efficacy_rows(again, protocol) if r.kind == "survival"]
    assert [r.result for r in rows] == ["A_TTR_KM", "A_OS_KM"]


def test_csv_holds_full_doubles_beside_the_printed_text(results, protocol):
    text = table_files(results, protocol, page_scale(results), ())["efficacy.csv"]

    rows = list(csv.DictReader(io.StringIO(text)))
    mean = next(r for r in rows if r["term"] == "rmst L5F at day 1826")
    assert float(mean["value"]) == 1329.762
    assert mean["printed"] == "3.64 (3.39–3.89)"
    assert {r["result"] for r in rows} >= {"A_TTR_KM", "A_TTR_COX", "A_RMST"}


def test_numbers_at_risk_are_there_as_data(results, protocol):
    text = table_files(results, protocol, page_scale(results), ())["numbers_at_risk.csv"]

    first = next(csv.DictReader(io.StringIO(text)))
    assert first["arm"] == "CTL"
    assert (first["time"], first["at_risk"], first["events"]) == ("0.0", "60", "0")


def test_text_that_a_spreadsheet_would_run_is_defused():
    assert csv_text(["a"], [["=HYPERLINK(1)"]]).splitlines()[1] == "'=HYPERLINK(1)"
    assert csv_text(["a"], [[-1.5]]).splitlines()[1] == "-1.5"


def test_grays_tests_of_two_causes_are_told_apart(results, protocol):
    found = results.result("A_CIF")
    tests = (
        Test("Gray's test (recurrence)", 1.55, 1, 0.21),
        Test("Gray's test (death)", 1.79, 1, 0.18),
    )
    both = replace(
        results,
        results=tuple(replace(found, tests=tests) if r is found else r for r in results.results),
    )

    labels = [row.label for row in efficacy_rows(both, protocol) if row.test in tests]

    assert labels == ["Gray's test for recurrence", "Gray's test for death"]
