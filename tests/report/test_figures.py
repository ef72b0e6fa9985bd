"""Figures: what they must show, and what they must leave alone."""

import math
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import pytest
from matplotlib.lines import Line2D

from adjuvant.core import AnalysisError
from adjuvant.report.draw import plot
from adjuvant.report.save import figure_bytes, inline_svg, save_figure
from adjuvant.report.style import ArmStyle, arm_style

KINDS = ["A_TTR_KM", "A_CIF", "A_SUB", "F1"]


def _texts(figure):
    held = [t.get_text() for t in figure.texts]
    return held + [t.get_text() for axes in figure.axes for t in axes.texts]


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_curve_starts_at_one_on_day_0_and_steps_down_at_its_times(results, protocol):
    figure = plot(results.result("A_TTR_KM"), results, protocol)

    line = figure.axes[0].lines[0]
    curve = results.result("A_TTR_KM").curves[0]
    assert (line.get_xdata()[0], line.get_ydata()[0]) == (0.0, 1.0)
    assert tuple(line.get_xdata()[1:]) == curve.time
    assert tuple(line.get_ydata()[1:]) == curve.value
    assert line.get_drawstyle() == "steps-post"


def test_censor_ticks_stand_where_somebody_was_censored(results, protocol):
    figure = plot(results.result("A_TTR_KM"), results, protocol)

    ticks = next(line for line in figure.axes[0].lines if line.get_marker() == "|")
    curve = results.result("A_TTR_KM").curves[0]
    assert list(ticks.get_xdata()) == [
        t for t, c in zip(curve.time, curve.censored, strict=True) if c
    ]


def test_axis_is_in_years_with_regular_breaks_although_times_are_days(results, protocol):
    axes = plot(results.result("A_TTR_KM"), results, protocol).axes[0]

    assert [t.get_text() for t in axes.get_xticklabels()] == list("0123456")
    assert tuple(axes.get_xticks()) == results.result("A_TTR_KM").curves[0].at_risk_times
    assert axes.get_xlabel() == "Years since randomisation"


def test_numbers_at_risk_are_aligned_to_the_breaks_of_the_axis(results, protocol):
    figure = plot(results.result("A_TTR_KM"), results, protocol)

    axes, width = figure.axes[0], figure.get_figwidth() * figure.dpi
    breaks = [axes.transData.transform((t, 0))[0] / width for t in axes.get_xticks()]
    first = next(i for i, t in enumerate(figure.texts) if t.get_text() == "At risk")
    row = figure.texts[first + 1 : first + 1 + len(breaks)]
    assert [t.get_text() for t in row] == ["60", "51", "42", "33", "24", "14", "4"]
    assert [t.get_position()[0] for t in row] == pytest.approx(breaks)


def test_figure_holds_hazard_ratio_test_medians_and_milestones(results, protocol):
    texts = _texts(plot(results.result("A_TTR_KM"), results, protocol))

    assert "0.59 (0.35–0.996)" in texts
    assert "3.89 (3.01–4.68)" in texts
    assert "63%" in texts
    assert any(t.replace("\N{NO-BREAK SPACE}", " ").startswith("Log-rank test: χ² = 10.62 on 2 df")
               for t in texts)  # fmt: skip


def test_arms_differ_by_dashes_and_direct_labels_not_by_colour_alone(results, protocol):
    figure = plot(results.result("A_TTR_KM"), results, protocol)

    assert len({arm_style(i).dashes for i in range(6)}) == 6
    labels = {t.get_text().replace("\n", " ") for t in figure.axes[0].texts}
    assert labels == {"Observation", "Levamisole", "Levamisole + fluorouracil"}


@pytest.mark.parametrize("place", range(6))
def test_colours_of_arms_have_the_contrast_of_text(place):
    style: ArmStyle = arm_style(place)

    assert 1.05 / (_luminance(style.colour) + 0.05) >= 4.5


