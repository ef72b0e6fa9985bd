"""A trial as tests need it: two active sites and their people, written straight into the tables.

The tests of `people` prove the ways in which a person gets there; others need only that she is.
"""

from dataclasses import replace
from datetime import date, datetime

from conduct_protocol import template

from adjuvant.conduct.audit.actor import SYSTEM, Actor

SINCE = date(2026, 1, 1)


def open_trial(at: datetime, *, text: str | None = None, approved: bool = True) -> dict[str, Actor]:
    """Return the people of a trial at two sites, each proved at `at`.

    Keys: pi, investigator, coordinator, nurse (all at S01), elsewhere (coordinator at S02),
    elsewhere_pi (S02), data_manager, monitor, trial_statistician, unblinded_statistician, auditor.
    text       the protocol to load; the template where none is given.
    approved   whether S01 and S02 approved it on 2026-02-01.
    """
    from adjuvant.conduct.protocols.services import approve_at_site, load_version

    people = _write_people(at)
    load_version(text=text or template(), by=people["data_manager"], at=at)
    number = _version()
    for site in ("S01", "S02") if approved else ():
        approve_at_site(
            site=site, version=number, approved_on=date(2026, 2, 1), document="EC 12/2026",
            by=people["data_manager"], at=at,
        )  # fmt: skip
    return people


def proved(actor: Actor, at: datetime) -> Actor:
    """The same person, who proved at this instant who she is."""
    return replace(actor, proved_at=at)


ROLES = (
    ("pi", "principal_investigator", "S01"),
    ("investigator", "investigator", "S01"),
    ("coordinator", "coordinator", "S01"),
    ("nurse", "nurse", "S01"),
    ("elsewhere", "coordinator", "S02"),
    ("elsewhere_pi", "principal_investigator", "S02"),
    ("data_manager", "data_manager", None),
    ("monitor", "monitor", None),
    ("trial_statistician", "trial_statistician", None),
    ("unblinded_statistician", "unblinded_statistician", None),
    ("auditor", "auditor", None),
)


def _version() -> str:
    from adjuvant.conduct.protocols.queries import latest_version

    return latest_version().version


def _write_people(at: datetime) -> dict[str, Actor]:
    from django.db import transaction

    from adjuvant.conduct.audit.entry import Entry
    from adjuvant.conduct.people.models import Site, SiteActivation

    with transaction.atomic():
        entry = Entry("people.open_site", SYSTEM, at)
        sites = {}
        for code, zone in (("S01", "Asia/Tokyo"), ("S02", "Europe/Paris")):
            sites[code] = entry.insert(
                Site(code=code, name=f"Site {code}", country="JPN", time_zone=zone, opened_at=at)
            )
            entry.insert(
                SiteActivation(
                    site=sites[code],
                    active=True,
                    since=SINCE,
                    signed_by="P0007",
                    signed_name="M. Data",
                    signed_at=at,
                    meaning="I open the site",
                )
            )
        people = {
            key: _write_person(entry, n, key, role, sites.get(site), at)
            for n, (key, role, site) in enumerate(ROLES, 1)
        }
        entry.write()
    return people


def _write_person(entry, n, key, role, site, at):
    from adjuvant.conduct.people.models import Delegation, Person, SiteDocument, User

    number, name = f"P{n:04d}", f"{key.replace('_', ' ').title()}"
    user = User.objects.create_user(email=f"{key}@example.org")
    person = entry.insert(
        Person(
            number=number,
            name=name,
            organisation="Trial unit",
            email=user.email,
            mailbox=user.email,
            physician="investigator" in role,
            user=user,
            added_at=at,
        )
    )
    tasks = ["inform", "enrol", "enter_data", "sign_eligibility"]
    entry.insert(
        Delegation(
            person=person,
            site=site,
            role=role,
            tasks=tasks,
            starts_on=SINCE,
            signed_by="P0007",
            signed_name="M. Data",
            signed_role="data_manager",
            signed_at=at,
            meaning="I delegate",
        )
    )
    if site is not None:
        entry.insert(
            SiteDocument(
                site=site,
                kind="training",
                dated=SINCE,
                version="0.1.0",
                person=person,
                title="Training",
                recorded_at=at,
                recorded_by="P0007",
            )
        )
    return Actor(number, name, "Trial unit", role=role, source="test", proved_at=at)
