"""The sealed envelope: bytes that only the holders of named keys can read.

A random key encrypts the content; for each recipient that key is wrapped under a secret that only
her private key can find again (X25519, HKDF-SHA256, ChaCha20-Poly1305). Names, public keys and the
wrapped keys are bound to the content: none can be exchanged. The content is padded to a multiple of
4096 bytes, because the length of a list would tell how many blocks it has.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from adjuvant.core import EnvironmentProblem, InvalidInput

__all__ = ["Identity", "Recipient", "new_identity", "open_envelope", "recipients_of", "seal"]

FORMAT = "adjuvant-envelope/1"
_INFO = b"adjuvant envelope 1: wrap"
_PUBLIC, _SECRET = "adjuvant-recipient-1:", "adjuvant-identity-1:"
_PAGE = 4096
_ONCE = bytes(12)  # a nonce of zeros: each of these keys encrypts one message only


@dataclass(frozen=True)
class Recipient:
    """Somebody to whom an envelope is sealed: name and public key (32 bytes).

    >>> Recipient.parse("adjuvant-recipient-1:" + "A" * 43 + "=", "Unblinded statistician").name
    'Unblinded statistician'
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str, name: str) -> "Recipient":
        """Return the recipient whose public key is written in `text`."""
        return cls(name, _decoded(text, _PUBLIC))

    def __str__(self) -> str:
        return _PUBLIC + base64.b64encode(self.public).decode("ascii")


@dataclass(frozen=True)
class Identity:
    """The private key of a recipient. It belongs to one person, outside the database.

    >>> new_identity("Unblinded statistician")
    Identity(name='Unblinded statistician')
    """

    name: str
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str, name: str) -> "Identity":
        """Return the identity whose private key is written in `text`."""
        return cls(name, _decoded(text, _SECRET))

    @property
    def recipient(self) -> Recipient:
        """The public half."""
        private = _crypto().X25519PrivateKey.from_private_bytes(self.secret)
        return Recipient(self.name, private.public_key().public_bytes_raw())

    def secret_text(self) -> str:
        """Return the private key as text, to be printed or kept in a password manager."""
        return _SECRET + base64.b64encode(self.secret).decode("ascii")


def new_identity(name: str) -> Identity:
    """Return a new key for a person, from the machine's source of randomness.

    Raises    EnvironmentProblem without the extra `web` (the package cryptography).

    >>> identity = new_identity("Unblinded statistician")
    >>> Identity.parse(identity.secret_text(), identity.name) == identity
    True
    """
    return Identity(name, _crypto().X25519PrivateKey.generate().private_bytes_raw())