def test_direct_labels_do_not_touch_each_other(results, protocol):
    same = results.result("A_TTR_KM")
    first = same.curves[0]
    together = tuple(replace(first, arm=c.arm, label=c.label) for c in same.curves)
    figure = plot(replace(same, curves=together), results, protocol)

    figure.draw_without_rendering()
    boxes = sorted((t.get_window_extent() for t in figure.axes[0].texts), key=lambda b: b.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_limit_beyond_the_axis_becomes_an_arrow(results, protocol):
    axes = plot(results.result("A_SUB"), results, protocol).axes[0]

    markers = [line.get_marker() for line in axes.lines]
    assert "<" in markers
    assert ">" in markers


def test_area_of_a_box_is_proportional_to_its_information(results, protocol):
    rows = results.result("A_SUB").subgroups
    errors = (0.2, 0.4)
    even = tuple(
        replace(row, estimate=replace(rows[0].estimate, std_error=s))
        for row, s in zip(rows, errors, strict=False)
    )
    figure = plot(replace(results.result("A_SUB"), subgroups=even), results, protocol)

    sizes = [x.get_markersize() for x in figure.axes[0].lines if x.get_marker() == "s"]
    assert sizes[0] ** 2 / sizes[1] ** 2 == pytest.approx(0.4**2 / 0.2**2)


def test_forest_names_both_sides_and_the_interaction(results, protocol):
    texts = _texts(plot(results.result("A_SUB"), results, protocol))

    assert "← favours levamisole + fluorouracil" in texts
    assert "favours observation →" in texts
    assert "0.310" in texts
    assert "not estimable" in texts


def test_forest_of_several_comparisons_names_each(results, protocol):
    sub = results.result("A_SUB")
    counts = results.result("A_TTR_KM").counts
    other = replace(
        sub.subgroups[0], counts=(sub.subgroups[0].counts[0], replace(counts[1], events=3)),
        estimate=replace(sub.subgroups[0].estimate, arm="LEV"),
    )  # fmt: skip
    whole = (replace(sub.estimates[0], arm="LEV"), sub.estimates[0])
    both = replace(sub, counts=counts, estimates=whole, subgroups=(other, *sub.subgroups))

    texts = _texts(plot(both, results, protocol))
    assert "Levamisole v Observation" in texts
    assert "Levamisole + fluorouracil v Observation" in texts


@pytest.mark.parametrize("id", KINDS)
def test_every_figure_carries_synthetic_and_dummy_arms(results, protocol, id):
    marked = replace(results, synthetic=True, dummy_arms=True)

    texts = _texts(plot(marked.result(id), marked, protocol))
    assert any(t.startswith("SYNTHETIC DATA") for t in texts)
    assert any(t.startswith("DUMMY ARMS") for t in texts)


@pytest.mark.parametrize("id", KINDS)
def test_no_text_of_a_figure_is_clipped_at_its_edge(results, protocol, id):
    figure = plot(results.result(id), results, protocol)

    figure.draw_without_rendering()
    for text in figure.findobj(mpl.text.Text):
        box = text.get_window_extent()
        if text.get_visible() and text.get_text():
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()


@pytest.mark.parametrize("id", KINDS)
def test_figure_is_the_same_in_bytes_when_drawn_again(results, protocol, id):
    first, second = (figure_bytes(plot(results.result(id), results, protocol)) for _ in range(2))

    assert first == second
    assert b"CreationDate" not in first["pdf"]
    assert b"<dc:date>" not in first["svg"]


def test_users_settings_of_matplotlib_are_neither_used_nor_changed(results, protocol, tmp_path):
    plain = figure_bytes(plot(results.result("A_TTR_KM"), results, protocol))["svg"]
    with mpl.rc_context({"axes.grid": True, "font.size": 30, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        figure = plot(results.result("A_TTR_KM"), results, protocol)
        save_figure(figure, tmp_path / "curve")

        assert dict(mpl.rcParams) == before
    assert (tmp_path / "curve.svg").read_bytes() == plain


def test_only_the_fonts_that_matplotlib_ships_are_used(results, protocol):
    figure = plot(results.result("A_TTR_KM"), results, protocol)

    files = {t.get_fontproperties().get_file() for t in figure.findobj(mpl.text.Text)}
    assert all(f and f.startswith(mpl.get_data_path()) for f in files)


def test_dollar_sign_and_markup_in_a_label_stay_text(results, protocol):
    km = results.result("A_TTR_KM")
    odd = "<script>alert(1)</script> $x_1$"
    curves = (replace(km.curves[0], label=odd), *km.curves[1:])

    svg = figure_bytes(plot(replace(km, curves=curves), results, protocol))["svg"]
    page = inline_svg(svg, "f1", odd)
    assert "<script>" not in page
    assert "$x_1$" in page


def test_type_without_a_figure_is_refused_by_name(results, protocol):
    with pytest.raises(AnalysisError, match="a result of type cox has no figure"):
        plot(results.result("A_TTR_COX"), results, protocol)


def test_empty_curve_is_refused(results, protocol):
    empty = replace(results.result("A_TTR_KM"), curves=())

    with pytest.raises(AnalysisError, match="holds no curve to draw"):
        plot(empty, results, protocol)


def test_limits_that_do_not_exist_leave_the_curve_drawn(results, protocol):
    km = results.result("A_TTR_KM")
    none = tuple(math.nan for _ in km.curves[0].time)
    curves = (replace(km.curves[0], lower=none, upper=none), *km.curves[1:])

    figure = plot(replace(km, curves=curves), results, protocol)
    assert isinstance(figure.axes[0].lines[0], Line2D)
