"""The compiled engines answer to the estimators of `survival` and to each other."""

import numpy as np
import pytest
from simulation.scenarios import DELAYED, W1, W2, W3, Z, everything, plain_trial_of

from adjuvant.core import AnalysisError
from adjuvant.simulation import (
    CoxTest,
    LogRankTest,
    Look,
    MaxComboTest,
    MilestoneTest,
    Minimisation,
    PermutedBlocks,
    PoissonAccrual,
    RmstTest,
    ScheduledAccrual,
    chunks,
    trial_patients,
    z_score,
)
from adjuvant.simulation.cell_tests import statistic
from adjuvant.simulation.fast import COLUMNS, PER_LOOK, fast_trials, room_for
from adjuvant.simulation.general import (
    cut_patients,
    draw_patients,
    general_trials,
    make_cells,
    patients_for,
)
from adjuvant.simulation.plan import plan_of
from adjuvant.simulation.rng import chunk_state
from adjuvant.survival import cox

TESTS = [
    LogRankTest(),
    LogRankTest(stratified=True),
    LogRankTest(rho=1, gamma=1),
    LogRankTest(gamma=0.5, stratified=True),
    LogRankTest(delay=6),
    MaxComboTest(),
    MaxComboTest(((0, 0), (1, 0)), stratified=True),
    RmstTest(12),
    MilestoneTest(9),
    CoxTest(),
    CoxTest(stratified=True),
    CoxTest(null_hazard_ratio=1.3),
]


def outcomes(scenario, trials, engine, seed=1):
    plan = plan_of(scenario)
    out = np.empty((trials, COLUMNS + PER_LOOK * len(scenario.looks)))
    state = chunk_state(seed, scenario.key, 0)
    if engine == "fast":
        fast_trials(state, plan, trials, room_for(plan.subjects), out)
    else:
        general_trials(state, plan, trials, patients_for(plan), out)
    return out


@pytest.mark.parametrize("test", TESTS, ids=str)
@pytest.mark.parametrize("ties", [True, False])
def test_every_compiled_test_gives_the_z_of_survival(test, ties):
    """Patients with visits (many ties), strata and competing deaths, each at one cut."""
    scenario = everything(test=test) if ties else everything(test=test, visits=None)
    plan, state = plan_of(scenario), chunk_state(3, 0, 0)
    patients = patients_for(plan)
    for cut in (16.0, 30.0, 200.0):
        draw_patients(state, plan, patients)
        size = cut_patients(plan, patients, cut)
        make_cells(plan, patients, size)
        stratified = getattr(test, "stratified", False)

        z = statistic(plan, patients.cells, patients.first)[0]

        assert z == pytest.approx(
            z_score(test, chunks._seen(scenario, patients, size, stratified)), rel=1e-8, abs=1e-9
        )


@pytest.mark.parametrize(
    "test", [LogRankTest(), LogRankTest(rho=0.5, gamma=2), LogRankTest(delay=5)], ids=str
)
def test_the_fast_engine_decides_as_survival_does(test):
    """Bounds are put a hair below and above the Z that `survival` finds for the same patients."""
    base = plain_trial_of(
        looks=(80, 150), bounds=(9.0, 9.0), futility_bounds=(-9.0,), test=test, dropout=0.02,
        allocation=PermutedBlocks(1, 2), accrual=PoissonAccrual((5, 20), (0, 6)), estimate=True,
    )  # fmt: skip
    plan, trials = plan_of(base), 25
    state = chunk_state(5, base.key, 0)
    out = np.empty((trials, COLUMNS + PER_LOOK * 2))
    fast_trials(state, plan, trials, room_for(plan.subjects), out)
    for trial in range(trials):
        for look in range(2):
            data = trial_patients(base, seed=5, trial=trial, look=look)
            z = z_score(test, data)
            assert data.events == out[trial, COLUMNS + PER_LOOK * look + 1]
            assert data.n == out[trial, COLUMNS + PER_LOOK * look + 2]
            fit = cox(data)
            at = COLUMNS + PER_LOOK * look
            assert out[trial, at + 4] == pytest.approx(z, rel=1e-9, abs=1e-9)
            assert out[trial, at + 5 : at + 7] == pytest.approx([fit.coef[0], fit.se[0]], rel=1e-7)
            for hair, decided in ((-1e-9, 1.0), (1e-9, 0.0)):
                bounds = plan.bounds.copy()
                bounds[look, 0] = z + hair
                again = np.empty((trial + 1, COLUMNS + PER_LOOK * 2))
                fast_trials(
                    chunk_state(5, base.key, 0),
                    plan._replace(bounds=bounds),
                    trial + 1,
                    room_for(plan.subjects),
                    again,
                )
                assert again[trial, 1] == decided
        fit = cox(trial_patients(base, seed=5, trial=trial))
        assert out[trial, 2:4] == pytest.approx([fit.coef[0], fit.se[0]], rel=1e-7)


