"""Restricted mean survival time to a horizon: per arm, difference and ratio against the control."""

from adjuvant.analysis.effects import effect_estimate
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import pair_of, survival_script
from adjuvant.analysis.results import Estimate, Result
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import moment, named, percent
from adjuvant.core import InvalidInput, TimeToEvent
from adjuvant.survival import rmst, rmst_difference
from adjuvant.survival.results import normal_quantile

__all__ = ["restricted_mean_line"]


def restricted_mean_line(line: Line) -> Result:
    """Return the restricted mean per arm to the line's horizon, and its comparisons."""
    a = line.analysis
    if a.tau is None:
        raise InvalidInput(f"analysis {a.id}: an rmst needs its horizon; add `tau: 5 y`")
    line.refuse_keys("strata", "covariates")
    data = line.data()
    tau = line.horizon(a.tau)
    estimates = _means(line, data, tau)
    for control, arm in line.comparisons(data):
        found = rmst_difference(data.pair(control, arm), tau, level=a.level)
        for measure, effect in (("difference", found.difference), ("ratio", found.ratio)):
            estimates.append(
                effect_estimate(f"rmst_{measure}", effect, arm, control, at=tau, unit=line.unit)
            )
    return line.result(
        n=data.n,
        data=data,
        method=f"Restricted mean time without the event to {moment(tau, line.unit)}: the area "
        "under the Kaplan-Meier curve; difference and ratio to the control",
        convention=f"{percent(a.level)} limits: normal for means and differences, on the log "
        "scale for ratios; variance as R survRM2",
        estimates=tuple(estimates),
        notes=_note(line),
        sources=cite("royston", "uno"),
        python=_script(line, data, tau),
    )


def _means(line: Line, data: TimeToEvent, tau: float) -> list[Estimate]:
    half = normal_quantile(line.analysis.level)
    return [
        Estimate(
            named("rmst", arm.label, at=moment(tau, line.unit)),
            "rmst",
            arm.rmst,
            arm.rmst - half * arm.std_error,
            arm.rmst + half * arm.std_error,
            std_error=arm.std_error,
            arm=arm.label or None,
            at=tau,
            unit=line.unit,
        )
        for arm in rmst(data, tau)
    ]


def _note(line: Line) -> tuple[str, ...]:
    competing = line.endpoint.competing
    if not competing:
        return ()
    return (
        f"Competing events ({', '.join(competing)}) are censored: the mean is of a time to the "
        "event in a world without them.",
    )


def _script(line: Line, data: TimeToEvent, tau: float) -> str:
    body = [f"for arm in rmst(data, {tau}):", "    print(arm.label, arm.rmst, arm.std_error)"]
    for control, arm in line.comparisons(data):
        body += [
            f"found = rmst_difference({pair_of(control, arm, data)}, {tau}, "
            f"level={line.analysis.level})",
            "print(found.difference, found.ratio)",
        ]
    uses = ["rmst", "rmst_difference"] if line.comparisons(data) else ["rmst"]
    return survival_script(line, uses, body)
