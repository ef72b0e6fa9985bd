"""The write door of `people`: persons, sites, the delegation log, site papers, activation."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.checklist import checklist, ready_from
from adjuvant.conduct.people.links import mailbox_of, make_link
from adjuvant.conduct.people.log_lines import Line, refuse_line
from adjuvant.conduct.people.models import (
    Delegation,
    Person,
    Site,
    SiteActivation,
    SiteDocument,
)
from adjuvant.conduct.people.permission_table import CENTRAL_ROLES, SITE_ROLES
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.people.queries import local_day, person_of, site_is_active, site_of
from adjuvant.conduct.people.study_rules import rules_now
from adjuvant.core import StepRefused

__all__ = [
    "ACTIVATE",
    "APPOINT",
    "DELEGATE",
    "Invited",
    "activate_site",
    "appoint",
    "change_person",
    "close_site",
    "delegate",
    "end_delegation",
    "invite_person",
    "make_training_link",
    "open_site",
    "record_site_document",
    "renew_access",
]

APPOINT = "I appoint this person to this role"
DELEGATE = "I delegate these tasks to this person under my supervision"
ACTIVATE = "I confirm that this site has all it needs to begin"
CLOSE = "I close this site to new work"
FIRST_ROLES = ("data_manager", "principal_investigator")  # whom the command line may appoint


@dataclass(frozen=True)
class Invited:
    """A person with the token of their one-time link, which is kept nowhere."""

    person: Person
    token: str


@service("people.invite_person")
def invite_person(
    *, name: str, organisation: str, email: str, physician: bool = False, role: str = "",
    site: str = "", entry: Entry, by: Actor, at: datetime,
) -> Invited:  # fmt: skip
    """Write down a person and make the link with which they choose their password.

    role      from the command line alone: data manager, or principal investigator of `site`.
    site      of a principal investigator who invites: her own.
    Raises    StepRefused where a field is empty or the e-mail belongs to a person already.
    """
    entry.by = require(by, "people.invite_person", site=site or None)
    entry.site = site
    _refuse_particulars(name, organisation, email)
    mailbox = mailbox_of(email)
    known = Person.objects.filter(mailbox=mailbox).first()
    if known is not None:
        raise StepRefused(
            _("%(name)s is not invited") % {"name": name.strip()},
            _("this e-mail belongs to %(number)s already") % {"number": known.number},
            _("give that person the role, or use the e-mail of the other person"),
        )
    person: Person = entry.insert(
        Person(
            number=_next_number(),
            name=name.strip(),
            organisation=organisation.strip(),
            email=email.strip(),
            mailbox=mailbox,
            physician=physician,
            invited_for=site if not role else "",
            added_at=at,
        )
    )
    if role:
        _first_role(entry, person, role, site, at)
    return Invited(person, make_link(entry, person, at=at))


def _first_role(entry: Entry, person: Person, role: str, site: str, at: datetime) -> None:
    """Appoint the people who begin a trial, from the command line of the server."""
    if entry.by.id != SYSTEM.id or role not in FIRST_ROLES:
        raise StepRefused(
            _("%(name)s is not invited") % {"name": person.name},
            _("a role is given by the data manager, or in the delegation log"),
            _("invite the person first, then give the role"),
        )
    place = site_of(site) if site else None
    _write_line(entry, person, role, place, at=at, since=None, meaning=APPOINT)


@service("people.change_person")
def change_person(
    *, person: str, name: str, organisation: str, physician: bool, entry: Entry, by: Actor,
    at: datetime,
) -> Person:  # fmt: skip
    """Correct a person's particulars, with a reason; earlier ones stay in the trail."""
    entry.by = require(by, "people.change_person")
    found = person_of(person)
    _refuse_particulars(name, organisation, found.email)
    _refuse_unreasoned(entry, _("%(name)s is not changed") % {"name": found.name})
    lines = Delegation.objects.filter(
        person=found, role__in=("principal_investigator", "investigator"), revoked_at=None
    )
    if found.physician and not physician and any(line.in_effect(at.date()) for line in lines):
        raise StepRefused(
            _("%(name)s is not changed") % {"name": found.name},
            _("a delegation of this person is a physician's"),
            _("end that delegation first"),
        )
    entry.change(found, name=name.strip(), organisation=organisation.strip(), physician=physician)
    return found


