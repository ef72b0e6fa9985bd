"""The pages of `subjects` in a browser without JavaScript, and what htmx asks for."""

import re

import pytest
from conduct_protocol import template
from conduct_trial import open_trial
from conduct_web import browser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

CONSENT = {"consent_signed": "yes", "consent_date": "2026-08-20", "consent_version": "1.0"}
SHOWN = ["consent_signed", "consent_date", "consent_version"]
IMAGING = ["imaging_date", "imaging_method", "finding"]


@pytest.fixture
def people(sqlite_site):
    return open_trial(timezone.now())


@pytest.fixture
def coordinator(people):
    return browser(people["coordinator"].id)


@pytest.fixture
def subject(people):
    from adjuvant.conduct.subjects.services import add_subject

    return add_subject(site="S01", by=people["coordinator"], at=timezone.now())


def at(subject, form="consent", step="", visit="SCR"):
    return f"/subjects/{subject.number}/{visit}/{form}/1/{step}"


def text_of(answer):
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def test_coordinator_adds_a_subject_and_fills_a_form(coordinator, people):
    from adjuvant.conduct.subjects.models import Record, Subject

    added = coordinator.post("/subjects/add/", {"site": "S01"}, follow=True)
    subject = Subject.objects.get()
    assert f"{subject.number} is added." in text_of(added)
    assert "Informed consent" in text_of(added)

    empty = coordinator.get(at(subject, step="fill/"))
    assert "Date of consent" in text_of(empty)
    assert "an answer is needed" not in text_of(empty).lower()
    saved = coordinator.post(at(subject, step="fill/"), {**CONSENT, "_shown": SHOWN}, follow=True)

    assert "Informed consent is saved." in text_of(saved)
    assert "under protocol version 0.1.0, revision 1" in text_of(saved)
    assert Record.objects.get().values == CONSENT


def test_error_stands_at_the_field_and_in_the_summary_that_leads_to_it(coordinator, subject):
    raw = {**CONSENT, "consent_date": "2026-02-30", "_shown": SHOWN}

    refused = coordinator.post(at(subject, step="fill/"), raw)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert '<a href="#i-consent_date">Date of consent</a>' in page
    assert 'id="i-consent_date-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="2026-02-30"' in page
    assert 'value="1.0"' in page


def test_warning_is_shown_once_and_kept_with_the_record_when_confirmed(coordinator, subject):
    from adjuvant.conduct.subjects.models import Record

    raw = {"lab_date": "2026-08-20", "haemoglobin": "8.5",
           "_shown": ["lab_date", "haemoglobin", "platelets", "bilirubin", "afp"]}  # fmt: skip
    asked = coordinator.post(at(subject, "labs", "fill/"), raw)
    assert asked.status_code == 422
    assert "8.5 g/dL is outside the usual 9 to 18 g/dL" in text_of(asked)
    assert "The values are right: save" in text_of(asked)
    assert not Record.objects.exists()

    seen = re.search(r'name="_seen" value="(\w+)"', asked.content.decode())[1]
    other = coordinator.post(at(subject, "labs", "fill/"), {**raw, "_seen": seen, "afp": "500"})
    assert other.status_code == 422
    coordinator.post(at(subject, "labs", "fill/"), {**raw, "_seen": seen})

    assert list(Record.objects.get().warnings) == ["haemoglobin"]


def test_questions_that_follow_are_asked_before_anything_is_saved(coordinator, subject):
    from adjuvant.conduct.subjects.models import Record

    raw = {"imaging_date": "2026-08-20", "imaging_method": "CT", "finding": "POS"}
    more = coordinator.post(at(subject, "imaging", "fill/"), {**raw, "_shown": IMAGING})

    assert "These answers lead to more questions. Nothing was saved yet." in text_of(more)
    assert "Pattern of recurrence" in text_of(more)
    assert not Record.objects.exists()
    raw |= {"recurrence_pattern": ["LOCAL", "DIST"], "confirmed_how": "HIST"}
    shown = [*IMAGING, "recurrence_pattern", "confirmed_how"]
    coordinator.post(at(subject, "imaging", "fill/"), {**raw, "_shown": shown})
    assert Record.objects.get().values["recurrence_pattern"] == ["LOCAL", "DIST"]


def test_answer_that_is_not_asked_any_more_is_cleared_only_with_a_notice(coordinator, subject):
    from adjuvant.conduct.subjects.models import Record

    raw = {"imaging_date": "2026-08-20", "imaging_method": "CT", "finding": "NEG",
           "confirmed_how": "HIST", "_shown": [*IMAGING, "confirmed_how"]}  # fmt: skip

    asked = coordinator.post(at(subject, "imaging", "fill/"), raw)

    assert "what stood there (histology) is not kept" in text_of(asked)
    seen = re.search(r'name="_seen" value="(\w+)"', asked.content.decode())[1]
    coordinator.post(at(subject, "imaging", "fill/"), {**raw, "_seen": seen})
    assert "confirmed_how" not in Record.objects.get().values


