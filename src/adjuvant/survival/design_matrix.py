"""Covariates as columns: numbers as they are, factors by treatment contrasts, products of both."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import Floats, InvalidData, NotEnoughData, TimeToEvent

__all__ = ["Covariates", "DesignMatrix", "Factor", "design_matrix"]


@dataclass(frozen=True, eq=False)
class Factor:
    """A covariate with levels; the first level is the reference.

    values    (n,) one level a row.
    levels    all levels, the reference first; without it the distinct values, sorted.
    Raises    InvalidData for a missing value, a value outside `levels`, or a level named twice.

    >>> Factor(["adeno", "large", "adeno"], levels=("large", "adeno")).levels
    ('large', 'adeno')
    """

    values: Sequence[Hashable]
    levels: tuple[Hashable, ...] = ()

    def __post_init__(self) -> None:
        values = tuple(v.item() if isinstance(v, np.generic) else v for v in self.values)
        for row, value in enumerate(values, 1):
            if value is None or value != value or value == "":
                raise InvalidData(f"row {row}: a factor's value is missing; every row needs one")
        levels = tuple(self.levels) or tuple(_sorted(set(values)))
        if len(set(levels)) < len(levels):
            raise InvalidData(f"a factor names one level twice: {', '.join(map(str, levels))}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "levels", levels)

    def codes(self, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return each row's index into `levels` (n,); `name` is for the message of a refusal."""
        position = {level: code for code, level in enumerate(self.levels)}
        try:
            return np.array([position[value] for value in self.values], dtype=np.int64)
        except KeyError as unknown:
            row = self.values.index(unknown.args[0]) + 1
            levels = ", ".join(map(str, self.levels))
            raise InvalidData(
                f"row {row}: {name} is {unknown.args[0]!r}; its levels are {levels}"
            ) from None


