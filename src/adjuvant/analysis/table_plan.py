"""The plan of a data file that has no protocol: its columns written as a protocol's values."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adjuvant.core import InvalidInput, UsageError
from adjuvant.dataset import Table
from adjuvant.dataset.values import mapped, means_missing, number_of, text_of

__all__ = ["TableColumns", "plan_of_table"]

_UNITS = {"hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "y"}
_HAPPENED = (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"))
_MOST_LEVELS, _MOST_ARMS = 50, 20


@dataclass(frozen=True)
class TableColumns:
    """Which columns of a table are analysed, and how.

    time, event  the columns of the time (in `unit`, kept as stored) and of 0/1, true/false or
                 yes/no; `event` names the event in print.
    arm, control the column of the arm and which of its values is the control; None: one group.
    at, rmst     milestones and the horizon of the restricted mean, in `unit`.
    coding_confirmed  the event's coding was looked at and is right, though it looks reversed.
    param        the PARAMCD of an ADaM ADTTE as it stands; its time is AVAL, its event CNSR = 0.
    """

    time: str
    event: str
    arm: str | None = None
    control: str | None = None
    subject: str | None = None
    unit: str = "day"
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    rmst: float | None = None
    level: float = 0.95
    ci: str = "log"
    coding_confirmed: bool = False
    param: str | None = None

    def __post_init__(self) -> None:
        if self.unit not in _UNITS:
            raise UsageError(f"unit is {self.unit!r}; write one of {', '.join(_UNITS)}")
        if self.arm is None:
            for name in ("control", "strata", "covariates"):
                if getattr(self, name):
                    raise UsageError(f"{name} is given without arm; name the arm's column too")
        elif self.control is None:
            raise UsageError("arm is given without control; say which value is the control")
        self._check_columns()
        self._check_numbers()

    def _check_columns(self) -> None:
        """Refuse a column in two roles: adjusted for itself, an effect is no effect."""
        roles: dict[str, Sequence[str | None]] = {
            **{"time": [self.time], "event": [self.event], "arm": [self.arm]},
            **{"subject": [self.subject], "strata": self.strata, "covariates": self.covariates},
        }
        taken: dict[str, str] = {}
        for role, columns in roles.items():
            for column in columns:
                if column is None:
                    continue
                if column in taken:
                    twice = "twice" if taken[column] == role else f"and {taken[column]}"
                    raise UsageError(
                        f"column {column!r} is given as {role} {twice}; a column has one part"
                    )
                taken[column] = role

    def _check_numbers(self) -> None:
        if not 0 < self.level < 1:
            raise UsageError(f"level is {self.level}; write a number between 0 and 1, such as 0.95")
        for time in self.at:
            if not (math.isfinite(time) and time >= 0):
                raise UsageError(f"at holds {time}; a milestone is a time of 0 or later")
        if self.rmst is not None and not (math.isfinite(self.rmst) and self.rmst > 0):
            raise UsageError(f"rmst is {self.rmst}; the horizon is a time above 0")


def plan_of_table(table: Table, columns: TableColumns, file: str) -> dict[str, Any]:
    """Return a protocol, as plain values, that analyses a table by these columns.

    table     the rows; only the values of arm, event, strata and covariates are looked at.
    file      how the protocol names the data file.
    Raises    DataError for a column that the table lacks; InvalidInput for an event that is not
              coded in two values, a control that no row has, or a factor with too many levels.

    The plan has Kaplan-Meier curves and follow-up; with arms also the log-rank test and a Cox
    model (stratified where strata are given), milestones and restricted means where asked for.
    """
    c = columns
    arms = _arms(table, c)
    parts, compared = enumerate(arms.items()), c.arm is not None
    event = _identifier(c.param or c.event)
    label = _param_label(table, c) if c.param else c.event
    ids = _variable_ids(c)
    return {
        "format": "adjuvant/1",
        "trial": {
            "id": _identifier(re.sub(r"\.[^.]*$", "", table.name)).upper(),
            "status": "historical",
            "title": f"{table.name}: {label}" + (f" by {c.arm}" if c.arm else ""),
        },
        "time": {"unit": c.unit},
        "arms": [_arm_part(id, value, at == 0 and compared) for at, (value, id) in parts],
        "randomisation": {
            "strata": [{"id": ids[name], "label": name, "source": ids[name]} for name in c.strata]
        },
        **({} if c.param else {"events": {event: {"label": c.event}}}),
        "endpoints": [_endpoint(c, event, label)],
        "analysis_sets": [{"id": "ALL", "label": f"All rows of {table.name}", "primary": True}],
        "analyses": _analyses(c, event.upper(), len(arms) > 1),
        "data": _data(table, c, file, event, arms),
    }


def _endpoint(c: TableColumns, event: str, label: str) -> dict[str, Any]:
    head = {"id": event.upper(), "level": "secondary"}
    if c.param:
        return {**head, "label": label, "param": c.param}
    counted = {"event": [event], "censor_at": "last_follow_up"}
    return {**head, "label": f"Time to {c.event}", **counted}


def _param_label(table: Table, c: TableColumns) -> str:
    """Return what PARAM says of the PARAMCD asked for; refuse a PARAMCD that no row has."""
    codes = [str(cell) for cell in table.column("PARAMCD")]
    if c.param not in codes:
        found = ", ".join(sorted(set(codes))[:10])
        raise InvalidInput(f"no row has PARAMCD {c.param!r}; found {found}")
    if "PARAM" not in table.columns:
        return str(c.param)
    return str(table.column("PARAM")[codes.index(c.param)] or c.param)


def _arms(table: Table, c: TableColumns) -> dict[str, str]:
    """Return stored value -> id of the arm, the control first."""
    if c.arm is None:
        return {"": "ALL"}
    found = _distinct(table, c.arm)
    control = _control(c, found)
    if control is None:
        shown = ", ".join(found[:_MOST_ARMS]) + (", ..." if len(found) > _MOST_ARMS else "")
        raise InvalidInput(f"no row has {c.arm} {c.control!r}; found {shown}. Name the control.")
    if len(found) > _MOST_ARMS:
        raise InvalidInput(
            f"{c.arm} has {len(found)} different values, and a trial at most {_MOST_ARMS} arms; "
            "name the column of the arm"
        )
    ordered = [control, *(value for value in found if value != control)]
    return dict(zip(ordered, _unique(ordered), strict=True))


def _control(c: TableColumns, found: Sequence[str]) -> str | None:
    """Return the control as the table spells it, None where no row has it."""
    return mapped(str(c.control).strip(), {value: value for value in found})


def _arm_part(id: str, value: str, control: bool) -> dict[str, str]:
    role = "active_control" if control else "experimental"
    return {"id": id, "label": value or "All", "role": role}


def _analyses(c: TableColumns, endpoint: str, compared: bool) -> list[dict[str, Any]]:
    ids = _variable_ids(c)
    common: dict[str, Any] = {"endpoint": endpoint, "set": "ALL", "claim": "descriptive"}
    if c.level != 0.95:
        common = {**common, "level": c.level}
    times = {"at": [_length(t, c.unit) for t in c.at]} if c.at else {}
    strata = {"strata": "as_randomised" if c.strata else "none"}
    plan: list[dict[str, Any]] = [
        {"id": "FOLLOW_UP", "type": "follow_up", "ci": c.ci, **common},
        {"id": "KM", "type": "kaplan_meier", "ci": c.ci, **times, **common},
    ]
    if compared:
        test = {"test": "stratified_log_rank" if c.strata else "log_rank"}
        plan += [
            {"id": "LOG_RANK", "type": "log_rank", **strata, **common},
            {"id": "COX", "type": "cox", **strata, **test, **common},
        ]
        if c.covariates:
            adjusted = {"covariates": [ids[name] for name in c.covariates]}
            plan.append(
                {
                    "id": "COX_ADJUSTED",
                    "type": "cox",
                    **strata,
                    "test": "wald",
                    **adjusted,
                    **common,
                }
            )
        if c.at:
            plan.append({"id": "MILESTONES", "type": "milestone", "ci": c.ci, **times, **common})
    if c.rmst is not None:
        plan.append({"id": "RMST", "type": "rmst", "tau": _length(c.rmst, c.unit), **common})
    return plan


def _data(
    table: Table, c: TableColumns, file: str, event: str, arms: Mapping[str, str]
) -> dict[str, Any]:
    ids = _variable_ids(c)
    variables = {
        ids[name]: _variable(table, name, factor=name in c.strata)
        for name in (*c.strata, *c.covariates)
    }
    factors = {
        ids[name]: {"column": name, "values": variables[ids[name]]["values"]} for name in c.strata
    }
    strata = {"strata": factors} if factors else {}
    if c.param:
        return {
            "file": file,
            "form": "adtte",
            "kind": "real",
            "locked": True,
            "subject": c.subject or "USUBJID",
            **({"arm": {"column": c.arm, "values": dict(arms)}} if c.arm else {}),
            "unit": c.unit,
            **({"coding": "confirmed"} if c.coding_confirmed else {}),
            **strata,
            "variables": variables,
        }
    return {
        "file": file,
        "kind": "real",
        "locked": True,
        **({"subject": c.subject} if c.subject else {}),
        **({"arm": {"column": c.arm, "values": dict(arms)}} if c.arm else {}),
        "unit": c.unit,
        "origin": {"randomisation": "day_0"},
        "events": {
            event: {
                "days": c.time,
                "happened": c.event,
                "values": _happened(table, c.event),
                **({"coding": "confirmed"} if c.coding_confirmed else {}),
            }
        },
        "censoring": {"last_follow_up": {"days": c.time}},
        **strata,
        "variables": variables,
    }


def _happened(table: Table, column: str) -> dict[str, str]:
    """Return stored value -> yes or no, for the codings that can mean only one thing."""
    found = _distinct(table, column)
    for no, yes in _HAPPENED:
        if {_plain(value) for value in found} <= {no, yes}:
            # A file in which nothing happened, or everything, still says what the other is.
            absent = [word for word in (no, yes) if word not in map(_plain, found)]
            return {value: "yes" if _plain(value) == yes else "no" for value in [*found, *absent]}
    raise InvalidInput(
        f"{column} holds {', '.join(found[:8])}; an event is coded 0/1, true/false or yes/no "
        "(1, true, yes = it happened). For other codings, or competing events, write a protocol."
    )


def _plain(value: str) -> str:
    """Return an indicator's value in small letters; 1.0, as a program with NaN writes 1, as 1."""
    number = number_of(value)
    whole = isinstance(number, int | float) and number == int(number)
    return str(int(number)) if whole else value.casefold()  # type: ignore[arg-type]


