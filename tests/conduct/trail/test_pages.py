"""The trail is read by those who may, in words; its texts are redacted by two persons."""

import csv
import io

import pytest
from conduct_people import browser_of, prove
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adjuvant.conduct.audit.entry import service
from adjuvant.conduct.audit.models import Change, Event
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.conduct.people.models import Person
from adjuvant.conduct.trail.models import Redaction


def words(answer):
    return b"".join(answer).decode()


@service("people.change_person")
def rename(person, name, site, *, entry, by, at):
    entry.site = site
    entry.change(person, name=name)


@pytest.fixture
def renamed(people, now):
    """A person's name, typed wrongly and corrected at S01."""
    one = Person.objects.get(number=people["nurse", "S01"].id)
    by = people["principal_investigator", "S01"]
    rename(one, "=Mistyped Patient", "S01", by=by, at=now, reason="new name")
    rename(one, "Training nurse S01", "S01", by=by, at=now, reason="that was a patient")
    return one


def test_data_manager_reads_every_event_and_filters_them(people, renamed):
    browser = browser_of(people["data_manager"].id)

    everything = words(browser.get("/audit/"))
    some = words(browser.get("/audit/", {"action": "people.change_person", "site": "S01"}))
    none = words(browser.get("/audit/", {"subject": "nobody"}))
    wrong = browser.get("/audit/", {"first_day": "yesterday"})

    assert "adjuvant" in everything
    assert some.count("Correct a person") >= 2
    assert "No event fits" in none
    assert wrong.status_code == 422


def test_the_trail_is_read_page_by_page(people):
    browser = browser_of(people["data_manager"].id)
    newest = Event.objects.last().seq

    page = words(browser.get("/audit/"))
    older = words(browser.get("/audit/", {"before": newest - 49}))

    assert f"before={newest - 49}" in page
    assert f"/audit/event/{newest - 50}/" in older
    assert f"/audit/event/{newest}/" not in older


def test_an_investigator_sees_own_events_and_none_of_another_site(people, renamed):
    own = browser_of(people["principal_investigator", "S01"].id)
    other = browser_of(people["principal_investigator", "S02"].id)
    seq = Change.objects.filter(table="people_person", field="name").last().event_id

    assert own.get(f"/audit/event/{seq}/").status_code == 200
    assert other.get(f"/audit/event/{seq}/").status_code == 404
    assert f"/audit/event/{seq}/" not in words(other.get("/audit/"))


def test_nurse_may_not_read_the_trail(people):
    assert browser_of(people["nurse", "S01"].id).get("/audit/").status_code == 403


def test_history_of_a_record_tells_old_new_who_and_why(people, renamed):
    browser = browser_of(people["data_manager"].id)

    told = words(browser.get(f"/audit/record/people_person/{renamed.pk}/"))

    assert "<del>=Mistyped Patient</del>" in told
    assert "<ins>Training nurse S01</ins>" in told
    assert "Because: that was a patient" in told
    assert browser.get("/audit/record/people_person/99999/").status_code == 404


def test_a_long_history_asks_the_database_no_more_often_than_a_short_one(people, renamed, now):
    browser = browser_of(people["data_manager"].id)
    path = f"/audit/record/people_person/{renamed.pk}/"
    with CaptureQueriesContext(connection) as short:
        browser.get(path)
    for number in range(6):
        by = people["principal_investigator", "S01"]
        rename(renamed, f"Name {number}", "S01", by=by, at=now, reason="again")

    with CaptureQueriesContext(connection) as long:
        browser.get(path)

    assert len(long) <= len(short)


def test_export_is_an_event_and_safe_for_a_spreadsheet(people, renamed):
    browser = browser_of(people["data_manager"].id)
    prove(browser)

    answer = browser.post("/audit/export/", {"site": "S01"})
    lines = list(csv.DictReader(io.StringIO(words(answer))))

    assert {line["site"] for line in lines} == {"S01"}
    assert any(line["new"] == '"=Mistyped Patient"' for line in lines)
    assert Event.objects.last().action == "audit.export"
    assert browser.get("/audit/export/").status_code == 405


def test_a_text_is_redacted_by_two_persons(people, renamed):
    change = Change.objects.get(
        table="people_person", field="name", text__new='"=Mistyped Patient"'
    )
    path = f"/audit/event/{change.event_id}/{change.position}/new/redact/"
    first = browser_of(people["principal_investigator", "S01"].id)
    second = browser_of(people["data_manager"].id)

    repeated = first.post(path, {"why": "the name =Mistyped Patient"})
    asked = first.post(path, {"why": "a patient's name"})
    one = Redaction.objects.get()
    prove(first)
    alone = first.post(f"/audit/redactions/{one.pk}/", {"decision": "agree"})
    unproved = second.post(f"/audit/redactions/{one.pk}/", {"decision": "agree"})
    prove(second)
    shown = words(second.get(f"/audit/redactions/{one.pk}/"))
    done = second.post(f"/audit/redactions/{one.pk}/", {"decision": "agree"})

    assert repeated.status_code == 409
    assert asked.status_code == 302
    assert alone.status_code == 409
    assert "/people/prove/" in unproved.url
    assert "=Mistyped Patient" in shown
    assert done.status_code == 302
    one.refresh_from_db()
    assert (one.decision, one.texts) == ("done", 2)
    event = words(second.get(f"/audit/event/{change.event_id}/"))
    assert "Mistyped" not in event
    assert "redacted" in event
    assert verify_site().faults == []
    assert "nothing was altered" in words(second.post("/audit/verify/"))


def test_a_declined_redaction_leaves_the_text(people, renamed):
    change = Change.objects.filter(table="people_person", field="name").last()
    path = f"/audit/event/{change.event_id}/{change.position}/old/redact/"
    browser_of(people["principal_investigator", "S01"].id).post(path, {"why": "a patient's name"})
    second = browser_of(people["data_manager"].id)
    prove(second)

    second.post(f"/audit/redactions/{Redaction.objects.get().pk}/", {"decision": "decline"})

    assert Redaction.objects.get().decision == "declined"
    change.text.refresh_from_db()
    assert change.text.old == '"=Mistyped Patient"'
