"""Whether a line may be written into the delegation log; every reason against it, in words."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Delegation, Person, Site
from adjuvant.conduct.people.permission_table import CENTRAL_ROLES, ROLES, SITE_ROLES
from adjuvant.conduct.people.study_rules import NEVER, Rules
from adjuvant.core import StepRefused

__all__ = ["Line", "refuse_line", "same_human"]

PHYSICIANS = ("principal_investigator", "investigator")  # they sign eligibility, causality, death


@dataclass(frozen=True)
class Line:
    """A line as it is asked for; `site` None = the whole trial; `until` None = without end."""

    person: Person
    role: str
    site: Site | None
    tasks: tuple[str, ...]
    since: date
    until: date | None

    def overlaps(self, other: Delegation) -> bool:
        """Tell whether both hold on any one day."""
        begins_before_end = other.ends_on is None or self.since <= other.ends_on
        return begins_before_end and (self.until is None or other.starts_on <= self.until)


def refuse_line(line: Line, rules: Rules, *, today: date) -> None:
    """Refuse a line that the trial's rules do not allow; nothing is read but the log.

    Raises    StepRefused with the first reason.
    """
    _refuse_place(line)
    _refuse_days(line, today)
    _refuse_tasks(line, rules)
    _refuse_second(line)
    _refuse_pairs(line, rules)


def _what(line: Line) -> str:
    return _("%(name)s is not made %(role)s") % {
        "name": line.person.name,
        "role": ROLES.get(line.role, line.role).lower(),
    }


def _refuse_place(line: Line) -> None:
    if line.role not in ROLES:
        raise StepRefused(
            _what(line), _("there is no such role"), _("choose one of the permission table")
        )
    at_site = line.role in SITE_ROLES or line.role in ("principal_investigator", "monitor")
    if line.site is None and line.role not in CENTRAL_ROLES:
        raise StepRefused(_what(line), _("the role belongs to one site"), _("choose the site"))
    if line.site is not None and not at_site:
        raise StepRefused(
            _what(line), _("the role is one for the whole trial"), _("leave the site empty")
        )


def _refuse_days(line: Line, today: date) -> None:
    if line.since < today:
        raise StepRefused(
            _what(line),
            _("a delegation does not reach back (%(day)s is past)") % {"day": line.since},
            _("let it begin today or later"),
        )
    if line.until is not None and line.until < line.since:
        raise StepRefused(_what(line), _("it would end before it begins"), _("correct the days"))


def _refuse_tasks(line: Line, rules: Rules) -> None:
    if line.role in PHYSICIANS and not line.person.physician:
        raise StepRefused(
            _what(line),
            _("the role signs as a physician, and this person is not recorded as one"),
            _("correct the person's particulars if that is wrong, or choose another person"),
        )
    allowed = rules.tasks_of.get(line.role, ())
    for name in line.tasks:
        task = rules.task(name)
        if task is None or name not in allowed:
            raise StepRefused(
                _what(line),
                _("the protocol does not give the task %(task)s to this role") % {"task": name},
                _("choose among the tasks that the protocol names"),
            )
        if task.physician and not line.person.physician:
            raise StepRefused(
                _what(line),
                _("the task '%(task)s' is a physician's") % {"task": task.label},
                _("leave it out, or delegate it to a physician"),
            )
    if allowed and not line.tasks:
        raise StepRefused(
            _what(line), _("no task is chosen"), _("choose the tasks that are delegated")
        )


def _refuse_second(line: Line) -> None:
    """One line for one role at a time, and one principal investigator for a site."""
    same = Delegation.objects.filter(role=line.role, site=line.site).select_related("person")
    for other in same:
        if not line.overlaps(other):
            continue
        if other.person_id == line.person.pk:
            raise StepRefused(
                _what(line), _("this person holds the role at that time"),
                _("end that delegation first"),
            )  # fmt: skip
        if line.role == "principal_investigator":
            raise StepRefused(
                _what(line),
                _("%(name)s is principal investigator there") % {"name": other.person.name},
                _("end that appointment first; a site has one"),
            )


def _refuse_pairs(line: Line, rules: Rules) -> None:
    """Roles that no one person may hold: now, earlier or later, under whatever account."""
    for other in Delegation.objects.select_related("person"):
        pair = frozenset((line.role, other.role))
        never = pair in NEVER
        if not never and not (pair in rules.not_at_once and line.overlaps(other)):
            continue
        if same_human(line.person, other.person):
            words = ROLES.get(other.role, other.role).lower()
            raise StepRefused(
                _what(line),
                _("%(name)s (%(number)s) is or was %(role)s; the two are never one person")
                % {"name": other.person.name, "number": other.person.number, "role": words},
                _("choose another person; two people of one name are told apart by their name"),
            )


def same_human(one: Person, other: Person) -> bool:
    """Tell whether two entries may be one human being: same person, mailbox, account or name."""
    if one.pk == other.pk or one.mailbox == other.mailbox:
        return True
    if one.user_id is not None and one.user_id == other.user_id:
        return True
    return _plain(one.name) == _plain(other.name)


def _plain(name: str) -> str:
    """Return a printed name without case, punctuation or order of its parts."""
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))
