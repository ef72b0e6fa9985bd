"""Reading a file of reference cases: JSON of the format "adjuvant-reference/1", CSVs beside it.

The two shapes of the format (survival and design) differ in a case's fields only: a survival case
names a data file and its columns, a design case has options alone.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from adjuvant.core import CaseError, Finding, Place
from adjuvant.validation.table import Table, read_table
from adjuvant.validation.tolerance import Allowance, Tolerance

__all__ = ["DESIGN_QUANTITIES", "FORMAT", "Case", "CaseFile", "Covariate", "read_cases"]

FORMAT = "adjuvant-reference/1"
# Their cases carry no data and their pass rule is the larger of the two tolerances, not the sum.
DESIGN_QUANTITIES = frozenset(
    {
        "adjusted_inference",
        "average_hazard_ratio",
        "conditional_power",
        "design_characteristics",
        "event_probability",
        "expected_events_at",
        "futility_boundaries",
        "group_sequential_boundaries",
        "milestone_survival_power",
        "power_by_effect",
        "power_survival",
        "predictive_power",
        "required_events",
        "restricted_mean_survival_power",
        "sample_size_survival",
        "simulation",
        "weighted_log_rank_power",
    }
)
# Monotone likelihood: coefficients run to infinity, their errors and limits with them.
_OF_DIVERGED = frozenset(
    {"terms", "n", "events", "log_likelihood", "lrt", "score", "robust_score", "converged"}
)
_MAX_BYTES = 200_000_000
_MAX_FAULTS = 20

_Text = Annotated[str, Field(min_length=1)]
_Size = Annotated[FiniteFloat, Field(ge=0)]


class Covariate(BaseModel):
    """A column of a model: as it is, or as indicators of every level after the first."""

    model_config = ConfigDict(frozen=True, strict=True)
    name: _Text
    kind: Literal["numeric", "categorical"]
    levels: list[str | int | float] | None = None


class _Allowance(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    relative: _Size | None = None
    absolute: _Size | None = None


class _Tolerance(_Allowance):
    fields: dict[str, _Allowance] = {}
    standard_errors: Annotated[FiniteFloat, Field(gt=0)] | None = None


class Case(BaseModel):
    """One reference case: what to compute, from which rows and columns, and what must come out."""

    model_config = ConfigDict(frozen=True, strict=True)
    id: _Text
    quantity: _Text
    expected: Annotated[dict[str, Any], Field(min_length=1)]
    stated_tolerance: Annotated[_Tolerance, Field(alias="tolerance")]
    options: dict[str, Any] = {}
    data: _Text | None = None
    time: _Text | None = None
    event: _Text | None = None
    entry: _Text | None = None
    cluster: _Text | None = None
    weights: _Text | None = None
    where: dict[str, Any] = {}
    by: list[_Text] = []
    strata: list[_Text] = []
    covariates: list[Covariate] = []
    interactions: list[Annotated[list[_Text], Field(min_length=2, max_length=2)]] = []
    monte_carlo_standard_error: dict[str, Any] = {}

    @property
    def is_design(self) -> bool:
        """Whether the case is about a design (no data) rather than about survival data."""
        return self.quantity in DESIGN_QUANTITIES

    @property
    def tested(self) -> dict[str, Any]:
        """The expected fields that have a value: a diverged fit determines but a few of them."""
        if self.expected.get("converged") is not False:
            return self.expected
        return {name: value for name, value in self.expected.items() if name in _OF_DIVERGED}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns a row must have filled: all that the case names, but those of `where`."""
        single = (self.time, self.event, self.entry, self.cluster, self.weights)
        named = [column for column in single if column is not None]
        named += [*self.by, *self.strata, *(covariate.name for covariate in self.covariates)]
        return tuple(dict.fromkeys(named))

    @property
    def tolerance(self) -> Tolerance:
        """The pass rule: it follows the quantity."""
        stated = self.stated_tolerance
        base = Allowance(stated.relative or 0.0, stated.absolute or 0.0)
        return Tolerance(
            base,
            rule="larger" if self.is_design else "sum",
            fields={
                name: Allowance(
                    base.relative if override.relative is None else override.relative,
                    base.absolute if override.absolute is None else override.absolute,
                )
                for name, override in stated.fields.items()
            },
            standard_errors=stated.standard_errors,
            monte_carlo=self.monte_carlo_standard_error,
        )


@dataclass(frozen=True, eq=False)
class CaseFile:
    """The cases of one file and the tables they name."""

    name: str
    cases: tuple[Case, ...]
    tables: Mapping[str, Table]

    def table(self, case: Case) -> Table:
        """Return the table a case is about.

        Raises    CaseError where the case names none.
        """
        if case.data is None:
            raise CaseError(f"{case.quantity} needs data; the case names no data file")
        return self.tables[case.data]


