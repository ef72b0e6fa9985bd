"""SAS transport files (XPT v5 and v8), through pyreadstat and without pandas."""

from importlib import import_module
from pathlib import Path
from typing import Any

from adjuvant.core import DataError, EnvironmentProblem, Place
from adjuvant.dataset.codes import finding
from adjuvant.dataset.table import Cell, Table, plain_cell

__all__ = ["read_xpt"]


def read_xpt(path: Path) -> Table:
    """Return the table of a SAS transport file; places are numbers of records.

    Numbers that are whole in every row become int, dates become ISO text, blanks None.
    Raises    EnvironmentProblem where the extra [sas] is not installed, DataError for a file that
              is not XPT.

    pandas reads the zeros of such a file as 5.4e-79, so that no row has CNSR == 0; pyreadstat
    reads them as 0.

    >>> read_xpt(Path("missing.xpt"))
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.DataError: missing.xpt cannot be read
    missing.xpt: error D008: there is no such file
    """
    if not path.is_file():
        raise DataError(
            f"{path.name} cannot be read",
            [finding("D008", Place(path.name), "there is no such file")],
        )
    pyreadstat = _pyreadstat(path.name)
    try:
        found, meta = pyreadstat.read_xport(str(path), output_format="dict")
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError) as reason:
        raise DataError(
            f"{path.name} cannot be read",
            [
                finding(
                    "D008",
                    Place(path.name),
                    f"not a SAS transport file: {reason}",
                    "export it again with the XPORT engine",
                )
            ],
        ) from None
    columns = {name: _column(cells) for name, cells in found.items()}
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise DataError(
            f"{path.name} cannot be read",
            [finding("D001", Place(path.name), "no row of data", "export it again")],
        )
    labels = dict(zip(meta.column_names, meta.column_labels, strict=True))
    return Table(
        path.name,
        columns,
        tuple(range(1, rows + 1)),
        labels={name: label for name, label in labels.items() if label},
    )


def _pyreadstat(name: str) -> Any:
    try:
        return import_module("pyreadstat")
    except ModuleNotFoundError:
        raise EnvironmentProblem(
            f"{name} is a SAS transport file and pyreadstat is not installed; "
            'install it with: pip install "adjuvant[sas]"'
        ) from None


def _column(values: Any) -> tuple[Cell, ...]:
    cells = [plain_cell(value) for value in values]
    cells = [None if isinstance(c, str) and not c.strip() else c for c in cells]
    numbers = [c for c in cells if isinstance(c, float)]
    if numbers and all(c.is_integer() for c in numbers):
        cells = [int(c) if isinstance(c, float) else c for c in cells]
    return tuple(cells)