def test_draft_comes_back_after_a_new_log_in_and_only_to_its_author(people, coordinator, subject):
    raw = {"consent_version": "1.", "_shown": SHOWN, "_step": "draft"}
    kept = coordinator.post(at(subject, step="fill/"), raw, follow=True)
    assert "Kept as a draft." in text_of(kept)

    again = browser(people["coordinator"].id)
    listed, form = again.get("/subjects/"), again.get(at(subject, step="fill/"))

    assert "Your drafts" in text_of(listed)
    assert "and did not save it" in text_of(form)
    assert 'value="1."' in form.content.decode()
    nurse = browser(people["nurse"].id)
    assert "Your drafts" not in text_of(nurse.get("/subjects/"))
    assert 'value="1."' not in nurse.get(at(subject, step="fill/")).content.decode()
    again.post(at(subject, step="discard/"))
    assert "Your drafts" not in text_of(again.get("/subjects/"))


def htmx(client, address, raw, target):
    return client.post(address, raw, headers={"hx-request": "true", "hx-target": target})


def test_field_is_checked_when_it_is_left_and_kept_as_a_draft(coordinator, subject):
    from adjuvant.conduct.subjects.models import Draft

    address = at(subject, step="check/?item=consent_date")
    answer = htmx(coordinator, address, {"consent_date": "2026-02-30"}, "q-consent_date")

    page = answer.content.decode()
    assert 'id="q-consent_date"' in page
    assert "is not a day of the calendar" in page
    assert 'id="q-consent_signed"' not in page
    assert "Kept as your draft at" in page
    assert Draft.objects.get().raw == {"consent_date": "2026-02-30"}


def test_what_is_typed_is_kept_before_the_field_is_left(coordinator, subject):
    from adjuvant.conduct.subjects.models import Draft

    address = at(subject, step="check/?draft")
    answer = htmx(coordinator, address, {"consent_version": "1."}, "draft-state")

    assert "Kept as your draft at" in text_of(answer)
    assert "hx-swap-oob" not in answer.content.decode()
    assert Draft.objects.get().raw == {"consent_version": "1."}


def test_answer_that_leads_brings_the_questions_that_follow(coordinator, subject):
    address = at(subject, "imaging", "check/?item=finding")
    answer = htmx(coordinator, address, {"finding": "POS"}, "questions")

    page = answer.content.decode()
    assert 'id="q-recurrence_pattern"' in page
    assert "an answer is needed" not in page.lower(), "nobody was there yet to answer"


def test_correction_asks_why_and_keeps_the_old_value_in_the_trail(coordinator, subject, people):
    from adjuvant.conduct.audit.models import Text

    coordinator.post(at(subject, step="fill/"), {**CONSENT, "_shown": SHOWN})
    form = coordinator.get(at(subject, step="correct/"))
    assert 'value="2026-08-20"' in form.content.decode()
    raw = {**CONSENT, "consent_date": "2026-08-21", "_shown": SHOWN, "_revision": "1"}

    unexplained = coordinator.post(at(subject, step="correct/"), raw)
    assert unexplained.status_code == 422
    assert "Say why the values change." in text_of(unexplained)
    done = coordinator.post(
        at(subject, step="correct/"), {**raw, "_reason": "typing error"}, follow=True
    )

    assert "Informed consent is corrected." in text_of(done)
    assert "revision 2" in text_of(done)
    assert Text.objects.filter(old='"2026-08-20"', new='"2026-08-21"').exists()


def test_correction_of_a_page_that_was_open_too_long_is_refused(coordinator, subject):
    coordinator.post(at(subject, step="fill/"), {**CONSENT, "_shown": SHOWN})
    raw = {**CONSENT, "_shown": SHOWN, "_revision": "1", "_reason": "typing error"}
    coordinator.post(at(subject, step="correct/"), {**raw, "consent_version": "1.1"})

    late = coordinator.post(at(subject, step="correct/"), {**raw, "consent_version": "1.2"})

    assert late.status_code == 409
    assert "somebody else corrected it meanwhile" in text_of(late)


def test_investigator_signs_and_a_correction_breaks_it_visibly(people, coordinator, subject):
    coordinator.post(at(subject, step="fill/"), {**CONSENT, "_shown": SHOWN})
    stale, fresh = (browser(people["investigator"].id, proved=p) for p in (False, True))

    assert "/people/prove/" in stale.get(at(subject, step="sign/"))["Location"]
    page = fresh.get(at(subject, step="sign/"))
    assert "I, Investigator , sign with the meaning:" in text_of(page)
    signed = fresh.post(at(subject, step="sign/"), {"revision": "1"}, follow=True)

    words = text_of(signed)
    assert "Informed consent is signed." in words
    assert "Holds Investigator , Investigator:" in words
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC \([\d -]*\d\d:\d\d Asia/Tokyo\)", words)
    raw = {**CONSENT, "consent_version": "1.1", "_shown": SHOWN, "_revision": "1", "_reason": "x"}
    broken = text_of(coordinator.post(at(subject, step="correct/"), raw, follow=True))
    assert "Broken by change: revision 1 was signed" in broken
    assert "Broken Informed consent changed after it was signed" in text_of(
        coordinator.get(f"/subjects/{subject.number}/")
    )


