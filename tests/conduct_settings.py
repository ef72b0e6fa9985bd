"""The site's settings, with the tests' own app among the others."""

from adjuvant.conduct.settings import *  # noqa: F403
from adjuvant.conduct.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "conduct_ledger.apps.LedgerConfig"]
