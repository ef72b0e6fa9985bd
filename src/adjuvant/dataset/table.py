"""Subject-level data as columns, every cell with its place in the file it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import Any

from adjuvant.core import DataError, Finding, InvalidData, Place
from adjuvant.dataset.codes import finding
from adjuvant.protocol.suggestions import one_of

__all__ = ["Cell", "Table", "plain_cell", "raise_errors", "table_from_frame"]

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table: named columns of equal length, and for each row its place in the file.

    columns   name -> one cell a row: text, int, float, or None where the field is empty.
    lines     one number a row: the physical line of a CSV or NDJSON file (the header is line 1);
              the number of the record for JSON, XPT and data frames, which have no lines.
    labels    name -> what the file says about the column, where it says something.
    types     name -> the Dataset-JSON type that the file declares, where it declares one.
    findings  warnings and notes met while reading.
    Raises    InvalidData when columns differ in length.

    >>> table = Table("trial.csv", {"id": ("1", "2"), "days": ("12", None)}, (2, 3))
    >>> table.n, str(table.place(1, "days")), table.source(0)
    (2, 'trial.csv:3:2', 'trial.csv:2')
    """

    name: str
    columns: Mapping[str, tuple[Cell, ...]]
    lines: tuple[int, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for name, cells in self.columns.items():
            if len(cells) != len(self.lines):
                raise InvalidData(
                    f"{self.name}: column {name!r} has {len(cells)} cells, the table "
                    f"{len(self.lines)} rows; give every column the same length"
                )

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.lines)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(self.columns)

    def position(self, column: str) -> int:
        """Return the number of a column, counted from 1; 0 where there is none."""
        return self.names.index(column) + 1 if column in self.columns else 0

    def place(self, row: int, column: str = "") -> Place:
        """Return where a cell stands; without a column, where the row stands."""
        return Place(self.name, self.lines[row], self.position(column), column)

    def source(self, row: int) -> str:
        """Return the text that leads back to a row, such as "trial.csv:12"."""
        return f"{self.name}:{self.lines[row]}"

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return the cells of a column; DataError with "did you mean" where there is none."""
        if name not in self.columns:
            place = Place(self.name, 1, 0, name)
            fault = finding("D020", place, f"no column {name!r}", one_of(name, self.columns))
            raise DataError(f"{self.name} cannot be used", [fault])
        return self.columns[name]


def raise_errors(name: str, findings: list[Finding]) -> None:
    """Raise DataError with all findings of the run if any of them is an error.

    >>> raise_errors("trial.csv", [])
    """
    errors = sum(f.severity == "error" for f in findings)
    if errors:
        faults = "1 error" if errors == 1 else f"{errors} errors"
        raise DataError(f"{name} cannot be used: {faults}", findings)


def plain_cell(value: Any) -> Cell:
    """Return a value of any reader as text, int, float, or None for empty and NaN.

    Dates become ISO text; truth values become "true" and "false".

    >>> plain_cell(True), plain_cell(float("nan")), plain_cell(date(2026, 3, 5)), plain_cell("")
    ('true', None, '2026-03-05', None)
    """
    if type(value) is str or type(value) is int:
        return value if value != "" else None
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()  # a numpy scalar
    if value is None or value != value or (isinstance(value, str) and value == ""):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def table_from_frame(frame: Any, name: str = "data frame") -> Table:
    """Return a data frame (pandas, polars, pyarrow, ...) as a table; rows are counted from 1.

    frame     any eager frame that narwhals reads. Index columns are not read.
    name      what findings and `source` call it.
    Raises    DataError for a frame without rows or with a column twice, InvalidData for a thing
              that is no data frame.

    >>> import pandas
    >>> table_from_frame(pandas.DataFrame({"id": [1, 2], "days": [3.5, None]}), "trial").columns
    {'id': (1, 2), 'days': (3.5, None)}
    """
    frames = import_module("narwhals")  # loaded only when a data frame is given
    twice = _twice(frame)
    place = Place(name, 0, 0)
    if twice:
        fault = finding("D004", place, f"column {twice!r} stands twice", "rename one of the two")
        raise DataError(f"{name} cannot be used", [fault])
    try:
        native = frames.from_native(frame, eager_only=True)
    except TypeError as reason:
        raise InvalidData(
            f"{name} is a {type(frame).__name__}, not a data frame ({reason}); "
            "give a pandas, polars or pyarrow table"
        ) from None
    columns = {
        str(column): tuple(
            None if gap else plain_cell(value)
            for value, gap in zip(
                native[column].to_list(), native[column].is_null().to_list(), strict=True
            )
        )
        for column in native.columns
    }
    if not len(native):
        raise DataError(
            f"{name} cannot be used", [finding("D001", place, "the data frame has no rows")]
        )
    return Table(name, columns, tuple(range(1, len(native) + 1)))


def _twice(frame: Any) -> str | None:
    names = [str(c) for c in getattr(frame, "columns", ())]
    return next((c for c in names if names.count(c) > 1), None)
