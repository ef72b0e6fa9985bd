"""No bare number: the power that a formula promises beside the power that trials show."""

from dataclasses import dataclass
from typing import Any

from adjuvant.core import InvalidInput
from adjuvant.design import (
    Accrual,
    GroupSequentialDesign,
    PiecewiseHazard,
    PlannedPower,
    TrialAssumptions,
    power_survival,
    stopping_bounds,
)
from adjuvant.simulation.patients import Course, FixedSizes, ScheduledAccrual, Stratum
from adjuvant.simulation.results import OperatingCharacteristics
from adjuvant.simulation.run import simulate
from adjuvant.simulation.scenario import Look, Scenario

__all__ = ["CheckedPower", "checked_power", "designed_scenario"]

_FAR = 3.0


@dataclass(frozen=True)
class CheckedPower:
    """The power of a design by its formula, and by simulation.

    analytic     by formula; None where there is none. planned: all that the formula says.
    simulated    all operating characteristics.
    reasons      why the two may differ: what the simulation has and the formula has not.
    """

    analytic: float | None
    simulated: OperatingCharacteristics
    planned: PlannedPower | None = None
    reasons: tuple[str, ...] = ()

    @property
    def difference(self) -> float | None:
        """Formula minus simulation; None without a formula."""
        return None if self.analytic is None else self.analytic - self.simulated.power.value

    @property
    def differs(self) -> bool:
        """Whether they differ by more than three Monte-Carlo errors."""
        error = self.simulated.power.standard_error
        return self.difference is not None and abs(self.difference) > _FAR * error

    def __str__(self) -> str:
        power = self.simulated.power
        if self.difference is None:
            return f"power {power} simulated: no formula serves it"
        said = (
            f"they differ by {self.difference:+.4f}; rely on the simulation"
            if self.differs
            else "they agree within the Monte-Carlo error"
        )
        return f"power {self.analytic:.4f} by formula, {power} simulated: {said}"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, as JSON holds it."""
        return {
            "analytic": self.analytic,
            "simulated": self.simulated.power.to_dict(),
            "trials": self.simulated.trials,
            "difference": self.difference,
            "differs": self.differs,
            "reasons": list(self.reasons) if self.differs or self.difference is None else [],
        }


def checked_power(
    design: GroupSequentialDesign,
    hazard_ratio: float,
    control_hazard: PiecewiseHazard,
    accrual: Accrual,
    max_events: int,
    *,
    control_dropout: float = 0.0,
    experimental_dropout: float = 0.0,
    allocation_ratio: float = 1.0,
    trials: int = 100_000,
    seed: int = 1,
) -> CheckedPower:
    """Return the power of a design by events, by formula and by whole simulated trials.

    The arguments are those of `design.power_survival`, for one hazard ratio.
    Raises    as `power_survival` and `designed_scenario`.

    >>> found = checked_power(GroupSequentialDesign(), 0.7, PiecewiseHazard.with_median(12),
    ...                       Accrual.uniform(300, 24), 200, trials=20_000)
    >>> round(found.analytic, 4), abs(found.difference) < 0.02
    (0.713, True)
    """
    dropout = {"control_dropout": control_dropout, "experimental_dropout": experimental_dropout}
    shared = {**dropout, "allocation_ratio": allocation_ratio}
    analytic = power_survival(
        design, [hazard_ratio], control_hazard, accrual, max_events, **shared
    ).overall_reject[0]
    trial = TrialAssumptions.proportional(control_hazard, hazard_ratio, accrual, **shared)
    scenario = designed_scenario(design, trial, max_events)
    return CheckedPower(analytic, simulate(scenario, trials=trials, seed=seed))


def designed_scenario(
    design: GroupSequentialDesign, trial: TrialAssumptions, max_events: int
) -> Scenario:
    """Return the scenario of a design by events: log-rank test, arms of fixed sizes.

    Look k is at information_rates[k] of max_events, rounded to a whole event; the bounds are the
    design's, futility and harm bounds obeyed; a two-sided trial also stops at the mirrored bound.
    Raises    InvalidInput for a shaped accrual (only steps are simulated), or patients that are
              not a whole number.

    >>> trial = TrialAssumptions.proportional(PiecewiseHazard.with_median(12), 0.7,
    ...                                       Accrual.uniform(300, 24))
    >>> design = GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1))
    >>> [look.events for look in designed_scenario(design, trial, 200).looks]
    [100, 200]
    """
    accrual, subjects = trial.accrual, round(trial.accrual.subjects)
    if accrual.shape:
        raise InvalidInput("a shaped accrual is not simulated; write its rates in steps")
    if abs(subjects - trial.accrual.subjects) > 1e-9 * subjects:
        raise InvalidInput(
            f"accrual brings {trial.accrual.subjects:g} patients; a trial has a whole number"
        )
    bounds = stopping_bounds(design)
    lower = [max(pair) for pair in zip(bounds.lower, bounds.harm or bounds.lower, strict=True)]
    if design.sided == 2:
        lower = [-upper for upper in bounds.upper[:-1]]
    return Scenario(
        subjects=subjects,
        strata=(
            Stratum(
                Course(trial.control_hazard, trial.control_dropout),
                Course(trial.experimental_hazard, trial.experimental_dropout),
            ),
        ),
        accrual=ScheduledAccrual(accrual.duration, accrual.times, accrual.rates),
        looks=tuple(Look(events=round(t * max_events)) for t in design.information_rates),
        efficacy_bounds=bounds.upper,
        futility_bounds=tuple(lower),
        allocation=FixedSizes(trial.allocation_ratio),
    )