def read_cases(path: Path | Traversable) -> CaseFile:
    """Return the cases of a file (.json or .json.gz) with the data beside it.

    Raises    CaseError for a file that cannot be read, is not JSON, is of another format, holds a
              case of another shape, an id twice, or names a data file or column that is not there.
              The error carries every fault of the run (up to 20).

    >>> from importlib.resources import files
    >>> file = read_cases(files("adjuvant.validation") / "cases" / "survival.json.gz")
    >>> file.cases[0].quantity
    'kaplan_meier'
    """
    name = str(path)
    raw = _parsed(name, _content(path, name))
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise CaseError(f'{name}: expected an object with "format": "{FORMAT}"; found {found!r}')
    entries = raw.get("cases")
    if not isinstance(entries, list) or not entries:
        raise CaseError(f'{name}: "cases" must be a list with at least one case')
    faults: list[Finding] = []
    cases = tuple(_cases(name, entries, faults))
    tables = _tables(path, name, cases, faults)
    faults += _unknown_columns(name, cases, tables)
    if faults:
        more = f"; the first {_MAX_FAULTS} are shown" if len(faults) > _MAX_FAULTS else ""
        raise CaseError(
            f"{name} cannot be used: {len(faults)} fault{'s'[: len(faults) > 1]}{more}",
            faults[:_MAX_FAULTS],
        )
    return CaseFile(name, cases, tables)


def _content(path: Path | Traversable, name: str) -> bytes:
    try:
        raw = path.read_bytes()
        if name.endswith(".gz"):
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as reason:
        raise CaseError(f"{name} cannot be read: {_why(reason)}") from None
    if len(raw) > _MAX_BYTES:
        raise CaseError(f"{name} holds {len(raw)} bytes; at most {_MAX_BYTES} are read")
    return raw


def _why(reason: Exception) -> str:
    return (reason.strerror if isinstance(reason, OSError) else None) or str(reason)


def _parsed(name: str, raw: bytes) -> Any:
    try:
        return json.loads(
            raw.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
    except UnicodeDecodeError as reason:
        raise CaseError(f"{name} is not UTF-8 text (byte {reason.start})") from None
    except json.JSONDecodeError as reason:
        place = f"{name}:{reason.lineno}:{reason.colno}"
        raise CaseError(f"{place}: not JSON: {reason.msg}") from None
    except RecursionError:
        raise CaseError(f"{name}: nested too deeply to be a file of cases") from None
    except ValueError as reason:
        raise CaseError(f"{name}: not JSON: {reason}") from None


def _no_constant(text: str) -> Any:
    raise ValueError(f'{text} is not JSON; write null, "Infinity" or "-Infinity"')


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object names {twice!r} twice")
    return found


def _cases(name: str, entries: list[Any], faults: list[Finding]) -> Iterator[Case]:
    seen: set[str] = set()
    for at, entry in enumerate(entries):
        try:
            case = Case.model_validate(entry)
        except ValidationError as reason:
            faults += _faults_of(name, at, entry, reason)
            continue
        if case.id in seen:
            faults.append(_fault(name, "R002", f"cases[{at}].id", f"id {case.id!r} occurs twice"))
        seen.add(case.id)
        known = {covariate.name for covariate in case.covariates}
        for covariate in case.covariates:
            if covariate.kind == "categorical" and not covariate.levels:
                text = f"case {case.id!r}: categorical {covariate.name!r} lists no levels"
                faults.append(_fault(name, "R003", f"cases[{at}].covariates", text))
        for pair in case.interactions:
            for member in set(pair) - known:
                text = f"case {case.id!r}: interaction names {member!r}, which is no covariate"
                faults.append(_fault(name, "R004", f"cases[{at}].interactions", text))
        yield case


def _faults_of(name: str, at: int, entry: Any, reason: ValidationError) -> Iterator[Finding]:
    who = entry.get("id") if isinstance(entry, dict) else None
    about = f"case {who!r}" if isinstance(who, str) else f"case number {at + 1}"
    for error in reason.errors(include_url=False, include_context=False):
        path = f"cases[{at}]"
        for part in error["loc"]:
            path += f"[{part}]" if isinstance(part, int) else f".{part}"
        text = f"{about}: {path.split('.', 1)[-1]}: {error['msg'].lower()}"
        yield _fault(name, "R001", path, text)


def _tables(
    path: Path | Traversable, name: str, cases: tuple[Case, ...], faults: list[Finding]
) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for data in dict.fromkeys(case.data for case in cases if case.data is not None):
        if Path(data).name != data or data in (".", ".."):
            text = f"data {data!r} must be the name of a file beside the case file"
            faults.append(_fault(name, "R005", "data", text))
            continue
        try:
            content = _content(_beside(path, data), data)
            tables[data] = read_table(data, content)
        except CaseError as reason:
            faults.append(_fault(name, "R006", "data", reason.message))
    return tables


def _beside(path: Path | Traversable, data: str) -> Path | Traversable:
    if isinstance(path, Path):
        return path.parent / data
    # A resource inside a zipped package knows its children but not its parent.
    return files("adjuvant.validation") / "cases" / data


def _unknown_columns(
    name: str, cases: tuple[Case, ...], tables: Mapping[str, Table]
) -> Iterator[Finding]:
    for case in cases:
        table = tables.get(case.data or "")
        if table is None:
            continue
        for column in (*case.columns, *case.where):
            if column not in table.columns:
                text = f"case {case.id!r}: {case.data} has no column {column!r}"
                hint = f"its columns are {', '.join(table.columns)}"
                yield Finding("R007", "error", Place(name, field="data"), text, hint)


def _fault(name: str, code: str, field: str, text: str) -> Finding:
    return Finding(code, "error", Place(name, field=field), text)
