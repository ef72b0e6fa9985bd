"""How long patients were followed: reverse Kaplan-Meier, and where the data end."""

from adjuvant.analysis.effects import quantile_estimate
from adjuvant.analysis.line import Line, arm_codes
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Estimate, Result
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import limits_convention, moment
from adjuvant.core import TimeToEvent
from adjuvant.survival import reverse_kaplan_meier

__all__ = ["beyond", "follow_up_line", "horizon_notes"]


def follow_up_line(line: Line) -> Result:
    """Return the median follow-up by reverse Kaplan-Meier: everybody together, then per arm."""
    a = line.analysis
    data = line.data()
    together = reverse_kaplan_meier(data.without_arms(), ci=a.ci, level=a.level)
    per_arm = reverse_kaplan_meier(data, ci=a.ci, level=a.level) if line.comparisons(data) else ()
    medians = [
        quantile_estimate("follow_up_median", found, line.unit) for found in (*together, *per_arm)
    ]
    longest = float(data.time.max())
    body = [
        f'found = reverse_kaplan_meier(data.without_arms(), ci="{a.ci}", level={a.level})[0]',
        "print(found.quantile.tolist(), found.lower.tolist(), found.upper.tolist())",
    ]
    return line.result(
        n=data.n,
        data=data,
        method="Median follow-up by reverse Kaplan-Meier (events and censorings exchanged)",
        convention=limits_convention(a.ci, a.level),
        estimates=(
            *medians,
            Estimate("follow_up_longest", "follow_up_longest", longest, unit=line.unit),
        ),
        notes=_note(line),
        sources=cite("schemper"),
        python=survival_script(line, ["reverse_kaplan_meier"], body),
    )


def beyond(data: TimeToEvent, time: float) -> tuple[str, ...]:
    """Return the arms whose survival at `time` nobody can know: follow-up ended before it.

    An arm in which everybody had the event before it has survival 0 there, which is known.

    >>> beyond(TimeToEvent([3, 5], [1, 0]), 6), beyond(TimeToEvent([3, 5], [1, 1]), 6)
    (('',), ())
    """
    labels, codes = arm_codes(data)
    found = []
    for code, arm in enumerate(labels):
        own = codes == code
        last = data.time[own].max(initial=-1)
        # Whoever is left at the arm's last time: is one of them known only to be event-free?
        if last < time and (data.event[own & (data.time == last)] == 0).any():
            found.append(arm)
    return tuple(found)


def horizon_notes(data: TimeToEvent, times: tuple[float, ...]) -> list[str]:
    """Say at which milestones an arm has no value because its follow-up ends before.

    >>> horizon_notes(TimeToEvent([3, 5], [1, 0]), (6.0,))
    ['No value at day 6 for the group: its follow-up ends before, so the data do not say.']
    """
    return [
        f"No value at {moment(time, data.unit)} for {arm or 'the group'}: "
        "its follow-up ends before, so the data do not say."
        for time in times
        for arm in beyond(data, time)
    ]


def _note(line: Line) -> tuple[str, ...]:
    competing = line.endpoint.competing
    if not competing:
        return ()
    return (
        f"A competing event ({', '.join(competing)}) without the event counts here as the end of "
        "follow-up, as in a curve that censors it.",
    )
