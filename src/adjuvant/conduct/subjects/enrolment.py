"""The write door of enrolment: screening failure, wristband, eligibility, withdrawal, transfer."""

import json
from base64 import b64encode
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from adjuvant.cells import Binding, bind, wristband_code
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.people.queries import require_active_site
from adjuvant.conduct.protocols.queries import in_force, local_day, protocol_of
from adjuvant.conduct.subjects.eligibility import is_eligible
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.models_enrolment import (
    Eligibility,
    IdentityEntry,
    ScreenFailure,
    SiteKey,
    Transfer,
    TransferSignature,
    Withdrawal,
    Wristband,
    WristbandScan,
)
from adjuvant.conduct.subjects.queries import subject_of
from adjuvant.conduct.subjects.readiness import consent_objections, criteria, eligibility_digest
from adjuvant.core import StepRefused
from adjuvant.randomisation import Recipient, seal

__all__ = [
    "ask_transfer",
    "keep_identity",
    "read_identities",
    "record_screen_failure",
    "register_site_key",
    "scan_wristband",
    "sign_eligibility",
    "sign_transfer",
    "withdraw",
    "wristband_of",
]

REASONS = ("not_eligible", "declined", "other")


@service("subjects.record_screen_failure")
def record_screen_failure(
    *, subject: str, why: str, words: str, on: date, entry: Entry, by: Actor, at: datetime
) -> ScreenFailure:
    """Close the screening of a person who is not enrolled, with the reason for the log.

    why     not_eligible, declined or other; words say which other.
    """
    who = _about(entry, subject, by, "subjects.record_screen_failure", at)
    what = _("%(number)s is no screening failure") % {"number": who.number}
    if why not in REASONS or (why == "other" and not words.strip()):
        raise StepRefused(what, _("no reason is given"), _("choose a reason; say which other"))
    if who.status != "screening":
        raise StepRefused(
            what, _("it is: %(now)s") % {"now": who.status_words},
            _("only a screening is closed in this way; otherwise record a withdrawal"),
        )  # fmt: skip
    row: ScreenFailure = entry.insert(
        ScreenFailure(subject=who, reason=why, words=words, on=on, at=at, by_number=by.id)
    )
    entry.change(who, status="screen_failure")
    return row


@service("subjects.sign_eligibility")
def sign_eligibility(*, subject: str, entry: Entry, by: Actor, at: datetime) -> Eligibility:
    """Sign, as investigator, that every criterion of the version in force is met.

    Raises    StepRefused with every criterion that is not met or lacks a value; there is no waiver.
    """
    who = _about(entry, subject, by, "subjects.sign_eligibility", at)
    require_proof(by, at)
    results = criteria(who, at)
    if not is_eligible(results):
        raise StepRefused(
            _("eligibility of %(number)s is not signed") % {"number": who.number},
            "; ".join(result.sentence for result in results if not result.passed)
            or _("the protocol has no criteria"),
            _("complete or correct the record; no criterion is waived"),
        )
    entry.meaning = _("I confirm that %(number)s meets every criterion of version %(version)s") % {
        "number": who.number, "version": entry.protocol_version,
    }  # fmt: skip
    answers = [
        {"id": r.id, "rule": r.rule, "values": dict(r.values), "passed": r.passed} for r in results
    ]
    row: Eligibility = entry.insert(
        Eligibility(
            subject=who,
            version=entry.protocol_version,
            results=answers,
            digest=eligibility_digest(results),
            meaning=entry.meaning,
            signed_at=at,
            signed_by=by.id,
            name=by.name,
            role=entry.by.role,
        )
    )
    return row


def wristband_of(number: str) -> str:
    """Return the code of a hospital's number under this site's key; the number is not kept."""
    return wristband_code(bytes.fromhex(settings.SECRETS.wristbands), number)


