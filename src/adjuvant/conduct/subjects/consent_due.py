"""Who must consent again: the consent on record against the newest text in force at the site."""

from dataclasses import dataclass
from datetime import date, datetime

from adjuvant.conduct.protocols.queries import in_force, local_day, since
from adjuvant.conduct.subjects.models import Record, Subject

__all__ = ["ConsentDue", "consent_due"]

VERSION, DAY = "consent_version", "consent_date"  # items of the protocol's consent form
ENDED = ("screen_failure", "withdrawn", "dead", "completed")


@dataclass(frozen=True)
class ConsentDue:
    """A subject whose consent is of an earlier text than the one in force.

    consented   the newest version on record, "" where no consent is recorded
    needed      the version in force at the site, since when
    days        whole days since then
    overdue     seen since then (a form was saved) without a new consent: consent is due at the
                first contact after a new text is in force
    """

    subject: Subject
    consented: str
    consented_on: str
    needed: str
    since: date
    days: int
    overdue: bool


def consent_due(site: str, at: datetime) -> list[ConsentDue]:
    """Return the subjects of a site that are due for consent to the text in force, overdue first.

    Subjects who were never asked (no consent on record) are not among them: for them any consent
    is missing, which eligibility refuses.
    """
    version, first = in_force(site, at), since(site, at)
    needed = version.consent_version
    if not needed or first is None:
        return []
    found = []
    subjects = Subject.objects.filter(site__code=site).exclude(status__in=ENDED)
    for subject in subjects.select_related("site").prefetch_related("records"):
        consent = _newest(subject)
        if consent is not None and consent.values[VERSION] != needed:
            found.append(_due(subject, consent, needed, first, local_day(site, at)))
    return sorted(found, key=lambda due: (not due.overdue, due.subject.number))


def _newest(subject: Subject) -> Record | None:
    """Return the record of the latest consent by its own date, then by when it was saved."""
    consents = [r for r in subject.records.all() if VERSION in r.values]
    return max(consents, key=_order, default=None)


def _order(record: Record) -> tuple[str, datetime]:
    return str(record.values.get(DAY, "")), record.saved_at


def _due(subject: Subject, consent: Record, needed: str, first: date, today: date) -> ConsentDue:
    seen = any(
        local_day(subject.site.code, record.saved_at) >= first
        for record in subject.records.all()
        if VERSION not in record.values
    )
    values = consent.values
    days = (today - first).days
    return ConsentDue(
        subject, values[VERSION], str(values.get(DAY, "")), needed, first, days, overdue=seen
    )
