"""The app `protocols`."""

from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import Guard, append_only


class ProtocolsConfig(AppConfig):
    """See the package's docstring."""

    name = "adjuvant.conduct.protocols"
    label = "protocols"
    guards: tuple[Guard, ...] = (
        append_only("protocols_installation"),
        append_only("protocols_protocolversion"),
        append_only("protocols_siteapproval"),
        append_only("protocols_listcommitment"),
        append_only("protocols_unblindedlook"),
    )
