"""A subject is allocated once, in the order of the list, or refused without using a slot."""

import json

import pytest
from conduct_enrolled import opened_vault, ready, screened
from conduct_trial import open_trial

from adjuvant.core import InvalidInput, StepRefused

SINGLE = {"tumour_number": "single", "stage_group": "I-II"}


@pytest.fixture
def people(site, now):
    return open_trial(now)


@pytest.fixture
def opened(people, now, tmp_path):
    with opened_vault(people, now, tmp_path) as (identity, made):
        yield identity, made


def randomise(people, subject, now, *, by="coordinator", confirmed=SINGLE):
    from adjuvant.conduct.allocation.services import randomise

    return randomise(subject, confirmed=confirmed, by=people[by], at=now)


def told():
    from adjuvant.conduct.allocation.models import Allocation

    return Allocation.objects.count()


def actions():
    from adjuvant.conduct.audit.models import Event

    return list(Event.objects.order_by("seq").values_list("action", flat=True))


@pytest.mark.journey
def test_subjects_of_a_stratum_get_its_slots_in_order(people, opened, now):
    _, made = opened
    subjects = [ready(people, now) for _ in range(3)]

    rows = [randomise(people, subject, now) for subject in subjects]

    assert [row.slot for row in rows] == [1, 2, 3]
    assert tuple(row.arm for row in rows) == made.sealed.slots["single/I-II"][:3]
    assert [row.number for row in rows] == [1, 2, 3]


def test_asked_again_the_answer_is_the_same_and_no_slot_is_used(people, opened, now):
    subject = ready(people, now)

    first, second = (randomise(people, subject, now) for _ in range(2))

    assert (first.pk, told()) == (second.pk, 1)


def test_an_ineligible_subject_is_refused_and_audited(people, opened, now):
    subject = screened(people, now, age="17")

    with pytest.raises(StepRefused, match=r"I3 .*age = 17"):
        randomise(people, subject, now)

    assert told() == 0
    assert actions()[-1] == "refused:allocation.randomise"


def test_a_missing_value_is_not_eligible(people, opened, now):
    from adjuvant.conduct.subjects.services import add_subject

    subject = add_subject(site="S01", by=people["coordinator"], at=now)

    with pytest.raises(StepRefused, match="there is no signed consent"):
        randomise(people, subject, now)


def test_a_correction_after_the_signature_asks_for_it_again(people, opened, now):
    from adjuvant.conduct.subjects.services import correct_record

    subject = ready(people, now)
    record = subject.records.get(form="eligibility")
    raw = {name: str(value) for name, value in record.values.items()} | {"age": "62"}
    correct_record(
        record=record.pk, revision=1, raw=raw, by=people["coordinator"], at=now, reason="typed"
    )

    with pytest.raises(StepRefused, match="sign it again"):
        randomise(people, subject, now)


def test_strata_that_differ_from_what_was_confirmed_use_no_slot(people, opened, now):
    subject = ready(people, now)

    with pytest.raises(StepRefused, match=r"changed while the page was open \(tumour_number\)"):
        randomise(people, subject, now, confirmed={**SINGLE, "tumour_number": "multiple"})

    assert told() == 0


def test_closed_recruitment_uses_no_slot(people, opened, now):
    from adjuvant.conduct.allocation.services import switch_recruitment

    subject = ready(people, now)
    switch_recruitment(
        site="", open_=False, by=people["data_manager"], at=now, reason="the DSMB stops"
    )

    with pytest.raises(StepRefused, match="recruitment is closed"):
        randomise(people, subject, now)

    assert told() == 0


def test_another_site_cannot_randomise_the_subject(people, opened, now):
    from adjuvant.conduct.people.permissions import OtherSite

    subject = ready(people, now)

    with pytest.raises(OtherSite):
        randomise(people, subject, now, by="elsewhere")


def test_a_locked_vault_uses_no_slot(people, now):
    subject = ready(people, now)

    with pytest.raises(StepRefused, match=r"not registered|locked"):
        randomise(people, subject, now)

    assert told() == 0


