"""What stands between a new site and its first patient, in the order in which it is done."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from adjuvant.conduct.allocation.models import Allocation, Sealed
from adjuvant.conduct.allocation.vault_client import ask
from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.queries import local_day, site_is_active
from adjuvant.conduct.protocols.queries import latest_version, standing
from adjuvant.conduct.subjects.models import Subject
from adjuvant.core import StepRefused

__all__ = ["Point", "first_patient"]


@dataclass(frozen=True)
class Point:
    """One point: whether it is done, what it is, what is known or missing, where to do it."""

    done: bool
    what: str
    detail: str
    url: str = ""


def first_patient(sites: list[str], at: datetime) -> list[Point]:
    """Return the points on the way to the first patient at these sites (codes)."""
    return [_protocol(), *_sites(sites, at), _list(), *_subjects(sites)]


def _protocol() -> Point:
    version = latest_version()
    if version is None:
        return Point(False, _("Protocol"), _("no version is loaded"), reverse("protocols:versions"))
    words = _("version %(v)s is loaded") % {"v": version.version}
    return Point(True, _("Protocol"), words, reverse("protocols:versions"))


def _sites(sites: list[str], at: datetime) -> list[Point]:
    found = list(Site.objects.filter(code__in=sites))
    if not found:
        words = _("no site is open: the data manager opens those of the protocol")
        return [Point(False, _("Sites"), words, reverse("people:sites"))]
    force = {one.site: one.version for one in standing(at)}
    points = []
    for site in found:
        active = site_is_active(site.code, local_day(site, at))
        version = force.get(site.code)
        words = _("active") if active else _("not active: approval, contract and training")
        if active and version is None:
            words = _("active, but no version is in force: record the committee's approval")
        elif version is not None:
            words = _("%(words)s; works by version %(v)s") % {"words": words, "v": version.version}
        url = reverse("people:site", args=[site.code])
        points.append(Point(active and version is not None, f"{site.code} {site.name}", words, url))
    return points


def _list() -> Point:
    name, url = _("Sealed list"), reverse("allocation:list")
    if not Sealed.objects.exists():
        return Point(False, name, _("not registered: the unblinded statistician seals it"), url)
    try:
        opened = bool(ask("state")["open"])
    except StepRefused:
        opened = False
    if not opened:
        return Point(False, name, _("registered; the unblinded statistician opens the vault"), url)
    return Point(True, name, _("registered, and the vault is open"), url)


def _subjects(sites: list[str]) -> list[Point]:
    screened = Subject.objects.filter(site__code__in=sites).count()
    told = Allocation.objects.filter(subject__site__code__in=sites).count()
    return [
        Point(
            screened > 0, _("Screening"),
            _("%(n)d screened") % {"n": screened} if screened else _("add the first person"),
            reverse("subjects:list"),
        ),
        Point(
            told > 0, _("Randomisation"),
            _("%(n)d randomised") % {"n": told} if told else _("nobody yet"),
            reverse("allocation:list"),
        ),
    ]  # fmt: skip
