"""Crude proportions of the plan: how many of an arm had an event, over the whole follow-up."""

from functools import lru_cache
from math import sqrt

from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import one_line_of_the_plan
from adjuvant.analysis.results import ArmCount, Estimate, Result
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import named, percent
from adjuvant.core import AnalysisError, InvalidInput
from adjuvant.survival import TwoByTwo
from adjuvant.survival.counts import Proportion, miettinen_nurminen, relative_risk
from adjuvant.survival.results import normal_quantile

__all__ = ["proportion_line", "wilson"]


def wilson(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion of n >= 1 people.

    Source    Wilson 1927; agrees with R's prop.test(correct = FALSE).

    >>> [round(limit, 4) for limit in wilson(45, 76)]
    [0.4798, 0.6956]
    """
    z2 = normal_quantile(level) ** 2
    p = events / n
    middle = p + z2 / (2 * n)
    half = sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    # Exact at the ends: rounding must not leave 1e-17 where the limit is 0 or 1.
    lower = 0.0 if events == 0 else (middle - half) / (1 + z2 / n)
    upper = 1.0 if events == n else (middle + half) / (1 + z2 / n)
    return lower, upper


def proportion_line(line: Line) -> Result:
    """Return each arm's crude proportion with the event, and its comparison with the control."""
    a = line.analysis
    counts = _counts(line)
    estimates = [_risk(line, count) for count in counts if count.n]
    notes = [
        "A crude proportion over the whole follow-up: it takes no account of how long each "
        "patient was followed."
    ]
    control = counts[0]
    for arm in counts[1:]:
        found, note = _comparison(line, arm, control)
        estimates += found
        notes += note
    return line.result(
        n=sum(count.n for count in counts),
        events=sum(count.events or 0 for count in counts),
        counts=counts,
        method=f"Patients with {_what(line)} over patients of the arm; risk difference and ratio "
        "to the control",
        convention=f"{percent(a.level)} limits: Wilson for a proportion, Miettinen-Nurminen score "
        "limits for the difference, Wald on the log scale for the ratio",
        estimates=tuple(estimates),
        notes=notes,
        sources=cite("wilson", "miettinen", "katz"),
        python=one_line_of_the_plan(line),
    )


def _what(line: Line) -> str:
    """Return in words what the line counts."""
    name = line.analysis.of or ""
    event = line.protocol.events.get(name)
    label = event.label if event and event.label else name
    return label[:1].lower() + label[1:]


def _counts(line: Line) -> tuple[ArmCount, ...]:
    """Return patients and events per arm, the control first."""
    a = line.analysis
    if a.of is None:
        raise InvalidInput(f"analysis {a.id}: a proportion needs what it counts; add `of: EVENT`")
    happened = line.snapshot.subjects.columns.get(f"event.{a.of}.happened")
    if happened is None:
        raise InvalidInput(f"analysis {a.id}: the data hold no event {a.of!r}")
    arms, inside = line.arm_column(), line.inside()
    rows = [(arm, answer) for arm, answer, i in zip(arms, happened, inside, strict=True) if i]
    return tuple(
        ArmCount(
            arm,
            line.label(arm),
            sum(own == arm for own, _ in rows),
            sum(own == arm and answer == "yes" for own, answer in rows),
        )
        for arm in line.arm_ids
    )


def _risk(line: Line, count: ArmCount) -> Estimate:
    events = count.events or 0
    lower, upper = wilson(events, count.n, line.analysis.level)
    return Estimate(named("risk", count.arm), "risk", events / count.n, lower, upper, arm=count.arm)


def _comparison(line: Line, arm: ArmCount, control: ArmCount) -> tuple[list[Estimate], list[str]]:
    """Return risk difference and ratio of two arms, and what could not be estimated."""
    table = TwoByTwo(arm.events or 0, arm.n, control.events or 0, control.n)
    level = line.analysis.level
    found = _score_limits(table, level)
    estimates = [_compared("risk_difference", found, arm, control)]
    try:
        ratio = relative_risk(table, level=level)
    except AnalysisError as reason:
        return estimates, [f"No risk ratio of {arm.label} to {control.label}: {reason}"]
    return [*estimates, _compared("risk_ratio", ratio, arm, control)], []


@lru_cache(maxsize=256)
def _score_limits(table: TwoByTwo, level: float) -> Proportion:
    """Solved once where the same counts come again, as in every member of an ensemble."""
    return miettinen_nurminen(table, level=level)


def _compared(measure: str, found: Proportion, arm: ArmCount, control: ArmCount) -> Estimate:
    return Estimate(
        named(measure, arm.arm, versus=control.arm),
        measure,
        found.estimate,
        *found.ci,
        arm=arm.arm,
        versus=control.arm,
    )
