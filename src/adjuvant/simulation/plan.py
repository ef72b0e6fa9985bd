"""A scenario as arrays of fixed types, so that each kernel is compiled once."""

import math
from typing import NamedTuple

import numpy as np

from adjuvant.core import Codes, Floats
from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.simulation.patients import (
    Course,
    FixedSizes,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    ScheduledAccrual,
    WeibullHazard,
)
from adjuvant.simulation.scenario import Look, Scenario
from adjuvant.simulation.trial_tests import (
    CoxTest,
    LogRankTest,
    MaxComboTest,
    MilestoneTest,
    RmstTest,
)

__all__ = [
    "BLOCKS",
    "COX",
    "DEATH",
    "EVENT",
    "LOG_RANK",
    "LOST",
    "MAX_COMBO",
    "MILESTONE",
    "MINIMISED",
    "OWN",
    "RMST",
    "SIZES",
    "STOP",
    "Plan",
    "plan_of",
]  # fmt: skip

# Processes of a course, in the order of `hazards`.
EVENT, LOST, DEATH, STOP = 0, 1, 2, 3
# Allocation.
SIZES, BLOCKS, MINIMISED = 0, 1, 2
# Tests.
LOG_RANK, MAX_COMBO, RMST, MILESTONE, COX, OWN = 0, 1, 2, 3, 4, 5
_NEVER = np.inf


class Plan(NamedTuple):
    """What the kernels read.

    hazards      (strata, 2 arms, 4 processes, 4, pieces): cumulative hazard at the start of each
                 piece, cumulative hazard spent in it, its start, its rate.
    weibull      (strata, 2, 2) shape and scale; shape 0 where the hazard is piecewise.
    cured        (strata, 2). strata (strata,) cumulative shares.
    accrual      (4, pieces) as `hazards`, of the cumulative intensity; accrual_total its end for a
                 scheduled accrual, 0 for a Poisson process.
    block        (control, experimental) of a block, or of the trial.
    looks        (K, 4): events or 0, time or NaN, 1 for "later" or 0 for "earlier", latest or inf.
    bounds       (K, 2): efficacy, futility.
    test         (rho, gamma) pairs, or horizon; delay is inf where the test has none.
    null_effect  log of the hazard ratio that a Cox test tests against.
    """

    subjects: int
    strata: Floats
    hazards: Floats
    weibull: Floats
    cured: Floats
    accrual: Floats
    accrual_total: float
    allocation: int
    block: Codes
    minimisation: float
    looks: Floats
    bounds: Floats
    test: int
    weights: Floats
    delay: float
    stratified: bool
    null_effect: float
    visits: Floats
    then_every: float
    never_started: float
    stops: bool
    sites: int
    frailty: float
    death_counts: bool
    dropout: bool
    estimate: bool
    inverse: Floats


def plan_of(scenario: Scenario) -> Plan:
    """Return the arrays of a scenario."""
    courses = [[s.control, s.experimental] for s in scenario.strata]
    failure, sites, visits = scenario.product_failure, scenario.sites, scenario.visits
    stopping = failure.stopping if failure else PiecewiseHazard.none()
    kind, weights, delay, stratified = _test(scenario)
    allocation, block, probability = _allocation(scenario)
    inverse = np.zeros(scenario.subjects + 2)
    inverse[1:] = 1.0 / np.arange(1, scenario.subjects + 2)
    accrual, total = _accrual(scenario.accrual)
    return Plan(
        subjects=scenario.subjects,
        strata=np.cumsum([s.fraction for s in scenario.strata]),
        hazards=_hazards(courses, stopping),
        weibull=np.array([[_weibull(c) for c in row] for row in courses]),
        cured=np.array([[c.cured for c in row] for row in courses], dtype=float),
        accrual=accrual,
        accrual_total=total,
        allocation=allocation,
        block=block,
        minimisation=probability,
        looks=np.array([_look(look) for look in scenario.looks], dtype=float),
        bounds=_bounds(scenario),
        test=kind,
        weights=weights,
        delay=delay,
        stratified=stratified,
        null_effect=math.log(getattr(scenario.test, "null_hazard_ratio", 1.0)),
        visits=np.array(visits.times if visits else (), dtype=float),
        then_every=float(visits.then_every or 0.0) if visits else 0.0,
        never_started=float(failure.never_started) if failure else 0.0,
        stops=any(stopping.rates),
        sites=sites.count if sites else 0,
        frailty=float(sites.variance) if sites else 0.0,
        death_counts=scenario.death_counts,
        dropout=any(any(c.dropout.rates) for row in courses for c in row),
        estimate=scenario.estimate,
        inverse=inverse,
    )


