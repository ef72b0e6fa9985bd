"""The write door of `protocols`: versions, approvals by site, commitments of sealed lists."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.people.models import Site, SiteDocument
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.people.services import keep_document
from adjuvant.conduct.people.study_rules import keep_rules
from adjuvant.conduct.protocols.amendment import Amendment, amendment_of, plan_digest
from adjuvant.conduct.protocols.models import (
    Installation,
    ListCommitment,
    ProtocolVersion,
    SiteApproval,
    UnblindedLook,
)
from adjuvant.conduct.protocols.queries import in_force, latest_version, local_day, protocol_of
from adjuvant.conduct.protocols.signature import check_signature, refuse_unready, signature_file
from adjuvant.core import StepRefused
from adjuvant.protocol import ReadProtocol, read_protocol_text

if TYPE_CHECKING:
    from adjuvant.protocol import Protocol

__all__ = [
    "approve_at_site",
    "in_force",
    "load_file",
    "load_version",
    "note_unblinded_look",
    "protocol_of",
    "sign_sealed_list",
]

PLAN_MEANING = "I change the analysis plan after data by arm were seen"
LIST_MEANING = "I sealed the list of allocations with this commitment"


def load_file(file: Path) -> ProtocolVersion:
    """Load the protocol of the study folder if its text is new; what `adjuvant serve` does first.

    Returns   the version that stands in the database for this text.
    Raises    ProtocolError with its findings; StepRefused where the text may not become a version.
    """
    content = file.read_bytes()
    found = ProtocolVersion.objects.filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if found is not None:
        refuse_other_mode()
        return found
    beside = signature_file(file)
    signature = beside.read_text("utf-8") if beside.is_file() else ""
    loaded: ProtocolVersion = load_version(
        text=content.decode("utf-8"), signature=signature, by=SYSTEM, at=timezone.now(),
        reason=_("The file in the study folder"),
    )  # fmt: skip
    return loaded


def refuse_other_mode() -> None:
    """Refuse keys of one mode over a database of the other.

    Raises    StepRefused: training data never become production.
    """
    found = Installation.objects.filter(pk=1).first()
    if found is not None and found.mode != settings.MODE:
        raise StepRefused(
            _("this database is not opened for %(mode)s") % {"mode": settings.MODE},
            _("it was made for %(mode)s, and that never changes") % {"mode": found.mode},
            _("make a new study folder with a database of its own"),
        )


@service("protocols.load_version")
def load_version(
    *, text: str, signature: str = "", entry: Entry, by: Actor, at: datetime
) -> ProtocolVersion:
    """Load a text of the protocol as a new version; no table changes its shape for it.

    text        the whole file.
    signature   the text of the signature beside it; needed in production.
    Raises      ProtocolError with findings; StepRefused where the number of the version is used,
                a list that no longer fits was not sealed anew, or a plan that changes after data
                by arm were seen is not signed.
    """
    entry.by = require(by, "protocols.load_version")
    refuse_other_mode()
    read = read_protocol_text(text)
    # Versions are loaded one after the other; nothing else is locked after this.
    Head.objects.select_for_update().filter(pk=1).first()
    before = latest_version()
    _refuse_same(read, text)
    _refuse_other_trial(read, before)
    if settings.MODE == "production":
        refuse_unready(text.encode("utf-8"), "protocol.yaml")
        check_signature(text.encode("utf-8"), signature)
    amendment = amendment_of(before.text, text) if before is not None else None
    commitment = _commitment(read.protocol)
    if amendment is not None:
        refuse_old_list(amendment, commitment)
    after_look = bool(amendment and amendment.plan_changed and UnblindedLook.objects.exists())
    if after_look:
        require_proof(by, at)
        _refuse_unreasoned(entry)
        entry.meaning = PLAN_MEANING
    entry.protocol_version = read.protocol.trial.version
    if not Installation.objects.filter(pk=1).exists():
        entry.insert(Installation(mode=settings.MODE, made_at=at))
    version: ProtocolVersion = entry.insert(
        ProtocolVersion(
            position=1 if before is None else before.position + 1,
            version=read.protocol.trial.version,
            text=text,
            sha256=_digest(text),
            consent_version=newest_consent(read.protocol),
            plan_sha256=plan_digest(read),
            plan_after_look=after_look,
            list_commitment=commitment,
            signature=signature,
            loaded_at=at,
            loaded_by=by.id,
        )
    )
    keep_rules(entry, read.protocol, at=at)
    for line in amendment.in_words() if amendment is not None else ():
        entry.note("change", line)
    return version


@service("protocols.approve_at_site")
def approve_at_site(
    *, site: str, version: str, approved_on: date, document: str, entry: Entry, by: Actor,
    at: datetime,
) -> SiteApproval:  # fmt: skip
    """Write down that a site's committee approved a version: from that day the site works by it.

    document   number or title of the committee's letter.
    Raises     StepRefused for a day that lies ahead, a version that is older than the one in
               force, or one that is approved there already.
    """
    entry.by = require(by, "protocols.approve_at_site", site=site)
    entry.site, entry.protocol_version = site, version
    place = Site.objects.select_for_update().get(code=site)
    what = _("version %(version)s is not put into force at %(site)s")
    what = what % {"version": version, "site": site}
    chosen = ProtocolVersion.objects.filter(version=version).first()
    if chosen is None:
        raise StepRefused(what, _("it was not loaded"), _("load the protocol first"))
    if not document.strip():
        raise StepRefused(
            what, _("the letter of approval is not named"), _("give its number or title")
        )
    if approved_on > local_day(site, at):
        raise StepRefused(
            what, _("the approval lies in the future"), _("enter it once the letter is there")
        )
    for earlier in SiteApproval.objects.filter(site=place).select_related("version"):
        _refuse_order(what, earlier, chosen, approved_on)
    approval: SiteApproval = entry.insert(
        SiteApproval(
            site=place,
            version=chosen,
            approved_on=approved_on,
            document=document.strip(),
            recorded_at=at,
            recorded_by=by.id,
        )
    )
    _file_letter(entry, approval, by)
    return approval


@service("protocols.sign_sealed_list")
def sign_sealed_list(*, commitment: str, entry: Entry, by: Actor, at: datetime) -> ListCommitment:
    """Sign the commitment of a newly sealed list, so that a version may rest on it.

    The permission is the unblinded statistician's alone.
    """
    entry.by = require(by, "protocols.sign_sealed_list")
    require_proof(by, at)
    return record_commitment(entry, commitment, by=by, at=at)


def record_commitment(entry: Entry, commitment: str, *, by: Actor, at: datetime) -> ListCommitment:
    """Write the commitment of a sealed list within another service (`allocation` seals lists)."""
    digits = commitment.strip().lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise StepRefused(
            _("the commitment is not signed"),
            _("it is not a SHA-256 of 64 hexadecimal digits"),
            _("copy it from the output of 'adjuvant allocation seal'"),
        )
    if ListCommitment.objects.filter(commitment=digits).exists():
        raise StepRefused(
            _("the commitment is not signed"),
            _("it is signed already"),
            _("write it into randomisation.sealed.file_commitment of the protocol"),
        )
    entry.meaning = LIST_MEANING
    row: ListCommitment = entry.insert(
        ListCommitment(commitment=digits, signed_at=at, signed_by=by.id, meaning=LIST_MEANING)
    )
    return row


def note_unblinded_look(entry: Entry, what: str, *, at: datetime) -> None:
    """Write down, within another service, that data by arm were seen.

    From then on a change of the analysis plan asks for a signature and stays marked.
    """
    entry.insert(UnblindedLook(at=at, what=what[:200]))


def refuse_old_list(amendment: Amendment, commitment: str) -> None:
    """Refuse an amendment of arms, ratio, method or strata without a list sealed for it.

    Raises    StepRefused naming each change that the old list cannot serve.
    """
    if not amendment.list_changes:
        return
    moved = any("sealed" in change.path for change in amendment.list_changes)
    if moved and ListCommitment.objects.filter(commitment=commitment).exists():
        return
    changed = "; ".join(change.in_words() for change in amendment.list_changes)
    raise StepRefused(
        _("the amendment is not loaded"),
        _("it touches the allocation of patients (%(changed)s), and no new list was sealed for it")
        % {"changed": changed},
        _(
            "the unblinded statistician seals a new list and signs its commitment, which the file "
            "then names in randomisation.sealed.file_commitment"
        ),
    )


def newest_consent(protocol: "Protocol") -> str:
    """Return the newest version of the consent text that the file names; "" where it names none."""
    consent = protocol.governance.consent if protocol.governance is not None else None
    return consent.versions[-1].version if consent is not None and consent.versions else ""


def _file_letter(entry: Entry, approval: SiteApproval, by: Actor) -> None:
    """Put the committee's letter among the site's documents too, so that it is typed once."""
    letters = SiteDocument.objects.filter(site=approval.site, kind="ethics")
    if not letters.filter(version=approval.version.version).exists():
        keep_document(
            entry,
            approval.site,
            "ethics",
            dated=approval.approved_on,
            title=approval.document,
            version=approval.version.version,
            by=by,
            at=approval.recorded_at,
        )


def _refuse_same(read: ReadProtocol, text: str) -> None:
    number = read.protocol.trial.version
    what = _("version %(version)s is not loaded") % {"version": number}
    if ProtocolVersion.objects.filter(sha256=_digest(text)).exists():
        raise StepRefused(what, _("this very text is loaded already"), _("nothing needs doing"))
    if ProtocolVersion.objects.filter(version=number).exists():
        raise StepRefused(
            what,
            _("another text has that number"),
            _("give the amended file a new number in trial.version"),
        )


def _refuse_other_trial(read: ReadProtocol, before: ProtocolVersion | None) -> None:
    """Refuse the protocol of another trial: one site of one study holds one trial."""
    trial = read.protocol.trial.id
    if before is not None and protocol_of(before).trial.id != trial:
        raise StepRefused(
            _("version %(version)s is not loaded") % {"version": read.protocol.trial.version},
            _("it is the protocol of %(other)s, and this study is %(trial)s")
            % {"other": trial, "trial": protocol_of(before).trial.id},
            _("choose the amended file of this study; another trial has a study folder of its own"),
        )


def _refuse_unreasoned(entry: Entry) -> None:
    if not entry.reason.strip():
        raise StepRefused(
            _("the amendment is not loaded"),
            _("it changes the analysis plan after data by arm were seen"),
            _("give the reason; the results will be marked as changed after access to data"),
        )


def _refuse_order(
    what: str, earlier: SiteApproval, chosen: ProtocolVersion, approved_on: date
) -> None:
    if earlier.version_id == chosen.pk:
        raise StepRefused(
            what,
            _("the site approved it on %(day)s already") % {"day": earlier.approved_on},
            _("nothing needs doing"),
        )
    newer = earlier.version.position > chosen.position and earlier.approved_on <= approved_on
    older = earlier.version.position < chosen.position and earlier.approved_on > approved_on
    if newer or older:
        raise StepRefused(
            what,
            _("version %(other)s is in force there since %(day)s, in the wrong order")
            % {"other": earlier.version.version, "day": earlier.approved_on},
            _("check version and date of the approval"),
        )


def _commitment(protocol: "Protocol") -> str:
    sealed = protocol.randomisation.sealed
    return (sealed.file_commitment or "").lower() if sealed is not None else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
