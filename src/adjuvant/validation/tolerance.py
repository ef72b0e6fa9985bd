"""When a computed result agrees with the expected one: the pass rules of the reference formats.

Survival quantities: |got - expected| <= absolute + relative * |expected|, with overrides by field.
Design quantities: |got - expected| <= max(absolute, relative * |expected|); for a simulation
|got - expected| <= k * sqrt(se_expected**2 + se_got**2). null stands for NaN, "Infinity" and
"-Infinity" for themselves; a field that the case does not list is not tested.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

__all__ = ["Allowance", "Comparison", "Mismatch", "Tolerance", "compare", "plain"]

_IDENTITY = ("group", "cause", "term")
_MISSING = "missing"
_TINY = 1e-300
# Where a simulated mean number of events is (nearly) fixed by design, its standard error says
# nothing; the design format then allows this much.
_FIXED_EVENTS_SE, _FIXED_EVENTS_ALLOWED = 0.001, 0.005


@dataclass(frozen=True)
class Allowance:
    """How far a number may lie from the expected one, absolutely and relative to it."""

    relative: float = 0.0
    absolute: float = 0.0


@dataclass(frozen=True)
class Tolerance:
    """The pass rule of one case.

    rule              "sum" (survival: absolute + relative part) or "larger" (design: the maximum).
    fields            overrides by name of an expected field; the innermost name wins.
    standard_errors   k of the rule for simulations; `monte_carlo` and `own` hold the standard
                      errors of the expected and of the computed fields.

    >>> rule = Tolerance(Allowance(relative=1e-8, absolute=1e-12))
    >>> rule.allowed(2.0, ("coef",)) == 1e-12 + 2e-8
    True
    """

    base: Allowance
    rule: Literal["sum", "larger"] = "sum"
    fields: Mapping[str, Allowance] = field(default_factory=dict)
    standard_errors: float | None = None
    monte_carlo: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)

    def allowed(self, expected: float, path: tuple[str | int, ...]) -> float:
        """Return the largest |got - expected| that passes at this field."""
        if self.standard_errors is not None:
            return self._allowed_by_chance(path)
        chosen = self._allowance(path)
        relative = chosen.relative * abs(expected)
        if self.rule == "sum":
            return chosen.absolute + relative
        return max(chosen.absolute, relative)

    def floor(self, path: tuple[str | int, ...]) -> float:
        """Return the size below which the absolute tolerance decides rather than the relative."""
        chosen = self._allowance(path)
        return chosen.absolute / chosen.relative if chosen.relative else 0.0

    def _allowance(self, path: tuple[str | int, ...]) -> Allowance:
        names = [part for part in path if isinstance(part, str) and part in self.fields]
        return self.fields[names[-1]] if names else self.base

    def _allowed_by_chance(self, path: tuple[str | int, ...]) -> float:
        assert self.standard_errors is not None
        errors = [_at(self.monte_carlo, path), _at(self.own, path)]
        if path[0] == "expected_events" and errors[0] < _FIXED_EVENTS_SE:
            return _FIXED_EVENTS_ALLOWED
        return self.standard_errors * math.hypot(*errors)


@dataclass(frozen=True)
class Mismatch:
    """One value that does not agree: where, what was expected, what came, how far off."""

    field: str
    expected: Any
    got: Any
    relative_error: float | None
    excess: float


@dataclass(frozen=True)
class Comparison:
    """All values of one case: how many were tested, which disagree, the largest relative error."""

    tested: int
    mismatches: tuple[Mismatch, ...]
    largest_relative_error: float

    @property
    def worst(self) -> Mismatch | None:
        """The mismatch furthest beyond its tolerance, None where all agree."""
        return max(self.mismatches, key=lambda m: m.excess, default=None)


def compare(expected: Any, got: Any, tolerance: Tolerance) -> Comparison:
    """Compare a result with what is expected, field by field, both as plain JSON-like values.

    Lists of records are matched by their group, cause or term, whatever their order; every other
    list by position. `largest_relative_error` is taken relative to the larger of |expected| and
    absolute / relative tolerance: below that size the absolute tolerance decides, and nothing can
    be said relative to a number that is zero in exact arithmetic.

    >>> rule = Tolerance(Allowance(relative=1e-8))
    >>> result = compare({"coef": [1.0, None]}, {"coef": [1.5, float("nan")], "n": 3}, rule)
    >>> result.worst.field, result.worst.relative_error
    ('coef[0]', 0.5)
    """
    tested, largest, mismatches = 0, 0.0, []
    for path, wanted, found in _pairs((), plain(expected), plain(got)):
        tested += 1
        if not (_is_number(wanted) and _is_number(found)):
            # bool is an int in Python: True must not pass for the number 1.
            if wanted != found or isinstance(wanted, bool) != isinstance(found, bool):
                mismatches.append(Mismatch(_written(path), wanted, found, None, math.inf))
            continue
        off, allowed = abs(found - wanted), tolerance.allowed(wanted, path)
        if off:
            largest = max(largest, off / max(abs(wanted), tolerance.floor(path), _TINY))
        if off > allowed:
            error = off / abs(wanted) if wanted else math.inf
            excess = off / allowed if allowed else math.inf
            mismatches.append(Mismatch(_written(path), wanted, found, error, excess))
    return Comparison(tested, tuple(mismatches), largest)


def plain(value: Any) -> Any:
    """Return a result as JSON-like values: arrays as lists, NaN as None, infinity as its name.

    >>> plain({"hr": np.array([1.5, np.nan, np.inf])})
    {'hr': [1.5, None, 'Infinity']}
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def _pairs(
    path: tuple[str | int, ...], expected: Any, got: Any
) -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Yield every single expected value with the value got at the same place."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            yield path, expected, got
            return
        for key, item in expected.items():
            absent = None if item is None else _MISSING
            yield from _pairs((*path, key), item, got.get(key, absent))
    elif isinstance(expected, list):
        if not isinstance(got, list):
            yield path, expected, got
            return
        got = _aligned(expected, got)
        if len(expected) != len(got):
            yield (*path, "length"), len(expected), len(got)
            return
        for at, (item, found) in enumerate(zip(expected, got, strict=True)):
            yield from _pairs((*path, at), item, found)
    else:
        yield path, expected, got


def _aligned(expected: list[Any], got: list[Any]) -> list[Any]:
    """Return the records of `got` in the order of `expected` where records say who they are."""
    wanted, found = [_identity(item) for item in expected], [_identity(item) for item in got]
    if any(key is None for key in (*wanted, *found)) or sorted(map(repr, wanted)) != sorted(
        map(repr, found)
    ):
        return got
    return [got[found.index(key)] for key in wanted]


def _identity(record: Any) -> tuple[str, ...] | None:
    if not isinstance(record, dict):
        return None
    return tuple(repr(record[key]) for key in _IDENTITY if key in record) or None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(tree: Any, path: tuple[str | int, ...]) -> float:
    for part in path:
        if isinstance(tree, Mapping):
            tree = tree.get(part, 0.0)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
    return float(tree) if _is_number(tree) else 0.0


def _written(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "result"
