"""Sites: nothing happens before everything is there, and one site knows nothing of another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adjuvant.conduct.people.checklist import checklist, ready_from, untrained
from adjuvant.conduct.people.models import Site, SiteDocument
from adjuvant.conduct.people.permissions import OtherSite
from adjuvant.conduct.people.proof import ProofNeeded
from adjuvant.conduct.people.queries import (
    active_sites,
    people_with,
    require_active_site,
    site_is_active,
    site_of,
    sites_seen_by,
)
from adjuvant.conduct.people.services import (
    activate_site,
    appoint,
    close_site,
    delegate,
    invite_person,
    open_site,
    record_site_document,
)
from adjuvant.core import StepRefused


def now():
    return datetime.now(UTC)


@pytest.fixture
def third(people):
    """A third site that was opened and has nothing yet."""
    return open_site(
        code="S03", name="Site 3", country="FRA", time_zone="Europe/Paris",
        by=people["data_manager"], at=now(),
    )  # fmt: skip


def today(site):
    from adjuvant.conduct.people.queries import local_day

    return local_day(site, now())


def paper(people, kind, **more):
    given = {"dated": now().date() - timedelta(days=3), "title": f"{kind} 1", **more}
    return record_site_document(site="S03", kind=kind, by=people["data_manager"], at=now(), **given)


def lead(people):
    made = invite_person(
        name="C. Head", organisation="S03", email="head@example.org", physician=True,
        by=people["data_manager"], at=now(),
    )  # fmt: skip
    appoint(
        person=made.person.number, role="principal_investigator", site="S03",
        by=people["data_manager"], at=now(),
    )  # fmt: skip
    return made.person


def test_site_is_activated_only_when_everything_is_there(people, third):
    manager = people["data_manager"]
    with pytest.raises(StepRefused) as nothing:
        activate_site(site="S03", by=manager, at=now())
    head = lead(people)
    paper(people, "ethics", version="0.1.0")
    paper(people, "contract")
    with pytest.raises(StepRefused, match="Training of C"):
        activate_site(site="S03", by=manager, at=now())
    paper(people, "training", person=head.number)

    activate_site(site="S03", by=manager, at=now())

    for words in ("Ethics approval", "Contract", "Principal investigator", "Training"):
        assert words in str(nothing.value)
    assert site_is_active("S03", today(third))
    assert not site_is_active("S03", today(third) - timedelta(days=1))


def test_each_missing_thing_alone_keeps_a_site_closed(people, third):
    head = lead(people)
    paper(people, "contract")
    paper(people, "training", person=head.number)

    items = checklist(third, today(third))

    assert [item.what for item in items if not item.done] == ["Ethics approval"]
    assert ready_from(items) is None
    with pytest.raises(StepRefused, match="Ethics approval"):
        activate_site(site="S03", by=people["data_manager"], at=now())


def test_activation_is_a_signature_of_the_data_manager(people, third):
    with pytest.raises(ProofNeeded):
        activate_site(site="S03", by=replace(people["data_manager"], proved_at=None), at=now())


def test_step_at_a_site_that_is_not_active_is_refused(people, third):
    with pytest.raises(StepRefused, match="the site is not active on"):
        require_active_site("S03", today(third))
    require_active_site("S01", today(site_of("S01")))


def test_closed_site_is_active_no_more_and_stays_readable(people):
    site = site_of("S01")
    coordinator = people["coordinator", "S01"].id

    close_site(site="S01", by=people["data_manager"], at=now(), reason="no staff")

    assert not site_is_active("S01", today(site))
    assert active_sites(coordinator, today(site)) == []
    assert [s.code for s in sites_seen_by(coordinator)] == ["S01"]


def test_closing_needs_a_reason(people):
    with pytest.raises(StepRefused, match="no reason"):
        close_site(site="S01", by=people["data_manager"], at=now())


def test_who_is_delegated_later_is_listed_until_trained(people):
    made = invite_person(
        name="D. Later", organisation="S01", email="later@example.org",
        by=people["data_manager"], at=now(),
    )  # fmt: skip
    delegate(
        person=made.person.number, site="S01", role="nurse",
        by=people["principal_investigator", "S01"], at=now(),
    )  # fmt: skip

    assert [p.name for p in untrained(site_of("S01"), today(site_of("S01")))] == ["D. Later"]


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("ethics", {}, "version that was approved is missing"),
        ("contract", {"title": " "}, "it has no title"),
        ("training", {}, "choose who was trained"),
        ("licence", {}, "there is no such kind"),
        ("contract", {"dated": now().date() + timedelta(days=3)}, "its date lies ahead"),
    ],
)
def test_paper_that_says_too_little_is_refused(people, third, kind, more, words):
    with pytest.raises(StepRefused, match=words):
        paper(people, kind, **more)

    assert not SiteDocument.objects.filter(site=third).exists()


def test_paper_of_another_site_cannot_be_recorded(people):
    with pytest.raises(OtherSite):
        record_site_document(
            site="S02", kind="contract", dated=now().date(), title="x",
            by=people["coordinator", "S01"], at=now(),
        )  # fmt: skip


def test_site_needs_a_time_zone_and_is_opened_once(people):
    given = {"code": "S03", "name": "x", "country": "FRA", "by": people["data_manager"]}

    with pytest.raises(StepRefused, match="is no time zone"):
        open_site(time_zone="Middle/Earth", at=now(), **given)
    with pytest.raises(StepRefused, match="open already"):
        open_site(time_zone="UTC", at=now(), **(given | {"code": "S01"}))
    assert Site.objects.count() == 2


def test_people_with_a_role_are_found_at_a_site_and_for_the_whole_trial(people):
    day = today(site_of("S01"))

    assert [p.number for p in people_with("nurse", "S01", day)] == [people["nurse", "S01"].id]
    assert len(people_with("nurse", None, day)) == 2
    assert [p.number for p in people_with("lab", "S02", day)] == [people["lab"].id]
    assert people_with("nurse", "S01", day - timedelta(days=30)) == []


def test_pages_of_one_site_say_nothing_of_another(people):
    from conduct_people import browser_of

    browser = browser_of(people["principal_investigator", "S01"].id)
    for path in ("/people/", "/people/sites/", "/people/sites/S01/", "/people/sites/S01/log/"):
        text = browser.get(path).content.decode()
        assert "S02" not in text, path
