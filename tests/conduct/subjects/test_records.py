"""Records: saved under the version in force, corrected with a reason, signed, broken by change."""

from datetime import timedelta

import pytest
from conduct_trial import open_trial, proved

from adjuvant.core import StepRefused

CONSENT = {"consent_signed": "yes", "consent_date": "2026-08-20", "consent_version": "1.0"}
ELIGIBLE = {
    "age": "61", "ecog": "1", "child_pugh": "A", "days_since_surgery": "20", "metastasis": "no",
    "hiv": "no", "htlv1": "no", "autoimmune": "no", "steroids": "no",
}  # fmt: skip


@pytest.fixture
def people(site, now):
    return open_trial(now)


def add(people, now, place="S01", by="coordinator"):
    from adjuvant.conduct.subjects.services import add_subject

    return add_subject(site=place, by=people[by], at=now)


def save(people, subject, raw, now, *, visit="SCR", form="consent", by="coordinator", **more):
    from adjuvant.conduct.subjects.services import save_record

    return save_record(
        subject=subject.number, visit=visit, form=form, raw=raw, by=people[by], at=now, **more
    )


def correct(people, record, raw, now, *, reason="typing error", revision=None, by="coordinator"):
    from adjuvant.conduct.subjects.services import correct_record

    return correct_record(
        record=record.pk, revision=revision or record.revision, raw=raw, by=people[by], at=now,
        reason=reason,
    )  # fmt: skip


def sign(people, record, now, *, by="investigator", revision=None):
    from adjuvant.conduct.subjects.services import sign_record

    return sign_record(
        record=record.pk, revision=revision or record.revision, by=people[by], at=now
    )


def history(record):
    """What the trail says of a record: (event, item, old, new)."""
    from adjuvant.conduct.audit.models import Change

    rows = Change.objects.filter(table="subjects_record", row=str(record.pk))
    return [
        (c.event.action, c.field, c.text.old, c.text.new)
        for c in rows.select_related("event", "text").order_by("id")
    ]


def test_subjects_of_a_site_are_numbered_without_hole_with_a_check_character(people, now):
    from adjuvant.cells import read_identifier

    numbers = [add(people, now).number for _ in range(3)]
    other = add(people, now, "S02", "elsewhere").number

    assert [number[:8] for number in numbers] == ["S01-0001", "S01-0002", "S01-0003"]
    assert other.startswith("S02-0001")
    assert all(read_identifier(number).kind == "subject" for number in [*numbers, other])


def test_subject_of_another_site_is_not_there(people, now):
    from adjuvant.conduct.people.permissions import OtherSite

    subject = add(people, now)

    with pytest.raises(OtherSite):
        save(people, subject, CONSENT, now, by="elsewhere")
    with pytest.raises(OtherSite):
        add(people, now, "S01", "elsewhere")


def test_site_that_is_not_active_adds_nobody(people, now):
    from django.db import transaction

    from adjuvant.conduct.audit.entry import Entry
    from adjuvant.conduct.people.models import Site, SiteActivation

    with transaction.atomic():
        entry = Entry("people.close_site", people["data_manager"], now)
        entry.insert(
            SiteActivation(
                site=Site.objects.get(code="S01"),
                active=False,
                since=now.date(),
                signed_by="x",
                signed_name="x",
                signed_at=now,
                meaning="closed",
            )
        )
        entry.write()

    with pytest.raises(StepRefused, match="the site is not active"):
        add(people, now)


def test_record_keeps_typed_values_and_the_version_in_force(people, now):
    record = save(people, add(people, now), ELIGIBLE, now, form="eligibility")

    record.refresh_from_db()
    assert record.version == "0.1.0"
    assert record.values["age"] == 61
    assert record.values["child_pugh"] == "A"
    assert ("subjects.save_record", "values.age", None, "61") in history(record)


def test_event_of_a_record_names_site_subject_version_role_and_organisation(people, now):
    from adjuvant.conduct.audit.models import Event

    subject = add(people, now)
    save(people, subject, CONSENT, now)

    event = Event.objects.get(action="subjects.save_record")
    assert (event.site, event.subject, event.protocol_version) == ("S01", subject.number, "0.1.0")
    assert (event.actor_role, event.actor_organisation) == ("coordinator", "Trial unit")


def test_answers_that_cannot_be_kept_change_nothing_and_are_audited(people, now):
    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.subjects.models import Record

    subject = add(people, now)
    with pytest.raises(StepRefused, match="ECOG performance status: 7 is outside 0 to 5"):
        save(people, subject, {**ELIGIBLE, "ecog": "7"}, now, form="eligibility")

    assert Record.objects.count() == 0
    assert Event.objects.filter(action="refused:subjects.save_record").count() == 1


