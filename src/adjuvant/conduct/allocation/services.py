"""The write door of allocation: seal registered, vault opened, patient randomised, what follows.

Locks, always in this order: the row of the sealed list, the row of the subject, then (when the
entry closes) the head of the audit trail. Nobody waits for anything else while holding them but
for the vault's answer.
"""

from datetime import date, datetime
from typing import Any

from adjuvant.conduct.allocation.models import (
    Allocation,
    Correction,
    Disclosure,
    InError,
    Sealed,
    Switch,
)
from adjuvant.conduct.allocation.queries import (
    current_list,
    levels_of,
    past_of,
    recruitment_closed,
)
from adjuvant.conduct.allocation.receipts import make_receipt
from adjuvant.conduct.allocation.restored import closed_after_restore
from adjuvant.conduct.allocation.vault_client import ask
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.anchors import after_commit
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.permissions import OtherSite, require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.protocols.models import ListCommitment
from adjuvant.conduct.protocols.queries import in_force, latest_version, protocol_of
from adjuvant.conduct.protocols.services import record_commitment
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.queries import subject_of
from adjuvant.conduct.subjects.readiness import objections_to_randomisation
from adjuvant.core import StepRefused
from adjuvant.randomisation import factors_of, recipients_of, stratum_name

__all__ = [
    "allocate",
    "correct_stratum",
    "disclose",
    "entered_status",
    "is_masked",
    "mark_randomised_in_error",
    "next_allocation",
    "open_vault",
    "randomise",
    "register_sealed_list",
    "sign_randomised_in_error",
    "switch_recruitment",
]

_STATE = ("totals", "overall", "scores", "drawn", "virtual")


@service("allocation.seal")
def register_sealed_list(
    *, commitment: str, envelope: bytes, entry: Entry, by: Actor, at: datetime
) -> Sealed:
    """Keep the envelope of a sealed list, and sign the digest that the protocol publishes.

    A list for an amendment is registered before the amended protocol is loaded.
    Raises StepRefused where the digest is registered already or is none; InvalidInput where the
    envelope is no envelope.
    """
    entry.by = require(by, "allocation.seal")
    require_proof(by, at)
    custodians = ", ".join(recipients_of(envelope))
    if Sealed.objects.filter(commitment=commitment).exists():
        raise StepRefused(
            "the list was not registered", "it is registered already", "nothing needs to be done"
        )
    if not ListCommitment.objects.filter(commitment=commitment).exists():
        record_commitment(entry, commitment, by=by, at=at)
    before, version = Sealed.objects.order_by("-pk").first(), latest_version()
    entry.protocol_version = version.version if version else ""
    entry.note("custodians", custodians)
    row = Sealed(
        commitment=commitment,
        envelope=envelope,
        replaces=before.commitment if before else "",
        protocol_version=entry.protocol_version,
        registered_at=at,
        registered_by=by.id,
    )
    entry.insert(row)
    return row


@service("allocation.unlock")
def open_vault(*, secret: str, name: str, entry: Entry, by: Actor, at: datetime) -> int:
    """Open every registered list in the vault with the private key of its custodian.

    The key is handed to the vault and kept nowhere. Returns how many lists were opened.
    """
    entry.by = require(by, "allocation.unlock")
    require_proof(by, at)
    lists = list(Sealed.objects.order_by("pk"))
    if not lists:
        raise StepRefused(
            "the vault was not opened", "no sealed list is registered", "register the list first"
        )
    for sealed in lists:
        envelope = bytes(sealed.envelope).hex()
        ask("open", commitment=sealed.commitment, envelope=envelope, secret=secret, name=name)
        entry.note("opened", sealed.commitment)
    return len(lists)


@service("allocation.randomise")
def randomise(
    subject: Subject, *, confirmed: dict[str, str], entry: Entry, by: Actor, at: datetime
) -> Allocation:
    """Allocate a subject to the next slot of its stratum; asked again, give the same answer.

    confirmed   the stratification factors as the person saw and confirmed them on the page.
    Raises StepRefused, and uses no slot, where the subject may not be randomised, recruitment is
    closed, the factors differ from the record's, the vault is locked or the stratum used up.
    """
    entry.by = require(by, "allocation.randomise", site=subject.site.code)
    require_proof(by, at)
    _about(entry, subject, at)
    sealed = current_list(subject.site.code, at)
    if sealed is None:
        raise StepRefused(
            f"{subject.number} was not randomised",
            "the sealed list that the protocol commits to is not registered",
            "the unblinded statistician registers it",
        )
    Sealed.objects.select_for_update().get(pk=sealed.pk)  # the lock; from here on, one by one
    subject = _as_it_stands(subject)
    told = Allocation.objects.filter(subject=subject).first()
    if told is not None:
        entry.note("told_again", told.number)
        return told
    _may_be_randomised(subject, confirmed, at)
    return allocate(subject, sealed, confirmed, entry=entry, by=entry.by, at=at)


