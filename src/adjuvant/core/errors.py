"""The error tree: every refusal of `adjuvant` is one of these.

AdjuvantError
├── UsageError          the call itself makes no sense (an option that does not exist)        exit 2
├── InvalidInput        what was given is wrong: file, row, column, value, remedy             exit 3
│   ├── InvalidData         values that cannot be times, events, arms, weights
│   ├── ProtocolError       the protocol file has errors; carries all findings of the run
│   ├── DataError           a data file has errors; carries all findings of the run
│   ├── SnapshotError       a snapshot that is incomplete, altered, or may not be analysed
│   └── CaseError           a file of reference cases that cannot be read
├── StepRefused         a step that the trial's rules do not allow now: what, why, remedy     exit 3
├── AnalysisError       the input is valid but the analysis has no answer                     exit 3
│   ├── NotEnoughData       an empty arm, no event, a horizon beyond the follow-up
│   ├── NotConverged        an iteration that did not reach its maximum
│   └── NotEstimable        a parameter the data cannot determine (separation, collinearity)
└── EnvironmentProblem  something this machine lacks (a package, a writable folder)           exit 4
"""

from collections.abc import Sequence
from typing import ClassVar

from adjuvant.core.findings import Finding, render

__all__ = [
    "AdjuvantError",
    "AnalysisError",
    "CaseError",
    "DataError",
    "EnvironmentProblem",
    "InvalidData",
    "InvalidInput",
    "NotConverged",
    "NotEnoughData",
    "NotEstimable",
    "ProtocolError",
    "SnapshotError",
    "StepRefused",
    "UsageError",
]


class AdjuvantError(Exception):
    """Anything `adjuvant` refuses; the message says what, where, why and what to do next.

    >>> AdjuvantError("no protocol was given; name a file or a shipped study").exit_code
    3
    """

    exit_code: ClassVar[int] = 3


class UsageError(AdjuvantError):
    """The call makes no sense as it stands.

    >>> UsageError("--level is 95; write a probability such as 0.95").exit_code
    2
    """

    exit_code = 2


class InvalidInput(AdjuvantError):
    """Something that was given is wrong. Findings, if any, name every fault of the run.

    >>> from adjuvant.core import Finding, Place
    >>> place = Place("trial.csv", 4, 2)
    >>> fault = Finding("D001", "error", place, "time is -3", "correct the value")
    >>> print(InvalidInput("the data cannot be used", [fault]))
    the data cannot be used
    trial.csv:4:2: error D001: time is -3
          hint: correct the value
    """

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        self.message = message
        self.findings = tuple(findings)
        super().__init__("\n".join([message, *(render(f) for f in self.findings)]))


class InvalidData(InvalidInput):
    """Values that cannot be times, events, arms, strata or weights."""


class ProtocolError(InvalidInput):
    """A protocol file that cannot be used; carries every finding of the run."""


class DataError(InvalidInput):
    """A data file that cannot be used; carries every finding of the run."""


class SnapshotError(InvalidInput):
    """A snapshot that is incomplete, was altered, or may not be analysed by this person."""


class CaseError(InvalidInput):
    """A file of reference cases that cannot be read."""


class StepRefused(AdjuvantError):
    """A step of the trial that its rules do not allow now; nothing was changed.

    >>> print(StepRefused("lot L03 cannot be infused", "it was rejected", "plan a new draw"))
    lot L03 cannot be infused: it was rejected; plan a new draw
    """

    def __init__(self, what: str, why: str, remedy: str) -> None:
        self.what, self.why, self.remedy = what, why, remedy
        super().__init__(f"{what}: {why}; {remedy}")


class AnalysisError(AdjuvantError):
    """Valid input for which the analysis has no answer."""


class NotEnoughData(AnalysisError):
    """An arm is empty, no event was seen, or the horizon lies beyond the follow-up."""


class NotConverged(AnalysisError):
    """An iteration stopped before its maximum; the message says where it stood."""


class NotEstimable(AnalysisError):
    """The data do not determine the parameter (separation, collinearity, no variation)."""


class EnvironmentProblem(AdjuvantError):
    """Something this machine lacks; the message names the command that installs it."""

    exit_code = 4
