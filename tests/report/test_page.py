"""The page as a reader meets it: escaped, described, honest about where its numbers are from."""

import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

from adjuvant.report.page import Page, draw_figures, render_page


def _page(results, protocol, **more):
    small = replace(results, results=tuple(r for r in results.results if not r.curves))
    return render_page(Page(small, protocol, draw_figures(small, protocol), **more))


def test_text_of_the_protocol_is_escaped_everywhere(results, protocol):
    bad = '<script>alert("x")</script>'
    trial = protocol.trial.model_copy(update={"title": bad, "id": bad, "citation": (bad,)})
    arms = tuple(a.model_copy(update={"label": bad}) for a in protocol.arms)
    endpoints = tuple(e.model_copy(update={"label": bad}) for e in protocol.endpoints)
    odd = protocol.model_copy(update={"trial": trial, "arms": arms, "endpoints": endpoints})
    named = replace(
        results,
        results=tuple(replace(r, endpoint_label=bad, method=bad, python=bad, notes=(bad,))
                      for r in results.results),
        notes=(bad,),
    )  # fmt: skip

    text = _page(named, odd)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_every_figure_has_an_alternative_text(report):
    text = report.read_text()

    figures = re.findall(r"<svg[^>]*>", text)
    assert len(figures) == 5
    assert all('role="img"' in f and re.search(r'aria-label="[^"]{20,}"', f) for f in figures)


def test_alternative_text_tells_the_numbers_of_the_curve(report):
    assert (
        "Kaplan-Meier curves of time to recurrence for Observation, Levamisole and Levamisole + "
        "fluorouracil. At 5 years, free of recurrence: Observation 40%; Levamisole 45%;"
    ) in report.read_text()


def test_keyboard_reaches_the_report_first(report):
    text = report.read_text()

    body = text[text.index("<body>") :]
    assert body.index('class="skip" href="#main"') < body.index("<h1")
    assert '<main id="main"' in body
    assert '<html lang="en">' in text


def test_page_has_one_heading_of_first_rank_and_no_gap_below(report):
    ranks = [int(r) for r in re.findall(r"<h([1-6])\b", report.read_text())]

    assert ranks.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(ranks))


def test_hashes_of_snapshot_and_protocol_stand_in_full(report):
    text = report.read_text()

    assert "5" * 64 in text
    assert "a" * 64 in text


def test_synthetic_and_dummy_arms_stand_at_the_top_of_the_page(results, protocol):
    text = _page(replace(results, synthetic=True, dummy_arms=True), protocol)

    head = text[: text.index("<h1")]
    assert "SYNTHETIC DATA" in head
    assert "DUMMY ARMS" in head


def test_historical_protocol_says_that_it_was_written_after_the_trial(results, protocol):
    trial = protocol.trial.model_copy(update={"status": "historical"})

    text = _page(results, protocol.model_copy(update={"trial": trial}))
    assert "was written after the trial" in text
    assert "nothing here is a confirmatory claim" in text


def test_baseline_table_has_no_p_value(report):
    text = report.read_text()

    table = text[text.index('id="baseline"') : text.index('id="efficacy-section"')]
    assert "61 (11)" in table
    assert not re.search(r"\bp\s*[=<]", table)
    assert "No p-values" in table


def test_methods_give_convention_citation_and_the_python_of_each_result(results, report):
    text = report.read_text()

    for r in results.results:
        start = text.index(f'<article class="method" id="m-{r.id}">')
        entry = text[start : text.index("</article>", start)]
        assert r.convention in entry
        assert not r.python or r.python in entry
    assert "J Am Stat Assoc 1958;53:457-481" in text


def test_colours_of_text_have_contrast_on_white(report):
    style = report.read_text().split("</style>")[0]
    names = dict(re.findall(r"--(ink|quiet|link|alarm|good):\s*(#[0-9a-f]{6})", style))

    for colour in names.values():
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 0.95 / (light + 0.05) >= 4.5  # against the tinted ground of the summary too
    assert len(names) == 5


def test_room_loads_matplotlib_only_when_a_figure_is_drawn():
    code = (
        "import sys, adjuvant.report, adjuvant.report.numbers, adjuvant.report.prose\n"
        "assert 'matplotlib' not in sys.modules and 'jinja2' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_trial_without_a_primary_endpoint_still_has_a_summary(results, protocol):
    second = tuple(e.model_copy(update={"level": "secondary"}) for e in protocol.endpoints)

    text = _page(results, protocol.model_copy(update={"endpoints": second}))
    summary = text[text.index('id="summary"') : text.index('id="trial"')]
    assert "hazard of recurrence" in summary
