"""From the rows of a case to `TimeToEvent` and to the covariates of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any

import numpy as np

from adjuvant.core import CaseError, Codes, Numbers, TimeToEvent
from adjuvant.validation.asking import public
from adjuvant.validation.cases import Case, CaseFile, Covariate
from adjuvant.validation.table import Cell, label, same

__all__ = ["CaseData", "as_fields", "option", "options_but", "taken"]

Group = dict[str, Cell]


class CaseData:
    """The rows of one case: `where` first, then without the rows that lack a needed value."""

    def __init__(self, case: Case, file: CaseFile) -> None:
        self.case = case
        self.table = file.table(case)
        self.rows = self.table.where(case.where, case.columns)

    def numbers(self, column: str) -> Numbers:
        """Return a column's numbers in row order, (n,)."""
        return self.table.numbers(column, self.rows)

    def cells(self, column: str) -> list[Cell]:
        """Return a column's values in row order."""
        cells = self.table.cells(column)
        return [cells[row] for row in self.rows]

    def groups(self) -> list[Group]:
        """Return the groups of `by` in the order that the case lists, else ascending."""
        found = {tuple(row): None for row in self._by_rows()} or {(): None}
        groups = [dict(zip(self.case.by, key, strict=True)) for key in sorted(found, key=_by_value)]
        listed = [_group(record) for record in self.case.expected.get("groups", [])]
        rank = {repr(_named(group)): at for at, group in reversed(list(enumerate(listed)))}
        return sorted(groups, key=lambda group: rank.get(repr(_named(group)), len(listed)))

    def survival(self) -> TimeToEvent:
        """Return the data without arms: times, events, entry, weights, strata, clusters."""
        case = self.case
        if case.time is None or case.event is None:
            raise CaseError(f"{case.quantity} needs the columns `time` and `event`")
        data = TimeToEvent(
            self.numbers(case.time),
            np.asarray(self.numbers(case.event)),
            entry=None if case.entry is None else self.numbers(case.entry),
            weight=None if case.weights is None else self.numbers(case.weights).astype(np.float64),
            subject=None if case.cluster is None else tuple(map(label, self.cells(case.cluster))),
        )
        if case.strata:
            columns = [self.cells(column) for column in case.strata]
            data = data.with_strata(
                [", ".join(map(label, row)) for row in zip(*columns, strict=True)]
            )
        return data

    def by_group(self) -> tuple[TimeToEvent, dict[str, Group]]:
        """Return the data with one arm a group of `by`, and the group of each label."""
        groups = self.groups()
        if not self.case.by:
            return self.survival(), {"": {}}
        labels = tuple(", ".join(f"{k}={label(v)}" for k, v in group.items()) for group in groups)
        code = {tuple(group.values()): at for at, group in enumerate(groups)}
        codes: Codes = np.array([code[tuple(row)] for row in self._by_rows()], dtype=np.int64)
        data = replace(self.survival(), arm=codes, arm_labels=labels)
        return data, dict(zip(labels, groups, strict=True))

    def two_arms(self) -> TimeToEvent:
        """Return the rows of `control` (code 0) and `treatment` (code 1), in row order."""
        if len(self.case.by) != 1:
            raise CaseError(f"{self.case.quantity} needs one column in `by`")
        values = [option(self.case, name) for name in ("control", "treatment")]
        cells = self.cells(self.case.by[0])
        codes = np.array(
            [next((at for at, v in enumerate(values) if same(cell, v)), -1) for cell in cells],
            dtype=np.int64,
        )
        self.rows = [row for row, code in zip(self.rows, codes, strict=True) if code >= 0]
        labels = tuple(f"{self.case.by[0]}={label(value)}" for value in values)
        return replace(self.survival(), arm=codes[codes >= 0], arm_labels=labels)

    def covariates(self) -> dict[str, Any]:
        """Return the covariates of the model by name: numbers, or a Factor with its levels."""
        found: dict[str, Any] = {}
        for covariate in self.case.covariates:
            if covariate.kind == "numeric":
                found[covariate.name] = self.numbers(covariate.name)
                continue
            values = self._levelled(covariate)
            levels = [label(level) for level in covariate.levels or ()]
            found[covariate.name] = public("survival", "Factor")(values, levels)
        return found

    def covariate_columns(self) -> dict[str, Numbers]:
        """Return the covariates as numbers, one column an indicator where they are categorical."""
        found: dict[str, Numbers] = {}
        for covariate in self.case.covariates:
            if covariate.kind == "numeric":
                found[covariate.name] = self.numbers(covariate.name)
                continue
            values = self._levelled(covariate)
            for level in map(label, (covariate.levels or ())[1:]):
                column = np.array([value == level for value in values], dtype=np.int64)
                found[f"{covariate.name}={level}"] = column
        return found

    def keep(self, mask: Sequence[bool]) -> None:
        """Leave out the rows for which mask is false."""
        self.rows = [row for row, kept in zip(self.rows, mask, strict=True) if kept]

    def _levelled(self, covariate: Covariate) -> list[str]:
        """Return a categorical covariate's values in row order, each one of its levels."""
        values = [label(cell) for cell in self.cells(covariate.name)]
        levels = [label(level) for level in covariate.levels or ()]
        strange = sorted(set(values) - set(levels))
        if strange:
            raise CaseError(
                f"{self.table.name}: column {covariate.name!r} holds {strange[0]!r}, "
                f"which is none of the levels {', '.join(levels)}"
            )
        return values

    def _by_rows(self) -> list[tuple[Cell, ...]]:
        columns = [self.cells(column) for column in self.case.by]
        return list(zip(*columns, strict=True))


def option(case: Case, name: str) -> Any:
    """Return an option that the quantity cannot do without.

    Raises    CaseError where the case does not give it.
    """
    if name not in case.options:
        raise CaseError(f"{case.quantity} needs the option {name!r}")
    return case.options[name]


def options_but(case: Case, *used: str) -> dict[str, Any]:
    """Return the options other than those named: they are passed on, none is ignored."""
    return {name: value for name, value in case.options.items() if name not in used}


def as_fields(value: Any) -> Any:
    """Return a result as named fields, at every depth.

    >>> from adjuvant.core import Interval
    >>> as_fields([Interval(0.4, 0.9)])
    [{'lower': 0.4, 'upper': 0.9, 'level': 0.95}]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: as_fields(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_fields(item) for item in value]
    return value


def taken(result: Any, *names: str) -> dict[str, Any]:
    """Return the named attributes of a result, each as plain fields."""
    return {name: as_fields(getattr(result, name)) for name in names}


def _group(record: Any) -> Group:
    group = record.get("group", record) if isinstance(record, dict) else {}
    return dict(group) if isinstance(group, dict) else {}


def _named(group: Group) -> list[tuple[str, str]]:
    return sorted((name, label(value)) for name, value in group.items())


def _by_value(key: tuple[Cell, ...]) -> tuple[tuple[bool, Any], ...]:
    return tuple((isinstance(cell, str), cell) for cell in key)
