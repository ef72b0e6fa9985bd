"""The app `allocation`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only


class AllocationConfig(AppConfig):
    """Every table is append-only: a slot told is told for ever."""

    name = "adjuvant.conduct.allocation"
    label = "allocation"
    guards: tuple[Guard, ...] = (
        append_only("allocation_sealed"),
        append_only("allocation_allocation"),
        append_only("allocation_switch"),
        append_only("allocation_inerror"),
        append_only("allocation_correction"),
        append_only("allocation_disclosure"),
    )
