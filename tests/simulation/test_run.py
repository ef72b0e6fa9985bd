"""A run gives the same digits however it is spread, and never runs a chunk twice."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from simulation.scenarios import DELAYED, W1, W2, everything, plain_trial_of

from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.simulation import (
    MaxComboTest,
    OwnTest,
    RmstTest,
    cluster_executor,
    run,
    simulate,
)
from adjuvant.simulation.chunks import CHUNK, ChunkSums, run_chunks
from adjuvant.survival import log_rank

TRIALS = 5 * CHUNK + 100


def own_z(data):
    return -float(log_rank(data).z)


@pytest.fixture(scope="module")
def alone():
    return simulate(W2, trials=TRIALS, seed=4, workers=1)


def test_one_process_and_many_give_the_same_digits(alone, monkeypatch):
    monkeypatch.setattr(run, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(run, "_TASK_SECONDS", 1e-9)

    assert simulate(W2, trials=TRIALS, seed=4, workers=2) == alone


def test_any_executor_gives_the_same_digits_and_stays_open(alone):
    with ThreadPoolExecutor(2) as pool:
        assert simulate(W2, trials=TRIALS, seed=4, executor=pool) == alone
        assert pool.submit(int, 3).result() == 3


def test_a_dask_cluster_gives_the_same_digits(alone):
    """A real scheduler and two worker processes, all on the loopback."""
    distributed = pytest.importorskip("distributed", reason="needs the extra [cluster]")
    import warnings

    with warnings.catch_warnings():
        # Of the cluster's own threads and sockets; nothing of adjuvant warns.
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", silence_logs=50,
        ) as cluster, cluster_executor(cluster.scheduler_address) as executor:  # fmt: skip
            found = simulate(W2, trials=TRIALS, seed=4, executor=executor)

    assert found == alone


def test_no_scheduler_is_an_environment_problem(monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra [cluster]")
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(EnvironmentProblem, match="no scheduler answers"),
    ):
        cluster_executor("tcp://127.0.0.1:9").__enter__()


DIGITS = [
    ("W1", 0.7197265625, 35.84382027433217, 200.0),
    ("W2", 0.6865234375, 32.42665121902846, 178.4599609375),
    ("everything", 0.26904296875, 35.49609375, 50.3974609375),
]


@pytest.mark.parametrize(("name", "reject", "duration", "events"), DIGITS)
def test_a_run_gives_the_digits_it_always_gave(name, reject, duration, events):
    """A change here changes every simulated number of every earlier report: say so in the log."""
    scenario = {"W1": W1, "W2": W2, "everything": everything()}[name]

    found = simulate(scenario, trials=2048, seed=1)

    assert found.reject.value == reject
    assert found.expected_duration.value == pytest.approx(duration, rel=1e-12)
    assert found.expected_events.value == pytest.approx(events, rel=1e-12)


def test_another_seed_gives_other_digits(alone):
    other = simulate(W2, trials=TRIALS, seed=5, workers=1)

    assert other.reject != alone.reject
    assert abs(other.reject.value - alone.reject.value) < 5 * alone.reject.standard_error * 2**0.5


def test_an_interrupted_run_goes_on_where_it_stopped(alone, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_TASK_SECONDS", 1e-9)
    kept, ran = tmp_path / "chunks.jsonl", []

    def stop(progress):
        if progress.done >= 3 * CHUNK:
            raise KeyboardInterrupt

    def counted(scenario, seed, sizes):
        ran.extend(sizes)
        return run_chunks(scenario, seed, sizes)

    monkeypatch.setattr(run, "run_chunks", counted)
    with pytest.raises(KeyboardInterrupt):
        simulate(W2, trials=TRIALS, seed=4, workers=1, keep=kept, progress=stop)
    found = simulate(W2, trials=TRIALS, seed=4, workers=1, keep=kept)

    assert found == alone
    assert sorted(ran) == [0, 1, 2, 3, 4, 5]


def test_a_line_cut_off_while_writing_is_run_again(alone, tmp_path):
    kept = tmp_path / "chunks.jsonl"
    simulate(W2, trials=TRIALS, seed=4, workers=1, keep=kept)
    kept.write_text(kept.read_text()[:-40])

    assert simulate(W2, trials=TRIALS, seed=4, workers=1, keep=kept) == alone
    assert [json.loads(line) for line in kept.read_text().splitlines()]


def test_chunks_of_another_scenario_are_refused(tmp_path):
    simulate(W1, trials=10, seed=4, keep=tmp_path / "a")

    with pytest.raises(InvalidInput, match="another scenario, seed or version"):
        simulate(W2, trials=10, seed=4, keep=tmp_path / "a")
    (tmp_path / "b").write_text("not ours\n")
    with pytest.raises(InvalidInput, match="not a file of kept chunks"):
        simulate(W2, trials=10, seed=4, keep=tmp_path / "b")


@pytest.mark.parametrize(
    "wrong", [{"trials": 0}, {"trials": 1.5}, {"seed": -1}, {"workers": 0}], ids=str
)
def test_arguments_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        simulate(W1, **{"trials": 10, **wrong})


def test_progress_tells_what_is_done_and_what_remains():
    seen = []
    simulate(W1, trials=3 * CHUNK, workers=1, progress=seen.append)

    assert [p.done for p in seen] == [CHUNK, 2 * CHUNK, 3 * CHUNK]
    assert seen[-1].remaining == 0
    assert seen[0].rate > 0


@pytest.mark.property
def test_sums_of_parts_are_the_sums_of_the_whole():
    numbers = np.random.default_rng(1).normal(5, 2, size=1000)

    def of(part):
        squares = np.array([((part - part.mean()) ** 2).sum()])
        return ChunkSums(len(part), np.array([len(part)]), np.array([part.mean()]), squares)

    total = of(numbers[:300]).plus(of(numbers[300:301])).plus(of(numbers[301:]))

    assert total.mean[0] == pytest.approx(numbers.mean(), rel=1e-13)
    assert total.squares[0] == pytest.approx(of(numbers).squares[0], rel=1e-12)


def test_an_own_test_equal_to_the_log_rank_test_decides_alike():
    mine = plain_trial_of(test=OwnTest(own_z, "log-rank"), subjects=100, looks=(60,))
    built_in = plain_trial_of(subjects=100, looks=(60,))
    found, known = simulate(mine, trials=400), simulate(built_in, trials=20_000)

    se = (found.reject.standard_error**2 + known.reject.standard_error**2) ** 0.5
    assert abs(found.reject.value - known.reject.value) < 4 * se
    assert found.engine == "general"


def test_maxcombo_of_four_is_asked_of_survival():
    four = MaxComboTest(((0, 0), (0, 1), (1, 0), (1, 1)))
    scenario = plain_trial_of(DELAYED, test=four, subjects=100, looks=(70,))

    assert 0 < simulate(scenario, trials=60).reject.value < 1


def test_power_bias_and_coverage_of_the_hazard_ratio():
    """W1: the log hazard ratio's bias is below 0.002 and its interval holds it 95% of the time."""
    found = simulate(plain_trial_of(estimate=True), trials=40_000)

    assert abs(found.power.value - 0.7099675) < 4 * found.power.standard_error + 0.003
    assert abs(found.bias.value) < 0.003
    assert abs(found.coverage.value - 0.95) < 4 * found.coverage.standard_error + 0.002
    assert found.estimable == 1


