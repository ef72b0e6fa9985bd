"""Stories 1, 2, 5 (its enrolment part) and 8 as journeys, on SQLite and PostgreSQL.

Story 12 (the server lost and restored) is told in allocation/test_restored.py.
"""

from datetime import date, timedelta

import pytest
from conduct_enrolled import opened_vault, ready, screened
from conduct_journeys import asked_to_move, signed_move, transferred, withdrawn_from
from conduct_trial import open_trial

from adjuvant.core import StepRefused

pytestmark = pytest.mark.journey
SINGLE = {"tumour_number": "single", "stage_group": "I-II"}
LATER = timedelta(minutes=1)


@pytest.fixture
def people(site, now):
    return open_trial(now)


@pytest.fixture
def trial(people, now, tmp_path):
    """The people of a trial whose list is opened."""
    with opened_vault(people, now, tmp_path):
        yield people


def randomised(people, subject, now, **levels):
    from adjuvant.conduct.allocation.services import randomise

    return randomise(subject, confirmed={**SINGLE, **levels}, by=people["coordinator"], at=now)


def save(people, subject, now, form, raw, *, visit="W4", by="coordinator", repeat=1):
    from adjuvant.conduct.subjects.services import save_record

    return save_record(
        subject=subject.number, visit=visit, form=form, repeat=repeat, raw=raw, by=people[by],
        at=now,
    )  # fmt: skip


def labs(day):
    return {"lab_date": day, "haemoglobin": "12.1", "platelets": "160", "bilirubin": "0.8",
            "afp": "4"}  # fmt: skip


def scan(people, subject, band, at, by, reason=""):
    from adjuvant.conduct.subjects.enrolment import scan_wristband

    return scan_wristband(subject=subject.number, scanned=band, by=people[by], at=at, reason=reason)


def test_story_1_randomised_in_error_keeps_its_slot_and_its_place(trial, now):
    from adjuvant.conduct.allocation.services import (
        mark_randomised_in_error,
        sign_randomised_in_error,
    )

    people = trial
    subject = ready(people, now, wristband="H-1")
    row = randomised(people, subject, now)
    why = {"at": now, "reason": "TACE before"}
    mark_randomised_in_error(row, found_on=now.date(), by=people["coordinator"], **why)
    sign_randomised_in_error(row, treat=False, by=people["investigator"], **why)

    # Visits go on; the slot stays used; the same person under a new number is refused.
    assert save(people, subject, now, "labs", labs("2026-09-01")).site == "S01"
    assert randomised(people, ready(people, now), now).slot == row.slot + 1
    with pytest.raises(StepRefused, match=f"bound to {subject.number}"):
        scan(people, screened(people, now), "H-1", now + LATER, "coordinator")
    assert randomised(people, subject, now).pk == row.pk
    subject.refresh_from_db()
    assert subject.status_words == "Randomised"


def test_story_2_a_wrong_stratum_is_corrected_beside(trial, now):
    from adjuvant.conduct.allocation.services import correct_stratum
    from adjuvant.conduct.protocols.answers import raw_of
    from adjuvant.conduct.subjects.services import correct_record

    people = trial
    subject = ready(people, now)
    row = randomised(people, subject, now)
    arm = row.arm
    record = subject.records.get(form="baseline")
    raw = {**raw_of(record.values, {}), "tumour_count": "3"}
    correct_record(
        record=record.pk, revision=1, raw=raw, by=people["coordinator"], at=now,
        reason="pathology",
    )  # fmt: skip
    correct_stratum(
        row, factor="tumour_number", level="multiple", by=people["data_manager"], at=now,
        reason="pathology",
    )  # fmt: skip

    row.refresh_from_db()
    assert (row.stratum, row.arm, row.corrections.get().level) == ("single/I-II", arm, "multiple")
    other = randomised(people, ready(people, now, tumour_count="2"), now, tumour_number="multiple")
    assert (other.stratum, other.slot) == ("multiple/I-II", 1)


def test_story_5_a_patient_goes_on_at_another_site(trial, now):
    from adjuvant.conduct.people.permissions import OtherSite
    from adjuvant.conduct.subjects.participation import require_wristband, site_on
    from adjuvant.conduct.subjects.queries import subject_of

    people = trial
    subject = ready(people, now, wristband="H-1")
    row = randomised(people, subject, now)
    before = (subject.number, row.stratum, row.arm)
    old = subject.wristbands.get()
    later = now + timedelta(days=10)
    with pytest.raises(OtherSite):
        save(people, subject, later, "labs", labs("2026-09-09"), by="elsewhere")

    asked = asked_to_move(people, subject, later)
    signed_move(people, asked, later, "from", "pi")
    assert subject_of(subject.number).site.code == "S01"
    signed_move(people, asked, later, "to", "elsewhere_pi")

    moved = subject_of(subject.number)
    row.refresh_from_db()
    assert (moved.number, row.stratum, row.arm, moved.site.code) == (*before, "S02")
    # S02 writes from now on; S01 no more; randomised at S01, followed at S02.
    assert save(people, moved, later, "labs", labs("2026-09-11"), by="elsewhere").site == "S02"
    with pytest.raises(OtherSite):
        save(people, moved, later, "vitals", {"weight": "60", "temperature": "36.5"})
    assert site_on(moved, now.date()) == "S01"
    assert site_on(moved, later.date()) == "S02"
    # The old binding is refused there; two persons of S02 bind anew, with the reason.
    with pytest.raises(StepRefused, match="no wristband is bound at S02"):
        require_wristband(moved, old.code, "the infusion")
    scan(people, moved, "T-9", later, "elsewhere", "transfer")
    bound = scan(people, moved, "T-9", later + LATER, "elsewhere_pi", "transfer")
    assert require_wristband(moved, bound.code, "the infusion").site == "S02"
    with pytest.raises(StepRefused, match="is not the one of"):
        require_wristband(moved, old.code, "the infusion")


