"""A protocol's scenarios are simulated as it says; the null is always among them."""

import json

import numpy as np
import pytest
from simulation.scenarios import everything

from adjuvant import Study
from adjuvant.core import InvalidInput
from adjuvant.protocol import read_protocol_text
from adjuvant.simulation import (
    FixedSizes,
    Minimisation,
    PermutedBlocks,
    ProtocolScenario,
    Sites,
    VisitSchedule,
    protocol_scenarios,
    simulate_protocol,
    trial_patients,
    write_trial,
)
from adjuvant.survival import cox, log_rank

SCENARIOS = """  scenarios:
    late:
      label: No effect for half a year
      hazard_ratio_from: {0 mo: 1, 6 mo: 0.5}
    failing:
      product_failure: {never_started: 0.1, stopping_per_y: 0.1}
      imaging: {every: 3 mo}
      sites: {count: 12, variance: 0.2}
    deaths:
      competing_death: {hazard_per_y: 0.03}
"""


def protocol(scenarios=SCENARIOS, **replaced):
    text = Study.open("takayama2000").protocol_text
    text = text.replace("\nanalysis_sets:", f"\n{scenarios}\nanalysis_sets:", 1)
    for old, new in replaced.values():
        assert old in text
        text = text.replace(old, new)
    return read_protocol_text(text, "protocol.yaml").protocol


def test_every_scenario_of_the_protocol_is_there_with_the_null():
    found = protocol_scenarios(protocol())

    assert [one.name for one in found] == ["planned", "null", "late", "failing", "deaths"]
    assert found[2].label == "No effect for half a year"
    assert found[2].scenario.strata[0].experimental.hazard.times == (0.0, 6.0)
    failing = found[3].scenario
    assert failing.visits == VisitSchedule((3.0,), 3.0)
    assert failing.product_failure.never_started == 0.1
    assert failing.product_failure.stopping.rates[0] == pytest.approx(0.1 / 12)
    assert failing.sites == Sites(12, 0.2)
    assert found[4].scenario.strata[0].control.death.rates[0] == pytest.approx(0.03 / 12)
    assert not found[4].scenario.death_counts
    null = found[1].scenario.strata[0]
    assert null.control == null.experimental


def test_the_null_is_run_beside_those_asked_for():
    assert [one.name for one in protocol_scenarios(protocol(), ["late"])] == ["null", "late"]
    with pytest.raises(InvalidInput, match="no scenario 'early'; expected one of planned, null"):
        protocol_scenarios(protocol(), ["early"])


@pytest.mark.parametrize(
    ("method", "allocation"),
    [
        ("permuted_blocks", PermutedBlocks(2, 2)),
        ("minimisation", Minimisation(0.8)),
        ("simple", FixedSizes(1.0)),
    ],
)
def test_allocation_is_that_of_the_protocol(method, allocation):
    changed = protocol(method=("method: {value: permuted_blocks", f"method: {{value: {method}"))

    assert protocol_scenarios(changed)[0].scenario.allocation == allocation


def test_results_stand_beside_their_formulas_and_leave_as_plain_values():
    found = simulate_protocol(protocol(), scenarios=["planned", "failing"], trials=4_096, seed=3)
    planned, failing = found.scenario("planned"), found.scenario("failing")

    assert abs(planned.checked.difference) < 0.03
    assert failing.simulated.power.value < planned.simulated.power.value
    assert "at the next visit" in failing.checked.reasons[0]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
    with pytest.raises(InvalidInput, match="'late' was not simulated; these were: planned, null"):
        found.scenario("late")


def test_chunks_are_kept_by_scenario_and_a_longer_run_begins_with_them(tmp_path):
    wanted = {"scenarios": ["planned"], "seed": 5}
    simulate_protocol(protocol(), trials=2_048, keep=tmp_path / "k", **wanted)
    seen = []
    longer = simulate_protocol(
        protocol(), trials=4_096, keep=tmp_path / "k", **wanted,
        progress=lambda name, at: seen.append((name, at.done, at.kept)),
    )  # fmt: skip

    assert len(list((tmp_path / "k").iterdir())) == 2
    assert {name for name, _, _ in seen} == {"planned", "null"}
    assert all(kept == 2_048 for _, _, kept in seen)
    assert longer == simulate_protocol(protocol(), trials=4_096, **wanted)


@pytest.mark.journey
@pytest.mark.parametrize("kind", ["planned", "deaths", "everything"])
def test_one_trial_leaves_as_patients_that_analyse_reads(tmp_path, kind):
    """The log-rank chi-square of the analysis is the square of the simulated Z."""
    one = {s.name: s for s in protocol_scenarios(protocol())}.get(kind)
    if one is None:
        design = protocol_scenarios(protocol())[0].design
        one = ProtocolScenario("everything", "", design, everything())

    path = write_trial(one, tmp_path, trial=1_030, seed=9)
    study = Study.open(tmp_path)
    results = study.analyse()

    data = trial_patients(one.scenario, seed=9, trial=1_030)
    assert study.snapshot().kind == "SYNTHETIC"
    assert path.read_text("utf-8").count("SYNTHETIC\n") == data.n
    chi = results.result("LOG_RANK").tests[0].chi_square
    assert chi == pytest.approx(log_rank(data.cause(1)).chi_square, rel=1e-12)
    ratio = results.result("COX").estimate("hazard_ratio").value
    assert ratio == pytest.approx(np.exp(cox(data.cause(1)).coef[0]), rel=1e-9)
