"""The app `subjects`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only, audited

ENROLMENT = (
    "screenfailure", "eligibility", "wristbandscan", "wristband", "sitekey", "identityentry",
    "withdrawal", "transfer", "transfersignature",
)  # fmt: skip


class SubjectsConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.subjects"
    label = "subjects"
    guards: tuple[Guard, ...] = (
        audited("subjects_subject", frozen=("number", "sequence", "added_at", "added_by")),
        audited(
            "subjects_record",
            frozen=(
                "subject_id",
                "site",
                "form",
                "visit",
                "repeat",
                "version",
                "saved_at",
                "saved_by",
            ),
        ),
        append_only("subjects_signature"),
        append_only("subjects_attachment"),
        *(append_only(f"subjects_{table}") for table in ENROLMENT),
        # subjects_draft has none: see the model.
    )
