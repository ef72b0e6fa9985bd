"""`plot(result)` draws what the estimators return, or says what to draw instead."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
import survival_examples as example
from matplotlib.figure import Figure

import adjuvant.survival as room
from adjuvant.core import AnalysisError, TimeToEvent, UsageError
from adjuvant.report import plot
from adjuvant.report.estimate_figures import PICTURES, WITHOUT
from adjuvant.report.estimate_models import survival_of
from adjuvant.report.style import look

EXAMPLES = example.examples()
PAGE = Path(__file__).parents[2] / "docs/reference/pictures.md"


def texts(figure):
    held = [t.get_text() for t in figure.texts]
    for axes in figure.axes:
        held += [t.get_text() for t in axes.texts] + [axes.get_title(loc="left")]
        held += [t.get_text() for t in axes.get_yticklabels()]
    return held


def drawn(figure):
    out = io.BytesIO()
    with look():
        figure.savefig(out, format="svg")
    return out.getvalue()


@pytest.mark.parametrize("kind", sorted(PICTURES))
def test_every_result_with_a_picture_is_drawn_and_saved(kind):
    figure = plot(EXAMPLES[kind])

    assert isinstance(figure, Figure)
    assert len(drawn(figure)) > 2000
    assert "nan" not in " ".join(texts(figure)).split()


@pytest.mark.parametrize("kind", sorted(set(WITHOUT) & set(EXAMPLES)))
def test_a_result_without_a_picture_says_what_to_draw(kind):
    with pytest.raises(AnalysisError, match=f"{kind} has no figure of its own: "):
        plot(EXAMPLES[kind])


def test_every_result_class_is_drawn_or_refused_by_name():
    assert set(EXAMPLES) <= set(PICTURES) | set(WITHOUT)
    assert not set(PICTURES) & set(WITHOUT)


def test_the_page_of_pictures_lists_each_result_with_what_it_shows():
    text = PAGE.read_text("utf-8")

    for kind, (_, _, _, shows) in PICTURES.items():
        assert f"| `{kind}` |" in text
        assert f"| {shows} |" in text
    for kind, instead in WITHOUT.items():
        assert f"| `{kind}` | {instead} |" in text


def test_counts_under_the_curves_are_those_of_the_at_risk_table():
    figure = plot(room.kaplan_meier(example.DATA))

    breaks = figure.axes[0].get_xticks()
    shown = [int(t.get_text()) for t in figure.texts if t.get_text().isdigit()]
    for arm in room.at_risk_table(example.DATA, breaks):
        for counts in (arm.at_risk, arm.censored, arm.events):
            row = counts.astype(int).tolist()
            assert any(shown[i : i + len(row)] == row for i in range(len(shown)))


def test_curve_is_the_estimate_at_its_own_times():
    curve = room.kaplan_meier(example.DATA).curves[1]

    line = plot(room.kaplan_meier(example.DATA)).axes[0].lines[2]

    assert line.get_xdata()[1:] == pytest.approx(curve.time)
    assert line.get_ydata()[1:] == pytest.approx(curve.survival)


def test_shaded_area_of_the_restricted_mean_is_the_restricted_mean():
    found = room.rmst(example.DATA, 400)

    axes = plot(found).axes

    for arm, panel in zip(found, axes, strict=True):
        corners = panel.collections[0].get_paths()[0].vertices
        x, y = corners[:, 0], corners[:, 1]
        area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
        assert area == pytest.approx(arm.rmst, rel=1e-9)


def test_fitted_line_of_an_arm_is_the_mean_of_its_patients():
    fit = EXAMPLES["ParametricFit"]
    rows = example.ARM == 1
    eta = fit.coef[0] + fit.coef[1] + fit.coef[2] * example.AGE[rows]

    found = survival_of(fit, np.array([200.0]), rows)

    assert found[0] == pytest.approx(np.exp(-((200 / np.exp(eta)) ** (1 / fit.scale))).mean())


def test_an_infinite_hazard_ratio_is_drawn_without_a_point():
    data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], arm=[0, 0, 0, 1, 1, 1])

    figure = plot(room.cox(data))

    assert any("0.00" in t for t in texts(figure))
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "s"]


ODD = {
    "one patient": TimeToEvent([5], [1]),
    "all censored": TimeToEvent([5, 6, 7], [0, 0, 0]),
    "time 0 alone": TimeToEvent([0, 0], [1, 0]),
    "one time": TimeToEvent([3, 3, 3, 3], [1, 1, 0, 1], arm=[0, 0, 1, 1]),
    "own unit": TimeToEvent([1, 2, 3, 4], [1, 0, 1, 1], unit="cycle"),
    "hours": TimeToEvent([1.5, 2.25, 3, 4], [1, 0, 1, 1], unit="hour"),
    "weights": TimeToEvent([1, 2, 3, 4], [1, 0, 1, 1], weight=[0.5, 1, 2, 0]),
    "late entry": TimeToEvent([3, 4, 9], [1, 0, 1], entry=[0, 2, 5]),
    "six arms": TimeToEvent(range(1, 13), [1] * 12, arm=[0, 1, 2, 3, 4, 5] * 2),
    "long name": TimeToEvent.of([1, 2, 3], [1, 1, 0], arm=["a" * 90, "a" * 90, "$b$"]),
}


NO_ANSWER = {("all censored", room.aalen_johansen)}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize(
    "estimate", [room.kaplan_meier, room.nelson_aalen, room.survival_quantile, room.aalen_johansen]
)
def test_odd_data_are_drawn_or_refused_by_name(name, estimate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if (name, estimate) in NO_ANSWER:
            with pytest.raises(AnalysisError):
                plot(estimate(ODD[name]))
        else:
            drawn(plot(estimate(ODD[name])))


def test_two_kinds_share_no_figure():
    with pytest.raises(UsageError, match="one kind of result; got Concordance, KaplanMeier"):
        plot([EXAMPLES["KaplanMeier"], EXAMPLES["CoxFit"].concordance])


@pytest.mark.parametrize("thing", [5, "text", None, [], EXAMPLES["CoxFit"].concordance])
def test_what_has_no_figure_is_refused(thing):
    with pytest.raises(UsageError):
        plot(thing)


def test_two_models_are_two_figures():
    with pytest.raises(UsageError, match="draw one at a time"):
        plot([EXAMPLES["CoxFit"], EXAMPLES["CoxFit"]])


def test_differences_and_ratios_share_no_axis():
    with pytest.raises(AnalysisError, match="two figures"):
        plot([room.risk_difference(example.TABLE), room.odds_ratio(example.TABLE)])


def test_no_result_of_survival_draws_itself():
    for results in EXAMPLES.values():
        one = results[0] if isinstance(results, tuple) else results
        assert not hasattr(one, "plot")


def test_breaks_of_a_quantile_axis_are_round_in_the_printed_unit():
    axes = plot(room.survival_quantile(TimeToEvent([700, 900, 1500, 2400], [1, 1, 1, 1]))).axes[0]

    breaks = [t.get_text() for t in axes.get_xticklabels()]
    assert breaks == [f"{t / 30.4375:g}" for t in axes.get_xticks()]
    assert len(breaks) >= 4
