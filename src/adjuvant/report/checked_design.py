"""A design with every number of the formulas beside the one that simulated trials show."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from adjuvant.core import InvalidInput
from adjuvant.design.boundaries import group_sequential_boundaries, stopping_bounds
from adjuvant.design.forecast import EventForecast, planned_event_time
from adjuvant.design.planned_power import PlannedPower, planned_power, under_hazard_ratio
from adjuvant.design.sample_size import power_survival
from adjuvant.design.trial_design import TrialDesign
from adjuvant.design.update import hazard_ratio_at
from adjuvant.design.warnings import DesignWarning, design_warnings
from adjuvant.simulation.results import OperatingCharacteristics, Simulated

__all__ = ["CheckedDesign", "CheckedLook", "CheckedNumber", "design_facts"]

_FAR = 3.0
_ROUNDING = 1e-9


@dataclass(frozen=True)
class CheckedNumber:
    """One number by formula and by simulation.

    >>> number = CheckedNumber("power", 0.713, Simulated(0.710, 0.0007))
    >>> number.differs
    True
    """

    name: str
    formula: float | None
    simulated: Simulated | None

    @property
    def difference(self) -> float | None:
        """Formula minus simulation."""
        if self.formula is None or self.simulated is None:
            return None
        return self.formula - self.simulated.value

    @property
    def differs(self) -> bool:
        """Whether they differ by more than three Monte-Carlo errors."""
        if self.difference is None or self.simulated is None:
            return False
        # A number without spread, such as the events of a single look, differs by rounding alone.
        far = _FAR * self.simulated.standard_error + _ROUNDING * abs(self.simulated.value)
        return bool(abs(self.difference) > far)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        simulated = None if self.simulated is None else self.simulated.to_dict()
        return {
            "name": self.name,
            "formula": self.formula,
            "simulated": simulated,
            "difference": self.difference,
            "differs": self.differs,
        }


@dataclass(frozen=True)
class CheckedLook:
    """One look: bounds, and what is expected there if the assumptions hold.

    events, z, p             of the efficacy bound; p one-sided.
    hazard_ratio             at the bound, from the number of events (approximate).
    alpha_spent              by then, both sides together.
    futility_z, harm_z       None where there is none.
    month                    expected, with the band that chance alone gives it.
    stopping                 probability of the efficacy bound by then (cumulative) under the
                             assumptions; futility likewise.
    """

    number: int
    events: int
    information: float
    z: float
    p: float
    hazard_ratio: float
    alpha_spent: float
    futility_z: float | None
    harm_z: float | None
    month: CheckedNumber
    band: EventForecast | None
    stopping: CheckedNumber
    futility: CheckedNumber


@dataclass(frozen=True)
class CheckedDesign:
    """All that is told of a design.

    planned, null       by formula, under the assumptions and without an effect.
    simulated, simulated_null   whole trials; trials and seed are in them.
    numbers             power, level, expected size: each by formula and simulated.
    """

    design: TrialDesign
    planned: PlannedPower | None
    null: PlannedPower | None
    simulated: OperatingCharacteristics
    simulated_null: OperatingCharacteristics
    looks: tuple[CheckedLook, ...]
    numbers: tuple[CheckedNumber, ...]
    warnings: tuple[DesignWarning, ...]

    @property
    def power(self) -> CheckedNumber:
        """The power by the score of the test, and simulated."""
        return next(n for n in self.numbers if n.name == "power")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, as `adjuvant design --json` prints it."""
        d = self.design
        return {
            "schema": "adjuvant/design/1",
            "trial": d.trial,
            "endpoint": d.endpoint,
            "control": d.control,
            "experimental": d.experimental,
            "subjects": d.subjects,
            "events": d.events,
            "computed": list(d.computed),
            "hazard_ratio": d.hazard_ratio,
            "alpha": d.looks.alpha,
            "sided": d.looks.sided,
            "test": d.test.type,
            "accrual_months": d.patients.accrual.duration,
            "follow_up_months": d.follow_up,
            "allocation_ratio": d.allocation_ratio,
            "trials": self.simulated.trials,
            "seed": self.simulated.seed,
            "looks": [_look_dict(look) for look in self.looks],
            "numbers": [number.to_dict() for number in self.numbers],
            "warnings": [asdict(warning) for warning in self.warnings],
            "notes": list(d.notes),
        }


def design_facts(
    design: TrialDesign,
    simulated: OperatingCharacteristics,
    simulated_null: OperatingCharacteristics,
) -> CheckedDesign:
    """Return a design with its formulas held against simulated trials.

    simulated       under the assumptions of the design; simulated_null: without an effect.
    Raises          InvalidInput where the two runs are of another number of looks.

    >>> from adjuvant.design import design_from_numbers
    >>> from adjuvant.simulation import planned_scenario, simulate
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
    ...                            accrual=24)
    >>> nobody = replace(made, patients=under_hazard_ratio(made.patients, 1.0))
    >>> trials = [simulate(planned_scenario(one), trials=2048) for one in (made, nobody)]
    >>> [number.name for number in design_facts(made, *trials).numbers][:3]
    ['power', 'power, Schoenfeld', 'level']
    """
    for run in (simulated, simulated_null):
        if len(run.looks) != design.looks.looks:
            raise InvalidInput(
                f"{len(run.looks)} looks were simulated; the design has {design.looks.looks}"
            )
    planned = formula_of(design)
    nobody = under_hazard_ratio(design.patients, design.null_hazard_ratio)
    null = None if planned is None else planned_power(replace(design, patients=nobody))
    return CheckedDesign(
        design,
        planned,
        null,
        simulated,
        simulated_null,
        _looks(design, planned, simulated),
        _numbers(design, planned, null, simulated, simulated_null),
        () if planned is None else design_warnings(design, planned),
    )


