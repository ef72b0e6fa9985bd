"""What still stands between a subject and its randomisation; each reason says what to do."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from adjuvant.conduct.audit.chain import canonical
from adjuvant.conduct.people.queries import site_is_active
from adjuvant.conduct.protocols.queries import in_force, local_day, protocol_of, since
from adjuvant.conduct.subjects.eligibility import (
    CriterionResult,
    check_eligibility,
    is_eligible,
)
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.models_enrolment import Eligibility
from adjuvant.conduct.subjects.participation import wristband_in_force
from adjuvant.core import StepRefused
from adjuvant.protocol import Protocol

__all__ = [
    "anchor_day",
    "consent_objections",
    "criteria",
    "decision_holds",
    "eligibility_digest",
    "objections_to_randomisation",
    "recorded_values",
]


def recorded_values(subject: Subject) -> dict[str, Any]:
    """Return item -> value over all records of screening; the newest answer of an item counts."""
    values: dict[str, Any] = {"site": subject.site.code}
    for record in subject.records.order_by("saved_at", "id"):
        values.update(record.values)
    return values


def criteria(subject: Subject, at: datetime) -> tuple[CriterionResult, ...]:
    """Return every criterion of the version in force at the subject's site, judged now."""
    protocol = protocol_of(in_force(subject.site.code, at))
    return check_eligibility(protocol, recorded_values(subject))


def eligibility_digest(results: tuple[CriterionResult, ...]) -> str:
    """Return the digest of every criterion's answer: what an investigator signs."""
    answers = [[r.id, r.rule, dict(r.values), r.passed] for r in results]
    return hashlib.sha256(canonical(answers).encode("utf-8")).hexdigest()


def decision_holds(
    decision: Eligibility | None, results: tuple[CriterionResult, ...], version: str
) -> bool:
    """Tell whether a signed decision still is about the record and the protocol as they stand."""
    if decision is None:
        return False
    return decision.digest == eligibility_digest(results) and decision.version == version


def objections_to_randomisation(subject: Subject, at: datetime) -> tuple[str, ...]:
    """Return every reason against randomising this subject now; empty when there is none."""
    if subject.status == "randomised":
        return (_("it is randomised: nobody is randomised twice"),)
    today = local_day(subject.site.code, at)
    try:
        version = in_force(subject.site.code, at)
    except StepRefused as refusal:
        return (f"{refusal.why}: {refusal.remedy}",)
    protocol = protocol_of(version)
    return (
        *_place(subject, today),
        *consent_objections(subject, at),
        *_identity(subject),
        *_eligible(subject, at, version.version),
        *_timing(subject, protocol, today),
    )


def _place(subject: Subject, today: date) -> Iterator[str]:
    if not site_is_active(subject.site.code, today):
        yield _("the site is not active: complete its checklist")
    if getattr(subject, "failure", None) is not None:
        yield _("it is a screening failure: nobody is randomised after that")
    newest = subject.withdrawals.order_by("-id").first()
    if newest is not None and "ends" in (newest.answers.get(p) for p in ("visits", "infusions")):
        yield _("consent was withdrawn")


def consent_objections(subject: Subject, at: datetime) -> Iterator[str]:
    """Yield what is wrong with the consent on record: signed, dated, of the version in force."""
    values = recorded_values(subject)
    signed, day = values.get("consent_signed"), values.get("consent_date")
    if signed != "yes" or not day:
        yield _("there is no signed consent: fill the consent form")
        return
    site, today = subject.site.code, local_day(subject.site.code, at)
    if date.fromisoformat(str(day)) > today:
        yield _("the consent is dated %(day)s, which lies ahead: correct the date") % {"day": day}
    version, first = in_force(site, at), since(site, at)
    needed = version.consent_version
    if needed and values.get("consent_version") != needed:
        yield _("the consent is of version %(had)s, version %(needed)s is in force since %(day)s: "
                "take consent again") % {
            "had": values.get("consent_version"), "needed": needed, "day": first,
        }  # fmt: skip


def _identity(subject: Subject) -> Iterator[str]:
    if wristband_in_force(subject) is None:
        yield _("no wristband is bound: two persons scan it")


def _eligible(subject: Subject, at: datetime, version: str) -> Iterator[str]:
    results = criteria(subject, at)
    if not is_eligible(results):
        yield from (result.sentence for result in results if not result.passed)
        return
    newest = subject.decisions.order_by("-id").first()
    if newest is None:
        yield _("eligibility is not signed: an investigator signs it")
    elif not decision_holds(newest, results, version):
        yield _("the record or the protocol changed after eligibility was signed: sign it again")


def _timing(subject: Subject, protocol: Protocol, today: date) -> Iterator[str]:
    timing = protocol.randomisation.timing
    if timing is None:
        return
    anchor = anchor_day(subject, timing.anchor)
    if anchor is None:
        yield _("the date of %(anchor)s is missing: enter it") % {"anchor": timing.anchor}
        return
    day = (today - anchor).days
    first, last = (length.calendar_days() for length in timing.window)
    if not first <= day <= last:
        yield _("today is day %(day)d after %(anchor)s; randomisation is allowed on days "
                "%(first)d to %(last)d") % {
            "day": day, "anchor": timing.anchor, "first": first, "last": last,
        }  # fmt: skip


def anchor_day(subject: Subject, anchor: str) -> date | None:
    """Return the day of an anchor such as surgery: the item `surgery_date` of any record."""
    day = recorded_values(subject).get(f"{anchor}_date")
    return date.fromisoformat(str(day)) if day else None
