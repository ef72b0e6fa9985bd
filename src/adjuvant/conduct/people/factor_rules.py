"""How allauth keeps second factors: their secrets are encrypted by a key outside the database."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings

__all__ = ["FactorRules"]


class FactorRules(DefaultMFAAdapter):
    """Who reads the database or a copy of it alone can make no code."""

    def encrypt(self, text: str) -> str:
        """Return a secret as the database keeps it."""
        return _key().encrypt(text.encode("utf-8")).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret of the database in clear."""
        return _key().decrypt(encrypted_text.encode("ascii")).decode("utf-8")


def _key() -> Fernet:
    digest = hashlib.sha256(b"adjuvant second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
