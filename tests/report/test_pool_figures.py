"""Figures of pooled trials: what they hold, and what they refuse."""

import pytest

from adjuvant.core import AnalysisError
from adjuvant.evidence import TrialEffect, pooled
from adjuvant.report import figure_bytes, plot, pool_figure
from adjuvant.report.pool_figures import POOL_FIGURES, pool_weights


def trials(number, kind="real"):
    effects = [-0.5, -0.1, 0.2, -0.4][:number]
    return pooled(
        [
            TrialEffect(f"t{i}", f"Trial {i}", 2000 + i, "RFS", e, 0.15 + 0.05 * i, kind=kind)
            for i, e in enumerate(effects)
        ]
    )


def words(figure):
    return figure_bytes(figure)["svg"].decode("utf-8")


def test_forest_holds_weights_diamonds_and_prediction():
    found = words(plot(trials(4)))

    for text in (
        "Trial 0",
        "Random effects, Hartung-Knapp",
        "Prediction for a new trial",
        "Weight",
    ):
        assert text in found
    assert sum(pool_weights(trials(4))) == pytest.approx(1.0)


def test_two_trials_have_no_prediction_and_nothing_to_leave_out():
    assert "No prediction interval" in words(pool_figure(trials(2)))
    with pytest.raises(AnalysisError, match="three trials"):
        pool_figure(trials(2), "leave_one_out")
    with pytest.raises(AnalysisError, match="no figure"):
        pool_figure(trials(3), "radial")


@pytest.mark.parametrize("kind", POOL_FIGURES)
def test_synthetic_trials_are_marked_on_every_figure(kind):
    assert "SYNTHETIC PATIENTS" in words(pool_figure(trials(3, "SYNTHETIC"), kind))
    assert "SYNTHETIC" not in words(pool_figure(trials(3), kind))


def test_same_trials_give_the_same_bytes():
    assert figure_bytes(pool_figure(trials(3))) == figure_bytes(pool_figure(trials(3)))
