"""Parts of the protocol that an ethics board reads first: people, oversight, consent, data."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from adjuvant.protocol.fields import Anything, DateText, Flag, Length, Part, Texts

__all__ = [
    "Approval",
    "Board",
    "Consent",
    "ConsentVersion",
    "Ethics",
    "Governance",
    "Harms",
    "HarmsCollection",
    "Role",
    "Site",
    "Task",
    "Withdrawal",
]


class Site(Part):
    """One place where patients are recruited."""

    id: str
    name: str
    country: str | None = None


class Withdrawal(Part):
    """Withdrawal is five separate answers; nothing collected before is deleted."""

    parts: Texts = ("infusions", "visits", "records", "registry", "samples")
    data_collected_before: Literal["kept"] = "kept"
    replaced: Flag = False


class Role(Part):
    """One role: what it may do, and which role the same person may not hold."""

    id: str
    label: str
    tasks: Texts = ()
    never_with: Texts = ()
    sees_arms: Literal["none", "own_patients", "all"] = "own_patients"


class Task(Part):
    """One task that the principal investigator delegates in the log."""

    id: str
    label: str
    physician: Flag = False


class Board(Part):
    """The data and safety monitoring board, or why there is none."""

    members: Texts = ()
    charter: str | None = None
    why_none: str | None = None


class Approval(Part):
    """One ethics committee's approval of one version at one site."""

    site: str
    version: str
    date: DateText | None = None


class Ethics(Part):
    """Ethics committees and their approvals."""

    committee: str | None = None
    approvals: tuple[Approval, ...] = ()


class ConsentVersion(Part):
    """One version of the consent text and what it covers."""

    version: str
    date: DateText | None = None
    covers: Texts = ()


class Consent(Part):
    """Who takes consent, how, and which versions there are."""

    by: str | None = None
    how: str | None = None
    other_use: str | None = None
    versions: tuple[ConsentVersion, ...] = ()


class HarmsCollection(Part):
    """How long harms are asked, in which arms."""

    arms: Texts = ("all",)
    until: str | None = None
    sae_until: str | None = None


class Harms(Part):
    """How harms are defined, graded and collected."""

    dictionary: str | None = None
    ctcae: str | None = None
    collect: HarmsCollection | None = None
    reporting: str | None = None


class Governance(Part):
    """What SPIRIT 2025 asks beside design and analysis; each key left empty is a finding."""

    summary: str | None = None
    contributors: Anything = None
    sponsor_role: str | None = None
    steering: Anything = None
    dsmb: Board | None = None
    protocol_access: str | None = None
    data_sharing: str | None = None
    funding: str | None = None
    conflicts: str | None = None
    dissemination: str | None = None
    background: str | None = None
    comparator_choice: str | None = None
    patient_involvement: str | None = None
    setting: str | None = None
    site_eligibility: str | None = None
    recruitment: str | None = None
    sequence_generation: str | None = None
    implementation: str | None = None
    blinding_how: str | None = None
    unblinding: str | None = None
    data_collection: str | None = None
    retention: str | None = None
    data_management: str | None = None
    missing_data: str | None = None
    monitoring: str | None = None
    insurance: str | None = None
    confidentiality: str | None = None
    post_trial_care: str | None = None
    amendments: str | None = None
    ethics: Ethics | None = None
    consent: Consent | None = None
    harms: Harms | None = None
    documents: Mapping[str, str] = Field(default_factory=dict)
    retention_of_records: Length | None = None
