"""The app `trail`: what people do with the audit trail; the trail itself is `audit`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, audited

ASKED = ("seq", "position", "side", "asked_by", "asked_by_name", "asked_at", "why")


class TrailConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.trail"
    label = "trail"
    guards: tuple[Guard, ...] = (audited("trail_redaction", frozen=ASKED),)
