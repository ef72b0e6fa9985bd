"""The pages of `subjects`: the list, one subject, a record, its signature, a file."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.people.permission_table import ROLES
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.shown import both_times
from adjuvant.conduct.protocols.queries import in_force, latest_version, protocol_of, standing
from adjuvant.conduct.protocols.typed import in_words
from adjuvant.conduct.subjects.consent_due import consent_due
from adjuvant.conduct.subjects.drafts import drafts_of
from adjuvant.conduct.subjects.models import Attachment, Subject
from adjuvant.conduct.subjects.participation import left_from, reading_site
from adjuvant.conduct.subjects.queries import signature_states, subject_of
from adjuvant.conduct.subjects.services import (
    MEANING,
    add_subject,
    read_attachment,
    sign_record,
)
from adjuvant.conduct.subjects.sheets import Sheet, forms_of_subject, open_sheet

__all__ = ["add", "attachment", "list_subjects", "reconsent", "record", "sign", "subject"]

READING = ("subjects.view", "subjects.read_attachment")


def subject_for(request: HttpRequest, number: str, action: str) -> Subject:
    """Return a subject that this person may do something with; another site's is not there.

    Where she reads for an earlier site, `read_at` says so: that site's part alone is shown.
    """
    found = subject_of(number)
    if action in READING:
        found.read_at = reading_site(found, request.actor, action)
    else:
        require(request.actor, action, site=found.site.code)
    return found


def sites_for(request: HttpRequest, action: str) -> list[Site]:
    """Return the sites at which this person may do something."""
    seen = Site.objects.filter(code__in=request.sites).order_by("code")
    return [site for site in seen if request.may(action, site.code)]


@page("subjects.view")
def list_subjects(request: HttpRequest) -> HttpResponse:
    """Show the subjects of the sites that this person sees, and her own drafts."""
    codes = [site.code for site in sites_for(request, "subjects.view")]
    seen = Q(site__code__in=codes) | Q(pk__in=left_from(codes))
    found = Subject.objects.filter(seen).select_related("site")
    own, newest = drafts_of(request.actor.id), latest_version()
    forms = protocol_of(newest).forms if own and newest is not None else ()
    labels = {form.id: form.label for form in forms}
    context = {
        "subjects": found,
        "codes": codes,
        "drafts": [(draft, labels.get(draft.form, draft.form)) for draft in own],
        "keeps_identities": request.may("subjects.keep_identity"),
        "signs_transfers": request.may("subjects.sign_transfer"),
        "adds_at": sites_for(request, "subjects.add_subject"),
    }
    return render(request, "subjects/list.html", context)


@page("subjects.add_subject")
def add(request: HttpRequest) -> HttpResponse:
    """Give the next number of a site; the page says what the number is for before it is given."""
    if request.method == "POST":
        made = add_subject(site=request.POST.get("site", ""), by=request.actor, at=timezone.now())
        messages.success(request, _("%(number)s is added.") % {"number": made.number})
        return redirect("subjects:subject", number=made.number)
    return render(
        request, "subjects/add.html", {"sites": sites_for(request, "subjects.add_subject")}
    )


@page("subjects.view")
def subject(request: HttpRequest, number: str) -> HttpResponse:
    """Show one subject: every visit with its forms and where each stands."""
    found = subject_for(request, number, "subjects.view")
    version = in_force(found.site.code, timezone.now())
    context = {
        "subject": found,
        "visits": forms_of_subject(found, protocol_of(version), request.actor.id),
        "protocol_version": version.version,
        "fills": request.may("subjects.save_record", found.site.code),
    }
    return render(request, "subjects/subject.html", context)


@page("subjects.view")
def record(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Show a saved form: its values, what was not done, its signatures."""
    found = subject_for(request, number, "subjects.view")
    sheet = open_sheet(found, visit, form, repeat, timezone.now())
    if sheet.record is None:
        return redirect("subjects:fill", **sheet.address)
    site = found.site.code
    fills = request.may("subjects.save_record", site)
    context = {
        "sheet": sheet,
        "answers": _answers(sheet),
        "signatures": [
            (
                state,
                both_times(state.signature.signed_at, found.site.time_zone),
                ROLES.get(state.signature.role, state.signature.role),
            )
            for state in signature_states(sheet.record)
        ],
        "saved": both_times(sheet.record.saved_at, found.site.time_zone),
        "corrects": request.may("subjects.correct_record", site),
        "signs": request.may("subjects.sign_record", site) and not _signed(request, sheet),
        "history": _history(request, sheet.record.pk, site),
        "wanted": ROLES.get(sheet.form.signed_by or "", sheet.form.signed_by),
        "next_repeat": repeat + 1 if sheet.form.repeating and fills else None,
        "protocol_version": sheet.version,
    }
    return render(request, "subjects/record.html", context)


