"""The identity list: sealed at once, readable at the site alone, in clear nowhere on the server."""

import csv

import pytest
from click.testing import CliRunner
from conduct_people import browser_of, open_training, prove
from conduct_protocol import template

from adjuvant.randomisation import new_identity

NAME, PHONE = "Hanako Beispiel-Xq", "+81-3-5550-7741"


@pytest.fixture
def trial(sqlite_site):
    """People of a training site with one subject at S01."""
    from datetime import UTC, datetime, timedelta

    from adjuvant.conduct.audit.actor import SYSTEM
    from adjuvant.conduct.protocols.services import approve_at_site, load_version
    from adjuvant.conduct.subjects.services import add_subject

    at = datetime.now(UTC)
    version = load_version(text=template(), by=SYSTEM, at=at)
    people = open_training(at)
    for site in ("S01", "S02"):
        approve_at_site(
            site=site, version=version.version, approved_on=at.date() - timedelta(days=1),
            document="TRAINING", by=people["data_manager"], at=at,
        )  # fmt: skip
    subject = add_subject(site="S01", by=people["coordinator", "S01"], at=at)
    return people, subject


def register(people, holder):
    browser = browser_of(people["principal_investigator", "S01"].id)
    prove(browser)
    public = f"{holder.name}\n{holder.recipient}\n"
    return browser.post("/subjects/identities/S01/key/", {"public": public})


def seal(browser, subject, **changed):
    told = {"name": NAME, "birth_date": "1961-07-09", "telephone": PHONE, **changed}
    return browser.post(f"/subjects/{subject.number}/identity/", told)


def test_a_sealed_identity_is_opened_at_the_site_alone(trial, sqlite_site, tmp_path):
    people, subject = trial
    holder = new_identity("Site 1")
    assert register(people, holder).status_code == 302
    browser = browser_of(people["coordinator", "S01"].id)

    assert seal(browser, subject).status_code == 302
    page = browser.get(f"/subjects/{subject.number}/identity/").content.decode()
    answer = browser.get("/subjects/identities/S01/list/")

    for text in (NAME, "1961-07-09", PHONE):
        assert text not in page
        assert text.encode() not in answer.content
        for file in (f for f in sqlite_site.parent.rglob("*") if f.is_file()):
            assert text.encode() not in file.read_bytes(), file
    rows = opened(tmp_path / "aside", answer.content, holder)
    assert [(r["subject"], r["name"], r["telephone"]) for r in rows] == [
        (subject.number, NAME, "'" + PHONE)
    ]


def opened(folder, content, holder):
    from adjuvant.cli.identity import identity

    folder.mkdir()
    (folder / "list.json").write_bytes(content)
    (folder / "key").write_text(f"{holder.name}\n{holder.secret_text()}\n")
    out = folder / "out.csv"
    command = [str(folder / "list.json"), "--identity", str(folder / "key"), "--out", str(out)]
    done = CliRunner().invoke(identity, command, catch_exceptions=False, standalone_mode=False)
    assert NAME not in done.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_trail_holds_the_digest_of_the_envelope_and_who_took_the_list(trial):
    from adjuvant.conduct.audit.models import Change, Event

    people, subject = trial
    register(people, new_identity("Site 1"))
    browser = browser_of(people["coordinator", "S01"].id)
    seal(browser, subject)
    browser.get("/subjects/identities/S01/list/")

    kept = Change.objects.select_related("text").get(
        table="subjects_identityentry", field="envelope"
    )
    assert kept.text.new.strip('"').startswith("sha256:")
    assert Event.objects.filter(action="subjects.read_identities", site="S01").count() == 1


def test_another_key_opens_nothing(trial, tmp_path):
    from adjuvant.core import InvalidInput

    people, subject = trial
    register(people, new_identity("Site 1"))
    browser = browser_of(people["coordinator", "S01"].id)
    seal(browser, subject)
    content = browser.get("/subjects/identities/S01/list/").content

    with pytest.raises(InvalidInput, match=f"the line of {subject.number} stays closed"):
        opened(tmp_path / "aside", content, new_identity("Stranger"))


def test_without_a_key_and_from_another_site_nothing_is_sealed(trial):
    people, subject = trial

    assert seal(browser_of(people["coordinator", "S01"].id), subject).status_code == 409
    elsewhere = browser_of(people["coordinator", "S02"].id)
    assert seal(elsewhere, subject).status_code == 404
    assert elsewhere.get("/subjects/identities/S01/list/").status_code == 404


def test_a_key_that_is_none_and_a_date_that_is_none_come_back_with_the_field(trial):
    people, subject = trial
    browser = browser_of(people["principal_investigator", "S01"].id)
    prove(browser)

    assert browser.post("/subjects/identities/S01/key/", {"public": "x"}).status_code == 422
    register(people, new_identity("Site 1"))
    assert seal(browser, subject, birth_date="last spring").status_code == 422