def seal(content: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Return an envelope that each of the recipients can open by herself, and nobody else.

    Raises    InvalidInput without a recipient, or with one key named twice; EnvironmentProblem
              without the extra `web`.
    Source    X25519: RFC 7748; HKDF: RFC 5869; ChaCha20-Poly1305: RFC 8439.

    >>> one, two = new_identity("Statistician"), new_identity("Sponsor's safe")
    >>> envelope = seal(b"the list", [one.recipient, two.recipient])
    >>> open_envelope(envelope, two), recipients_of(envelope)
    (b'the list', ('Statistician', "Sponsor's safe"))
    """
    if not recipients or len({r.public for r in recipients}) < len(recipients):
        raise InvalidInput("an envelope needs one recipient or more, each key once")
    crypto = _crypto()
    key = secrets.token_bytes(32)
    wrapped = [_wrap(key, recipient) for recipient in recipients]
    header = {"format": FORMAT, "recipients": wrapped}
    padded = len(content).to_bytes(8, "big") + content
    padded += bytes(-len(padded) % _PAGE)
    body = crypto.ChaCha20Poly1305(key).encrypt(_ONCE, padded, _header_bytes(header))
    return _header_bytes({**header, "body": _text(body)})


def open_envelope(envelope: bytes, identity: Identity) -> bytes:
    """Return the content of an envelope that was sealed to this identity.

    Raises    InvalidInput where it was not, or where a byte of the envelope was changed.

    >>> one = new_identity("Statistician")
    >>> open_envelope(seal(b"the list", [one.recipient]), one)
    b'the list'
    """
    crypto = _crypto()
    parts = _parts(envelope)
    mine = identity.recipient
    entry = next((r for r in parts["recipients"] if r["public"] == _text(mine.public)), None)
    if entry is None:
        names = ", ".join(recipients_of(envelope))
        raise InvalidInput(f"the envelope is not sealed to this key, but to: {names}")
    header = {key: parts[key] for key in ("format", "recipients")}
    try:
        private = crypto.X25519PrivateKey.from_private_bytes(identity.secret)
        sender = base64.b64decode(entry["ephemeral"])
        shared = private.exchange(crypto.X25519PublicKey.from_public_bytes(sender))
        wrap = crypto.ChaCha20Poly1305(_wrapping_key(shared, sender, mine.public))
        key = wrap.decrypt(_ONCE, base64.b64decode(entry["key"]), entry["name"].encode("utf-8"))
        body = base64.b64decode(parts["body"])
        padded = crypto.ChaCha20Poly1305(key).decrypt(_ONCE, body, _header_bytes(header))
    except (crypto.InvalidTag, ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput(
            "the envelope was changed since it was sealed; look for an intact copy"
        ) from None
    size = int.from_bytes(padded[:8], "big")
    return bytes(padded[8 : 8 + size])


def recipients_of(envelope: bytes) -> tuple[str, ...]:
    """Return the names to whom an envelope is sealed; anybody may read them.

    >>> recipients_of(seal(b"", [new_identity("Statistician").recipient]))
    ('Statistician',)
    """
    return tuple(str(entry["name"]) for entry in _parts(envelope)["recipients"])


def _wrap(key: bytes, recipient: Recipient) -> dict[str, str]:
    crypto = _crypto()
    private = crypto.X25519PrivateKey.generate()
    sender = private.public_key().public_bytes_raw()
    try:
        shared = private.exchange(crypto.X25519PublicKey.from_public_bytes(recipient.public))
    except ValueError:
        raise InvalidInput(
            f"the key of {recipient.name} is no public key; ask for it again"
        ) from None
    wrap = crypto.ChaCha20Poly1305(_wrapping_key(shared, sender, recipient.public))
    wrapped = wrap.encrypt(_ONCE, key, recipient.name.encode("utf-8"))
    return {
        "name": recipient.name,
        "public": _text(recipient.public),
        "ephemeral": _text(sender),
        "key": _text(wrapped),
    }


def _wrapping_key(shared: bytes, sender: bytes, receiver: bytes) -> bytes:
    crypto = _crypto()
    hkdf = crypto.HKDF(algorithm=crypto.SHA256(), length=32, salt=sender + receiver, info=_INFO)
    return bytes(hkdf.derive(shared))


def _parts(envelope: bytes) -> dict[str, Any]:
    try:
        parts = json.loads(envelope)
        ok = parts["format"] == FORMAT and all(
            isinstance(r[k], str) for r in parts["recipients"] for k in ("name", "public")
        )
    except (ValueError, TypeError, KeyError):
        ok = False
    if not ok:
        raise InvalidInput(f"this is not an envelope of the format {FORMAT}")
    return dict(parts)


def _header_bytes(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str, prefix: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().removeprefix(prefix), validate=True)
    except ValueError:
        key = b""
    if not text.strip().startswith(prefix) or len(key) != 32:
        # The text is not quoted: it may be a private key typed into the wrong field.
        raise InvalidInput(f"this is not a key; it begins with {prefix} and has 44 signs after it")
    return key


def _crypto() -> Any:
    try:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (an extra)
        from cryptography.hazmat.primitives.asymmetric import x25519  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415
    except ImportError:
        raise EnvironmentProblem(
            "sealing needs the package 'cryptography'; run: pip install 'adjuvant[web]'"
        ) from None
    return SimpleNamespace(
        InvalidTag=InvalidTag,
        X25519PrivateKey=x25519.X25519PrivateKey,
        X25519PublicKey=x25519.X25519PublicKey,
        ChaCha20Poly1305=ChaCha20Poly1305,
        SHA256=SHA256,
        HKDF=HKDF,
    )