@service("subjects.scan_wristband")
def scan_wristband(
    *, subject: str, scanned: str, entry: Entry, by: Actor, at: datetime
) -> Wristband | None:
    """Keep one person's scan; with an equal scan by another person it becomes the binding.

    scanned   the hospital's number as read; only its code is kept.
    Returns   the binding, None while the second person is awaited.
    Raises    StepRefused without consent, for scans that differ, a wristband of another subject,
              or a new binding without a reason.
    """
    who = _about(entry, subject, by, "subjects.scan_wristband", at)
    objections = list(consent_objections(who, at))
    if objections:
        raise StepRefused(
            _("no wristband is bound to %(number)s") % {"number": who.number},
            "; ".join(objections), _("consent comes first"),
        )  # fmt: skip
    code = wristband_of(scanned)
    bound = who.wristbands.order_by("-id").first()
    first = who.scans.filter(site=who.site.code).order_by("-id").first()
    scan = WristbandScan(subject=who, site=who.site.code, code=code, at=at, by_number=by.id)
    entry.insert(scan)
    waiting = first is not None and (bound is None or first.at > bound.at)
    if first is None or not waiting or first.by_number == by.id:
        _refuse_taken(who, code, by, at)
        return None
    made = bind(
        _bindings(), subject=who.number, site=who.site.code, codes=(first.code, code),
        by=first.by_number, second=by.id, at=at, reason=entry.reason or None,
    )  # fmt: skip
    row: Wristband = entry.insert(
        Wristband(
            subject=who,
            site=made.site,
            code=made.code,
            first=made.by,
            second=made.second,
            reason=made.reason or "",
            at=at,
        )
    )
    return row


def _refuse_taken(who: Subject, code: str, by: Actor, at: datetime) -> None:
    """Refuse, at the first scan already, a wristband that is bound to somebody else."""
    bind(
        tuple(b for b in _bindings() if b.subject != who.number), subject=who.number,
        site=who.site.code, codes=(code, code), by=by.id, second=f"{by.id}+", at=at,
    )  # fmt: skip


def _bindings() -> tuple[Binding, ...]:
    rows = Wristband.objects.select_related("subject").order_by("id")
    return tuple(
        Binding(r.subject.number, r.site, r.code, r.first, r.second, r.at, r.reason or None)
        for r in rows
    )


@service("subjects.register_site_key")
def register_site_key(
    *, site: str, name: str, recipient: str, entry: Entry, by: Actor, at: datetime
) -> SiteKey:
    """Register the public key to which the site's identity list is sealed from now on."""
    entry.by = require(by, "subjects.register_site_key", site=site)
    require_proof(by, at)
    entry.site = site
    if not name.strip():
        raise StepRefused(
            _("the key is not registered"), _("its holder is not named"),
            _("give both lines of the file ending in .pub: name and key"),
        )  # fmt: skip
    Recipient.parse(recipient, name)
    row: SiteKey = entry.insert(
        SiteKey(
            site=Site.objects.get(code=site),
            name=name,
            recipient=recipient,
            at=at,
            by_number=by.id,
        )
    )
    return row


@service("subjects.keep_identity")
def keep_identity(
    *, subject: str, identity: dict[str, str], entry: Entry, by: Actor, at: datetime
) -> IdentityEntry:
    """Seal who a subject is to the site's own key; neither audit trail nor server can read it.

    identity  such as name, birth date, telephone; never logged.
    """
    who = _about(entry, subject, by, "subjects.keep_identity", at)
    key = SiteKey.objects.filter(site=who.site).order_by("-id").first()
    if key is None:
        raise StepRefused(
            _("the identity is not kept"), _("the site has no key of its own"),
            _("the principal investigator registers one ('adjuvant key')"),
        )  # fmt: skip
    content = json.dumps({"subject": who.number, **identity}, ensure_ascii=False)
    envelope = seal(content.encode("utf-8"), [Recipient.parse(key.recipient, key.name)])
    row: IdentityEntry = entry.insert(
        IdentityEntry(subject=who, site=who.site.code, envelope=envelope, at=at, by_number=by.id)
    )
    return row


@service("subjects.read_identities")
def read_identities(*, site: str, entry: Entry, by: Actor, at: datetime) -> dict[str, Any]:
    """Return a site's identity list as it is sealed; who took it stands in the trail.

    Raises    StepRefused where nobody's identity is sealed.
    """
    entry.by = require(by, "subjects.read_identities", site=site)
    entry.site = site
    rows = IdentityEntry.objects.filter(site=site).select_related("subject").order_by("id")
    lines = [
        {
            "subject": row.subject.number,
            "at": row.at.isoformat(),
            "by": row.by_number,
            "envelope": b64encode(bytes(row.envelope)).decode("ascii"),
        }
        for row in rows
    ]
    if not lines:
        raise StepRefused(
            _("there is no list of %(site)s") % {"site": site}, _("nobody's identity is sealed"),
            _("register the site's key, then seal one"),
        )  # fmt: skip
    entry.note("lines", len(lines))
    return {"schema": "adjuvant/identity-list/1", "site": site, "lines": lines}


