"""Who acts, as text: the audit trail knows no user table, so that it outlives every account."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["SYSTEM", "Actor"]


@dataclass(frozen=True)
class Actor:
    """Who acts: number, printed name, organisation; the role is the one the permission came from.

    source      where from: the address and program of the request, or "command line".
    proved_at   when this person last proved who they are (password and second factor); None = not.

    >>> Actor("P0001", "A. Ward", "Site 1", role="investigator").role
    'investigator'
    """

    id: str
    name: str
    organisation: str
    role: str = ""
    source: str = ""
    proved_at: datetime | None = None


SYSTEM = Actor("SYSTEM", "adjuvant", "this server", role="system", source="server")
