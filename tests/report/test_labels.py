"""Labels that a protocol may hold: long, in other scripts, without a place to break, with a $."""

from dataclasses import replace

import pytest

from adjuvant.report import style
from adjuvant.report.draw import plot
from adjuvant.report.fitting import cut, print_width, wrapped
from adjuvant.report.page import Page, draw_figures, render_page
from adjuvant.report.save import figure_bytes

JAPANESE = {"CTL": "対照群", "LEV": "免疫療法群", "L5F": "化学療法併用群"}
LONG = {
    "CTL": "Observation alone without any adjuvant therapy after complete (R0) resection " * 3,
    "LEV": "<script>alert('unbroken'.repeat(99))</script>",
    "L5F": "$x^2$ and \\frac{a}{b}",
}


def named(results, labels, id="A_TTR_KM"):
    """The results with other names of the arms."""
    result = results.result(id)
    curves = tuple(replace(c, label=labels[c.arm]) for c in result.curves)
    other = replace(result, curves=curves)
    return replace(results, results=tuple(other if r.id == id else r for r in results.results))


def drawn(results, protocol, labels):
    results = named(results, labels)
    return plot(results.result("A_TTR_KM"), results, protocol)


def test_japanese_labels_are_drawn_without_a_warning(results, protocol):
    files = figure_bytes(drawn(results, protocol, JAPANESE))

    assert JAPANESE["LEV"] in files["svg"].decode("utf-8")


def test_letters_that_no_font_has_give_no_warning_either(results, protocol, monkeypatch):
    monkeypatch.setattr(style, "fallback_for", lambda _text: None)

    assert figure_bytes(drawn(results, protocol, JAPANESE))["png"]


@pytest.mark.parametrize("labels", [JAPANESE, LONG])
def test_no_label_runs_out_of_the_figure(results, protocol, labels):
    figure = drawn(results, protocol, labels)
    figure.canvas.draw()

    width, height = figure.get_size_inches() * figure.dpi
    for text in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]:
        box = text.get_window_extent()
        assert box.x0 > -1, text
        assert box.x1 < width + 1, text
        assert box.y1 < height + 1, text


def test_width_counts_a_wide_letter_twice():
    assert print_width("対照") == 4
    assert cut("対照群", 5) == "対照…"
    assert wrapped("免疫療法群", 6, 2) == "免疫療\n法群"


def test_many_arms_fit_the_page_by_breaking_before_the_limits(results, protocol):
    """With five arms the right half of the table once lay outside the page."""
    few = render_page(Page(results, protocol, draw_figures(results, protocol)))
    arms = (*protocol.arms, protocol.arms[-1].model_copy(update={"id": "M", "label": "More"}))
    many = render_page(Page(results, protocol.model_copy(update={"arms": arms}), ()))

    assert 'class="many"' not in few
    assert 'class="many"' in many
    assert '<span class="limits">(' in many