def test_every_allocation_replays_from_the_sealed_list(people, opened, now):
    """T4."""

    from adjuvant.conduct.allocation.replay import replay_site

    identity, _ = opened
    for count in ("1", "2", "1"):
        subject = ready(people, now, tumour_count=count)
        number = "single" if count == "1" else "multiple"
        randomise(people, subject, now, confirmed={**SINGLE, "tumour_number": number})

    replay = replay_site(identity)

    assert (str(replay), replay.faults) == ("3 of 3 allocations verified", ())


def test_the_receipt_is_signed_and_an_altered_one_is_refused(people, opened, now):
    from adjuvant.conduct.allocation.receipts import read_receipt

    row = randomise(people, ready(people, now), now)

    said = read_receipt(row.receipt)
    other = "CTL" if row.arm == "IMM" else "IMM"

    assert (said["subject"], said["arm"], said["number"]) == (row.subject.number, row.arm, 1)
    assert "slot" not in json.dumps(said)
    with pytest.raises(InvalidInput, match="signature does not hold"):
        read_receipt(row.receipt.replace(f'"{row.arm}"', f'"{other}"'))


def test_the_outside_head_is_that_of_the_allocation_when_the_answer_is_told(people, opened, now):
    from adjuvant.conduct.audit.anchors import outside_head
    from adjuvant.conduct.audit.models import Head

    randomise(people, ready(people, now), now)

    assert outside_head().seq == Head.objects.get().seq


def test_a_wrong_stratum_is_kept_and_corrected_beside(people, opened, now):
    """Story 2: allocation, slot and stratum as randomised do not move."""
    from adjuvant.conduct.allocation.services import correct_stratum

    row = randomise(people, ready(people, now), now)
    correct_stratum(
        row, factor="tumour_number", level="multiple", by=people["data_manager"], at=now,
        reason="pathology",
    )  # fmt: skip
    row.refresh_from_db()

    assert (row.stratum, row.levels["tumour_number"]) == ("single/I-II", "single")
    assert row.corrections.get().level == "multiple"
    second = randomise(
        people, ready(people, now, tumour_count="2"), now,
        confirmed={**SINGLE, "tumour_number": "multiple"},
    )  # fmt: skip
    assert (second.stratum, second.slot) == ("multiple/I-II", 1)


def test_randomised_in_error_keeps_the_slot(people, opened, now):
    """Story 1: the next patient of the stratum gets the next slot."""
    from adjuvant.conduct.allocation.services import (
        mark_randomised_in_error,
        sign_randomised_in_error,
    )

    row = randomise(people, ready(people, now), now)
    with pytest.raises(StepRefused, match="nobody marked it"):
        sign_randomised_in_error(
            row, treat=False, by=people["investigator"], at=now, reason="TACE before"
        )
    mark_randomised_in_error(
        row, found_on=now.date(), by=people["coordinator"], at=now, reason="TACE before"
    )
    sign_randomised_in_error(
        row, treat=False, by=people["investigator"], at=now, reason="TACE before"
    )

    assert randomise(people, ready(people, now), now).slot == 2


def test_one_wristband_is_not_in_the_trial_twice(people, opened, now):
    from adjuvant.conduct.subjects.enrolment import scan_wristband

    first = ready(people, now, wristband="H-1")
    again = screened(people, now)

    with pytest.raises(StepRefused, match=f"bound to {first.number}"):
        scan_wristband(subject=again.number, scanned="H-1", by=people["coordinator"], at=now)


def test_an_allocation_cannot_be_changed_or_deleted_by_raw_sql(people, opened, now):
    from django.db import DatabaseError, connection, transaction

    randomise(people, ready(people, now), now)

    for statement in (
        "UPDATE allocation_allocation SET arm = 'CTL'",
        "DELETE FROM allocation_allocation",
        "UPDATE allocation_sealed SET commitment = 'x'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert told() == 1
