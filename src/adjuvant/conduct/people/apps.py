"""The app `people`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard


class PeopleConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.people"
    label = "people"
    guards: tuple[Guard, ...] = ()
