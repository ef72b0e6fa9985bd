"""The pages of `people`, each opened by who may and refused to who may not."""

from datetime import UTC, datetime

import pytest
from conduct_people import browser_of, prove
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adjuvant.conduct.people.models import Delegation, Person, Site, SiteActivation
from adjuvant.conduct.people.services import delegate, invite_person


def words(answer):
    return answer.content.decode()


def test_everybody_of_a_site_sees_its_people_and_none_of_another(people):
    browser = browser_of(people["coordinator", "S01"].id)

    listed = words(browser.get("/people/"))

    assert "Training investigator S01" in listed
    assert "Training investigator S02" not in listed
    assert browser.get(f"/people/person/{people['investigator', 'S02'].id}/").status_code == 404
    assert browser.get("/people/sites/S02/").status_code == 404
    assert browser.get("/people/sites/S09/").status_code == 404
    assert browser.get("/people/sites/S01/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/people/", "/people/permissions/", "/people/me/", "/people/sites/", "/people/sites/S01/",
     "/people/sites/S01/log/", "/people/prove/", "/account/2fa/", "/account/logout/"],
)  # fmt: skip
def test_page_opens_for_the_data_manager(people, path):
    answer = browser_of(people["data_manager"].id).get(path)

    assert answer.status_code == 200, words(answer)[:1000]
    assert "TRAINING" in words(answer)


def test_data_manager_invites_and_appoints_after_a_proof(people):
    browser = browser_of(people["data_manager"].id)
    given = {"name": "Second Monitor", "organisation": "Unit", "email": "m2@example.org"}

    invited = browser.post("/people/invite/", given)
    number = Person.objects.get(mailbox="m2@example.org").number
    asked = browser.get(f"/people/person/{number}/appoint/")
    prove(browser)
    shown = browser.get(f"/people/person/{number}/appoint/")
    signed = browser.post(f"/people/person/{number}/appoint/", {"role": "monitor", "site": "S01"})

    assert invited.status_code == 302
    assert asked.status_code == 302
    assert asked.url.startswith("/people/prove/")
    assert "I appoint this person" in words(shown)
    assert signed.status_code == 302, words(signed)
    line = Delegation.objects.get(person__number=number)
    assert (line.role, line.site.code, line.signed_by) == (
        "monitor",
        "S01",
        people["data_manager"].id,
    )


def test_principal_investigator_signs_a_line_with_its_meaning_and_both_times(people):
    browser = browser_of(people["principal_investigator", "S01"].id)
    browser.post(
        "/people/invite/", {"name": "New Nurse", "organisation": "Site", "email": "n@example.org"}
    )
    number = Person.objects.get(mailbox="n@example.org").number
    prove(browser)

    answer = browser.post("/people/sites/S01/log/sign/", {"person": number, "role": "nurse"})
    log = words(browser.get("/people/sites/S01/log/"))

    assert answer.status_code == 302, words(answer)
    assert "I delegate these tasks" in log
    assert "UTC (" in log
    assert "New Nurse" in log.split("permits nothing yet")[1]


def test_person_whom_another_site_invited_is_not_seen_before_a_line_is_signed(people):
    other = browser_of(people["principal_investigator", "S02"].id)
    other.post("/people/invite/", {"name": "O. Other", "organisation": "x", "email": "o@x.org"})
    number = Person.objects.get(mailbox="o@x.org").number
    browser = browser_of(people["principal_investigator", "S01"].id)
    prove(browser)

    pages = words(browser.get("/people/")) + words(browser.get("/people/sites/S01/log/sign/"))

    assert "O. Other" not in pages
    assert "S02" not in pages
    assert browser.get(f"/people/person/{number}/").status_code == 404
    assert "O. Other" in words(other.get("/people/"))


def test_person_of_another_site_is_delegated_by_number(people):
    number = people["nurse", "S02"].id
    browser = browser_of(people["principal_investigator", "S01"].id)
    prove(browser)
    path = "/people/sites/S01/log/sign/"

    neither = browser.post(path, {"role": "nurse"})
    signed = browser.post(path, {"elsewhere": number, "role": "nurse"})

    assert neither.status_code == 422
    assert signed.status_code == 302
    assert Delegation.objects.filter(person__number=number, site__code="S01").exists()


