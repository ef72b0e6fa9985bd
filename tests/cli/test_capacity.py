"""`adjuvant capacity`: how late infusions will be, from a protocol and a number of slots."""

import json

import click
import pytest
from click.testing import CliRunner

from adjuvant.cli.capacity import capacity
from adjuvant.core import InvalidInput

TRIAL = "adjuvant-cell-therapy"


def run(*args):
    return CliRunner().invoke(capacity, list(args), standalone_mode=False)


def found(*args):
    done = run(*args, "--json")
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def test_more_slots_make_fewer_infusions_late():
    answer = found(TRIAL, "--slots", "30", "--slots", "6", "--trials", "10")

    few, many, unlimited = answer["forecasts"]
    assert (few["slots"], many["slots"], unlimited["slot_for_every_lot"]) == (6, 30, True)
    assert few["first_late"]["7"]["share"] > many["first_late"]["7"]["share"] + 0.3
    assert few["first_late"]["7"]["error"] > 0


@pytest.mark.by_hand
def test_recruitment_is_as_the_design_plans_it():
    """150 of 300 patients receive cells, recruited over 36 months of the calendar (1096 days)."""
    plan = found(TRIAL, "--slots", "6", "--trials", "2")["plan"]

    assert plan["patients"] == 150
    assert plan["per_year"] == pytest.approx(50, abs=0.1)


def test_calendar_of_week_two_is_late_however_many_slots_there_are():
    """14 + 1 days from a draw after randomisation cannot reach day 14 after surgery (story 3)."""
    done = run("takayama2000", "--slots", "10", "--trials", "5")

    assert done.exception is None
    unlimited = next(line for line in done.stdout.splitlines() if "unlimited" in line)
    assert "100.0%" in unlimited
    assert "simulation's own error" in done.stderr


def test_early_draw_is_a_question_that_can_be_asked():
    late, early = (
        found("takayama2000", "--slots", "12", "--draw-after", days, "--trials", "10")
        ["forecasts"][-1]["first_late"]["3"]["share"]
        for days in ("0", "-6")
    )  # fmt: skip

    assert early < late - 0.3


def test_same_seed_gives_the_same_digits():
    one, two = (found(TRIAL, "--slots", "8", "--trials", "3", "--seed", "7") for _ in range(2))

    assert one == two


def test_trial_without_a_product_is_refused_with_what_to_do():
    done = run("moertel1990", "--slots", "4")

    assert isinstance(done.exception, InvalidInput)
    assert "cell product" in str(done.exception)


@pytest.mark.parametrize("slots", ["0", "-1", "many"])
def test_number_of_slots_that_cannot_be_is_a_usage_error(slots):
    done = run(TRIAL, "--slots", slots)

    assert isinstance(done.exception, click.UsageError)
    assert "slots" in done.exception.format_message()
