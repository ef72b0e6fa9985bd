"""Lateness with N culture slots: what the calendar makes late, and what the slots do."""

from importlib.resources import files

import numpy as np
import pytest

from adjuvant.cells import LabPlan, lab_plan, simulated_lateness
from adjuvant.core import InvalidInput
from adjuvant.protocol import read_protocol

# Week 2 is day 14 after surgery; randomised on day 1 to 3, blood from the next day, 14 + 1 days,
# lots begun and released on working days, 5% of lots fail. 26 patients a year receive cells.
SEED_TRIAL = LabPlan(
    infusion_days=(14, 21, 28, 84, 168), culture_days=14, making_days=15, patients=76,
    per_year=26, randomised_on=(1, 3), draw_after=1, failure=0.05, max_redraws=1,
)  # fmt: skip


def forecast(slots, plan=SEED_TRIAL, trials=40, seed=20261):
    return simulated_lateness(plan, slots, np.random.default_rng(seed), trials=trials)


@pytest.mark.by_hand
def test_calendar_alone_makes_82_percent_of_first_infusions_late():
    """On time (day 17 at the latest) needs a draw on day 2: randomised on day 1 (1/3), and day 2
    a Monday to Thursday (4/7), so that day 17 is no weekend: 19%, less 5% that fail: 18%."""
    share, error = forecast(200).first_late[3]

    assert share == pytest.approx(1 - 4 / 21 * 0.95, abs=3.5 * error)


def test_early_draw_and_more_slots_make_fewer_late():
    """The order of magnitude that was measured before: 63, 19, 7, 5% more than 7 days late with 6,
    8, 10, 12 slots; 82% more than 3 days late with 12, 6% where blood is drawn from day -3."""
    late = {slots: forecast(slots, trials=120).first_late for slots in (6, 8, 10, 12)}

    for slots, share in ((6, 0.63), (8, 0.19), (10, 0.07), (12, 0.05)):
        assert late[slots][7][0] == pytest.approx(share, abs=0.1)
    assert late[12][3][0] == pytest.approx(0.82, abs=0.03)
    early = LabPlan(**{**vars(SEED_TRIAL), "draw_after": -4})
    assert forecast(12, early).first_late[3][0] == pytest.approx(0.06, abs=0.02)


@pytest.mark.by_hand
def test_one_slot_serves_one_lot_after_the_other():
    """Two patients on one day, one slot, no failure, no weekend: the second waits 14 days."""
    plan = LabPlan((15,), 14, 15, patients=2, per_year=1e9, failure=0, working_days=tuple(range(7)))

    found = simulated_lateness(plan, 1, np.random.default_rng(1), trials=2, days=(0, 13, 14))

    assert [found.first_late[d][0] for d in (0, 13, 14)] == [0.5, 0.5, 0.0]


@pytest.mark.by_hand
def test_failure_without_a_redraw_is_an_infusion_not_given():
    plan = LabPlan((15,), 14, 15, patients=50, per_year=10, failure=0.2, max_redraws=0)

    share, error = forecast(100, plan, trials=200).not_given

    assert share == pytest.approx(0.2, abs=3.5 * error)


def test_answer_carries_its_simulation_error_and_comes_again():
    one, two = forecast(8), forecast(8)

    assert one == two
    assert 0 < one.first_late[7][1] < 0.05
    assert 0 < one.busy[0] < 1


def test_plan_is_read_from_a_protocol():
    path = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    plan = lab_plan(read_protocol(path).protocol, per_year=50)

    found = forecast(40, plan, trials=5)

    assert plan.max_redraws == 1
    assert found.first_late[7][0] < 0.2  # week 4 after randomisation can be met


@pytest.mark.parametrize(
    "change",
    [{"infusion_days": ()}, {"culture_days": 16}, {"patients": 0}, {"failure": 1.0},
     {"working_days": ()}, {"per_year": 0}],
)  # fmt: skip
def test_plan_that_cannot_be_is_refused(change):
    with pytest.raises(InvalidInput):
        LabPlan(**{**vars(SEED_TRIAL), **change})


def test_no_slot_is_refused():
    with pytest.raises(InvalidInput, match="give 1 slot"):
        forecast(0)
