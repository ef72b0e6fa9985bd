"""Scenarios that several tests share: W1-W3 of the engine's notes, and a trial with everything."""

from adjuvant.design import PiecewiseHazard
from adjuvant.simulation import (
    Course,
    LogRankTest,
    Look,
    PermutedBlocks,
    ProductFailure,
    Scenario,
    ScheduledAccrual,
    Sites,
    Stratum,
    VisitSchedule,
    one_stratum,
)

CONTROL = PiecewiseHazard.with_median(12)
DELAYED = PiecewiseHazard((0, 4), (CONTROL.rates[0], 0.6 * CONTROL.rates[0]))
OBF = (3.700233091215604, 2.5041113200871226, 1.9937278947628696)
Z = 1.959963984540054


def plain_trial_of(experimental=None, looks=(200,), bounds=(Z,), **more):
    """300 patients in 24 months, control median 12 months: W1 unless told otherwise."""
    experimental = experimental or CONTROL.times_ratio(0.7)
    more.setdefault("accrual", ScheduledAccrual(24))
    dropout = more.pop("dropout", 0.0)
    return Scenario(
        subjects=more.pop("subjects", 300),
        strata=one_stratum(
            CONTROL, experimental, control_dropout=dropout, experimental_dropout=dropout / 2
        ),
        looks=tuple(Look(events=d) for d in looks),
        efficacy_bounds=bounds,
        **more,
    )


W1 = plain_trial_of()
W2 = plain_trial_of(looks=(67, 134, 200), bounds=OBF)
W3 = plain_trial_of(DELAYED, test=LogRankTest(gamma=1))


def everything(**more):
    """Strata, sites, visits, deaths, cure, a product that fails, dropout; a look on a date."""
    rate, death, lost = (PiecewiseHazard.constant(x) for x in (0.05, 0.01, 0.008))
    strata = tuple(
        Stratum(
            Course(rate.times_ratio(factor), lost, death, cured=0.2),
            Course(PiecewiseHazard((0, 3), (0.05 * factor, 0.02 * factor)), lost, death, cured=0.3),
            fraction,
        )
        for factor, fraction in ((1.0, 0.4), (2.0, 0.6))
    )
    chosen = {
        "subjects": 120,
        "strata": strata,
        "accrual": ScheduledAccrual(20, (0, 5), (1, 3)),
        "allocation": PermutedBlocks(2, 2),
        "visits": VisitSchedule((3, 6, 9, 12), then_every=6),
        "product_failure": ProductFailure(0.1, PiecewiseHazard.constant(0.05)),
        "sites": Sites(8, 0.3),
        "looks": (Look(time=24), Look(time=36)),
        "efficacy_bounds": (3.0, 2.0),
        "futility_bounds": (-1.0,),
        "test": LogRankTest(stratified=True),
    }
    return Scenario(**{**chosen, **more})