def test_story_5_each_site_reads_what_is_its_to_read(people, now):
    from adjuvant.conduct.people.permissions import OtherSite
    from adjuvant.conduct.subjects.participation import reading_site
    from adjuvant.conduct.subjects.queries import subject_of
    from adjuvant.conduct.subjects.sheets import forms_of_subject, open_sheet

    subject = screened(people, now)
    transferred(people, subject, now)
    save(people, subject, now, "labs", labs("2026-09-01"), by="elsewhere")

    def seen_by(key):
        found = subject_of(subject.number)
        found.read_at = reading_site(found, people[key], "subjects.view")
        return found

    whole, part = seen_by("elsewhere"), seen_by("coordinator")
    assert (whole.read_at, part.read_at, seen_by("monitor").read_at) == ("", "S01", "")
    for visit, form in (("SCR", "consent"), ("W4", "labs")):
        assert open_sheet(whole, visit, form, 1, now).record is not None
    assert open_sheet(part, "SCR", "consent", 1, now).record is not None
    for visit, form in (("W4", "labs"), ("W4", "vitals")):
        with pytest.raises(OtherSite):
            open_sheet(part, visit, form, 1, now)
    assert listed(forms_of_subject(part, protocol(now), "P0003")) == {"SCR"}


def listed(visits):
    return {code for code, _label, rows in visits if rows}


def protocol(now):
    from adjuvant.conduct.protocols.queries import in_force, protocol_of

    return protocol_of(in_force("S01", now))


def test_story_5_a_transfer_needs_both_sides_a_reason_and_its_day(people, now):
    from adjuvant.conduct.people.permissions import OtherSite

    subject = screened(people, now)
    asked = asked_to_move(people, subject, now, on=now.date() + timedelta(days=3))

    with pytest.raises(OtherSite):
        signed_move(people, asked, now, "to", "pi")
    with pytest.raises(StepRefused, match="waits for its signatures"):
        asked_to_move(people, subject, now)
    signed_move(people, asked, now, "from", "pi")
    with pytest.raises(StepRefused, match="this side has signed"):
        signed_move(people, asked, now, "from", "pi")
    with pytest.raises(StepRefused, match="which lies ahead"):
        signed_move(people, asked, now, "to", "elsewhere_pi")
    signed_move(people, asked, now + timedelta(days=3), "to", "elsewhere_pi")
    subject.refresh_from_db()
    assert subject.site.code == "S02"


def test_story_8_after_withdrawal_nothing_later_is_saved_and_nothing_before_is_lost(trial, now):
    from adjuvant.conduct.subjects.participation import goes_on, withdrawn

    people = trial
    subject = ready(people, now)
    randomised(people, subject, now)
    kept = subject.records.count()
    day = now + timedelta(days=30)
    said = date(2026, 10, 1)
    withdrawn_from(
        people, subject, day, on=said, infusions="ends", visits="ends", records="ends",
        samples="ends",
    )  # fmt: skip
    later = day + timedelta(days=90)

    with pytest.raises(StepRefused, match="the form is of 2026-10-02, which is later"):
        save(people, subject, later, "labs", labs("2026-10-02"), visit="W8")
    with pytest.raises(StepRefused, match="which is later"):
        save(people, subject, later, "vitals", {"weight": "60", "temperature": "36.5"}, visit="W8")
    # What was collected up to that day may still be typed, and survival goes on from the registry.
    save(people, subject, later, "labs", labs("2026-09-28"), visit="W4")
    save(people, subject, later, "vitals", {"weight": "60", "temperature": "36.5"}, visit="W4")
    alive = {"status_date": "2026-12-20", "alive": "yes"}
    save(people, subject, later, "status", alive, visit="W12")

    assert subject.records.count() == kept + 3
    assert withdrawn() == (subject.number,)
    assert [goes_on(subject, part, said) for part in ("infusions", "visits", "registry")] == [
        False, True, True,
    ]  # fmt: skip
    assert not goes_on(subject, "visits", said + timedelta(days=1))
    assert goes_on(subject, "infusions", said - timedelta(days=1))
    subject.refresh_from_db()
    assert (subject.status, subject.allocation.number) == ("withdrawn", 1)


def test_story_8_a_correction_cannot_bring_a_later_day_in(people, now):
    from adjuvant.conduct.subjects.services import correct_record

    subject = screened(people, now)
    withdrawn_from(people, subject, now, on=date(2026, 8, 30), visits="ends", registry="ends",
                   records="ends")  # fmt: skip
    record = subject.records.get(form="labs")

    def correct(day):
        return correct_record(
            record=record.pk, revision=1, raw=labs(day), by=people["coordinator"], at=now,
            reason="typed",
        )  # fmt: skip

    with pytest.raises(StepRefused, match="which is later"):
        correct("2026-08-31")
    assert correct("2026-08-24").values["lab_date"] == "2026-08-24"
    with pytest.raises(StepRefused, match="which is later"):
        save(people, subject, now, "status", {"status_date": "2026-08-31", "alive": "yes"})
