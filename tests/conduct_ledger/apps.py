from django.apps import AppConfig

from adjuvant.conduct.audit.guard_kinds import append_only, audited


class LedgerConfig(AppConfig):
    name = "conduct_ledger"
    label = "ledger"
    guards = (audited("ledger_jar", frozen=("code",)), append_only("ledger_weighing"))
