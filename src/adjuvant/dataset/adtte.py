"""An ADaM ADTTE as it stands: one row a subject and parameter, CNSR 0 = event."""

from collections.abc import Callable

from adjuvant.core import Place
from adjuvant.dataset.canonical import Draft
from adjuvant.dataset.codes import finding
from adjuvant.dataset.subjects import baseline, subject_texts
from adjuvant.dataset.table import Cell, Table
from adjuvant.dataset.values import Faulty, number_of, text_of
from adjuvant.protocol.model import DataMapping, Endpoint, Protocol
from adjuvant.protocol.suggestions import one_of

__all__ = ["canonical_adtte"]

_UNITS = {"day": "DAYS", "week": "WEEKS", "month": "MONTHS", "year": "YEARS", "hour": "HOURS"}


def canonical_adtte(table: Table, protocol: Protocol, data: DataMapping) -> Draft:
    """Return the canonical columns of an ADTTE: one row a subject, one time an endpoint.

    Each endpoint is the PARAMCD of its `param`, else of its id. AVAL is kept as stored.

    >>> columns = {"USUBJID": ("a", "b"), "TRTP": ("P", "X"), "PARAMCD": ("OS", "OS"),
    ...            "AVAL": (12, 30.5), "CNSR": (0, 1)}
    >>> from adjuvant.dataset.examples import six_patients
    >>> _, protocol = six_patients()
    >>> data = DataMapping(file="adtte.json", form="adtte", subject="USUBJID",
    ...                    arm={"column": "TRTP", "values": {"P": "OLD", "X": "NEW"}})
    >>> draft = canonical_adtte(Table("adtte.json", columns, (1, 2)), protocol, data)
    >>> draft.columns["endpoint.OS.event"]
    (1, 0)
    """
    whole = Draft(table)
    texts = subject_texts(whole, data.subject)
    first: dict[str, int] = {}
    for row, subject in enumerate(texts):
        first.setdefault(subject, row)
    persons = Draft(_rows(table, list(first.values())))
    persons.findings += whole.findings
    persons.put("subject", data.subject or "", list(first))
    baseline(persons, protocol, data)
    _check_same(table, texts, first, protocol, data, persons)
    _check_unit(table, data, persons)
    params = persons.cells("PARAMCD", "data.form: adtte") and table.columns["PARAMCD"]
    if params is not None:
        codes = [text_of(cell) or "" for cell in params]
        used = [e for e in protocol.endpoints if e.type == "time_to_event"]
        analysed = {analysis.endpoint for analysis in protocol.analyses}
        for endpoint in used:
            _put_endpoint(table, texts, codes, endpoint, analysed, persons)
        _note_unused(table, codes, used, persons)
    persons.columns["source.file"] = (table.name,) * persons.table.n
    persons.columns["source.line"] = persons.table.lines
    return persons


def _rows(table: Table, rows: list[int]) -> Table:
    return Table(
        table.name,
        {name: tuple(cells[row] for row in rows) for name, cells in table.columns.items()},
        tuple(table.lines[row] for row in rows),
    )


def _put_endpoint(
    table: Table,
    texts: tuple[str, ...],
    codes: list[str],
    endpoint: Endpoint,
    analysed: set[str | None],
    draft: Draft,
) -> None:
    param = endpoint.param or endpoint.id
    rows = [row for row, code in enumerate(codes) if code == param]
    if not rows:
        place = Place(table.name, 0, table.position("PARAMCD"), "PARAMCD")
        message = f"no row has PARAMCD {param!r}, which endpoint {endpoint.id} reads"
        code = "D062" if endpoint.id in analysed else "D036"
        draft.findings.append(finding(code, place, message, one_of(param, set(codes))))
        return
    own: dict[str, int] = {}
    for row in rows:
        if texts[row] in own:
            where = table.source(own[texts[row]])
            _add(
                table,
                row,
                "PARAMCD",
                texts[row],
                draft,
                "D061",
                f"{param} stands already at {where}",
            )
        else:
            own[texts[row]] = row
    for person, subject in enumerate(draft.columns["subject"]):
        if subject not in own:
            place = draft.table.place(person, "PARAMCD")
            message = f"subject {subject}: no row with PARAMCD {param}"
            hint = "add the row, or take the endpoint out of the protocol"
            draft.findings.append(finding("D060", place, message, hint))
    persons = [own.get(str(subject)) for subject in draft.columns["subject"]]
    name = f"endpoint.{endpoint.id}"
    times = _read(table, texts, persons, "AVAL", number_of, draft)
    censored = _read(table, texts, persons, "CNSR", _reason, draft)
    draft.put(f"{name}.time", "AVAL", times)
    events = [None if c is None else int(c == 0) for c in censored]
    draft.put(f"{name}.event", "CNSR", events)
    draft.columns[f"{name}.line"] = tuple(None if p is None else table.lines[p] for p in persons)