@page("subjects.sign_record", fresh=True)
def sign(request: HttpRequest, number: str, visit: str, form: str, repeat: int) -> HttpResponse:
    """Sign a record as it stands; who, what and meaning are read before."""
    found = subject_for(request, number, "subjects.sign_record")
    sheet = open_sheet(found, visit, form, repeat, timezone.now())
    if sheet.record is None:
        return redirect("subjects:fill", **sheet.address)
    if request.method == "POST":
        sign_record(
            record=sheet.record.pk, revision=int(request.POST.get("revision") or 0),
            by=request.actor, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("%(form)s is signed.") % {"form": sheet.form.label})
        return redirect("subjects:record", **sheet.address)
    context = {"sheet": sheet, "answers": _answers(sheet), "meaning": MEANING}
    return render(request, "subjects/sign.html", context)


@page("subjects.read_attachment")
def attachment(request: HttpRequest, number: str, digest: str) -> HttpResponse:
    """Hand out a file to be saved, never to be shown: no browser runs what it holds."""
    found = read_attachment(subject=number, digest=digest, by=request.actor, at=timezone.now())
    answer = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{_ascii(found)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@page("subjects.view")
def reconsent(request: HttpRequest) -> HttpResponse:
    """Show who is due for consent to the newest text, site by site."""
    now = timezone.now()
    codes = [site.code for site in sites_for(request, "subjects.view")]
    sites = [part for part in standing(now) if part.site in codes and part.version is not None]
    due = [(part, consent_due(part.site, now)) for part in sites]
    return render(request, "subjects/reconsent.html", {"due": due})


def _signed(request: HttpRequest, sheet: Sheet) -> bool:
    """Say whether this person signed the record as it stands."""
    assert sheet.record is not None
    states = signature_states(sheet.record)
    return any(s.holds and s.signature.signed_by == request.actor.id for s in states)


def _history(request: HttpRequest, record: int, site: str) -> str:
    """Return the address of a record's history in the trail, "" for who may not read it."""
    if not request.may("audit.view_history", site):
        return ""
    return reverse("audit:history", args=["subjects_record", record])


def _answers(sheet: Sheet) -> list[dict[str, object]]:
    """Return the record as rows: the question, its answer in words, what was warned about."""
    record = sheet.record
    assert record is not None
    files = {a.sha256: a for a in Attachment.objects.filter(subject=sheet.subject).defer("content")}
    rows: list[dict[str, object]] = []
    for item in sheet.form.items:
        value = record.values.get(item.id)
        if value is None and item.id not in record.not_done:
            continue
        rows.append(
            {
                "label": item.label,
                "words": "" if value is None else in_words(item, value),
                "not_done": record.not_done.get(item.id),
                "warning": record.warnings.get(item.id),
                "file": files.get(str(value)) if item.type == "file" else None,
            }
        )
    return rows


def _ascii(found: Attachment) -> str:
    """Return a file's name in ASCII, as every browser reads it in a header."""
    stem, dot, ending = found.name.rpartition(".")
    plain = stem.encode("ascii", "ignore").decode("ascii").strip() or found.sha256[:12]
    return f"{plain}{dot}{ending}"
