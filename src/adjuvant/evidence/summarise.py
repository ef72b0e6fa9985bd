"""The page that a trial would print: its summary numbers as a file published/1."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adjuvant.core import InvalidData, TimeToEvent
from adjuvant.evidence.rounding import days_of
from adjuvant.survival.confidence_limits import Scale
from adjuvant.survival.cox import cox
from adjuvant.survival.kaplan_meier import survival_at
from adjuvant.survival.log_rank import log_rank
from adjuvant.survival.quantiles import reverse_kaplan_meier

__all__ = ["summary_of"]


@dataclass(frozen=True)
class _Line:
    kind: str
    rest: str
    printed: str


def summary_of(
    data: TimeToEvent,
    times: Sequence[float] = (3, 5),
    *,
    unit: str = "years",
    ci: Scale = "log-log",
    percent_digits: int = 0,
    ratio_digits: int = 2,
) -> str:
    """Return the text of a file published/1 with the numbers that a report of the data prints.

    data      two arms, code 0 the control; time in days.
    times     milestones, in `unit`; each within the follow-up of both arms.
    ci        the type of the milestones' intervals.
    Returns   n, events with percentages, milestones with limits, the hazard ratio (Cox, Efron) with
              limits, the log-rank p, follow-up (reverse Kaplan-Meier median, shortest, longest).
    Raises    InvalidData unless there are two arms and days; otherwise as the estimators.

    >>> data = TimeToEvent([300, 500, 900, 1500, 200, 400, 700, 1400], [1, 1, 0, 0, 1, 1, 1, 0],
    ...                    arm=[1, 1, 1, 1, 0, 0, 0, 0], arm_labels=("CTL", "IMM"))
    >>> print(summary_of(data, times=[1]).splitlines()[13])
      - {id: x4, kind: events, endpoint: e, arm: T, what: event, count: '2', percent: '50', \
as_printed: 2 of 4 (50%), source: a}
    """
    if data.arm is None or len(data.arm_labels) != 2 or data.unit != "day":
        raise InvalidData("a summary needs two arms and times in days")
    head = (
        "format: published/1\ncase: summary\ntitle: Summary of a data set\narms:\n"
        f"  T: {{label: {data.arm_labels[1]!r}, role: experimental}}\n"
        f"  C: {{label: {data.arm_labels[0]!r}, role: control}}\n"
        "sources:\n  a: {role: primary, text: computed from the data}\n"
        "endpoints: {e: {label: time to the event, event: event, event_free: event-free}}\n"
        "numbers:\n"
    )
    lines = [
        *_counts(data),
        *_milestones(data, times, unit, ci, percent_digits),
        *_tests(data, ratio_digits),
        *_follow_up(data),
    ]
    return head + "".join(
        f"  - {{id: x{i}, kind: {x.kind}, {x.rest}, as_printed: {x.printed}, source: a}}\n"
        for i, x in enumerate(lines, start=1)
    )


def _arms(data: TimeToEvent) -> Iterator[tuple[str, TimeToEvent]]:
    assert data.arm is not None
    yield "T", data.where(data.arm == 1)
    yield "C", data.where(data.arm == 0)


def _counts(data: TimeToEvent) -> Iterator[_Line]:
    for arm, part in _arms(data):
        yield _Line("n", f"arm: {arm}, value: '{part.n}'", f"n={part.n}")
    yield _Line("n_total", f"value: '{data.n}'", f"{data.n} patients")
    for arm, part in _arms(data):
        percent = f"{100 * part.events / part.n:.0f}"
        yield _Line(
            "events",
            f"endpoint: e, arm: {arm}, what: event, count: '{part.events}', percent: '{percent}'",
            f"{part.events} of {part.n} ({percent}%)",
        )


def _milestones(
    data: TimeToEvent, times: Sequence[float], unit: str, ci: Scale, digits: int
) -> Iterator[_Line]:
    found = survival_at(data, [days_of(t, unit) for t in times], ci=ci)
    for i, time in enumerate(times):
        for arm, at in (("T", found[1]), ("C", found[0])):
            value, low, high = (
                f"{100 * x[i]:.{digits}f}" for x in (at.survival, at.lower, at.upper)
            )
            limits = "" if "nan" in low + high else f", ci: ['{low}', '{high}']"
            yield _Line(
                "milestone",
                f"endpoint: e, arm: {arm}, time: '{time:g}', unit: {unit}, what: event_free, "
                f"value: '{value}'{limits}",
                f"{value}% at {time:g} {unit}",
            )


def _tests(data: TimeToEvent, digits: int) -> Iterator[_Line]:
    fit = cox(data)
    value = f"{fit.hazard_ratio[0]:.{digits}f}"
    low, high = (f"{v:.{digits}f}" for v in fit.hr_ci[0])
    yield _Line(
        "hr",
        f"endpoint: e, ratio: T/C, value: '{value}', ci: ['{low}', '{high}'], level: '95', "
        "adjusted: false",
        f"HR {value} ({low}-{high})",
    )
    p = log_rank(data).p_value
    text = "<0.001" if p < 0.001 else f"{p:.3f}"
    yield _Line("p", f"endpoint: e, value: '{text}', sides: 2, test: logrank", f"p {text}")


def _follow_up(data: TimeToEvent) -> Iterator[_Line]:
    whole = TimeToEvent(data.time, data.event)
    median = float(reverse_kaplan_meier(whole)[0].quantile[0])
    stats = {"median": median, "min": float(data.time.min()), "max": float(data.time.max())}
    for stat, value in stats.items():
        if np.isfinite(value):
            text = f"{value / 365.25:.1f}"
            yield _Line(
                "follow_up", f"stat: {stat}, value: '{text}', unit: years", f"{stat} {text} years"
            )