@pytest.mark.parametrize(
    ("visit", "form", "repeat", "why"),
    [
        ("W4", "consent", 1, "does not plan it there"),
        ("SCR", "consent", 2, "asks for it once at a visit"),
        ("SCR", "nothing", 1, "has no form nothing"),
    ],
)
def test_form_that_is_not_planned_is_refused(people, now, visit, form, repeat, why):
    with pytest.raises(StepRefused, match=why):
        save(people, add(people, now), CONSENT, now, visit=visit, form=form, repeat=repeat)


def test_form_is_saved_once(people, now):
    subject = add(people, now)
    save(people, subject, CONSENT, now)

    with pytest.raises(StepRefused, match="it is saved already for this visit"):
        save(people, subject, CONSENT, now)


def test_correction_needs_a_reason_keeps_the_old_value_in_the_trail(people, now):
    record = save(people, add(people, now), CONSENT, now)
    changed = {**CONSENT, "consent_date": "2026-08-21"}

    with pytest.raises(StepRefused, match="no reason is given; say why the values change"):
        correct(people, record, changed, now, reason=" ")
    correct(people, record, changed, now)

    record.refresh_from_db()
    assert (record.revision, record.values["consent_date"]) == (2, "2026-08-21")
    assert (
        "subjects.correct_record", "values.consent_date", '"2026-08-20"', '"2026-08-21"',
    ) in history(record)  # fmt: skip


def test_correction_without_a_change_and_over_another_correction_are_refused(people, now):
    record = save(people, add(people, now), CONSENT, now)

    with pytest.raises(StepRefused, match="no value differs"):
        correct(people, record, CONSENT, now)
    correct(people, record, {**CONSENT, "consent_version": "1.1"}, now)
    with pytest.raises(StepRefused, match="somebody else corrected it meanwhile"):
        correct(people, record, {**CONSENT, "consent_version": "1.2"}, now, revision=1)


def test_signature_says_who_when_and_what_and_holds_until_a_change(people, now):
    from adjuvant.conduct.subjects.queries import signature_states
    from adjuvant.conduct.subjects.services import MEANING

    record = save(people, add(people, now), ELIGIBLE, now, form="eligibility")
    signature = sign(people, record, now)

    assert (signature.name, signature.role) == ("Investigator", "investigator")
    assert (signature.meaning, signature.signed_at) == (MEANING, now)
    assert [state.holds for state in signature_states(record)] == [True]

    record = correct(people, record, {**ELIGIBLE, "age": "62"}, now)
    assert [state.holds for state in signature_states(record)] == [False]
    record = correct(people, record, ELIGIBLE, now)
    assert [state.holds for state in signature_states(record)] == [False]

    sign(people, record, now)
    assert [state.holds for state in signature_states(record)] == [False, True]


def test_signature_needs_proof_the_right_person_and_the_revision_that_was_read(people, now):
    from adjuvant.conduct.people.permissions import NotPermitted
    from adjuvant.conduct.people.proof import ProofNeeded

    record = save(people, add(people, now), ELIGIBLE, now, form="eligibility")

    with pytest.raises(NotPermitted):
        sign(people, record, now, by="coordinator")
    with pytest.raises(ProofNeeded):
        sign(people, record, now + timedelta(minutes=6))
    with pytest.raises(StepRefused, match="somebody corrected it meanwhile"):
        sign(people, record, now, revision=2)
    sign(people, record, now)
    with pytest.raises(StepRefused, match="you signed it already"):
        sign(people, record, now)
    later = now + timedelta(hours=1)
    with pytest.raises(StepRefused, match="you signed it already"):
        sign({"investigator": proved(people["investigator"], later)}, record, later)


def test_condition_of_a_form_reads_what_another_form_recorded(people, now):
    from adjuvant.conduct.protocols.queries import in_force, protocol_of
    from adjuvant.conduct.protocols.visits import form_of
    from adjuvant.conduct.subjects.queries import known_values

    subject = add(people, now)
    save(people, subject, ELIGIBLE, now, form="eligibility")
    labs = {"lab_date": "2026-08-20", "haemoglobin": "12"}
    save(people, subject, labs, now, visit="SCR", form="labs")
    save(people, subject, {**labs, "haemoglobin": "11"}, now, visit="W4", form="labs")
    status = form_of(protocol_of(in_force("S01", now)), "status")

    at_w4, at_w8 = known_values(subject, "W4", status), known_values(subject, "W8", status)

    assert at_w4["age"] == 61
    assert at_w4["site"] == "S01"
    assert at_w4["haemoglobin"] == 11
    assert "haemoglobin" not in at_w8, "two answers, and nobody can say which is meant"


