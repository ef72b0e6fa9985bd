"""From the columns of a file with one row a subject to the canonical columns of a snapshot."""

from collections.abc import Callable, Mapping, Sequence

from adjuvant.core import Place
from adjuvant.dataset.canonical import Draft
from adjuvant.dataset.codes import finding
from adjuvant.dataset.table import Cell, Table
from adjuvant.dataset.values import (
    Day,
    Faulty,
    day_of,
    level_of,
    mapped,
    means_missing,
    number_of,
    text_of,
    yes_no,
)
from adjuvant.protocol.model import ArmMapping, DataMapping, EventMapping, Protocol, Variable
from adjuvant.protocol.suggestions import one_of

__all__ = ["baseline", "canonical_subjects", "subject_texts"]

SYNTHETIC = "SYNTHETIC"


def canonical_subjects(table: Table, protocol: Protocol, data: DataMapping) -> Draft:
    """Return the canonical columns of a file with one row a subject, with all findings.

    >>> from adjuvant.dataset.examples import six_patients
    >>> table, protocol = six_patients()
    >>> draft = canonical_subjects(table, protocol, protocol.data)
    >>> draft.columns["event.death.happened"]
    ('yes', 'no', 'no', 'yes', 'no', 'no')
    """
    draft = Draft(table)
    draft.columns["subject"] = subject_texts(draft, data.subject)
    if data.subject is not None:
        draft.stored_in["subject"] = (data.subject, table.position(data.subject))
        _check_twice(draft, data.subject)
    baseline(draft, protocol, data)
    for origin, column in data.origin.items():
        if column != "day_0":
            _put_origin(draft, origin, column)
    for event, mapping in data.events.items():
        _put_event(draft, event, mapping, protocol.time.partial_date)
    for name, censoring in data.censoring.items():
        if censoring.date:
            _put_dates(draft, f"censoring.{name}", censoring.date, protocol.time.partial_date)
        if censoring.days:
            _put_numbers(draft, f"censoring.{name}.time", censoring.days, f"censoring.{name}")
        if not censoring.date and not censoring.days:
            place = Place(table.name, 0, 0, f"data.censoring.{name}")
            message = f"the mapping of censoring moment {name!r} names no column"
            draft.findings.append(finding("D034", place, message, "add `date:` or `days:`"))
    draft.columns["source.file"] = (table.name,) * table.n
    draft.columns["source.line"] = table.lines
    return draft


def subject_texts(draft: Draft, column: str | None) -> tuple[str, ...]:
    """Return the subject of every row; a finding where it is missing.

    Without a column every row is a person, called by its line: "row 2".
    """
    cells = draft.cells(column, "data.subject") if column is not None else None
    if cells is None or column is None:
        return tuple(f"row {line}" for line in draft.table.lines)
    texts = []
    for row, cell in enumerate(cells):
        text = text_of(cell)
        if text is None:
            fault = Faulty("D021", "the row has no subject", "write the subject's number")
            draft.fault(row, column, fault)
        texts.append(text or f"row {draft.table.lines[row]}")
    return tuple(texts)


def _check_twice(draft: Draft, column: str) -> None:
    first: dict[Cell, int] = {}
    for row, subject in enumerate(draft.columns["subject"]):
        if subject in first:
            where = draft.table.source(first[subject])
            fault = Faulty("D022", f"the subject stands already at {where}", "keep one row")
            draft.fault(row, column, fault, str(subject))
        else:
            first[subject] = row


def baseline(draft: Draft, protocol: Protocol, data: DataMapping) -> None:
    """Put what belongs to the person: arm, eligibility, strata, variables, real or SYNTHETIC."""
    if data.arm is not None:
        _put_arm(draft, "arm", data.arm, protocol)
    else:
        draft.columns["arm"] = (protocol.arms[0].id,) * draft.table.n
    if data.received:
        _put_arm(draft, "received", data.received, protocol)
    if data.ineligible:
        column = data.ineligible
        cells = _converted(draft, column, "data.ineligible", lambda cell: yes_no(cell, {}))
        draft.put("ineligible", column, ["yes" if cell is True else "no" for cell in cells])
    for factor, mapping in data.strata.items():
        levels = next((s.levels for s in protocol.randomisation.strata if s.id == factor), ())
        _put_levels(draft, f"stratum.{factor}", mapping.column, mapping.values, levels)
    for name, variable in data.variables.items():
        if variable.calculated is None:
            _put_variable(draft, name, variable)
    _put_kind(draft, data)