def test_lines_of_a_former_principal_investigator_are_to_be_signed_anew(people):
    path = "/people/sites/S01/log/"
    browser = browser_of(people["data_manager"].id)
    before = words(browser.get(path))
    line = Delegation.objects.get(role="principal_investigator", site__code="S01")

    browser.post(f"/people/delegation/{line.pk}/end/", {"reason": "moved"})

    assert "signs them anew" not in before
    assert "Training nurse S01, Nurse" in words(browser.get(path)).split("signs them anew")[1]


def test_what_is_missing_leads_to_the_form_that_mends_it(people):
    head = browser_of(people["principal_investigator", "S01"].id)
    head.post("/people/invite/", {"name": "L. Later", "organisation": "x", "email": "l@x.org"})
    number = Person.objects.get(mailbox="l@x.org").number
    prove(head)

    person = words(head.get(f"/people/person/{number}/"))
    form = words(head.get(f"/people/sites/S01/log/sign/?person={number}"))
    head.post("/people/sites/S01/log/sign/", {"person": number, "role": "nurse"})
    site = words(head.get("/people/sites/S01/"))
    paper = words(head.get(f"/people/sites/S01/paper/?kind=training&person={number}"))

    assert f"/people/sites/S01/log/sign/?person={number}" in person
    assert f'<option value="{number}" selected>' in form
    assert f"/people/sites/S01/paper/?kind=training&amp;person={number}" in site
    assert f'<option value="{number}" selected>' in paper


def test_form_that_is_wrong_says_so_at_the_field_and_on_top(people):
    answer = browser_of(people["data_manager"].id).post("/people/invite/", {"name": ""})

    assert answer.status_code == 422
    assert "Nothing was saved" in words(answer)
    assert 'href="#id_name"' in words(answer)


def test_refusal_reads_as_what_why_and_what_to_do(people):
    browser = browser_of(people["data_manager"].id)
    number = people["trial_statistician"].id
    prove(browser)

    answer = browser.post(
        f"/people/person/{number}/appoint/", {"role": "unblinded_statistician", "site": ""}
    )

    assert answer.status_code == 409
    assert "never one person" in words(answer)
    assert "What to do" in words(answer)


def test_site_is_opened_its_papers_recorded_and_closed_again(people):
    browser = browser_of(people["data_manager"].id)
    prove(browser)

    paper = browser.post(
        "/people/sites/S01/paper/",
        {"kind": "contract", "title": "Contract 7", "dated": "2026-01-02", "person": ""},
    )
    closed = browser.post("/people/sites/S01/close/", {"reason": "no staff"})

    assert paper.status_code == 302, words(paper)
    assert closed.status_code == 302, words(closed)
    assert not SiteActivation.objects.filter(site__code="S01").last().active
    assert "not active" in words(browser.get("/people/sites/S01/"))
    assert Site.objects.count() == 2


@pytest.mark.parametrize("path", ["/people/", "/people/sites/", "/people/sites/S01/log/"])
def test_page_asks_the_database_as_often_for_many_people_as_for_few(people, path):
    browser = browser_of(people["principal_investigator", "S01"].id)
    browser.get(path)
    with CaptureQueriesContext(connection) as few:
        browser.get(path)
    for n in range(12):
        made = invite_person(
            name=f"Nurse {n}", organisation="S01", email=f"n{n}@example.org",
            by=people["data_manager"], at=datetime.now(UTC),
        )  # fmt: skip
        delegate(
            person=made.person.number, site="S01", role="nurse",
            by=people["principal_investigator", "S01"], at=datetime.now(UTC),
        )  # fmt: skip

    with CaptureQueriesContext(connection) as many:
        text = words(browser.get(path))

    assert len(many) == len(few) <= 20
    assert "Nurse 11" in text or path == "/people/sites/"


def test_line_that_is_ended_at_once_permits_nothing_from_that_moment(people):
    browser = browser_of(people["principal_investigator", "S01"].id)
    coordinator = browser_of(people["coordinator", "S01"].id)
    line = Delegation.objects.get(role="coordinator", site__code="S01")
    before = coordinator.get("/people/").status_code

    answer = browser.post(f"/people/delegation/{line.pk}/end/", {"reason": "left the hospital"})

    assert answer.status_code == 302, words(answer)
    assert before == 200
    assert coordinator.get("/people/").status_code == 403


def test_line_of_another_site_is_not_there(people):
    browser = browser_of(people["principal_investigator", "S01"].id)
    line = Delegation.objects.get(role="coordinator", site__code="S02")

    answer = browser.post(f"/people/delegation/{line.pk}/end/", {"reason": "x"})

    assert answer.status_code == 404
    line.refresh_from_db()
    assert line.ends_on is None
