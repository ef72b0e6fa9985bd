"""The app `protocols`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard


class ProtocolsConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.protocols"
    label = "protocols"
    guards: tuple[Guard, ...] = ()