def _reason(cell: Cell) -> int | float | Faulty | None:
    number = number_of(cell)
    if isinstance(number, int | float) and (number < 0 or number != int(number)):
        return Faulty("D063", f"{number} is not 0, 1, 2, ...", "0 = event, above = censored")
    return number


def _read(
    table: Table,
    texts: tuple[str, ...],
    rows: list[int | None],
    column: str,
    convert: Callable[[Cell], int | float | Faulty | None],
    draft: Draft,
) -> list[Cell]:
    cells = table.columns.get(column)
    if cells is None:
        if not any(f.code == "D020" and f.place.field == column for f in draft.findings):
            draft.cells(column, "data.form: adtte")
        return [None] * len(rows)
    found: list[Cell] = []
    for row in rows:
        value = convert(cells[row]) if row is not None else None
        if isinstance(value, Faulty):
            _add(
                table,
                row or 0,
                column,
                texts[row or 0],
                draft,
                value.code,
                f"{column}: {value.message}",
                value.hint,
            )
        elif value is None and row is not None:
            message = f"{column} is missing"
            _add(table, row, column, texts[row], draft, "D041", message, "write the value")
        found.append(None if isinstance(value, Faulty) else value)
    return found


def _add(
    table: Table,
    row: int,
    column: str,
    subject: str,
    draft: Draft,
    code: str,
    message: str,
    hint: str = "",
) -> None:
    place = table.place(row, column)
    draft.findings.append(finding(code, place, f"subject {subject}: {message}", hint))


def _check_same(
    table: Table,
    texts: tuple[str, ...],
    first: dict[str, int],
    protocol: Protocol,
    data: DataMapping,
    draft: Draft,
) -> None:
    """Refuse a person whose arm or baseline differs between the rows of several parameters."""
    columns = [data.arm.column if data.arm else None, data.ineligible]
    columns += [data.received.column] if data.received else []
    columns += [v.column or name for name, v in data.variables.items() if not v.calculated]
    columns += [mapping.column for mapping in data.strata.values()]
    for column in dict.fromkeys(columns):
        if column is None or column not in table.columns:
            continue
        cells = table.columns[column]
        for row, subject in enumerate(texts):
            before = cells[first[subject]]
            if text_of(cells[row]) != text_of(before):
                message = f"{column} is {cells[row]!r}, and {before!r} in the first row"
                _add(table, row, column, subject, draft, "D064", message, "correct one of them")


def _check_unit(table: Table, data: DataMapping, draft: Draft) -> None:
    wanted = _UNITS[data.unit]
    for row, cell in enumerate(table.columns.get("AVALU", ())):
        unit = (text_of(cell) or wanted).upper().rstrip("S") + "S"
        if unit != wanted:
            place = table.place(row, "AVALU")
            message = f"AVALU is {cell!r}, and data.unit is {data.unit}"
            draft.findings.append(finding("D065", place, message, "correct `unit:` of the data"))


def _note_unused(table: Table, codes: list[str], used: list[Endpoint], draft: Draft) -> None:
    wanted = {endpoint.param or endpoint.id for endpoint in used}
    others = {code: codes.count(code) for code in dict.fromkeys(codes) if code not in wanted}
    if others:
        listed = ", ".join(f"{code or '(empty)'} ({n} rows)" for code, n in others.items())
        place = Place(table.name, 0, table.position("PARAMCD"), "PARAMCD")
        draft.findings.append(finding("D066", place, f"not read: {listed}"))
