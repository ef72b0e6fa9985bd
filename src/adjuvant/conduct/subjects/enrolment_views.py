"""The pages of enrolment: what stands before randomisation, wristband, eligibility, the way out."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.people.permission_table import ROLES
from adjuvant.conduct.people.shown import both_times
from adjuvant.conduct.protocols.queries import in_force, local_day, protocol_of
from adjuvant.conduct.subjects import enrolment
from adjuvant.conduct.subjects.eligibility import is_eligible
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.models_enrolment import ScreenFailure, Transfer
from adjuvant.conduct.subjects.participation import only_whole, wristband_in_force
from adjuvant.conduct.subjects.readiness import (
    criteria,
    decision_holds,
    objections_to_randomisation,
)
from adjuvant.conduct.subjects.views import sites_for, subject_for
from adjuvant.core import StepRefused

__all__ = [
    "eligibility",
    "enrol",
    "screen_failure",
    "screening_log",
    "transfer",
    "transfer_sign",
    "withdraw",
    "wristband",
]


@page("subjects.view")
def enrol(request: HttpRequest, number: str) -> HttpResponse:
    """Show what stands between a subject and its randomisation, and the way out of screening."""
    subject = only_whole(subject_for(request, number, "subjects.view"))
    site, now = subject.site.code, timezone.now()
    bound = wristband_in_force(subject)
    scanned = subject.scans.filter(site=site).order_by("-id").first()
    decision = subject.decisions.order_by("-id").first()
    context = {
        "subject": subject,
        "objections": objections_to_randomisation(subject, now),
        "bound": bound,
        "half_bound": scanned is not None and (bound is None or scanned.at > bound.at),
        "decision": decision,
        "holds": decision_holds(decision, criteria(subject, now), in_force(site, now).version),
        "failure": ScreenFailure.objects.filter(subject=subject).first(),
        "withdrawal": subject.withdrawals.order_by("-id").first(),
        "transfer": subject.transfers.order_by("-id").first(),
        "may": {
            name: request.may(f"subjects.{name}", site)
            for name in (
                "scan_wristband", "sign_eligibility", "record_screen_failure", "withdraw",
                "ask_transfer", "keep_identity",
            )
        },
        "randomises": request.may("allocation.randomise", site),
    }  # fmt: skip
    return render(request, "subjects/enrol.html", context)


@page("subjects.scan_wristband")
def wristband(request: HttpRequest, number: str) -> HttpResponse:
    """Take one person's scan of the wristband; two persons bind it."""
    subject = subject_for(request, number, "subjects.scan_wristband")
    if request.method == "POST":
        made = enrolment.scan_wristband(
            subject=number, scanned=request.POST.get("scanned", ""), by=request.actor,
            at=timezone.now(), reason=request.POST.get("reason", ""),
        )  # fmt: skip
        if made is None:
            messages.warning(request, _("Scanned once. A second person scans it under her log-in."))
        else:
            messages.success(request, _("The wristband is bound to %(n)s.") % {"n": number})
        return redirect("subjects:enrol", number=number)
    context = {"subject": subject, "bound": subject.wristbands.exists()}
    return render(request, "subjects/wristband.html", context)


@page("subjects.view")
def eligibility(request: HttpRequest, number: str) -> HttpResponse:
    """Show each criterion, its rule and the values it read; an investigator signs."""
    subject = only_whole(subject_for(request, number, "subjects.view"))
    now = timezone.now()
    if request.method == "POST":
        enrolment.sign_eligibility(subject=number, by=request.actor, at=now)
        messages.success(request, _("Eligibility is signed."))
        return redirect("subjects:enrol", number=number)
    version = in_force(subject.site.code, now).version
    results = criteria(subject, now)
    decision = subject.decisions.order_by("-id").first()
    context = {
        "subject": subject,
        "results": results,
        "eligible": is_eligible(results),
        "decision": decision,
        "signed": both_times(decision.signed_at, subject.site.time_zone) if decision else "",
        "decision_role": ROLES.get(decision.role, decision.role) if decision else "",
        "holds": decision_holds(decision, results, version),
        "signs": request.may("subjects.sign_eligibility", subject.site.code),
        "protocol_version": version,
    }
    return render(request, "subjects/eligibility.html", context)