Covariates = Mapping[str, ArrayLike | Factor]


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """The columns of a regression, and which of them belong to one covariate.

    terms     (p,) names: "age", "celltype=adeno", "trt:celltype=adeno".
    columns   p columns (n,) float64, as given: neither centred nor scaled.
    groups    per covariate or interaction: its name and the indices of its columns.
    levels    per covariate: its levels, the reference first; () for a number.
    """

    terms: tuple[str, ...]
    columns: tuple[Floats, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    levels: Mapping[str, tuple[Hashable, ...]]
    interactions: tuple[tuple[str, str], ...]

    def row(self, at: Mapping[str, Any]) -> Floats:
        """Return the column values (p,) of one patient, given a value for every covariate.

        Raises    InvalidData for a covariate that is absent, unknown or has no such level.
        """
        unknown = [*(set(at) - set(self.levels)), *(set(self.levels) - set(at))]
        if unknown:
            expected = ", ".join(self.levels)
            raise InvalidData(
                f"give a value for each of {expected}; wrong or absent: {', '.join(unknown)}"
            )
        values: Covariates = {
            name: Factor([at[name]], levels) if levels else [at[name]]
            for name, levels in self.levels.items()
        }
        columns = _columns(1, values, self.interactions).columns
        return np.array([column[0] for column in columns])


def design_matrix(
    data: TimeToEvent,
    covariates: Covariates | None = None,
    interactions: Sequence[tuple[str, str]] = (),
) -> DesignMatrix:
    """Return the columns of a regression on `data`; an arm's indicators come first.

    covariates    name -> numbers (n,), truth values (n,) or Factor. Where `data` has arms, the
                  factor "arm" (control = reference) stands before them.
    interactions  pairs of names; their columns are products, levels of the first varying fastest.
    Raises        InvalidData for texts, missing or infinite values, wrong lengths, unknown names;
                  NotEnoughData for an arm without rows.

    >>> data = TimeToEvent.of([5, 8, 9], [1, 0, 1], arm=["new", "old", "new"], control="old")
    >>> design_matrix(data, {"age": [60, 55, 71]}, [("arm", "age")]).terms
    ('arm=new', 'age', 'arm=new:age')
    """
    named: dict[str, ArrayLike | Factor] = dict(covariates or {})
    if data.arm is not None and len(data.arm_labels) > 1:
        if "arm" in named:
            raise InvalidData("the data have arms, and a covariate is named 'arm'; keep one")
        _refuse_empty_arms(data)
        first = _indicators("arm", np.asarray(data.arm), data.arm_labels)
        return _columns(data.n, named, interactions, {"arm": (data.arm_labels, first)})
    return _columns(data.n, named, interactions)


_Part = tuple[tuple[Hashable, ...], list[tuple[str, Floats]]]


def _columns(
    n: int,
    covariates: Covariates,
    interactions: Sequence[tuple[str, str]],
    known: Mapping[str, _Part] | None = None,
) -> DesignMatrix:
    parts: dict[str, _Part] = dict(known or {})
    for name, values in covariates.items():
        if isinstance(values, Factor):
            _check_length(name, len(values.values), n)
            parts[name] = values.levels, _indicators(name, values.codes(name), values.levels)
        else:
            parts[name] = (), [(name, _numbers(name, values, n))]
    blocks = [(name, columns) for name, (_, columns) in parts.items()]
    for a, b in interactions:
        for name in (a, b):
            if name not in parts:
                raise InvalidData(f"no covariate {name!r} to interact; there are {list(parts)}")
        blocks.append((f"{a}:{b}", _products(parts[a][1], parts[b][1])))
    if not any(columns for _, columns in blocks):
        raise InvalidData("a regression needs a covariate; give `covariates`, or data with arms")
    flat = [column for _, columns in blocks for column in columns]
    groups, end = [], 0
    for name, columns in blocks:
        groups.append((name, tuple(range(end, end + len(columns)))))
        end += len(columns)
    return DesignMatrix(
        tuple(name for name, _ in flat),
        tuple(column for _, column in flat),
        tuple(groups),
        {name: levels for name, (levels, _) in parts.items()},
        tuple((a, b) for a, b in interactions),
    )


def _indicators(
    name: str, codes: np.ndarray[Any, np.dtype[np.int64]], levels: Sequence[Hashable]
) -> list[tuple[str, Floats]]:
    return [
        (f"{name}={level}", (codes == code).astype(np.float64))
        for code, level in enumerate(levels)
        if code > 0
    ]


def _products(
    first: list[tuple[str, Floats]], second: list[tuple[str, Floats]]
) -> list[tuple[str, Floats]]:
    return [(f"{a}:{b}", x * y) for b, y in second for a, x in first]


def _numbers(name: str, values: ArrayLike, n: int) -> Floats:
    array = np.asarray(values)
    if array.ndim != 1:
        raise InvalidData(f"{name} must be one column; got an array of shape {array.shape}")
    _check_length(name, len(array), n)
    if array.dtype.kind not in "iufb":
        raise InvalidData(
            f"{name} must be numbers; got values like {array[0]!r}. "
            f"For levels write Factor(values, levels=(reference, ...))"
        )
    column = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(column).all():
        rows = np.flatnonzero(~np.isfinite(column))
        raise InvalidData(
            f"row {rows[0] + 1}: {name} is missing or infinite ({rows.size} rows in all). "
            "Leave the rows out and say so, or give values."
        )
    return column


def _check_length(name: str, length: int, n: int) -> None:
    if length != n:
        raise InvalidData(f"{name} has {length} rows, the data have {n}; give one value a row")


def _refuse_empty_arms(data: TimeToEvent) -> None:
    sizes = np.bincount(np.asarray(data.arm), minlength=len(data.arm_labels)).tolist()
    if 0 in sizes:
        empty = [label for label, size in zip(data.arm_labels, sizes, strict=True) if size == 0]
        raise NotEnoughData(f"no row in arm {', '.join(empty)}; compare the arms that have rows")


def _sorted(values: set[Hashable]) -> list[Any]:
    found: list[Any] = list(values)
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=str)