@service("people.renew_access")
def renew_access(*, person: str, entry: Entry, by: Actor, at: datetime) -> Invited:
    """Make a new link for a person; taking it up replaces password and second factors."""
    entry.by = require(by, "people.renew_access")
    if by.id != SYSTEM.id:
        require_proof(by, at)
    found = person_of(person)
    return Invited(found, make_link(entry, found, at=at))


@service("people.open_site")
def open_site(
    *, code: str, name: str, country: str, time_zone: str, entry: Entry, by: Actor, at: datetime
) -> Site:
    """Open a site that the protocol names; its day begins at the midnight of its time zone.

    Raises    StepRefused where the protocol names no such site, or it is open already.
    """
    entry.by = require(by, "people.open_site")
    entry.site = code
    what = _("site %(site)s is not opened") % {"site": code}
    named = {site.id for site in rules_now().sites}
    if named and code not in named:
        raise StepRefused(
            what,
            _("the protocol names %(sites)s") % {"sites": ", ".join(sorted(named))},
            _("add the site to trial.sites by an amendment first"),
        )
    if Site.objects.filter(code=code).exists():
        raise StepRefused(what, _("it is open already"), _("go to its page"))
    if time_zone not in available_timezones():
        raise StepRefused(
            what,
            _("%(zone)s is no time zone") % {"zone": time_zone or "''"},
            _("choose one such as Asia/Tokyo"),
        )
    site: Site = entry.insert(
        Site(code=code, name=name.strip(), country=country, time_zone=time_zone, opened_at=at)
    )
    return site


@service("people.appoint")
def appoint(
    *, person: str, role: str, site: str = "", since: date | None = None, entry: Entry, by: Actor,
    at: datetime,
) -> Delegation:  # fmt: skip
    """Appoint the principal investigator of a site, or a person for the whole trial; signed.

    since     first day; None = today.
    Raises    StepRefused where the roles of this person forbid it; ProofNeeded.
    """
    entry.by = require(by, "people.appoint", site=site or None)
    require_proof(by, at)
    found = person_of(person)
    if role not in CENTRAL_ROLES and role != "principal_investigator":
        raise StepRefused(
            _("%(name)s is not appointed") % {"name": found.name},
            _("this role is delegated by the principal investigator of the site"),
            _("leave it to the delegation log of the site"),
        )
    _refuse_oneself(found, by)
    place = site_of(site) if site else None
    return _write_line(entry, found, role, place, at=at, since=since, meaning=APPOINT)


@service("people.delegate")
def delegate(
    *, person: str, site: str, role: str, tasks: tuple[str, ...] = (), since: date | None = None,
    until: date | None = None, entry: Entry, by: Actor, at: datetime,
) -> Delegation:  # fmt: skip
    """Sign a line of a site's delegation log; the line is the permission.

    tasks     ids of the protocol's tasks; since None = today; until None = without end.
    Raises    NotPermitted to all but the site's principal investigator; ProofNeeded; StepRefused.
    """
    entry.by = require(by, "people.delegate", site=site)
    require_proof(by, at)
    found = person_of(person)
    if role not in SITE_ROLES:
        raise StepRefused(
            _("%(name)s is not delegated") % {"name": found.name},
            _("this role is given by the data manager"),
            _("choose a role of the site"),
        )
    _refuse_oneself(found, by)
    return _write_line(
        entry, found, role, site_of(site), tasks=tasks, since=since, until=until, at=at,
        meaning=DELEGATE,
    )  # fmt: skip


