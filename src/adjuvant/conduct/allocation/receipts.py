"""The receipt of an allocation: a signed text that outlives the server.

One line of JSON and one of its Ed25519 signature by the site's key. It names the subject, the arm
(not in a masked trial), the number in the trial, the factors as confirmed, who and when; never a
slot, a block or another subject.
"""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from adjuvant.conduct.audit.chain import canonical
from adjuvant.core import InvalidInput

__all__ = ["make_receipt", "read_receipt"]

FORMAT = "adjuvant-receipt/1"


def make_receipt(allocation: Any) -> str:
    """Return the signed receipt of an allocation that is about to be written."""
    content = {
        "format": FORMAT,
        "study": settings.STUDY_NAME,
        "mode": settings.MODE,
        "number": allocation.number,
        "subject": allocation.subject.number,
        "site": allocation.subject.site.code,
        "arm": allocation.arm,
        "levels": allocation.levels,
        "at": allocation.allocated_at,
        "by": allocation.by_name,
        "by_number": allocation.by_number,
        "list": allocation.sealed.commitment,
    }
    text = canonical(content)
    signature = _key().sign(text.encode("utf-8"))
    return f"{text}\n{base64.b64encode(signature).decode('ascii')}"


def read_receipt(receipt: str) -> dict[str, Any]:
    """Return what a receipt says, if this site signed it.

    Raises InvalidInput where it is not a receipt, or was signed by another key, or was altered.
    """
    lines = receipt.strip().split("\n")
    try:
        text, signature = lines
        public: Ed25519PublicKey = _key().public_key()
        public.verify(base64.b64decode(signature, validate=True), text.encode("utf-8"))
        content = json.loads(text)
    except (ValueError, InvalidSignature):
        raise InvalidInput(
            "this is not a receipt of this site: its signature does not hold. Copy both lines "
            "exactly as they stand in the e-mail or the PDF"
        ) from None
    if content.get("format") != FORMAT:
        raise InvalidInput(f"this is signed by the site but is not a receipt ({FORMAT})")
    return dict(content)


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.SECRETS.signing))