def test_the_look_is_at_the_last_event_it_waited_for():
    """Off by one shows as 199 events; the wanted event itself must count."""
    for engine in ("fast", "general"):
        out = outcomes(W2, 300, engine)
        for k, events in enumerate((67, 134, 200)):
            seen = out[:, COLUMNS + PER_LOOK * k + 1]
            assert set(seen[np.isfinite(seen)]) == {float(events)}


AGREE = {
    "W1": W1,
    "W2": W2,
    "W3": W3,
    "modest": plain_trial_of(DELAYED, test=LogRankTest(delay=6)),
    "blocks, dropout, Poisson": plain_trial_of(
        looks=(100, 190),
        bounds=(2.8, Z),
        futility_bounds=(0.3,),
        dropout=0.02,
        allocation=PermutedBlocks(1, 2),
        accrual=PoissonAccrual((5, 20), (0, 6)),
    ),
    "events not reached": plain_trial_of(looks=(260,), dropout=0.03),
    "dates, shaped accrual": plain_trial_of(
        looks=(1, 1), bounds=(2.5, 2.0), accrual=ScheduledAccrual(24, (0, 6), (1, 4))
    ),
    "unequal estimate": plain_trial_of(estimate=True, allocation=PermutedBlocks(2, 1)),
}


@pytest.mark.parametrize("name", AGREE)
def test_the_general_engine_agrees_with_the_fast_one(name):
    """Every mean within 4 of its Monte-Carlo errors: the two draw different numbers."""
    scenario = AGREE[name]
    if name.startswith("dates"):
        looks = (Look(time=20), Look(events=150, time=30, rule="earlier", latest=33))
        scenario = plain_trial_of(
            looks=(1, 1), bounds=(2.5, 2.0), accrual=scenario.accrual
        ).__class__(**{**vars(scenario), "looks": looks})
    fast = chunks._sums(outcomes(scenario, 8_000, "fast"), None)
    general = chunks._sums(outcomes(scenario, 4_000, "general"), None)

    some = (fast.n > 100) & (general.n > 100)
    spread = [s.squares[some] / s.n[some] / (s.n[some] - 1) for s in (fast, general)]
    z = (fast.mean - general.mean)[some] / np.sqrt(spread[0] + spread[1] + 1e-16)
    assert np.abs(z).max() < 4


@pytest.mark.parametrize("allocation", [PermutedBlocks(2, 2), Minimisation(0.8)], ids=str)
@pytest.mark.parametrize("death_counts", [False, True])
def test_the_general_engine_agrees_with_the_plain_one(allocation, death_counts):
    """Everything at once, against numpy alone, trial by trial."""
    from adjuvant.simulation import plain_trial

    scenario = everything(allocation=allocation, death_counts=death_counts)
    rng = np.random.default_rng(20251125)
    plain = [plain_trial(scenario, rng) for _ in range(250)]
    out = outcomes(scenario, 5_000, "general")

    first = np.array([[look.time, look.events, look.patients] for look, *_ in plain])
    compiled = out[:, COLUMNS : COLUMNS + 3]
    assert first[:, 0].tolist() == [24.0] * 250
    for column in (1, 2):
        a, b = first[:, column], compiled[:, column]
        se = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(a.mean() - b.mean()) < 4 * se + 1e-12
    stops = np.mean([looks[-1].efficacy for looks in plain]), np.mean(out[:, 1] == 1)
    assert abs(stops[0] - stops[1]) < 4 * np.sqrt(0.25 / 250)
    events = np.array([looks[-1].events for looks in plain])
    stage = out[:, 0].astype(int)
    at_end = out[np.arange(len(out)), COLUMNS + PER_LOOK * stage + 1]
    assert abs(events.mean() - at_end.mean()) < 4 * np.sqrt(events.var() / 250 + at_end.var() / 5e3)


def test_patients_of_the_general_engine_lie_in_every_stratum_site_and_arm():
    scenario = everything()
    data = trial_patients(scenario, seed=2, trial=3)

    assert data.n == 120
    assert set(data.event.tolist()) == {0, 1, 2}
    assert data.stratum_labels == ("stratum 1", "stratum 2")
    visits = {0.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0, 30.0, 36.0}
    assert set(data.time[data.event != 2].tolist()) <= visits


def test_a_look_the_trial_did_not_live_to_see_is_refused():
    with pytest.raises(AnalysisError, match="there is no look 5"):
        trial_patients(W2, seed=1, trial=0, look=5)