def _as_it_stands(subject: Subject) -> Subject:
    """Return the subject under its lock: nobody corrects, withdraws or transfers it meanwhile.

    Raises OtherSite where it was transferred since the page was opened.
    """
    locked = subject_of(subject.number, lock=True)
    if locked.site_id != subject.site_id:
        raise OtherSite(subject.number)
    return locked


def entered_status(entry: Entry, subject: Subject) -> None:
    """Set the status of a subject that was screening; a withdrawal meanwhile stays in sight."""
    if subject.status == "screening":
        entry.change(subject, status="randomised")


def _may_be_randomised(subject: Subject, confirmed: dict[str, str], at: datetime) -> None:
    """Raise the first reason why this subject is not randomised now."""
    what = f"{subject.number} was not randomised"
    restored = closed_after_restore()
    if restored:
        raise StepRefused(
            what, f"randomisation is closed: {restored}", "ask the unblinded statistician"
        )
    closed = recruitment_closed(subject.site.code)
    if closed:
        raise StepRefused(what, f"recruitment is closed ({closed})", "no slot was used; wait")
    objections = objections_to_randomisation(subject, at)
    if objections:
        raise StepRefused(what, "; ".join(objections), "complete or correct the record first")
    levels = levels_of(subject, at)
    if levels != confirmed:
        changed = ", ".join(sorted(k for k in levels if levels[k] != confirmed.get(k)))
        raise StepRefused(
            what,
            f"the record changed while the page was open ({changed})",
            "look at the page again and confirm what it shows now",
        )


def allocate(
    subject: Subject, sealed: Sealed, levels: dict[str, str], *, entry: Entry, by: Actor,
    at: datetime,
) -> Allocation:  # fmt: skip
    """Ask the vault for the next slot and write the allocation; the list's lock must be held."""
    row = next_allocation(subject, sealed, levels, at)
    arm, row.allocated_at, row.by_number, row.by_name = row.arm, at, by.id, by.name
    row.arm = "" if is_masked(subject, at) else arm
    row.receipt = make_receipt(row)
    entry.insert(row)
    entered_status(entry, subject)
    # Before the answer is told: what was allocated is known outside the database too.
    after_commit("allocation")
    return row


def is_masked(subject: Subject, at: datetime) -> bool:
    """Return whether the trial hides the arm: then no row and no receipt holds it."""
    return bool(protocol_of(in_force(subject.site.code, at)).trial.blinding != "open_label")


def next_allocation(
    subject: Subject, sealed: Sealed, levels: dict[str, str], at: datetime
) -> Allocation:
    """Return the next allocation of a list for a subject, not written yet, its arm as told."""
    number = Allocation.objects.count() + 1
    protocol = protocol_of(in_force(subject.site.code, at))
    facts: dict[str, Any] = {"commitment": sealed.commitment, "subject": subject.number}
    if protocol.randomisation.method == "minimisation":
        answer = ask("minimise", levels=levels, past=past_of(sealed), **facts)
        stratum, slot = "minimisation", Allocation.objects.filter(sealed=sealed).count() + 1
    else:
        stratum = stratum_name(factors_of(protocol), levels)
        slot = Allocation.objects.filter(sealed=sealed, stratum=stratum).count() + 1
        answer = ask("tell", stratum=stratum, slot=slot, **facts)
    state = {name: answer[name] for name in _STATE if name in answer}
    return Allocation(
        number=number, subject=subject, sealed=sealed, stratum=stratum, slot=slot,
        arm=answer["arm"], levels=levels, state=state,
    )  # fmt: skip


@service("allocation.switch")
def switch_recruitment(*, site: str, open_: bool, entry: Entry, by: Actor, at: datetime) -> Switch:
    """Open or close recruitment at one site, or (site empty) at all of them."""
    entry.by = require(by, "allocation.switch", site=site or None)
    entry.site = site
    _asks_reason(entry, "recruitment was not switched")
    row = Switch(site=site, open=open_, reason=entry.reason, at=at, by_number=by.id)
    entry.insert(row)
    return row


