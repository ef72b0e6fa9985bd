"""Whether a person may do an action at a site: the delegation log is asked, each time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.people.models import Delegation, SiteDocument, StudyRules
from adjuvant.conduct.people.permission_table import (
    ACTIONS,
    EVERYBODY,
    SITE_ROLES,
    SYSTEM_ACTIONS,
)
from adjuvant.core import AdjuvantError

__all__ = [
    "Held",
    "NotPermitted",
    "OtherSite",
    "carries",
    "held_by",
    "may",
    "may_somewhere",
    "require",
    "sites_of",
]


class NotPermitted(AdjuvantError):
    """No role of this person carries the action; the web answers 403."""

    def __init__(self, action: str) -> None:
        self.action = action
        words = ACTIONS[action].words if action in ACTIONS else action
        super().__init__(
            _("this is not yours to do (%(words)s): no delegation of yours covers it; ")
            % {"words": words}
            + _("ask the principal investigator of your site, or the data manager")
        )


class OtherSite(AdjuvantError):
    """The thing lies at a site that this person does not see; the web answers 404, as for none."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(_("there is no %(what)s here; check the number") % {"what": what})


@dataclass(frozen=True)
class Held:
    """A line of the log that holds now.

    site      code; None = the whole trial.
    tasks     ids of the tasks that were delegated with it.
    known     ids of all the tasks that the protocol in force has.
    trained   the site's file holds a training of the person, dated today or before.
    """

    role: str
    site: str | None
    tasks: frozenset[str]
    known: frozenset[str]
    trained: bool


def require(by: Actor, action: str, *, site: str | None = None) -> Actor:
    """Return the actor with the role from which the permission comes.

    site    code of the site where the thing lies; None = it concerns the whole trial.
    Raises  OtherSite where the person does not see that site at all, NotPermitted where no role of
            hers there carries the action (or its task is not delegated, or training is missing).
    """
    if by.id == SYSTEM.id:
        if action not in SYSTEM_ACTIONS:
            raise NotPermitted(action)
        return by
    held = held_by(by.id)
    if site is not None and not _sees(held, site):
        raise OtherSite(site)
    for line in held:
        if carries(line, action, site):
            return replace(by, role=line.role)
    raise NotPermitted(action)


def may(person: str, action: str, site: str | None) -> bool:
    """Tell whether a person (by number) may do an action at a site; None = for the whole trial."""
    return any(carries(line, action, site) for line in held_by(person))


def may_somewhere(held: Iterable[Held], action: str) -> bool:
    """Tell whether any of these lines carries the action at any site."""
    if action in EVERYBODY:
        return True
    return any(carries(line, action, line.site) for line in held)


def sites_of(held: Iterable[Held], codes: Iterable[str]) -> list[str]:
    """Return which of these sites are seen by who holds these lines."""
    lines = list(held)
    return [code for code in codes if _sees(lines, code)]


def held_by(person: str, at: datetime | None = None) -> list[Held]:
    """Return the lines of the log that hold for a person at an instant, now by default.

    A day begins and ends at the site's own midnight; for the whole trial, in UTC.
    """
    at = at or timezone.now()
    near = [at.date() - timedelta(days=1), at.date() + timedelta(days=1)]
    lines = (
        Delegation.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=near[0]), person__number=person, starts_on__lte=near[1]
        )
        .select_related("site")
        .annotate(trained_on=_FIRST_TRAINING)
    )
    found, known = [], _known_tasks()
    for line in lines:
        today = at.astimezone(ZoneInfo(line.site.time_zone) if line.site else UTC).date()
        revoked = line.revoked_at is not None and line.revoked_at <= at
        if line.in_effect(today) and not revoked:
            own = line.site is not None and _of_site(line.role)
            trained = not own or (line.trained_on or date.max) <= today
            code = line.site.code if line.site else None
            found.append(Held(line.role, code, frozenset(line.tasks), known, trained))
    return found


_FIRST_TRAINING = Subquery(
    SiteDocument.objects.filter(site=OuterRef("site"), kind="training", person=OuterRef("person"))
    .order_by("dated")
    .values("dated")[:1]
)


def _known_tasks() -> frozenset[str]:
    rules = StudyRules.objects.order_by("-id").values_list("tasks", flat=True).first()
    return frozenset(task["id"] for task in rules or ())


def _sees(held: Iterable[Held], site: str) -> bool:
    return any(line.site is None or line.site == site for line in held)


def carries(line: Held, action: str, site: str | None) -> bool:
    """Tell whether a line of the log carries an action at a site; None = for the whole trial.

    Raises  ValueError for an action that does not stand in the table.
    """
    if action not in ACTIONS:
        raise ValueError(f"the action {action!r} does not stand in permission_table.py")
    permission = ACTIONS[action]
    everywhere = line.role in permission.all
    if not everywhere and line.role not in permission.own:
        return False
    if line.site not in (None, site) and not (everywhere and site is None and _of_site(line.role)):
        # A line of one site opens nothing of another. Of the trial it opens what the table gives
        # to all sites (the protocol), if it is the site's own: a monitor of one site stays there.
        return False
    # A task that the protocol does not know cannot be delegated; there the role alone decides.
    tasks = line.known.intersection(permission.tasks)
    if tasks and not tasks & line.tasks:
        return False
    return line.trained or not _needs_training(action)


def _needs_training(action: str) -> bool:
    """Looking, and what makes a site ready, come before the training; all other work after it."""
    room, _, verb = action.partition(".")
    looks = verb.startswith(("view", "read"))
    return room != "people" and not looks and action != "protocols.approve_at_site"


def _of_site(role: str) -> bool:
    """Tell whether a role belongs to the people of a site, whose training the site files."""
    return role == "principal_investigator" or role in SITE_ROLES
