"""The design that a protocol's part `design` describes; all that it lacks is said at once."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import Accrual, PiecewiseHazard
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.planned_power import under_hazard_ratio
from adjuvant.design.sized import sized
from adjuvant.design.trial_design import (
    ArmCourse,
    DesignStratum,
    ImagingTimes,
    PlannedPatients,
    PrimaryTest,
    TrialDesign,
)
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.model import (
    Design,
    DesignScenario,
    DesignTest,
    Endpoint,
    Imaging,
    Protocol,
    YearlyHazard,
)

__all__ = ["design_from_protocol", "scenario_names"]

_STEP = 1e-9


def scenario_names(protocol: Protocol) -> tuple[str, ...]:
    """Return the names that `design_from_protocol` knows: planned, null, and the protocol's own.

    >>> from adjuvant.study import Study
    >>> scenario_names(Study.open("takayama2000").protocol)[:2]
    ('planned', 'null')
    """
    return ("planned", "null", *protocol.design.scenarios)


def design_from_protocol(protocol: Protocol, scenario: str = "planned") -> TrialDesign:
    """Return the design of a protocol as one object, its size computed where none is written.

    scenario  "planned"; "null" (both arms as the control, or at the margin); or one of
              `design.scenarios`: the same size, looks and bounds under other assumptions.
    Raises    InvalidInput naming all that the part `design` lacks, or what contradicts itself.

    >>> from adjuvant.study import Study
    >>> design = design_from_protocol(Study.open("takayama2000").protocol)
    >>> design.events, round(design.hazard_ratio, 3)
    (103, 0.576)
    """
    planned = _planned(protocol)
    if scenario == "planned":
        return planned
    if scenario == "null":
        nobody = under_hazard_ratio(planned.patients, planned.null_hazard_ratio)
        return replace(planned, patients=nobody)
    if scenario not in protocol.design.scenarios:
        known = ", ".join(scenario_names(protocol))
        raise InvalidInput(f"there is no scenario {scenario!r}; expected one of {known}")
    changed = _changed(protocol, protocol.design.scenarios[scenario])
    other = protocol.model_copy(update={"design": changed})
    arm = _experimental_arm(other)
    _refuse_gaps(other, arm)
    return replace(planned, patients=_patients(other, arm), test=_test(changed.test))


def _planned(protocol: Protocol) -> TrialDesign:
    design, n = protocol.design, protocol.population.planned
    arm = _experimental_arm(protocol)
    _refuse_gaps(protocol, arm)
    patients, looks, test = _patients(protocol, arm), _looks(design), _test(design.test)
    margin = (design.hypothesis.margin if design.hypothesis else None) or 1.0
    follow_up = (
        None if design.follow_up_after_last is None else _months(design.follow_up_after_last)
    )
    events, subjects = sized(
        patients,
        looks,
        events=design.events,
        subjects=n,
        power=design.power,
        follow_up=follow_up,
        test=test,
        null_hazard_ratio=margin,
    )
    given = (("events", design.events), ("subjects", n))
    at = design.looks.at if design.looks is not None else ()
    return TrialDesign(
        looks=looks,
        events=events,
        subjects=subjects,
        patients=patients,
        follow_up=follow_up,
        null_hazard_ratio=margin,
        test=test,
        look_times=tuple(_months(t) for t in at) or None,
        look_rule=design.looks.rule if design.looks is not None else "later",
        latest=_latest(design),
        power=design.power,
        competes="death" in _endpoint_part(protocol).competing,
        trial=protocol.trial.id,
        endpoint=_endpoint(protocol),
        control=protocol.control.label,
        experimental=next(a.label for a in protocol.arms if a.id == arm),
        computed=tuple(name for name, value in given if value is None),
        notes=_notes(protocol),
    )


def _changed(protocol: Protocol, scenario: DesignScenario) -> Design:
    """Return the design with what a scenario says put in place."""
    names = [name for name in type(scenario).model_fields if name != "label"]
    new: dict[str, Any] = {name: v for name in names if (v := getattr(scenario, name))}
    if "hazard_ratio" in new:
        new.setdefault("hazard_ratio_from", {})
    if new.get("hazard_ratio_from"):
        new.setdefault("hazard_ratio", None)
    if {"hazard_ratio", "hazard_ratio_from"} & set(new) and "survival" not in new:
        control = protocol.control.id
        kept = {a: times for a, times in protocol.design.survival.items() if a == control}
        new["survival"] = kept
    elif "survival" in new:
        new["survival"] = {**protocol.design.survival, **new["survival"]}
    return protocol.design.model_copy(update=new)


def _endpoint(protocol: Protocol) -> str:
    design = protocol.design
    named = design.endpoint or (design.hypothesis.endpoint if design.hypothesis else None)
    primary = [e.id for e in protocol.endpoints if e.level == "primary"]
    return named or (primary or [protocol.endpoints[0].id])[0]


def _endpoint_part(protocol: Protocol) -> Endpoint:
    id = _endpoint(protocol)
    found = next((e for e in protocol.endpoints if e.id == id), None)
    if found is None:
        raise InvalidInput(f"design is for the endpoint {id}, and the protocol has none of that id")
    return found


def _experimental_arm(protocol: Protocol) -> str:
    """Return the arm that the design compares with the control."""
    control, design = protocol.control.id, protocol.design
    others = [arm.id for arm in protocol.arms if arm.id != control]
    assumed = [arm for arm in others if arm in design.survival]
    found = assumed or others
    if not others:
        raise InvalidInput(
            f"{protocol.trial.id} has one arm: a design compares an arm with its control"
        )
    if len(found) > 1:
        raise InvalidInput(
            f"a design compares two arms, and {', '.join(found)} stand against {control}; give "
            "design.survival of the control and of one of them"
        )
    return found[0]


def _refuse_gaps(protocol: Protocol, arm: str) -> None:
    """Refuse a design that lacks something, naming all of it."""
    design, control = protocol.design, protocol.control.id
    gaps = []
    if control not in design.survival and not design.strata:
        gaps.append(f"survival of {control} (write survival: {{{control}: {{3 y: 0.33}}}})")
    ratios = design.hazard_ratio is not None, bool(design.hazard_ratio_from)
    if arm not in design.survival and not any(ratios):
        gaps.append(f"survival of {arm}, or hazard_ratio")
    if design.accrual is None:
        gaps.append("accrual (how long recruitment takes, such as 36 mo)")
    if design.events is None and design.power is None:
        gaps.append("events, or power")
    if protocol.population.planned is None and design.follow_up_after_last is None:
        gaps.append("follow_up_after_last, or population.planned")
    if gaps:
        raise InvalidInput(
            f"{protocol.trial.id} cannot be sized: its part `design` lacks {'; '.join(gaps)}"
        )
    if sum((arm in design.survival, *ratios)) > 1:
        raise InvalidInput(
            f"design says twice how {arm} fares: give one of survival.{arm}, hazard_ratio and "
            "hazard_ratio_from"
        )


def _patients(protocol: Protocol, arm: str) -> PlannedPatients:
    design, control = protocol.design, protocol.control.id
    counts = "death" in _counted(protocol)
    death = _yearly(design.competing_death)
    if counts and any(death.values()) and design.cured:
        raise InvalidInput(
            "design: a cured share and competing_death do not go together where the endpoint "
            "counts death; size the trial for an endpoint in which death competes"
        )
    failure = design.product_failure
    ratio = protocol.randomisation.allocation
    return PlannedPatients(
        strata=_strata(protocol, arm, counts),
        accrual=_accrual(design),
        allocation_ratio=ratio.get(arm, 1) / ratio.get(control, 1),
        death_counts=counts and any(death.values()),
        imaging=None if design.imaging is None else _imaging(design.imaging),
        never_started=failure.never_started if failure else 0.0,
        stopping=PiecewiseHazard.constant(failure.stopping_per_y / 12 if failure else 0.0),
    )


def _counted(protocol: Protocol) -> set[str]:
    return {event.split(" where ")[0] for event in _endpoint_part(protocol).event}


def _strata(protocol: Protocol, arm: str, counts: bool) -> tuple[DesignStratum, ...]:
    design, control = protocol.design, protocol.control.id
    if not design.strata:
        whole = _hazard(design, design.survival[control], control, _cured(design, control, control))
        return (_stratum(protocol, arm, whole, counts),)
    if arm in design.survival or control in design.survival:
        raise InvalidInput(
            "design gives survival of arms and of strata; with strata give each one's control "
            "survival, and hazard_ratio or hazard_ratio_from"
        )
    return tuple(
        replace(
            _stratum(
                protocol,
                arm,
                _hazard(design, s.survival, s.label, _cured(design, control, control)),
                counts,
            ),
            fraction=s.fraction,
            label=s.label,
        )
        for s in design.strata
    )


def _stratum(protocol: Protocol, arm: str, whole: PiecewiseHazard, counts: bool) -> DesignStratum:
    """Return the courses of one stratum from the control's hazard of the endpoint."""
    design, control = protocol.design, protocol.control.id
    dropout, death = _yearly(design.dropout), _yearly(design.competing_death)
    ratio = _ratio(design)
    if ratio is None:
        treated = _hazard(design, design.survival[arm], arm, _cured(design, arm, control))
    else:
        times = sorted({*whole.times, *ratio.times})
        treated = PiecewiseHazard(tuple(times), tuple((whole.at(times) * ratio.at(times)).tolist()))
    courses = []
    for name, hazard in ((control, whole), (arm, treated)):
        dies = death.get(name, death.get("", 0.0))
        courses.append(
            ArmCourse(
                _without(hazard, dies if counts else 0.0, name),
                PiecewiseHazard.constant(dropout.get(name, dropout.get("", 0.0))),
                PiecewiseHazard.constant(dies),
                _cured(design, name, control),
            )
        )
    return DesignStratum(courses[0], courses[1])


