"""The write door of `subjects`: numbers, filled forms, corrections, signatures, files."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from adjuvant.cells import subject_number
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.permissions import OtherSite, require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.people.queries import site_is_active
from adjuvant.conduct.protocols.answers import Checked, check_answers
from adjuvant.conduct.protocols.models import ProtocolVersion
from adjuvant.conduct.protocols.queries import in_force, local_day, protocol_of
from adjuvant.conduct.protocols.typed import Raw
from adjuvant.conduct.protocols.visits import form_at, form_of
from adjuvant.conduct.subjects.attachments import file_kind, safe_name
from adjuvant.conduct.subjects.drafts import drop_draft
from adjuvant.conduct.subjects.models import Attachment, Record, Signature, Subject
from adjuvant.conduct.subjects.participation import reading_site, refuse_after_withdrawal
from adjuvant.conduct.subjects.queries import known_values, record_digest, subject_of
from adjuvant.core import StepRefused
from adjuvant.protocol.model import Form

__all__ = [
    "MEANING",
    "add_subject",
    "attach_file",
    "correct_record",
    "new_subject",
    "read_attachment",
    "save_record",
    "sign_record",
]

MEANING = "I confirm that this record is complete and true to its source"


@service("subjects.add_subject")
def add_subject(*, site: str, entry: Entry, by: Actor, at: datetime) -> Subject:
    """Give the next number of a site to a person who is screened; no name is asked.

    Raises    StepRefused where the site is not active or works by no version yet.
    """
    entry.by = require(by, "subjects.add_subject", site=site)
    return new_subject(entry, site, by=by, at=at)


def new_subject(entry: Entry, site: str, *, by: Actor, at: datetime) -> Subject:
    """Write the next subject of a site within a service; numbers have no hole and no double."""
    entry.site = site
    version = in_force(site, at)
    entry.protocol_version = version.version
    # The row of the site is the lock of its counter.
    place = Site.objects.select_for_update().get(code=site)
    if not site_is_active(site, local_day(site, at)):
        raise StepRefused(
            _("no subject is added at %(site)s") % {"site": site},
            _("the site is not active"),
            _("complete ethics approval, contract and training on the site's page first"),
        )
    # Of those who were screened here, wherever they are followed now.
    last = Subject.objects.filter(number__startswith=f"{site}-").order_by("-sequence").first()
    sequence = 1 if last is None else last.sequence + 1
    number = subject_number(site, sequence)
    entry.subject = number
    subject: Subject = entry.insert(
        Subject(number=number, site=place, sequence=sequence, added_at=at, added_by=by.id)
    )
    return subject


@service("subjects.save_record")
def save_record(
    *, subject: str, visit: str, form: str, repeat: int = 1, raw: Mapping[str, Raw],
    entry: Entry, by: Actor, at: datetime,
) -> Record:  # fmt: skip
    """Save a filled form under the version of the protocol in force at the subject's site.

    raw       item -> text typed, as `protocols.answers.check_answers` reads it.
    Raises    StepRefused with the sentences of the fields that cannot be kept, where the form is
              not planned at the visit, or where it is saved already.
    """
    who = _open(entry, subject, by, "subjects.save_record")
    version = in_force(who.site.code, at)
    entry.protocol_version = version.version
    asked = form_at(protocol_of(version), visit, form, repeat)
    if Record.objects.filter(subject=who, visit=visit, form=form, repeat=repeat).exists():
        raise StepRefused(
            _("%(form)s is not saved") % {"form": asked.label},
            _("it is saved already for this visit"),
            _("open the record and correct it, with a reason"),
        )
    checked = _checked(who, asked, visit, raw, at)
    refuse_after_withdrawal(who, asked, visit, checked.values, at)
    record: Record = entry.insert(
        Record(
            subject=who,
            site=who.site.code,
            form=form,
            visit=visit,
            repeat=repeat,
            version=version.version,
            values=checked.values,
            not_done=checked.not_done,
            warnings=checked.warnings,
            saved_at=at,
            saved_by=by.id,
        )
    )
    drop_draft(by.id, who, visit, form, repeat)
    return record


@service("subjects.correct_record")
def correct_record(
    *, record: int, revision: int, raw: Mapping[str, Raw], entry: Entry, by: Actor, at: datetime
) -> Record:
    """Correct a saved form; the reason is asked, earlier values stay in the trail.

    revision  the one that the person saw.
    Raises    StepRefused without a reason, without a change, or where somebody else corrected it
              meanwhile.
    """
    found = _locked(entry, record, by, "subjects.correct_record")
    who = found.subject
    entry.protocol_version = found.version
    asked = form_of(protocol_of(ProtocolVersion.objects.get(version=found.version)), found.form)
    what = _("%(form)s is not corrected") % {"form": asked.label}
    if found.revision != revision:
        raise StepRefused(
            what, _("somebody else corrected it meanwhile"), _("open it again and look first")
        )
    if not entry.reason.strip():
        raise StepRefused(what, _("no reason is given"), _("say why the values change"))
    checked = _checked(who, asked, found.visit, raw, at)
    if (checked.values, checked.not_done) == (found.values, found.not_done):
        raise StepRefused(what, _("no value differs"), _("change a value, or leave the page"))
    refuse_after_withdrawal(who, asked, found.visit, checked.values, at, saved=True)
    entry.change(
        found, values=checked.values, not_done=checked.not_done, warnings=checked.warnings,
        revision=found.revision + 1,
    )  # fmt: skip
    drop_draft(by.id, who, found.visit, found.form, found.repeat)
    return found


@service("subjects.sign_record")
def sign_record(
    *, record: int, revision: int, meaning: str = MEANING, entry: Entry, by: Actor, at: datetime
) -> Signature:
    """Sign a record as it stands: printed name, instant, meaning and digest are kept.

    Raises    StepRefused where the record was corrected meanwhile, is signed so already, or the
              protocol wants another role; ProofNeeded without a recent proof of identity.
    """
    found = _locked(entry, record, by, "subjects.sign_record")
    require_proof(by, at)
    asked = form_of(protocol_of(ProtocolVersion.objects.get(version=found.version)), found.form)
    entry.protocol_version, entry.meaning = found.version, meaning
    what = _("%(form)s is not signed") % {"form": asked.label}
    if found.revision != revision:
        raise StepRefused(
            what, _("somebody corrected it meanwhile"), _("open it again and read it first")
        )
    _refuse_signer(asked, entry.by, what)
    old = found.signatures.filter(revision=revision, signed_by=by.id, meaning=meaning)
    if old.exists():
        raise StepRefused(what, _("you signed it already"), _("nothing needs doing"))
    signature: Signature = entry.insert(
        Signature(
            record=found,
            revision=revision,
            sha256=record_digest(found),
            meaning=meaning,
            signed_at=at,
            signed_by=by.id,
            name=by.name,
            role=entry.by.role,
        )
    )
    return signature


@service("subjects.attach_file")
def attach_file(
    *, subject: str, item: str, name: str, content: bytes, entry: Entry, by: Actor, at: datetime
) -> Attachment:
    """Keep a file for an item of the subject's forms; the same file is kept once.

    Raises    StepRefused for a kind that is not accepted, above 10 MB, or an item that takes none.
    """
    who = _open(entry, subject, by, "subjects.attach_file")
    version = in_force(who.site.code, at)
    entry.protocol_version = version.version
    items = (part for form in protocol_of(version).forms for part in form.items)
    if not any(part.id == item and part.type == "file" for part in items):
        raise StepRefused(
            _("the file is not attached"),
            _("the protocol has no place for it"),
            _("attach it in a form that asks for a file"),
        )
    kind = file_kind(content)
    digest = hashlib.sha256(content).hexdigest()
    entry.note("file", digest)
    kept = Attachment.objects.filter(subject=who, item=item, sha256=digest).first()
    if kept is not None:
        return kept
    row: Attachment = entry.insert(
        Attachment(
            subject=who,
            item=item,
            name=safe_name(name, kind),
            kind=kind,
            size=len(content),
            sha256=digest,
            content=content,
            added_at=at,
            added_by=by.id,
        )
    )
    return row


@service("subjects.read_attachment")
def read_attachment(
    *, subject: str, digest: str, entry: Entry, by: Actor, at: datetime
) -> Attachment:
    """Return a file of a subject; that it was read stands in the trail.

    Raises    StepRefused where the subject has no such file.
    """
    who = subject_of(subject)
    part = reading_site(who, by, "subjects.read_attachment")
    entry.by = require(by, "subjects.read_attachment", site=part or who.site.code)
    entry.site, entry.subject = part or who.site.code, who.number
    found = Attachment.objects.filter(subject=who, sha256=digest).first()
    if found is None or (part and not _named_at(who, part, digest)):
        raise StepRefused(
            _("the file cannot be opened"), _("this subject has none such"), _("go back")
        )
    entry.note("file", digest)
    return found


def _named_at(who: Subject, site: str, digest: str) -> bool:
    """Tell whether a record that was filled at this site names the file."""
    return any(digest in record.values.values() for record in who.records.filter(site=site))


def _open(entry: Entry, number: str, by: Actor, action: str) -> Subject:
    """Return a subject for a step by a person who may do it at the subject's site.

    Its row is the lock under which its forms are written, one after the other.
    """
    who = subject_of(number, lock=True)
    entry.by = require(by, action, site=who.site.code)
    entry.site, entry.subject = who.site.code, who.number
    return who


def _locked(entry: Entry, record: int, by: Actor, action: str) -> Record:
    """Return a record under its subject's lock, as it stands now."""
    number = Record.objects.filter(pk=record).values_list("subject__number", flat=True).first()
    if number is None:
        raise OtherSite(_("record"))
    who = _open(entry, number, by, action)
    found: Record = Record.objects.get(pk=record)
    found.subject = who
    return found


