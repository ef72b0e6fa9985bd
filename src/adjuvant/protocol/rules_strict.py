"""What `--strict` adds: nothing unconfirmed and no gap may be left before the first patient."""

from dataclasses import replace

from adjuvant.core import Finding
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.rules_governance import unanswered_rows

__all__ = ["stricter"]

# Findings that are a warning or a note while a protocol is written, and an error under --strict.
_ERRORS_WHEN_STRICT: frozenset[str] = frozenset({"P108"})


def stricter(draft: Draft) -> list[Finding]:
    """Return the findings of a draft as a trial about to start must see them."""
    said = list(draft.findings)
    protocol = draft.protocol
    # A historical trial without that part is not going to an ethics board any more.
    pending = protocol is not None and protocol.trial.status in ("draft", "closed")
    if protocol is not None and pending and protocol.governance is None:
        said += unanswered_rows(draft, protocol)
    found = [replace(f, severity="error") if f.code in _ERRORS_WHEN_STRICT else f for f in said]
    for path, provenance in draft.tree.provenance.items():
        if provenance.origin == "our_choice" and not provenance.confirmed:
            hint = "have it confirmed: {by: NAME, on: YYYY-MM-DD}"
            words = "our choice, confirmed by nobody"
            if provenance.at:
                words += f" ({provenance.at})"
            found.append(draft.finding("P070", path, words, hint))
    return found
