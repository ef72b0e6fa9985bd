"""The calendar of a subject: calendar months, windows, one arm's visits, what is due."""

from datetime import date
from importlib.resources import files

import pytest

from adjuvant.conduct.followup.calendar import Due, add_length, calendar, status_of
from adjuvant.protocol import Duration, read_protocol

ANCHORS = {"surgery": date(2026, 3, 2), "randomisation": date(2026, 3, 5)}


@pytest.fixture(scope="module")
def protocol():
    folder = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy"
    return read_protocol(folder / "protocol.yaml").protocol


def planned(protocol, arm, **more):
    return {due.code: due for due in calendar(protocol, anchors=ANCHORS, arm=arm, **more)}


@pytest.mark.by_hand
def test_months_are_calendar_months_and_do_not_drift():
    assert add_length(date(2026, 1, 31), Duration.parse("1 mo")) == date(2026, 2, 28)
    assert add_length(date(2026, 1, 31), Duration.parse("2 mo")) == date(2026, 3, 31)
    assert add_length(date(2028, 2, 29), Duration.parse("1 y")) == date(2029, 2, 28)


@pytest.mark.by_hand
def test_window_of_the_first_infusion(protocol):
    due = planned(protocol, "IMM")["INF1"]

    assert (due.first, due.target, due.last) == (
        date(2026, 3, 26), date(2026, 4, 2), date(2026, 4, 9))  # fmt: skip


def test_infusions_stand_in_the_calendar_of_their_arm_alone(protocol):
    control, cells = planned(protocol, "CTL"), planned(protocol, "IMM")

    assert {code for code in cells if code not in control} == {f"INF{n}" for n in range(1, 6)}


def test_before_allocation_no_contact_of_one_arm_is_shown(protocol):
    assert not any(code.startswith("INF") for code in planned(protocol, None))


def test_nothing_is_planned_after_the_end(protocol):
    kept = planned(protocol, "CTL", until=date(2026, 6, 1))

    assert all(due.first <= date(2026, 6, 1) for due in kept.values())


def test_status_of_a_contact():
    due = Due("W4", "visit", "W4", 1, "Week 4", (), date(2026, 4, 2), date(2026, 3, 26),
              date(2026, 4, 9))  # fmt: skip

    assert status_of(due, date(2026, 3, 25)) == "coming"
    assert status_of(due, date(2026, 4, 9)) == "due"
    assert status_of(due, date(2026, 4, 10)) == "overdue"
    assert status_of(due, date(2026, 4, 10), done_on=date(2026, 4, 8)) == "done"
    assert status_of(due, date(2026, 4, 10), said="missed") == "missed"
    assert status_of(due, date(2026, 4, 10), ended_on=date(2026, 3, 1)) == "ended"
