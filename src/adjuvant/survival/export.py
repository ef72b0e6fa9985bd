"""Results out of the house: as a dictionary, as rows of a data frame, as HTML, with references.

A result class takes them as methods by one line in its body:
`to_dict, to_frame, cite, _repr_html_ = EXPORTS`.
"""

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from html import escape
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any, Literal

import numpy as np

from adjuvant.core import EnvironmentProblem, UsageError
from adjuvant.survival.references import references_of

__all__ = ["EXPORTS", "FrameLibrary", "cite", "to_dict", "to_frame", "to_html"]

FrameLibrary = Literal["pandas", "polars", "pyarrow"]
_LIBRARIES = ("pandas", "polars", "pyarrow")
_ROWS_SHOWN = 20

# What a fitted model reports beside its fields, in the order of a table.
_REPORTED = {
    "CoxFit": ("se", "z", "p_values", "hazard_ratio", "hr_ci", "lrt", "wald", "score"),
    "FineGrayFit": ("se", "z", "p_values", "hazard_ratio", "hr_ci", "wald"),
    "FirthFit": ("se", "hazard_ratio", "hr_ci", "lrt"),
    "ParametricFit": ("se", "z", "p_values", "lrt"),
}
# No column can hold a matrix.
_MATRICES = ("variance", "model_based_variance", "covariance", "correlation")


def to_dict(result: Any) -> dict[str, Any]:
    """Return a result as plain Python: dictionaries, lists, floats (NaN and inf stay floats).

    Data and inner workings of a model are left out; what it reports (se, hazard_ratio, hr_ci,
    lrt ...) is included.

    >>> from adjuvant.survival import TwoByTwo, newcombe
    >>> to_dict(newcombe(TwoByTwo(56, 70, 48, 80)))["method"]
    'Newcombe, hybrid score'
    """
    return {name: _plain(value) for name, value in _items(result)}


def to_frame(result: Any, library: FrameLibrary | None = None) -> Any:
    """Return a result, or a tuple of results, as a data frame of one row a line of its table.

    library   pandas, polars or pyarrow; default the one already imported, else the first that is
              installed. Curves, terms, groups and times become rows; single numbers repeat on
              each row; intervals become <name>_lower and <name>_upper. Matrices (variances) have
              no column: `to_dict` holds them.
    Raises    EnvironmentProblem naming what to install; UsageError for another library.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival import rmst
    >>> frame = to_frame(rmst(TimeToEvent([1, 2, 3, 4], [1, 1, 0, 1], arm=[0, 1, 0, 1]), 3))
    >>> list(frame.columns), frame.shape
    (['label', 'tau', 'rmst', 'std_error', 'unit'], (2, 5))
    """
    chosen = _library(library)
    frames = import_module("narwhals")  # loaded only when a frame is asked for
    return frames.from_dict(_columns(result), backend=chosen).to_native()


def cite(result: Any) -> str:
    """Return the references of the methods that made a result, and the program's version.

    >>> from adjuvant.survival import TwoByTwo, newcombe
    >>> print(cite(newcombe(TwoByTwo(56, 70, 48, 80))).splitlines()[0][:50])
    Newcombe RG. Interval estimation for the differenc
    """
    version = import_module("importlib.metadata").version("adjuvant")  # slow to load
    return "\n".join([*references_of(result), f"Computed with adjuvant {version}."])


def to_html(result: Any) -> str:
    """Return a result as a small HTML table, for notebooks; at most 20 rows are shown.

    >>> from adjuvant.survival import TwoByTwo, newcombe
    >>> to_html(newcombe(TwoByTwo(56, 70, 48, 80)))[:44]
    '<table><caption>Proportion: estimate 0.2, ci'
    """
    rows, singles = _split(result)
    facts = [f"{escape(name)} {escape(_shown(value))}" for name, value in singles.items()]
    caption = f"<caption>{escape(type(result).__name__)}: {', '.join(facts)}</caption>"
    if not rows:
        return f"<table>{caption}</table>"
    head = "".join(f"<th>{escape(name)}</th>" for name in rows)
    lines = [
        "<tr>" + "".join(f"<td>{escape(_shown(value))}</td>" for value in row) + "</tr>"
        for row in islice(zip(*rows.values(), strict=True), _ROWS_SHOWN)
    ]
    n = _length(rows)
    more = f"<p>{n} rows; {_ROWS_SHOWN} are shown.</p>" if n > _ROWS_SHOWN else ""
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f"<table>{caption}{body}</table>{more}"


