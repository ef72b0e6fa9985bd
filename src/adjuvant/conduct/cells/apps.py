"""The app `cells`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only, audited

LOT = (
    "number", "subject_id", "product", "infusion", "redraw_of_id", "draw_on", "planned_at",
)  # fmt: skip


class CellsConfig(AppConfig):
    """Lots, steps and results are written once."""

    name = "adjuvant.conduct.cells"
    label = "cells"
    guards: tuple[Guard, ...] = (
        # Written once too; but PostgreSQL lets only those lock a row who might update it.
        audited("cells_lot", frozen=LOT),
        append_only("cells_lotstep"),
        append_only("cells_testresult"),
    )
