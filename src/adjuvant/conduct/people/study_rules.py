"""What the protocol says of people and sites, kept where permissions are asked.

The app `protocols` stands above this one: when it loads a version, it calls `keep_rules`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.people.models import StudyRules
from adjuvant.conduct.people.permission_table import ROLES

if TYPE_CHECKING:
    from adjuvant.protocol import Protocol

__all__ = ["NEVER", "Rules", "StudySite", "Task", "keep_rules", "rules_now"]

# No one person ever holds both, at whatever times: what was seen cannot be unseen.
NEVER: Final = frozenset(
    frozenset(("unblinded_statistician", other))
    for other in (
        "trial_statistician", "principal_investigator", "investigator", "nurse", "coordinator",
    )
)  # fmt: skip
# No one person holds both at the same time.
NOT_AT_ONCE: Final = frozenset({frozenset(("lab", "release_authority"))})


@dataclass(frozen=True)
class Task:
    """A task of the protocol that is delegated; some only to physicians."""

    id: str
    label: str
    physician: bool


@dataclass(frozen=True)
class StudySite:
    """A site as the protocol names it."""

    id: str
    name: str
    country: str


@dataclass(frozen=True)
class Rules:
    """What the version loaded last says of people.

    tasks_of       role -> ids of the tasks that it may be given; a role that is absent has none.
    not_at_once    pairs of roles that no one person holds at the same time.
    """

    version: str
    tasks: tuple[Task, ...]
    tasks_of: dict[str, tuple[str, ...]]
    not_at_once: frozenset[frozenset[str]]
    sites: tuple[StudySite, ...]

    def task(self, name: str) -> Task | None:
        """Return a task by its id."""
        return next((task for task in self.tasks if task.id == name), None)


def keep_rules(entry: Entry, protocol: "Protocol", *, at: datetime) -> StudyRules:
    """Keep tasks, roles and sites of a version that is being loaded, within that service."""
    row: StudyRules = entry.insert(
        StudyRules(
            version=protocol.trial.version,
            tasks=[
                {"id": task.id, "label": task.label, "physician": task.physician}
                for task in protocol.tasks
            ],
            roles=[
                {"id": role.id, "tasks": list(role.tasks), "never_with": list(role.never_with)}
                for role in protocol.roles
            ],
            sites=[
                {"id": site.id, "name": site.name, "country": site.country or ""}
                for site in protocol.trial.sites
            ],
            kept_at=at,
        )
    )
    return row


def rules_now() -> Rules:
    """Return the rules of the version loaded last; without one, those that hold in every trial."""
    row = StudyRules.objects.order_by("-id").first()
    if row is None:
        return Rules("", (), {}, NOT_AT_ONCE, ())
    pairs = {
        frozenset((role["id"], other))
        for role in row.roles
        for other in role["never_with"]
        if role["id"] in ROLES and other in ROLES
    }
    return Rules(
        row.version,
        tuple(Task(task["id"], task["label"], task["physician"]) for task in row.tasks),
        {role["id"]: tuple(role["tasks"]) for role in row.roles},
        NOT_AT_ONCE | pairs,
        tuple(StudySite(site["id"], site["name"], site["country"]) for site in row.sites),
    )
