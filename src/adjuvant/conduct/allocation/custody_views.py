"""The pages of the unblinded statistician: register a sealed list, open the vault, replay."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from adjuvant.conduct.allocation import recovery, services
from adjuvant.conduct.allocation.models import Allocation, Sealed
from adjuvant.conduct.allocation.queries import corrections_rows, told_rows
from adjuvant.conduct.allocation.restored import closed_after_restore
from adjuvant.conduct.allocation.vault_client import ask
from adjuvant.conduct.audit.restored import accept_restore
from adjuvant.conduct.people.pages import page
from adjuvant.core import StepRefused
from adjuvant.randomisation import recipients_of

__all__ = ["after_restore", "custody", "register", "unlock"]

_MOST = 8 * 2**20


@page("allocation.unlock")
def custody(request: HttpRequest) -> HttpResponse:
    """Show the registered lists, whether the vault is open, and the replay of what was told."""
    lists = list(Sealed.objects.order_by("-pk"))
    try:
        opened, trouble = set(ask("state")["open"]), None
    except StepRefused as refusal:
        opened, trouble = set(), refusal
    replay = None
    if lists and all(row.commitment in opened for row in lists):
        replay = ask("verify", told=told_rows(), corrections=corrections_rows())
    context = {
        "lists": [
            (row, row.commitment in opened, ", ".join(recipients_of(bytes(row.envelope))))
            for row in lists
        ],
        "trouble": trouble,
        "replay": replay,
        "told": Allocation.objects.count(),
        "closed": closed_after_restore(),
    }
    return render(request, "allocation/custody.html", context)


@page("allocation.seal", fresh=True)
def register(request: HttpRequest) -> HttpResponse:
    """Take the sealed file and its digest; the server cannot open it."""
    if request.method == "POST":
        file = request.FILES.get("sealed")
        if file is None or file.size > _MOST:
            raise StepRefused(
                _("the list was not registered"), _("no file of at most 8 MB was chosen"),
                _("choose the file that 'adjuvant allocation seal' wrote"),
            )  # fmt: skip
        services.register_sealed_list(
            commitment=request.POST.get("commitment", "").strip().lower(), envelope=file.read(),
            by=request.actor, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("The sealed list is registered."))
        return redirect("allocation:custody")
    return render(request, "allocation/register.html", {})


@page("allocation.unlock", fresh=True)
def unlock(request: HttpRequest) -> HttpResponse:
    """Hand the private key to the vault; it is neither kept nor logged."""
    if request.method == "POST":
        file = request.FILES.get("key")
        lines = file.read(4096).decode("utf-8", "replace").splitlines() if file else []
        if len(lines) != 2:
            raise StepRefused(
                _("the vault was not opened"), _("this is not a key file"),
                _("choose the private key file that 'adjuvant key' wrote"),
            )  # fmt: skip
        count = services.open_vault(
            secret=lines[1], name=lines[0], by=request.actor, at=timezone.now()
        )
        messages.success(request, _("The vault is open: %(n)d lists.") % {"n": count})
        return redirect("allocation:custody")
    return render(request, "allocation/unlock.html", {})


@page("allocation.reopen", fresh=True)
def after_restore(request: HttpRequest) -> HttpResponse:
    """Lead from a restored database back to randomisation: the loss, the receipts, the opening."""
    if request.method == "POST":
        _restore_step(request)
        return redirect("allocation:after_restore")
    context = {
        "closed": closed_after_restore(),
        "told": Allocation.objects.count(),
        "entered": Allocation.objects.filter(entered="receipt").order_by("number"),
    }
    return render(request, "allocation/after_restore.html", context)


def _restore_step(request: HttpRequest) -> None:
    by, at = request.actor, timezone.now()
    reason = request.POST.get("reason", "").strip()
    step = request.POST.get("step")
    if step == "accept":
        lost = accept_restore(by=by, at=at, reason=reason)
        messages.success(request, _("The loss of %(n)d events is written down.") % {"n": lost})
    elif step == "receipt":
        row = recovery.enter_receipt(receipt=request.POST.get("receipt", ""), by=by, at=at)
        messages.success(request, _("Allocation %(n)d is entered again.") % {"n": row.number})
    else:
        recovery.reopen(by=by, at=at, reason=reason)
        messages.success(request, _("Randomisation is open again."))
