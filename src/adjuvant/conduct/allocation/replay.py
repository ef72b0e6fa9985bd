"""Every allocation of a site, replayed from its sealed lists by who holds the key."""

from adjuvant.conduct.allocation.models import Sealed
from adjuvant.conduct.allocation.queries import corrections_rows, told_rows
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

__all__ = ["replay_site"]


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
    return verify_allocations(lists, told, [Correction(**row) for row in corrections_rows()])
