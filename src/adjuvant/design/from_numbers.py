"""A design from numbers alone, without a protocol file; what is not given is solved for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import Accrual, PiecewiseHazard
from adjuvant.design.group_sequential import DesignName, GroupSequentialDesign
from adjuvant.design.piecewise import expected_events_at
from adjuvant.design.planned_power import planned_power, under_hazard_ratio
from adjuvant.design.roots import root
from adjuvant.design.sample_size import SampleSizeFormula, required_accrual_duration
from adjuvant.design.sized import sized
from adjuvant.design.steps import steps_of
from adjuvant.design.trial_design import (
    ArmCourse,
    DesignStratum,
    ImagingTimes,
    PlannedPatients,
    PrimaryTest,
    TestType,
    TrialDesign,
    constant_ratio,
)

__all__ = ["SPENDING", "design_from_numbers"]

SPENDING = {
    "OBF": "lan_demets_obrien_fleming",
    "POCOCK": "lan_demets_pocock",
    "HSD": "hwang_shih_decani",
    "KD": "kim_demets",
}


def design_from_numbers(
    *,
    control_median: float | None = None,
    control_survival: str | None = None,
    hazard_ratio: float | str | None = None,
    subjects: int | None = None,
    events: int | None = None,
    power: float | None = None,
    accrual: float | None = None,
    accrual_per_month: float | None = None,
    accrual_shape: str | None = None,
    follow_up: float | None = None,
    looks: Sequence[float] = (),
    spending: str | None = None,
    spending_parameter: float | None = None,
    alpha: float = 0.025,
    sided: int = 1,
    futility: str | None = None,
    futility_parameter: float | None = None,
    binding: bool = False,
    ratio: float = 1.0,
    dropout_per_y: float = 0.0,
    death_per_y: float = 0.0,
    never_started: float = 0.0,
    imaging: float | None = None,
    margin: float = 1.0,
    test: TestType = "log_rank",
    rho: float = 0.0,
    gamma: float = 0.0,
    delay: float | None = None,
    horizon: float | None = None,
    formula: SampleSizeFormula = "schoenfeld",
) -> TrialDesign:
    """Return the design of a trial; all times in months.

    control_median, control_survival   one of them: the median, or points such as "0.33@36".
    hazard_ratio       a number, or steps such as "1@0-6,0.55@6-"; None: the one that the events
                       (or subjects with follow_up) detect with the power.
    subjects, events   of both arms; power: one of the three may stay out with follow_up given, two
                       with power given.
    accrual            how long it lasts; or accrual_per_month: patients a month, then it lasts as
                       long as it must. accrual_shape: relative rates such as "1@0-6,2@6-".
    looks              events at each look, or rising shares that end with 1.
    spending           OBF, POCOCK, HSD, KD (Lan-DeMets), or a name of `GroupSequentialDesign`.
    futility           spending of beta likewise; needs power.
    death_per_y        competing deaths; dropout_per_y: losses; both yearly hazards of either arm.
    imaging            months between visits at which recurrence can be seen.
    margin             of a non-inferiority trial, above 1.
    formula            of the events: schoenfeld, freedman, hsieh_freedman or lachin_foulkes.
    Raises             InvalidInput saying what is lacking, given twice, or makes no sense.

    >>> found = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
    ...                             accrual=24)
    >>> found.look_events, found.computed
    ((200,), ())
    >>> found = design_from_numbers(power=0.8, control_median=12, hazard_ratio=0.7, accrual=24,
    ...                             follow_up=12)
    >>> found.events, found.subjects
    (247, 370)
    >>> found = design_from_numbers(events=102, subjects=150, power=0.8, control_median=24,
    ...                             accrual=48)
    >>> round(found.hazard_ratio, 3)
    0.573
    """
    given = _Numbers(subjects, events, power, follow_up)
    control = _control(control_median, control_survival)
    ratios = None if hazard_ratio is None else _above_zero(steps_of(hazard_ratio, "hazard ratio"))
    shares, given = _looks(looks, given)
    _check_given(given, ratios, formula, futile=futility is not None)
    sequential = _sequential(
        shares, spending, spending_parameter, alpha, sided, power, futility, futility_parameter,
        binding,
    )  # fmt: skip
    patients = _patients(
        control, ratios, accrual, accrual_shape, ratio, dropout_per_y, death_per_y, never_started,
        imaging,
    )  # fmt: skip
    chosen = PrimaryTest(test, rho, gamma, delay, horizon)
    if accrual_per_month is not None:
        if accrual is not None:
            raise InvalidInput("accrual says how long, accrual_per_month how fast; give one")
        patients, given = _at_rate(
            patients,
            given,
            accrual_per_month,
            sequential,
            chosen,
            margin,
            formula,
            known=ratios is not None,
        )
    elif accrual is None:
        raise InvalidInput("say how long accrual lasts (accrual), or how fast (accrual_per_month)")
    if ratios is None:
        patients, given = _detectable(patients, given, sequential, chosen, margin)
    d, n = sized(
        patients,
        sequential,
        events=given.events,
        subjects=given.subjects,
        power=power,
        follow_up=follow_up,
        test=chosen,
        null_hazard_ratio=margin,
        formula=formula,
    )
    return TrialDesign(
        looks=sequential,
        events=d,
        subjects=n,
        patients=patients,
        follow_up=follow_up,
        null_hazard_ratio=margin,
        test=chosen,
        power=power,
        computed=_computed(subjects, events or looks, ratios),
        notes=() if dropout_per_y else ("nobody is assumed lost to follow-up",),
    )


@dataclass(frozen=True)
class _Numbers:
    subjects: int | None
    events: int | None
    power: float | None
    follow_up: float | None


def _check_given(
    given: _Numbers, ratios: PiecewiseHazard | None, formula: str, *, futile: bool
) -> None:
    """Refuse numbers that leave nothing open, and a formula for events that are known."""
    known = given.events, given.subjects, given.power
    # With futility bounds the power is that of the bounds, beside the events of the trial.
    if ratios is not None and None not in known and not futile:
        raise InvalidInput(
            "subjects, events, power and the hazard ratio are all given; leave one out: it follows "
            "from the others"
        )
    if formula != "schoenfeld" and (given.events is not None or ratios is None):
        raise InvalidInput(
            f"{formula} is for events that are not given, under a hazard ratio that is; leave out "
            "the formula, or the events"
        )


def _above_zero(ratios: PiecewiseHazard) -> PiecewiseHazard:
    if min(ratios.rates) <= 0:
        raise InvalidInput(
            f"the hazard ratio is {min(ratios.rates):g}; expected numbers above 0, below 1 where "
            "the treatment works"
        )
    return ratios


def _computed(subjects: object, events: object, ratios: PiecewiseHazard | None) -> tuple[str, ...]:
    pairs = (("subjects", subjects), ("events", events), ("hazard_ratio", ratios))
    return tuple(name for name, value in pairs if not value)


def _control(median: float | None, survival: str | None) -> PiecewiseHazard:
    if (median is None) == (survival is None):
        raise InvalidInput(
            "say once how the control fares: control_median, or control_survival such as 0.33@36"
        )
    if median is not None:
        return PiecewiseHazard.with_median(median)
    points = []
    for part in str(survival).split(","):
        share, _, time = part.partition("@")
        try:
            points.append((float(time), float(share)))
        except ValueError:
            raise InvalidInput(
                f"control_survival: {part.strip()!r} is not a point; write survival@months, such "
                "as 0.33@36 or 0.7@12,0.33@36"
            ) from None
    left = [(0.0, 1.0), *points]
    if not all(a[0] < b[0] and a[1] > b[1] > 0 for a, b in zip(left, points, strict=False)):
        raise InvalidInput(
            f"control_survival is {survival}; expected rising times with falling survival"
        )
    rates = [-math.log(b[1] / a[1]) / (b[0] - a[0]) for a, b in zip(left, points, strict=False)]
    return PiecewiseHazard(tuple(t for t, _ in left[:-1]), tuple(rates))


def _looks(looks: Sequence[float], given: _Numbers) -> tuple[tuple[float, ...], _Numbers]:
    """Return the shares of the looks; looks that are events give the events too."""
    if not looks:
        return (1.0,), given
    at = tuple(float(d) for d in looks)
    if at[-1] == 1 and len(at) > 1:
        return at, given
    if any(d != int(d) for d in at) or not all(a < b for a, b in zip((0.0, *at), at, strict=False)):
        raise InvalidInput(
            f"looks are {', '.join(f'{d:g}' for d in at)}; expected rising numbers of events such "
            "as 54,81,107, or rising shares that end with 1 such as 0.5,0.75,1"
        )
    if given.events is not None and given.events != at[-1]:
        raise InvalidInput(
            f"the last look is at {at[-1]:g} events, and {given.events} events are given; give one"
        )
    return tuple(d / at[-1] for d in at), replace(given, events=int(at[-1]))


def _family(name: str) -> str:
    known = SPENDING.get(name.upper(), name)
    if known not in get_args(DesignName):
        raise InvalidInput(
            f"no spending {name!r}; expected {', '.join(SPENDING)}, or "
            f"{', '.join(get_args(DesignName))}"
        )
    return known


def _sequential(
    shares: tuple[float, ...],
    spending: str | None,
    parameter: float | None,
    alpha: float,
    sided: int,
    power: float | None,
    futility: str | None,
    futility_parameter: float | None,
    binding: bool,
) -> GroupSequentialDesign:
    if len(shares) == 1 and (spending or futility or parameter is not None):
        raise InvalidInput(
            "spending and futility need interim looks: give looks, such as 54,81,107"
        )
    if futility is None and (futility_parameter is not None or binding):
        raise InvalidInput("futility_parameter and binding belong to futility: name its spending")
    family: Any = _family(spending or "OBF") if len(shares) > 1 else "none"
    beta: Any = None if futility is None else _family(futility)
    return GroupSequentialDesign(
        spending=family,
        spending_parameter=parameter,
        alpha=alpha,
        sided=sided,
        information_rates=shares,
        power=power,
        beta_spending=beta,
        beta_spending_parameter=futility_parameter,
        binding=binding,
    )


def _patients(
    control: PiecewiseHazard,
    ratios: PiecewiseHazard | None,
    accrual: float | None,
    shape: str | None,
    ratio: float,
    dropout: float,
    death: float,
    never_started: float,
    imaging: float | None,
) -> PlannedPatients:
    duration = 1.0 if accrual is None else accrual
    if not 0 < duration < math.inf:
        raise InvalidInput(f"accrual is {duration:g} months; expected a number above 0")
    steps = PiecewiseHazard.constant(1.0) if shape is None else steps_of(shape, "accrual shape")
    if len(steps.times) > 1 and accrual is None:
        raise InvalidInput("accrual_shape goes with accrual, in months, not with accrual_per_month")
    effect = ratios or PiecewiseHazard.constant(1.0)
    times = sorted({*control.times, *effect.times})
    treated = PiecewiseHazard(tuple(times), tuple((control.at(times) * effect.at(times)).tolist()))
    lost = PiecewiseHazard.constant(dropout / 12)
    dies = PiecewiseHazard.constant(death / 12)
    if imaging is not None and not 0 < imaging < math.inf:
        raise InvalidInput(f"imaging is every {imaging:g} months; expected a number above 0")
    return PlannedPatients(
        strata=(DesignStratum(ArmCourse(control, lost, dies), ArmCourse(treated, lost, dies)),),
        accrual=Accrual(steps.times, steps.rates, duration),
        allocation_ratio=ratio,
        imaging=None if imaging is None else ImagingTimes((imaging,), imaging),
        never_started=never_started,
    )


def _at_rate(
    patients: PlannedPatients,
    given: _Numbers,
    per_month: float,
    looks: GroupSequentialDesign,
    test: PrimaryTest,
    margin: float,
    formula: SampleSizeFormula,
    *,
    known: bool,
) -> tuple[PlannedPatients, _Numbers]:
    """Return the patients with the accrual as long as so many a month make it."""
    if not 0 < per_month < math.inf:
        raise InvalidInput(f"accrual_per_month is {per_month:g}; expected a number above 0")
    if given.subjects is not None:
        return _lasting(patients, given.subjects / per_month), given
    if given.follow_up is None:
        raise InvalidInput("accrual_per_month without subjects needs follow_up after the last one")
    events = given.events
    if events is None:
        if not known:
            raise InvalidInput("without hazard ratio and events, give subjects")
        if formula == "lachin_foulkes":
            raise InvalidInput("lachin_foulkes needs accrual in months, not accrual_per_month")
        ratio = None if patients.mixed else constant_ratio(patients.assumptions(1.0))
        if ratio is None or test.type != "log_rank":
            # When patients come decides how much of a changing effect is seen.
            raise InvalidInput(
                "accrual_per_month without subjects and events needs one hazard ratio for all and "
                "the log-rank test; give accrual in months, or subjects"
            )
        # Under one hazard ratio the events do not depend on the accrual.
        events, _ = sized(
            patients, looks, power=given.power, follow_up=given.follow_up, test=test,
            null_hazard_ratio=margin, formula=formula,
        )  # fmt: skip
    trial = _lasting(patients, 12.0).assumptions(12 * per_month)
    duration = required_accrual_duration(trial, events, given.follow_up)
    subjects = math.ceil(duration * per_month - 1e-9)
    return (
        _lasting(patients, subjects / per_month),
        replace(given, subjects=subjects, events=events),
    )


def _lasting(patients: PlannedPatients, duration: float) -> PlannedPatients:
    return replace(patients, accrual=Accrual.uniform(1.0, duration))


def _detectable(
    patients: PlannedPatients,
    given: _Numbers,
    looks: GroupSequentialDesign,
    test: PrimaryTest,
    margin: float,
) -> tuple[PlannedPatients, _Numbers]:
    """Return the patients at the hazard ratio below the null one that is detected."""
    if given.power is None:
        raise InvalidInput("without a hazard ratio, give the power with which it is detected")
    if given.subjects is None or (given.events is None and given.follow_up is None):
        raise InvalidInput("without a hazard ratio, give subjects, and events or follow_up")
    subjects = given.subjects

    def events_at(who: PlannedPatients) -> int:
        if given.events is not None:
            return given.events
        end = patients.accrual.duration + (given.follow_up or 0.0)
        return math.floor(expected_events_at(who.assumptions(subjects), [end]).events[0])

    def excess(log_ratio: float) -> float:
        who = under_hazard_ratio(patients, margin * math.exp(log_ratio))
        design = TrialDesign(
            looks=looks, events=events_at(who), subjects=subjects, patients=who, test=test,
            null_hazard_ratio=margin,
        )  # fmt: skip
        return planned_power(design).reject - (given.power or 0.0)

    low = -0.05
    try:
        while excess(low) < 0:
            low -= 0.05
    except InvalidInput as reason:
        raise InvalidInput(
            f"{subjects} patients detect no hazard ratio with power {given.power:g}: at "
            f"{margin * math.exp(low):.2f}, {reason.message}"
        ) from None
    found = root(excess, low, -1e-6, tolerance=1e-9)
    who = under_hazard_ratio(patients, margin * math.exp(found))
    return who, replace(given, events=events_at(who))
