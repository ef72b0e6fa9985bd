"""Argon2, at most two at once in a process: a hundred log-ins at nine must not stop the site."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

__all__ = ["AT_ONCE", "CappedArgon2"]

AT_ONCE = 2
_TURN = BoundedSemaphore(AT_ONCE)


class CappedArgon2(Argon2PasswordHasher):
    """Django's Argon2 hasher; each call waits for its turn."""

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password."""
        with _TURN:
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a password has this hash."""
        with _TURN:
            return bool(super().verify(password, encoded))

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Argon2 costs the same for every password."""
