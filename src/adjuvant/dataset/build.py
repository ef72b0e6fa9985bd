"""From a protocol and its data file to a valid snapshot, or to every fault of the run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from adjuvant.core import DataError, Finding, Place, UsageError
from adjuvant.dataset.adtte import canonical_adtte
from adjuvant.dataset.canonical import Canonical, Draft
from adjuvant.dataset.codes import finding
from adjuvant.dataset.consistency import check_consistency
from adjuvant.dataset.derive import Problem, derived_endpoint
from adjuvant.dataset.flow import check_flow
from adjuvant.dataset.manifest import Signature, digest
from adjuvant.dataset.read_table import read_table
from adjuvant.dataset.sets import Strata, members, strata_of, variable_values
from adjuvant.dataset.snapshot import Snapshot, dummy_arms, packed
from adjuvant.dataset.subjects import canonical_subjects
from adjuvant.dataset.table import Table, raise_errors
from adjuvant.protocol.model import DataMapping, Protocol
from adjuvant.protocol.reader import ReadProtocol

__all__ = ["build_snapshot", "check_data"]


def build_snapshot(
    read: ReadProtocol,
    *,
    folder: Path | None = None,
    table: Table | None = None,
    arms: Literal["true", "dummy"] = "true",
    rng: np.random.Generator | None = None,
    signature: Signature | None = None,
    created: str | None = None,
) -> Snapshot:
    """Return the snapshot of a protocol's data, every patient and endpoint of it checked.

    folder      where `data.file` of the protocol stands; by default beside the protocol.
    table       the data themselves, instead of a file.
    arms, rng   "dummy" permutes the arms with `rng`: what anybody may see before lock.
    signature   of the unblinded statistician, for true arms of data that are not locked.
    Raises      DataError with every finding of the run when one is an error; SnapshotError for
                true arms before lock without signature.

    >>> from adjuvant.dataset.examples import six_patients, six_patients_read
    >>> snapshot = build_snapshot(six_patients_read(), table=six_patients()[0])
    >>> snapshot.n, snapshot.kind, [f.code for f in snapshot.findings]
    (6, 'real', ['D047'])
    """
    protocol, data = read.protocol, read.protocol.data
    if data is None:
        place = Place(read.path.name, 0, 0, "data")
        fault = finding("D034", place, "the protocol has no part `data`", "map the data file")
        raise DataError(f"{read.path.name} names no data", [fault])
    source = {}
    if table is None:
        path = (folder if folder is not None else read.path.parent) / data.file
        table = read_table(path)
        source = {path.name: digest(path.read_bytes())}
    canonical, findings = check_data(table, protocol)
    raise_errors(table.name, findings)
    if arms == "dummy":
        if rng is None:
            raise UsageError("dummy arms are permuted: give `rng`, such as default_rng(20260305)")
        canonical = dummy_arms(canonical, rng)
    return packed(
        canonical,
        protocol_text=read.text,
        trial=protocol.trial.id,
        protocol_version=protocol.trial.version,
        kind=data.kind,
        arms=arms,
        locked=data.locked,
        findings=tuple(findings),
        source=source,
        signature=signature,
        created=created,
    )


def check_data(table: Table, protocol: Protocol) -> tuple[Canonical, list[Finding]]:
    """Return the canonical columns of a table and all findings, in the order of the file.

    >>> from adjuvant.dataset.examples import six_patients
    >>> canonical, findings = check_data(*six_patients())
    >>> [str(f.place) for f in findings]
    ['patients.csv:7:7']
    """
    data = protocol.data
    assert data is not None
    make = canonical_adtte if data.form == "adtte" else canonical_subjects
    draft = make(table, protocol, data)
    canonical = draft.canonical()
    findings = [*table.findings, *draft.findings]
    findings += check_flow(canonical, protocol)
    if not any(f.code == "D020" for f in findings):
        findings += check_consistency(canonical, protocol)
        findings += _without_echo(findings, _endpoints(draft, canonical, protocol))
        findings += _baseline(canonical, protocol, data)
    return canonical, _in_order(findings)


def _in_order(findings: list[Finding]) -> list[Finding]:
    once = {(f.code, f.place, f.message): f for f in findings}
    return sorted(once.values(), key=lambda f: (f.place.line, f.place.column, f.code))


def _without_echo(before: list[Finding], found: Iterator[Finding]) -> list[Finding]:
    """Leave out what follows from a fault that was already reported for the same cell."""
    faulty = {f.place for f in before if f.severity == "error"}
    kept: dict[tuple[str, Place], Finding] = {}
    for each in found:
        if each.place.line == 0 or each.place not in faulty:
            # Two endpoints that meet the same fault in the same cell report it once.
            key = (each.code if each.place.line else each.message, each.place)
            kept.setdefault(key, each)
    return list(kept.values())


def _endpoints(draft: Draft, data: Canonical, protocol: Protocol) -> Iterator[Finding]:
    analysed = {analysis.endpoint for analysis in protocol.analyses}
    skip = _rows_without_origin(draft, data)
    adtte = protocol.data is not None and protocol.data.form == "adtte"
    for endpoint in protocol.endpoints:
        if endpoint.type != "time_to_event" or adtte:
            continue  # an ADTTE's rows are checked where they are read
        for problem in derived_endpoint(data, protocol, endpoint).problems:
            if problem.row is None:
                code = problem.code if endpoint.id in analysed else "D036"
                place = Place(draft.table.name, 0, 0, f"endpoints.{endpoint.id}")
                yield finding(code, place, problem.message, problem.hint)
            elif problem.row not in skip:
                yield found_at(data, problem)


def found_at(data: Canonical, problem: Problem) -> Finding:
    """Return a patient's problem as a finding, with the place of its cell."""
    row = problem.row or 0
    message = f"subject {data.subject(row)}: {problem.message}"
    return finding(problem.code, data.place(row, problem.column), message, problem.hint)