def _converted(
    draft: Draft, column: str, wanted_by: str, convert: Callable[[Cell], object]
) -> list[object]:
    """Return each cell of a column converted; None where it is empty or faulty."""
    cells = draft.cells(column, wanted_by)
    if cells is None:
        return [None] * draft.table.n
    found: list[object] = []
    words: list[int] = []
    known: dict[object, object] = {}  # a column holds few distinct cells
    for row, cell in enumerate(cells):
        key = (cell.__class__, cell)
        if key not in known:
            known[key] = convert(cell)
        value = known[key]
        if isinstance(value, Faulty):
            draft.fault(row, column, value, str(draft.columns["subject"][row]))
            value = None
        elif value is None and means_missing(text_of(cell)):
            words.append(row)
        found.append(value)
    if words:
        word = text_of(cells[words[0]])
        rows = "1 row" if len(words) == 1 else f"{len(words)} rows"
        message = f"{column}: {word!r} and the like were read as missing in {rows}"
        draft.note("D031", column, message, "leave the field empty", words[0])
    return found


def _put_arm(draft: Draft, name: str, mapping: ArmMapping, protocol: Protocol) -> None:
    arms = [arm.id for arm in protocol.arms]
    values = mapping.values or {arm: arm for arm in arms}

    def arm_of(cell: Cell) -> str | Faulty | None:
        text = text_of(cell)
        if text is None:
            hint = "write the arm allocated; everybody randomised has one"
            return Faulty("D023", "no arm", hint) if name == "arm" else None
        found = mapped(text, values)
        if found is None or found not in arms:
            hint = one_of(text, values)
            return Faulty("D024", f"{text!r} is not an arm of the protocol", hint)
        return found

    arm = _converted(draft, mapping.column, f"data.{name}", arm_of)
    draft.put(name, mapping.column, [a if isinstance(a, str) else None for a in arm])
    if name != "arm" or mapping.column not in draft.table.columns:
        return
    for id in arms:
        if id not in arm:
            message = f"no subject is in arm {id}"
            draft.note("D025", mapping.column, message, "check `data.arm.values`")


def _put_kind(draft: Draft, data: DataMapping) -> None:
    """Refuse SYNTHETIC rows among real ones, whatever column marks them."""
    draft.columns["kind"] = (data.kind,) * draft.table.n
    for column, cells in draft.table.columns.items():
        marked = [row for row, cell in enumerate(cells) if cell == SYNTHETIC]
        if not marked:
            continue
        wrong = marked
        message = "the row is marked SYNTHETIC, and the protocol says `kind: real`"
        hint = "SYNTHETIC patients are analysed alone, under `data: {kind: SYNTHETIC}`"
        if data.kind == SYNTHETIC:
            wrong = [row for row, cell in enumerate(cells) if cell != SYNTHETIC]
            message = "the row is not marked SYNTHETIC, and others in the file are"
        for row in wrong:
            draft.fault(row, column, Faulty("D033", message, hint))


def _put_levels(
    draft: Draft,
    name: str,
    column: str,
    values: Mapping[str, str],
    levels: Sequence[str],
    missing: str | None = None,
) -> None:
    known = {*values, *levels}

    def level(cell: Cell) -> str | Faulty | None:
        text = text_of(cell)
        if text is None or text == missing:
            return None
        if known and means_missing(text) and text not in known:
            return None
        return level_of(text, values, levels)

    cells = _converted(draft, column, f"data.{name}", level)
    draft.put(name, column, [c if isinstance(c, str) else None for c in cells])


def _put_variable(draft: Draft, name: str, variable: Variable) -> None:
    column = variable.column or name
    if variable.type != "number":
        levels = variable.levels if variable.type == "choice" else ()
        _put_levels(
            draft, f"variable.{name}", column, variable.values, levels, missing=variable.missing
        )
        return

    def number(cell: Cell) -> object:
        missing = variable.missing is not None and text_of(cell) == variable.missing
        return None if missing else number_of(cell)

    cells = _converted(draft, column, f"data.variables.{name}", number)
    numbers = [c if isinstance(c, int | float) else None for c in cells]
    draft.put(f"variable.{name}", column, numbers)


def _put_numbers(draft: Draft, name: str, column: str, wanted_by: str) -> None:
    cells = _converted(draft, column, f"data.{wanted_by}", number_of)
    draft.put(name, column, [c if isinstance(c, int | float) else None for c in cells])


