"""The app `audit`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only, head_row, redactable


class AuditConfig(AppConfig):
    """Audit trail; the lowest of conduct's apps."""

    name = "adjuvant.conduct.audit"
    label = "audit"
    guards: tuple[Guard, ...] = (
        append_only("audit_event"),
        append_only("audit_change"),
        redactable("audit_text"),
        head_row("audit_head"),
    )
