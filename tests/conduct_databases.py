"""Which database the tests' Django looks at: switched between tests, and between SQLite and PG."""

import sqlite3
from contextlib import closing
from pathlib import Path


def use_database(url: str, anchors: Path | None = None) -> None:
    """Let this process (all its later threads too) use another database, and its outside heads."""
    from django.conf import settings
    from django.db import connections

    from adjuvant.conduct.database_url import databases

    leave_database()
    if anchors:
        settings.ANCHORS = anchors
    connections.settings = connections.configure_settings(databases(url, Path("unused")))
    if hasattr(connections._connections, "default"):
        del connections["default"]


def leave_database() -> None:
    """Close this thread's connection, if there is one."""
    from django.db import connections

    connections.close_all()


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a live SQLite file as it is at one instant."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
