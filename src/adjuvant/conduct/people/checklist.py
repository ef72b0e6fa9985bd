"""What a site needs before it may work, and what of it is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Delegation, Person, Site, SiteDocument
from adjuvant.conduct.people.permission_table import SITE_ROLES

__all__ = ["Item", "checklist", "ready_from", "untrained"]


@dataclass(frozen=True)
class Item:
    """One thing that must be there.

    since    the day from which it is there; None = missing.
    kind     the paper that is to be recorded for it; "" = none is.
    person   number of who was trained.
    """

    what: str
    since: date | None
    detail: str
    kind: str = ""
    person: str = ""

    @property
    def done(self) -> bool:
        """Tell whether it is there."""
        return self.since is not None


def checklist(site: Site, on: date) -> list[Item]:
    """Return the things that a site needs, with the day from which each is there."""
    papers = list(SiteDocument.objects.filter(site=site).select_related("person"))
    lines = list(_lines(site, on))
    lead = next((line for line in lines if line.role == "principal_investigator"), None)
    items = [
        _paper(papers, "ethics", _("Ethics approval"), _("record the committee's letter")),
        _paper(papers, "contract", _("Contract with the sponsor"), _("record its date")),
        Item(
            _("Principal investigator"),
            lead.starts_on if lead else None,
            lead.person.name if lead else _("the data manager appoints one"),
        ),
    ]
    people = {line.person.number: line.person for line in lines}
    items += [_training(papers, people[number]) for number in sorted(people)]
    if not people:
        items.append(Item(_("Training"), None, _("nobody works here yet")))
    return items


def ready_from(items: Iterable[Item]) -> date | None:
    """Return the day from which all things are there; None while one is missing."""
    days = [item.since for item in items]
    if not days or None in days:
        return None
    return max(day for day in days if day is not None)


def untrained(site: Site, on: date) -> list[Person]:
    """Return who works at a site without a training in its file; nothing is permitted to them."""
    trained = SiteDocument.objects.filter(site=site, kind="training", dated__lte=on)
    known = set(trained.values_list("person_id", flat=True))
    people = {line.person.number: line.person for line in _lines(site, on)}
    return [person for person in people.values() if person.pk not in known]


def _lines(site: Site, on: date) -> Iterable[Delegation]:
    lines = Delegation.objects.filter(
        site=site, revoked_at=None, role__in=("principal_investigator", *SITE_ROLES)
    ).select_related("person")
    return [line for line in lines if line.ends_on is None or on <= line.ends_on]


def _paper(papers: list[SiteDocument], kind: str, words: str, missing: str) -> Item:
    found = next((paper for paper in papers if paper.kind == kind), None)
    if found is None:
        return Item(words, None, missing, kind)
    about = _("%(title)s, version %(version)s") if found.version else "%(title)s"
    return Item(words, found.dated, about % {"title": found.title, "version": found.version})


def _training(papers: list[SiteDocument], person: Person) -> Item:
    words = _("Training of %(name)s") % {"name": person.name}
    found = next((p for p in papers if p.kind == "training" and p.person_id == person.pk), None)
    if found is None:
        return Item(words, None, _("record the day of the training"), "training", person.number)
    return Item(words, found.dated, found.title)
