"""One door to the tables a statistician has: CSV, Dataset-JSON, SAS transport."""

from pathlib import Path

from adjuvant.core import DataError, Place
from adjuvant.dataset.codes import finding
from adjuvant.dataset.dataset_json import read_dataset_json
from adjuvant.dataset.read_csv import read_csv
from adjuvant.dataset.read_xpt import read_xpt
from adjuvant.dataset.table import Table

__all__ = ["SUFFIXES", "read_table"]

SUFFIXES = {
    ".csv": read_csv,
    ".json": read_dataset_json,
    ".ndjson": read_dataset_json,
    ".xpt": read_xpt,
}


def read_table(path: Path | str) -> Table:
    """Return the table of a file, by its suffix: .csv, .json, .ndjson or .xpt.

    Raises    DataError with every fault of the file, its line and column.

    >>> read_table("trial.docx")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.DataError: trial.docx cannot be read
    trial.docx: error D008: a file '.docx' is not read
          hint: give .csv (UTF-8), Dataset-JSON .json or .ndjson, or SAS .xpt
    """
    path = Path(path)
    reader = SUFFIXES.get(path.suffix.lower())
    if reader is None:
        raise _unreadable(
            path,
            f"a file {path.suffix!r} is not read",
            "give .csv (UTF-8), Dataset-JSON .json or .ndjson, or SAS .xpt",
        )
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there"
        raise _unreadable(path, f"the file is {kind}", "check the path")
    try:
        return reader(path)
    except OSError as reason:
        raise _unreadable(path, f"the file cannot be opened: {reason.strerror}") from None


def _unreadable(path: Path, message: str, hint: str = "") -> DataError:
    return DataError(
        f"{path.name} cannot be read", [finding("D008", Place(path.name), message, hint)]
    )
