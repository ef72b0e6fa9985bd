"""Typed results of the analysis plan: numbers with ids, method, convention, set and snapshot.

The one documented form, `adjuvant/results/1`, is `Results.to_dict()`: full doubles, NaN as null,
infinity as the text "Infinity".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ArmCount",
    "BaselineRow",
    "Curve",
    "Estimate",
    "FlowBox",
    "Result",
    "Results",
    "SubgroupRow",
    "Test",
    "plain",
]

SCHEMA = "adjuvant/results/1"


@dataclass(frozen=True)
class ArmCount:
    """How many of an arm were analysed and how many had the event."""

    arm: str
    label: str
    n: int
    events: int | None = None
    competing: int | None = None


@dataclass(frozen=True)
class Estimate:
    """One estimated number with its limits.

    term      unique within its result, such as "hazard_ratio LEV5FU v OBS" or "median OBS".
    measure   hazard_ratio, median, survival, survival_difference, rmst, rmst_difference,
              cumulative_incidence, risk, risk_difference, follow_up_median ...
    arm, versus, at, unit: which arm, compared with which, at which time, in which unit.
    A limit is NaN where it is not reached or not defined, infinite where it has no bound.
    """

    term: str
    measure: str
    value: float
    lower: float = math.nan
    upper: float = math.nan
    p: float = math.nan
    std_error: float = math.nan
    arm: str | None = None
    versus: str | None = None
    at: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Test:
    """One hypothesis test: its name in full, chi-square, degrees of freedom, two-sided p.

    A test whose statistic is no chi-square (MaxCombo) has chi_square NaN and df 0.
    """

    __test__ = False  # pytest must not collect it

    name: str
    chi_square: float
    df: int
    p: float
    strata: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A step curve of one arm (Kaplan-Meier) or of one arm and cause (cumulative incidence).

    time, value, lower, upper: one entry a step, from the first distinct time; the curve is 1
    (Kaplan-Meier) or 0 (cumulative incidence) before it. censored: numbers censored at each time.
    at_risk_times and at_risk / cumulative_censored / cumulative_events: the table under the
    figure, counted just before each time of the axis.
    """

    arm: str
    label: str
    kind: str  # survival | cumulative_incidence
    time: tuple[float, ...]
    value: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    censored: tuple[int, ...] = ()
    cause: str | None = None
    at_risk_times: tuple[float, ...] = ()
    at_risk: tuple[int, ...] = ()
    cumulative_censored: tuple[int, ...] = ()
    cumulative_events: tuple[int, ...] = ()


@dataclass(frozen=True)
class SubgroupRow:
    """One level of one factor in a subgroup analysis, with the factor's interaction test."""

    factor: str
    factor_label: str
    level: str
    counts: tuple[ArmCount, ...]
    estimate: Estimate | None  # None where the level cannot be estimated; `why` says so
    interaction_p: float = math.nan
    why: str = ""


@dataclass(frozen=True)
class BaselineRow:
    """One line of the baseline table: a variable, or a level of it, with a text per arm."""

    variable: str
    label: str
    level: str | None
    cells: Mapping[str, str]  # arm id (and "total") -> "61 (12)" or "164 (52%)"
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FlowBox:
    """One box of the CONSORT flow: an id of the 2025 diagram, its number, per arm or overall.

    n is None where the number was not reported: the flow says so and never invents it.
    """

    box: str  # assessed, excluded, randomised, allocated, received, ..., analysed
    label: str
    n: int | None
    arm: str | None = None
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Result:
    """What one line of the plan gave."""

    id: str
    type: str
    set: str
    n: int
    method: str  # a sentence that names estimator and test
    convention: str  # whose convention: "log limits as R survival; Efron ties" ...
    endpoint: str | None = None
    endpoint_label: str | None = None
    set_label: str | None = None
    events: int | None = None
    claim: str = "descriptive"
    order: int | None = None
    level: float = 0.95
    unit: str = "day"
    counts: tuple[ArmCount, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    tests: tuple[Test, ...] = ()
    curves: tuple[Curve, ...] = ()
    subgroups: tuple[SubgroupRow, ...] = ()
    baseline: tuple[BaselineRow, ...] = ()
    flow: tuple[FlowBox, ...] = ()
    notes: tuple[str, ...] = ()  # warnings a reader must see beside the number
    sources: tuple[str, ...] = ()  # citations of the method
    python: str = ""  # the Python that makes this result

    def estimate(self, measure: str, arm: str | None = None, at: float | None = None) -> Estimate:
        """Return the one estimate of this measure (and arm, and time); KeyError where none is."""
        for e in self.estimates:
            if e.measure == measure and arm in (None, e.arm) and at in (None, e.at):
                return e
        raise KeyError(f"{self.id} holds no {measure} for arm {arm} at {at}")


@dataclass(frozen=True)
class Results:
    """All results of one run of the plan on one snapshot."""

    snapshot: str  # sha256 of the snapshot's manifest
    protocol: str  # sha256 of the protocol's text
    trial: str
    title: str
    results: tuple[Result, ...]
    synthetic: bool = False
    dummy_arms: bool = False
    arms: tuple[ArmCount, ...] = ()
    notes: tuple[str, ...] = ()
    schema: str = SCHEMA

    def result(self, id: str) -> Result:
        """Return the result with this id; KeyError names what there is."""
        for r in self.results:
            if r.id == id:
                return r
        raise KeyError(f"{id!r} is not among {', '.join(r.id for r in self.results)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the form `adjuvant/results/1` as plain values for JSON."""
        head = {"schema": self.schema, "snapshot": self.snapshot, "protocol": self.protocol}
        return {**head, **{k: v for k, v in plain(self).items() if k not in head}}


def plain(value: Any) -> Any:
    """Return dataclasses, tuples and numbers as JSON values: NaN null, infinity "Infinity".

    >>> plain(Test("log-rank", float("inf"), 1, float("nan")))["chi_square"]
    'Infinity'
    """
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value
