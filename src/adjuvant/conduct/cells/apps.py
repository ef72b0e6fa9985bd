"""The app `cells`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only


class CellsConfig(AppConfig):
    """Lots, steps and results are written once."""

    name = "adjuvant.conduct.cells"
    label = "cells"
    guards: tuple[Guard, ...] = (
        append_only("cells_lot"),
        append_only("cells_lotstep"),
        append_only("cells_testresult"),
    )
