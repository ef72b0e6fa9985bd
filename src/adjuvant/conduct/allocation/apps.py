"""The app `allocation`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only, audited

SEALED = (
    "commitment", "envelope", "replaces", "protocol_version", "registered_at", "registered_by",
)  # fmt: skip


class AllocationConfig(AppConfig):
    """Every table is append-only: a slot told is told for ever."""

    name = "adjuvant.conduct.allocation"
    label = "allocation"
    guards: tuple[Guard, ...] = (
        # Written once too; but PostgreSQL lets only those lock a row who might update it.
        audited("allocation_sealed", frozen=SEALED),
        append_only("allocation_allocation"),
        append_only("allocation_switch"),
        append_only("allocation_reopening"),
        append_only("allocation_inerror"),
        append_only("allocation_correction"),
        append_only("allocation_disclosure"),
    )
