"""Every test of `conduct` gets a site of its own: a copy of one migrated template.

Append-only tables cannot be flushed, so nothing is rolled back or truncated: on SQLite the file
is copied with the backup API, on PostgreSQL the database is created from the template.
"""

import os
import secrets
import shutil
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from conduct_databases import copy_sqlite, leave_database, use_database
from conduct_postgres import start_cluster, why_no_postgres


def pytest_configure(config):
    """Make the study folder whose settings Django reads once in the life of the process."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="adjuvant-conduct-"))
    template = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    (folder / "protocol.yaml").write_text(template.read_text("utf-8"), "utf-8")
    os.environ["ADJUVANT_STUDY"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "conduct_settings"
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
    from adjuvant.conduct.audit.migrate import migrate

    file = study / "site" / "template.sqlite3"
    use_database(f"sqlite://{file}", anchors=study / "site" / "anchors-sqlite")
    migrate()
    leave_database()
    return file


@pytest.fixture
def sqlite_site(sqlite_template, tmp_path):
    """A site on SQLite, as fresh as migrated."""
    file = tmp_path / "adjuvant.sqlite3"
    copy_sqlite(sqlite_template, file)
    shutil.copytree(sqlite_template.parent / "anchors-sqlite", tmp_path / "anchors")
    use_database(f"sqlite://{file}", anchors=tmp_path / "anchors")
    yield file
    leave_database()


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


@pytest.fixture(scope="session")
def postgres_template(cluster, study):
    """One migrated database, owned by `owner`, that grants to `server` what it needs."""
    from adjuvant.conduct.audit.migrate import migrate

    cluster.run("CREATE ROLE owner LOGIN", "CREATE ROLE server LOGIN")
    cluster.run("CREATE DATABASE template OWNER owner")
    os.environ["DATABASE_SERVER_ROLE"] = "server"
    use_database(cluster.url("template", "owner"), anchors=study / "site" / "anchors-postgres")
    migrate()
    leave_database()
    return "template"


@pytest.fixture
def postgres_site(cluster, postgres_template, study, tmp_path):
    """A site on PostgreSQL, as fresh as migrated, seen by the role that serves; its owner's URL."""
    name = f"site_{secrets.token_hex(6)}"
    cluster.run(f"CREATE DATABASE {name} TEMPLATE {postgres_template} OWNER owner")
    shutil.copytree(study / "site" / "anchors-postgres", tmp_path / "anchors")
    use_database(cluster.url(name, "server"), anchors=tmp_path / "anchors")
    yield cluster.url(name, "owner")
    leave_database()
    cluster.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def site(request):
    """The same test on both databases."""
    return request.getfixturevalue(f"{request.param}_site")


@pytest.fixture
def now() -> datetime:
    """A fixed instant of the trial."""
    return datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
