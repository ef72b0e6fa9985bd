"""Lines of the log and rows of the permission table, as pages and documents print them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from adjuvant.conduct.people.models import Delegation
from adjuvant.conduct.people.permission_table import ACTIONS, ROLES
from adjuvant.conduct.people.study_rules import rules_now

__all__ = ["Given", "LineShown", "both_times", "given_to", "shown_lines"]


HEAD = "principal_investigator"


@dataclass(frozen=True)
class LineShown:
    """A line of the log in words.

    state     "in effect", "not begun", "ended".
    signed    instant of the signature, in UTC and where the site is.
    by_former the principal investigator who signed it is so no more; the present one signs anew.
    """

    line: Delegation
    role: str
    tasks: tuple[str, ...]
    state: str
    signed: str
    signer_role: str
    by_former: bool


def shown_lines(lines: Any, sites: Sequence[str] | None) -> list[LineShown]:
    """Return lines of the log in words: of the whole trial and of these sites; None = of all."""
    labels = {task.id: task.label for task in rules_now().tasks}
    now = timezone.now()
    open_ends = Delegation.objects.filter(role=HEAD, revoked_at=None)
    open_ends = open_ends.filter(Q(ends_on=None) | Q(ends_on__gte=now.date()))
    heads = set(open_ends.values_list("site_id", "person__number"))
    found = []
    for line in lines.select_related("person", "site"):
        if sites is not None and line.site is not None and line.site.code not in sites:
            continue
        zone = line.site.time_zone if line.site else "UTC"
        found.append(
            LineShown(
                line,
                ROLES.get(line.role, line.role),
                tuple(labels.get(task, task) for task in line.tasks),
                _state(line, now, zone),
                both_times(line.signed_at, zone),
                ROLES.get(line.signed_role, ""),
                line.signed_role == HEAD and (line.site_id, line.signed_by) not in heads,
            )
        )
    return found


def both_times(at: datetime, zone: str) -> str:
    """Return an instant in UTC and in a time zone.

    >>> both_times(datetime(2026, 9, 1, 9, 0, tzinfo=UTC), "Asia/Tokyo")
    '2026-09-01 09:00 UTC (18:00 Asia/Tokyo)'
    """
    utc, local = at.astimezone(UTC), at.astimezone(ZoneInfo(zone))
    if zone == "UTC":
        return f"{utc:%Y-%m-%d %H:%M} UTC"
    day = "" if utc.date() == local.date() else f"{local:%Y-%m-%d} "
    return f"{utc:%Y-%m-%d %H:%M} UTC ({day}{local:%H:%M} {zone})"


def _state(line: Delegation, now: datetime, zone: str) -> str:
    today = now.astimezone(ZoneInfo(zone)).date()
    if line.revoked_at is not None and line.revoked_at <= now:
        return "ended"
    if line.starts_on > today:
        return "not begun"
    return "in effect" if line.in_effect(today) else "ended"


@dataclass(frozen=True)
class Given:
    """One action of a role: in words, everywhere or at the own site, and the tasks it needs."""

    action: str
    words: str
    everywhere: bool
    tasks: str


def given_to(role: str) -> list[Given]:
    """Return what a role may do, in the order of the permission table."""
    labels = {task.id: task.label for task in rules_now().tasks}
    found = []
    for action, permission in ACTIONS.items():
        if role in permission.own or role in permission.all:
            tasks = ", ".join(labels[task] for task in permission.tasks if task in labels)
            found.append(Given(action, permission.words, role in permission.all, tasks))
    return found
