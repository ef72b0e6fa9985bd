"""A protocol is signed by a person before it serves patients: a file beside it, Ed25519.

The signature says who (printed name, role), when, with what meaning, and covers the SHA-256 of the
protocol's bytes: one changed character and it no longer holds. The private key belongs to the
person, not to the server.
"""

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from adjuvant.core import EnvironmentProblem, InvalidInput, ProtocolError, StepRefused
from adjuvant.protocol import check_text, read_protocol
from adjuvant.protocol.files import write_whole
from adjuvant.protocol.reader import draft_of
from adjuvant.protocol.source import Source

__all__ = [
    "MEANING",
    "ProtocolSignature",
    "check_signature",
    "read_signature",
    "refuse_unready",
    "sign_protocol",
    "signature_file",
    "signing_key",
    "verify_signature",
]

SCHEMA = "adjuvant/protocol-signature/1"
MEANING = "I approve this protocol for the conduct of the trial with patients"


@dataclass(frozen=True)
class ProtocolSignature:
    """Who signed which protocol, when, and what the signature means.

    sha256      of the protocol's bytes
    public_key  Ed25519, 64 hexadecimal digits
    signature   over the canonical text of everything else, 128 hexadecimal digits
    """

    schema: str
    trial: str
    version: str
    sha256: str
    name: str
    role: str
    meaning: str
    signed_at: str
    public_key: str
    signature: str = ""

    @property
    def fingerprint(self) -> str:
        """The first digits of the key's digest, short enough to be read out."""
        digest = hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()
        return " ".join(digest[n : n + 4] for n in range(0, 16, 4))

    def signed_bytes(self) -> bytes:
        """Return what is signed: every field but the signature itself."""
        fields = {key: value for key, value in asdict(self).items() if key != "signature"}
        return json.dumps(fields, sort_keys=True, ensure_ascii=False).encode("utf-8")

    def as_json(self) -> str:
        """Return the text of the signature's file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def signature_file(protocol: Path) -> Path:
    """Return where the signature of a protocol file stands.

    >>> signature_file(Path("hcc/protocol.yaml")).name
    'protocol.yaml.signed.json'
    """
    return protocol.with_name(protocol.name + ".signed.json")


def sign_protocol(
    protocol: Path, *, name: str, role: str, meaning: str, at: datetime, key: bytes
) -> ProtocolSignature:
    """Sign a protocol that is ready for patients, and write the signature beside it.

    key       the person's private Ed25519 key, 32 bytes; see `signing_key`.
    Raises    ProtocolError with every finding of the strict check; StepRefused for a draft, a
              closed or historical trial, and where the same text is signed already.
    """
    for what, text in (("name", name), ("role", role), ("meaning", meaning)):
        if not text.strip() or not text.isprintable():
            raise InvalidInput(f"a signature needs the {what} of who signs; write it in full")
    content = _read(protocol)
    refuse_unready(content, protocol.name)
    trial = read_protocol(protocol).protocol.trial
    file, digest = signature_file(protocol), hashlib.sha256(content).hexdigest()
    if file.exists() and (old := read_signature(file.read_text("utf-8"))).sha256 == digest:
        raise StepRefused(
            f"{protocol} is not signed again",
            f"{old.name} signed this text at {old.signed_at}",
            f"serve it as it is, or take {file.name} away if that signature is withdrawn",
        )
    private = Ed25519PrivateKey.from_private_bytes(key)
    unsigned = ProtocolSignature(
        SCHEMA, trial.id, trial.version, digest, name.strip(), role.strip(), meaning.strip(),
        at.astimezone(UTC).isoformat(timespec="seconds"),
        private.public_key().public_bytes_raw().hex(),
    )  # fmt: skip
    fields = asdict(unsigned) | {"signature": private.sign(unsigned.signed_bytes()).hex()}
    signed = ProtocolSignature(**fields)
    write_whole(file, signed.as_json())
    return signed


def verify_signature(protocol: Path) -> ProtocolSignature:
    """Return the signature of a protocol file once it is proved to cover its very bytes.

    Raises    StepRefused: there is none, it was made for another text, or it does not hold.
    """
    file = signature_file(protocol)
    if not file.is_file():
        raise StepRefused(
            f"{protocol} cannot serve patients",
            f"nobody signed it (there is no {file.name})",
            "sign it with 'adjuvant sign', or practise with 'adjuvant serve --training'",
        )
    content = _read(protocol)
    refuse_unready(content, protocol.name)
    return check_signature(content, file.read_text("utf-8"))


def check_signature(content: bytes, text: str) -> ProtocolSignature:
    """Return the signature written in `text` if it holds for the protocol's bytes.

    Raises    StepRefused for a signature of another text, or one that was altered.
    """
    signed = read_signature(text)
    remedy = "sign the protocol as it now stands, with 'adjuvant sign'"
    if signed.sha256 != hashlib.sha256(content).hexdigest():
        raise StepRefused(
            "the protocol cannot serve patients",
            f"it was changed after {signed.name} signed it at {signed.signed_at}",
            remedy,
        )
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.public_key))
        public.verify(bytes.fromhex(signed.signature), signed.signed_bytes())
    except (InvalidSignature, ValueError):
        raise StepRefused(
            "the protocol cannot serve patients", "its signature does not hold", remedy
        ) from None
    return signed


def read_signature(text: str) -> ProtocolSignature:
    """Return the signature that a file's text holds, not yet proved.

    Raises    InvalidInput for a text that is no signature.
    """
    try:
        found = ProtocolSignature(**json.loads(text))
        texts = [value for value in asdict(found).values() if isinstance(value, str)]
    except (ValueError, TypeError) as fault:
        raise InvalidInput(
            f"the signature beside the protocol cannot be read: {fault}; sign the protocol again"
        ) from None
    if found.schema != SCHEMA or len(texts) != len(asdict(found)):
        raise InvalidInput(
            f"the signature beside the protocol is not one of {SCHEMA}; sign the protocol again"
        )
    return found


def refuse_unready(content: bytes, name: str) -> None:
    """Refuse a protocol that is not ready for patients: its status, unconfirmed values, gaps.

    content   the bytes of the file, `name` how messages call it.
    Raises    ProtocolError with all findings; StepRefused for a status that is not active.
    """
    status = _status(content, name)
    if status in ("historical", "closed"):
        raise _not_ready(name, status)
    text = content.decode("utf-8", errors="replace")
    faults = [f for f in check_text(text, name, strict=True) if f.severity == "error"]
    if faults:
        n = len(faults)
        words = "1 value or part is" if n == 1 else f"{n} values or parts are"
        raise ProtocolError(f"{name} is not ready for patients: {words} open", faults)
    if status != "active":
        raise _not_ready(name, "draft")


def _not_ready(name: str, status: str) -> StepRefused:
    why, remedy = {
        "draft": (
            "it is a draft (trial.status: draft)",
            "write 'status: active' once the committee approved it and every value stands",
        ),
        "closed": (
            "the trial is closed (trial.status: closed)",
            "start a new trial with 'adjuvant new'",
        ),
        "historical": (
            "it describes a trial of the past (trial.status: historical)",
            "start your own trial with 'adjuvant new'",
        ),
    }[status]
    return StepRefused(f"{name} is not ready for patients", why, remedy)


def _status(content: bytes, name: str) -> str | None:
    """Return the status that the file states, as far as it can be read at all."""
    found = draft_of(Source.from_bytes(content, name)).protocol
    return None if found is None else found.trial.status


def _read(protocol: Path) -> bytes:
    try:
        return protocol.read_bytes()
    except OSError as fault:
        raise ProtocolError(f"{protocol} cannot be opened: {fault.strerror}") from None


def signing_key(file: Path) -> tuple[bytes, bool]:
    """Return a person's private key, and whether it was made just now.

    file      64 hexadecimal digits, readable by its owner alone; made where there is none.
    Raises    EnvironmentProblem for a file that others may read or that cannot be written;
              InvalidInput for one that holds no key.
    """
    if not file.exists():
        return _new_key(file), True
    if file.stat().st_mode & 0o077:
        raise EnvironmentProblem(f"{file} can be read by others; run: chmod 600 {file}")
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (ValueError, UnicodeDecodeError):
        key = b""
    if len(key) != 32:
        raise InvalidInput(f"{file} holds no signing key; name another file with --key")
    return key, False


def _new_key(file: Path) -> bytes:
    key = secrets.token_bytes(32)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise EnvironmentProblem(
            f"{file} cannot be written: {fault.strerror}; name another file with --key"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(key.hex() + "\n")
    return key
