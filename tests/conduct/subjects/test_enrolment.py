"""Wristband, eligibility, screening failure: by two persons, by a physician, never by a waiver."""

from datetime import date, timedelta

import pytest
from conduct_enrolled import ready, screened
from conduct_trial import open_trial, proved

from adjuvant.core import StepRefused

LATER = timedelta(minutes=1)


@pytest.fixture
def people(sqlite_site, now):
    return open_trial(now)


def scan(people, subject, band, at, *, by="coordinator", reason=""):
    from adjuvant.conduct.subjects.enrolment import scan_wristband

    return scan_wristband(subject=subject.number, scanned=band, by=people[by], at=at, reason=reason)


def sign(people, subject, at, *, by="investigator"):
    from adjuvant.conduct.subjects.enrolment import sign_eligibility

    return sign_eligibility(subject=subject.number, by=proved(people[by], at), at=at)


def fail(people, subject, now, reason="not_eligible", words=""):
    from adjuvant.conduct.subjects.enrolment import record_screen_failure

    return record_screen_failure(
        subject=subject.number, why=reason, words=words, on=now.date(),
        by=people["coordinator"], at=now,
    )  # fmt: skip


def objections(subject, now):
    from adjuvant.conduct.subjects.queries import subject_of
    from adjuvant.conduct.subjects.readiness import objections_to_randomisation

    return objections_to_randomisation(subject_of(subject.number), now)


def refusals():
    from adjuvant.conduct.audit.models import Event

    return Event.objects.filter(action__startswith="refused:").count()


def test_two_different_persons_bind_a_wristband(people, now):
    subject = screened(people, now)

    assert scan(people, subject, "0012-345", now) is None
    bound = scan(people, subject, " 0012-345", now + LATER, by="nurse")

    assert (bound.first, bound.second) == (people["coordinator"].id, people["nurse"].id)
    assert "0012" not in bound.code


def test_the_same_person_twice_binds_nothing(people, now):
    subject = screened(people, now)

    assert scan(people, subject, "H-1", now) is None
    assert scan(people, subject, "H-1", now + LATER) is None
    assert not subject.wristbands.exists()


def test_two_scans_that_differ_are_refused_and_the_first_person_may_scan_anew(people, now):
    subject = screened(people, now)
    scan(people, subject, "H-1", now)

    with pytest.raises(StepRefused, match="the two scans differ"):
        scan(people, subject, "H-2", now + LATER, by="nurse")

    scan(people, subject, "H-2", now + 2 * LATER)
    assert scan(people, subject, "H-2", now + 3 * LATER, by="nurse") is not None
    assert refusals() == 1


def test_a_wristband_of_somebody_else_is_refused_at_the_first_scan(people, now):
    first = ready(people, now, wristband="H-1")
    second = screened(people, now)

    with pytest.raises(StepRefused, match=f"bound to {first.number}"):
        scan(people, second, "H-1", now + LATER)

    assert not second.scans.exists()


def test_a_new_wristband_asks_for_a_reason(people, now):
    subject = ready(people, now, wristband="H-1")
    scan(people, subject, "H-2", now + LATER)

    with pytest.raises(StepRefused, match="it is bound already"):
        scan(people, subject, "H-2", now + 2 * LATER, by="nurse")

    again = scan(people, subject, "H-2", now + 3 * LATER, by="nurse", reason="the band was cut off")
    assert again.reason == "the band was cut off"
    assert subject.wristbands.count() == 2


def test_without_consent_no_wristband_is_bound(people, now):
    from adjuvant.conduct.subjects.services import add_subject

    subject = add_subject(site="S01", by=people["coordinator"], at=now)

    with pytest.raises(StepRefused, match="no signed consent"):
        scan(people, subject, "H-1", now)


def test_the_hospitals_number_stands_nowhere_in_the_database(people, now, sqlite_site):
    subject = screened(people, now)
    scan(people, subject, "SECRET-77120", now)
    scan(people, subject, "SECRET-77120", now + LATER, by="nurse")
    with pytest.raises(StepRefused):
        scan(people, screened(people, now), "SECRET-77120", now + LATER)

    files = [f for f in sqlite_site.parent.rglob("*") if f.is_file()]
    assert sqlite_site in files
    assert all(b"SECRET-77120" not in f.read_bytes() for f in files)


def test_only_an_investigator_signs_eligibility_and_proves_who_she_is(people, now):
    from adjuvant.conduct.people.permissions import NotPermitted
    from adjuvant.conduct.people.proof import ProofNeeded
    from adjuvant.conduct.subjects.enrolment import sign_eligibility

    subject = screened(people, now)

    with pytest.raises(NotPermitted):
        sign(people, subject, now, by="nurse")
    with pytest.raises(ProofNeeded):
        sign_eligibility(
            subject=subject.number, by=people["investigator"], at=now + timedelta(hours=1)
        )


