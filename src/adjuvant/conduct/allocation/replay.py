"""Every allocation of a site, replayed from its sealed lists by who holds the key."""

from adjuvant.conduct.allocation.models import Correction as CorrectionRow
from adjuvant.conduct.allocation.models import Sealed
from adjuvant.conduct.allocation.queries import told_rows
from adjuvant.randomisation import (
    Correction,
    Identity,
    Replay,
    ToldMinimised,
    ToldSlot,
    open_envelope,
    read_sealed_file,
    verify_allocations,
)

__all__ = ["corrections", "replay_site"]


def replay_site(identity: Identity) -> Replay:
    """Return how many allocations of this site follow from its sealed lists.

    Raises InvalidInput where a list cannot be opened with this key, or is not the one registered.
    """
    lists = {
        row.commitment: read_sealed_file(
            open_envelope(bytes(row.envelope), identity), row.commitment
        ).sealed
        for row in Sealed.objects.all()
    }
    told = [ToldSlot(**row) if "slot" in row else ToldMinimised(**row) for row in told_rows()]
    return verify_allocations(lists, told, corrections())


def corrections() -> list[Correction]:
    """Return the corrected levels in the order in which they were corrected."""
    rows = CorrectionRow.objects.select_related("allocation__subject").order_by("pk")
    return [
        Correction(row.allocation.subject.number, row.after, {row.factor: row.level})
        for row in rows
    ]
