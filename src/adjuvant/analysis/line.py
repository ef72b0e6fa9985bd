"""One line of the analysis plan, with the trial and the data that it is carried out on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from adjuvant.analysis.results import ArmCount, Result
from adjuvant.analysis.words import counted, covariate_words, lowered
from adjuvant.core import Arm, Codes, InvalidInput, TimeToEvent
from adjuvant.dataset import Column, Snapshot, derive_time_to_event, in_set, variable
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.model import Analysis, Endpoint, Protocol

__all__ = ["Line", "arm_codes", "only_arms"]

Strata = Literal["as_randomised", "corrected", "none"]


@dataclass(frozen=True)
class Line:
    """One analysis of the plan, and everything that carrying it out needs.

    opened    what `Study.open` was given: it stands in the Python lines of the results.
    derived, variables  endpoints and baseline variables already read in this run.
    """

    analysis: Analysis
    protocol: Protocol
    snapshot: Snapshot
    opened: str = "protocol.yaml"
    derived: dict[tuple[str, ...], TimeToEvent] = field(default_factory=dict)
    variables: dict[str, Column] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the line; InvalidInput where the line names none."""
        if self.analysis.endpoint is None:
            raise InvalidInput(
                f"analysis {self.analysis.id}: a {self.analysis.type} needs an endpoint; "
                "add `endpoint: ID`"
            )
        return self.protocol.endpoint(self.analysis.endpoint)

    @property
    def unit(self) -> str:
        """The unit in which the data's times are stored."""
        return self.protocol.data.unit if self.protocol.data else self.protocol.time.unit

    @property
    def strata(self) -> Strata:
        """How a test or model of this line is stratified; `none` unless the line says so."""
        return self.analysis.strata or "none"

    @property
    def strata_names(self) -> tuple[str, ...]:
        """The stratification factors of this line, () where it is not stratified."""
        if self.strata == "none":
            return ()
        return tuple(factor.id for factor in self.protocol.randomisation.strata)

    @property
    def strata_words(self) -> tuple[str, ...]:
        """The stratification factors of this line as a sentence names them."""
        labels = {factor.id: factor.label for factor in self.protocol.randomisation.strata}
        return tuple(lowered(labels[id] or id) for id in self.strata_names)

    @property
    def covariate_words(self) -> tuple[str, ...]:
        """The covariates of this line as a sentence names them."""
        return covariate_words(self.protocol, self.analysis)

    def stand_ins(self) -> tuple[str, ...]:
        """Return a note where recorded factors stand in for those used at randomisation."""
        held = self.snapshot.subjects.columns
        absent = [name for name in self.strata_names if f"stratum.{name}" not in held]
        if self.strata != "as_randomised" or not absent:
            return ()
        return (
            f"The data do not hold {', '.join(absent)} as used at randomisation; the recorded "
            "values stand in.",
        )

    def refuse_keys(self, *names: str) -> None:
        """Refuse a line whose keys would not be obeyed; a reader would believe that they are."""
        for name in names:
            written = getattr(self.analysis, name)
            if written not in (None, (), "none"):
                raise InvalidInput(
                    f"analysis {self.analysis.id}: a {self.analysis.type} takes no {name}; "
                    f"delete `{name}`, or use a cox analysis"
                )

    def data(self, *, strata: Strata = "none") -> TimeToEvent:
        """Return the line's endpoint with competing events censored, as the line must say."""
        endpoint = self.endpoint
        if endpoint.competing and self.analysis.competing != "censor":
            raise InvalidInput(
                f"analysis {self.analysis.id}: endpoint {endpoint.id} has the competing event "
                f"{', '.join(endpoint.competing)}; a {self.analysis.type} censors it, and the "
                "plan must say so: add `competing: censor`, or use type cumulative_incidence"
            )
        found = self._derive(strata)
        return found.cause(1) if endpoint.competing else found

    def competing_data(self) -> TimeToEvent:
        """Return the line's endpoint with competing events as causes 2, 3, ..."""
        return self._derive("none")

    def horizon(self, length: Duration) -> float:
        """Return a length of time in the data's unit; `3 y` is day 1096."""
        return length.in_unit(self.unit)  # type: ignore[arg-type]

    def comparisons(self, data: TimeToEvent) -> tuple[tuple[str, str], ...]:
        """Return (control, arm) per arm that is compared; () for one group."""
        return tuple((data.arm_labels[0], arm) for arm in data.arm_labels[1:])

    def label(self, arm: str) -> str:
        """Return an arm's label in print."""
        return self._arms.get(arm, Arm(arm, arm)).label

    def counts(self, data: TimeToEvent) -> tuple[ArmCount, ...]:
        """Return patients, events and competing events per arm; one group has the arm ""."""
        labels, codes = arm_codes(data)
        n, events, competing = (
            np.bincount(codes[rows], minlength=len(labels)).tolist()
            for rows in (data.event >= 0, data.event == 1, data.event > 1)
        )
        return tuple(
            ArmCount(arm, self.label(arm), n[i], events[i], competing[i])
            for i, arm in enumerate(labels)
        )

    def result(
        self,
        *,
        n: int,
        method: str,
        convention: str = "",
        data: TimeToEvent | None = None,
        notes: Sequence[str] = (),
        **more: Any,
    ) -> Result:
        """Return the line's result with all that the plan says about it filled in."""
        a = self.analysis
        endpoint = self.protocol.endpoint(a.endpoint) if a.endpoint else None
        if data is not None:
            more.setdefault("counts", self.counts(data))
            more.setdefault("events", int(np.count_nonzero(data.event == 1)))
        return Result(
            id=a.id,
            type=a.type,
            set=a.set,
            set_label=self.protocol.analysis_set(a.set).label,
            endpoint=a.endpoint,
            endpoint_label=endpoint.label if endpoint else a.label,
            n=n,
            method=method,
            convention=convention,
            claim=a.claim,
            order=a.order,
            level=a.level,
            unit=self.unit,
            notes=(*notes, *self._without_arm()),
            **more,
        )

    @property
    def arm_ids(self) -> tuple[str, ...]:
        """The arms of the line, control first; all arms where the line names none."""
        chosen = self.analysis.arms
        return tuple(a.id for a in self.protocol.ordered_arms if not chosen or a.id in chosen)

    def arm_column(self) -> tuple[str, ...]:
        """Return each subject's arm as the line's set groups them: randomised or received."""
        by = self.protocol.analysis_set(self.analysis.set).group_by
        name = "received" if by == "received" else "arm"
        return tuple(str(arm) for arm in self.snapshot.subjects.column(name))

    def variable(self, name: str) -> Column:
        """Return a baseline variable of all subjects; read once a run."""
        if name not in self.variables:
            self.variables[name] = variable(self.snapshot, self.protocol, name)
        return self.variables[name]

    def inside(self) -> tuple[bool, ...]:
        """Return for each subject whether it is in the line's set and in one of its arms."""
        chosen = set(self.arm_ids)
        members = in_set(self.snapshot, self.protocol, self.analysis.set)
        return tuple(
            bool(member) and arm in chosen
            for member, arm in zip(members, self.arm_column(), strict=True)
        )

    def set_size(self) -> int:
        """Return how many patients the line is about."""
        return sum(self.inside())

    @property
    def _arms(self) -> dict[str, Arm]:
        return {arm.id: arm for arm in self.protocol.ordered_arms}

    def _without_arm(self) -> tuple[str, ...]:
        """Say how many of a set that is grouped by treatment received are in no group."""
        part = self.protocol.analysis_set(self.analysis.set)
        if part.group_by != "received":
            return ()
        known = {arm.id for arm in self.protocol.arms}
        members = in_set(self.snapshot, self.protocol, part.id)
        column = self.snapshot.subjects.column("received")
        without = sum(bool(m) and a not in known for m, a in zip(members, column, strict=True))
        if not without:
            return ()
        return (f"Of this set {counted(without, 'patient')} received no arm's treatment.",)

    def _derive(self, strata: Strata) -> TimeToEvent:
        """Return the line's endpoint in its set and arms, competing events as causes 2, 3, ..."""
        a, endpoint = self.analysis, self.endpoint
        key = (endpoint.id, a.set, strata)
        if key not in self.derived:
            data = derive_time_to_event(
                self.snapshot,
                self.protocol,
                endpoint.id,
                set=a.set,
                competing="event" if endpoint.competing else None,
                strata=strata,
            )
            # Rows lead back to the file through their subject; a model never reads the source.
            self.derived[key] = replace(data, source=None)
        return only_arms(self.derived[key], self.arm_ids)


def arm_codes(data: TimeToEvent) -> tuple[tuple[str, ...], Codes]:
    """Return the arms and each row's code; one arm "" with code 0 where there is one group.

    >>> arm_codes(TimeToEvent([1, 2], [1, 0]))[0]
    ('',)
    """
    if data.arm is None:
        return ("",), np.zeros(data.n, dtype=np.int64)
    return data.arm_labels, data.arm


def only_arms(data: TimeToEvent, arms: Sequence[str]) -> TimeToEvent:
    """Return the rows of some arms, in the order of the data's labels; the first is code 0.

    >>> data = TimeToEvent([1, 2, 3], [1, 1, 1], arm=[0, 1, 2], arm_labels=("C", "A", "B"))
    >>> only_arms(data, ["C", "B"])
    TimeToEvent(n=2, events=2, unit='day', arms=C 1, B 1)
    """
    if data.arm is None or all(label in arms for label in data.arm_labels):
        return data
    kept = [code for code, label in enumerate(data.arm_labels) if label in arms]
    rows = data.where(np.isin(data.arm, kept))
    assert rows.arm is not None
    labels = tuple(data.arm_labels[code] for code in kept)
    return replace(rows, arm=np.searchsorted(kept, rows.arm), arm_labels=labels)
