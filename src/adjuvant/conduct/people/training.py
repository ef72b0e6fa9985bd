"""A training site: its people, two active sites, and links that log in at once.

Everything is made through the services, so that its audit trail reads like a real one. Names say
what they are: nobody here exists.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import timezone

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.people.models import Delegation, Person, Site
from adjuvant.conduct.people.permission_table import ROLES
from adjuvant.conduct.people.queries import site_is_active
from adjuvant.conduct.people.services import (
    activate_site,
    appoint,
    delegate,
    invite_person,
    make_training_link,
    open_site,
    record_site_document,
)
from adjuvant.conduct.people.study_rules import StudySite, rules_now
from adjuvant.core import StepRefused

__all__ = ["one_time_links", "open_training_sites"]

ORGANISATION: Final = "TRAINING"
CENTRAL: Final = (
    "lab", "release_authority", "monitor", "trial_statistician", "unblinded_statistician",
    "pharmacovigilance", "auditor",
)  # fmt: skip
AT_SITE: Final = ("principal_investigator", "investigator", "nurse", "coordinator")
SITES: Final = (StudySite("S01", "Site 1", "JPN"), StudySite("S02", "Site 2", "JPN"))
# Whose links are printed, in the order of a trial's day; those of a site for the first site.
PRINTED: Final = (
    "principal_investigator", "investigator", "coordinator", "lab", "release_authority", "monitor",
    "data_manager", "trial_statistician", "unblinded_statistician",
)  # fmt: skip


def one_time_links() -> list[tuple[str, str]]:
    """Return words and path of a fresh link for each training person; made sites first if none.

    Raises    StepRefused on a site that is not for training.
    """
    now = timezone.now()
    open_training_sites(now)
    links = []
    for number, words in _printed():
        made = make_training_link(person=number, by=SYSTEM, at=now)
        links.append((words, f"/people/training/{made.token}/"))
    return links


def open_training_sites(at: datetime) -> None:
    """Make people and two active sites, if they are not there yet.

    Raises    StepRefused on a site that is not for training.
    """
    if settings.MODE != "training":
        raise StepRefused(
            "no training people are made", "this is not a training site", "use a training site"
        )
    if Person.objects.exists():
        return
    keeper = _invite("data_manager", by=SYSTEM, at=at, first=True)
    for role in CENTRAL:
        person = _invite(role, by=keeper, at=at)
        appoint(person=person.id, role=role, by=keeper, at=at, reason="TRAINING")
    for site in rules_now().sites[:2] or SITES:
        _open(site, keeper, at)


def _open(site: StudySite, keeper: Actor, at: datetime) -> None:
    zone = "Asia/Tokyo" if site.country in ("JPN", "KOR") else "UTC"
    open_site(
        code=site.id, name=site.name, country=site.country, time_zone=zone, by=keeper, at=at,
        reason="TRAINING",
    )  # fmt: skip
    today = timezone.localtime(at).date()
    people = {role: _invite(role, site.id, by=keeper, at=at) for role in AT_SITE}
    head = people["principal_investigator"]
    appoint(person=head.id, role="principal_investigator", site=site.id, by=keeper, at=at)
    papers = (("ethics", rules_now().version or "training"), ("contract", ""))
    for kind, version in papers:
        record_site_document(
            site=site.id, kind=kind, dated=today, title=f"TRAINING {kind}", version=version,
            by=keeper, at=at,
        )  # fmt: skip
    for role in AT_SITE[1:]:
        tasks = rules_now().tasks_of.get(role, ())
        delegate(person=people[role].id, site=site.id, role=role, tasks=tasks, by=head, at=at)
    for person in people.values():
        record_site_document(
            site=site.id, kind="training", dated=today, title="TRAINING course", person=person.id,
            by=keeper, at=at,
        )  # fmt: skip
    if not site_is_active(site.id, today):
        activate_site(site=site.id, by=keeper, at=at)


def _invite(role: str, site: str = "", *, by: Actor, at: datetime, first: bool = False) -> Actor:
    """Invite a training person and return them as an actor who has proved who they are."""
    words = f"Training {ROLES[role].lower()}" + (f" {site}" if site else "")
    email = f"{role}{'.' + site.lower() if site else ''}@training.invalid".replace("_", "-")
    physician = role in ("principal_investigator", "investigator")
    made = invite_person(
        name=words, organisation=f"{ORGANISATION} {site}".strip(), email=email,
        physician=physician, role=role if first else "", by=by, at=at, reason="TRAINING",
    )  # fmt: skip
    person = made.person
    return Actor(person.number, person.name, person.organisation, source="training", proved_at=at)


def _printed() -> list[tuple[str, str]]:
    """Return number and words of those whose links are printed."""
    first = Site.objects.order_by("code").first()
    found = []
    for role in PRINTED:
        line = (
            Delegation.objects.filter(role=role, site=None if role not in AT_SITE else first)
            .select_related("person")
            .first()
        )
        if line is not None:
            words = ROLES[role] + (f", {line.site.code}" if line.site else "")
            found.append((line.person.number, words))
    return found
