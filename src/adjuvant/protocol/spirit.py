"""SPIRIT 2025, row by row: where this format keeps each item of a trial protocol.

Source    Chan A-W et al. SPIRIT 2025 statement. BMJ 2025;389:e081477 (CC BY 4.0); the items are
          paraphrased.
"""

from dataclasses import dataclass
from typing import Any

from adjuvant.protocol.model import Protocol

__all__ = ["SpiritRow", "is_given", "spirit_rows"]

# id, topic, what is asked, where it stands: all groups are needed, one path of a group is enough.
_ITEMS: tuple[tuple[str, str, str, str], ...] = (
    ("1a", "Title", "Design, population, interventions", "trial.title"),
    ("1b", "Summary", "Structured summary", "governance.summary"),
    ("2", "Version", "Date and identifier of the version", "trial.version & trial.date"),
    ("3a", "Contributors", "Names, affiliations, roles", "governance.contributors"),
    ("3b", "Sponsor", "Name and contact", "trial.sponsor"),
    ("3c", "Sponsor and funder role", "Their part and authority", "governance.sponsor_role"),
    ("3d", "Committees", "Make-up and duties", "governance.steering"),
    ("4", "Registration", "Registry, identifier, date", "trial.registration"),
    ("5", "Protocol and plan", "Where both can be read", "governance.protocol_access"),
    ("6", "Data sharing", "Where and how", "governance.data_sharing"),
    ("7a", "Funding", "Money and supplies", "governance.funding"),
    ("7b", "Conflicts", "Interests of the investigators", "governance.conflicts"),
    ("8", "Dissemination", "How results are made known", "governance.dissemination"),
    ("9a", "Background", "Earlier studies, benefit and harm", "governance.background"),
    ("9b", "Comparator choice", "Why this comparator", "governance.comparator_choice"),
    ("10", "Objectives", "Aims for benefit and harm", "estimands"),
    ("11", "Patient involvement", "Part in design and conduct", "governance.patient_involvement"),
    ("12", "Trial design", "Type, ratio, framework", "randomisation.allocation & arms"),
    ("13", "Setting", "Kinds of setting and places", "governance.setting | trial.sites"),
    ("14a", "Participants", "Who may enter", "population.inclusion"),
    ("14b", "Sites", "Criteria for sites and deliverers", "governance.site_eligibility"),
    ("15a", "Interventions", "Enough detail to repeat", "interventions"),
    ("15b", "Modification", "When to stop or change", "interventions.*.discontinue_if"),
    ("15c", "Adherence", "Helped and monitored how", "interventions.*.adherence"),
    ("15d", "Concomitant care", "Allowed or forbidden", "interventions.*.concomitant"),
    ("16", "Outcomes", "Measurement, metric, time", "endpoints"),
    ("17", "Harms", "Definition and assessment", "governance.harms"),
    ("18", "Timeline", "Schedule of visits", "visits"),
    ("19", "Sample size", "All assumptions", "population.planned & design.survival"),
    ("20", "Recruitment", "How the number is reached", "governance.recruitment"),
    ("21a", "Sequence", "Who makes it and how", "governance.sequence_generation"),
    ("21b", "Randomisation", "Restricted how, strata", "randomisation.method"),
    ("22", "Concealment", "How the sequence is hidden", "randomisation.concealment"),
    ("23", "Implementation", "Who can see the sequence", "governance.implementation"),
    ("24a", "Blinding: who", "Who is blinded", "trial.blinding"),
    ("24b", "Blinding: how", "How, likeness", "governance.blinding_how"),
    ("24c", "Unblinding", "When a code may be broken", "governance.unblinding"),
    ("25a", "Data collection", "Quality, instruments, forms", "governance.data_collection | forms"),
    ("25b", "Retention", "Complete follow-up", "governance.retention"),
    ("26", "Data management", "Entry, coding, checks", "governance.data_management"),
    ("27a", "Statistics", "Methods for each outcome", "analyses"),
    ("27b", "Populations", "Who is counted", "analysis_sets"),
    ("27c", "Missing data", "How handled", "governance.missing_data"),
    ("27d", "Additional analyses", "Subgroups, sensitivity", "analyses"),
    ("28a", "Monitoring board", "Make-up, charter, or why none",
     "governance.dsmb.charter | governance.dsmb.why_none"),
    ("28b", "Interim analyses", "Looks, guidance, or why none",
     "design.looks | design.why_no_looks"),
    ("29", "Trial monitoring", "How often and how", "governance.monitoring"),
    ("30", "Ethics approval", "Plans or approvals",
     "governance.ethics.committee | governance.ethics.approvals"),
    ("31", "Amendments", "How changes are made known", "governance.amendments"),
    ("32a", "Consent", "Who takes it and how", "governance.consent.by & governance.consent.how"),
    ("32b", "Ancillary consent", "Other use of data, samples", "governance.consent.other_use"),
    ("33", "Confidentiality", "Personal information", "governance.confidentiality"),
    ("34", "Post-trial care", "Care and compensation",
     "governance.post_trial_care & governance.insurance"),
)  # fmt: skip


@dataclass(frozen=True)
class SpiritRow:
    """One row of the checklist: what is asked, the parts of the file, and whether they answer."""

    id: str
    topic: str
    asks: str
    paths: tuple[str, ...]
    where: str
    answered: bool


def spirit_rows(protocol: Protocol) -> tuple[SpiritRow, ...]:
    """Return the 53 rows of SPIRIT 2025 with the parts of the protocol that answer them.

    >>> from adjuvant.protocol import read_protocol_text
    >>> from importlib.resources import files
    >>> shipped = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy"
    >>> text = (shipped / "protocol.yaml").read_text("utf-8")
    >>> rows = spirit_rows(read_protocol_text(text).protocol)
    >>> len(rows), all(row.answered for row in rows)
    (53, True)
    """
    rows = []
    for number, topic, asks, where in _ITEMS:
        needed = [group.split(" | ") for group in where.split(" & ")]
        answered = all(any(is_given(protocol, path) for path in group) for group in needed)
        paths = tuple(path for group in needed for path in group)
        words = where.replace(" & ", " and ").replace(" | ", " or ")
        rows.append(SpiritRow(number, topic, asks, paths, words, answered))
    return tuple(rows)


def is_given(part: Any, path: str) -> bool:
    """Return whether a path holds a value; `*` asks it of some item of a list.

    >>> from adjuvant.protocol.model import Population
    >>> is_given(Population(planned=150), "planned"), is_given(Population(), "inclusion")
    (True, False)
    """
    steps = path.split(".")
    for n, step in enumerate(steps):
        if step == "*":
            rest = ".".join(steps[n + 1 :])
            return any(is_given(item, rest) for item in part)
        part = getattr(part, step, None)
        if part is None:
            return False
    return part not in (None, "", (), {}, [])
