"""Rerunning reference cases through the public functions, and the report of what agrees."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from adjuvant.core import AdjuvantError, AnalysisError, InvalidData, NotConverged
from adjuvant.validation.asking import Unsupported
from adjuvant.validation.cases import Case, CaseFile, read_cases
from adjuvant.validation.design_quantities import compute_design
from adjuvant.validation.survival_quantities import compute
from adjuvant.validation.tolerance import compare, plain

__all__ = ["Failure", "QuantitySummary", "ValidationReport", "shipped_cases", "validate"]

# A case that raises is a failed case, never the end of the run: the other cases still say what
# this installation is worth. Listed are a refusal, wrong arithmetic, and the errors that a defect
# in a function or in its adapter shows itself by. What concerns the machine instead (memory, files,
# an interrupt) is not caught. A numpy warning is raised and so fails its case: it announces the
# silent NaN that a patient's analysis must not contain.
_FAULTS = (
    AdjuvantError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeWarning,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Failure:
    """A case that does not agree: its worst field, what was expected there and what came.

    For a case that raised, `field` is "error" and `got` the error's class and message.
    mismatches      how many values of the case disagree.
    """

    id: str
    quantity: str
    field: str
    expected: Any
    got: Any
    relative_error: float | None
    mismatches: int = 1


@dataclass(frozen=True)
class QuantitySummary:
    """How the cases of one quantity came out.

    largest_relative_error    over all values that were compared (see `compare`), else None.
    """

    quantity: str
    cases: int
    agree: int
    failed: int
    unsupported: int
    largest_relative_error: float | None


@dataclass(frozen=True)
class ValidationReport:
    """What came of every case: passed, failed, or unsupported (id -> why)."""

    files: tuple[str, ...]
    passed: tuple[str, ...]
    failed: tuple[Failure, ...]
    unsupported: dict[str, str]
    quantities: tuple[QuantitySummary, ...]

    @property
    def ok(self) -> bool:
        """Whether every case was computed and agrees."""
        return bool(self.passed) and not self.failed and not self.unsupported

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, as `--json` prints it."""
        return {
            "schema": "adjuvant/validation/1",
            "ok": self.ok,
            "files": list(self.files),
            "passed": list(self.passed),
            "failed": [plain(vars(failure)) for failure in self.failed],
            "unsupported": list(self.unsupported),
            "unsupported_because": dict(self.unsupported),
            "quantities": [plain(vars(summary)) for summary in self.quantities],
        }


@dataclass(frozen=True)
class _Outcome:
    case: Case
    failure: Failure | None = None
    unsupported: str | None = None
    relative_error: float | None = None


def shipped_cases() -> tuple[Traversable, ...]:
    """Return the case files that come with the package: the user's operational qualification.

    >>> [file.name for file in shipped_cases()]
    ['survival.json.gz']
    """
    folder = files("adjuvant.validation") / "cases"
    found = (file for file in folder.iterdir() if file.name.endswith((".json", ".json.gz")))
    return tuple(sorted(found, key=lambda file: file.name))


def validate(
    paths: Sequence[str | Path | Traversable] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> ValidationReport:
    """Rerun the cases of files through the public functions; without files, the shipped ones.

    paths      files of the format "adjuvant-reference/1" (.json or .json.gz), data beside them.
    progress   called with (cases done, cases in all) after each case.
    Raises     CaseError for a file that cannot be used; nothing is run then.

    >>> report = validate()
    >>> report.ok, len(report.passed)
    (True, 427)
    """
    chosen = [Path(path) if isinstance(path, str) else path for path in paths]
    read = [read_cases(path) for path in chosen or shipped_cases()]
    work = [(case, file) for file in read for case in file.cases]
    outcomes = []
    for done, (case, file) in enumerate(work, 1):
        outcomes.append(_outcome(case, file))
        if progress is not None:
            progress(done, len(work))
    return ValidationReport(
        files=tuple(file.name for file in read),
        passed=tuple(o.case.id for o in outcomes if not o.failure and o.unsupported is None),
        failed=tuple(o.failure for o in outcomes if o.failure),
        unsupported={o.case.id: o.unsupported for o in outcomes if o.unsupported is not None},
        quantities=_summaries(outcomes),
    )


def _outcome(case: Case, file: CaseFile) -> _Outcome:
    impossible = case.expected.get("error") is True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            got = _computed(case, file)
    except Unsupported as reason:
        return _Outcome(case, unsupported=str(reason))
    except (AnalysisError, InvalidData) as reason:
        if impossible or _only_says_diverged(case, reason):
            return _Outcome(case)
        return _Outcome(case, failure=_raised(case, reason))
    except _FAULTS as reason:
        return _Outcome(case, failure=_raised(case, reason))
    if impossible:
        text = f"a result: {sorted(got)}"
        return _Outcome(case, failure=Failure(case.id, case.quantity, "error", True, text, None))
    return _compared(case, got)


def _computed(case: Case, file: CaseFile) -> dict[str, Any]:
    if case.is_design:
        return compute_design(case)
    return compute(case, file)


def _only_says_diverged(case: Case, reason: AdjuvantError) -> bool:
    """A refusal that names non-convergence is all that a case may ask for which tests no number."""
    return (
        isinstance(reason, NotConverged)
        and case.expected.get("converged") is False
        and set(case.tested) <= {"converged", "terms", "n", "events"}
    )


def _compared(case: Case, got: dict[str, Any]) -> _Outcome:
    tolerance = replace(case.tolerance, own=got.get("monte_carlo_standard_error", {}))
    result = compare(case.tested, got, tolerance)
    worst = result.worst
    if worst is None:
        return _Outcome(case, relative_error=result.largest_relative_error)
    failure = Failure(
        case.id,
        case.quantity,
        worst.field,
        worst.expected,
        worst.got,
        worst.relative_error,
        len(result.mismatches),
    )
    return _Outcome(case, failure=failure, relative_error=result.largest_relative_error)


def _raised(case: Case, reason: BaseException) -> Failure:
    got = f"{type(reason).__name__}: {reason}"
    return Failure(case.id, case.quantity, "error", "a result", got, None)


def _summaries(outcomes: Sequence[_Outcome]) -> tuple[QuantitySummary, ...]:
    names = dict.fromkeys(outcome.case.quantity for outcome in outcomes)
    return tuple(_summary(name, [o for o in outcomes if o.case.quantity == name]) for name in names)


def _summary(quantity: str, outcomes: Sequence[_Outcome]) -> QuantitySummary:
    failed = sum(o.failure is not None for o in outcomes)
    unsupported = sum(o.unsupported is not None for o in outcomes)
    errors = [o.relative_error for o in outcomes if o.relative_error is not None]
    return QuantitySummary(
        quantity,
        cases=len(outcomes),
        agree=len(outcomes) - failed - unsupported,
        failed=failed,
        unsupported=unsupported,
        largest_relative_error=max(errors, default=None),
    )
