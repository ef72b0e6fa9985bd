"""Who is analysed, by which baseline, in which stratum: read from a snapshot by the protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from adjuvant.core import DataError, InvalidInput, Mask, Place
from adjuvant.dataset.canonical import Canonical
from adjuvant.dataset.codes import finding
from adjuvant.dataset.table import Cell
from adjuvant.protocol.expressions import UNKNOWN, expression
from adjuvant.protocol.model import AnalysisSet, Protocol
from adjuvant.protocol.suggestions import one_of

if TYPE_CHECKING:
    from adjuvant.dataset.snapshot import Snapshot

__all__ = ["Column", "in_set", "members", "set_named", "strata_of", "variable", "variable_values"]

Strata = Literal["as_randomised", "corrected", "none"]
_ALWAYS = ("randomised", "eligible", "ineligible_before_randomisation")


@dataclass(frozen=True)
class Column:
    """One baseline variable of all subjects.

    values    (n,) number or level; None where it is missing.
    levels    the levels in print order; () for a number.
    type      number, choice or text.
    """

    name: str
    values: tuple[Cell, ...]
    levels: tuple[str, ...]
    type: str
    label: str
    unit: str | None = None

    @property
    def missing(self) -> int:
        """How many subjects have no value."""
        return sum(value is None for value in self.values)


def _refused(code: str, where: str, message: str, hint: str = "") -> DataError:
    place = Place("protocol", 0, 0, where)
    return DataError("the data cannot be analysed so", [finding(code, place, message, hint)])


def variable_values(data: Canonical, protocol: Protocol, name: str) -> tuple[Cell, ...]:
    """Return the values of a baseline variable, calculated ones through their expression.

    Raises    DataError where there is no such variable, or its expression has no value.
    """
    return _values(data, protocol, name, ())


def _values(
    data: Canonical, protocol: Protocol, name: str, readers: tuple[str, ...]
) -> tuple[Cell, ...]:
    known = protocol.data.variables if protocol.data else {}
    stored = data.get(f"variable.{name}")
    part = known.get(name)
    if part is None or part.calculated is None:
        if stored is None:
            hint = one_of(name, known)
            raise _refused("D070", name, f"no baseline variable {name!r}", hint)
        return stored
    if name in readers:
        circle = " -> ".join((*readers, name))
        raise _refused("D072", name, f"the variables read each other: {circle}")
    parsed = expression(part.calculated)
    read = {n: _values(data, protocol, n, (*readers, name)) for n in sorted(parsed.names)}
    return _evaluated(data, part.calculated, read, name)


def _evaluated(
    data: Canonical, text: str, read: Mapping[str, Sequence[object]], name: str
) -> tuple[Cell, ...]:
    """Return the value of an expression for every subject; None where it is unknown."""
    parsed, names = expression(text), tuple(read)
    columns = [read[n] for n in names]
    known: dict[object, Cell] = {}  # subjects share few distinct combinations of values
    found = []
    for row in range(data.n):
        values = [column[row] for column in columns]
        key = tuple((value.__class__, value) for value in values)
        if key not in known:
            try:
                answer = parsed.evaluate(dict(zip(names, values, strict=True)))
            except InvalidInput as reason:
                message = f"subject {data.subject(row)}: {name}: {reason.message}"
                raise DataError(
                    "the data cannot be analysed so", [finding("D072", data.place(row), message)]
                ) from None
            known[key] = _cell(answer)
        found.append(known[key])
    return tuple(found)


def _cell(answer: object) -> Cell:
    if answer is UNKNOWN:
        return None
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return answer if isinstance(answer, int | float | str) else str(answer)


def variable(snapshot: "Snapshot", protocol: Protocol, name: str) -> Column:
    """Return a baseline variable of every subject, stored or calculated.

    Raises    DataError where the protocol has no such variable.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> variable(snapshot, protocol, "age_group").values
    ('under 60', '60 or over', '60 or over', 'under 60', 'under 60', None)
    """
    values = variable_values(snapshot.canonical, protocol, name)
    part = protocol.data.variables[name] if protocol.data else None
    if part is None:
        return Column(name, values, (), "text", name)
    levels: tuple[str, ...] = ()
    if part.type != "number":
        present = sorted({str(v) for v in values if v is not None})
        levels = part.all_levels or tuple(present)
    return Column(name, values, levels, part.type, part.label, part.unit)


def set_named(protocol: Protocol, set_id: str) -> AnalysisSet:
    """Return an analysis set of the protocol; DataError with "did you mean" where there is none.

    >>> from adjuvant.dataset.examples import six_patients
    >>> set_named(six_patients()[1], "ITT").rule
    'randomised'
    """
    for part in protocol.analysis_sets:
        if part.id == set_id:
            return part
    hint = one_of(set_id, [part.id for part in protocol.analysis_sets])
    raise _refused("D070", set_id, f"no analysis set {set_id!r}", hint)


def members(data: Canonical, protocol: Protocol, part: AnalysisSet) -> tuple[bool | None, ...]:
    """Return for each subject whether it is in the set; None where the rule cannot be decided.

    A rule may read `randomised`, `eligible`, `ineligible_before_randomisation` and baseline
    variables. Nothing that happened after randomisation can be named: such a set is biased.
    """
    parsed = expression(part.rule)
    known = protocol.data.variables if protocol.data else {}
    read: dict[str, Sequence[object]] = {}
    for name in sorted(parsed.names):
        if name == "randomised":
            # Everybody in the data was randomised: a row without an arm is refused.
            read[name] = (True,) * data.n
        elif name in _ALWAYS:
            read[name] = _eligibility(data, part, name)
        elif name in known or data.get(f"variable.{name}") is not None:
            read[name] = variable_values(data, protocol, name)
        else:
            message = f"set {part.id} reads {name!r}, which is no baseline variable"
            raise _refused("D070", part.id, message, one_of(name, (*_ALWAYS, *known)))
    answers = _evaluated(data, part.rule, read, part.id)
    return tuple(None if a is None else a == "yes" for a in answers)


def _eligibility(data: Canonical, part: AnalysisSet, name: str) -> Sequence[bool]:
    found = data.get("ineligible")
    if found is None:
        message = f"set {part.id} reads {name!r}, and the data do not say who was ineligible"
        raise _refused("D071", part.id, message, "map `data: {ineligible: COLUMN}`")
    return [(cell == "yes") == (name == "ineligible_before_randomisation") for cell in found]


def in_set(snapshot: "Snapshot", protocol: Protocol, set_id: str) -> Mask:
    """Return who is in an analysis set: (n,) truth values over the snapshot's subjects.

    A subject for whom the rule cannot be decided is not in the set; `flow_counts` counts it.
    Raises    DataError for an unknown set, or one that reads more than baseline.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> in_set(snapshot, protocol, "ITT").tolist()
    [True, True, True, True, True, True]
    """
    part = set_named(protocol, set_id)
    answers = members(snapshot.canonical, protocol, part)
    return np.array([answer is True for answer in answers], dtype=np.bool_)


def strata_of(data: Canonical, protocol: Protocol, strata: Strata) -> tuple[tuple[str, ...], ...]:
    """Return per stratification factor the level of every subject; "" where it is missing.

    as_randomised   the level stored as randomised, else the recorded baseline.
    corrected       the recorded baseline, as it stands after corrections.
    """
    found = []
    for factor in protocol.randomisation.strata:
        stored = data.get(f"stratum.{factor.id}") if strata == "as_randomised" else None
        if stored is None:
            parsed = expression(factor.source)
            read = {n: variable_values(data, protocol, n) for n in sorted(parsed.names)}
            stored = _evaluated(data, factor.source, read, factor.id)
        found.append(tuple("" if level is None else str(level) for level in stored))
    return tuple(found)
