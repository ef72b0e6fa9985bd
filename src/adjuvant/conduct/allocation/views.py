"""The pages of allocation: who was allocated, the confirmation, the answer, what goes wrong.

No page counts arms: a count by site or stratum would let who enrols guess the next assignment.
"""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.allocation import services
from adjuvant.conduct.allocation.models import Allocation, Switch
from adjuvant.conduct.allocation.notices import send_receipt, tell_of_disclosure
from adjuvant.conduct.allocation.queries import levels_of, recruitment_closed
from adjuvant.conduct.allocation.receipt_pdf import receipt_pdf
from adjuvant.conduct.allocation.receipts import read_receipt
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.shown import both_times
from adjuvant.conduct.protocols.queries import in_force, protocol_of
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.queries import subject_of
from adjuvant.conduct.subjects.readiness import objections_to_randomisation
from adjuvant.core import StepRefused
from adjuvant.protocol import Protocol

__all__ = [
    "allocations",
    "answer",
    "disclosure",
    "in_error",
    "randomise",
    "receipt",
    "recruitment",
    "stratum",
]


def _subject(request: HttpRequest, number: str, action: str) -> Subject:
    """Return a subject that this person may do something with; another site's is not there."""
    found = subject_of(number)
    require(request.actor, action, site=found.site.code)
    return found


def _protocol(subject: Subject) -> Protocol:
    return protocol_of(in_force(subject.site.code, timezone.now()))


@page("allocation.view")
def allocations(request: HttpRequest) -> HttpResponse:
    """Show who was allocated at the sites that this person sees; the arm is on each one's page."""
    sites = [code for code in request.sites if request.may("allocation.view", code)]
    found = Allocation.objects.filter(subject__site__code__in=sites).select_related("subject__site")
    context = {
        "allocations": found.order_by("-number"),
        "closed": {code: recruitment_closed(code) for code in sites if recruitment_closed(code)},
        "switches": request.may("allocation.switch"),
        "keeps": request.may("allocation.unlock"),
    }
    return render(request, "allocation/list.html", context)