def _without(hazard: PiecewiseHazard, death: float, arm: str) -> PiecewiseHazard:
    """Return the hazard of the endpoint without the deaths that count in it."""
    if min(hazard.rates) < death:
        raise InvalidInput(
            f"{arm}: competing_death has {12 * death:g} deaths a year, more than the endpoint that "
            f"counts them ({12 * min(hazard.rates):g} events a year at its lowest)"
        )
    return PiecewiseHazard(hazard.times, tuple(rate - death for rate in hazard.rates))


def _cured(design: Design, arm: str, control: str) -> float:
    """Return the cured share of an arm: the control's where its own is not given."""
    return design.cured.get(arm, design.cured.get(control, 0.0))


def _hazard(
    design: Design, survival: Mapping[str, float], arm: str, cured: float
) -> PiecewiseHazard:
    """Return the monthly hazard whose survival goes through the points."""
    points = sorted((_months(Duration.parse(text)), p) for text, p in survival.items())
    if cured and design.shape != "cure":
        raise InvalidInput(f"design.cured is for shape: cure, and the shape is {design.shape}")
    if len(points) > 1 and design.shape in (None, "exponential", "cure"):
        raise InvalidInput(
            f"design.survival gives {len(points)} points for {arm}, and one is enough where the "
            f"shape is {design.shape or 'exponential'}: write shape: piecewise"
        )
    if points[0][0] <= 0 or any(p <= cured for _, p in points):
        raise InvalidInput(
            f"design.survival of {arm}: expected times above 0 and survival above the cured share"
        )
    left = [(0.0, 1.0), *((t, (p - cured) / (1 - cured)) for t, p in points)]
    if any(b[1] >= a[1] for a, b in pairwise(left)):
        raise InvalidInput(f"design.survival of {arm} does not fall from point to point")
    rates = [-math.log(b[1] / a[1]) / (b[0] - a[0]) for a, b in pairwise(left)]
    return PiecewiseHazard(tuple(t for t, _ in left[:-1]), tuple(rates))


