"""Every test of `conduct` gets a site of its own: a copy of one migrated template.

Append-only tables cannot be flushed, so nothing is rolled back or truncated: on SQLite the file
is copied with the backup API, on PostgreSQL the database is created from the template.
"""

import os
import shutil
import sqlite3
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from conduct_postgres import start_cluster, why_no_postgres


def pytest_configure(config):
    """Make the study folder whose settings Django reads once in the life of the process."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="adjuvant-conduct-"))
    template = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    (folder / "protocol.yaml").write_text(template.read_text("utf-8"), "utf-8")
    os.environ["ADJUVANT_STUDY"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "adjuvant.conduct.settings"
    os.environ.pop("DATABASE_URL", None)
    from adjuvant.conduct.secrets import make_secrets

    make_secrets(folder / "site" / "secrets.json", "training")
    import django

    django.setup()


def pytest_unconfigure(config):
    shutil.rmtree(os.environ["ADJUVANT_STUDY"], ignore_errors=True)


@pytest.fixture(scope="session")
def study() -> Path:
    """The study folder of the tests' site."""
    return Path(os.environ["ADJUVANT_STUDY"])


@pytest.fixture(scope="session")
def sqlite_template(study):
    """One migrated SQLite file with its guards."""
    from django.conf import settings
    from django.db import connection

    from adjuvant.conduct.audit.migrate import migrate

    file = study / "site" / "template.sqlite3"
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = str(file)
    migrate()
    connection.close()
    return file


@pytest.fixture(scope="session")
def cluster():
    """One PostgreSQL server for the whole run; the tests that need it skip where there is none."""
    reason = why_no_postgres()
    if reason:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must run in CI: {reason}")
        pytest.skip(reason)
    with start_cluster() as found:
        yield found


@pytest.fixture
def sqlite_site(sqlite_template, tmp_path):
    """A site on SQLite, as fresh as migrated."""
    from django.db import connection

    file = tmp_path / "adjuvant.sqlite3"
    source, copy = sqlite3.connect(sqlite_template), sqlite3.connect(file)
    with copy:
        source.backup(copy)
    source.close()
    copy.close()
    connection.close()
    connection.settings_dict["NAME"] = str(file)
    yield file
    connection.close()


@pytest.fixture
def now() -> datetime:
    """A fixed instant of the trial."""
    return datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
