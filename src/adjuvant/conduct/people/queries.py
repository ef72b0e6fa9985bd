"""What is asked of `people`: who works where in which role, and which sites may work."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Delegation, Person, Site, SiteActivation
from adjuvant.conduct.people.permissions import OtherSite, held_by, sites_of
from adjuvant.core import StepRefused

__all__ = [
    "active_sites",
    "local_day",
    "people_seen",
    "people_with",
    "person_of",
    "require_active_site",
    "role_lines",
    "site_is_active",
    "site_of",
    "sites_seen_by",
]


def site_of(code: str) -> Site:
    """Return a site by its code.

    Raises    OtherSite where there is none.
    """
    found = Site.objects.filter(code=code).first()
    if found is None:
        raise OtherSite(code)
    return found


def person_of(number: str) -> Person:
    """Return a person by number.

    Raises    OtherSite where there is none.
    """
    found = Person.objects.filter(number=number).first()
    if found is None:
        raise OtherSite(number)
    return found


def sites_seen_by(person: str) -> list[Site]:
    """Return the sites that a person (by number) sees; filter every list by these.

    `Subject.objects.filter(site__in=sites_seen_by(actor.id))`
    """
    sites = list(Site.objects.all())
    seen = set(sites_of(held_by(person), [site.code for site in sites]))
    return [site for site in sites if site.code in seen]


def people_seen(sites: Sequence[str], *, everybody: bool = False) -> list[Person]:
    """Return the people whom somebody of these sites sees: of the trial, of the sites, invited.

    everybody   for the data manager: all of them.
    """
    people = list(Person.objects.select_related("user"))
    if everybody:
        return people
    lines = Delegation.objects.values_list("person_id", "site__code")
    places: dict[int, set[str | None]] = {}
    for person, site in lines:
        places.setdefault(person, set()).add(site)
    near = {None, *sites}
    return [one for one in people if near & places.get(one.pk, {one.invited_for or None})]


def active_sites(person: str, on: date) -> list[Site]:
    """Return the sites that a person sees and that may work on a day."""
    return [site for site in sites_seen_by(person) if site_is_active(site.code, on)]


def site_is_active(site: str, on: date) -> bool:
    """Tell whether a site (by code) may work on a day: activated since, and not closed."""
    newest = SiteActivation.objects.filter(site__code=site, since__lte=on).order_by("-id").first()
    return newest is not None and newest.active


def require_active_site(site: str, on: date, *, what: str = "") -> None:
    """Refuse a step at a site that is not active.

    what      the step that is refused, e.g. "no subject is added at S01".
    Raises    StepRefused.
    """
    if site_is_active(site, on):
        return
    raise StepRefused(
        what or _("nothing is done at %(site)s") % {"site": site},
        _("the site is not active on %(day)s") % {"day": on},
        _("complete ethics approval, contract and training on the site's page first"),
    )


def people_with(role: str, site: str | None, on: date) -> list[Person]:
    """Return who holds a role on a day: at a site (or for the whole trial), None = wherever."""
    lines = role_lines(site) if site is not None else Delegation.objects.all()
    lines = lines.filter(role=role).select_related("person")
    found = {line.person.number: line.person for line in lines if line.in_effect(on)}
    return [found[number] for number in sorted(found)]


def role_lines(site: str) -> "models.QuerySet[Delegation]":
    """Return the lines of the log that hold at a site: its own, and those of the whole trial."""
    return Delegation.objects.filter(models.Q(site__code=site) | models.Q(site=None))


def local_day(site: Site, at: datetime) -> date:
    """Return the calendar day of an instant where the site is."""
    return at.astimezone(ZoneInfo(site.time_zone)).date()