@service("subjects.withdraw")
def withdraw(
    *, subject: str, on: date, answers: dict[str, str], entry: Entry, by: Actor, at: datetime
) -> Withdrawal:
    """Record the five separate answers of a withdrawal; nothing collected before is touched.

    answers   each part of the protocol's withdrawal -> "continues" or "ends".
    """
    who = _about(entry, subject, by, "subjects.withdraw", at)
    what = _("the withdrawal of %(number)s is not recorded") % {"number": who.number}
    protocol = protocol_of(in_force(who.site.code, at))
    parts = protocol.withdrawal.parts if protocol.withdrawal else ()
    wrong = [part for part in parts if answers.get(part) not in ("continues", "ends")]
    if wrong or set(answers) - set(parts):
        raise StepRefused(
            what, _("not every question is answered: %(parts)s") % {"parts": ", ".join(wrong)},
            _("ask each one separately, and answer it with goes on or ends"),
        )  # fmt: skip
    if on > local_day(who.site.code, at):
        raise StepRefused(what, _("its day lies ahead"), _("enter the day on which it was said"))
    first = who.withdrawals.order_by("id").first()
    was = first.was if first and who.status == "withdrawn" else who.status
    row: Withdrawal = entry.insert(
        Withdrawal(
            subject=who,
            on=on,
            answers=answers,
            was=was,
            reason=entry.reason,
            at=at,
            by_number=by.id,
        )
    )
    if was in ("screening", "randomised"):
        entry.change(who, status="withdrawn" if answers.get("visits") == "ends" else was)
    return row


@service("subjects.ask_transfer")
def ask_transfer(
    *, subject: str, to_site: str, on: date, entry: Entry, by: Actor, at: datetime
) -> Transfer:
    """Ask for a subject to go on at another site; both principal investigators must sign."""
    who = _about(entry, subject, by, "subjects.ask_transfer", at)
    what = _("%(number)s is not transferred") % {"number": who.number}
    if to_site == who.site.code or not Site.objects.filter(code=to_site).exists():
        raise StepRefused(what, _("%(site)s is no other site") % {"site": to_site}, _("choose one"))
    if not entry.reason.strip():
        raise StepRefused(what, _("no reason is given"), _("say why the patient moves"))
    if any(row.signatures.count() < 2 for row in who.transfers.filter(from_site=who.site.code)):
        raise StepRefused(
            what, _("a transfer waits for its signatures already"), _("let both sides sign it")
        )
    in_force(to_site, at)  # refuses a site without an approved version
    require_active_site(to_site, local_day(to_site, at), what=what)
    row: Transfer = entry.insert(
        Transfer(
            subject=who,
            from_site=who.site.code,
            to_site=to_site,
            on=on,
            reason=entry.reason,
            at=at,
            by_number=by.id,
        )
    )
    return row


@service("subjects.sign_transfer")
def sign_transfer(*, transfer: int, side: str, entry: Entry, by: Actor, at: datetime) -> Any:
    """Sign one side of a transfer; with the second signature the subject's site changes."""
    asked = Transfer.objects.select_related("subject").get(pk=transfer)
    site = asked.from_site if side == "from" else asked.to_site
    entry.by = require(by, "subjects.sign_transfer", site=site)
    require_proof(by, at)
    who = subject_of(asked.subject.number, lock=True)  # both sides sign one after the other
    entry.site, entry.subject = site, who.number
    entry.protocol_version = in_force(site, at).version
    entry.meaning = _("I agree that %(number)s goes on at %(site)s from %(day)s") % {
        "number": who.number, "site": asked.to_site, "day": asked.on,
    }  # fmt: skip
    what = _("the transfer of %(number)s is not signed") % {"number": who.number}
    if asked.signatures.filter(side=side).exists():
        raise StepRefused(what, _("this side has signed"), _("wait for the other"))
    if asked.signatures.exists() and local_day(asked.to_site, at) < asked.on:
        # With this signature the subject's site changes: not before its day.
        raise StepRefused(
            what, _("it is from %(day)s on, which lies ahead") % {"day": asked.on},
            _("the second side signs on that day or later"),
        )  # fmt: skip
    row = entry.insert(
        TransferSignature(
            transfer=asked,
            side=side,
            meaning=entry.meaning,
            signed_at=at,
            signed_by=by.id,
            name=by.name,
        )
    )
    if asked.signatures.count() == 2:
        entry.change(who, site=Site.objects.get(code=asked.to_site))
    return row


def _about(entry: Entry, number: str, by: Actor, action: str, at: datetime) -> Subject:
    """Return the subject of a step, once this person may do it at the subject's site."""
    who = subject_of(number, lock=True)
    entry.by = require(by, action, site=who.site.code)
    entry.site, entry.subject = who.site.code, who.number
    entry.protocol_version = in_force(who.site.code, at).version
    return who