def _hazards(courses: list[list[Course]], stopping: PiecewiseHazard) -> Floats:
    none = PiecewiseHazard.none()
    rows = []
    for row in courses:
        for arm, course in enumerate(row):
            event = course.hazard if isinstance(course.hazard, PiecewiseHazard) else none
            rows += [event, course.dropout, course.death, stopping if arm else none]
    pieces = max(len(hazard.times) for hazard in rows)
    tables = [_table(hazard.times, hazard.rates, pieces) for hazard in rows]
    return np.array(tables).reshape(len(courses), 2, 4, 4, pieces)


def _table(times: tuple[float, ...], rates: tuple[float, ...], pieces: int) -> Floats:
    """Return starts and widths in cumulative hazard, starts and rates in time: (4, pieces)."""
    table = np.zeros((4, pieces))
    table[0] = table[2] = _NEVER
    k = len(times)
    spent = np.diff(times) * np.asarray(rates[:-1])
    table[0, :k] = np.concatenate([[0.0], np.cumsum(spent)])
    table[1, :k] = np.append(spent, _NEVER)
    table[2, :k], table[3, :k] = times, rates
    return table


def _weibull(course: Course) -> tuple[float, float]:
    hazard = course.hazard
    return (hazard.shape, hazard.scale) if isinstance(hazard, WeibullHazard) else (0.0, 1.0)


def _accrual(accrual: ScheduledAccrual | PoissonAccrual) -> tuple[Floats, float]:
    if isinstance(accrual, PoissonAccrual):
        return _table(accrual.times, accrual.rates, len(accrual.times)), 0.0
    times, rates = (*accrual.times, accrual.duration), (*accrual.relative_rates, 0.0)
    table = _table(times, rates, len(times))
    # The intensity ends at the duration: the last piece is cut off.
    return np.ascontiguousarray(table[:, :-1]), float(table[0, -1])


def _allocation(scenario: Scenario) -> tuple[int, Codes, float]:
    chosen = scenario.allocation
    if isinstance(chosen, Minimisation):
        return MINIMISED, np.array([1, 1], dtype=np.int64), float(chosen.probability)
    if isinstance(chosen, PermutedBlocks):
        block = np.array([chosen.control, chosen.experimental], dtype=np.int64)
        return BLOCKS, block, 0.0
    assert isinstance(chosen, FixedSizes)
    return SIZES, np.array(scenario.sizes, dtype=np.int64), 0.0


def _look(look: Look) -> tuple[float, float, float, float]:
    return (
        float(look.events or 0),
        np.nan if look.time is None else float(look.time),
        float(look.rule == "later"),
        np.inf if look.latest is None else float(look.latest),
    )


def _bounds(scenario: Scenario) -> Floats:
    none = (-np.inf,) * (len(scenario.looks) - 1)
    futility = (*(none if scenario.futility_bounds is None else scenario.futility_bounds), -np.inf)
    return np.column_stack([scenario.efficacy_bounds, futility]).astype(float)


def _test(scenario: Scenario) -> tuple[int, Floats, float, bool]:
    test = scenario.test
    nothing = np.zeros((1, 2))
    if isinstance(test, LogRankTest):
        delay = np.inf if test.delay is None else float(test.delay)
        return LOG_RANK, np.array([[test.rho, test.gamma]], dtype=float), delay, test.stratified
    if isinstance(test, MaxComboTest):
        # More than two components: their joint law is asked of `survival`, trial by trial.
        kind = MAX_COMBO if len(test.weights) == 2 else OWN
        return kind, np.array(test.weights, dtype=float), np.inf, test.stratified
    if isinstance(test, RmstTest):
        return RMST, nothing, float(test.horizon), False
    if isinstance(test, MilestoneTest):
        return MILESTONE, nothing, float(test.time), False
    if isinstance(test, CoxTest):
        return COX, nothing, np.inf, test.stratified
    return OWN, nothing, np.inf, False
