"""The pages on which a form is filled, kept as a draft, checked field by field, corrected.

Without JavaScript everything works by sending the form; with it, each field is checked when it is
left, and what was typed is kept as a draft.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from adjuvant.conduct.people.pages import page
from adjuvant.conduct.protocols.answers import Checked, check_answers, raw_of
from adjuvant.conduct.protocols.queries import local_day
from adjuvant.conduct.protocols.questions import (
    FILE,
    newly_asked,
    notice_digest,
    questions,
    raw_from,
)
from adjuvant.conduct.protocols.typed import Raw, clean
from adjuvant.conduct.subjects.drafts import draft_of, drop_draft, keep_draft
from adjuvant.conduct.subjects.queries import known_values
from adjuvant.conduct.subjects.services import attach_file, correct_record, save_record
from adjuvant.conduct.subjects.sheets import Sheet, open_sheet
from adjuvant.conduct.subjects.views import subject_for
from adjuvant.core import StepRefused

__all__ = ["check", "correct", "discard", "fill"]

REASON_FIELD = "_reason"


@page("subjects.save_record")
def fill(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Fill a form that is not saved yet."""
    subject = subject_for(request, number, "subjects.save_record")
    sheet = open_sheet(subject, visit, form, repeat, timezone.now())
    if sheet.record is not None:
        return redirect("subjects:record", **sheet.address)
    if request.method == "POST":
        return _sent(request, sheet)
    draft = draft_of(request.actor.id, subject, visit, form, repeat)
    raw = {} if draft is None else draft.raw
    return _shown(request, sheet, raw, said=_typed(raw), draft=draft)