@page("subjects.record_screen_failure")
def screen_failure(request: HttpRequest, number: str) -> HttpResponse:
    """Close a screening with its reason."""
    subject = subject_for(request, number, "subjects.record_screen_failure")
    if request.method == "POST":
        enrolment.record_screen_failure(
            subject=number, why=request.POST.get("why", ""),
            words=request.POST.get("words", "").strip(), on=_day(request, "on"),
            by=request.actor, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("The screening is closed."))
        return redirect("subjects:enrol", number=number)
    context = {"subject": subject, "today": local_day(subject.site.code, timezone.now())}
    return render(request, "subjects/screen_failure.html", context)


@page("subjects.withdraw")
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the five questions of a withdrawal, each by itself."""
    subject = subject_for(request, number, "subjects.withdraw")
    protocol = protocol_of(in_force(subject.site.code, timezone.now()))
    parts = protocol.withdrawal.parts if protocol.withdrawal else ()
    if request.method == "POST":
        answers = {part: request.POST.get(part, "") for part in parts}
        enrolment.withdraw(
            subject=number, on=_day(request, "on"), answers=answers, by=request.actor,
            at=timezone.now(), reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("The answers are kept; nothing collected before is touched."))
        return redirect("subjects:enrol", number=number)
    context = {
        "subject": subject,
        "parts": parts,
        "today": local_day(subject.site.code, timezone.now()),
    }
    return render(request, "subjects/withdraw.html", context)


@page("subjects.ask_transfer")
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a subject to go on at another site."""
    subject = subject_for(request, number, "subjects.ask_transfer")
    if request.method == "POST":
        enrolment.ask_transfer(
            subject=number, to_site=request.POST.get("to_site", ""), on=_day(request, "on"),
            by=request.actor, at=timezone.now(), reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("Asked for; both principal investigators sign."))
        return redirect("subjects:enrol", number=number)
    others = Site.objects.exclude(code=subject.site.code)
    context = {
        "subject": subject,
        "others": others,
        "today": local_day(subject.site.code, timezone.now()),
    }
    return render(request, "subjects/transfer.html", context)


@page("subjects.sign_transfer", fresh=True)
def transfer_sign(request: HttpRequest) -> HttpResponse:
    """Show the transfers that wait for this investigator's signature, and take it."""
    sides = _waiting(request)
    if request.method == "POST":
        asked, _sign, side = request.POST.get("transfer", "").partition(":")
        if not any(str(row.pk) == asked and side == at for row, at in sides):
            raise StepRefused(_("nothing was signed"), _("no such transfer waits for you"), _("—"))
        enrolment.sign_transfer(transfer=int(asked), side=side, by=request.actor, at=timezone.now())
        messages.success(request, _("Signed."))
        return redirect("subjects:transfers")
    return render(request, "subjects/transfers.html", {"waiting": sides})


def _waiting(request: HttpRequest) -> list[tuple[Transfer, str]]:
    mine = {site.code for site in sites_for(request, "subjects.sign_transfer")}
    found = []
    for row in Transfer.objects.select_related("subject").prefetch_related("signatures"):
        signed = {signature.side for signature in row.signatures.all()}
        sides = (("from", row.from_site), ("to", row.to_site))
        found += [(row, s) for s, site in sides if site in mine and s not in signed]
    return found


@page("subjects.view")
def screening_log(request: HttpRequest) -> HttpResponse:
    """Show everybody who was screened, with what became of them."""
    codes = [site.code for site in sites_for(request, "subjects.view")]
    subjects = Subject.objects.filter(site__code__in=codes).select_related("site", "failure")
    return render(request, "subjects/screening_log.html", {"subjects": subjects})


def _day(request: HttpRequest, name: str) -> date:
    """Return the day typed into a field.

    Raises    StepRefused where it is none.
    """
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise StepRefused(
            _("nothing was saved"), _("the day is missing or is no date"),
            _("enter it as year-month-day, such as 2026-03-05"),
        ) from None  # fmt: skip