def _ratio(design: Design) -> PiecewiseHazard | None:
    """Return the hazard ratio as steps, None where both arms' survival is given."""
    if design.hazard_ratio is not None:
        return PiecewiseHazard.constant(design.hazard_ratio)
    if not design.hazard_ratio_from:
        return None
    return _steps(design.hazard_ratio_from, "hazard_ratio_from", PiecewiseHazard)


def _steps(values: Mapping[str, float], name: str, made: type[PiecewiseHazard]) -> PiecewiseHazard:
    steps = sorted((_months(Duration.parse(text)), value) for text, value in values.items())
    if steps[0][0] != 0:
        raise InvalidInput(f"design.{name} begins at {steps[0][0]:g} months; begin with 0 mo")
    return made(tuple(t for t, _ in steps), tuple(value for _, value in steps))


def _accrual(design: Design) -> Accrual:
    assert design.accrual is not None
    duration = _months(design.accrual)
    if not design.accrual_rates:
        return Accrual.uniform(1.0, duration)
    shape = _steps(design.accrual_rates, "accrual_rates", PiecewiseHazard)
    return Accrual(shape.times, shape.rates, duration)


def _yearly(found: YearlyHazard | None) -> dict[str, float]:
    """Return monthly hazards by arm; "" stands for the arms that are not named."""
    if found is None:
        return {}
    named = {arm: rate / 12 for arm, rate in found.by_arm.items()}
    return {"": found.hazard_per_y / 12, **named}


