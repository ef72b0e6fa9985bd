"""Kaplan-Meier curves of the plan: medians, survival at milestones, the table under the figure."""

from adjuvant.analysis.axis import axis_ticks
from adjuvant.analysis.effects import quantile_estimate
from adjuvant.analysis.follow_up import beyond, horizon_notes
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Curve, Estimate, Result
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import limits_convention, moment, named
from adjuvant.core import Floats, TimeToEvent
from adjuvant.survival import at_risk_table, kaplan_meier, survival_at, survival_quantile

__all__ = ["censoring_note", "kaplan_meier_line", "survival_estimates"]


def kaplan_meier_line(line: Line) -> Result:
    """Return the Kaplan-Meier curves of the line: medians, survival at its times, risk table."""
    a = line.analysis
    data = line.data()
    times = tuple(line.horizon(at) for at in a.at)
    return line.result(
        n=data.n,
        data=data,
        method="Kaplan-Meier estimate with Greenwood's standard error; medians with the limits "
        "of Brookmeyer and Crowley",
        convention=limits_convention(a.ci, a.level)
        + "; median as R survival (the middle of a stretch on which survival is exactly one half)",
        estimates=(*_medians(line, data), *survival_estimates(line, data, times)),
        curves=_curves(line, data),
        notes=(*censoring_note(line), *horizon_notes(data, times)),
        sources=cite("kaplan_meier", "brookmeyer", "kmunicate"),
        python=_script(line, times),
    )


def censoring_note(line: Line) -> tuple[str, ...]:
    """Return the warning that a curve with competing events censored needs, () without them."""
    competing = line.endpoint.competing
    if not competing:
        return ()
    return (
        f"Competing events ({', '.join(competing)}) are censored: this describes the "
        "cause-specific hazard, and 1 minus the curve overstates how many patients have the "
        "event; the cumulative incidence says how many.",
    )


def survival_estimates(line: Line, data: TimeToEvent, times: tuple[float, ...]) -> list[Estimate]:
    """Return survival of each arm at the times; no estimate where its follow-up ends before."""
    if not times:
        return []
    found = survival_at(data, times, ci=line.analysis.ci, level=line.analysis.level)
    return [
        Estimate(
            named("survival", arm.label, at=moment(time, line.unit)),
            "survival",
            float(arm.survival[i]),
            float(arm.lower[i]),
            float(arm.upper[i]),
            std_error=float(arm.std_error[i]),
            arm=arm.label or None,
            at=time,
            unit=line.unit,
        )
        for arm in found
        for i, time in enumerate(times)
        if arm.label not in beyond(data, time)
    ]


def _medians(line: Line, data: TimeToEvent) -> list[Estimate]:
    found = survival_quantile(data, ci=line.analysis.ci, level=line.analysis.level)
    return [quantile_estimate("median", arm, line.unit) for arm in found]


def _curves(line: Line, data: TimeToEvent) -> tuple[Curve, ...]:
    ticks = axis_ticks(float(data.time.max()), line.unit)
    found = kaplan_meier(data, ci=line.analysis.ci, level=line.analysis.level)
    return tuple(
        Curve(
            curve.label,
            line.label(curve.label),
            "survival",
            tuple(curve.time.tolist()),
            tuple(curve.survival.tolist()),
            tuple(curve.lower.tolist()),
            tuple(curve.upper.tolist()),
            _whole(curve.censored),
            at_risk_times=ticks,
            at_risk=_whole(rows.at_risk),
            cumulative_censored=_whole(rows.censored),
            cumulative_events=_whole(rows.events),
        )
        for curve, rows in zip(found.curves, at_risk_table(data, ticks), strict=True)
    )


def _whole(counts: Floats) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)


def _script(line: Line, times: tuple[float, ...]) -> str:
    given = f'ci="{line.analysis.ci}", level={line.analysis.level}'
    uses = ["survival_quantile"]
    body = [
        f"for arm in survival_quantile(data, {given}):",
        "    print(arm.label, arm.quantile.tolist(), arm.lower.tolist(), arm.upper.tolist())",
    ]
    if times:
        uses = ["survival_at", *uses]
        body += [
            f"for arm in survival_at(data, {list(times)}, {given}):",
            "    print(arm.label, arm.survival.tolist(), arm.lower.tolist(), arm.upper.tolist())",
        ]
    return survival_script(line, uses, body)
