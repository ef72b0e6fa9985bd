"""A plan on an ensemble of SYNTHETIC sets: each number as a band over the members."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, isnan, log, sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri

from adjuvant.analysis.plan import run_plan
from adjuvant.analysis.results import Estimate, Result, Results, plain
from adjuvant.core import InvalidInput
from adjuvant.dataset import Snapshot
from adjuvant.protocol.model import Protocol

__all__ = ["EnsembleResults", "MemberBand", "run_plan_on_members"]

SCHEMA = "adjuvant/ensemble-results/1"


@dataclass(frozen=True)
class MemberBand:
    """One number of one result: its middle and the limits of the middle 95% of the members.

    term      as in the results of one member: "hazard_ratio IMM v CTL", or the name of a test.
    members   how many of the members have the number.
    pooled    of a hazard ratio: estimate and limits by Rubin's rule, which add the variance
              between members to that within; None for other measures.
    """

    result: str
    term: str
    measure: str
    low: float
    middle: float
    high: float
    members: int
    arm: str | None = None
    at: float | None = None
    unit: str | None = None
    pooled: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class EnsembleResults:
    """The results of a plan on every member of an ensemble; always SYNTHETIC.

    central   the results of member 0, whose hazards are the smoothest: for curves and methods.
    """

    trial: str
    title: str
    members: int
    bands: tuple[MemberBand, ...]
    central: Results
    synthetic: bool = True
    schema: str = SCHEMA

    def of(
        self, result: str, measure: str, arm: str | None = None, at: float | None = None
    ) -> MemberBand:
        """Return the one band of a result's measure; KeyError where there is none."""
        for b in self.bands:
            named = (b.result, b.measure) == (result, measure)
            if named and arm in (None, b.arm) and at in (None, b.at):
                return b
        raise KeyError(f"{result} holds no {measure} for arm {arm} at {at}")

    def to_dict(self) -> dict[str, Any]:
        """Return the form `adjuvant/ensemble-results/1` as plain values for JSON."""
        return {
            "schema": self.schema,
            "kind": "SYNTHETIC",
            "trial": self.trial,
            "title": self.title,
            "members": self.members,
            "bands": [plain(b) for b in self.bands],
            "central": self.central.to_dict(),
        }


def run_plan_on_members(
    protocol: Protocol,
    snapshots: Iterable[Snapshot],
    *,
    opened: str = "protocol.yaml",
    progress: Callable[[int], None] | None = None,
) -> EnsembleResults:
    """Return a plan carried out on every member of an ensemble, each number as a band.

    snapshots  one a member, all SYNTHETIC; the first is the central one.
    progress   called with the number of members that are done.
    Raises     InvalidInput for no member, or one of real patients: a band over members says how
               far a printed page leaves a trial open, which real patients do not.
    Source     Rubin DB. Multiple imputation for nonresponse in surveys. Wiley 1987.

    >>> from adjuvant.dataset import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> run_plan_on_members(protocol, [snapshot])
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: an ensemble holds SYNTHETIC sets alone; ...
    """
    done: list[Results] = []
    for snapshot in snapshots:
        if snapshot.kind != "SYNTHETIC":
            raise InvalidInput("an ensemble holds SYNTHETIC sets alone; this one holds real rows")
        done.append(run_plan(protocol, snapshot, opened=opened))
        if progress is not None:
            progress(len(done))
    if not done:
        raise InvalidInput("an ensemble needs at least one member")
    bands = [
        band
        for result in done[0].results
        for band in _bands([r.result(result.id) for r in done])
    ]  # fmt: skip
    first = done[0]
    return EnsembleResults(first.trial, first.title, len(done), tuple(bands), first)


def _bands(results: Sequence[Result]) -> list[MemberBand]:
    """Return the bands of every estimate and test of one line of the plan."""
    id = results[0].id
    found = []
    for term in dict.fromkeys(e.term for r in results for e in r.estimates):
        mine = [e for r in results for e in r.estimates if e.term == term]
        values = [e.value for e in mine if not isnan(e.value)]
        if values:
            e = mine[0]
            pooled = _rubin(mine, results[0].level) if e.measure == "hazard_ratio" else None
            found.append(
                MemberBand(id, term, e.measure, *_middle(values), len(values), e.arm, e.at,
                           e.unit, pooled)
            )  # fmt: skip
    for name in dict.fromkeys(t.name for r in results for t in r.tests):
        p = [t.p for r in results for t in r.tests if t.name == name and not isnan(t.p)]
        if p:
            found.append(MemberBand(id, name, "p", *_middle(p), len(p)))
    return found


def _middle(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the limits and the middle of the middle 95%: order statistics, as of the spread."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered) - 1
    places = (int(np.floor(0.025 * n)), n // 2, int(np.ceil(0.975 * n)))
    low, middle, high = (float(ordered[k]) for k in places)
    return low, middle, high


def _rubin(estimates: Sequence[Estimate], level: float) -> tuple[float, float, float] | None:
    """Return a hazard ratio pooled over members, with normal limits; None without spread."""
    z = float(ndtri(0.5 + level / 2))
    logs, errors = [], []
    for e in estimates:
        if 0 < e.lower < e.upper < inf and isfinite(e.value):
            logs.append(log(e.value))
            errors.append((log(e.upper) - log(e.lower)) / (2 * z))
    if len(logs) < 2:
        return None
    between = float(np.var(logs, ddof=1))
    se = sqrt(float(np.mean(np.square(errors))) + (1 + 1 / len(logs)) * between)
    middle = float(np.mean(logs))
    return exp(middle), exp(middle - z * se), exp(middle + z * se)
