"""Cumulative incidence where another event competes: what share has had each event by a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adjuvant.analysis.axis import axis_ticks
from adjuvant.analysis.follow_up import beyond, horizon_notes
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Curve, Estimate, Result, Test
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import moment, percent
from adjuvant.core import AnalysisError, TimeToEvent
from adjuvant.survival import aalen_johansen, at_risk_table, gray_test

__all__ = ["cumulative_incidence_line"]


def cumulative_incidence_line(line: Line) -> Result:
    """Return the cumulative incidence of the event and of each competing event, per arm."""
    a = line.analysis
    data = line.competing_data()
    found = aalen_johansen(data, ci=a.ci, level=a.level)
    times = tuple(line.horizon(at) for at in a.at)
    causes = _causes(line)
    seen = {code: state for state, code in enumerate(found.states) if code in causes}
    estimates = [
        estimate
        for curve in found.curves
        for code, state in seen.items()
        for estimate in _at(line, data, curve, (causes[code], state), times)
    ]
    tests, why = _gray(line, data, causes)
    tested = "; arms compared by Gray's test per cause" if tests else ""
    return line.result(
        n=data.n,
        data=data,
        method="Aalen-Johansen cumulative incidence; competing events count as events of their "
        f"own, not as censorings{tested}",
        convention=f"{percent(a.level)} limits on the {a.ci} scale with the "
        "infinitesimal-jackknife standard error (R survival's survfit)"
        + ("; test as R cmprsk's cuminc" if tests else ""),
        estimates=tuple(estimates),
        curves=tuple(_curves(line, data, found.curves, causes, seen)),
        tests=tests,
        notes=(*horizon_notes(data, times), *why),
        sources=cite("aalen_johansen", *(["gray"] if tests else [])),
        python=_script(line, times, tested=bool(tests)),
    )


def _causes(line: Line) -> dict[int, str]:
    """Return code -> name of the endpoint's event (1) and its competing events (2, 3, ...)."""
    endpoint = line.endpoint
    event = " or ".join(endpoint.event) or endpoint.label
    return {1: event, **dict(enumerate(endpoint.competing, 2))}


def _gray(
    line: Line, data: TimeToEvent, causes: Mapping[int, str]
) -> tuple[tuple[Test, ...], list[str]]:
    """Return Gray's test of each cause between the arms, or why there is none."""
    if not line.comparisons(data):
        return (), []
    if data.entry is not None:
        return (), ["No test between the arms: Gray's test takes no late entry."]
    try:
        found = gray_test(data)
    except AnalysisError as reason:
        return (), [f"No test between the arms: {reason}"]
    return tuple(
        Test(f"Gray's test ({causes[c.cause]})", c.chi_square, c.df, c.p_value)
        for c in found.causes
        if c.cause in causes
    ), []


def _at(
    line: Line,
    data: TimeToEvent,
    curve: Any,
    cause: tuple[str, int],
    times: tuple[float, ...],
) -> list[Estimate]:
    """Return one arm's incidence of one cause at the times; nothing where follow-up ended."""
    name, state = cause
    estimates = []
    for time in times:
        if curve.label in beyond(data, time):
            continue
        step = int(np.searchsorted(curve.time, time, side="right")) - 1
        columns = (curve.probability, curve.lower, curve.upper, curve.std_error)
        # Before the first time nobody has had any event.
        value, lower, upper, error = (float(c[step, state]) if step >= 0 else 0.0 for c in columns)
        words = ["cumulative_incidence", name, curve.label, f"at {moment(time, line.unit)}"]
        estimates.append(
            Estimate(
                " ".join(word for word in words if word),
                "cumulative_incidence",
                value,
                lower,
                upper,
                std_error=error,
                arm=curve.label or None,
                at=time,
                unit=line.unit,
            )
        )
    return estimates


def _curves(
    line: Line, data: TimeToEvent, curves: Any, causes: Mapping[int, str], seen: Mapping[int, int]
) -> list[Curve]:
    ticks = axis_ticks(float(data.time.max()), line.unit)
    table = at_risk_table(data, ticks)
    found = []
    for code, state in seen.items():
        for arm, (curve, rows) in enumerate(zip(curves, table, strict=True)):
            mine = np.ones(data.n, dtype=np.bool_) if data.arm is None else data.arm == arm
            own = np.sort(data.time[mine & (data.event == code)])
            censored = np.sort(data.time[mine & (data.event == 0)])
            found.append(
                Curve(
                    curve.label,
                    line.label(curve.label),
                    "cumulative_incidence",
                    tuple(curve.time.tolist()),
                    tuple(curve.probability[:, state].tolist()),
                    tuple(curve.lower[:, state].tolist()),
                    tuple(curve.upper[:, state].tolist()),
                    _at_each(censored, curve.time),
                    cause=causes[code],
                    at_risk_times=ticks,
                    at_risk=_whole(rows.at_risk),
                    cumulative_censored=_whole(rows.censored),
                    cumulative_events=_whole(np.searchsorted(own, ticks, side="left")),
                )
            )
    return found


def _at_each(ordered: Any, times: Any) -> tuple[int, ...]:
    """Return how many of the ordered values equal each time."""
    after = np.searchsorted(ordered, times, side="right")
    return _whole(after - np.searchsorted(ordered, times, side="left"))


def _whole(counts: Any) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)


def _script(line: Line, times: tuple[float, ...], *, tested: bool) -> str:
    uses = ["aalen_johansen"]
    body = [
        f'found = aalen_johansen(data, ci="{line.analysis.ci}", level={line.analysis.level})',
        "for arm in found.curves:",
        f"    for time in {list(times) or '[arm.time[-1]]'}:",
        '        step = arm.time.searchsorted(time, side="right") - 1',
        "        print(arm.label, time, arm.probability[step].tolist())",
    ]
    if tested:
        uses.append("gray_test")
        body += [
            "for test in gray_test(data).causes:",
            "    print(test.cause, test.chi_square, test.df, test.p_value)",
        ]
    return survival_script(line, uses, body, competing=True)
