"""What is asked of `protocols`: which version is in force where, and what changed between two."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Site
from adjuvant.conduct.protocols.amendment import amendment_of
from adjuvant.conduct.protocols.models import ProtocolVersion, SiteApproval
from adjuvant.core import StepRefused
from adjuvant.protocol import Protocol, read_protocol_text

__all__ = [
    "InForce",
    "diff_in_words",
    "in_force",
    "latest_version",
    "local_day",
    "protocol_of",
    "since",
    "standing",
]


@dataclass(frozen=True)
class InForce:
    """One site and the version it works by on a day; None where it works by none yet."""

    site: str
    name: str
    version: ProtocolVersion | None
    since: date | None


def latest_version() -> ProtocolVersion | None:
    """Return the version loaded last, None before the first."""
    return ProtocolVersion.objects.order_by("-position").first()


def in_force(site: str, on: date | datetime) -> ProtocolVersion:
    """Return the version by which a site works on a day (or at an instant, in its local time).

    Raises    StepRefused where the site has approved none by then.
    """
    approval = _approval(site, on)
    if approval is None:
        raise StepRefused(
            _("nothing can be entered at %(site)s") % {"site": site},
            _("no version of the protocol is in force there"),
            _("record the approval of the site's ethics committee on the protocol page"),
        )
    return approval.version


def since(site: str, on: date | datetime) -> date | None:
    """Return the day from which the version in force at a site is in force."""
    approval = _approval(site, on)
    return None if approval is None else approval.approved_on


def standing(on: date | datetime) -> tuple[InForce, ...]:
    """Return for every site the version in force."""
    found = []
    for site in Site.objects.order_by("code"):
        approval = _approval(site.code, on)
        version = None if approval is None else approval.version
        day = None if approval is None else approval.approved_on
        found.append(InForce(site.code, site.name, version, day))
    return tuple(found)


def protocol_of(version: ProtocolVersion) -> Protocol:
    """Return the protocol that a version's text describes; read once in the life of the process."""
    return _read(version.sha256, version.text)


def diff_in_words(before: ProtocolVersion, after: ProtocolVersion) -> tuple[str, ...]:
    """Return what changed from one version to another, one sentence a change."""
    return amendment_of(before.text, after.text).in_words()


def local_day(site: str, at: date | datetime) -> date:
    """Return the calendar day of an instant in a site's own time zone; a day is returned as it is.

    Source    a patient's day is that of the place where she is.
    """
    if not isinstance(at, datetime):
        return at
    zone = Site.objects.values_list("time_zone", flat=True).get(code=site)
    return at.astimezone(ZoneInfo(zone)).date()


def _approval(site: str, on: date | datetime) -> SiteApproval | None:
    return (
        SiteApproval.objects.filter(site__code=site, approved_on__lte=local_day(site, on))
        .select_related("version")
        .order_by("-approved_on", "-version__position")
        .first()
    )


@lru_cache(maxsize=32)
def _read(_sha256: str, text: str) -> Protocol:
    return read_protocol_text(text).protocol