EXPORTS = (to_dict, to_frame, cite, to_html)


def _items(result: Any) -> Iterable[tuple[str, Any]]:
    """Yield what a result reports, field by field, then its properties."""
    if not dataclasses.is_dataclass(result):
        raise UsageError(f"{type(result).__name__} is no result of adjuvant.survival")
    for field in dataclasses.fields(result):
        if field.repr:
            yield field.name, getattr(result, field.name)
    for name in _REPORTED.get(type(result).__name__, ()):
        yield name, getattr(result, name)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value


def _library(asked: str | None) -> str:
    if asked is not None and asked not in _LIBRARIES:
        raise UsageError(f"library is {asked!r}; write one of {', '.join(_LIBRARIES)}")
    candidates = _LIBRARIES if asked is None else (asked,)
    loaded = [name for name in candidates if name in sys.modules]
    for name in (*loaded, *candidates):
        if find_spec(name) is not None:
            return str(name)
    raise EnvironmentProblem(
        f"{' or '.join(candidates)} is needed for a data frame and is not installed; "
        f"run: pip install {candidates[0]}"
    )


def _columns(result: Any) -> dict[str, list[Any]]:
    """Return the table of a result or of several results: column -> cells, all equally long."""
    several = result if isinstance(result, tuple | list) else (result,)
    tables = [_table(one) for one in several]
    names = list(dict.fromkeys(name for table in tables for name in table))
    return {
        name: [cell for t in tables for cell in t.get(name, [None] * _length(t))] for name in names
    }


def _table(result: Any) -> dict[str, list[Any]]:
    rows, singles = _split(result)
    length = _length(rows) if rows else 1
    repeated = {name: [value] * length for name, value in singles.items()}
    if any(_is_parts(value) for _, value in _items(result)):
        return rows | repeated
    order = [name for name in _flat(dict(_items(result))) if name in rows or name in repeated]
    return {name: (rows | repeated)[name] for name in order}


def _split(result: Any) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Return the columns that have a cell a row, all equally long, and the single values."""
    items = dict(_items(result))
    parts = next((name for name, value in items.items() if _is_parts(value)), None)
    if parts is None:
        flat = _flat(items)
        lists = {name: value for name, value in flat.items() if isinstance(value, list)}
        length = _length(lists) if lists else 0
        rows = {name: value for name, value in lists.items() if len(value) == length}
    else:
        several = items.pop(parts)
        flat, rows = _flat(items), _columns(several)
        if parts == "causes":  # Gray's scores: every cause has one row an arm.
            rows = {"groups": flat["groups"] * len(several)} | rows
    return rows, {k: v for k, v in flat.items() if not isinstance(v, list) and k not in rows}


def _is_parts(value: Any) -> bool:
    """Whether a field is a tuple of results that are the rows: curves, causes, terms."""
    return isinstance(value, tuple) and bool(value) and dataclasses.is_dataclass(value[0])


def _length(table: dict[str, list[Any]]) -> int:
    return len(next(iter(table.values())))


def _flat(items: dict[str, Any]) -> dict[str, Any]:
    """Return columns (lists) and single values, named apart; matrices are left out."""
    found: dict[str, Any] = {}
    for name, value in items.items():
        if dataclasses.is_dataclass(value):
            inner = _flat(dict(_items(value)))
            found |= {f"{name}_{part}" if part else name: cell for part, cell in inner.items()}
            if not inner:  # A weight without parameters is its name.
                found[name] = type(value).__name__
        elif name in _MATRICES and np.ndim(value) == 2:
            continue
        elif name == "log_likelihood" and isinstance(value, tuple):
            found |= {f"{name}_null": value[0], name: value[1]}
        else:
            found |= _spread(name, value)
    return found


def _spread(name: str, value: Any) -> dict[str, Any]:
    """Return one column, or lower and upper of an interval, or one column a part."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return {
            f"{name}_{part}": column.tolist()
            for part, column in zip(_parts(name, value.shape[1]), value.T, strict=True)
        }
    if name.endswith("ci") and isinstance(value, tuple):
        return {f"{name}_lower": value[0], f"{name}_upper": value[1]}
    plain = _plain(value)
    if isinstance(plain, list) and plain and isinstance(plain[0], list):
        return {name: [str(tuple(part)) for part in plain]}
    return {name: plain}


def _parts(name: str, count: int) -> Sequence[str]:
    return ("lower", "upper") if name.endswith("ci") else tuple(map(str, range(count)))


def _shown(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
