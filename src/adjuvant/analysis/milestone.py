"""Survival at milestones fixed in the plan: per arm, and the difference to the control."""

from adjuvant.analysis.curves import censoring_note, survival_estimates
from adjuvant.analysis.effects import effect_estimate
from adjuvant.analysis.follow_up import horizon_notes
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import pair_of, survival_script
from adjuvant.analysis.results import Result
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import limits_convention, moment
from adjuvant.core import AnalysisError, InvalidInput, TimeToEvent
from adjuvant.survival import milestone_difference

__all__ = ["milestone_line"]


def milestone_line(line: Line) -> Result:
    """Return survival at the line's times per arm, and each arm's difference to the control."""
    a = line.analysis
    if not a.at:
        raise InvalidInput(f"analysis {a.id}: a milestone needs its times; add `at: [3 y]`")
    line.refuse_keys("strata", "covariates")
    data = line.data()
    times = tuple(line.horizon(at) for at in a.at)
    notes = [*censoring_note(line), *horizon_notes(data, times)]
    estimates = survival_estimates(line, data, times)
    for time in times:
        for control, arm in line.comparisons(data):
            try:
                found = milestone_difference(data.pair(control, arm), time, level=a.level)
            except AnalysisError as reason:
                notes.append(f"{arm} v {control} at {moment(time, line.unit)}: {reason}")
                continue
            estimates.append(
                effect_estimate(
                    "survival_difference", found.difference, arm, control, at=time, unit=line.unit
                )
            )
    return line.result(
        n=data.n,
        data=data,
        method="Kaplan-Meier survival at fixed times; differences with Greenwood's variance",
        convention=limits_convention(a.ci, a.level) + " for survival, normal for differences",
        estimates=tuple(estimates),
        notes=notes,
        sources=cite("kaplan_meier", "klein"),
        python=_script(line, data, times),
    )


def _script(line: Line, data: TimeToEvent, times: tuple[float, ...]) -> str:
    given = f'ci="{line.analysis.ci}", level={line.analysis.level}'
    body = [
        f"for arm in survival_at(data, {list(times)}, {given}):",
        "    print(arm.label, arm.survival.tolist(), arm.lower.tolist(), arm.upper.tolist())",
    ]
    for control, arm in line.comparisons(data):
        two = pair_of(control, arm, data)
        body += [
            f"for time in {list(times)}:",
            f"    print(milestone_difference({two}, time, level={line.analysis.level}).difference)",
        ]
    uses = ["survival_at"]
    if line.comparisons(data):
        uses = ["milestone_difference", *uses]
    return survival_script(line, uses, body)