def _put_dates(draft: Draft, name: str, column: str, rule: str) -> None:
    """Put whole days under `name`.date, and the flags of those that were imputed."""
    days = _converted(draft, column, f"data.{name}", lambda cell: day_of(cell, rule))
    flags = [d.flag if isinstance(d, Day) else "" for d in days]
    draft.put(
        f"{name}.date", column, [d.day.isoformat() if isinstance(d, Day) else None for d in days]
    )
    if any(flags):
        draft.put(f"{name}.imputed", column, [flag or None for flag in flags])
        first = next(row for row, flag in enumerate(flags) if flag)
        count = sum(bool(flag) for flag in flags)
        message = f"{column}: {count} partial dates were completed ({rule} day of what is unknown)"
        draft.note("D030", column, message, "see `time.partial_date` of the protocol", first)


def _put_origin(draft: Draft, origin: str, column: str) -> None:
    def whole_day(cell: Cell) -> Day | Faulty:
        # The origin is never imputed: a guessed beginning moves every time of the patient.
        day = day_of(cell, "refuse")
        if day is None:
            return Faulty("D052", f"no date of {origin}", "write the date")
        return day

    days = _converted(draft, column, f"data.origin.{origin}", whole_day)
    cells = [d.day.isoformat() if isinstance(d, Day) else None for d in days]
    draft.put(f"origin.{origin}", column, cells)


def _put_event(draft: Draft, event: str, mapping: EventMapping, rule: str) -> None:
    name = f"event.{event}"
    if mapping.date:
        _put_dates(draft, name, mapping.date, rule)
    if mapping.days:
        _put_numbers(draft, f"{name}.time", mapping.days, f"events.{event}.days")
    if mapping.cause:
        texts = _converted(draft, mapping.cause, f"data.events.{event}.cause", text_of)
        draft.put(
            f"{name}.cause", mapping.cause, [t if isinstance(t, str) else None for t in texts]
        )
    if mapping.entered:
        days = _converted(
            draft, mapping.entered, f"data.events.{event}.entered", lambda c: day_of(c, "refuse")
        )
        typed = [d.day.isoformat() if isinstance(d, Day) else None for d in days]
        draft.put(f"{name}.entered_on", mapping.entered, typed)
    if mapping.happened:
        _put_indicator(draft, event, mapping)
    elif mapping.date or mapping.days:
        column = mapping.date or mapping.days or ""
        stored = draft.table.columns.get(column, (None,) * draft.table.n)
        happened = [
            "no" if text_of(cell) is None or means_missing(text_of(cell)) else "yes"
            for cell in stored
        ]
        draft.put(f"{name}.happened", column, happened)
    else:
        place = Place(draft.table.name, 0, 0, f"data.events.{event}")
        message = f"the mapping of event {event!r} names no column"
        draft.findings.append(
            finding("D034", place, message, "add `date:`, or `days:`/`happened:`")
        )


def _put_indicator(draft: Draft, event: str, mapping: EventMapping) -> None:
    column = mapping.happened or ""

    def indicator(cell: Cell) -> bool | Faulty:
        found = yes_no(cell, mapping.values)
        if found is None:
            hint = "write yes or no; a patient without an answer cannot be counted either way"
            return Faulty("D026", f"no answer whether {event} happened", hint)
        return found

    cells = _converted(draft, column, f"data.events.{event}.happened", indicator)
    happened = [None if c is None else "yes" if c is True else "no" for c in cells]
    draft.put(f"event.{event}.happened", column, happened)
    _check_indicator(draft, event, mapping, happened)


def _check_indicator(
    draft: Draft, event: str, mapping: EventMapping, happened: Sequence[str | None]
) -> None:
    """Hold the indicator against the stored date or time of the same event."""
    stored = {c: draft.table.columns.get(c) for c in (mapping.date, mapping.days) if c}
    if not stored or any(cells is None for cells in stored.values()):
        return
    empty = [
        all(
            text_of(cells[row]) is None or means_missing(text_of(cells[row]))
            for cells in stored.values()
            if cells
        )
        for row in range(draft.table.n)
    ]
    dates = stored.get(mapping.date) if mapping.date else None
    for row, answer in enumerate(happened):
        subject = str(draft.columns["subject"][row])
        column = mapping.date or mapping.days or ""
        if answer == "yes" and empty[row]:
            message = f"{event} happened and has no {'date' if mapping.date else 'time'}"
            draft.fault(row, column, Faulty("D041", message, "write when it happened"), subject)
        elif answer == "no" and dates is not None and text_of(dates[row]) is not None:
            message = f"{event} has the date {text_of(dates[row])}, and {mapping.happened} says no"
            fault = Faulty("D042", message, "correct one of the two")
            draft.fault(row, column, fault, subject)
