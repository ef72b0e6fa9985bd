"""The one table of who may do what: roles, actions, whose scope, the task to be delegated.

A person holds a role by a line of the delegation log: at one site, or for the whole trial. An
action given "at the own site" holds where that line holds; "at all sites" holds everywhere.
An action with tasks is open only to those to whom one of them is delegated, if the protocol in
force has such a task.
"""

from dataclasses import dataclass
from typing import Final

__all__ = [
    "ACTIONS",
    "CENTRAL_ROLES",
    "EVERYBODY",
    "PUBLIC",
    "ROLES",
    "SITE_ROLES",
    "SYSTEM_ACTIONS",
    "Permission",
    "roles_of",
]

# id -> the words that pages print. The DSMB gets files only, never a log-in (trialist.md 15).
ROLES: Final = {
    "principal_investigator": "Principal investigator",
    "investigator": "Investigator",
    "nurse": "Nurse",
    "coordinator": "Coordinator",
    "lab": "Laboratory technologist",
    "release_authority": "Release authority",
    "courier": "Courier",
    "monitor": "Monitor",
    "data_manager": "Data manager",
    "trial_statistician": "Trial statistician",
    "unblinded_statistician": "Unblinded statistician",
    "pharmacovigilance": "Pharmacovigilance",
    "auditor": "Auditor",
}
# Delegated by the principal investigator of a site.
SITE_ROLES: Final = ("investigator", "nurse", "coordinator", "lab", "release_authority", "courier")
# Appointed by the data manager for the whole trial; monitor and laboratory also for one site.
CENTRAL_ROLES: Final = (
    "lab", "release_authority", "courier", "monitor", "data_manager", "trial_statistician",
    "unblinded_statistician", "pharmacovigilance", "auditor",
)  # fmt: skip

_PI, _DOCTORS = ("principal_investigator",), ("principal_investigator", "investigator")
_STAFF = (*_DOCTORS, "nurse", "coordinator")
_PRODUCT = ("lab", "release_authority", "courier")
_READERS = ("monitor", "data_manager", "pharmacovigilance", "auditor")
_ENROL, _ENTER = ("enrol",), ("enter_data", "enrol", "inform", "sign_eligibility")
_STATISTICIANS = ("trial_statistician", "unblinded_statistician")


@dataclass(frozen=True)
class Permission:
    """One action: in words, the roles that may do it at their own site, and at all sites.

    tasks  ids of tasks of the protocol, one of which must be delegated beside the role; () = none.
    """

    words: str
    own: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


# Open to whoever is not logged in; open to everyone who is; open to the command line of the server.
PUBLIC: Final = ("people.log_in", "people.take_up", "people.enter_training", "home.health")
EVERYBODY: Final = (
    "home.start",
    "people.me",
    "people.prove",
    "people.log_out",
    "people.own_log_in",
)
SYSTEM_ACTIONS: Final = (
    "people.invite_person", "people.open_site", "people.renew_access", "protocols.load_version",
    "audit.verify",
)  # fmt: skip

