"""Subgroups: a hazard ratio per level of a factor, and whether the levels differ (interaction)."""

import math

import numpy as np

from adjuvant.analysis.covariates import factor_levels, subject_rows
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import one_line_of_the_plan
from adjuvant.analysis.regression import hazard_ratios
from adjuvant.analysis.results import Estimate, Result, SubgroupRow
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import counted, percent
from adjuvant.core import AnalysisError, InvalidInput, TimeToEvent
from adjuvant.survival import Factor, TestResult, cox

__all__ = ["subgroups_line"]


def subgroups_line(line: Line) -> Result:
    """Return a row per level of each factor of the line, per arm against the control."""
    a = line.analysis
    if not a.by:
        raise InvalidInput(f"analysis {a.id}: subgroups need factors; add `by: [FACTOR, ...]`")
    line.refuse_keys("covariates", "interactions")
    data = line.data(strata=line.strata)
    rows: list[SubgroupRow] = []
    notes: list[str] = []
    for control, arm in line.comparisons(data):
        pair = data.pair(control, arm)
        places = subject_rows(line.snapshot, pair)
        for name in a.by:
            found, note = _factor_rows(line, pair, places, name)
            rows += found
            notes += note
    overall = [
        estimate
        for control, arm in line.comparisons(data)
        for estimate in _hazard_ratio(line, data.pair(control, arm))
    ]
    stratified = f", stratified by {', '.join(line.strata_names)}" if line.strata_names else ""
    return line.result(
        n=data.n,
        data=data,
        method=f"Cox regression within each level{stratified}; interaction of arm and factor by "
        "the likelihood-ratio test",
        convention=f"{'Efron' if a.ties == 'efron' else 'Breslow'} ties, {percent(a.level)} Wald "
        "limits on the log scale; no adjustment for the number of subgroups",
        estimates=tuple(overall),
        subgroups=tuple(rows),
        notes=(
            "Subgroups are exploratory: with several factors one small interaction p is expected "
            "by chance.",
            *line.stand_ins(),
            *dict.fromkeys(notes),
        ),
        sources=cite("cox", "wang"),
        python=one_line_of_the_plan(line),
    )


def _factor_rows(
    line: Line, pair: TimeToEvent, places: list[int], name: str
) -> tuple[list[SubgroupRow], list[str]]:
    """Return a factor's rows for two arms, and what a reader must know about them."""
    factor = factor_levels(line.variable(name), places)
    known = np.array([value is not None for value in factor.values])
    notes = []
    if not known.all():
        without = counted(int((~known).sum()), "patient")
        notes.append(f"{without} without {factor.label}: in none of its levels.")
    data = pair.where(known)
    values = [value for value in factor.values if value is not None]
    p, why = _interaction(line, data, Factor(values, factor.levels))
    notes += [f"No interaction test for {factor.label}: {why}"] if why else []
    rows = []
    for level in factor.levels:
        inside = data.where(np.array([value == level for value in values]))
        if inside.n:
            rows.append(_row(line, inside, (name, factor.label, level), p))
    return rows, notes


def _row(
    line: Line, inside: TimeToEvent, place: tuple[str, str, str], interaction_p: float
) -> SubgroupRow:
    factor, label, level = place
    counts = line.counts(inside)
    try:
        estimate = _hazard_ratio(line, inside)[0]
    except AnalysisError as reason:
        return SubgroupRow(factor, label, level, counts, None, interaction_p, str(reason))
    except IndexError:
        why = "no finite hazard ratio: an arm has no event"
        return SubgroupRow(factor, label, level, counts, None, interaction_p, why)
    return SubgroupRow(factor, label, level, counts, estimate, interaction_p)


def _hazard_ratio(line: Line, pair: TimeToEvent) -> list[Estimate]:
    fit = cox(pair, ties=line.analysis.ties, level=line.analysis.level)
    return hazard_ratios(fit, line.comparisons(pair))


def _interaction(line: Line, data: TimeToEvent, factor: Factor) -> tuple[float, str]:
    """Return the likelihood-ratio p of arm x factor, or NaN and why there is none."""
    seen = tuple(level for level in factor.levels if level in set(factor.values))
    if len(seen) < 2:
        return math.nan, "it has only one level in these patients"
    columns = {"factor": Factor(factor.values, seen)}
    try:
        main = cox(data, columns, ties=line.analysis.ties)
        crossed = cox(data, columns, interactions=[("arm", "factor")], ties=line.analysis.ties)
    except AnalysisError as reason:
        return math.nan, str(reason)
    gain = 2 * (crossed.log_likelihood[1] - main.log_likelihood[1])
    df = len(crossed.terms) - len(main.terms)
    return TestResult.of(max(gain, 0.0), df).p_value, ""
