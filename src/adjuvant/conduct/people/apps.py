"""The app `people`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only, audited


class PeopleConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.people"
    label = "people"
    # Accounts, attempts and the shared cache are not guarded: no hash of a password in the trail.
    guards: tuple[Guard, ...] = (
        audited("people_site", frozen=("code", "opened_at")),
        audited("people_person", frozen=("number", "invited_for", "added_at")),
        audited(
            "people_invitation",
            frozen=("person_id", "kind", "token_sha256", "made_at", "expires_at"),
        ),
        audited(
            "people_delegation",
            frozen=(
                "person_id", "site_id", "role", "tasks", "starts_on", "signed_by", "signed_name",
                "signed_role", "signed_at", "meaning",
            ),
        ),
        append_only("people_sitedocument"),
        append_only("people_siteactivation"),
        append_only("people_studyrules"),
    )  # fmt: skip
