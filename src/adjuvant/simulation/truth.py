"""What a simulated effect estimates, where that is one number known without simulation."""

from math import isclose, log

from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.simulation.patients import Stratum
from adjuvant.simulation.scenario import Scenario
from adjuvant.simulation.trial_tests import MilestoneTest, RmstTest

__all__ = ["true_effect"]


def true_effect(scenario: Scenario) -> float | None:
    """Return the effect that the scenario's test estimates: the yardstick of bias and coverage.

    The log hazard ratio where it is one number: piecewise hazards, proportional with one ratio in
    all strata, and, with several strata, a stratified test. The difference in restricted mean or
    in survival of one stratum with piecewise hazards. None elsewhere: non-proportional hazards,
    cure, visits, sites, product failure, deaths that count.

    >>> from adjuvant.simulation import Look, ScheduledAccrual, one_stratum
    >>> rate = PiecewiseHazard.constant(0.1)
    >>> round(true_effect(Scenario(subjects=60, strata=one_stratum(rate, rate.times_ratio(0.5)),
    ...     accrual=ScheduledAccrual(12), looks=(Look(time=30),), efficacy_bounds=(1.96,))), 4)
    -0.6931
    """
    extras = (scenario.visits, scenario.product_failure, scenario.sites)
    courses = [course for s in scenario.strata for course in (s.control, s.experimental)]
    dies = scenario.death_counts and any(any(course.death.rates) for course in courses)
    if any(extras) or dies or any(course.cured for course in courses):
        return None
    test = scenario.test
    if isinstance(test, RmstTest | MilestoneTest):
        return _difference(scenario.strata, test)
    ratios = [_ratio(s) for s in scenario.strata]
    first = ratios[0]
    if first is None or not all(r is not None and isclose(r, first) for r in ratios):
        return None
    if len(ratios) > 1 and not getattr(test, "stratified", False):
        return None
    return log(first)


def _ratio(stratum: Stratum) -> float | None:
    control, experimental = stratum.control.hazard, stratum.experimental.hazard
    if not (isinstance(control, PiecewiseHazard) and isinstance(experimental, PiecewiseHazard)):
        return None
    times = sorted({*control.times, *experimental.times})
    pairs = list(zip(control.at(times), experimental.at(times), strict=True))
    if any((c > 0) != (e > 0) for c, e in pairs):
        return None
    found = [float(e / c) for c, e in pairs if c > 0]
    if not found or not all(isclose(ratio, found[0]) for ratio in found):
        return None
    return found[0]


def _difference(strata: tuple[Stratum, ...], test: RmstTest | MilestoneTest) -> float | None:
    if len(strata) > 1:
        return None
    control, experimental = strata[0].control.hazard, strata[0].experimental.hazard
    if not (isinstance(control, PiecewiseHazard) and isinstance(experimental, PiecewiseHazard)):
        return None
    if isinstance(test, RmstTest):
        means = experimental.restricted_mean(test.horizon) - control.restricted_mean(test.horizon)
        return float(means)
    return float(experimental.survival(test.time) - control.survival(test.time))