def _checked(
    who: Subject, asked: Form, visit: str, raw: Mapping[str, Raw], at: datetime
) -> Checked:
    """Return the answers once nothing in them is refused and every file is there."""
    known = known_values(who, visit, asked)
    checked = check_answers(asked, raw, known, today=local_day(who.site.code, at))
    refusals = list(checked.refusals.values())
    for item in asked.items:
        digest = checked.values.get(item.id)
        if item.type == "file" and digest is not None:
            kept = Attachment.objects.filter(subject=who, item=item.id, sha256=digest)
            if not kept.exists():
                refusals.append(f"{item.label}: " + _("the file did not arrive; attach it again."))
    if refusals:
        raise StepRefused(
            _("%(form)s is not saved") % {"form": asked.label},
            " ".join(refusals).rstrip("."),
            _("mend these answers and save again"),
        )
    return checked


def _refuse_signer(asked: Form, by: Actor, what: str) -> None:
    """Refuse a role that the form does not name; the principal investigator is one of hers."""
    if asked.signed_by is None or by.role == asked.signed_by:
        return
    if asked.signed_by == "investigator" and by.role == "principal_investigator":
        return
    raise StepRefused(
        what,
        _("the protocol wants the signature of the %(role)s")
        % {"role": asked.signed_by.replace("_", " ")},
        _("ask that person to sign"),
    )