def _rows_without_origin(draft: Draft, data: Canonical) -> set[int]:
    origins = [cells for name, cells in draft.columns.items() if name.startswith("origin.")]
    return {row for row in range(data.n) if any(cells[row] is None for cells in origins)}


def _baseline(data: Canonical, protocol: Protocol, mapping: DataMapping) -> Iterator[Finding]:
    """Yield what is wrong with calculated variables, sets and strata."""
    try:
        for name, variable in mapping.variables.items():
            values = variable_values(data, protocol, name)
            known = variable.all_levels if variable.calculated else ()
            for row, value in enumerate(values):
                if known and value is not None and value not in known:
                    message = f"subject {data.subject(row)}: {name} is {value!r}, not a level"
                    yield finding("D032", data.place(row), message, f"levels: {', '.join(known)}")
        for part in protocol.analysis_sets:
            for row, answer in enumerate(members(data, protocol, part)):
                if answer is None:
                    message = f"subject {data.subject(row)}: not known whether in {part.id}"
                    yield finding("D073", data.place(row), message, f"rule: {part.rule}")
        yield from _strata(data, protocol, mapping)
    except DataError as fault:
        yield from fault.findings


def _strata(data: Canonical, protocol: Protocol, mapping: DataMapping) -> Iterator[Finding]:
    factors = protocol.randomisation.strata
    used: list[Strata] = [a.strata for a in protocol.analyses if a.strata not in (None, "none")]
    if not factors or not (used or mapping.strata):
        return
    absent = [f.id for f in factors if f.id not in mapping.strata]
    if absent and "as_randomised" in used:
        file = str(data.columns["source.file"][0])
        message = f"no column holds {', '.join(absent)} as randomised; the recorded values stand in"
        yield finding("D035", Place(file, 0, 0, "data.strata"), message, "map `data.strata`")
    code = "D053" if used else "D054"
    kinds: list[Strata] = list(dict.fromkeys(used)) or ["as_randomised"]
    for kind in kinds:
        for factor, levels in zip(factors, strata_of(data, protocol, kind), strict=True):
            for row, level in enumerate(levels):
                name = f"stratum.{factor.id}"
                place = data.place(row, name if kind == "as_randomised" else "")
                if level == "":
                    message = f"subject {data.subject(row)}: {factor.id} is missing"
                    yield finding(code, place, message, "write the factor's value")
                elif factor.levels and level not in factor.levels:
                    message = f"subject {data.subject(row)}: {factor.id} is {level!r}"
                    yield finding("D032", place, message, f"levels: {', '.join(factor.levels)}")
