"""The site's signature under the newest link: who can write the database cannot write this."""

from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

__all__ = ["head_text", "is_signed", "public_key", "sign_head", "sign_text"]


@cache
def _key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))


def public_key() -> str:
    """Return the site's public key, 64 hexadecimal digits: what an inspector verifies with."""
    return _key(settings.SECRETS.signing).public_key().public_bytes_raw().hex()


def sign_text(text: str) -> str:
    """Return the site's Ed25519 signature of a text, 128 hexadecimal digits."""
    return _key(settings.SECRETS.signing).sign(text.encode("utf-8")).hex()


def sign_head(seq: int, link: str) -> str:
    """Return the site's signature of one link as the newest."""
    return sign_text(head_text(seq, link))


def head_text(seq: int, link: str) -> str:
    """Return what is signed of a link."""
    return f"adjuvant audit head {seq} {link}"


def is_signed(text: str, signature: str, key: str) -> bool:
    """Tell whether the signature of a text was made with the private half of this public key."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), text.encode("utf-8"))
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True
