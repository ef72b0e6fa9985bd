"""The door to the estimators: an endpoint of a snapshot as `TimeToEvent`."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from adjuvant.core import DataError, Place, TimeToEvent, encode
from adjuvant.dataset.build import found_at
from adjuvant.dataset.canonical import Canonical
from adjuvant.dataset.codes import CODES, finding
from adjuvant.dataset.derive import Derived, derived_endpoint
from adjuvant.dataset.sets import Strata, in_set, set_named, strata_of
from adjuvant.dataset.snapshot import Snapshot
from adjuvant.protocol.model import Endpoint, Protocol
from adjuvant.protocol.suggestions import one_of

__all__ = ["derive_time_to_event"]


def derive_time_to_event(
    snapshot: Snapshot,
    protocol: Protocol,
    endpoint: str,
    *,
    set: str | None = None,
    arms: Sequence[str] = (),
    competing: Literal["event", "censor"] | None = None,
    strata: Strata = "none",
) -> TimeToEvent:
    """Return an endpoint of the patients of an analysis set, ready for every estimator.

    set         id of an analysis set; None: everybody in the snapshot.
    arms        ids of the arms to keep; (): all. The control is code 0, the others follow in the
                order of the protocol; labels are the ids.
    competing   censor: a competing event ends follow-up at its time; event or None: it keeps its
                code 2, 3, ... in the order of the protocol. Code 1 is the endpoint's event.
    strata      as_randomised, corrected, or none.
    Raises      DataError naming the patient's row where a time cannot be derived, or where a
                name is unknown.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> data = derive_time_to_event(snapshot, protocol, "TTR", competing="censor")
    >>> data, data.time.tolist(), data.source[3]
    (TimeToEvent(n=6, events=3, unit='day', arms=OLD 3, NEW 3), [100, 200, 300, 50, 200, 0], \
'patients.csv:5')
    """
    part = _endpoint(protocol, endpoint)
    data = snapshot.canonical
    _refuse_untold_competing(data, part, competing)
    derived = derived_endpoint(data, protocol, part)
    keep = in_set(snapshot, protocol, set) if set else np.ones(data.n, dtype=np.bool_)
    received = set is not None and set_named(protocol, set).group_by == "received"
    labels = _arm_labels(protocol, arms)
    column = _arm_column(data, received)
    keep &= np.array([arm in labels for arm in column], dtype=np.bool_)
    _refuse_problems(data, part, derived)
    event = np.array(derived.event, dtype=np.int64)
    if competing == "censor":
        event[event > 1] = 0
    rows: list[int] = np.flatnonzero(keep).tolist()
    stratum = _strata(data, protocol, strata, rows)
    codes, stratum_labels = encode("stratum", stratum) if stratum else (None, ())
    times = np.array(derived.time)
    return TimeToEvent(
        times[rows],
        event[rows],
        arm=np.array([labels.index(str(column[row])) for row in rows], dtype=np.int64),
        arm_labels=labels,
        stratum=codes,
        stratum_labels=stratum_labels,
        entry=None if derived.entry is None else np.array(derived.entry)[rows],
        subject=tuple(data.subject(row) for row in rows),
        source=tuple(data.source(row, derived.source_column) for row in rows),
        unit=protocol.data.unit if protocol.data else protocol.time.unit,
    )


def _endpoint(protocol: Protocol, id: str) -> Endpoint:
    found = next((e for e in protocol.endpoints if e.id == id), None)
    timed = [e.id for e in protocol.endpoints if e.type == "time_to_event"]
    if found is None or found.id not in timed:
        what = "no endpoint" if found is None else "not a time to an event:"
        fault = finding("D034", Place("protocol", 0, 0, id), f"{what} {id!r}", one_of(id, timed))
        raise DataError("the endpoint cannot be derived", [fault])
    return found


def _refuse_untold_competing(data: Canonical, endpoint: Endpoint, competing: str | None) -> None:
    """CNSR does not tell a competing event from a censoring: incidence would be overestimated."""
    if (
        endpoint.competing
        and competing != "censor"
        and f"endpoint.{endpoint.id}.time" in data.columns
    ):
        message = (
            f"endpoint {endpoint.id} has the competing event {', '.join(endpoint.competing)}, and "
            "an ADTTE as it stands tells events from censorings only"
        )
        hint = "write `competing: censor` in the analysis, or map dates with `form: subjects`"
        place = Place("protocol", 0, 0, f"endpoints.{endpoint.id}.competing")
        raise DataError("the endpoint cannot be derived", [finding("D034", place, message, hint)])


def _arm_labels(protocol: Protocol, arms: Sequence[str]) -> tuple[str, ...]:
    known = [arm.id for arm in protocol.ordered_arms]
    unknown = [arm for arm in arms if arm not in known]
    if unknown:
        place = Place("protocol", 0, 0, "arms")
        fault = finding("D024", place, f"no arm {unknown[0]!r}", one_of(unknown[0], known))
        raise DataError("the endpoint cannot be derived", [fault])
    return tuple(arm for arm in known if not arms or arm in arms)


def _arm_column(data: Canonical, received: bool) -> Sequence[object]:
    if not received:
        return data.columns["arm"]
    column = data.get("received")
    if column is None:
        place = Place("protocol", 0, 0, "data.received")
        message = "the set is grouped by treatment received, which the data do not have"
        fault = finding("D034", place, message, "map `data: {received: {column: ...}}`")
        raise DataError("the endpoint cannot be derived", [fault])
    return column


def _refuse_problems(data: Canonical, endpoint: Endpoint, derived: Derived) -> None:
    errors = [p for p in derived.problems if CODES[p.code].severity == "error"]
    if errors:
        place = Place(str(data.columns["source.file"][0]), 0, 0, f"endpoints.{endpoint.id}")
        raise DataError(
            f"endpoint {endpoint.id} cannot be derived",
            [
                found_at(data, p)
                if p.row is not None
                else finding(p.code, place, p.message, p.hint)
                for p in errors
            ],
        )


def _strata(
    data: Canonical, protocol: Protocol, strata: Strata, rows: Sequence[int]
) -> tuple[str, ...]:
    """Return the stratum of each row: the levels of its factors, in the protocol's order."""
    if strata == "none":
        return ()
    factors = protocol.randomisation.strata
    if not factors:
        place = Place("protocol", 0, 0, "randomisation.strata")
        fault = finding("D053", place, "the protocol names no stratification factor")
        raise DataError("a stratified analysis is not possible", [fault])
    levels = strata_of(data, protocol, strata)
    missing = [
        finding(
            "D053",
            data.place(row),
            f"subject {data.subject(row)}: {factor.id} is missing",
            "write the factor's value",
        )
        for factor, column in zip(factors, levels, strict=True)
        for row in rows
        if column[row] == ""
    ]
    if missing:
        raise DataError("a stratified analysis is not possible", missing)
    return tuple(" / ".join(column[row] for column in levels) for row in rows)
