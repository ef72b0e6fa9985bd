"""CDISC Dataset-JSON 1.1, as one JSON object or as NDJSON: reader and writer.

Source    CDISC Dataset-JSON v1.1 User's Guide and its JSON Schemas (cdisc-org).
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adjuvant.core import DataError, Finding, InvalidData, Place
from adjuvant.dataset.codes import finding
from adjuvant.dataset.read_csv import decoded
from adjuvant.dataset.table import Cell, Table, plain_cell, raise_errors

__all__ = ["NO_CLOCK", "dataset_json_table", "dataset_json_text", "read_dataset_json"]

# The standard demands an instant; a snapshot's bytes must not depend on when they were written.
NO_CLOCK = "1970-01-01T00:00:00Z"
_REQUIRED = ("datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns")
_TEXT = {"string", "decimal", "datetime", "date", "time", "URI"}
_TYPES = {*_TEXT, "integer", "float", "double", "boolean"}


def read_dataset_json(path: Path) -> Table:
    """Return the table of a Dataset-JSON 1.1 file, .json or .ndjson.

    Cells keep the type of the file; `decimal` stays text. Places are numbers of records in .json
    and physical lines in .ndjson.
    Raises    DataError with every fault: not JSON, another version, cells of another type, rows
              of the wrong length, fewer or more rows than declared.

    >>> from tempfile import TemporaryDirectory
    >>> table = Table("ADTTE", {"USUBJID": ("a", "b"), "AVAL": (2, 0)}, (1, 2))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "adtte.json")
    ...     _ = path.write_text(dataset_json_text(table, name="ADTTE"), "utf-8")
    ...     read_dataset_json(path).columns
    {'USUBJID': ('a', 'b'), 'AVAL': (2, 0)}
    """
    return dataset_json_table(path.read_bytes(), path.name, ndjson=path.suffix.lower() == ".ndjson")


def dataset_json_table(content: bytes, name: str, *, ndjson: bool = False) -> Table:
    """Return the table written in `content`; `name` is what findings call the file.

    >>> text = dataset_json_text(Table("d", {"id": ("a",)}, (1,)), name="D", ndjson=True)
    >>> dataset_json_table(text.encode(), "d.ndjson", ndjson=True).lines
    (2,)
    """
    text = decoded(content, name)
    if not text.strip():
        raise DataError(
            f"{name} cannot be read", [finding("D001", Place(name), "the file is empty")]
        )
    findings: list[Finding] = []
    if ndjson:
        head, rows, lines = _from_lines(text, name, findings)
    else:
        head = _parsed(text, Place(name), findings)
        raise_errors(name, findings)
        found = head.get("rows", []) if isinstance(head, dict) else []
        rows = found if isinstance(found, list) else []
        lines = list(range(1, len(rows) + 1))
    raise_errors(name, findings)
    columns = _checked_head(head, name, findings)
    raise_errors(name, findings)
    _check_rows(columns, rows, lines, name, findings)
    if len(rows) != head["records"]:
        message = f"{len(rows)} rows where `records` says {head['records']}"
        hint = "the file was cut off or changed by hand; export it again"
        findings.append(finding("D012", Place(name, 0, 0, "records"), message, hint))
    if not rows:
        findings.append(finding("D001", Place(name), "no row of data", "export it again"))
    raise_errors(name, findings)
    return Table(
        name,
        {c["name"]: _stored(rows, i, c["dataType"]) for i, c in enumerate(columns)},
        tuple(lines),
        labels={c["name"]: c["label"] for c in columns},
        types={c["name"]: c["dataType"] for c in columns},
        findings=tuple(findings),
    )


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"key {twice!r} stands twice")
    return found


def _parsed(text: str, place: Place, findings: list[Finding]) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        line = place.line or fault.lineno
        where = Place(place.file, line, fault.colno)
        findings.append(finding("D008", where, f"not JSON: {fault.msg}", "export the file again"))
    except (ValueError, RecursionError) as fault:
        findings.append(finding("D008", place, f"not JSON that can be read: {fault}"))
    return None


def _from_lines(text: str, name: str, findings: list[Finding]) -> tuple[Any, list[Any], list[int]]:
    parsed = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            parsed.append((number, _parsed(line, Place(name, number), findings)))
    return parsed[0][1], [value for _, value in parsed[1:]], [number for number, _ in parsed[1:]]


def _checked_head(head: Any, name: str, findings: list[Finding]) -> list[dict[str, str]]:
    """Return the columns; add a finding for whatever the standard demands and is not there."""

    def fault(message: str, hint: str = "", field: str = "") -> None:
        findings.append(finding("D010", Place(name, 0, 0, field), message, hint))

    if not isinstance(head, dict):
        fault("the file does not begin with an object of metadata")
        return []
    if "clinicalData" in head or "referenceData" in head:
        fault("this is Dataset-JSON 1.0", "convert it to version 1.1")
        return []
    for key in _REQUIRED:
        if key not in head:
            fault(f"the key {key!r} is missing", "it is required by Dataset-JSON 1.1", key)
    version = str(head.get("datasetJSONVersion", "1.1"))
    if not re.fullmatch(r"1\.1(\.\d+)?", version):
        fault(f"version {version!r}; only 1.1 is read", "convert the file", "datasetJSONVersion")
    records = head.get("records", 0)
    if not isinstance(records, int) or isinstance(records, bool) or records < 0:
        fault(f"`records` is {records!r}, not a number of rows", "", "records")
    columns = head.get("columns", [])
    if not isinstance(columns, list) or not columns:
        fault("`columns` is not a list of columns", "", "columns")
        return []
    _check_columns(columns, name, findings)
    return columns


def _check_columns(columns: list[Any], name: str, findings: list[Finding]) -> None:
    seen: set[str] = set()
    for position, column in enumerate(columns, 1):
        place = Place(name, 0, position)
        keys = ("itemOID", "name", "label", "dataType")
        if not isinstance(column, dict) or not all(isinstance(column.get(k), str) for k in keys):
            message = f"column {position} lacks itemOID, name, label or dataType"
            findings.append(finding("D010", place, message))
            continue
        if column["dataType"] not in _TYPES:
            message = f"column {column['name']!r} has the unknown dataType {column['dataType']!r}"
            findings.append(finding("D010", place, message))
        if column["name"] in seen:
            findings.append(finding("D004", place, f"column {column['name']!r} stands twice"))
        seen.add(column["name"])


def _check_rows(
    columns: list[dict[str, str]],
    rows: list[Any],
    lines: list[int],
    name: str,
    findings: list[Finding],
) -> None:
    for line, row in zip(lines, rows, strict=True):
        if not isinstance(row, list) or len(row) != len(columns):
            size = f"{len(row)} values" if isinstance(row, list) else f"a {type(row).__name__}"
            message = f"record is {size} where {len(columns)} columns are declared"
            findings.append(finding("D006", Place(name, line), message))
            continue
        for position, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            if value is not None and not _fits(value, column["dataType"]):
                place = Place(name, line, position, column["name"])
                message = f"{column['name']} is {value!r}, not {column['dataType']}"
                findings.append(finding("D011", place, message, "correct the export"))


def _fits(value: Any, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if kind in ("float", "double"):
        # 1e999 is legal JSON and reads as infinity.
        return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    return isinstance(value, str)


def _stored(rows: Sequence[Any], position: int, kind: str) -> tuple[Cell, ...]:
    cells = (plain_cell(row[position]) for row in rows)
    if kind == "integer":  # 5.0 is a legal way to write an integer in JSON
        return tuple(int(cell) if isinstance(cell, float) else cell for cell in cells)
    return tuple(cells)


def dataset_json_text(
    table: Table,
    *,
    name: str,
    label: str = "",
    study: str = "",
    created: str = NO_CLOCK,
    originator: str = "adjuvant",
    keys: Sequence[str] = (),
    ndjson: bool = False,
) -> str:
    """Return the table as Dataset-JSON 1.1 text, one record a line; same table, same bytes.

    keys      columns that identify a record, in their order (keySequence).
    created   ISO 8601 instant; by default a fixed one, so that equal data have equal hashes.
    Raises    InvalidData for a number that is not finite.

    >>> text = dataset_json_text(Table("d", {"id": ("a",)}, (1,)), name="D", keys=["id"])
    >>> text[-19:]
    '"rows": [\\n["a"]\\n]}\\n'
    """
    columns = [_column(name, column, cells, table, keys) for column, cells in table.columns.items()]
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": created,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"adjuvant.{study or name}.{name}",
        "originator": originator,
        "studyOID": study or name,
        "itemGroupOID": f"IG.{name}",
        "records": table.n,
        "name": name,
        "label": label or name,
        "columns": columns,
    }
    rows = [_dumped(list(row)) for row in zip(*table.columns.values(), strict=True)]
    if ndjson:
        return "\n".join([_dumped(head), *rows]) + "\n"
    return _dumped(head)[:-1] + ', "rows": [\n' + ",\n".join(rows) + "\n]}\n"


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
    except ValueError as reason:
        raise InvalidData(f"a number that is not finite cannot be written ({reason})") from None


def _column(
    group: str, name: str, cells: Sequence[Cell], table: Table, keys: Sequence[str]
) -> Mapping[str, Any]:
    kind = _kind(cells, table.types.get(name))
    column: dict[str, Any] = {
        "itemOID": f"IT.{group}.{name}",
        "name": name,
        "label": table.labels.get(name, name),
        "dataType": kind,
    }
    if kind == "string":
        column["length"] = max(1, *(len(str(c)) for c in cells if c is not None), 1)
    if name in keys:
        column["keySequence"] = list(keys).index(name) + 1
    return column


def _kind(cells: Sequence[Cell], declared: str | None) -> str:
    present = [c for c in cells if c is not None]
    if declared and all(_fits(c, declared) for c in present):
        return declared
    if any(isinstance(c, str) for c in present) or not present:
        return "string"
    return "integer" if all(isinstance(c, int) for c in present) else "double"