def formula_of(design: TrialDesign) -> PlannedPower | None:
    """Return the power by formula; MaxCombo with interim looks has none."""
    if design.test.type == "max_combo" and design.looks.looks > 1:
        return None
    return planned_power(design)


def _numbers(
    design: TrialDesign,
    planned: PlannedPower | None,
    null: PlannedPower | None,
    simulated: OperatingCharacteristics,
    simulated_null: OperatingCharacteristics,
) -> tuple[CheckedNumber, ...]:
    found = [CheckedNumber("power", planned.reject if planned else None, simulated.power)]
    if (schoenfeld := _schoenfeld(design)) is not None:
        found.append(CheckedNumber("power, Schoenfeld", schoenfeld, simulated.power))
    # Futility bounds that are obeyed take from the error, binding or not.
    level = null.reject if null is not None else design.looks.alpha / design.looks.sided
    found.append(CheckedNumber("level", level, simulated_null.reject))
    for words, formula, run in (
        ("", planned, simulated),
        (" without effect", null, simulated_null),
    ):
        for what in ("events", "duration", "patients"):
            name = f"expected_{what}"
            value = None if formula is None else getattr(formula, name)
            found.append(CheckedNumber(f"expected {what}{words}", value, getattr(run, name)))
    return tuple(found)


def _schoenfeld(design: TrialDesign) -> float | None:
    """Return the power by Schoenfeld's drift, which needs one hazard ratio and the log-rank."""
    ratio = design.hazard_ratio
    if ratio is None or design.test.type != "log_rank":
        return None
    patients = design.patients
    course = patients.strata[0].control
    if design.null_hazard_ratio != 1 or patients.death_counts:
        return None
    return power_survival(
        design.looks,
        [ratio],
        course.hazard,
        design.assumptions.accrual,
        design.events,
        control_dropout=design.assumptions.control_dropout.rates[0],
        experimental_dropout=design.assumptions.experimental_dropout.rates[0],
        allocation_ratio=design.allocation_ratio,
    ).overall_reject[0]


def _looks(
    design: TrialDesign, planned: PlannedPower | None, simulated: OperatingCharacteristics
) -> tuple[CheckedLook, ...]:
    bounds, at = stopping_bounds(design.looks), group_sequential_boundaries(design.looks)
    found = []
    efficacy = futility = 0.0
    won = lost = 0.0
    for k, events in enumerate(design.look_events):
        run, look = simulated.looks[k], planned.looks[k] if planned else None
        efficacy += look.efficacy if look else 0.0
        futility += look.futility if look else 0.0
        won, lost = won + run.reject.value, lost + run.futility.value
        last = k + 1 == design.looks.looks
        z = bounds.upper[k]
        found.append(
            CheckedLook(
                number=k + 1,
                events=events,
                information=design.looks.information_rates[k],
                z=z,
                p=at.stage_levels[k],
                hazard_ratio=design.null_hazard_ratio
                * hazard_ratio_at(z, events, design.allocation_ratio),
                alpha_spent=at.alpha_spent[k],
                futility_z=None if last else _bound(bounds.lower, k),
                harm_z=None if last else _bound(bounds.harm, k),
                month=CheckedNumber("month", look.time if look else None, run.time),
                band=_band(design, events),
                stopping=CheckedNumber(
                    "efficacy by then", efficacy if look else None, _binomial(won, simulated)
                ),
                futility=CheckedNumber(
                    "futility by then", futility if look else None, _binomial(lost, simulated)
                ),
            )
        )
    return tuple(found)


def _binomial(share: float, simulated: OperatingCharacteristics) -> Simulated:
    """Return a share of all trials with its error; shares of looks exclude each other."""
    return Simulated(share, math.sqrt(share * (1 - share) / simulated.trials))


def _bound(bounds: tuple[float, ...], k: int) -> float | None:
    return bounds[k] if k < len(bounds) and math.isfinite(bounds[k]) else None


def _band(design: TrialDesign, events: int) -> EventForecast | None:
    return None if design.look_times else planned_event_time(design.assumptions, events)


def _look_dict(look: CheckedLook) -> dict[str, Any]:
    """Return a look as plain values; the band as its three months."""
    band = look.band
    return {
        name: value.to_dict() if isinstance(value, CheckedNumber) else value
        for name, value in vars(look).items()
        if name != "band"
    } | {
        "month_band": None
        if band is None
        else {"lower": band.lower, "median": band.median, "upper": band.upper, "level": band.level}
    }
