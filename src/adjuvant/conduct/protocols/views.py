"""The pages of `protocols`: versions and their force, an amendment, an approval, a commitment."""

import base64
import binascii
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.protocols.amendment import amendment_of
from adjuvant.conduct.protocols.forms import ApprovalForm, CommitmentForm, ProtocolFileForm
from adjuvant.conduct.protocols.models import ListCommitment, ProtocolVersion, SiteApproval
from adjuvant.conduct.protocols.queries import diff_in_words, latest_version, protocol_of, standing
from adjuvant.conduct.protocols.services import approve_at_site, load_version, sign_sealed_list
from adjuvant.conduct.protocols.signature import read_signature
from adjuvant.core import ProtocolError, StepRefused
from adjuvant.core import render as finding_lines
from adjuvant.protocol import read_protocol_text

__all__ = ["amend", "approve", "commit_list", "text", "version", "versions"]


@page("protocols.view")
def versions(request: HttpRequest) -> HttpResponse:
    """Show every version, newest first, and by which each site works today."""
    found = list(ProtocolVersion.objects.order_by("-position"))
    seen = [part for part in standing(timezone.now()) if part.site in request.sites]
    context = {
        "versions": found,
        "standing": seen,
        "newest": found[0] if found else None,
        "loads": request.may("protocols.load_version"),
        "approves": request.may("protocols.approve_at_site"),
        "signs_list": request.may("protocols.sign_sealed_list"),
    }
    return render(request, "protocols/versions.html", context)


@page("protocols.view")
def version(request: HttpRequest, number: str) -> HttpResponse:
    """Show one version: who signed it, what it changed, where and since when it is in force."""
    found = _version(number)
    before = ProtocolVersion.objects.filter(position=found.position - 1).first()
    approvals = SiteApproval.objects.filter(version=found, site__code__in=request.sites)
    context = {
        "version": found,
        "before": before,
        "trial": protocol_of(found).trial,
        "changes": diff_in_words(before, found) if before is not None else (),
        "approvals": approvals.select_related("site"),
        "signature": read_signature(found.signature) if found.signature else None,
    }
    return render(request, "protocols/version.html", context)


@page("protocols.view")
def text(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the file of a version as it was loaded, byte by byte."""
    found = _version(number)
    answer = HttpResponse(found.text.encode("utf-8"), content_type="application/yaml")
    answer["Content-Disposition"] = f'attachment; filename="protocol-{found.position}.yaml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@page("protocols.load_version")
def amend(request: HttpRequest) -> HttpResponse:
    """Load an amendment in two steps: the file shows its changes in words; then it is loaded."""
    form = ProtocolFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and "text" in request.POST:
        return _load(request)
    if request.method == "POST" and form.is_valid():
        return _preview(request, form.text("protocol"), form.text("signature"))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "newest": latest_version(), "mode": settings.MODE}
    return render(request, "protocols/amend.html", context, status=status)


@page("protocols.approve_at_site")
def approve(request: HttpRequest) -> HttpResponse:
    """Record a site's approval of a version."""
    sites = [
        (site.code, f"{site.code} {site.name}")
        for site in Site.objects.order_by("code")
        if request.may("protocols.approve_at_site", site.code)
    ]
    numbers = [(v.version, v.version) for v in ProtocolVersion.objects.order_by("-position")]
    form = ApprovalForm(request.POST or None, sites=sites, versions=numbers)
    if request.method == "POST" and form.is_valid():
        done = approve_at_site(**form.cleaned_data, by=request.actor, at=timezone.now())
        words = _("%(site)s works by version %(version)s from %(day)s.")
        parts = {"site": done.site.code, "version": done.version.version, "day": done.approved_on}
        messages.success(request, words % parts)
        return redirect("protocols:versions")
    status = 422 if request.method == "POST" else 200
    return render(request, "protocols/approve.html", {"form": form}, status=status)


@page("protocols.sign_sealed_list", fresh=True)
def commit_list(request: HttpRequest) -> HttpResponse:
    """Sign the commitment of a newly sealed list."""
    form = CommitmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sign_sealed_list(**form.cleaned_data, by=request.actor, at=timezone.now())
        messages.success(request, _("The commitment is signed."))
        return redirect("protocols:commit_list")
    context = {"form": form, "signed": ListCommitment.objects.order_by("-signed_at")}
    status = 422 if request.method == "POST" else 200
    return render(request, "protocols/commit_list.html", context, status=status)


def _version(number: str) -> ProtocolVersion:
    found = ProtocolVersion.objects.filter(version=number).first()
    if found is None:
        raise Http404(number)
    return found


def _preview(request: HttpRequest, typed: str, signature: str) -> HttpResponse:
    """Show what a file would change; nothing is loaded yet."""
    try:
        read = read_protocol_text(typed)
    except ProtocolError as refused:
        faults = [finding_lines(fault) for fault in refused.findings]
        context = {"form": ProtocolFileForm(), "faults": faults, "mode": settings.MODE,
                   "newest": latest_version()}  # fmt: skip
        return render(request, "protocols/amend.html", context, status=422)
    before = latest_version()
    amendment = amendment_of(before.text, typed) if before is not None else None
    context = {
        "number": read.protocol.trial.version,
        "before": before,
        "amendment": amendment,
        "text": _packed(typed),
        "signature": _packed(signature),
        "warnings": [fault for fault in read.findings if fault.severity == "warning"],
    }
    return render(request, "protocols/preview.html", context)


def _load(request: HttpRequest) -> HttpResponse:
    """Load what the preview showed, and say how much changed."""
    now: datetime = timezone.now()
    sent = {name: _unpacked(request.POST.get(name, "")) for name in ("text", "signature")}
    reason = request.POST.get("reason", "").strip()
    done = load_version(**sent, by=request.actor, at=now, reason=reason)
    messages.success(
        request,
        _("Version %(version)s is loaded. Each site works by it from its own approval on.")
        % {"version": done.version},
    )
    return redirect("protocols:version", number=done.version)


def _packed(typed: str) -> str:
    """Return a text that comes back from a browser byte by byte: a text area changes line ends."""
    return base64.b64encode(typed.encode("utf-8")).decode("ascii")


def _unpacked(sent: str) -> str:
    try:
        return base64.b64decode(sent, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise StepRefused(
            _("nothing is loaded"),
            _("what was sent is not what the page showed"),
            _("choose the file again"),
        ) from None