@page("subjects.correct_record")
def correct(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Correct a saved form, with a reason."""
    subject = subject_for(request, number, "subjects.correct_record")
    sheet = open_sheet(subject, visit, form, repeat, timezone.now())
    if sheet.record is None:
        return redirect("subjects:fill", **sheet.address)
    if request.method == "POST":
        return _sent(request, sheet)
    raw = raw_of(sheet.record.values, sheet.record.not_done)
    return _shown(request, sheet, raw, said=())


@page("subjects.save_record")
@require_POST
def check(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Keep what was typed as a draft; answer with the field, or all fields, as they now stand."""
    subject = subject_for(request, number, "subjects.save_record")
    now = timezone.now()
    sheet = open_sheet(subject, visit, form, repeat, now)
    raw = raw_from(sheet.form, request.POST.lists())
    if sheet.record is None:
        keep_draft(request.actor.id, subject, visit, form, repeat, raw, at=now)
    if "draft" in request.GET:
        address = reverse("subjects:check", kwargs=sheet.address)
        return render(request, "subjects/draft_state.html", {"kept_at": now, "check": address})
    touched = request.GET.get("item", "")
    context = _context(request, sheet, raw, _checked(sheet, raw, now), {*_typed(raw), touched})
    context |= {"kept_at": now if sheet.record is None else None}
    if request.htmx.target == "questions":
        return render(request, "subjects/checked_form.html", context)
    found = [q for q in context["questions"] if q.item.id == touched]
    context["q"] = found[0] if found else None
    return render(request, "subjects/checked_field.html", context)


@page("subjects.save_record")
@require_POST
def discard(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Throw one's own draft of a form away."""
    subject = subject_for(request, number, "subjects.save_record")
    drop_draft(request.actor.id, subject, visit, form, repeat)
    messages.success(request, _("The draft was thrown away."))
    return redirect("subjects:subject", number=number)


def _sent(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Answer a form that was sent: keep it, ask further, or say what stands in the way."""
    now = timezone.now()
    raw, faults = _with_files(request, sheet, now)
    step = request.POST.get("_step", "save")
    if step == "draft" and sheet.record is None:
        keep_draft(request.actor.id, sheet.subject, sheet.visit, sheet.form.id, sheet.repeat, raw,
                   at=now)  # fmt: skip
        messages.success(request, _("Kept as a draft. It is no data of the trial until you save."))
        return redirect("subjects:subject", number=sheet.subject.number)
    checked = _with_faults(_checked(sheet, raw, now), faults)
    if step == "refresh":
        return _shown(request, sheet, raw, said=_typed(raw))
    if newly_asked(sheet.form, checked, request.POST.getlist("_shown")):
        return _shown(request, sheet, raw, said=_typed(raw), more=True)
    if checked.refusals:
        return _shown(request, sheet, raw, errors=True, status=422, faults=faults)
    seen = notice_digest(checked)
    if seen and request.POST.get("_seen") != seen:
        return _shown(request, sheet, raw, notices=True, status=422)
    return _save(request, sheet, raw, now)


def _save(request: HttpRequest, sheet: Sheet, raw: dict[str, Raw], now: datetime) -> HttpResponse:
    if sheet.record is None:
        save_record(
            subject=sheet.subject.number, visit=sheet.visit, form=sheet.form.id,
            repeat=sheet.repeat, raw=raw, by=request.actor, at=now,
        )  # fmt: skip
        messages.success(request, _("%(form)s is saved.") % {"form": sheet.form.label})
        return redirect("subjects:record", **sheet.address)
    reason = request.POST.get(REASON_FIELD, "").strip()
    if not reason:
        return _shown(request, sheet, raw, errors=True, status=422, reason_missing=True)
    correct_record(
        record=sheet.record.pk, revision=int(request.POST.get("_revision") or 0), raw=raw,
        by=request.actor, at=now, reason=reason,
    )  # fmt: skip
    messages.success(request, _("%(form)s is corrected.") % {"form": sheet.form.label})
    return redirect("subjects:record", **sheet.address)


def _with_files(
    request: HttpRequest, sheet: Sheet, now: datetime
) -> tuple[dict[str, Raw], dict[str, str]]:
    """Return what was typed, and why a file that came along is not kept.

    A file that is kept is named by its digest, so that it need not be sent again with a page that
    comes back for another fault.
    """
    raw, faults = raw_from(sheet.form, request.POST.lists()), {}
    for item in sheet.form.items:
        sent = request.FILES.get(item.id + FILE)
        if item.type != "file" or sent is None:
            continue
        try:
            kept = attach_file(
                subject=sheet.subject.number, item=item.id, name=sent.name, content=sent.read(),
                by=request.actor, at=now,
            )  # fmt: skip
        except StepRefused as refusal:
            faults[item.id] = f"{item.label}: {refusal.why}; {refusal.remedy}."
        else:
            raw[item.id] = kept.sha256
    return raw, faults


def _with_faults(checked: Checked, faults: dict[str, str]) -> Checked:
    return replace(checked, refusals={**checked.refusals, **faults}) if faults else checked


def _checked(sheet: Sheet, raw: dict[str, Raw], now: datetime) -> Checked:
    known = known_values(sheet.subject, sheet.visit, sheet.form)
    return check_answers(sheet.form, raw, known, today=local_day(sheet.subject.site.code, now))


def _typed(raw: dict[str, Raw]) -> set[str]:
    """Return the items in which something stands: these may be complained about already."""
    return {name.removesuffix(".not_done").removesuffix(".reason") for name, text in raw.items()
            if clean(text)}  # fmt: skip


def _context(
    request: HttpRequest, sheet: Sheet, raw: dict[str, Raw], checked: Checked, said: Any
) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "questions": questions(sheet.form, raw, checked, said=said),
        "check": reverse("subjects:check", kwargs=sheet.address),
        "protocol_version": sheet.version,
    }


def _shown(
    request: HttpRequest, sheet: Sheet, raw: dict[str, Raw], *, said: Any = None,
    status: int = 200, errors: bool = False, notices: bool = False, reason_missing: bool = False,
    faults: dict[str, str] | None = None, **more: Any,
) -> HttpResponse:  # fmt: skip
    """Draw the page of a form with what was typed."""
    checked = _with_faults(_checked(sheet, raw, timezone.now()), faults or {})
    context = _context(request, sheet, raw, checked, said) | {
        "errors": errors and bool(checked.refusals),
        "notices": [*checked.warnings.values(), *checked.cleared.values()] if notices else [],
        "seen": notice_digest(checked) if notices else "",
        "leads": any(item.ask_if or item.calculated for item in sheet.form.items),
        "files": any(item.type == "file" for item in sheet.form.items),
        "reason": request.POST.get(REASON_FIELD, ""),
        "reason_missing": reason_missing,
        **more,
    }
    return render(request, "subjects/fill.html", context, status=status)