@service("allocation.mark_in_error")
def mark_randomised_in_error(
    allocation: Allocation, *, found_on: date, entry: Entry, by: Actor, at: datetime
) -> InError:
    """Mark a subject as randomised in error; the slot stays used and the subject stays in ITT."""
    subject = allocation.subject
    entry.by = require(by, "allocation.mark_in_error", site=subject.site.code)
    _about(entry, subject, at)
    _asks_reason(entry, f"{subject.number} was not changed")
    if allocation.errors.filter(step="marked").exists():
        raise StepRefused(
            f"{subject.number} was not marked", "it is marked already", "the investigator signs"
        )
    row = InError(
        allocation=allocation, step="marked", found_on=found_on, reason=entry.reason, at=at,
        by_number=by.id,
    )  # fmt: skip
    entry.insert(row)
    return row


@service("allocation.sign_in_error")
def sign_randomised_in_error(
    allocation: Allocation, *, treat: bool, entry: Entry, by: Actor, at: datetime
) -> InError:
    """Sign, as investigator, that the subject was randomised in error, and whether to treat."""
    subject = allocation.subject
    entry.by = require(by, "allocation.sign_in_error", site=subject.site.code)
    require_proof(by, at)
    _about(entry, subject, at)
    _asks_reason(entry, f"{subject.number} was not changed")
    marked = allocation.errors.filter(step="marked").first()
    if marked is None:
        raise StepRefused(
            f"{subject.number} was not signed",
            "nobody marked it as randomised in error",
            "the coordinator marks it first, with date and reason",
        )
    words = "treat nevertheless" if treat else "do not treat"
    entry.meaning = f"I confirm that {subject.number} was randomised in error; {words}"
    row = InError(
        allocation=allocation, step="signed", treat=treat, found_on=marked.found_on,
        reason=entry.reason, at=at, by_number=by.id,
    )  # fmt: skip
    entry.insert(row)
    return row


@service("allocation.correct_stratum")
def correct_stratum(
    allocation: Allocation,
    *,
    factor: str,
    level: str,
    entry: Entry,
    by: Actor,
    at: datetime,
) -> Correction:
    """Keep the right level of a factor beside the stratum as randomised, which never changes."""
    subject = allocation.subject
    entry.by = require(by, "allocation.correct_stratum", site=subject.site.code)
    _about(entry, subject, at)
    _asks_reason(entry, f"{subject.number} was not changed")
    factors = {f.id: f.levels for f in factors_of(protocol_of(in_force(subject.site.code, at)))}
    if level not in factors.get(factor, ()):
        raise StepRefused(
            f"{factor} was not corrected",
            f"{level!r} is none of {', '.join(factors.get(factor, ())) or 'its levels'}",
            "choose one of the protocol's levels",
        )
    Sealed.objects.select_for_update().get(pk=allocation.sealed_id)
    row = Correction(
        allocation=allocation, factor=factor, level=level, reason=entry.reason, at=at,
        by_number=by.id,
        after=Allocation.objects.count(),
    )  # fmt: skip
    entry.insert(row)
    return row


@service("allocation.disclose")
def disclose(allocation: Allocation, *, entry: Entry, by: Actor, at: datetime) -> str:
    """Tell an investigator one subject's arm in a masked trial, in an emergency; return the arm.

    Nobody else is asked first. The reason is kept; the sponsor is told that it happened, not what.
    """
    subject = allocation.subject
    entry.by = require(by, "allocation.disclose", site=subject.site.code)
    require_proof(by, at)
    _about(entry, subject, at)
    _asks_reason(entry, f"the arm of {subject.number} was not disclosed")
    entry.insert(Disclosure(allocation=allocation, reason=entry.reason, at=at, by_number=by.id))
    if allocation.arm:
        return str(allocation.arm)
    facts = {"commitment": allocation.sealed.commitment, "subject": subject.number}
    answer = ask("disclose", stratum=allocation.stratum, slot=allocation.slot,
                 state=allocation.state, **facts)  # fmt: skip
    return str(answer["arm"])


def _asks_reason(entry: Entry, what: str) -> None:
    if not entry.reason.strip():
        raise StepRefused(what, "no reason is given", "say why")


def _about(entry: Entry, subject: Subject, at: datetime) -> None:
    """Say in the entry which subject, site and protocol version this is about."""
    entry.subject, entry.site = subject.number, subject.site.code
    entry.protocol_version = in_force(subject.site.code, at).version
