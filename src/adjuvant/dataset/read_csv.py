"""Comma-separated text (RFC 4180), read strictly: every fault with its line and field."""

import csv
import io
import re
from pathlib import Path

from adjuvant.core import DataError, Finding, Place
from adjuvant.dataset.codes import finding
from adjuvant.dataset.table import Cell, Table, raise_errors

__all__ = ["csv_table", "decoded", "read_csv"]

_OTHERS = {";": "semicolon", "\t": "tab", "|": "bar"}
_MAGIC = {
    b"PK\x03\x04": "an Excel or other zipped file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
}
_OTHER_TEXT = {"{": "JSON", "[": "JSON", "<": "XML or HTML"}


def read_csv(path: Path) -> Table:
    """Return the table of a CSV file: UTF-8 with or without BOM, comma, double quotes.

    Cells stay text exactly as stored, empty fields become None; lines are physical lines, also
    where a quoted field holds line breaks.
    Raises    DataError with every fault of the file: encoding, separator, header, field counts.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "trial.csv")
    ...     _ = path.write_text("id,days\\n1,12\\n2,\\n", "utf-8")
    ...     read_csv(path).columns
    {'id': ('1', '2'), 'days': ('12', None)}
    """
    return csv_table(path.read_bytes(), path.name)


def decoded(content: bytes, name: str) -> str:
    """Return the text of a UTF-8 file without its BOM; DataError says what it looks like instead.

    >>> decoded(b"\\xef\\xbb\\xbfid", "trial.csv")
    'id'
    """
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            raise _other_kind(name, kind)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = content[: fault.start]
        line = before.count(b"\n") + 1
        start = before.rfind(b"\n") + 1
        place = Place(name, line, before[start:].count(b",") + 1)
        message = f"byte 0x{content[fault.start]:02X} is not UTF-8 ({_western(content, fault)})"
        hint = "save the file again as CSV UTF-8"
        raise DataError(f"{name} cannot be read", [finding("D002", place, message, hint)]) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise DataError(
            f"{name} cannot be read",
            [finding("D008", Place(name, line), "a NUL character: this is not a text file")],
        )
    return text


def _other_kind(name: str, kind: str) -> DataError:
    hint = "save it as CSV UTF-8 (comma delimited) and give that file"
    message = f"the file is {kind}, not a table of text"
    return DataError(f"{name} cannot be read", [finding("D008", Place(name), message, hint)])


def _western(content: bytes, fault: UnicodeDecodeError) -> str:
    before = re.split(rb"[,\r\n]", content[: fault.start])[-1][-20:]
    after = re.split(rb"[,\r\n]", content[fault.start :])[0][:20]
    word = (before + after).decode("cp1252", "replace")
    return f"in Windows-1252 it would read {word!r}"


def csv_table(content: bytes, name: str) -> Table:
    """Return the table written in `content`; `name` is what findings call the file.

    >>> csv_table(b"id,note\\n1,\\"two\\nlines\\"\\n2,b\\n", "trial.csv").lines
    (2, 4)
    """
    text = decoded(content, name)
    if text[:1] in _OTHER_TEXT:
        raise _other_kind(name, _OTHER_TEXT[text[:1]])
    findings: list[Finding] = []
    records = _records(text, name, findings)
    while records and not any(records[-1][1]):
        records.pop()  # line breaks at the end of the file
    if not records:
        findings.append(finding("D001", Place(name), "the file is empty", "export it again"))
        raise_errors(name, findings)
    (line, header), rows = records[0], records[1:]
    names = [field.strip() for field in header]
    _check_header(names, Place(name, line), findings)
    if any(f.code == "D003" for f in findings):
        raise_errors(name, findings)  # every row would be reported for the same reason
    kept = _checked_rows(names, rows, name, findings)
    if not kept and not any(f.severity == "error" for f in findings):
        place = Place(name, line)
        findings.append(finding("D001", place, "a header and no row below it", "export it again"))
    raise_errors(name, findings)
    columns = {n: tuple(_cell(row[i]) for _, row in kept) for i, n in enumerate(names)}
    return Table(name, columns, tuple(line for line, _ in kept), findings=tuple(findings))


def _cell(text: str) -> Cell:
    return text if text != "" else None


def _records(text: str, name: str, findings: list[Finding]) -> list[tuple[int, list[str]]]:
    """Return (first physical line, fields) per record, up to a quote that breaks the file."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return records
        except csv.Error as fault:
            findings.append(_quote_fault(str(fault), Place(name, line)))
            return records
        records.append((line, fields))
        line = reader.line_num + 1


def _quote_fault(reason: str, place: Place) -> Finding:
    if "unexpected end" in reason:
        message = "a quote opened in this record is never closed"
    elif "expected after" in reason:
        message = "text follows a closing quote"
    elif "field larger" in reason:
        message = f"{reason}: a quote is probably not closed"
    else:
        message = f"the record cannot be read ({reason})"
    hint = 'write a quote inside a quoted field twice (""); rows below were not looked at'
    return finding("D007", place, message, hint)


def _check_header(names: list[str], place: Place, findings: list[Finding]) -> None:
    if len(names) == 1:
        for sign, word in _OTHERS.items():
            if sign in names[0]:
                shown = "tab" if sign == "\t" else sign
                message = f"one column only; the file looks like {shown} separated"
                hint = f"save it with commas instead of the {word}; write decimals with a point"
                findings.append(finding("D003", place, message, hint))
                return
    first: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        where = Place(place.file, place.line, position, name)
        if not name:
            findings.append(
                finding("D005", where, f"column {position} has no name", "name it or delete it")
            )
        elif name in first:
            message = f"column {name!r} stands twice, as number {first[name]} and {position}"
            findings.append(finding("D004", where, message, "rename or delete one of the two"))
        else:
            first[name] = position


def _checked_rows(
    names: list[str], rows: list[tuple[int, list[str]]], file: str, findings: list[Finding]
) -> list[tuple[int, list[str]]]:
    kept = []
    for line, fields in rows:
        if not any(field.strip() for field in fields):
            findings.append(finding("D009", Place(file, line), "an empty line was not read"))
        elif len(fields) != len(names):
            message = f"{len(fields)} fields where the header has {len(names)}"
            hint = "quote a field that holds a comma; write a decimal point, not a comma"
            column = min(len(fields), len(names) + 1)
            findings.append(finding("D006", Place(file, line, column), message, hint))
        else:
            kept.append((line, fields))
    return kept
