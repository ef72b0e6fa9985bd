"""The app `subjects`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard


class SubjectsConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.subjects"
    label = "subjects"
    guards: tuple[Guard, ...] = ()
