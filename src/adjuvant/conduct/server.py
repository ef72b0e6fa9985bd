"""The site of a study: made, checked and served. What stands in the way is said before it starts.

Order at every start: the protocol has no fault -> the keys are there (or are made, for a new
site) -> the tables are current and guarded -> the file's version is loaded -> the database keeps
its promises -> gunicorn.
"""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adjuvant.conduct.secrets import Mode, make_secrets, read_secrets
from adjuvant.core import EnvironmentProblem, StepRefused, UsageError

__all__ = [
    "Address",
    "check_port_is_free",
    "open_site",
    "prepare",
    "serve",
    "standing_in_the_way",
    "tables_are_current",
]


@dataclass(frozen=True)
class Address:
    """Where the server listens and with how many processes and threads."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        host = "localhost" if self.host in ("0.0.0.0", "127.0.0.1") else self.host
        return f"http://{host}:{self.port}/"


def check_port_is_free(address: Address) -> None:
    """Raise EnvironmentProblem where another program listens already."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address.host, address.port))
        except OSError as fault:
            raise EnvironmentProblem(
                f"{address.host}:{address.port} cannot be used: {fault.strerror}; "
                f"choose another with --port {address.port + 1}"
            ) from None


def open_site(study: Path, *, current: bool = True) -> None:
    """Let this process work on the site of a study folder.

    current   whether its tables must be those of this program.
    Raises EnvironmentProblem where the extra `web` or the site is missing, or its tables are older.
    """
    os.environ["ADJUVANT_STUDY"] = str(study.absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adjuvant.conduct.settings")
    try:
        import django
    except ImportError:
        raise EnvironmentProblem("the site needs Django: pip install 'adjuvant[web]'") from None
    django.setup()
    if current and not tables_are_current():
        raise EnvironmentProblem(
            f"the tables of the site in {study} are not those of this program: run "
            "'adjuvant manage migrate' (as the role that owns them)"
        )


def tables_are_current() -> bool:
    """Return whether every migration of this program is in the database.

    Raises EnvironmentProblem where the database was made by a newer program.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    newer = sorted(set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations))
    if newer:
        raise EnvironmentProblem(
            f"the database was made by a newer adjuvant (it knows {newer[0][0]}.{newer[0][1]}): "
            "install that version"
        )
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare(study: Path, mode: Mode) -> None:
    """Make or update the site: keys, tables, guards, static files, the version of the file.

    Raises ProtocolError with its findings; StepRefused where a training site is asked to become
    production or the other way round, and where production lacks the signed protocol.
    """
    file = study / "protocol.yaml"
    if not file.is_file():
        raise UsageError(
            f"{file} does not exist; run this in a study folder, or make one with 'adjuvant new'"
        )
    from adjuvant.protocol import read_protocol

    read_protocol(file)  # a protocol with errors opens no site
    _keys(study, mode)
    owner = os.environ.pop("DATABASE_OWNER_URL", "")
    if owner:
        _migrate_as_owner(study, owner)
    open_site(study, current=False)
    from django.core.management import call_command

    if not owner:
        from adjuvant.conduct.audit.migrate import migrate

        migrate()
    call_command("collectstatic", verbosity=0, interactive=False)
    from adjuvant.conduct.protocols.services import load_file

    load_file(file)


def _keys(study: Path, mode: Mode) -> None:
    """Make the keys of a new site, or see that those of an old one are of the mode asked for."""
    file = Path(os.environ.get("ADJUVANT_SECRETS", study / "site" / "secrets.json"))
    if mode == "production":
        from adjuvant.conduct.protocols.signature import verify_signature

        verify_signature(study / "protocol.yaml")
    if not file.exists():
        make_secrets(file, mode)
    found = read_secrets(file).mode
    if found != mode:
        raise StepRefused(
            f"the site in {study} is not opened for {mode}",
            f"it was made for {found}, and training data never become production",
            "make a new study folder for the other purpose"
            if found == "training"
            else "leave out --training, or use another study folder to train",
        )


def _migrate_as_owner(study: Path, owner: str) -> None:
    """Update the tables in a process of its own, under the role that owns them."""
    environment = {
        **os.environ,
        "DATABASE_URL": owner,
        "DATABASE_SERVER_ROLE": urlsplit(os.environ.get("DATABASE_URL", "")).username or "",
        "ADJUVANT_STUDY": str(study.absolute()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "adjuvant", "manage", "migrate", "--study", str(study)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise EnvironmentProblem(f"the tables could not be updated: {done.stderr.strip()}")


def standing_in_the_way() -> list[str]:
    """Return why this server may not start; empty when nothing stands in the way."""
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.db import connection

    from adjuvant.conduct.audit.guards import serve_refusals

    refusals = list(serve_refusals(connection))
    try:
        call_command("check", deploy=settings.HTTPS, verbosity=0, fail_level="ERROR")
    except SystemCheckError as fault:
        refusals.append(str(fault))
    if not tables_are_current():
        refusals.append("the tables are older than this program: run 'adjuvant manage migrate'")
    return refusals


def serve(address: Address) -> None:
    """Serve the site until it is stopped; the start is refused where something stands in the way.

    Raises StepRefused with every reason.
    """
    refusals = standing_in_the_way()
    if refusals:
        raise StepRefused(
            "the site is not served", "; ".join(refusals), "mend this first ('adjuvant doctor')"
        )
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone
    from gunicorn.app.base import BaseApplication

    from adjuvant.conduct.allocation.training import open_training_list
    from adjuvant.conduct.allocation.vault_client import start_vault
    from adjuvant.conduct.subjects.training import add_training_subjects

    start_vault(settings.ANCHORS / "vault.log")
    if settings.MODE == "training":
        open_training_list()
        add_training_subjects(timezone.now())
    connections.close_all()  # no connection is shared between processes
    options: dict[str, Any] = {
        "bind": f"{address.host}:{address.port}",
        "workers": address.workers,
        "threads": address.threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": 10,
        "preload_app": False,
        "loglevel": "warning",
        "post_worker_init": _worker_started,
    }

    class Site(BaseApplication):
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from adjuvant.conduct.wsgi import application

            return application

    Site().run()


def _worker_started(_worker: Any) -> None:
    """Give each worker its log and the clock that signs the audit head every hour."""
    from adjuvant.conduct.audit.anchors import start_hourly_heads
    from adjuvant.conduct.logs import start_logging

    start_logging()
    start_hourly_heads()