@service("people.end_delegation")
def end_delegation(
    *, line: int, last_day: date | None = None, entry: Entry, by: Actor, at: datetime
) -> Delegation:
    """End a line of the log: at once (last_day None), or after a day; a reason is asked.

    Raises    StepRefused where it ended already, or the day is past; OtherSite; NotPermitted.
    """
    found = Delegation.objects.select_related("site", "person").filter(pk=line).first()
    code = found.site.code if found is not None and found.site else None
    entry.by = require(by, "people.end_delegation", site=code)
    what = _("the delegation is not ended")
    if found is None:
        raise StepRefused(what, _("there is none such"), _("look at the log again"))
    entry.site = code or ""
    if found.role not in SITE_ROLES or found.site is None:
        require(by, "people.appoint", site=code)
    today = _today(found.site, at)
    _refuse_unreasoned(entry, what)
    if found.revoked_at is not None or (found.ends_on is not None and found.ends_on < today):
        raise StepRefused(what, _("it has ended already"), _("nothing needs doing"))
    if last_day is not None and last_day < max(today, found.starts_on):
        raise StepRefused(what, _("that day is past"), _("choose today or later, or end it now"))
    revoked = at if last_day is None else None
    entry.change(
        found, ends_on=last_day or max(today, found.starts_on), revoked_at=revoked,
        ended_by=by.id, ended_at=at,
    )  # fmt: skip
    return found


@service("people.record_document")
def record_site_document(
    *, site: str, kind: str, dated: date, title: str, version: str = "", person: str = "",
    entry: Entry, by: Actor, at: datetime,
) -> SiteDocument:  # fmt: skip
    """Record a paper of a site's file: ethics (with version), contract, or a person's training."""
    entry.by = require(by, "people.record_document", site=site)
    entry.site = site
    trained = person_of(person) if person else None
    return keep_document(
        entry, site_of(site), kind, dated=dated, title=title, version=version, person=trained,
        by=by, at=at,
    )  # fmt: skip


def keep_document(
    entry: Entry, site: Site, kind: str, *, dated: date, title: str, version: str = "",
    person: Person | None = None, by: Actor, at: datetime,
) -> SiteDocument:  # fmt: skip
    """Write a paper of a site's file within a service (`protocols` records approvals this way)."""
    what = _("the paper is not recorded")
    if kind not in ("ethics", "contract", "training"):
        raise StepRefused(what, _("there is no such kind"), _("choose one of the list"))
    if (kind == "training") != (person is not None):
        raise StepRefused(what, _("a training is one person's"), _("choose who was trained"))
    if not title.strip():
        raise StepRefused(
            what, _("it has no title"), _("give the number or title under which it is filed")
        )
    if kind == "ethics" and not version.strip():
        raise StepRefused(
            what, _("the version that was approved is missing"), _("write it as in the letter")
        )
    if dated > _today(site, at):
        raise StepRefused(
            what, _("its date lies ahead"), _("record it once it is there, with its date")
        )
    row: SiteDocument = entry.insert(
        SiteDocument(
            site=site,
            kind=kind,
            dated=dated,
            version=version.strip(),
            person=person,
            title=title.strip(),
            recorded_at=at,
            recorded_by=by.id,
        )
    )
    return row


@service("people.activate_site")
def activate_site(
    *, site: str, since: date | None = None, entry: Entry, by: Actor, at: datetime
) -> SiteActivation:
    """Activate a site from a day on which all of its checklist is there; signed.

    since     None = today.
    Raises    StepRefused naming what is missing; ProofNeeded.
    """
    entry.by = require(by, "people.activate_site", site=site)
    require_proof(by, at)
    place = Site.objects.select_for_update().get(pk=site_of(site).pk)
    today = local_day(place, at)
    since = since or today
    what = _("site %(site)s is not activated") % {"site": site}
    if site_is_active(site, since):
        raise StepRefused(what, _("it is active already"), _("nothing needs doing"))
    if since < today:
        raise StepRefused(what, _("an activation does not reach back"), _("choose today or later"))
    items = checklist(place, since)
    missing = [f"{item.what}: {item.detail}" for item in items if not item.done]
    ready = ready_from(items)
    if missing:
        raise StepRefused(what, "; ".join(missing), _("complete the checklist first"))
    if ready is not None and since < ready:
        raise StepRefused(
            what, _("all is there only from %(day)s") % {"day": ready}, _("choose that day")
        )
    return _activation(entry, place, True, since, at, ACTIVATE)


