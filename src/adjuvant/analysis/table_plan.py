"""The plan of a data file that has no protocol: its columns written as a protocol's values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adjuvant.core import InvalidInput, UsageError
from adjuvant.dataset import Table

__all__ = ["TableColumns", "plan_of_table"]

_UNITS = {"hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "y"}
_HAPPENED = (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"))
_MOST_LEVELS = 50


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
    event = _identifier(c.param or c.event)
    label = _param_label(table, c) if c.param else c.event
    strata = [_identifier(name) for name in c.strata]
    return {
        "format": "adjuvant/1",
        "trial": {
            "id": _identifier(re.sub(r"\.[^.]*$", "", table.name)).upper(),
            "status": "historical",
            "title": f"{table.name}: {label}" + (f" by {c.arm}" if c.arm else ""),
        },
        "time": {"unit": c.unit},
        "arms": [_arm_part(id, value, c) for value, id in arms.items()],
        "randomisation": {
            "strata": [
                {"id": id, "label": name, "source": id}
                for id, name in zip(strata, c.strata, strict=True)
            ]
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
    if str(c.control) not in found:
        raise InvalidInput(
            f"no row has {c.arm} {c.control!r}; found {', '.join(found)}. Name the control."
        )
    ordered = [str(c.control), *(value for value in found if value != str(c.control))]
    return dict(zip(ordered, _unique(ordered), strict=True))


def _arm_part(id: str, value: str, c: TableColumns) -> dict[str, str]:
    role = "active_control" if value == str(c.control) else "experimental"
    return {"id": id, "label": value or "All", "role": role}


def _analyses(c: TableColumns, endpoint: str, compared: bool) -> list[dict[str, Any]]:
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
            adjusted = {"covariates": [_identifier(name) for name in c.covariates]}
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
    variables = {
        _identifier(name): _variable(table, name, factor=name in c.strata)
        for name in (*c.strata, *c.covariates)
    }
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
        "variables": variables,
    }


def _happened(table: Table, column: str) -> dict[str, str]:
    """Return stored value -> yes or no, for the codings that can mean only one thing."""
    found = _distinct(table, column)
    for no, yes in _HAPPENED:
        if {value.casefold() for value in found} <= {no, yes}:
            return {value: "yes" if value.casefold() == yes else "no" for value in found}
    raise InvalidInput(
        f"{column} holds {', '.join(found[:8])}; an event is coded 0/1, true/false or yes/no "
        "(1, true, yes = it happened). For other codings, or competing events, write a protocol."
    )


def _variable(table: Table, column: str, *, factor: bool) -> dict[str, Any]:
    cells = [cell for cell in table.column(column) if cell is not None]
    if not factor and cells and all(_is_number(cell) for cell in cells):
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
    """Return the different stored values as texts, sorted; numbers by size."""
    cells = {_text(cell) for cell in table.column(column) if cell is not None}
    return sorted(
        cells, key=lambda text: (0, float(text), "") if _is_number(text) else (1, 0, text)
    )


def _text(cell: str | int | float) -> str:
    """Return a cell as a protocol writes it: 1 and 1.0 are one value."""
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def _is_number(cell: Any) -> bool:
    return bool(re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", str(cell).strip()))


def _length(time: float, unit: str) -> str:
    return f"{time:g} {_UNITS[unit]}"


def _unique(values: Sequence[str]) -> list[str]:
    """Return one identifier per value, numbered where two would be the same."""
    ids: list[str] = []
    for value in values:
        id = _identifier(value, "ARM_")
        ids.append(id if id not in ids else f"{id}_{len(ids) + 1}")
    return ids


def _identifier(text: str, prefix: str = "X_") -> str:
    """Return a text as a name that expressions can use: letters, digits and _."""
    name = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII).strip("_")
    return name if name and not name[0].isdigit() else f"{prefix}{name}"
