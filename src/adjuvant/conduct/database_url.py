"""One URL names the database; the settings that keep it safe are not a choice."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adjuvant.core import UsageError

__all__ = ["databases"]

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA recursive_triggers=ON;"
)


def databases(url: str, sqlite_file: Path) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES of a URL; an empty URL means SQLite in this file.

    Raises UsageError for a URL that is not one of PostgreSQL or SQLite; the password is not shown.

    >>> databases("", Path("a.sqlite3"))["default"]["OPTIONS"]["transaction_mode"]
    'IMMEDIATE'
    >>> databases("postgresql://server@localhost:5433/trial", Path())["default"]["PORT"]
    '5433'
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "sqlite"):
        name = unquote(parts.path) if parts.path else str(sqlite_file)
        return {"default": _sqlite(name)}
    if parts.scheme not in ("postgres", "postgresql"):
        raise UsageError(
            f"DATABASE_URL begins with {parts.scheme!r}; write postgresql://role@host:port/name"
        )
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or options.pop("port", "")),
            "OPTIONS": options,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    }


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": PRAGMAS},
        "TEST": {"NAME": name},
        "CONN_MAX_AGE": 60,
    }