def test_draft_is_the_persons_own_no_data_and_gone_when_the_form_is_saved(people, now):
    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.subjects.drafts import draft_of, drafts_of, keep_draft
    from adjuvant.conduct.subjects.models import Draft, Record

    subject = add(people, now)
    before = Event.objects.count()
    where = (subject, "SCR", "consent", 1)
    keep_draft("P0003", *where, {"consent_signed": "yes"}, at=now)
    keep_draft("P0003", *where, {"consent_signed": "yes", "consent_date": "2026-0"}, at=now)

    assert draft_of("P0003", *where).raw["consent_date"] == "2026-0"
    assert draft_of("P0004", *where) is None
    assert Record.objects.count() == 0
    assert Event.objects.count() == before
    save(people, subject, CONSENT, now)
    assert drafts_of("P0003") == []
    assert [draft.raw for draft in Draft.objects.all()] == [{}]


def test_database_refuses_a_record_that_is_changed_past_the_services(people, now):
    from django.db import DatabaseError, connection, transaction

    from adjuvant.conduct.subjects.models import Record

    record = save(people, add(people, now), CONSENT, now)

    with pytest.raises(DatabaseError), transaction.atomic():
        Record.objects.filter(pk=record.pk).update(values={"consent_signed": "no"})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM subjects_record")
    record.refresh_from_db()
    assert record.values["consent_signed"] == "yes"


WITH_FILE = (
    "items:\n      - {id: consent_signed",
    "items:\n      - {id: consent_scan, label: Signed page, type: file}\n"
    "      - {id: consent_signed",
)


@pytest.fixture
def people_with_files(site, now):
    from conduct_protocol import template

    assert WITH_FILE[0] in template()
    return open_trial(now, text=template().replace(*WITH_FILE))


def test_file_is_kept_once_and_its_digest_stands_in_the_record(people_with_files, now):
    from adjuvant.conduct.subjects.services import attach_file, read_attachment

    people, content = people_with_files, b"%PDF-1.7 scan"
    subject = add(people, now)
    named = {"subject": subject.number, "item": "consent_scan", "by": people["coordinator"]}

    kept = attach_file(**named, name="scan.exe", content=content, at=now)
    again = attach_file(**named, name="other.pdf", content=content, at=now)
    record = save(people, subject, {**CONSENT, "consent_scan": kept.sha256}, now)
    read = read_attachment(subject=subject.number, digest=kept.sha256, by=people["monitor"], at=now)

    assert (kept.pk, kept.name, kept.kind) == (again.pk, "scan.pdf", "application/pdf")
    assert record.values["consent_scan"] == kept.sha256
    assert bytes(read.content) == content


def test_digest_without_its_file_is_refused(people_with_files, now):
    people = people_with_files
    subject = add(people, now)

    with pytest.raises(StepRefused, match="Signed page: the file did not arrive"):
        save(people, subject, {**CONSENT, "consent_scan": "ab" * 32}, now)


def test_file_for_no_item_and_file_of_another_subject_are_refused(people_with_files, now):
    from adjuvant.conduct.people.permissions import OtherSite
    from adjuvant.conduct.subjects.services import attach_file, read_attachment

    people = people_with_files
    one, other = add(people, now), add(people, now)
    named = {"name": "a.pdf", "content": b"%PDF-1.7", "by": people["coordinator"], "at": now}
    kept = attach_file(subject=one.number, item="consent_scan", **named)

    with pytest.raises(StepRefused, match="the protocol has no place for it"):
        attach_file(subject=one.number, item="age", **named)
    with pytest.raises(StepRefused, match="this subject has none such"):
        read_attachment(subject=other.number, digest=kept.sha256, by=people["coordinator"], at=now)
    with pytest.raises(OtherSite):
        read_attachment(subject=one.number, digest=kept.sha256, by=people["elsewhere"], at=now)


def test_trail_tells_every_table_of_the_app_as_it_stands(people_with_files, now):
    """T8: the state rebuilt from the events equals the tables, numbers of every size included."""
    from django.db import connection

    from adjuvant.conduct.audit.state import verify_state
    from adjuvant.conduct.subjects.services import attach_file

    people = people_with_files
    subject = add(people, now)
    named = {"subject": subject.number, "item": "consent_scan", "by": people["coordinator"]}
    kept = attach_file(**named, name="scan.pdf", content=b"%PDF-1.7 \xff\x00", at=now)
    save(people, subject, {**CONSENT, "consent_scan": kept.sha256}, now)
    labs = {"lab_date": "2026-08-20", "haemoglobin": "12,50", "bilirubin": "0.0000001",
            "platelets": "150.0", "afp.not_done": "on", "afp.reason": "Röhrchen 破損"}  # fmt: skip
    record = save(people, subject, labs, now, form="labs")
    record = correct(people, record, {**labs, "afp": "123456.789", "afp.not_done": ""}, now)
    sign(people, record, now)

    assert verify_state(connection) == []
