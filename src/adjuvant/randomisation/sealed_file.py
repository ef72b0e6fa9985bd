"""The sealed file: nonce and list together, which is what the envelope holds."""

import json
import secrets
from dataclasses import dataclass, field

from adjuvant.core import InvalidInput
from adjuvant.randomisation.sealed_list import (
    NONCE_BYTES,
    SealedList,
    commitment,
    list_bytes,
    read_list,
)

__all__ = ["SealedFile", "read_sealed_file", "seal_file"]

FORMAT = "adjuvant-sealed/1"


@dataclass(frozen=True)
class SealedFile:
    """A list with the nonce of its commitment; its representation shows neither."""

    sealed: SealedList
    nonce: bytes = field(repr=False)

    @property
    def commitment(self) -> str:
        """The digest to publish in the protocol before the first patient."""
        return commitment(self.nonce, list_bytes(self.sealed))

    def to_bytes(self) -> bytes:
        """Return the file's bytes, to be encrypted: JSON of format, nonce and the list's text."""
        content = {
            "format": FORMAT,
            "list": list_bytes(self.sealed).decode("ascii"),
            "nonce": self.nonce.hex(),
        }
        return json.dumps(content, sort_keys=True).encode("ascii")


def seal_file(sealed: SealedList) -> SealedFile:
    """Return the list with a new random nonce.

    >>> from adjuvant.randomisation.sealed_list import make_list
    >>> made = make_list("T1", "simple", ratio=(("A", 1), ("B", 1)), factors=(),
    ...                  seed=bytes(32), slots_per_stratum=2)
    >>> seal_file(made).commitment == seal_file(made).commitment
    False
    """
    return SealedFile(sealed, secrets.token_bytes(NONCE_BYTES))


def read_sealed_file(data: bytes, published: str | None = None) -> SealedFile:
    """Return the sealed file that these bytes hold, checked against the published digest.

    published   the commitment in the protocol; None: not checked.
    Raises      InvalidInput where the bytes are not a sealed file, or another was committed to.

    >>> from adjuvant.randomisation.sealed_list import make_list
    >>> made = seal_file(make_list("T1", "simple", ratio=(("A", 1), ("B", 1)), factors=(),
    ...                            seed=bytes(32), slots_per_stratum=2))
    >>> read_sealed_file(made.to_bytes(), made.commitment) == made
    True
    """
    try:
        content = json.loads(data)
        if content["format"] != FORMAT:
            raise InvalidInput(f"this is not a sealed file of the format {FORMAT}")
        nonce, text = bytes.fromhex(content["nonce"]), content["list"].encode("ascii")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidInput(f"this is not a sealed file of the format {FORMAT}") from None
    found = SealedFile(read_list(text), nonce)
    if published is not None and found.commitment != published.strip().lower():
        raise InvalidInput(
            "the sealed file is not the one that the protocol committed to; "
            "look for the file whose digest was published"
        )
    return found