@service("people.activate_site")
def close_site(
    *, site: str, since: date | None = None, entry: Entry, by: Actor, at: datetime
) -> SiteActivation:
    """Close a site to new work from a day, with a reason; what was recorded stays readable."""
    entry.by = require(by, "people.activate_site", site=site)
    require_proof(by, at)
    place = Site.objects.select_for_update().get(pk=site_of(site).pk)
    since = since or local_day(place, at)
    what = _("site %(site)s is not closed") % {"site": site}
    if not site_is_active(site, since):
        raise StepRefused(what, _("it is not active"), _("nothing needs doing"))
    _refuse_unreasoned(entry, what)
    return _activation(entry, place, False, since, at, CLOSE)


@service("people.make_training_link")
def make_training_link(*, person: str, entry: Entry, by: Actor, at: datetime) -> Invited:
    """Make a link that logs a training person in at once; on a training site alone."""
    if settings.MODE != "training" or by.id != SYSTEM.id:
        raise StepRefused(
            _("no such link is made"),
            _("links that log in at once exist on training sites only"),
            _("invite the person, who chooses a password and a second factor"),
        )
    found = person_of(person)
    return Invited(found, make_link(entry, found, kind="training", at=at))


def _write_line(
    entry: Entry, person: Person, role: str, site: Site | None, *, at: datetime,
    since: date | None, until: date | None = None, tasks: tuple[str, ...] = (), meaning: str,
) -> Delegation:  # fmt: skip
    """Write one line of the log, signed by the actor of the entry."""
    Person.objects.select_for_update().get(pk=person.pk)
    entry.site = site.code if site else ""
    entry.meaning = meaning
    rules, today = rules_now(), _today(site, at)
    if not tasks and meaning == APPOINT:
        tasks = rules.tasks_of.get(role, ())  # who is appointed holds all tasks of the role
    line = Line(person, role, site, tuple(tasks), since or today, until)
    refuse_line(line, rules, today=today)
    row: Delegation = entry.insert(
        Delegation(
            person=person,
            site=site,
            role=role,
            tasks=list(line.tasks),
            starts_on=line.since,
            ends_on=until,
            signed_by=entry.by.id,
            signed_name=entry.by.name,
            signed_role=entry.by.role,
            signed_at=at,
            meaning=meaning,
        )
    )
    return row


def _activation(
    entry: Entry, site: Site, active: bool, since: date, at: datetime, meaning: str
) -> SiteActivation:
    entry.site, entry.meaning = site.code, meaning
    row: SiteActivation = entry.insert(
        SiteActivation(
            site=site,
            active=active,
            since=since,
            signed_by=entry.by.id,
            signed_name=entry.by.name,
            signed_at=at,
            meaning=meaning,
        )
    )
    return row


def _next_number() -> str:
    """Return the next number of a person; the first person's row is the lock of the counter."""
    Person.objects.select_for_update().order_by("pk").first()
    last = Person.objects.order_by("-number").values_list("number", flat=True).first()
    return f"P{int(last[1:]) + 1 if last else 1:04d}"


def _today(site: Site | None, at: datetime) -> date:
    """Return the day where the site is; for the whole trial, the earliest day that it is anywhere.

    A site in the east is a day ahead of UTC; an appointment must not be refused as past there.
    """
    if site is None:
        return at.astimezone(ZoneInfo("UTC")).date()
    return local_day(site, at)


def _refuse_oneself(person: Person, by: Actor) -> None:
    if person.number == by.id:
        raise StepRefused(
            _("you are not given this role"),
            _("nobody signs their own delegation"),
            _("ask another data manager, or the principal investigator"),
        )


def _refuse_particulars(name: str, organisation: str, email: str) -> None:
    what = _("the person is not recorded")
    for text, words in ((name, _("the name")), (organisation, _("the organisation"))):
        if not text.strip() or len(text) > 200:
            raise StepRefused(
                what, _("%(field)s is empty or too long") % {"field": words}, _("write it in full")
            )
    try:
        validate_email(email.strip())
    except ValidationError:
        raise StepRefused(
            what, _("the e-mail is none"), _("write it as in name@hospital.org")
        ) from None


def _refuse_unreasoned(entry: Entry, what: str) -> None:
    if not entry.reason.strip():
        raise StepRefused(what, _("no reason is given"), _("say why"))
