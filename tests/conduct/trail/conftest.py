"""The training site, made once and copied for each test."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from conduct_databases import copy_sqlite, leave_database, use_database
from conduct_people import open_training


@pytest.fixture(scope="session")
def training_template(sqlite_template, study):
    """A migrated file in which the training sites are open, and its people."""
    file, anchors = (
        study / "site" / "training-trail.sqlite3",
        study / "site" / "anchors-training-trail",
    )
    copy_sqlite(sqlite_template, file)
    anchors.mkdir()
    use_database(f"sqlite://{file}", anchors=anchors)
    people = open_training()
    leave_database()
    return file, anchors, people


@pytest.fixture
def people(training_template, tmp_path):
    """The people of a fresh training site, each proved now: role or (role, site) -> Actor."""
    template, anchors, people = training_template
    file = tmp_path / "adjuvant.sqlite3"
    copy_sqlite(template, file)
    shutil.copytree(anchors, tmp_path / "anchors")
    use_database(f"sqlite://{file}", anchors=tmp_path / "anchors")
    yield {key: replace(actor, proved_at=datetime.now(UTC)) for key, actor in people.items()}
    leave_database()
