"""One form of one subject, found for a page: which version asks, what is saved, what is a draft."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adjuvant.conduct.people.permissions import OtherSite
from adjuvant.conduct.protocols.models import ProtocolVersion
from adjuvant.conduct.protocols.queries import in_force, protocol_of
from adjuvant.conduct.protocols.visits import PlannedVisit, form_at, form_of, planned_visits
from adjuvant.conduct.subjects.drafts import drafts_of
from adjuvant.conduct.subjects.models import Record, Subject
from adjuvant.conduct.subjects.queries import signature_states
from adjuvant.protocol import Protocol
from adjuvant.protocol.model import Form

__all__ = ["Row", "Sheet", "forms_of_subject", "open_sheet"]


@dataclass(frozen=True)
class Sheet:
    """A form of a subject at a visit.

    version   the protocol under which it is asked: of the record once saved, else that in force
    record    what is saved; None before
    """

    subject: Subject
    form: Form
    visit: str
    visit_label: str
    repeat: int
    version: str
    record: Record | None

    @property
    def address(self) -> dict[str, Any]:
        """The parts of the sheet's address."""
        return {
            "number": self.subject.number,
            "visit": self.visit,
            "form": self.form.id,
            "repeat": self.repeat,
        }


@dataclass(frozen=True)
class Row:
    """One form in the list of a subject: where it stands.

    state   empty | draft | saved | signed | broken
    """

    form: Form
    visit: str
    repeat: int
    state: str
    record: Record | None = None


def open_sheet(subject: Subject, visit: str, form: str, repeat: int, at: datetime) -> Sheet:
    """Return a form of a subject at a visit.

    Raises    StepRefused where the site works by no version, or the version plans no such form;
              OtherSite for what was not filled at the site whose part alone is read.
    """
    record = Record.objects.filter(
        subject=subject, visit=visit, form=form, repeat=repeat
    ).first()  # fmt: skip
    if subject.read_at and (record is None or record.site != subject.read_at):
        raise OtherSite(subject.number)
    if record is None:
        version = in_force(subject.site.code, at)
        protocol = protocol_of(version)
        asked = form_at(protocol, visit, form, repeat)
    else:
        record.subject = subject
        version = ProtocolVersion.objects.get(version=record.version)
        protocol = protocol_of(version)
        asked = form_of(protocol, form)
    label = _label(protocol, visit)
    return Sheet(subject, asked, visit, label, repeat, version.version, record)


def forms_of_subject(
    subject: Subject, protocol: Protocol, person: str, arm: str | None = None
) -> list[tuple[str, str, list[Row]]]:
    """Return each visit (code, label) with its forms: those that are planned and those saved.

    A form that was saved under an earlier version stays in the list, whatever the plan says now.
    Of a series of visits those that are begun are listed, and the next one.
    """
    saved = {
        (r.visit, r.form, r.repeat): r
        for r in subject.records.prefetch_related("signatures").order_by("repeat")
        if subject.read_at in ("", r.site)
    }
    drafts = {(d.visit, d.form, d.repeat) for d in drafts_of(person, subject)}
    listed: list[tuple[str, str, list[Row]]] = []
    begun = {key[0] for key in (*saved, *drafts)}
    for visit in planned_visits(protocol):
        if not _is_next(visit, begun):
            continue
        forms = visit.forms_of(arm)
        rows = [
            row for form in forms for row in _rows(form, visit.code, saved, drafts)
        ]  # fmt: skip
        if subject.read_at:
            rows = [row for row in rows if row.record is not None]
        if rows:
            listed.append((visit.code, visit.label, rows))
    shown = {(row.visit, row.form.id, row.repeat) for _code, _label, rows in listed for row in rows}
    left = [record for key, record in saved.items() if key not in shown]
    if left:
        listed.append(("earlier", "", [_row_of(record) for record in left]))
    return listed


def _is_next(visit: PlannedVisit, begun: set[str]) -> bool:
    """Say whether a visit stands alone, or is begun in its series, or is the next after those."""
    if visit.code == visit.visit:
        return True
    prefix = f"{visit.visit}-"
    numbers = [code.removeprefix(prefix) for code in begun if code.startswith(prefix)]
    last = max((int(number) for number in numbers if number.isdigit()), default=0)
    return int(visit.code.removeprefix(prefix)) <= last + 1


def _rows(
    form: Form, visit: str, saved: dict[tuple[str, str, int], Record],
    drafts: set[tuple[str, str, int]],
) -> list[Row]:  # fmt: skip
    repeats = [r for v, f, r in saved if (v, f) == (visit, form.id)]
    begun = [r for v, f, r in drafts if (v, f) == (visit, form.id)]
    count = max([1, *repeats, *begun])
    return [
        Row(form, visit, n, _state((visit, form.id, n), saved, drafts),
            saved.get((visit, form.id, n)))
        for n in range(1, count + 1)
    ]  # fmt: skip


def _state(
    key: tuple[str, str, int], saved: dict[tuple[str, str, int], Record],
    drafts: set[tuple[str, str, int]],
) -> str:  # fmt: skip
    record = saved.get(key)
    if record is None:
        return "draft" if key in drafts else "empty"
    return record_state(record)


def record_state(record: Record) -> str:
    """Return saved, signed, or broken: every signature was broken by a later change."""
    states = signature_states(record)
    if any(state.holds for state in states):
        return "signed"
    return "broken" if states else "saved"


def _row_of(record: Record) -> Row:
    version = ProtocolVersion.objects.get(version=record.version)
    form = form_of(protocol_of(version), record.form)
    return Row(form, record.visit, record.repeat, record_state(record), record)


def _label(protocol: Protocol, visit: str) -> str:
    found = (part.label for part in planned_visits(protocol) if part.code == visit)
    return next(found, visit)
