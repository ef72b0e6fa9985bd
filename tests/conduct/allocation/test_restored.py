"""Story 12: the server is lost, a backup is restored, and no slot is told twice."""

import sqlite3
from contextlib import closing

import pytest
from conduct_databases import copy_sqlite, leave_database
from conduct_enrolled import opened_vault, ready
from conduct_trial import open_trial

from adjuvant.core import StepRefused

SINGLE = {"tumour_number": "single", "stage_group": "I-II"}
pytestmark = pytest.mark.journey


@pytest.fixture
def people(sqlite_site, now):
    return open_trial(now)


@pytest.fixture
def lost(people, sqlite_site, now, tmp_path):
    """Four subjects, two allocated, a backup, two more allocated, the disk dies, the restore."""
    from adjuvant.conduct.allocation.services import randomise

    with opened_vault(people, now, tmp_path) as (identity, _):
        subjects = [ready(people, now) for _ in range(5)]

        def allocate(subject):
            return randomise(subject, confirmed=SINGLE, by=people["coordinator"], at=now)

        for subject in subjects[:2]:
            allocate(subject)
        copy_sqlite(sqlite_site, tmp_path / "backup.sqlite3")
        receipts = [allocate(subject).receipt for subject in subjects[2:4]]
        leave_database()
        with (
            closing(sqlite3.connect(tmp_path / "backup.sqlite3")) as old,
            closing(sqlite3.connect(sqlite_site)) as new,
        ):
            old.backup(new)
        yield allocate, subjects, receipts, identity


def accept(people, now):
    from adjuvant.conduct.audit.restored import accept_restore

    return accept_restore(by=people["unblinded_statistician"], at=now, reason="the disk died")


def enter(people, receipt, now):
    from adjuvant.conduct.allocation.recovery import enter_receipt

    return enter_receipt(receipt=receipt, by=people["unblinded_statistician"], at=now)


def open_again(people, now, reason=""):
    from adjuvant.conduct.allocation.recovery import reopen

    return reopen(by=people["unblinded_statistician"], at=now, reason=reason)


def test_a_restored_site_opens_with_randomisation_closed(lost):
    allocate, subjects, _, _ = lost

    with pytest.raises(StepRefused, match="randomisation is closed: the database was restored"):
        allocate(subjects[4])


def test_after_the_loss_is_accepted_it_stays_closed_until_the_receipts_are_in(people, lost, now):
    allocate, subjects, _, _ = lost

    accept(people, now)

    with pytest.raises(StepRefused, match="not entered from their receipts yet"):
        allocate(subjects[4])
    with pytest.raises(StepRefused, match="a slot was asked for that no allocation uses"):
        open_again(people, now)


def test_receipts_bring_the_allocations_back_and_the_next_patient_gets_the_next_slot(
    people, lost, now
):
    from adjuvant.conduct.allocation.replay import replay_site

    allocate, subjects, receipts, identity = lost
    accept(people, now)

    back = [enter(people, receipt, now) for receipt in receipts]
    open_again(people, now)
    following = allocate(subjects[4])

    assert [row.number for row in back] == [3, 4]
    assert [row.entered for row in back] == ["receipt", "receipt"]
    assert (following.number, following.slot) == (5, 5)
    assert str(replay_site(identity)) == "5 of 5 allocations verified"


def test_receipts_are_entered_in_their_order(people, lost, now):
    _, _, receipts, _ = lost
    accept(people, now)

    with pytest.raises(StepRefused, match="allocation 3 comes first"):
        enter(people, receipts[1], now)


def test_a_receipt_is_entered_once(people, lost, now):
    _, _, receipts, _ = lost
    accept(people, now)
    enter(people, receipts[0], now)

    with pytest.raises(StepRefused, match="it is in the database"):
        enter(people, receipts[0], now)


def test_only_the_unblinded_statistician_enters_receipts(people, lost, now):
    from adjuvant.conduct.allocation.recovery import enter_receipt
    from adjuvant.conduct.people.permissions import NotPermitted

    _, _, receipts, _ = lost

    for who in ("coordinator", "trial_statistician", "data_manager", "pi"):
        with pytest.raises(NotPermitted):
            enter_receipt(receipt=receipts[0], by=people[who], at=now)


def test_an_allocation_told_by_telephone_is_marked_and_must_be_the_lists(people, sqlite_site, now,
                                                                        tmp_path):  # fmt: skip
    from adjuvant.conduct.allocation.recovery import enter_by_telephone

    with opened_vault(people, now, tmp_path) as (_, made):
        subject = ready(people, now)
        arm = made.sealed.slots["single/I-II"][0]
        wrong = "IMM" if arm == "CTL" else "CTL"
        common = {
            "told_at": now, "levels": SINGLE, "by": people["unblinded_statistician"], "at": now,
            "reason": "network down at S01",
        }  # fmt: skip

        with pytest.raises(StepRefused, match="holds another arm than was told"):
            enter_by_telephone(subject, arm=wrong, **common)
        row = enter_by_telephone(subject, arm=arm, **common)

    assert (row.entered, row.slot, row.arm) == ("offline", 1, arm)