def _variable(table: Table, column: str, *, factor: bool) -> dict[str, Any]:
    cells = [text for cell in table.column(column) if (text := text_of(cell)) is not None]
    known = [text for text in cells if not means_missing(text)]
    if not factor and known and all(_is_number(text) for text in known):
        return {"column": column, "label": column, "type": "number"}
    found = _distinct(table, column)
    if len(found) > _MOST_LEVELS:
        raise InvalidInput(
            f"{column} has {len(found)} different values; a factor may have {_MOST_LEVELS}. "
            "Name another column."
        )
    values = {value: value for value in found}
    return {"column": column, "label": column, "type": "choice", "values": values}


def _distinct(table: Table, column: str) -> list[str]:
    """Return the different values as texts, sorted, numbers by size; missing ones are left out.

    Values that a snapshot reads as one are one: "CTL " is CTL, and 1.0 is 1.
    """
    found: dict[object, str] = {}
    for text in dict.fromkeys(text_of(cell) for cell in table.column(column)):
        if text is not None and not means_missing(text):
            number = number_of(text)
            found.setdefault(number if isinstance(number, int | float) else text, text)
    return sorted(
        found.values(), key=lambda text: (0, float(text), "") if _is_number(text) else (1, 0, text)
    )


def _is_number(cell: Any) -> bool:
    return bool(re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", str(cell).strip()))


def _length(time: float, unit: str) -> str:
    digits = format(Decimal(repr(float(time))), "f")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits} {_UNITS[unit]}"


def _variable_ids(c: TableColumns) -> dict[str, str]:
    """Return column -> its name in the protocol, for the strata and the covariates."""
    columns = [*c.strata, *c.covariates]
    return dict(zip(columns, _unique(columns, "X_"), strict=True))


def _unique(values: Sequence[str], prefix: str = "ARM_") -> list[str]:
    """Return one identifier per value, numbered where two would be the same."""
    ids: list[str] = []
    for value in values:
        id = plain = _identifier(value, prefix)
        while id in ids:
            id = f"{plain}_{len(ids) + 1}" if id == plain else f"{id}_"
        ids.append(id)
    return ids


def _identifier(text: str, prefix: str = "X_") -> str:
    """Return a text as a name that expressions can use: letters, digits and _."""
    name = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII).strip("_")
    return name if name and not name[0].isdigit() else f"{prefix}{name}"
