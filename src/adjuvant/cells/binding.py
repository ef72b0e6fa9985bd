"""Binding a subject to the hospital's wristband without storing the hospital's number.

The wristband carries the hospital's number, the bag the study's. At consent two persons bind them:
the site keeps HMAC(site key, number). At the bedside the scanned number is put through the same
function and the two are compared. Without the site's key nobody can try out hospital numbers.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from adjuvant.core import InvalidInput, StepRefused

__all__ = ["Binding", "bind", "same_wristband", "wristband_code"]

_DOMAIN = b"adjuvant/wristband/1\x00"
_KEY_BYTES = 32


def wristband_code(site_key: bytes, number: str) -> str:
    """Return HMAC-SHA256 of a wristband's number under the site's key, in hexadecimal.

    number    as scanned or typed: wide characters, blanks and small letters make no difference.
    Raises    InvalidInput for a key under 32 bytes or an empty number (which is never quoted).

    >>> key = bytes(32)
    >>> wristband_code(key, "0012-345") == wristband_code(key, " ００１２-345 ")
    True
    """
    if len(site_key) < _KEY_BYTES:
        raise InvalidInput(f"the site's key has {len(site_key)} bytes; give 32 random bytes")
    clean = "".join(unicodedata.normalize("NFKC", number).upper().split())
    if not clean or not clean.isprintable():
        raise InvalidInput("the wristband's number is empty or unreadable; scan it again")
    return hmac.new(site_key, _DOMAIN + clean.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def same_wristband(scanned: str, bound: str) -> bool:
    """Return whether two codes are the same, in a time that does not depend on where they differ.

    >>> same_wristband(wristband_code(bytes(32), "1"), wristband_code(bytes(32), "2"))
    False
    """
    one, other = (code.encode("utf-8", "surrogatepass") for code in (scanned, bound))
    return hmac.compare_digest(one, other)


@dataclass(frozen=True)
class Binding:
    """A wristband bound to a subject by two persons; the newest one is in force.

    reason    why it was bound anew: a new wristband, a transfer to another site.
    """

    subject: str
    site: str
    code: str
    by: str
    second: str
    at: datetime
    reason: str | None = None

    def __repr__(self) -> str:
        return f"Binding(subject={self.subject!r}, site={self.site!r}, at={self.at.isoformat()!r})"


def bind(
    earlier: tuple[Binding, ...],
    *,
    subject: str,
    site: str,
    codes: tuple[str, str],
    by: str,
    second: str,
    at: datetime,
    reason: str | None = None,
) -> Binding:
    """Return a new binding, each of two persons having scanned the wristband herself.

    earlier   all bindings of the site in force, of this subject and of others
    codes     `wristband_code` of the first and of the second scan
    Raises    StepRefused for one person twice, two scans that differ, a wristband bound to another
              subject, or a new binding without a reason.

    >>> from datetime import UTC
    >>> code = wristband_code(bytes(32), "0012345")
    >>> now = datetime(2026, 3, 5, 9, tzinfo=UTC)
    >>> bind((), subject="S01-0042-S", site="S01", codes=(code, code), by="u1", second="u2", at=now)
    Binding(subject='S01-0042-S', site='S01', at='2026-03-05T09:00:00+00:00')
    """
    what = f"binding a wristband to {subject}"
    if by == second:
        raise StepRefused(
            what, "it needs two different persons", "let a second person scan it herself"
        )
    if not same_wristband(*codes):
        raise StepRefused(
            what, "the two scans differ", "both scan the wristband on the patient's arm"
        )
    for one in earlier:
        if one.subject != subject and one.site == site and same_wristband(one.code, codes[0]):
            raise StepRefused(
                what, f"this wristband is bound to {one.subject}",
                "check the patient's identity; nobody is in the trial twice",
            )  # fmt: skip
    if reason is None and any(one.subject == subject for one in earlier):
        raise StepRefused(
            what, "it is bound already", "give the reason: a new wristband, or a transfer"
        )
    return Binding(subject, site, codes[0], by, second, at, reason)
