"""`adjuvant doctor`: what this machine has, what is missing, and the command that brings it."""

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import click

from adjuvant.cli.output import print_json, print_table

__all__ = ["doctor"]

_PYTHON = ((3, 11), (3, 14))
_NEEDED = ("numpy", "scipy", "numba", "pydantic", "yaml", "jinja2", "matplotlib", "narwhals")
_EXTRAS = {
    "web": ("django", "allauth", "gunicorn", "argon2", "cryptography"),
    "office": ("docx", "typst"),
    "sas": ("pyreadstat",),
    "cluster": ("dask", "distributed"),
    "postgres": ("psycopg",),
}
_PROGRAMS = {"chromium": "browser tests", "psql": "PostgreSQL client", "Rscript": "remaking cases"}


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is there, whether it is needed, and what to do if not."""

    name: str
    found: bool
    needed: bool
    what: str
    remedy: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what this machine has and what is missing; exit 4 when something needed is."""
    checks = list(_checks())
    healthy = all(check.found or not check.needed for check in checks)
    if as_json:
        rows = [asdict(check) for check in checks]
        print_json({"schema": "adjuvant/doctor/1", "healthy": healthy, "checks": rows})
    else:
        table = [(c.name, _verdict(c), c.what if c.found else c.remedy) for c in checks]
        print_table("This machine", ["", "here", "what, or what to do"], table, texts=3)
        click.echo("All that is needed is here." if healthy else "Something needed is missing.")
    ctx.exit(0 if healthy else 4)


def _verdict(check: Check) -> str:
    if check.found:
        return "yes"
    return "MISSING" if check.needed else "no"


def _checks() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    right = _PYTHON[0] <= sys.version_info[:2] < _PYTHON[1]
    yield Check("Python", right, True, version, f"{version} found; install Python 3.11 to 3.13")
    for package in _NEEDED:
        yield Check(
            package, find_spec(package) is not None, True, "package", "pip install adjuvant"
        )
    yield _cache()
    for extra, packages in _EXTRAS.items():
        lacking = [p for p in packages if find_spec(p) is None]
        remedy = f"pip install 'adjuvant[{extra}]' (lacks {', '.join(lacking)})"
        yield Check(f"[{extra}]", not lacking, False, "extra", remedy)
    for program, use in _PROGRAMS.items():
        yield Check(program, which(program) is not None, False, use, f"{use}; optional")


def _cache() -> Check:
    """Whether compiled kernels can be kept: beside the package, else in the user's cache."""
    import adjuvant.survival

    named = os.environ.get("NUMBA_CACHE_DIR")
    beside = Path(named or Path(adjuvant.survival.__file__).parent)
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    if _can_be_written(beside):
        where = f"kept in {named}" if named else "kept beside the package"
    else:
        where = "kept in the user's cache folder"
    kept = _can_be_written(beside) or (not named and _can_be_written(home))
    remedy = "set NUMBA_CACHE_DIR to a folder that can be written"
    return Check("kernel cache", kept, True, f"{where}; fill it with: adjuvant warmup", remedy)


def _can_be_written(folder: Path) -> bool:
    """Whether a folder, or the nearest above it that exists, can be written."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK)
