"""The CSV file beside a case file: typed columns, and the rows a case is about."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjuvant.core import CaseError, Numbers

__all__ = ["Cell", "Table", "label", "read_table", "same"]

Cell = int | float | str | None
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, as written; an empty field is missing.

    >>> table = read_table("a.csv", b"time,arm\\n5,new\\n,old\\n")
    >>> table.cells("time"), table.cells("arm")
    ([5, None], ['new', 'old'])
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    rows: int

    def cells(self, column: str) -> list[Cell]:
        """Return a column: numbers where every field that is not empty is one, else texts."""
        texts = self._texts(column)
        filled = [text.strip() for text in texts if text != ""]
        if all(_WHOLE.fullmatch(text) for text in filled):
            return [int(text) if text else None for text in texts]
        if all(_DECIMAL.fullmatch(text) for text in filled):
            return [float(text) if text else None for text in texts]
        return [text or None for text in texts]

    def numbers(self, column: str, rows: Sequence[int]) -> Numbers:
        """Return the numbers of some rows: int64 where all are whole as written, else float64."""
        cells = self.cells(column)
        chosen = [cells[row] for row in rows]
        for row, cell in zip(rows, chosen, strict=True):
            if isinstance(cell, str):
                raise CaseError(self._not_a_number(column, row))
            if cell is None:
                raise CaseError(f"{self.name}: column {column!r} is empty in row {row + 1}")
        if all(isinstance(cell, int) for cell in chosen):
            return np.array(chosen, dtype=np.int64)
        return np.array(chosen, dtype=np.float64)

    def where(self, wanted: Mapping[str, Any], needed: Sequence[str]) -> list[int]:
        """Return the rows with the wanted values and with no needed column empty."""
        keep = list(range(self.rows))
        for column, value in wanted.items():
            cells = self.cells(column)
            keep = [row for row in keep if same(cells[row], value)]
        for column in needed:
            texts = self._texts(column)
            keep = [row for row in keep if texts[row] != ""]
        return keep

    def _texts(self, column: str) -> tuple[str, ...]:
        if column not in self.columns:
            raise CaseError(
                f"{self.name} has no column {column!r}; it has {', '.join(self.columns)}"
            )
        return self.columns[column]

    def _not_a_number(self, column: str, row: int) -> str:
        texts = self._texts(column)
        for at, text in enumerate(texts):
            if text != "" and not _DECIMAL.fullmatch(text.strip()):
                row = at
                break
        return (
            f"{self.name}: column {column!r} must hold numbers; row {row + 1} holds "
            f"{texts[row]!r} (a missing value is an empty field)"
        )


def read_table(name: str, content: bytes) -> Table:
    """Return the table in a CSV file (RFC 4180, UTF-8, header row).

    Raises    CaseError for a file that is not UTF-8 text, has no header, names a column twice, or
              holds a row with another number of fields; the message names the line.

    >>> read_table("a.csv", b"time,event\\n5,1\\n").rows
    1
    """
    try:
        text = content.decode("utf-8-sig")
        lines = list(_lines(name, text))
    except UnicodeDecodeError as reason:
        raise CaseError(f"{name} is not UTF-8 text (byte {reason.start})") from None
    except csv.Error as reason:
        raise CaseError(f"{name} is not a CSV file: {reason}") from None
    if not lines:
        raise CaseError(f"{name} is empty; expected a header row and data")
    header, body = lines[0], lines[1:]
    for column in header:
        if header.count(column) > 1:
            raise CaseError(f"{name}: the header names column {column!r} twice")
    columns = {column: tuple(row[at] for row in body) for at, column in enumerate(header)}
    return Table(name, columns, len(body))


def same(cell: Cell, value: Any) -> bool:
    """Say whether a cell equals a JSON value; numbers as numbers, else by what is written.

    >>> same(1, 1.0), same("F", "F"), same(None, None), same(1, "1"), same("TRUE", True)
    (True, True, True, True, True)
    """
    if cell is None or value is None:
        return cell is None and value is None
    if isinstance(value, bool):
        return str(cell).upper() in (str(value).upper(), str(int(value)))
    if isinstance(cell, int | float) and isinstance(value, int | float):
        return cell == value
    return label(cell) == label(value)


def label(value: Any) -> str:
    """Return a cell or JSON value as the text that names it: 2.0 is '2'.

    >>> label(2.0), label(0.5), label("Lev+5FU")
    ('2', '0.5', 'Lev+5FU')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _lines(name: str, text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[list[str]] = []
    for fields in reader:
        if not fields and not (lines and len(lines[0]) == 1):
            continue
        row = fields or [""]
        if lines and len(row) != len(lines[0]):
            raise CaseError(
                f"{name}:{reader.line_num}: {len(row)} fields; the header has {len(lines[0])}"
            )
        lines.append(row)
    return lines
