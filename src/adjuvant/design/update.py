"""Bounds recomputed at the events that were there, not those that were planned.

No arm is needed: the bounds of a look depend on how many events it had, not on whose they were.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adjuvant.core import InvalidInput
from adjuvant.design.boundaries import group_sequential_boundaries, harm_boundaries
from adjuvant.design.efficacy import efficacy_bounds
from adjuvant.design.futility import bounds_at_drift, futility_solution
from adjuvant.design.group_sequential import GroupSequentialDesign

__all__ = ["UpdatedBoundaries", "design_at_events", "hazard_ratio_at", "update_boundaries"]


@dataclass(frozen=True)
class UpdatedBoundaries:
    """The bounds of the looks taken and of those still planned, at their events.

    events            of each look: as seen, then as planned; (looks,).
    spending_times    where alpha's spending function was evaluated; (looks,).
    critical_values   z of the efficacy bounds; (looks,).
    stage_levels      one-sided p-value at each.
    alpha_spent       cumulative; (looks,).
    hazard_ratios     hazard ratio at each efficacy bound, from the number of events (approximate).
    futility_bounds   z; (looks - 1,); None without futility.
    harm_bounds       z; (looks - 1,); None without a harm bound.
    performed         how many of the looks were taken.
    """

    events: tuple[float, ...]
    spending_times: tuple[float, ...]
    critical_values: tuple[float, ...]
    stage_levels: tuple[float, ...]
    alpha_spent: tuple[float, ...]
    hazard_ratios: tuple[float, ...]
    futility_bounds: tuple[float, ...] | None
    harm_bounds: tuple[float, ...] | None
    performed: int


def update_boundaries(
    design: GroupSequentialDesign,
    events: Sequence[float],
    max_events: float,
    *,
    final: bool = False,
    next_events: Sequence[float] | None = None,
    spending_times: Sequence[float] | None = None,
    allocation_ratio: float = 1.0,
) -> UpdatedBoundaries:
    """Return the bounds of a design at the events seen at each look so far.

    events          of each look taken, the first first; pooled over the arms.
    max_events      planned for the last look.
    final           the trial ends for good at the last of them: what is left of alpha is spent
                    there. So it is also once `max_events` is reached.
    next_events     of the looks still to come; by default those planned after as many looks as
                    were taken, the last at `max_events`.
    spending_times  of all these looks, for a design that spends by calendar time; 1 at the last.
    allocation_ratio  experimental : control, for the hazard ratios alone.
    Raises          InvalidInput when events do not rise, for a design whose bounds are constants
                    and whose looks moved (they keep no level then), and for a design by calendar
                    time without its times.
    Source          Lan & DeMets 1983. A bound already used keeps the events it was used with.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(54 / 107, 81 / 107, 1))
    >>> [round(z, 4) for z in update_boundaries(design, [46], 107).critical_values]
    [3.2251, 2.3346, 2.0147]
    >>> round(update_boundaries(design, [46, 81, 98], 107, final=True).critical_values[2], 4)
    1.9959
    """
    if not 0 < allocation_ratio < math.inf:
        raise InvalidInput(f"allocation_ratio is {allocation_ratio}; expected a number above 0")
    looks, times, moved = _moved(design, events, max_events, final, next_events, spending_times)
    upper, lower = _bounds(design, moved, looks[-1] / max_events)
    at = group_sequential_boundaries(_without_beta(moved, lower))
    return UpdatedBoundaries(
        events=looks,
        spending_times=times,
        critical_values=upper,
        stage_levels=at.stage_levels,
        alpha_spent=at.alpha_spent,
        hazard_ratios=tuple(
            hazard_ratio_at(z, d, allocation_ratio) for z, d in zip(upper, looks, strict=True)
        ),
        futility_bounds=lower,
        harm_bounds=None if design.harm_alpha is None else harm_boundaries(moved),
        performed=len(events),
    )


def design_at_events(
    design: GroupSequentialDesign,
    events: Sequence[float],
    max_events: float,
    *,
    final: bool = False,
    next_events: Sequence[float] | None = None,
    spending_times: Sequence[float] | None = None,
) -> GroupSequentialDesign:
    """Return the design with its looks at the events seen: what conditional power must use.

    The arguments are those of `update_boundaries`; the information is the share of the events of
    the last look, and futility bounds are fixed where they then lie.

    >>> design = GroupSequentialDesign(spending="lan_demets_obrien_fleming",
    ...                                information_rates=(54 / 107, 81 / 107, 1))
    >>> moved = design_at_events(design, [46], 107)
    >>> [round(t * 107) for t in moved.information_rates]
    [46, 81, 107]
    """
    looks, _, moved = _moved(design, events, max_events, final, next_events, spending_times)
    _, lower = _bounds(design, moved, looks[-1] / max_events)
    return _without_beta(moved, lower)


def hazard_ratio_at(z: float, events: float, allocation_ratio: float = 1.0) -> float:
    """Return the hazard ratio whose log-rank Z is about z when there are so many events.

    >>> round(hazard_ratio_at(3.2251, 46), 3)
    0.386
    """
    return math.exp(-z * (1 + allocation_ratio) / math.sqrt(events * allocation_ratio))


def _moved(
    design: GroupSequentialDesign,
    events: Sequence[float],
    max_events: float,
    final: bool,
    next_events: Sequence[float] | None,
    spending_times: Sequence[float] | None,
) -> tuple[tuple[float, ...], tuple[float, ...], GroupSequentialDesign]:
    """Return the looks in events, their spending times, and the design moved to them."""
    planned = [t * max_events for t in design.information_rates]
    looks = _looks(events, planned, max_events, final, next_events)
    times = _times(design, looks, max_events, spending_times)
    _check_moved(design, looks, planned)
    fixed = design.fixed_futility
    moved = replace(
        design,
        information_rates=tuple(d / looks[-1] for d in looks),
        spending_times=times,
        futility_bounds=None if fixed is None else _padded(fixed, len(looks) - 1),
    )
    return looks, times, moved


def _without_beta(
    moved: GroupSequentialDesign, lower: tuple[float, ...] | None
) -> GroupSequentialDesign:
    return replace(moved, beta_spending=None, beta_spending_parameter=None, futility_bounds=lower)


def _bounds(
    design: GroupSequentialDesign, moved: GroupSequentialDesign, share: float
) -> tuple[tuple[float, ...], tuple[float, ...] | None]:
    if design.beta_spending is None:
        lower = moved.fixed_futility
        return efficacy_bounds(moved, lower if design.binding else None), lower
    # The effect stays the planned one, so that its drift grows with the root of the information.
    drift = futility_solution(design).drift * math.sqrt(share)
    return bounds_at_drift(moved, drift)


def _looks(
    events: Sequence[float],
    planned: Sequence[float],
    max_events: float,
    final: bool,
    next_events: Sequence[float] | None,
) -> tuple[float, ...]:
    if not 0 < max_events < math.inf:
        raise InvalidInput(f"max_events is {max_events}; expected a number above 0")
    seen = [float(d) for d in events]
    if not seen:
        raise InvalidInput("no look was taken: give the events of each, the first first")
    if final or seen[-1] >= max_events:
        to_come: list[float] = []
    elif next_events is not None:
        to_come = [float(d) for d in next_events]
    else:
        to_come = [d for d in planned[len(seen) :] if d > seen[-1]] or [float(max_events)]
    looks = (*seen, *to_come)
    if not all(a < b for a, b in zip((0.0, *looks), looks, strict=False)):
        raise InvalidInput(f"events are {list(looks)}; expected more at every look")
    if seen[:-1] and seen[-2] >= max_events:
        raise InvalidInput(
            f"look {len(seen) - 1} had {seen[-2]:g} of {max_events:g} events: it was the last one"
        )
    return looks


def _times(
    design: GroupSequentialDesign,
    looks: Sequence[float],
    max_events: float,
    spending_times: Sequence[float] | None,
) -> tuple[float, ...]:
    if spending_times is not None:
        return tuple(float(t) for t in spending_times)
    if design.spending_times is not None:
        raise InvalidInput(
            "the design spends alpha by calendar time: give spending_times of these looks"
        )
    # The last look spends what is left, whether it has fewer or more events than planned.
    return (*(d / max_events for d in looks[:-1]), 1.0)


def _check_moved(
    design: GroupSequentialDesign, looks: Sequence[float], planned: Sequence[float]
) -> None:
    if design.spends or design.spending in ("none", "haybittle_peto"):
        return
    same = len(looks) == len(planned) and all(
        math.isclose(a, b, rel_tol=1e-12) for a, b in zip(looks, planned, strict=False)
    )
    if not same:
        raise InvalidInput(
            f"the bounds of {design.spending} hold at the planned looks alone "
            f"({', '.join(f'{d:g}' for d in planned)} events), and the looks are at "
            f"{', '.join(f'{d:g}' for d in looks)}; a spending function allows looks to move"
        )


def _padded(bounds: tuple[float, ...], count: int) -> tuple[float, ...]:
    return (*bounds[:count], *(-math.inf,) * (count - len(bounds)))
