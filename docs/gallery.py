"""Draws the figures of docs/reference/estimators.md into docs/images, all by `report.plot`.

Run it from anywhere: python docs/gallery.py
"""

import csv
from importlib.resources import files
from pathlib import Path

import numpy as np

import adjuvant.survival as s
from adjuvant import TimeToEvent
from adjuvant.report import plot
from adjuvant.report.style import look

IMAGES = Path(__file__).parent / "images"


def trial():
    """Return the shipped trial's columns, and time to recurrence of its three arms."""
    text = (files("adjuvant.studies") / "moertel1990/data/patients.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = ("age", "node4", "recurrence_days", "recurrence", "death_days", "death")
    column = {name: np.array([int(row[name]) for row in rows]) for name in names}
    arm = [row["rx"] for row in rows]
    three = TimeToEvent.of(
        column["recurrence_days"], column["recurrence"], arm=arm, control="Obs"
    )  # fmt: skip
    two = np.isin(arm, ["Obs", "Lev+5FU"])
    return three, {name: values[two] for name, values in column.items()}


def first_event(data, column):
    """Return recurrence (1) against death before it (2)."""
    died_first = (column["recurrence"] == 0) & (column["death"] == 1)
    time = np.minimum(column["recurrence_days"], column["death_days"])
    event = np.where(column["recurrence"] == 1, 1, np.where(died_first, 2, 0))
    return TimeToEvent(time, event, arm=data.arm, arm_labels=data.arm_labels)


def between_visits(data):
    """Return recurrences known only to lie between two visits half a year apart."""
    last = (data.time - 1) // 182 * 182
    lower = np.where(data.event > 0, last, data.time)
    upper = np.where(data.event > 0, last + 182.0, np.inf)
    return s.IntervalCensored(lower, upper, arm=data.arm, arm_labels=data.arm_labels)


def results():
    """Return each figure's name and the result it shows."""
    three, column = trial()
    data = three.pair("Obs", "Lev+5FU")
    covariates = {"age": column["age"], "node4": column["node4"]}
    fit, first = s.cox(data, covariates), first_event(data, column)
    death = TimeToEvent(
        column["death_days"], column["death"], arm=data.arm, arm_labels=data.arm_labels
    )
    visits = TimeToEvent(
        [4, 9, 12, 7, 15], [1, 1, 0, 1, 0], entry=[0, 4, 9, 0, 7],
        subject=("a", "a", "a", "b", "b"), unit="month",
    )  # fmt: skip
    table = s.TwoByTwo(119, 304, 177, 315)
    seen = between_visits(data)
    by_nodes = s.cox(data.with_strata(column["node4"].tolist()), {"age": column["age"]})
    return {
        "kaplan-meier": s.kaplan_meier(three),
        "quantiles": s.survival_quantile(three, [0.25, 0.5]),
        "nelson-aalen": s.nelson_aalen(data),
        "band": s.confidence_band(data),
        "mean-cumulative": s.mean_cumulative_function(visits),
        "log-rank": s.log_rank(three),
        "weighted-log-rank": s.weighted_log_rank(data, s.FlemingHarrington(0, 1)),
        "max-combo": s.max_combo(data),
        "forest": fit,
        "schoenfeld": s.proportional_hazards_test(fit),
        "profile": s.profile_likelihood_ci(fit),
        "predicted": s.predicted_survival(by_nodes, {"arm": "Lev+5FU", "age": 60}),
        "parametric": s.parametric_survival(data, distribution="log_normal"),
        "turnbull": s.turnbull(seen),
        "restricted-mean": s.rmst_difference(data, 1826),
        "milestone": s.milestone_difference(data, 1826),
        "average-hazard-ratio": s.average_hazard_ratio(data),
        "win-ratio": s.win_ratio([death, data]),
        "two-by-two": [s.risk_difference(table), s.newcombe(table), s.miettinen_nurminen(table)],
        "cumulative-incidence": s.cumulative_incidence(first),
        "aalen-johansen": s.aalen_johansen(first),
        "fine-gray": s.fine_gray(first),
    }


def main():
    """Draw all figures, small PNG files that are the same bytes on every run."""
    for name, result in results().items():
        with look():
            plot(result).savefig(
                IMAGES / f"gallery-{name}.png", dpi=80, metadata={"Software": None}
            )


if __name__ == "__main__":
    main()