def _imaging(imaging: Imaging) -> ImagingTimes:
    every = _months(imaging.every)
    if every <= 0:
        raise InvalidInput("design.imaging.every must be above 0")
    until = every if imaging.until is None else _months(imaging.until)
    then = every if imaging.then_every is None else _months(imaging.then_every)
    count = max(1, math.floor(until / every + _STEP))
    return ImagingTimes(tuple(every * (k + 1) for k in range(count)), then)


def _test(test: DesignTest | None) -> PrimaryTest:
    if test is None:
        return PrimaryTest()
    delay, horizon = test.delay, test.horizon
    return PrimaryTest(
        test.type,
        test.rho,
        test.gamma,
        None if delay is None else _months(delay),
        None if horizon is None else _months(horizon),
        test.stratified,
    )


def _looks(design: Design) -> GroupSequentialDesign:
    hypothesis, looks = design.hypothesis, design.looks
    alpha = hypothesis.alpha if hypothesis else 0.05
    sided = hypothesis.sided if hypothesis else 2
    one_sided = looks is not None and (looks.futility != "none" or looks.harm_alpha is not None)
    if sided == 2 and (one_sided or (hypothesis is not None and hypothesis.margin is not None)):
        alpha, sided = alpha / 2, 1
    if looks is None:
        return GroupSequentialDesign(alpha=alpha, sided=sided, power=design.power)
    single = len(looks.information) == 1
    spends = looks.spending not in ("obrien_fleming", "pocock", "wang_tsiatis", "haybittle_peto")
    futile = looks.futility != "none" and not single
    fixed = tuple(looks.futility_z) or None
    beta = (looks.futility_spending or looks.spending) if futile and fixed is None else None
    if futile and fixed is None and not spends and looks.futility_spending is None:
        raise InvalidInput(
            f"looks.spending {looks.spending} spends no beta: give futility_spending or futility_z"
        )
    same = looks.futility_spending in (None, looks.spending)
    parameter = looks.futility_parameter
    if beta is not None and parameter is None and same:
        parameter = looks.spending_parameter
    return GroupSequentialDesign(
        spending="none" if single else looks.spending,
        spending_parameter=None if single else looks.spending_parameter,
        alpha=alpha,
        sided=sided,
        information_rates=looks.information,
        power=design.power,
        futility_bounds=fixed if futile else None,
        beta_spending=beta,  # type: ignore[arg-type]
        beta_spending_parameter=parameter if beta is not None else None,
        binding=futile and looks.futility == "binding",
        harm_alpha=looks.harm_alpha,
        harm_spending=looks.harm_spending,
    )


def _latest(design: Design) -> float | None:
    looks = design.looks
    return None if looks is None or looks.latest is None else _months(looks.latest)


def _notes(protocol: Protocol) -> tuple[str, ...]:
    """Return what was assumed where the protocol is silent."""
    design, notes = protocol.design, []
    if design.hypothesis is None:
        notes.append("no hypothesis is written: tested at 0.05, two-sided")
    looks = design.looks
    hypothesis = design.hypothesis
    if looks is not None and looks.futility != "none":
        if hypothesis is None or hypothesis.sided == 2:
            notes.append("bounds are one-sided at half the two-sided level: the trial may stop "
                         "for futility")  # fmt: skip
        if looks.futility_spending is None and not looks.futility_z:
            notes.append("beta is spent as alpha is: the protocol names no futility_spending")
    if design.dropout is None:
        notes.append("nobody is assumed lost to follow-up")
    return tuple(notes)


def _months(length: Duration) -> float:
    """Return a length of time in months: 12 a year, 30.4375 days each."""
    return length.in_unit("month")