@page("allocation.randomise", fresh=True)
def randomise(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the allocation rests on; when it is confirmed, ask for the allocation."""
    subject = _subject(request, number, "allocation.randomise")
    if Allocation.objects.filter(subject=subject).exists():
        return redirect("allocation:answer", number=number)
    now = timezone.now()
    protocol = _protocol(subject)
    if request.method == "POST":
        factors = [factor.id for factor in protocol.randomisation.strata]
        confirmed = {name: request.POST.get(f"level.{name}", "") for name in factors}
        told = services.randomise(subject, confirmed=confirmed, by=request.actor, at=now)
        if told.allocated_at == now and not send_receipt(told):
            messages.warning(request, _("The receipt could not be mailed: download it here."))
        return redirect("allocation:answer", number=number)
    objections, levels = list(objections_to_randomisation(subject, now)), []
    closed = recruitment_closed(subject.site.code)
    if closed:
        objections.insert(0, _("recruitment is closed (%(why)s)") % {"why": closed})
    if not objections:
        levels = _shown_levels(subject, protocol)
    context = {"subject": subject, "objections": objections, "levels": levels}
    return render(request, "allocation/randomise.html", context)


def _shown_levels(subject: Subject, protocol: Protocol) -> list[tuple[str, str, str]]:
    known = levels_of(subject, timezone.now())
    labels = {factor.id: factor.label or factor.id for factor in protocol.randomisation.strata}
    return [(name, labels[name], level) for name, level in known.items()]


@page("allocation.view")
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Show one subject's allocation with its receipt and what follows."""
    subject = _subject(request, number, "allocation.view")
    row = Allocation.objects.filter(subject=subject).first()
    if row is None:
        return redirect("subjects:subject", number=number)
    arm = next((a for a in _protocol(subject).arms if a.id == row.arm), None)
    error = row.errors.order_by("-pk").first()
    context = {
        "subject": subject,
        "row": row,
        "arm": arm,
        "when": both_times(row.allocated_at, subject.site.time_zone),
        "error": error,
        "corrections": row.corrections.order_by("pk"),
        "marks": request.may("allocation.mark_in_error", subject.site.code),
        "signs": request.may("allocation.sign_in_error", subject.site.code),
        "corrects": request.may("allocation.correct_stratum", subject.site.code),
        "discloses": not row.arm and request.may("allocation.disclose", subject.site.code),
    }
    return render(request, "allocation/answer.html", context)


@page("allocation.view")
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the signed receipt of one allocation as two lines of text."""
    subject = _subject(request, number, "allocation.view")
    row = Allocation.objects.filter(subject=subject).first()
    if row is None:
        return redirect("subjects:subject", number=number)
    if "pdf" in request.GET:
        arm = next((a for a in _protocol(subject).arms if a.id == row.arm), None)
        page_ = receipt_pdf(read_receipt(row.receipt), row.receipt, arm.label if arm else row.arm)
        pdf = HttpResponse(page_, content_type="application/pdf")
        pdf["Content-Disposition"] = f'attachment; filename="receipt-{number}.pdf"'
        return pdf
    found = HttpResponse(f"{row.receipt}\n", content_type="text/plain; charset=utf-8")
    found["Content-Disposition"] = f'attachment; filename="receipt-{number}.txt"'
    return found


@page("allocation.switch")
def recruitment(request: HttpRequest) -> HttpResponse:
    """Close or open recruitment at one site or at all; the next request already obeys."""
    if request.method == "POST":
        site = request.POST.get("site", "")
        opened = request.POST.get("open") == "yes"
        services.switch_recruitment(
            site=site, open_=opened, reason=request.POST.get("reason", ""), by=request.actor,
            at=timezone.now(),
        )  # fmt: skip
        words = _("Recruitment is open.") if opened else _("Recruitment is closed.")
        messages.success(request, words)
        return redirect("allocation:recruitment")
    places = [code for code in request.sites if request.may("allocation.switch", code)]
    everywhere = any(line.site is None and line.role == "data_manager" for line in request.held)
    context = {
        "places": [(code, recruitment_closed(code)) for code in places],
        "everywhere": everywhere,
        "closed_all": recruitment_closed(""),
        "switches": Switch.objects.order_by("-pk")[:20],
    }
    return render(request, "allocation/recruitment.html", context)


@page("allocation.view")
def in_error(request: HttpRequest, number: str) -> HttpResponse:
    """Mark a subject as randomised in error, or sign it as investigator."""
    subject = _subject(request, number, "allocation.view")
    row = Allocation.objects.filter(subject=subject).first()
    if row is None:
        return redirect("subjects:subject", number=number)
    if request.method == "POST":
        _write_in_error(request, row)
        messages.success(request, _("It is written down; the slot stays used."))
        return redirect("allocation:answer", number=number)
    context = {
        "subject": subject,
        "marked": row.errors.filter(step="marked").first(),
        "today": timezone.localdate(),
    }
    return render(request, "allocation/in_error.html", context)


def _write_in_error(request: HttpRequest, row: Allocation) -> None:
    common = {"reason": request.POST.get("reason", ""), "by": request.actor, "at": timezone.now()}
    if request.POST.get("step") == "sign":
        treat = request.POST.get("treat")
        if treat not in ("yes", "no"):
            raise StepRefused(
                _("nothing was signed"), _("treat or not is not answered"), _("choose one")
            )
        services.sign_randomised_in_error(row, treat=treat == "yes", **common)
        return
    try:
        found_on = date.fromisoformat(request.POST.get("found_on", ""))
    except ValueError:
        raise StepRefused(
            _("nothing was marked"), _("the day on which it was found is missing"),
            _("enter it as year-month-day"),
        ) from None  # fmt: skip
    services.mark_randomised_in_error(row, found_on=found_on, **common)


@page("allocation.disclose", fresh=True)
def disclosure(request: HttpRequest, number: str) -> HttpResponse:
    """Disclose one subject's arm to the investigator who asks, with her reason."""
    subject = _subject(request, number, "allocation.disclose")
    row = Allocation.objects.filter(subject=subject).first()
    if row is None or row.arm:
        return redirect("allocation:answer", number=number)
    context: dict[str, object] = {"subject": subject}
    if request.method == "POST":
        now = timezone.now()
        code = services.disclose(
            row, reason=request.POST.get("reason", ""), by=request.actor, at=now
        )
        tell_of_disclosure(row, now)
        context["arm"] = next(a for a in _protocol(subject).arms if a.id == code)
    return render(request, "allocation/disclosure.html", context)


@page("allocation.correct_stratum")
def stratum(request: HttpRequest, number: str) -> HttpResponse:
    """Keep the right level of a factor beside the stratum as randomised."""
    subject = _subject(request, number, "allocation.correct_stratum")
    row = Allocation.objects.filter(subject=subject).first()
    if row is None:
        return redirect("subjects:subject", number=number)
    if request.method == "POST":
        factor, _sign, level = request.POST.get("choice", "").partition("=")
        services.correct_stratum(
            row, factor=factor, level=level, reason=request.POST.get("reason", ""),
            by=request.actor, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Corrected beside; the stratum as randomised stays."))
        return redirect("allocation:answer", number=number)
    strata = _protocol(subject).randomisation.strata
    context = {"subject": subject, "row": row, "factors": strata}
    return render(request, "allocation/stratum.html", context)