def test_every_look_has_the_hazard_ratio_its_bias_and_coverage():
    """The last look sees only the trials that did not stop: their mean is off."""
    found = simulate(
        plain_trial_of(looks=(67, 134, 200), bounds=(9.0, 2.5, 1.99), estimate=True), trials=20_000
    )
    first, second, third = (look.effect for look in found.looks)

    assert abs(first.value - found.truth) < 4 * first.standard_error + 0.01
    assert second.value < third.value - 0.05
    assert abs(found.looks[0].coverage.value - 0.95) < 0.01
    assert found.looks[2].coverage.value - 0.95 > 3 * found.looks[2].coverage.standard_error


def test_an_own_test_without_a_number_is_refused_by_name():
    mine = plain_trial_of(test=OwnTest(lambda _: float("nan"), "mine"), subjects=20, looks=(9,))

    with pytest.raises(InvalidInput, match="the test 'mine' gave nan for"):
        simulate(mine, trials=2)


def test_events_never_reached_are_reported():
    found = simulate(plain_trial_of(looks=(290,), dropout=0.05), trials=CHUNK)

    assert found.unreached.value == 1
    assert found.expected_events.value < 260


def test_results_leave_as_plain_values():
    found = simulate(everything(test=RmstTest(12)), trials=200).to_dict()

    assert found["schema"] == "adjuvant/simulation/1"
    assert json.loads(json.dumps(found)) == found
    assert found["looks"][1]["number"] == 2
    assert found["truth"] is None
