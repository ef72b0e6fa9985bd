"""On a training site every version is in force at once: there is no committee to ask."""

from django.conf import settings
from django.utils import timezone

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.models import Delegation, Site
from adjuvant.conduct.protocols.models import SiteApproval
from adjuvant.conduct.protocols.queries import latest_version, local_day
from adjuvant.conduct.protocols.services import approve_at_site
from adjuvant.core import StepRefused

__all__ = ["approve_in_training"]


def approve_in_training() -> int:
    """Put the newest version into force at every training site; return at how many it was not yet.

    Raises    StepRefused on a site for patients: there each committee decides.
    """
    if settings.MODE != "training":
        raise StepRefused(
            "no version is put into force", "this is not a training site", "record each approval"
        )
    newest, now, count = latest_version(), timezone.now(), 0
    keeper = Delegation.objects.filter(role="data_manager").select_related("person").first()
    if newest is None or keeper is None:
        return 0
    person = keeper.person
    by = Actor(person.number, person.name, person.organisation, source="training", proved_at=now)
    for site in Site.objects.order_by("code"):
        if not SiteApproval.objects.filter(site=site, version=newest).exists():
            approve_at_site(
                site=site.code, version=newest.version, approved_on=local_day(site.code, now),
                document="TRAINING approval", by=by, at=now, reason="TRAINING",
            )  # fmt: skip
            count += 1
    return count
