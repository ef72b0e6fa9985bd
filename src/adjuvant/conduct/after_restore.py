"""What a restored site does before anyone may use it: redact again, verify, look outside."""

from collections.abc import Iterator

from adjuvant.conduct.audit.anchors import outside_head
from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.audit.redaction import redact_again
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.core import InvalidInput

__all__ = ["after_restore"]


def after_restore() -> Iterator[str]:
    """Yield a line for each thing done, ending with what stands between here and opening.

    Raises InvalidInput where the chain of the restored database does not verify.
    """
    again = redact_again()
    yield f"Redacted again: {again} texts that were redacted after the backup was made."
    verification = verify_site()
    faults = [f for f in verification.faults if f.kind != "behind_outside_head"]
    if faults:
        raise InvalidInput("the restored audit trail does not verify", [])
    yield f"Verified {verification.events} audit events: none edited, deleted or moved."
    head = Head.objects.filter(pk=1).first()
    here, outside = head.seq if head else 0, outside_head()
    if outside and outside.seq > here:
        yield (
            f"The database stands at event {here}, the outside head at {outside.seq}: "
            "randomisation stays closed until the missing allocations are entered from their "
            "receipts ('adjuvant allocation recover')."
        )
    else:
        yield "The database and the outside head agree."
