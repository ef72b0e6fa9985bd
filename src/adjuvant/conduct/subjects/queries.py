"""What is asked of `subjects`: who is there, what is known of them, which signatures still hold."""

import hashlib
from dataclasses import dataclass
from typing import Any

from adjuvant.conduct.audit.chain import canonical
from adjuvant.conduct.people.permissions import OtherSite
from adjuvant.conduct.subjects.models import Record, Signature, Subject
from adjuvant.protocol.model import Form

__all__ = ["SignatureState", "known_values", "record_digest", "signature_states", "subject_of"]


@dataclass(frozen=True)
class SignatureState:
    """A signature and whether the record still is what was signed."""

    signature: Signature
    holds: bool


def subject_of(number: str, *, lock: bool = False) -> Subject:
    """Return the subject with this number; `lock` holds its row to the end of the transaction.

    Raises    OtherSite (which a page answers like a subject of another site: nothing is here).
    """
    rows = Subject.objects.select_related("site").filter(number=number)
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise OtherSite(number)
    return found


def known_values(subject: Subject, visit: str, form: Form) -> dict[str, Any]:
    """Return what other forms say of a subject, for the conditions of a form at a visit.

    An item that was recorded at this visit counts first; one that was recorded once counts; one
    with several answers from other visits is unknown, for nobody can say which is meant.
    """
    own = {item.id for item in form.items}
    told: dict[str, list[tuple[str, Any]]] = {}
    for record in subject.records.exclude(form=form.id).order_by("id"):
        for name, value in record.values.items():
            if name not in own:
                told.setdefault(name, []).append((record.visit, value))
    known: dict[str, Any] = {"site": subject.site.code}
    for name, answers in told.items():
        here = [value for at, value in answers if at == visit] or [value for _, value in answers]
        if len(here) == 1:
            known[name] = here[0]
    return known


def record_digest(record: Record) -> str:
    """Return the SHA-256 of a record as it stands: what it is about, its revision, its values."""
    content = {
        "subject": record.subject.number, "form": record.form, "visit": record.visit,
        "repeat": record.repeat, "version": record.version, "revision": record.revision,
        "values": record.values, "not_done": record.not_done,
    }  # fmt: skip
    return hashlib.sha256(canonical(content).encode("utf-8")).hexdigest()


def signature_states(record: Record) -> list[SignatureState]:
    """Return the signatures under a record; one that a later change broke says so."""
    digest = record_digest(record)
    return [
        SignatureState(signature, signature.sha256 == digest)
        for signature in record.signatures.all()
    ]
