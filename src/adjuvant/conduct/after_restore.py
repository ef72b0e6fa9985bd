"""What a restored site does before anyone may use it: verify, update, redact again, stay closed."""

from collections.abc import Iterator

from django.db import connection

from adjuvant.conduct.audit.anchors import outside_head, write_outside_head
from adjuvant.conduct.audit.migrate import migrate
from adjuvant.conduct.audit.models import Head
from adjuvant.conduct.audit.redaction import redact_again
from adjuvant.conduct.audit.verify import verify_chain
from adjuvant.conduct.server import tables_are_current
from adjuvant.core import InvalidInput

__all__ = ["after_restore"]

BEHIND = "cut"  # the kind of fault that a restore itself brings: heads outside are further on


def after_restore() -> Iterator[str]:
    """Yield a line for each thing done; randomisation is closed when it ends.

    Raises InvalidInput where the chain of the restored database does not verify.
    """
    verified = verify_chain()
    faults = [fault for fault in verified.faults if fault.kind != BEHIND]
    if faults:
        raise InvalidInput(f"the restored audit trail does not verify: {faults[0].what}")
    yield f"Verified {verified.events} audit events: none edited, deleted or moved."
    if not tables_are_current() and connection.vendor == "sqlite":
        migrate()  # a backup of an earlier program; on PostgreSQL the owner does it
    yield f"Redacted again: {redact_again()} texts that were redacted after the backup was made."
    head = Head.objects.filter(pk=1).first()
    here, outside = head.seq if head else 0, outside_head()
    if outside and outside.seq > here:
        yield f"The database stands at event {here}; outside, event {outside.seq} is known."
    elif head:
        # The heads may have been lost with the disk: then nobody knows what was told after.
        write_outside_head("restore", replaces=here)
    yield (
        "Randomisation is closed. The unblinded statistician enters what was allocated after the "
        "backup from its receipts, and opens it again (page Randomisation, After a restore)."
    )
