"""The scenario of a planned trial, and its power by formula beside the power that trials show."""

from collections.abc import Callable
from math import isclose

from adjuvant.core import InvalidInput
from adjuvant.design import ArmCourse, TrialDesign, stopping_bounds
from adjuvant.design.planned_power import planned_power
from adjuvant.simulation.checked_power import CheckedPower
from adjuvant.simulation.patients import (
    Allocation,
    Course,
    FixedSizes,
    ProductFailure,
    ScheduledAccrual,
    Sites,
    Stratum,
    VisitSchedule,
)
from adjuvant.simulation.results import OperatingCharacteristics
from adjuvant.simulation.run import Progress, simulate
from adjuvant.simulation.scenario import Look, Scenario
from adjuvant.simulation.trial_tests import (
    CoxTest,
    LogRankTest,
    MaxComboTest,
    MilestoneTest,
    RmstTest,
    Test,
)

__all__ = ["beside_formula", "checked_design", "planned_scenario"]


def planned_scenario(
    design: TrialDesign,
    *,
    allocation: Allocation | None = None,
    sites: Sites | None = None,
) -> Scenario:
    """Return the scenario of a planned trial, in months: every assumption of it, nothing mixed.

    allocation   arms of fixed sizes in the design's ratio without it.
    sites        whose hazards differ; none without it.

    Futility and harm bounds are obeyed; a two-sided trial also stops at the mirrored bound. A
    non-inferiority trial tests its margin in a Cox model. Beside a log-rank test the hazard ratio
    is estimated at every look.
    Raises    InvalidInput for what is not simulated: an accrual that bends within a step, a
              stratified restricted mean or milestone, a margin with a test that has none.

    >>> from adjuvant.design import design_from_numbers
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, accrual=24,
    ...                            hazard_ratio=0.7, looks=(67, 134, 200), spending="OBF")
    >>> [look.events for look in planned_scenario(made).looks]
    [67, 134, 200]
    """
    patients = design.patients
    if patients.accrual.shape:
        raise InvalidInput("a shaped accrual is not simulated; write its rates in steps")
    imaging, failing = patients.imaging, patients.never_started or any(patients.stopping.rates)
    upper, lower = _bounds(design)
    return Scenario(
        subjects=design.subjects,
        strata=tuple(
            Stratum(_course(s.control), _course(s.experimental), s.fraction)
            for s in patients.strata
        ),
        accrual=ScheduledAccrual(
            patients.accrual.duration, patients.accrual.times, patients.accrual.rates
        ),
        looks=_looks(design),
        efficacy_bounds=upper,
        futility_bounds=lower,
        test=_test(design),
        allocation=allocation or FixedSizes(patients.allocation_ratio),
        visits=None if imaging is None else VisitSchedule(imaging.times, imaging.then_every),
        product_failure=(
            ProductFailure(patients.never_started, patients.stopping) if failing else None
        ),
        sites=sites,
        death_counts=patients.death_counts,
        estimate=design.test.type not in ("rmst", "milestone"),
    )


def checked_design(
    design: TrialDesign,
    *,
    trials: int = 100_000,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> CheckedPower:
    """Return the power of a planned trial by formula and by whole simulated trials.

    Any test and any looks; where no formula serves (MaxCombo with interim looks, events that are
    never expected) `analytic` and `planned` are None and the simulation stands alone.
    trials, seed, workers, progress   as in `simulate`.
    Raises    as `planned_scenario`.

    >>> from adjuvant.design import design_from_numbers
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, accrual=24,
    ...                            hazard_ratio=0.7)
    >>> found = checked_design(made, trials=20_000)
    >>> round(found.analytic, 3), abs(found.difference) < 0.015
    (0.712, True)
    """
    scenario = planned_scenario(design)
    simulated = simulate(scenario, trials=trials, seed=seed, workers=workers, progress=progress)
    return beside_formula(design, simulated)


def beside_formula(design: TrialDesign, simulated: OperatingCharacteristics) -> CheckedPower:
    """Return what trials of a design showed, with what its formula says beside it."""
    if design.test.type == "max_combo" and design.looks.looks > 1:
        return CheckedPower(None, simulated, reasons=("MaxCombo with looks has no formula",))
    try:
        planned = planned_power(design)
    except InvalidInput as reason:
        # Such as events that are never expected; the simulation says how often they come.
        return CheckedPower(None, simulated, reasons=(str(reason),))
    return CheckedPower(planned.reject, simulated, planned, _reasons(design))


def _reasons(design: TrialDesign) -> tuple[str, ...]:
    """Return what the simulation has and the formula has not."""
    patients, found = design.patients, []
    if patients.imaging is not None:
        found.append("the formula sees a recurrence when it happens, not at the next visit")
    if patients.mixed and len(patients.strata) > 1 and not design.test.stratified:
        found.append("the formula mixes the strata at every time since entry")
    if patients.mixed and design.test.stratified:
        found.append("the formula does not know that the test is stratified")
    if not isclose(design.null_hazard_ratio, 1.0):
        found.append("the formula shifts the log-rank score; the simulation fits a Cox model")
    if not isclose(design.allocation_ratio, 1.0):
        found.append("with unequal arms the score of few events is skewed")
    if design.test.type in ("rmst", "milestone"):
        found.append("Greenwood's variance is estimated, and small samples make it small")
    return (*found, "the formula is the limit for many events")


def _course(course: ArmCourse) -> Course:
    return Course(course.hazard, course.dropout, course.death, course.cured)


def _looks(design: TrialDesign) -> tuple[Look, ...]:
    dates = design.look_times or (None,) * design.looks.looks
    return tuple(
        Look(events, date, design.look_rule, design.latest)
        for events, date in zip(design.look_events, dates, strict=True)
    )


def _bounds(design: TrialDesign) -> tuple[tuple[float, ...], tuple[float, ...]]:
    bounds = stopping_bounds(design.looks)
    if design.looks.sided == 2:
        return bounds.upper, tuple(-upper for upper in bounds.upper[:-1])
    pairs = zip(bounds.lower, bounds.harm or bounds.lower, strict=True)
    return bounds.upper, tuple(max(pair) for pair in pairs)


def _test(design: TrialDesign) -> Test:
    test, margin = design.test, design.null_hazard_ratio
    if not isclose(margin, 1.0):
        if test.type != "log_rank":
            raise InvalidInput(
                f"the margin {margin:g} is of a hazard ratio, and the test is {test.words}; a "
                "margin is tested with test: {type: log_rank}"
            )
        return CoxTest(test.stratified, margin)
    if test.type == "max_combo":
        return MaxComboTest(stratified=test.stratified)
    if test.type in ("rmst", "milestone"):
        assert test.horizon is not None
        if test.stratified:
            raise InvalidInput(f"the {test.words} is not simulated; leave out stratified")
        return RmstTest(test.horizon) if test.type == "rmst" else MilestoneTest(test.horizon)
    return LogRankTest(test.rho, test.gamma, test.delay, test.stratified)
