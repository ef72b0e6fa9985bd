"""Raising the number of events at the last interim look, without raising the error.

The two parts of the trial are combined with the weights that were planned, whatever the second
one becomes: under the null the combination stays normal, and the planned bound keeps its level.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr, ndtri

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import check_ratio
from adjuvant.design.boundaries import stopping_bounds
from adjuvant.design.group_sequential import GroupSequentialDesign

__all__ = ["Reestimation", "combined_z", "log_rank_increment", "reestimate_events"]

Zone = Literal["unfavourable", "promising", "favourable"]


@dataclass(frozen=True)
class Reestimation:
    """What the pre-planned rule says at the interim look; it needs arms: closed report only.

    zone                        where the conditional power under the observed trend lies.
    planned_conditional_power   with the planned number of events.
    events                      of both arms at the last look, as the rule sets them (whole).
    conditional_power           with these.
    critical_value              for `combined_z`, not for the plain test statistic.
    """

    zone: Zone
    planned_conditional_power: float
    events: int
    conditional_power: float
    critical_value: float


def reestimate_events(
    design: GroupSequentialDesign,
    z: float,
    *,
    interim_events: int,
    max_events: int,
    cap: int,
    power: float | None = None,
    promising_from: float = 0.3,
    hazard_ratio: float | None = None,
    allocation_ratio: float = 1.0,
) -> Reestimation:
    """Return the events of the last look by a promising-zone rule fixed in the protocol.

    design           with the look where it was: information_rates[-2] as its bound was computed.
    z                log-rank statistic at the last interim look, above 0 in favour.
    interim_events   at that look; max_events planned for the last one; cap the most allowed.
    power            conditional power aimed at; by default that of the design.
    promising_from   conditional power from which the events are raised.
    hazard_ratio     at which conditional power is computed; by default the observed trend.
    Raises           InvalidInput for a two-sided design, numbers of events that do not rise, a look
                     that already crossed a bound, or levels of power that are none.
    Source           Mehta & Pocock 2011; Cui, Hung & Wang 1999; Wassmer 2006.

    Pitfall: what is known of patients still without an event (their other outcomes) must not enter
    the decision unless the parts are separated by patient (Jenkins, Stone & Jennison 2011).

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(0.5, 1), power=0.9)
    >>> found = reestimate_events(design, 1.6, interim_events=100, max_events=200, cap=400)
    >>> found.zone, found.events
    ('promising', 338)
    """
    aim = design.power if power is None else power
    _check(design, z, (interim_events, max_events, cap), aim, promising_from)
    assert aim is not None
    r = allocation_ratio
    check_ratio("allocation_ratio", r)
    if hazard_ratio is None:
        effect = z * (1 + r) / math.sqrt(interim_events * r)
    else:
        check_ratio("hazard_ratio", hazard_ratio)
        effect = -math.log(hazard_ratio)
    t = design.information_rates[-2]
    critical = stopping_bounds(design).upper[-1]
    missing = (critical - math.sqrt(t) * z) / math.sqrt(1 - t)
    per_root = effect * math.sqrt(r) / (1 + r)

    def conditional(events: int) -> float:
        return float(ndtr(per_root * math.sqrt(events - interim_events) - missing))

    planned = conditional(max_events)
    zone: Zone = "unfavourable"
    if planned >= promising_from:
        zone = "favourable" if planned >= aim else "promising"
    events = max_events
    if zone == "promising":
        needed = ((float(ndtri(aim)) + missing) / per_root) ** 2 if per_root > 0 else math.inf
        events = min(cap, math.ceil(interim_events + min(needed, cap) - 1e-9))
    return Reestimation(zone, planned, events, conditional(events), critical)


def combined_z(design: GroupSequentialDesign, z: float, increment: float) -> float:
    """Return the statistic to hold against the last planned bound, with the planned weights.

    z           at the last interim look.
    increment   standard normal under the null and independent of z: `log_rank_increment`, or the
                log-rank statistic of the patients who entered after the look.
    Source      Lehmacher & Wassmer 1999.

    >>> design = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1))
    >>> round(combined_z(design, 1.0, 2.0), 4)
    2.1213
    """
    if design.looks < 2:
        raise InvalidInput("a design with one look has no parts to combine")
    t = design.information_rates[-2]
    return math.sqrt(t) * z + math.sqrt(1 - t) * increment


def log_rank_increment(
    z_before: float, events_before: int, z_after: float, events_after: int
) -> float:
    """Return the standardised gain of a log-rank statistic between two looks.

    >>> round(log_rank_increment(1.0, 100, 2.0, 200), 4)
    1.8284
    """
    if not 0 < events_before < events_after:
        raise InvalidInput(
            f"events are {events_before}, then {events_after}; expected more after than before"
        )
    gain = z_after * math.sqrt(events_after) - z_before * math.sqrt(events_before)
    return gain / math.sqrt(events_after - events_before)


def _check(
    design: GroupSequentialDesign,
    z: float,
    events: tuple[int, int, int],
    aim: float | None,
    promising_from: float,
) -> None:
    if design.sided != 1 or design.looks < 2:
        raise InvalidInput("re-estimation is for one-sided designs with an interim look")
    if not 0 < events[0] < events[1] <= events[2]:
        raise InvalidInput(
            f"events at the interim look, planned and at most are {events}; expected them to rise"
        )
    if aim is None:
        raise InvalidInput("give the conditional power to aim at, such as 0.9")
    if not 0 < promising_from < aim < 1:
        raise InvalidInput(
            f"promising_from {promising_from} and power {aim}; expected 0 < promising_from < power"
        )
    if not math.isfinite(z):
        raise InvalidInput(f"z is {z}; expected a number")
    bounds = stopping_bounds(design)
    if z >= bounds.upper[-2]:
        raise InvalidInput(
            f"z {z:.4g} crossed the bound {bounds.upper[-2]:.4g} of its look: the trial stops"
        )