ACTIONS: Final[dict[str, Permission]] = {
    # people
    "people.view": Permission(
        "See people, sites and the delegation log", own=(*_STAFF, *_PRODUCT),
        all=(*_READERS, *_STATISTICIANS),
    ),
    "people.invite_person": Permission("Invite a person", own=_PI, all=("data_manager",)),
    "people.change_person": Permission("Correct a person's particulars", all=("data_manager",)),
    "people.renew_access": Permission("Give a person a new log-in", all=("data_manager",)),
    "people.end_sessions": Permission("End another person's sessions", all=("data_manager",)),
    "people.appoint": Permission(
        "Appoint a principal investigator or a central role", all=("data_manager",)
    ),
    "people.delegate": Permission("Sign a line of the delegation log", own=_PI),
    "people.end_delegation": Permission("End a delegation", own=_PI, all=("data_manager",)),
    "people.open_site": Permission("Open a site of the protocol", all=("data_manager",)),
    "people.record_document": Permission(
        "Record a site's approval, contract or training", own=(*_PI, "coordinator", "monitor"),
        all=("data_manager",),
    ),
    "people.activate_site": Permission("Activate or close a site", all=("data_manager",)),
    # protocols
    "protocols.view": Permission(
        "Read the protocol and its versions", all=(*_STAFF, *_PRODUCT, *_READERS, *_STATISTICIANS)
    ),
    "protocols.load_version": Permission("Load a version of the protocol", all=("data_manager",)),
    "protocols.approve_at_site": Permission(
        "Record an ethics approval of a version", own=(*_PI, "coordinator"), all=("data_manager",)
    ),
    "protocols.sign_sealed_list": Permission(
        "Sign the commitment of a sealed list", all=("unblinded_statistician",)
    ),
    # subjects
    "subjects.view": Permission(
        "See subjects and their records", own=_STAFF, all=_READERS
    ),
    "subjects.add_subject": Permission(
        "Add a subject", own=(*_DOCTORS, "coordinator"), tasks=_ENROL
    ),
    "subjects.save_record": Permission("Fill a form", own=_STAFF, tasks=_ENTER),
    "subjects.correct_record": Permission("Correct a form", own=_STAFF, tasks=_ENTER),
    "subjects.sign_record": Permission(
        "Sign a record as a physician", own=_DOCTORS, tasks=("sign_eligibility",)
    ),
    "subjects.attach_file": Permission("Attach a file", own=_STAFF, tasks=_ENTER),
    "subjects.read_attachment": Permission(
        "Read an attached file", own=_STAFF, all=("monitor", "data_manager", "pharmacovigilance")
    ),
    "subjects.record_screen_failure": Permission(
        "Close a screening with its reason", own=(*_DOCTORS, "coordinator"), tasks=_ENROL
    ),
    "subjects.sign_eligibility": Permission(
        "Sign that a subject is eligible", own=_DOCTORS, tasks=("sign_eligibility",)
    ),
    "subjects.scan_wristband": Permission(
        "Bind a wristband, as one of two persons", own=(*_STAFF, "lab")
    ),
    "subjects.register_site_key": Permission(
        "Register the key of the site's identity list", own=_PI
    ),
    "subjects.keep_identity": Permission("Seal who a subject is", own=(*_DOCTORS, "coordinator")),
    "subjects.read_identities": Permission(
        "Take the site's sealed identity list", own=(*_DOCTORS, "coordinator")
    ),
    "subjects.withdraw": Permission("Record a withdrawal", own=(*_DOCTORS, "coordinator")),
    "subjects.ask_transfer": Permission("Ask for a transfer", own=(*_DOCTORS, "coordinator")),
    "subjects.sign_transfer": Permission("Sign a transfer", own=_PI),
    # allocation
    "allocation.view": Permission("See who was allocated", own=_STAFF, all=_READERS),
    "allocation.seal": Permission("Register a sealed list", all=("unblinded_statistician",)),
    "allocation.unlock": Permission(
        "Open the list in the vault", all=("unblinded_statistician",)
    ),
    "allocation.randomise": Permission(
        "Randomise a subject", own=(*_DOCTORS, "coordinator"), tasks=_ENROL
    ),
    "allocation.disclose": Permission(
        "Disclose a subject's arm in an emergency (masked trials)", own=_DOCTORS
    ),
    "allocation.enter_receipt": Permission(
        "Enter an allocation again from its receipt", all=("unblinded_statistician",)
    ),
    "allocation.reopen": Permission(
        "Open randomisation again after a restore", all=("unblinded_statistician",)
    ),
    "allocation.switch": Permission("Open or close recruitment", own=_PI, all=("data_manager",)),
    "allocation.mark_in_error": Permission(
        "Mark a subject as randomised in error", own=(*_DOCTORS, "coordinator")
    ),
    "allocation.sign_in_error": Permission(
        "Sign that a subject was randomised in error", own=_DOCTORS
    ),
    "allocation.correct_stratum": Permission(
        "Correct a stratification factor", all=("data_manager",)
    ),
    # audit
    "audit.view": Permission(
        "Read the audit trail", own=_PI, all=("monitor", "data_manager", "auditor")
    ),
    "audit.view_history": Permission(
        "Read the history of a record", own=_STAFF, all=_READERS
    ),
    "audit.export": Permission(
        "Export the audit trail", own=_PI, all=("data_manager", "auditor")
    ),
    "audit.verify": Permission("Verify the audit trail", all=("data_manager", "auditor")),
    "audit.ask_redaction": Permission(
        "Ask for the redaction of a text", own=(*_PI, "coordinator"), all=("data_manager",)
    ),
    "audit.redact": Permission(
        "Confirm a redaction that another person asked for", own=_PI, all=("data_manager",)
    ),
}  # fmt: skip


def roles_of(action: str) -> tuple[str, ...]:
    """Return the roles to which an action is given anywhere.

    >>> roles_of("people.appoint")
    ('data_manager',)
    """
    found = ACTIONS[action]
    return tuple(role for role in ROLES if role in found.own or role in found.all)
