"""The trial's facts, as the protocol states them, with what was assumed marked as such."""

from collections.abc import Mapping
from dataclasses import dataclass

from adjuvant.analysis.results import Results
from adjuvant.protocol.model import Protocol
from adjuvant.report.words import joined, lowered

__all__ = ["Fact", "trial_facts"]

_STATUS = {
    "draft": "draft protocol",
    "active": "recruiting or in follow-up",
    "closed": "closed",
    "historical": "historical: this protocol was written after the trial",
}
_METHODS = {
    "permuted_blocks": "permuted blocks",
    "minimisation": "minimisation",
    "simple": "simple randomisation",
    "big_stick": "big-stick design",
}
_WHENCE = {
    "our_choice": "assumed here, not stated in the reports",
    "secondary": "from a secondary source",
}


@dataclass(frozen=True)
class Fact:
    """One fact of the trial: its name, its text, and whence it is where not from the paper."""

    name: str
    text: str
    whence: str = ""


def trial_facts(
    results: Results, protocol: Protocol, provenance: Mapping[str, object] | None = None
) -> tuple[Fact, ...]:
    """Return the trial's facts in the order in which a reader asks for them.

    provenance   dotted path of a value -> an object with `origin` and `at`, as the reader of
                 protocols keeps it; assumed values are then marked.
    """
    trial, given = protocol.trial, provenance or {}
    sizes = {arm.arm: arm.n for arm in results.arms}
    arms = [f"{a.label} ({sizes[a.id]:,})" if a.id in sizes else a.label for a in protocol.arms]
    facts = [
        Fact("Question", _question(protocol)),
        Fact("Patients", protocol.population.label or "", _whence(given, "population.label")),
        Fact("Arms", joined(arms) + _total(results)),
        Fact("Allocation", _allocation(protocol), _whence(given, "randomisation.method")),
        Fact("Stratified by", _strata(protocol), _whence(given, "randomisation.strata")),
        Fact("Masking", (trial.blinding or "").replace("_", " "), _whence(given, "trial.blinding")),
        Fact("Phase", trial.phase or "", _whence(given, "trial.phase")),
        Fact("Recruitment", _recruitment(protocol), _whence(given, "trial.recruitment")),
        Fact("Registration", _registration(protocol)),
        Fact("Sponsor", trial.sponsor or "", _whence(given, "trial.sponsor")),
        *(_endpoints(protocol, level) for level in ("primary", "secondary", "exploratory")),
        Fact("Status", _STATUS[trial.status]),
        Fact("Reports", "; ".join(trial.citation)),
    ]
    return tuple(fact for fact in facts if fact.text)


def _whence(provenance: Mapping[str, object], path: str) -> str:
    found = provenance.get(path)
    if found is None:
        return ""
    words = _WHENCE.get(str(getattr(found, "origin", "")), "")
    at = getattr(found, "at", None)
    return (
        f"{words}: {at}" if words and at and getattr(found, "origin", "") != "our_choice" else words
    )


def _question(protocol: Protocol) -> str:
    return " ".join(e.objective for e in protocol.estimands)


def _total(results: Results) -> str:
    total = sum(arm.n for arm in results.arms)
    return f"; {total:,} patients" if results.arms else ""


def _allocation(protocol: Protocol) -> str:
    shares = protocol.randomisation.allocation
    ratio = ":".join(str(shares.get(a.id, 1)) for a in protocol.arms) if shares else ""
    method = _METHODS.get(protocol.randomisation.method or "", "")
    return ", ".join(part for part in (f"randomised {ratio}" if ratio else "", method) if part)


def _strata(protocol: Protocol) -> str:
    return "; ".join(lowered(s.label or s.id) for s in protocol.randomisation.strata)


def _recruitment(protocol: Protocol) -> str:
    r = protocol.trial.recruitment
    if r is None:
        return ""
    return f"{r.start} to {r.end}" if r.end else f"since {r.start}"


def _registration(protocol: Protocol) -> str:
    held = protocol.trial.registration or {}
    if "none" in held:
        return f"none: {held['none']}"
    return " ".join(value for key, value in held.items() if value and key != "date")


def _endpoints(protocol: Protocol, level: str) -> Fact:
    labels = [e.label for e in protocol.endpoints if e.level == level]
    return Fact(f"{level.capitalize()} endpoint{'s' if len(labels) > 1 else ''}", "; ".join(labels))