def test_who_is_not_eligible_is_refused_with_every_criterion_and_there_is_no_waiver(people, now):
    subject = screened(people, now, age="17", hiv="yes")

    with pytest.raises(StepRefused, match=r"age = 17.*hiv = yes.*no criterion is waived"):
        sign(people, subject, now)
    assert not subject.decisions.exists()


def test_what_was_signed_keeps_each_rule_and_value_with_name_and_role(people, now):
    subject = screened(people, now)
    row = sign(people, subject, now)

    assert (row.name, row.role, row.version) == ("Investigator", "investigator", "0.1.0")
    assert all(answer["passed"] for answer in row.results)
    assert {"age": 61} in [answer["values"] for answer in row.results]


def test_a_correction_breaks_the_signature_and_signing_again_mends_it(people, now):
    from adjuvant.conduct.protocols.answers import raw_of
    from adjuvant.conduct.subjects.services import correct_record

    subject = ready(people, now)
    record = subject.records.get(form="eligibility")
    raw = {**raw_of(record.values, {}), "age": "62"}
    correct_record(
        record=record.pk, revision=1, raw=raw, by=people["coordinator"], at=now, reason="typed"
    )

    assert objections(subject, now) == (
        "the record or the protocol changed after eligibility was signed: sign it again",
    )
    sign(people, subject, now + LATER)
    assert objections(subject, now) == ()


def test_each_thing_that_is_missing_is_an_objection_of_its_own(people, now):
    from adjuvant.conduct.subjects.services import add_subject

    assert objections(ready(people, now), now) == ()
    found = "\n".join(objections(add_subject(site="S01", by=people["coordinator"], at=now), now))
    for words in ("no signed consent", "no wristband is bound", "is missing", "date of surgery"):
        assert words in found


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"consent_signed": "no"}, "there is no signed consent"),
        ({"consent_version": "0.9"}, "the consent is of version 0.9, version 1.0 is in force"),
        ({"age": "17"}, "age = 17"),
        ({"surgery_date": "2026-04-01"}, "after surgery; randomisation is allowed on days"),
    ],
)
def test_an_objection_names_what_is_wrong(people, now, changed, words):
    assert words in "\n".join(objections(screened(people, now, **changed), now))


def test_a_screening_failure_stands_in_the_log_and_is_never_randomised(people, now):
    subject = ready(people, now)
    fail(people, subject, now, "declined")

    assert "it is a screening failure: nobody is randomised after that" in objections(subject, now)
    with pytest.raises(StepRefused, match="Not enrolled"):
        fail(people, subject, now)
    subject.refresh_from_db()
    assert (subject.status, subject.status_words) == ("screen_failure", "Not enrolled")


@pytest.mark.parametrize(("reason", "words"), [("", ""), ("other", " "), ("mood", "x")])
def test_a_screening_is_not_closed_without_a_reason(people, now, reason, words):
    with pytest.raises(StepRefused, match="no reason is given"):
        fail(people, screened(people, now), now, reason, words)


def test_numbers_go_on_after_a_transfer_without_hole_and_double(people, now):
    from conduct_journeys import transferred

    for _ in range(2):
        moved = screened(people, now)
    screened(people, now, place="S02", by="elsewhere")
    transferred(people, moved, now)

    assert screened(people, now).number.startswith("S01-0003")
    assert screened(people, now, place="S02", by="elsewhere").number.startswith("S02-0002")


def test_withdrawal_asks_every_question(people, now):
    from adjuvant.conduct.subjects.enrolment import withdraw

    subject = screened(people, now)

    def give(answers, on=date(2026, 9, 1)):
        return withdraw(
            subject=subject.number, on=on, answers=answers, by=people["coordinator"], at=now
        )

    full = dict.fromkeys(("infusions", "visits", "records", "registry", "samples"), "ends")
    for part in full:
        with pytest.raises(StepRefused, match=f"not every question is answered: {part}"):
            give({k: v for k, v in full.items() if k != part})
    with pytest.raises(StepRefused, match="its day lies ahead"):
        give(full, date(2026, 9, 3))
    give(full)
    assert "consent was withdrawn" in objections(subject, now)


def test_who_comes_back_has_her_status_again(people, now):
    from conduct_journeys import withdrawn_from

    subject = screened(people, now)
    for visits, status in (
        ("ends", "withdrawn"),
        ("ends", "withdrawn"),
        ("continues", "screening"),
    ):
        withdrawn_from(people, subject, now, visits=visits)
        subject.refresh_from_db()
        assert subject.status == status
