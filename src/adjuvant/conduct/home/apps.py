"""The app `home`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard


class HomeConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.home"
    label = "home"
    guards: tuple[Guard, ...] = ()
