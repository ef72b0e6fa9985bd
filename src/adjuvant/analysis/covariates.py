"""Baseline variables as the columns of a model, on the rows that the model is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import InvalidInput, TimeToEvent
from adjuvant.dataset import Column, Snapshot, variable
from adjuvant.protocol.model import Protocol
from adjuvant.survival import Factor

__all__ = ["FactorLevels", "covariates", "factor_levels", "subject_rows"]

Columns = dict[str, ArrayLike | Factor]


@dataclass(frozen=True)
class FactorLevels:
    """One factor on the rows of an endpoint: its label, levels and values; None = missing."""

    name: str
    label: str
    levels: tuple[str, ...]
    values: tuple[str | None, ...]


def covariates(
    snapshot: Snapshot, protocol: Protocol, data: TimeToEvent, names: Sequence[str]
) -> tuple[TimeToEvent, Columns, dict[str, int]]:
    """Return the rows without a missing value, their columns, and how many rows each name cost.

    data      rows of an endpoint, as `derive_time_to_event` returns them.
    names     variables of the protocol; a choice becomes a factor with its first level as
              reference, a number stays one.
    Raises    InvalidInput for a variable that is a text, or that has no two levels in these rows.

    >>> from adjuvant.dataset import derive_time_to_event, six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> data = derive_time_to_event(snapshot, protocol, "RFS")
    >>> kept, columns, left_out = covariates(snapshot, protocol, data, ["age_group"])
    >>> kept.n, columns["age_group"].levels, left_out
    (5, ('under 60', '60 or over'), {'age_group': 1})
    """
    of = subject_rows(snapshot, data)
    found = {name: variable(snapshot, protocol, name) for name in names}
    values = {name: [column.values[row] for row in of] for name, column in found.items()}
    left_out = {name: sum(v is None for v in column) for name, column in values.items()}
    complete = np.ones(data.n, dtype=np.bool_)
    for column in values.values():
        complete &= np.array([value is not None for value in column], dtype=np.bool_)
    kept = data if complete.all() else data.where(complete)
    columns: Columns = {}
    for name, column in values.items():
        known = [v for v, keep in zip(column, complete, strict=True) if keep]
        columns[name] = _model_column(found[name], known)
    return kept, columns, left_out


def factor_levels(found: Column, rows: Sequence[int]) -> FactorLevels:
    """Return a choice on some subjects' rows; InvalidInput where it is none."""
    if found.type != "choice":
        raise InvalidInput(
            f"{found.name} is a {found.type}; subgroups need a choice with levels, "
            "such as a calculated age group"
        )
    values = tuple(found.values[row] for row in rows)
    texts = tuple(None if value is None else str(value) for value in values)
    return FactorLevels(found.name, found.label, found.levels, texts)


def subject_rows(snapshot: Snapshot, data: TimeToEvent) -> list[int]:
    """Return for each row of an endpoint the row of its subject in the snapshot."""
    if data.subject is None:
        raise InvalidInput("the rows of the endpoint name no subject; derive them anew")
    place = {subject: row for row, subject in enumerate(snapshot.subjects.column("subject"))}
    return [place[subject] for subject in data.subject]


def _model_column(found: Column, values: Sequence[str | float | int | None]) -> ArrayLike | Factor:
    if found.type == "number":
        return np.array(values, dtype=np.float64)
    if found.type != "choice":
        raise InvalidInput(f"{found.name} is a text; a model needs a number or a choice")
    seen = set(values)
    levels = tuple(level for level in found.levels if level in seen)
    if len(levels) < 2:
        raise InvalidInput(
            f"{found.name} has fewer than two levels in these patients; leave it out"
        )
    return Factor(list(values), levels)
