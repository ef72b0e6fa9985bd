"""Captions and alternative texts of the figures: what a reader sees, for one who does not."""

import math

from adjuvant.analysis.results import Result
from adjuvant.protocol.model import Protocol
from adjuvant.report import numbers
from adjuvant.report.numbers import TimeScale
from adjuvant.report.tables import cause_of
from adjuvant.report.words import free_of, joined, lowered

__all__ = ["alt_text", "caption"]


def caption(result: Result, protocol: Protocol) -> str:
    """Return the caption of a result's figure, without its number."""
    label = result.endpoint_label or ""
    if result.type == "kaplan_meier":
        return (
            f"{label}: Kaplan-Meier curves. Ticks: censored; bands: pointwise confidence limits. "
            "Under the axis: patients at risk just before each time, and patients censored and "
            "with the event before it."
        )
    if result.type == "cumulative_incidence":
        return (
            f"{label}: cumulative incidence where other events compete (Aalen-Johansen). "
            "The curves of all causes and event-free survival sum to one."
        )
    if result.type == "subgroups":
        return (
            f"{label}: hazard ratios in subgroups. Exploratory; the p-values test whether the "
            "effect differs between the levels of a factor, not whether it exists in one."
        )
    return "Participant flow (CONSORT 2025). What was not reported is not drawn or says so."


def alt_text(result: Result, protocol: Protocol, scale: TimeScale) -> str:
    """Return the alternative text of a figure: its kind, its arms, and what it shows.

    The numbers in it are those that the figure shows to the eye.
    """
    tellers = {
        "kaplan_meier": _curve_alt,
        "cumulative_incidence": _curve_alt,
        "subgroups": _forest_alt,
        "consort": _flow_alt,
    }
    return tellers[result.type](result, protocol, scale)


def _curve_alt(result: Result, protocol: Protocol, scale: TimeScale) -> str:
    survival = result.type == "kaplan_meier"
    arms = joined(list(dict.fromkeys(c.label for c in result.curves)))
    kind = "Kaplan-Meier curves" if survival else "Cumulative incidence curves"
    text = f"{kind} of {lowered(result.endpoint_label or 'the endpoint')} for {arms}."
    sizes = {c.arm: c.n for c in result.counts}
    measure = "survival" if survival else "cumulative_incidence"
    found = [e for e in result.estimates if e.measure == measure and e.at is not None]
    if not found:
        return text
    last = max(e.at or 0.0 for e in found)
    labels = {c.arm: c.label for c in result.curves}
    parts = []
    for e in found:
        if e.at == last and e.arm in labels:
            cause = cause_of(e, result)
            what = f" {cause}" if cause else ""
            share = numbers.percent(e.value, sizes.get(e.arm or "", result.n))
            parts.append(f"{labels[e.arm]}{what} {share}")
    state = lowered(free_of(result, protocol) or "event-free") if survival else "with the event"
    return f"{text} At {numbers.length_words(last, result.unit)}, {state}: {'; '.join(parts)}."


def _forest_alt(result: Result, protocol: Protocol, scale: TimeScale) -> str:
    estimates = [row.estimate for row in result.subgroups if row.estimate is not None]
    factors = joined([lowered(x) for x in dict.fromkeys(r.factor_label for r in result.subgroups)])
    text = f"Forest plot of hazard ratios by {factors}."
    values = [e.value for e in estimates if math.isfinite(e.value)]
    if values:
        text += f" They run from {numbers.ratio(min(values))} to {numbers.ratio(max(values))}."
    return text


def _flow_alt(result: Result, protocol: Protocol, scale: TimeScale) -> str:
    labels = {a.id: a.label for a in protocol.arms}
    parts = []
    for b in result.flow:
        where = f", {labels.get(b.arm, b.arm)}" if b.arm else ""
        parts.append(f"{b.label}{where}: {numbers.count(b.n)}")
    return f"Flow diagram. {'; '.join(parts)}."
