"""Allocations that were told but are not in the database: entered again, checked against the list.

After a restore they come from the receipts that each answer was told with; after a network that
was down, from the note of the person who told the arm by telephone. Either way the vault must say
the same arm for the next slot; nothing is entered on trust.
"""

from datetime import datetime

from adjuvant.conduct.allocation.models import Allocation, Reopening, Sealed
from adjuvant.conduct.allocation.queries import corrections_rows, current_list, told_rows
from adjuvant.conduct.allocation.receipts import make_receipt, read_receipt
from adjuvant.conduct.allocation.restored import newest_outside
from adjuvant.conduct.allocation.services import entered_status, is_masked, next_allocation
from adjuvant.conduct.allocation.vault_client import ask
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.anchors import after_commit
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.subjects.models import Subject
from adjuvant.core import StepRefused

__all__ = ["enter_by_telephone", "enter_receipt", "reopen"]


@service("allocation.enter_receipt")
def enter_receipt(*, receipt: str, entry: Entry, by: Actor, at: datetime) -> Allocation:
    """Enter an allocation again from its receipt, at its own time.

    Raises    InvalidInput for a receipt that this site did not sign; StepRefused for one out of
              turn, of a subject that is not there, or that the sealed list does not confirm.
    """
    entry.by = require(by, "allocation.enter_receipt")
    require_proof(by, at)
    said = read_receipt(receipt)
    what = f"receipt {said['number']} was not entered"
    subject = Subject.objects.select_related("site").filter(number=said["subject"]).first()
    if subject is None:
        raise StepRefused(
            what,
            f"subject {said['subject']} is not in the restored database",
            "the site adds it again first: it gets the same number",
        )
    entry.subject, entry.site = subject.number, subject.site.code
    sealed = Sealed.objects.select_for_update().filter(commitment=said["list"]).first()
    if sealed is None:
        raise StepRefused(what, "its sealed list is not registered", "register the list first")
    if Allocation.objects.filter(number=said["number"], subject=subject).exists():
        raise StepRefused(what, "it is in the database", "go on with the next receipt")
    expected = Allocation.objects.count() + 1
    if said["number"] != expected:
        raise StepRefused(
            what, f"allocation {expected} comes first", "enter the receipts in their order"
        )
    row = next_allocation(subject, sealed, said["levels"], at)
    _same_arm(what, row, said["arm"])
    row.arm, row.receipt, row.entered = said["arm"], receipt.strip(), "receipt"
    row.allocated_at = datetime.fromisoformat(said["at"])
    row.by_number, row.by_name = said["by_number"], said["by"]
    entry.insert(row)
    entered_status(entry, subject)
    after_commit("allocation entered from its receipt")
    return row


@service("allocation.enter_by_telephone")
def enter_by_telephone(
    subject: Subject,
    *,
    arm: str,
    told_at: datetime,
    levels: dict[str, str],
    entry: Entry,
    by: Actor,
    at: datetime,
) -> Allocation:
    """Enter an allocation that was told by telephone while the network was down, with its time.

    Raises    StepRefused where the sealed list holds another arm in the next slot, or no reason is
              given.
    """
    entry.by = require(by, "allocation.enter_receipt")
    require_proof(by, at)
    entry.subject, entry.site = subject.number, subject.site.code
    what = f"the allocation of {subject.number} was not entered"
    if not entry.reason.strip():
        raise StepRefused(what, "no reason is given", "say what was down, and who telephoned")
    sealed = current_list(subject.site.code, at)
    if sealed is None or Allocation.objects.filter(subject=subject).exists():
        raise StepRefused(what, "it is allocated, or no list is registered", "look at its page")
    Sealed.objects.select_for_update().get(pk=sealed.pk)
    row = next_allocation(subject, sealed, levels, at)
    _same_arm(what, row, arm)
    if is_masked(subject, at):
        row.arm = ""
    row.allocated_at, row.by_number, row.by_name = told_at, by.id, by.name
    row.entered = "offline"
    row.receipt = make_receipt(row)
    entry.insert(row)
    entered_status(entry, subject)
    after_commit("allocation told by telephone")
    return row


def _same_arm(what: str, row: Allocation, arm: str) -> None:
    """Refuse an arm that the sealed list does not confirm, without saying which it holds."""
    if arm and row.arm != arm:
        raise StepRefused(
            what,
            "the next slot of its stratum holds another arm than was told",
            "look for an earlier allocation of this stratum that is missing",
        )


@service("allocation.reopen")
def reopen(*, entry: Entry, by: Actor, at: datetime) -> Reopening:
    """Open randomisation again after a restore, once every slot that was told is entered.

    Raises    StepRefused where no restore waits, or the vault was asked for slots that no
              allocation uses and no reason says why.
    """
    entry.by = require(by, "allocation.reopen")
    require_proof(by, at)
    outside = newest_outside()
    what = "randomisation stays closed"
    if not outside.restored_at or Reopening.objects.filter(restore=outside.restored_at).exists():
        raise StepRefused(what, "no restore waits to be completed", "nothing needs to be done")
    ahead = ask("verify", told=told_rows(), corrections=corrections_rows())["asked_ahead"]
    if ahead and not entry.reason.strip():
        raise StepRefused(
            what,
            f"in {ahead} strata a slot was asked for that no allocation uses",
            "enter its receipt; if no answer was ever told, say so as the reason",
        )
    entered = Allocation.objects.filter(entered="receipt").count()
    row: Reopening = entry.insert(
        Reopening(restore=outside.restored_at, entered=entered, at=at, by_number=by.id)
    )
    return row
