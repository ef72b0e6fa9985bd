"""Draws the figures of docs/reference/estimators.md into docs/images.

Run it from anywhere: python docs/gallery.py
What a report draws comes from `adjuvant.report.plot`; the rest is drawn here.
"""

import csv
from importlib.resources import files
from pathlib import Path

import matplotlib
import numpy as np

from adjuvant import Study, TimeToEvent
from adjuvant.report import plot
from adjuvant.survival import (
    confidence_band,
    cox,
    kaplan_meier,
    proportional_hazards_test,
    residuals,
)

matplotlib.use("Agg")

from matplotlib import pyplot as plt

IMAGES = Path(__file__).parent / "images"
INK, ACCENT, PALE = "#222222", "#0b6e99", "#9ecae1"


def save(figure, name):
    """Write a small PNG that is the same bytes on every run."""
    path = IMAGES / f"gallery-{name}.png"
    figure.savefig(path, dpi=80, bbox_inches="tight", metadata={"Software": None})


def trial():
    """Return time to recurrence of the two arms, with age and nodes."""
    text = (files("adjuvant.studies") / "moertel1990/data/patients.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["rx"] != "Lev"]
    data = TimeToEvent.of(
        [int(row["recurrence_days"]) for row in rows],
        [int(row["recurrence"]) for row in rows],
        arm=[row["rx"] for row in rows],
        control="Obs",
    )
    return data, {name: np.array([int(row[name]) for row in rows]) for name in ("age", "node4")}


def from_the_plan():
    """Draw what the trial's own plan holds: curves, incidence, subgroups."""
    study = Study.open("moertel1990")
    results = study.analyse()
    wanted = {"kaplan_meier": "kaplan-meier", "cumulative_incidence": "cumulative-incidence",
              "subgroups": "forest"}  # fmt: skip
    for result in results.results:
        name = wanted.pop(result.type, None)
        if name is not None:
            save(plot(result, results, study.protocol), name)


def axes(title):
    """Return a figure with one quiet pair of axes."""
    figure, ax = plt.subplots(figsize=(6.4, 3.6))
    ax.set_title(title, loc="left", fontsize=10, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9)
    return figure, ax


def band(data):
    """Draw pointwise limits inside the band of the control arm."""
    figure, ax = axes("Observation: limits at each day, and a band for the whole curve (95%)")
    curve = kaplan_meier(data, ci="log-log").curves[0]
    whole = confidence_band(data)[0]
    years = 365.25
    ax.fill_between(whole.time / years, whole.lower, whole.upper, step="post", color=PALE,
                    label="equal-precision band")  # fmt: skip
    ax.step(curve.time / years, curve.survival, where="post", color=INK, label="Kaplan-Meier")
    for limit, label in ((curve.lower, "pointwise limits"), (curve.upper, None)):
        ax.step(curve.time / years, limit, where="post", color=INK, ls=":", lw=1, label=label)
    ax.set(
        ylim=(0, 1), xlim=(0, 8), xlabel="years since randomisation", ylabel="free of recurrence"
    )
    ax.legend(frameon=False, fontsize=9)
    save(figure, "band")


def schoenfeld(data, covariates):
    """Draw how the log hazard ratio of nodes changes, with its test."""
    fit = cox(data, covariates)
    p = proportional_hazards_test(fit).terms[2].p_value
    scaled = fit.events * residuals(fit, "schoenfeld") @ fit.variance  # Grambsch & Therneau 1994
    shown = scaled[:, 2] + fit.coef[2]
    days = np.sort(data.time[data.event > 0]) / 365.25
    figure, ax = axes(f"More than four nodes: does its effect last? (score test p = {p:.3f})")
    ax.plot(days, shown, ".", color=PALE, ms=4)
    width = 60
    smooth = np.convolve(shown, np.ones(width) / width, mode="valid")
    ax.plot(days[width // 2 : width // 2 + len(smooth)], smooth, color=ACCENT, lw=2,
            label=f"mean of {width} events")  # fmt: skip
    ax.axhline(fit.coef[2], color=INK, lw=1, ls="--", label="Cox: one log hazard ratio")
    ax.set(xlabel="years since randomisation", ylabel="log hazard ratio", ylim=(-3, 5))
    ax.legend(frameon=False, fontsize=9)
    save(figure, "schoenfeld")


def main():
    """Draw all figures."""
    from_the_plan()
    data, covariates = trial()
    band(data)
    schoenfeld(data, covariates)


if __name__ == "__main__":
    main()