@pytest.mark.parametrize("step", ["", "fill/", "correct/", "check/", "discard/", "sign/"])
def test_subject_of_another_site_answers_like_none(people, subject, step):
    elsewhere = browser(people["elsewhere_pi"].id, proved=True)
    unknown = at(subject, step=step).replace(subject.number, "S01-0099-X")

    for address in (at(subject, step=step), unknown):
        get, post = elsewhere.get(address), elsewhere.post(address, {**CONSENT, "_shown": SHOWN})
        assert {get.status_code, post.status_code} <= {404, 405}
        assert post.status_code == 404
    assert subject.number not in elsewhere.get("/subjects/").content.decode()
    assert elsewhere.get(f"/subjects/{subject.number}/").status_code == 404


def test_monitor_reads_and_cannot_write(people, coordinator, subject):
    coordinator.post(at(subject, step="fill/"), {**CONSENT, "_shown": SHOWN})
    monitor = browser(people["monitor"].id)

    assert monitor.get(at(subject)).status_code == 200
    assert "Correct" not in text_of(monitor.get(at(subject)))
    for step in ("correct/", "fill/", "check/", "sign/"):
        assert monitor.post(at(subject, step=step), CONSENT).status_code == 403


@pytest.fixture
def filing(sqlite_site):
    """A coordinator's browser and a subject, where consent asks for its scanned page."""
    from adjuvant.conduct.subjects.services import add_subject

    old = "items:\n      - {id: consent_signed"
    scan = "items:\n      - {id: consent_scan, label: Signed page, type: file, required: true}\n"
    people = open_trial(timezone.now(), text=template().replace(old, scan + old[7:]))
    subject = add_subject(site="S01", by=people["coordinator"], at=timezone.now())
    return browser(people["coordinator"].id), subject


def upload(client, subject, content, **raw):
    sent = {"consent_scan.file": SimpleUploadedFile("scan of page.exe", content)} if content else {}
    shown = ["consent_scan", *SHOWN]
    address = at(subject, step="fill/")
    return client.post(address, {**CONSENT, **raw, **sent, "_shown": shown}, follow=True)


def test_file_is_sent_with_its_form_and_handed_out_to_be_saved_never_run(filing):
    client, subject = filing
    content = b"%PDF-1.7 scan"

    saved = upload(client, subject, content)
    link = re.search(r'href="(/subjects/[^"]+/file/\w+/)">([^<]+)<', saved.content.decode())
    answer = client.get(link[1])

    assert link[2] == "scan of page.pdf"
    assert answer.content == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="scan of page.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_file_that_could_run_is_refused_at_its_field_and_what_was_typed_stays(filing):
    client, subject = filing

    refused = upload(client, subject, b"<html><script>alert(1)</script>")

    assert refused.status_code == 422
    assert "Signed page : Its content is none of the kinds" in text_of(refused)
    assert 'value="2026-08-20"' in refused.content.decode()


def test_file_is_kept_when_the_form_comes_back_for_another_fault(filing):
    from adjuvant.conduct.subjects.models import Record

    client, subject = filing
    back = upload(client, subject, b"%PDF-1.7 scan", consent_date="2026-02-30")
    assert back.status_code == 422
    assert "A file is attached." in text_of(back)
    digest = re.search(r'name="consent_scan" value="(\w{64})"', back.content.decode())[1]

    upload(client, subject, None, consent_scan=digest)

    assert Record.objects.get().values["consent_scan"] == digest


def test_empty_lists_say_what_to_do_next(coordinator, people):
    assert "Add the first person who is screened" in text_of(coordinator.get("/subjects/"))
    assert "Nobody is due" in text_of(coordinator.get("/subjects/consent/"))


def test_series_of_visits_shows_what_is_begun_and_the_next_one(coordinator, people, subject):
    from adjuvant.conduct.subjects.services import save_record

    page = f"/subjects/{subject.number}/"
    before = text_of(coordinator.get(page))
    save_record(
        subject=subject.number, visit="FU-1", form="status", by=people["coordinator"],
        raw={"status_date": "2026-08-20", "alive": "yes"}, at=timezone.now(),
    )  # fmt: skip
    after = text_of(coordinator.get(page))

    assert "Follow-up every 3 months, month 9" in before
    assert "Follow-up every 3 months, month 12" not in before
    assert "Follow-up every 3 months, month 12" in after
    assert "Follow-up every 3 months, month 15" not in after


def test_page_of_a_form_asks_the_database_a_bounded_number_of_times(coordinator, subject):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as seen:
        coordinator.get(at(subject, step="fill/"))

    assert len(seen) <= 20
